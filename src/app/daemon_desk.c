/* SPDX-License-Identifier: Apache-2.0
 *
 * The book of incidents at work. See daemon_desk.h.
 */
#include "app/daemon_desk.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "app/daemon_notifiers.h"
#include "app/daemon_request.h"
#include "app/daemon_sender.h"
#include "app/daemon_silences.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/file_text.h"
#include "io/output.h"
#include "respond/incident_book.h"
#include "respond/incident_json.h"

#define REPEAT_US (5 * INT64_C(60000000)) /* to receivers that forget what is not repeated */

struct daemon_desk {
    struct daemon_desk_options options;
    struct incident_book *book;
    struct daemon_sender *sender;
    struct daemon_silences *silences;
    struct buf state_path;
    uint64_t saved_revision, shown_revision, kept_revision, measured_revision;
    bool was_open[INCIDENT_KIND_COUNT][INCIDENT_SEVERITY_COUNT]; /* has a series */
    bool notices_pending;                                        /* told since the last save */
    int64_t now_us, repeated_us;
};

static void tell(void *data, const struct notice *notice)
{
    struct daemon_desk *desk = data;
    const struct notice_item *first = &notice->items[0];
    struct slice transition = slice_from_str(notice_transition_word(notice->transition));
    desk->notices_pending = true;
    if (notice->transition != NOTICE_CURRENT)
        daemon_metrics_add(desk->options.metrics, DAEMON_METRIC_NOTICES, &transition, 1);
    daemon_sender_push(desk->sender, notice, notice->at_us);
    OWN_LOG(desk->options.log, OWN_LOG_INFO, "notice", log_text("transition", transition),
            log_text("page", notice->page), log_number("incidents", (int64_t)notice->total),
            log_str("kind", incident_kind_word(first->incident.kind)),
            log_text("relay", first->incident.relay), log_text("source", first->incident.source),
            log_text("provider", first->incident.provider),
            log_text("login", first->incident.login));
}

/* ---- publishing ---- */

static void show_one(void *data, const struct incident_view *view)
{
    json_value_append(data, incident_view_json(view));
}

static void publish(struct snapshot_place *place, json_t *value, int64_t now_us)
{
    struct buf text = {0};
    json_value_print(value, true, &text);
    snapshot_place_put(place, snapshot_new(&text, now_us));
}

static void show(struct daemon_desk *desk, int64_t now_us)
{
    uint64_t revision = incident_book_revision(desk->book);
    if (revision != desk->shown_revision) {
        json_t *all = json_value_array();
        incident_book_visit(desk->book, now_us, show_one, all);
        publish(desk->options.incidents_shown, all, now_us);
        desk->shown_revision = revision;
    }
    publish(desk->options.notifiers_shown, daemon_sender_status(desk->sender), now_us);
}

/* ---- state ---- */

static void save(struct daemon_desk *desk)
{
    CLEANUP_BUF struct buf book = {0}, notifiers = {0}, text = {0};
    incident_book_save(desk->book, &book);
    notify_desk_save(daemon_sender_desk(desk->sender), &notifiers);
    json_t *state = json_value_object();
    json_value_put(state, "book", json_value_text(buf_slice(&book)));
    json_value_put(state, "notifiers", json_value_text(buf_slice(&notifiers)));
    json_value_print(state, false, &text);
    struct err err;
    if (!output_file_write(buf_str(&desk->state_path), buf_slice(&text), &err))
        OWN_LOG(desk->options.log, OWN_LOG_ERROR, "state_not_saved", log_str("reason", err.text));
    desk->saved_revision = incident_book_revision(desk->book);
    desk->notices_pending = false;
}

static struct slice text_of(const json_t *state, const char *key)
{
    const json_t *text = json_object_get(state, key);
    return json_is_string(text) ? slice_of(json_string_value(text), json_string_length(text))
                                : (struct slice){NULL, 0};
}

static bool load_all(struct daemon_desk *desk, const json_t *state, int64_t now_us, struct err *err)
{
    return incident_book_load(desk->book, text_of(state, "book"), now_us, err) &&
           notify_desk_load(daemon_sender_desk(desk->sender), text_of(state, "notifiers"), now_us,
                            err);
}

/* A state that cannot be read is kept for a person to look at, under another name. */
static void set_aside(struct daemon_desk *desk, const struct err *err)
{
    CLEANUP_BUF struct buf aside = {0};
    buf_add(&aside, buf_slice(&desk->state_path));
    buf_add_str(&aside, ".damaged");
    rename(buf_str(&desk->state_path), buf_str(&aside));
    OWN_LOG(desk->options.log, OWN_LOG_ERROR, "state_damaged", log_str("reason", err->text),
            log_text("kept_as", buf_slice(&aside)));
}

static void load(struct daemon_desk *desk, int64_t now_us)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err = {0};
    struct stat st;
    if (lstat(buf_str(&desk->state_path), &st) != 0 && errno == ENOENT)
        return; /* the first start */
    json_t *state = NULL;
    if (file_text_read(buf_str(&desk->state_path), &text, &err))
        state = json_loadb(text.ptr, text.len, 0, NULL);
    if (err.code != ERR_NONE || !load_all(desk, state, now_us, &err))
        set_aside(desk, &err);
    json_decref(state);
}

struct daemon_desk *daemon_desk_new(const struct daemon_desk_options *options, int64_t now_us,
                                    struct err *err)
{
    struct daemon_desk *desk = MEM_NEW(struct daemon_desk);
    desk->options = *options;
    desk->repeated_us = now_us;
    desk->shown_revision = desk->measured_revision = UINT64_MAX;
    struct incident_book_settings settings = daemon_book_settings(options->settings);
    desk->book = incident_book_new(&settings, tell, desk);
    desk->silences = daemon_silences_new(&(struct daemon_silences_options){
        desk->book, options->log, options->metrics, options->silences_shown});
    buf_add_str(&desk->state_path, options->settings->state);
    buf_add_str(&desk->state_path, "/incidents.json");
    desk->sender = daemon_sender_new(options->settings, options->providers, options->log, err);
    if (desk->sender == NULL) {
        daemon_desk_free(desk);
        return NULL;
    }
    load(desk, now_us);
    show(desk, now_us); /* before anybody can ask */
    daemon_silences_show(desk->silences, now_us);
    return desk;
}

void daemon_desk_free(struct daemon_desk *desk)
{
    if (desk == NULL)
        return;
    if (desk->sender != NULL)
        save(desk);
    daemon_sender_free(desk->sender);
    daemon_silences_free(desk->silences);
    incident_book_free(desk->book);
    buf_done(&desk->state_path);
    mem_free(desk);
}

/* ---- mailboxes ---- */

static void book(void *data, const struct incident *incident)
{
    struct daemon_desk *desk = data;
    incident_book_take(desk->book, incident, desk->now_us);
}

static void take_incidents(struct daemon_desk *desk, int64_t now_us)
{
    for (struct incident_record *record;
         (record = mailbox_take(desk->options.incidents)) != NULL;) {
        incident_book_take(desk->book, &record->incident, now_us);
        incident_record_done(record);
        mem_free(record);
    }
}

static void answer(struct daemon_desk *desk, struct daemon_request *request, int64_t now_us)
{
    struct slice id = buf_slice(&request->id), by = buf_slice(&request->by);
    struct slice note = buf_slice(&request->note);
    switch (request->kind) {
    case DAEMON_REQUEST_ACKNOWLEDGE:
        request->good = incident_book_acknowledge(desk->book, id, by, note, now_us, &request->err);
        break;
    case DAEMON_REQUEST_CLOSE:
        request->good = incident_book_close(desk->book, id, by, note, now_us, &request->err);
        break;
    case DAEMON_REQUEST_SILENCE:
    case DAEMON_REQUEST_END_SILENCE:
        daemon_silences_answer(desk->silences, request, now_us);
        return;
    }
    struct incident_view view;
    request->found = incident_book_find(desk->book, id, now_us, &view);
    if (request->good && request->found)
        json_value_print(incident_view_json(&view), true, &request->answer);
}

static void take_requests(struct daemon_desk *desk, int64_t now_us)
{
    for (struct daemon_request *request;
         (request = mailbox_take(desk->options.requests)) != NULL;) {
        answer(desk, request, now_us);
        if (request->good) { /* who is told that it is done finds it done, also after kill -9 */
            save(desk);
            show(desk, now_us);
        }
        daemon_request_answer(request);
        daemon_request_unref(request);
    }
}

/* ---- measuring ---- */

static void measure_notifiers(struct daemon_desk *desk)
{
    const struct notify_desk *notifiers = daemon_sender_desk(desk->sender);
    struct daemon_metrics *metrics = desk->options.metrics;
    for (size_t i = 0; i < notify_desk_count(notifiers); i++) {
        struct notify_status status;
        notify_desk_status(notifiers, i, &status);
        const struct slice *name = &notify_desk_settings(notifiers, i)->name;
        daemon_metrics_set(metrics, DAEMON_METRIC_NOTIFIER_PENDING, name, (int64_t)status.pending);
        daemon_metrics_raise(metrics, DAEMON_METRIC_NOTIFIER_SENT, name, (int64_t)status.sent);
        daemon_metrics_raise(
            metrics, DAEMON_METRIC_NOTIFIER_FAILURES, name,
            (int64_t)(status.retries + status.refused + status.expired + status.dropped));
        daemon_metrics_set(metrics, DAEMON_METRIC_NOTIFIER_STATE, name, (int64_t)status.state);
    }
}

static void measure_history(struct daemon_desk *desk)
{
    struct daemon_metrics *metrics = desk->options.metrics;
    struct history_state state;
    history_state_get(desk->options.history, &state);
    daemon_metrics_raise(metrics, DAEMON_METRIC_HISTORY_ROWS, NULL, (int64_t)state.rows);
    daemon_metrics_set(metrics, DAEMON_METRIC_HISTORY_QUEUE, NULL, (int64_t)state.queued_rows);
    daemon_metrics_set(metrics, DAEMON_METRIC_HISTORY_SPOOL, NULL, state.spool_bytes);
    daemon_metrics_set(metrics, DAEMON_METRIC_HISTORY_FILE, NULL, state.file_bytes);
    daemon_metrics_set(metrics, DAEMON_METRIC_HISTORY_TROUBLE, NULL,
                       state.trouble != HISTORY_TROUBLE_NONE);
}

struct open_counts {
    int64_t count[INCIDENT_KIND_COUNT][INCIDENT_SEVERITY_COUNT];
};

static void count_open(void *data, const struct incident_view *view)
{
    struct open_counts *open = data;
    if (view->state != INCIDENT_STATE_CLOSED)
        open->count[view->incident->kind][incident_severity(view->incident)]++;
}

/* A kind that was never open has no series; one that was stays at zero. */
static void measure_incidents(struct daemon_desk *desk, int64_t now_us)
{
    struct open_counts open = {0};
    incident_book_visit(desk->book, now_us, count_open, &open);
    for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++)
        for (size_t severity = 0; severity < INCIDENT_SEVERITY_COUNT; severity++) {
            int64_t count = open.count[kind][severity];
            desk->was_open[kind][severity] |= count > 0;
            struct slice labels[] = {
                slice_from_str(incident_kind_word((enum incident_kind)kind)),
                slice_from_str(incident_severity_word((enum incident_severity)severity))};
            if (desk->was_open[kind][severity])
                daemon_metrics_set(desk->options.metrics, DAEMON_METRIC_INCIDENTS_OPEN, labels,
                                   count);
        }
}

static void measure(struct daemon_desk *desk, int64_t now_us)
{
    uint64_t revision = incident_book_revision(desk->book);
    if (revision != desk->measured_revision)
        measure_incidents(desk, now_us);
    desk->measured_revision = revision;
    measure_notifiers(desk);
    measure_history(desk);
}

/* ---- history ---- */

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

/* What changed since it was kept last goes into the history; what it cannot take stays changed. */
static void keep(struct daemon_desk *desk, int64_t now_us)
{
    uint64_t revision = incident_book_revision(desk->book);
    if (revision == desk->kept_revision)
        return;
    struct kept kept = {history_batch_new(), desk->kept_revision, now_us};
    incident_book_visit(desk->book, now_us, keep_one, &kept);
    if (history_commit(desk->options.history, kept.batch))
        desk->kept_revision = revision;
    else
        history_batch_free(kept.batch);
}

void daemon_desk_advance(struct daemon_desk *desk, int64_t now_us)
{
    desk->now_us = now_us;
    take_incidents(desk, now_us);
    take_requests(desk, now_us);
    notify_desk_incidents(daemon_sender_desk(desk->sender), now_us, book, desk);
    incident_book_advance(desk->book, now_us);
    if (now_us - desk->repeated_us >= REPEAT_US || now_us < desk->repeated_us) {
        incident_book_repeat(desk->book, now_us, tell, desk);
        desk->repeated_us = now_us;
    }
    bool answered = daemon_sender_collect(desk->sender, now_us);
    if (answered || desk->notices_pending ||
        incident_book_revision(desk->book) != desk->saved_revision)
        save(desk);
    daemon_sender_advance(desk->sender, now_us);
    keep(desk, now_us);
    show(desk, now_us);
    daemon_silences_show(desk->silences, now_us);
    measure(desk, now_us);
}

int64_t daemon_desk_next_due(const struct daemon_desk *desk)
{
    int64_t due_us = incident_book_next_due(desk->book);
    int64_t send_us = daemon_sender_next_due(desk->sender);
    int64_t repeat_us = desk->repeated_us + REPEAT_US;
    due_us = send_us < due_us ? send_us : due_us;
    return repeat_us < due_us ? repeat_us : due_us;
}

void daemon_desk_fds(const struct daemon_desk *desk, int fds[DAEMON_DESK_FDS])
{
    fds[0] = mailbox_fd(desk->options.incidents);
    fds[1] = mailbox_fd(desk->options.requests);
    daemon_sender_fds(desk->sender, fds + 2);
}
