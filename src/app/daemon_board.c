/* SPDX-License-Identifier: Apache-2.0
 *
 * Snapshots and series of the desk. See daemon_board.h.
 */
#include "app/daemon_board.h"

#include "base/memory.h"
#include "respond/incident_json.h"

struct daemon_board {
    const struct daemon_desk_options *options;
    uint64_t shown_revision, measured_revision;                  /* of the book */
    bool was_open[INCIDENT_KIND_COUNT][INCIDENT_SEVERITY_COUNT]; /* has a series */
};

struct daemon_board *daemon_board_new(const struct daemon_desk_options *options)
{
    struct daemon_board *board = MEM_NEW(struct daemon_board);
    board->options = options;
    board->shown_revision = board->measured_revision = UINT64_MAX;
    return board;
}

void daemon_board_free(struct daemon_board *board)
{
    mem_free(board);
}

/* ---- snapshots ---- */

static void show_one(void *data, const struct incident_view *view)
{
    json_value_append(data, incident_view_json(view));
}

static void publish(struct snapshot_place *place, json_t *value)
{
    struct buf text = {0};
    json_value_print(value, true, &text);
    snapshot_place_put(place, snapshot_new(&text));
}

void daemon_board_show(struct daemon_board *board, const struct incident_book *book,
                       const struct daemon_sender *sender, int64_t now_us)
{
    uint64_t revision = incident_book_revision(book);
    if (revision != board->shown_revision) {
        json_t *all = json_value_array();
        incident_book_visit(book, now_us, show_one, all);
        publish(board->options->incidents_shown, all);
        board->shown_revision = revision;
    }
    publish(board->options->notifiers_shown, daemon_sender_status(sender));
}

/* ---- series ---- */

static void measure_notifiers(struct daemon_metrics *metrics, const struct notify_desk *notifiers)
{
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

static void measure_history(struct daemon_metrics *metrics, struct history *history)
{
    struct history_state state;
    history_state_get(history, &state);
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
static void measure_incidents(struct daemon_board *board, const struct incident_book *book,
                              int64_t now_us)
{
    struct open_counts open = {0};
    incident_book_visit(book, now_us, count_open, &open);
    for (size_t kind = 0; kind < INCIDENT_KIND_COUNT; kind++)
        for (size_t severity = 0; severity < INCIDENT_SEVERITY_COUNT; severity++) {
            int64_t count = open.count[kind][severity];
            board->was_open[kind][severity] |= count > 0;
            struct slice labels[] = {
                slice_from_str(incident_kind_word((enum incident_kind)kind)),
                slice_from_str(incident_severity_word((enum incident_severity)severity))};
            if (board->was_open[kind][severity])
                daemon_metrics_set(board->options->metrics, DAEMON_METRIC_INCIDENTS_OPEN, labels,
                                   count);
        }
}

void daemon_board_measure(struct daemon_board *board, const struct incident_book *book,
                          const struct daemon_sender *sender, int64_t now_us)
{
    uint64_t revision = incident_book_revision(book);
    if (revision != board->measured_revision)
        measure_incidents(board, book, now_us);
    board->measured_revision = revision;
    measure_notifiers(board->options->metrics, daemon_sender_desk(sender));
    measure_history(board->options->metrics, board->options->history);
}
