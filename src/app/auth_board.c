/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_board.h.
 */
#include "app/auth_board.h"

#include "app/daemon_guesses.h"
#include "app/request_rate.h"
#include "base/civil.h"
#include "base/memory.h"
#include "model/json_value.h"

struct auth_board {
    struct snapshot_place *shown;
    struct request_rate rate;
    int64_t day; /* of local time */
    int64_t since_us;
    uint64_t before[AUTH_RESULT_COUNT]; /* until this day began */
};

struct auth_board *auth_board_new(void)
{
    struct auth_board *board = MEM_NEW(struct auth_board);
    board->shown = snapshot_place_new();
    return board;
}

void auth_board_free(struct auth_board *board)
{
    if (board == NULL)
        return;
    snapshot_place_free(board->shown);
    mem_free(board);
}

struct snapshot_place *auth_board_shown(struct auth_board *board)
{
    return board->shown;
}

static void turn_day(struct auth_board *board, const struct auth_service_counts *counts,
                     int64_t now_us, int32_t offset_s)
{
    int64_t day = (now_us / US_PER_SECOND + offset_s) / SECONDS_PER_DAY;
    if (board->since_us != 0 && day == board->day)
        return;
    bool first = board->since_us == 0; /* what it counted before was of this day */
    board->day = day;
    board->since_us = now_us;
    for (size_t i = 0; i < AUTH_RESULT_COUNT; i++)
        board->before[i] = first ? 0 : auth_service_results(counts, (enum auth_result)i);
}

static json_t *today_json(const struct auth_board *board, const struct auth_service_counts *counts)
{
    json_t *object = json_value_object();
    json_value_put_time(object, "since", board->since_us);
    for (size_t i = 0; i < AUTH_RESULT_COUNT; i++)
        json_value_put_count(object, auth_result_word((enum auth_result)i),
                             auth_service_results(counts, (enum auth_result)i) - board->before[i]);
    return object;
}

static json_t *places_json(const struct auth_board_view *view)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < view->listen_count; i++) {
        CLEANUP_BUF struct buf text = {0};
        endpoint_format(&view->listen[i], &text);
        json_value_append(array, json_value_text(buf_slice(&text)));
    }
    return array;
}

static json_t *servers_json(const struct auth_servers *servers)
{
    json_t *array = json_value_array();
    for (size_t i = 0; servers != NULL && i < servers->count; i++) {
        const struct auth_server *server = &servers->list[i];
        json_t *object = json_value_object();
        json_value_put_text(object, "name", server->name);
        json_value_put_word(object, "protocol", auth_server_protocol(server));
        json_value_put_word(object, "health", backend_health_word(server->health));
        if (server->since_us != 0)
            json_value_put_time(object, "since", server->since_us);
        if (server->reason.len > 0)
            json_value_put_text(object, "reason", server->reason);
        json_value_append(array, object);
    }
    return array;
}

/* What is to be said in nginx's mail section. */
static void put_line(json_t *object, const struct auth_board_view *view)
{
    CLEANUP_BUF struct buf line = {0};
    if (view->listen_count == 0)
        return;
    buf_add_str(&line, "auth_http ");
    endpoint_format(&view->listen[0], &line);
    buf_add_str(&line, view->listen[0].kind == ENDPOINT_UNIX ? ":/auth;" : "/auth;");
    json_value_put_text(object, "nginx", buf_slice(&line));
}

void auth_board_put(struct auth_board *board, const struct auth_board_view *view, int64_t now_us,
                    int32_t offset_s)
{
    const struct auth_service_counts *counts = view->counts;
    struct buf text = {0};
    json_t *object = json_value_object();
    turn_day(board, counts, now_us, offset_s);
    const char *state = view->trouble != NULL ? "trouble" : "answers";
    json_value_put_word(object, "state", view->listen_count == 0 ? "off" : state);
    if (view->listen_count > 0 && view->trouble != NULL)
        json_value_put_text(object, "reason", slice_from_str(view->trouble));
    json_value_put(object, "listen", places_json(view));
    json_value_put_count(object, "connections", counts->server.open);
    json_value_put_count(object, "questions", counts->server.asked);
    json_value_put_real(object, "questions_s",
                        request_rate_take(&board->rate, counts->server.asked, now_us));
    json_value_put_count(object, "waiting", counts->waiting);
    json_value_put_count(object, "cached", counts->cached);
    json_value_put(object, "today", today_json(board, counts));
    json_value_put(object, "shared", daemon_guesses_json(view->shared));
    json_value_put(object, "servers", servers_json(view->servers));
    put_line(object, view);
    json_value_print(object, true, &text);
    snapshot_place_put(board->shown, snapshot_new(&text));
}
