/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents into the history. See daemon_archive.h.
 */
#include "app/daemon_archive.h"

#include "respond/incident_json.h"

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
