/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_quota.h.
 */
#include "app/daemon_quota.h"

#include <sys/random.h>

#include "app/incident_turn.h"
#include "app/listen_place.h"
#include "app/quota_board.h"
#include "app/quota_incidents.h"
#include "app/quota_service.h"
#include "app/settings_fleet.h"
#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"

static const int64_t TURN_US = 1000000, AGAIN_US = 10000000;

struct daemon_quota {
    struct own_log *log;
    struct quota_service *service; /* NULL: nothing was wanted yet, or it could not be made */
    const struct settings_quota *wish;
    struct listen_place wanted, present;
    struct hash_key key;
    int64_t turned_us, again_us;
    bool answers, lacks_tables;
    struct err why, tables_why;
    struct quota_board *board;
    struct part_book *parts;            /* that fail */
    struct quota_state *state;          /* NULL: not known yet */
    struct quota_service_counts counts; /* as of the last turn */
};

/* Strangers choose recipients; they shall not choose what falls together. Only a kernel older than
 * Linux 3.17 has no random bytes to give: the clock is better than nothing. */
static struct hash_key any_key(void)
{
    struct hash_key key = {{(uint64_t)clock_now_us(), (uint64_t)clock_steady_us()}};
    if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
        key.words[0] ^= (uint64_t)(uintptr_t)&key;
    return key;
}

static struct part_book *parts_new(void)
{
    struct arena *arena = arena_new(512);
    struct slice relay = slice_from_str(settings_fleet_host(arena));
    struct part_book *parts = part_book_new(INCIDENT_MAILBOX_SERVER_QUOTA_DOWN, relay);
    arena_free(arena);
    return parts;
}

struct daemon_quota *daemon_quota_new(struct own_log *log)
{
    struct daemon_quota *quota = MEM_NEW(struct daemon_quota);
    quota->log = log;
    quota->key = any_key();
    quota->board = quota_board_new();
    quota->parts = parts_new();
    quota->answers = true;
    return quota;
}

/* ---- what is wanted ---- */

/* NULL: a table cannot be read, and the plan before is better than none. */
static struct quota_plan *plan_of(struct daemon_quota *quota, bool is_first)
{
    struct err err = {0};
    struct quota_plan *plan = quota_plan_new(quota->wish, &quota->key, &err);
    bool lacks = plan->tables == NULL;
    if (lacks && !quota->lacks_tables)
        OWN_LOG(quota->log, OWN_LOG_ERROR, "quota_tables_unread", log_str("reason", err.text),
                log_str("advice", is_first ? "until it can be read all mail passes by "
                                             "quota.on_failure"
                                           : "the settings before hold until it can be read"));
    else if (!lacks && quota->lacks_tables)
        OWN_LOG(quota->log, OWN_LOG_INFO, "quota_tables_read",
                log_number("servers", (int64_t)plan->server_count));
    quota->lacks_tables = lacks;
    quota->tables_why = err;
    if (!lacks || is_first)
        return plan;
    quota_plan_free(plan);
    return NULL;
}

static void make_plan(struct daemon_quota *quota)
{
    struct quota_plan *plan = plan_of(quota, quota->service == NULL);
    if (plan == NULL)
        return;
    if (quota->service != NULL)
        quota_service_put(quota->service, plan);
    else
        quota->service = quota_service_new(plan, &quota->why);
}

void daemon_quota_want(struct daemon_quota *quota, const struct settings_quota *wish,
                       int64_t now_us)
{
    quota->wish = wish;
    listen_place_set(&quota->wanted, wish->listen, wish->listen_count, wish->group);
    quota->wanted.connections = wish->connections;
    quota->again_us = now_us;
    if (quota->service != NULL || wish->listen_count > 0)
        make_plan(quota);
}

/* ---- turns ---- */

static bool listen_at(struct quota_service *service, const struct listen_place *place,
                      struct err *err)
{
    struct listen_texts texts;
    listen_texts_init(&texts, place);
    const struct answer_server_options options = {
        .addresses = texts.addresses,
        .address_count = place->count,
        .group = listen_place_group(place),
        .connections_max = place->connections,
    };
    bool good = quota_service_listen(service, &options, err);
    listen_texts_done(&texts);
    return good;
}

static void move(struct daemon_quota *quota, int64_t now_us, struct err *why)
{
    bool may_try = now_us >= quota->again_us || quota->again_us - now_us > AGAIN_US;
    if (!may_try)
        return;
    quota->again_us = now_us + AGAIN_US;
    if (quota->lacks_tables)
        make_plan(quota);
    if (listen_place_eq(&quota->present, &quota->wanted))
        return;
    quota->present.count = 0;
    if (quota->wanted.count == 0)
        quota_service_leave(quota->service);
    else if (!listen_at(quota->service, &quota->wanted, why))
        return;
    listen_place_copy(&quota->present, &quota->wanted);
}

static void note(struct daemon_quota *quota, bool answers, const struct err *why)
{
    if (answers == quota->answers)
        return;
    quota->answers = answers;
    quota->why = *why;
    if (answers)
        OWN_LOG(quota->log, OWN_LOG_INFO, "quota_answers",
                log_number("places", (int64_t)quota->wanted.count));
    else
        OWN_LOG(quota->log, OWN_LOG_ERROR, "quota_does_not_answer", log_str("reason", why->text));
}

static const char *stage_word(enum policy_stage stage)
{
    static const char *const words[QUOTA_STAGES] = {"other", "mail", "rcpt", "data",
                                                    "end_of_message"};
    return words[stage];
}

static void log_event(const struct daemon_quota *quota, const struct quota_event *event)
{
    bool passes = event->result < QUOTA_RESULT_OVER;
    const struct own_log_field fields[] = {
        log_str("stage", stage_word(event->stage)),
        log_str("result", quota_result_word(event->result)),
        log_text("recipient", event->recipient),
        log_text("mailbox", event->mailbox),
        log_text("server", event->server),
        log_text("answer", event->words),
        log_text("sender", event->sender),
        log_text("client", event->client),
        log_text("queue_id", event->queue_id),
        log_text("instance", event->instance),
        log_number("size", (int64_t)event->size),
        log_number("mailboxes", (int64_t)event->mailboxes),
        log_number("over", (int64_t)event->over),
        log_number("full", event->full),
    };
    own_log_write_each(quota->log, OWN_LOG_INFO, passes ? "quota_passed" : "quota_refused", fields,
                       sizeof(fields) / sizeof(fields[0]));
}

static void tell_events(struct daemon_quota *quota)
{
    struct quota_event *event;
    while ((event = quota_service_take(quota->service)) != NULL) {
        log_event(quota, event);
        quota_board_note(quota->board, event);
        mem_free(event);
    }
}

static void show_results(const struct daemon_quota *quota, const struct quota_service_counts *now,
                         struct daemon_metrics *metrics)
{
    for (size_t i = 0; i < QUOTA_STAGES; i++)
        for (size_t k = 0; k < QUOTA_RESULT_COUNT; k++) {
            uint64_t grown = now->results[i][k] - quota->counts.results[i][k];
            const struct slice labels[] = {slice_from_str(stage_word((enum policy_stage)i)),
                                           slice_from_str(quota_result_word((enum quota_result)k))};
            if (grown > 0)
                daemon_metrics_add(metrics, DAEMON_METRIC_QUOTA_ANSWERS, labels, (int64_t)grown);
        }
}

static void show(struct daemon_quota *quota, struct daemon_metrics *metrics, int64_t now_us)
{
    struct quota_service_counts now;
    const struct quota_service_counts *before = &quota->counts;
    size_t full, near_full;
    quota_service_counts(quota->service, &now);
    quota_board_count(quota->board, now_us, &full, &near_full);
    show_results(quota, &now, metrics);
    daemon_metrics_grow(metrics, DAEMON_METRIC_QUOTA_WITHOUT_SIZE, NULL,
                        now.without_size - before->without_size);
    daemon_metrics_grow(metrics, DAEMON_METRIC_QUOTA_CACHED, NULL, now.cached - before->cached);
    daemon_metrics_grow(metrics, DAEMON_METRIC_QUOTA_BAD, NULL, now.bad - before->bad);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "quota_events",
                        now.untold - before->untold);
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_CONNECTIONS, NULL, (int64_t)now.server.open);
    const struct slice states[] = {SLICE("full"), SLICE("near_full")};
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_MAILBOXES, &states[0], (int64_t)full);
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_MAILBOXES, &states[1], (int64_t)near_full);
    quota->counts = now;
}

/* ---- mailbox servers ---- */

static const struct quota_server_state *find_server(const struct quota_state *state,
                                                    struct slice name)
{
    for (size_t i = 0; state != NULL && i < state->count; i++)
        if (slice_eq(state->servers[i].name, name))
            return &state->servers[i];
    return NULL;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
    return now >= before ? now - before : now;
}

static void show_server(const struct quota_server_state *now,
                        const struct quota_server_state *before, struct daemon_metrics *metrics)
{
    static const struct quota_server_state none;
    const struct quota_numbers *old = before != NULL ? &before->numbers : &none.numbers;
    for (size_t i = 0; i < QUOTA_KINDS; i++) {
        const struct slice labels[] = {now->name,
                                       slice_from_str(quota_kind_name((enum quota_kind)i))};
        daemon_metrics_add(metrics, DAEMON_METRIC_QUOTA_SERVER_ANSWERS, labels,
                           (int64_t)grown(now->numbers.answered[i], old->answered[i]));
    }
    const struct slice late[] = {now->name, SLICE("late")}, down[] = {now->name, SLICE("down")};
    daemon_metrics_add(metrics, DAEMON_METRIC_QUOTA_SERVER_ANSWERS, late,
                       (int64_t)grown(now->numbers.late, old->late));
    daemon_metrics_add(
        metrics, DAEMON_METRIC_QUOTA_SERVER_ANSWERS, down,
        (int64_t)grown(now->numbers.down + now->numbers.busy, old->down + old->busy));
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_SERVER_UP, &now->name, !now->is_down);
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_SERVER_DELAY, &now->name, now->delay_us);
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_SERVER_CONNECTIONS, &now->name,
                       (int64_t)now->connections);
}

static void log_server(const struct daemon_quota *quota, const struct quota_server_state *server)
{
    OWN_LOG(quota->log, server->is_down ? OWN_LOG_ERROR : OWN_LOG_INFO,
            server->is_down ? "quota_server_down" : "quota_server_up",
            log_text("server", server->name), log_text("address", server->address),
            log_text("reason", server->is_down ? server->reason : SLICE("")));
}

/* Told when it goes down, and when it is back. */
static void take_state(struct daemon_quota *quota, struct daemon_metrics *metrics)
{
    struct quota_state *now = quota_service_state(quota->service);
    if (now == NULL)
        return;
    for (size_t i = 0; i < now->count; i++) {
        const struct quota_server_state *server = &now->servers[i];
        const struct quota_server_state *before = find_server(quota->state, server->name);
        if (server->is_down != (before != NULL && before->is_down))
            log_server(quota, server);
        show_server(server, before, metrics);
    }
    mem_free(quota->state);
    quota->state = now;
}

static void look_after(struct daemon_quota *quota, struct daemon_metrics *metrics, int64_t now_us)
{
    struct err why = quota->why;
    move(quota, now_us, &why);
    bool answers = quota->wanted.count == 0 || quota_service_feed(quota->service);
    show(quota, metrics, now_us);
    take_state(quota, metrics);
    if (!answers && quota->counts.server.fault.code != ERR_NONE)
        why = quota->counts.server.fault;
    else if (!answers && quota->present.count > 0)
        err_set(&why, ERR_IO, "the thread that answers stands still");
    note(quota, answers, &why);
    const char *lack = quota->lacks_tables ? quota->tables_why.text : NULL;
    const struct quota_board_view view = {
        .counts = &quota->counts,
        .state = quota->state,
        .wish = quota->wish,
        .trouble = answers ? lack : quota->why.text,
    };
    quota_board_put(quota->board, &view, now_us, clock_utc_offset(NULL, now_us / US_PER_SECOND));
    daemon_metrics_set(metrics, DAEMON_METRIC_QUOTA_TROUBLE, NULL, !answers || quota->lacks_tables);
}

void daemon_quota_turn(struct daemon_quota *quota, struct daemon_metrics *metrics, int64_t now_us)
{
    int64_t since_us = now_us - quota->turned_us;
    if (quota->service == NULL)
        return;
    if (quota->again_us <= now_us || since_us < 0 || since_us >= TURN_US) {
        quota->turned_us = now_us;
        look_after(quota, metrics, now_us);
    }
    tell_events(quota);
}

/* ---- incidents ---- */

static void resume_one(void *data, const struct incident *incident)
{
    part_book_resume(data, incident);
}

void daemon_quota_resume(struct daemon_quota *quota, const struct incident_book *book,
                         int64_t now_us)
{
    incident_turn_resume(book, now_us, resume_one, quota->parts);
}

void daemon_quota_watch(struct daemon_quota *quota, struct incident_book *book, int64_t now_us)
{
    struct incident_turn turn = {book, now_us};
    bool answers = quota->answers && (quota->service != NULL || quota->wanted.count == 0);
    const struct quota_incidents_view view = {
        .wanted = quota->wanted.count > 0,
        .trouble = answers ? NULL : quota->why.text,
        .tables = quota->lacks_tables ? quota->tables_why.text : NULL,
        .state = quota->state,
    };
    quota_incidents_look(quota->parts, &view, now_us, incident_turn_tell, &turn);
}

/* ---- the end ---- */

void daemon_quota_free(struct daemon_quota *quota)
{
    if (quota == NULL)
        return;
    if (quota->service != NULL) {
        quota_service_leave(quota->service);
        tell_events(quota);
    }
    quota_service_free(quota->service);
    quota_board_free(quota->board);
    part_book_free(quota->parts);
    mem_free(quota->state);
    listen_place_done(&quota->wanted);
    listen_place_done(&quota->present);
    mem_free(quota);
}

struct snapshot_place *daemon_quota_shown(struct daemon_quota *quota)
{
    return quota_board_shown(quota->board);
}

int daemon_quota_fd(const struct daemon_quota *quota)
{
    return quota->service != NULL ? quota_service_fd(quota->service) : -1;
}
