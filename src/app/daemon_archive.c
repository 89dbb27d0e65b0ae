/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents into the history, and one out of it. See daemon_archive.h.
 */
#include "app/daemon_archive.h"

#include "respond/incident_json.h"

/* ---- its trouble ---- */

static void resume_one(void *data, const struct incident_view *view)
{
    struct daemon_archive *archive = data;
    if (view->state != INCIDENT_STATE_CLOSED)
        (void)history_health_resume(archive->health, view->incident);
}

void daemon_archive_resume(struct daemon_archive *archive, const struct incident_book *book,
                           int64_t now_us)
{
    incident_book_visit(book, now_us, resume_one, archive);
}

static void log_trouble(struct daemon_archive *archive, const struct history_state *state)
{
    if (state->trouble == archive->told)
        return;
    archive->told = state->trouble;
    if (state->trouble == HISTORY_TROUBLE_NONE)
        OWN_LOG(archive->log, OWN_LOG_INFO, "history_recovered",
                log_number("rows_waiting", (int64_t)state->queued_rows));
    else
        OWN_LOG(archive->log, OWN_LOG_ERROR, "history_trouble",
                log_str("trouble", history_trouble_word(state->trouble)),
                log_str("reason", state->why.text));
}

void daemon_archive_watch(struct daemon_archive *archive, struct incident_book *book,
                          int64_t now_us)
{
    struct history_state state;
    struct incident incident;
    history_state_get(archive->history, &state);
    log_trouble(archive, &state);
    if (history_health_take(archive->health, &state, now_us, &incident))
        (void)incident_book_take(book, &incident, now_us);
}

/* ---- incidents ---- */

struct kept {
    struct history_batch *batch;
    uint64_t above; /* revision */
    int64_t now_us;
};

static void keep_one(void *data, const struct incident_view *view)
{
    struct kept *kept = data;
    if (view->revision <= kept->above)
        return;
    CLEANUP_BUF struct buf body = {0};
    json_value_print(incident_view_json(view), false, &body);
    struct history_incident row = {
        .id = view->id,
        .kind = slice_from_str(incident_kind_word(view->incident->kind)),
        .key = view->id,
        .opened_us = view->incident->opened_us,
        .acked_us = view->acknowledged_us,
        .closed_us = view->state == INCIDENT_STATE_CLOSED
                         ? (view->incident->closed_us == INCIDENT_OPEN ? kept->now_us
                                                                       : view->incident->closed_us)
                         : 0,
        .updated_us = kept->now_us,
        .body = buf_slice(&body),
    };
    history_batch_incident(kept->batch, &row);
}

void daemon_archive_keep(struct daemon_archive *archive, const struct incident_book *book,
                         int64_t now_us)
{
    uint64_t revision = incident_book_revision(book);
    if (revision == archive->revision)
        return;
    struct kept kept = {history_batch_new(), archive->revision, now_us};
    incident_book_visit(book, now_us, keep_one, &kept);
    if (history_commit(archive->history, kept.batch))
        archive->revision = revision;
    else
        history_batch_free(kept.batch);
}
