/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_board.h.
 */
#include "app/quota_board.h"

#include "app/postfix_quota.h"
#include "app/request_rate.h"
#include "base/civil.h"
#include "base/memory.h"
#include "model/json_value.h"

static const int64_t HOUR_US = INT64_C(3600) * US_PER_SECOND;

struct over_mailbox {
    struct buf mailbox, server;
    int64_t first_us, last_us;
    uint64_t size, times;
    bool full;
};

struct quota_board {
    struct snapshot_place *shown;
    struct request_rate rate;
    int64_t day; /* of local time */
    int64_t since_us;
    struct quota_service_counts before; /* until this day began */
    struct over_mailbox mailboxes[QUOTA_BOARD_MAILBOXES];
    size_t count;
};

struct quota_board *quota_board_new(void)
{
    struct quota_board *board = MEM_NEW(struct quota_board);
    board->shown = snapshot_place_new();
    return board;
}

void quota_board_free(struct quota_board *board)
{
    if (board == NULL)
        return;
    for (size_t i = 0; i < board->count; i++) {
        buf_done(&board->mailboxes[i].mailbox);
        buf_done(&board->mailboxes[i].server);
    }
    snapshot_place_free(board->shown);
    mem_free(board);
}

struct snapshot_place *quota_board_shown(struct quota_board *board)
{
    return board->shown;
}

/* ---- mailboxes ---- */

static struct over_mailbox *find_mailbox(struct quota_board *board, struct slice mailbox)
{
    struct over_mailbox *oldest = board->mailboxes;
    for (size_t i = 0; i < board->count; i++) {
        struct over_mailbox *of = &board->mailboxes[i];
        if (slice_eq(buf_slice(&of->mailbox), mailbox))
            return of;
        if (of->last_us < oldest->last_us)
            oldest = of;
    }
    if (board->count < QUOTA_BOARD_MAILBOXES)
        oldest = &board->mailboxes[board->count++];
    buf_clear(&oldest->mailbox);
    buf_add(&oldest->mailbox, mailbox);
    oldest->first_us = 0;
    oldest->times = 0;
    return oldest;
}

void quota_board_note(struct quota_board *board, const struct quota_event *event)
{
    if (event->mailbox.len == 0)
        return;
    struct over_mailbox *of = find_mailbox(board, event->mailbox);
    buf_clear(&of->server);
    buf_add(&of->server, event->server);
    of->first_us = of->first_us != 0 ? of->first_us : event->at_us;
    of->last_us = event->at_us;
    of->size = event->size;
    of->full = event->full;
    of->times++;
}

void quota_board_count(const struct quota_board *board, int64_t now_us, size_t *full,
                       size_t *near_full)
{
    *full = *near_full = 0;
    for (size_t i = 0; i < board->count; i++)
        if (now_us - board->mailboxes[i].last_us < HOUR_US)
            ++*(board->mailboxes[i].full ? full : near_full);
}

static json_t *mailboxes_json(const struct quota_board *board)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < board->count; i++) {
        const struct over_mailbox *of = &board->mailboxes[i];
        json_t *object = json_value_object();
        json_value_put_text(object, "mailbox", buf_slice(&of->mailbox));
        json_value_put_text(object, "server", buf_slice(&of->server));
        json_value_put_word(object, "state", of->full ? "full" : "near_full");
        json_value_put_time(object, "first", of->first_us);
        json_value_put_time(object, "last", of->last_us);
        json_value_put_count(object, "size", of->size);
        json_value_put_count(object, "times", of->times);
        json_value_append(array, object);
    }
    return array;
}

/* ---- questions ---- */

static void turn_day(struct quota_board *board, const struct quota_service_counts *counts,
                     int64_t now_us, int32_t offset_s)
{
    int64_t day = (now_us / US_PER_SECOND + offset_s) / SECONDS_PER_DAY;
    if (board->since_us != 0 && day == board->day)
        return;
    bool first = board->since_us == 0; /* what it counted before was of this day */
    board->day = day;
    board->since_us = now_us;
    if (!first)
        board->before = *counts;
}

static json_t *stage_json(const uint64_t *now, const uint64_t *before)
{
    json_t *object = json_value_object();
    for (size_t i = 0; i < QUOTA_RESULT_COUNT; i++)
        json_value_put_count(object, quota_result_word((enum quota_result)i), now[i] - before[i]);
    return object;
}

static json_t *today_json(const struct quota_board *board,
                          const struct quota_service_counts *counts)
{
    const struct quota_service_counts *before = &board->before;
    json_t *object = json_value_object();
    json_value_put_time(object, "since", board->since_us);
    json_value_put(
        object, "rcpt",
        stage_json(counts->results[POLICY_STAGE_RCPT], before->results[POLICY_STAGE_RCPT]));
    json_value_put(object, "end_of_message",
                   stage_json(counts->results[POLICY_STAGE_END_OF_MESSAGE],
                              before->results[POLICY_STAGE_END_OF_MESSAGE]));
    json_value_put_count(object, "without_size", counts->without_size - before->without_size);
    json_value_put_count(object, "cached", counts->cached - before->cached);
    return object;
}

static json_t *places_json(const struct quota_board_view *view)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < view->wish->listen_count; i++) {
        CLEANUP_BUF struct buf text = {0};
        endpoint_format(&view->wish->listen[i], &text);
        json_value_append(array, json_value_text(buf_slice(&text)));
    }
    return array;
}

static json_t *server_json(const struct quota_server_state *server)
{
    json_t *object = json_value_object();
    uint64_t answered = 0;
    for (size_t i = 0; i < QUOTA_KINDS; i++)
        answered += server->numbers.answered[i];
    json_value_put_text(object, "name", server->name);
    json_value_put_text(object, "address", server->address);
    json_value_put_word(object, "health", server->is_down ? "down" : "up");
    json_value_put_count(object, "connections", server->connections);
    json_value_put_count(object, "waiting", server->waiting);
    json_value_put_count(object, "delay_us", (uint64_t)server->delay_us);
    json_value_put_count(object, "asked", server->numbers.asked);
    json_value_put_count(object, "answered", answered);
    json_value_put_count(object, "late", server->numbers.late);
    json_value_put_count(object, "failed", server->numbers.down + server->numbers.busy);
    if (server->reason.len > 0)
        json_value_put_text(object, "reason", server->reason);
    return object;
}

static json_t *servers_json(const struct quota_state *state)
{
    json_t *array = json_value_array();
    for (size_t i = 0; state != NULL && i < state->count; i++)
        json_value_append(array, server_json(&state->servers[i]));
    return array;
}

static uint64_t questions_of(const struct quota_service_counts *counts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < QUOTA_STAGES; i++)
        for (size_t k = 0; k < QUOTA_RESULT_COUNT; k++)
            sum += counts->results[i][k];
    return sum;
}

static void put_tables(json_t *object, const struct quota_state *state)
{
    if (state == NULL)
        return;
    json_value_put_word(object, "tables",
                        !state->has_tables                      ? "unread"
                        : state->lookups.fault.code != ERR_NONE ? "trouble"
                                                                : "read");
    if (state->lookups.fault.code != ERR_NONE)
        json_value_put_text(object, "tables_reason", slice_from_str(state->lookups.fault.text));
    json_value_put_count(object, "waiting", state->desk.cases);
    json_value_put_count(object, "remembered", state->desk.memory.messages);
    json_value_put_count(object, "known", state->desk.facts.mailboxes);
}

/* What is to be said in main.cf, once; both restrictions name it. */
static void put_line(json_t *object, const struct quota_board_view *view)
{
    CLEANUP_BUF struct buf line = {0};
    if (view->wish->listen_count == 0)
        return;
    buf_add_str(&line, "todoku_quota = ");
    postfix_quota_service(view->wish, &line);
    json_value_put_text(object, "postfix", buf_slice(&line));
}

void quota_board_put(struct quota_board *board, const struct quota_board_view *view, int64_t now_us,
                     int32_t offset_s)
{
    const struct quota_service_counts *counts = view->counts;
    struct buf text = {0};
    json_t *object = json_value_object();
    turn_day(board, counts, now_us, offset_s);
    const char *state = view->trouble != NULL ? "trouble" : "answers";
    json_value_put_word(object, "state", view->wish->listen_count == 0 ? "off" : state);
    if (view->wish->listen_count > 0 && view->trouble != NULL)
        json_value_put_text(object, "reason", slice_from_str(view->trouble));
    json_value_put(object, "listen", places_json(view));
    json_value_put_count(object, "connections", counts->server.open);
    json_value_put_count(object, "questions", questions_of(counts));
    json_value_put_real(object, "questions_s",
                        request_rate_take(&board->rate, questions_of(counts), now_us));
    put_tables(object, view->state);
    json_value_put(object, "today", today_json(board, counts));
    json_value_put(object, "servers", servers_json(view->state));
    json_value_put(object, "mailboxes", mailboxes_json(board));
    put_line(object, view);
    json_value_print(object, true, &text);
    snapshot_place_put(board->shown, snapshot_new(&text));
}
