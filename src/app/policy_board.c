/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_board.h.
 */
#include "app/policy_board.h"

#include "app/postfix_policy.h"
#include "app/request_rate.h"
#include "base/civil.h"
#include "base/memory.h"
#include "model/json_value.h"

struct policy_board {
    struct snapshot_place *shown;
    struct request_rate rate;
    int64_t day; /* of local time */
    int64_t since_us;
    uint64_t before[POLICY_RESULTS], requests_before; /* until this day began */
};

struct policy_board *policy_board_new(void)
{
    struct policy_board *board = MEM_NEW(struct policy_board);
    board->shown = snapshot_place_new();
    return board;
}

void policy_board_free(struct policy_board *board)
{
    if (board == NULL)
        return;
    snapshot_place_free(board->shown);
    mem_free(board);
}

struct snapshot_place *policy_board_shown(struct policy_board *board)
{
    return board->shown;
}

/* ---- numbers ---- */

static uint64_t requests_of(const struct policy_service_counts *counts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < POLICY_STAGES; i++)
        sum += counts->stages[i];
    return sum;
}

static void turn_day(struct policy_board *board, const struct policy_service_counts *counts,
                     int64_t now_us, int32_t offset_s)
{
    int64_t day = (now_us / US_PER_SECOND + offset_s) / SECONDS_PER_DAY;
    if (board->since_us != 0 && day == board->day)
        return;
    bool first = board->since_us == 0; /* what it counted before was of this day */
    board->day = day;
    board->since_us = now_us;
    board->requests_before = first ? 0 : requests_of(counts);
    for (size_t i = 0; i < POLICY_RESULTS; i++)
        board->before[i] = first ? 0 : counts->results[i];
}

/* ---- as JSON ---- */

static json_t *today_json(const struct policy_board *board,
                          const struct policy_service_counts *counts)
{
    json_t *object = json_value_object();
    json_value_put_time(object, "since", board->since_us);
    json_value_put_count(object, "requests", requests_of(counts) - board->requests_before);
    for (size_t i = 0; i < POLICY_RESULTS; i++)
        json_value_put_count(object, policy_result_word((enum policy_result)i),
                             counts->results[i] - board->before[i]);
    return object;
}

static json_t *places_json(const struct policy_board_view *view)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < view->listen_count; i++) {
        CLEANUP_BUF struct buf text = {0};
        endpoint_format(&view->listen[i], &text);
        json_value_append(array, json_value_text(buf_slice(&text)));
    }
    return array;
}

static json_t *doubts_json(const struct policy_board_view *view)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < POLICY_DOUBTS; i++)
        if (view->doubts[i] != NULL)
            json_value_append(array, json_value_text(slice_from_str(view->doubts[i])));
    return array;
}

static void put_line(json_t *object, const struct policy_board_view *view)
{
    const struct settings_policy place = {.listen = view->listen,
                                          .listen_count = view->listen_count};
    CLEANUP_BUF struct buf line = {0};
    if (view->listen_count == 0)
        return;
    buf_add_str(&line, "todoku_policy = ");
    postfix_policy_service(&place, &line);
    json_value_put_text(object, "postfix", buf_slice(&line));
}

static bool is_shared(const struct policy_board_view *view)
{
    return view->listen_count > 0 && view->shared != NULL && view->shared->wanted;
}

/* By this relay's part of the limits. */
static bool is_alone(const struct policy_board_view *view)
{
    return view->trouble == NULL && is_shared(view) && !view->shared->up;
}

static const char *state_of(const struct policy_board_view *view)
{
    if (view->listen_count == 0)
        return "off";
    if (view->trouble != NULL)
        return "trouble";
    return is_alone(view) ? "degraded" : "answers";
}

static void put_reason(json_t *object, const struct policy_board_view *view)
{
    const char *reason = view->trouble;
    if (is_alone(view)) {
        const struct err *fault = &view->shared->fault;
        reason = fault->code != ERR_NONE ? fault->text : "Redis has not been reached yet";
        json_value_put_time(object, "since", view->shared->since_us);
    }
    if (view->listen_count > 0 && reason != NULL)
        json_value_put_text(object, "reason", slice_from_str(reason));
}

static json_t *shared_json(const struct policy_shared_counts *shared)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "relays", shared->relays);
    json_value_put_count(object, "owed", shared->owed);
    json_value_put_count(object, "asked", shared->asked);
    json_value_put_count(object, "alone", shared->alone);
    json_value_put_count(object, "lost", shared->lost);
    return object;
}

void policy_board_put(struct policy_board *board, const struct policy_board_view *view,
                      int64_t now_us, int32_t offset_s)
{
    const struct policy_service_counts *counts = view->counts;
    struct buf text = {0};
    json_t *object = json_value_object();
    turn_day(board, counts, now_us, offset_s);
    json_value_put_word(object, "state", state_of(view));
    put_reason(object, view);
    json_value_put(object, "listen", places_json(view));
    json_value_put_count(object, "connections", counts->server.open);
    json_value_put_count(object, "connections_max", view->connections_max);
    json_value_put_count(object, "requests", requests_of(counts));
    json_value_put_real(object, "requests_s",
                        request_rate_take(&board->rate, requests_of(counts), now_us));
    json_value_put_count(object, "limits", view->limits);
    json_value_put_count(object, "keys", counts->keys);
    json_value_put_count(object, "keys_crowded_out", counts->crowded_out);
    json_value_put_count(object, "bad", counts->bad);
    json_value_put_count(object, "given_back", counts->given_back);
    if (is_shared(view))
        json_value_put(object, "shared", shared_json(view->shared));
    json_value_put(object, "today", today_json(board, counts));
    json_value_put(object, "doubts", doubts_json(view));
    put_line(object, view);
    json_value_print(object, true, &text);
    snapshot_place_put(board->shown, snapshot_new(&text));
}
