/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_exact.h.
 */
#include "app/daemon_exact.h"

#include <string.h>

#include "base/civil.h"

#define TURN_US US_PER_SECOND
#define AGAIN_US (10 * US_PER_SECOND)
#define LEAVE_US US_PER_SECOND               /* for who read a row before it was out */
#define RENEW_US (EXACT_ROUTES_LEASE_US / 3) /* of it is over */

struct daemon_exact {
    struct buf wanted, wanted_group; /* empty: nowhere, the process' */
    bool ending;
    struct exact_routes *server;
    struct buf place, place_group; /* of the server */
    bool answers;                  /* as of the last turn */
    size_t overrides;
    int64_t lease_us, turned_us, again_us;
    int64_t out_us; /* the rows are out since then; 0: not known */
    bool failing;
    struct err why;
    int64_t since_us;
    struct exact_counts past; /* of servers that are gone */
};

struct daemon_exact *daemon_exact_new(void)
{
    return MEM_NEW(struct daemon_exact);
}

static void set_text(struct buf *text, struct slice to)
{
    buf_clear(text);
    buf_add(text, to);
}

void daemon_exact_want(struct daemon_exact *exact, const char *path, const char *group)
{
    set_text(&exact->wanted, slice_from_str(path != NULL ? path : ""));
    set_text(&exact->wanted_group, slice_from_str(group != NULL ? group : ""));
    exact->again_us = 0;
}

void daemon_exact_end(struct daemon_exact *exact)
{
    if (exact != NULL)
        exact->ending = true;
}

bool daemon_exact_is_ending(const struct daemon_exact *exact)
{
    return exact->ending;
}

/* ---- the server ---- */

static bool is_wanted(const struct daemon_exact *exact)
{
    return exact->wanted.len > 0 && !exact->ending;
}

static bool is_in_place(const struct daemon_exact *exact)
{
    return exact->server != NULL && is_wanted(exact) &&
           strcmp(buf_str(&exact->place), buf_str(&exact->wanted)) == 0 &&
           strcmp(buf_str(&exact->place_group), buf_str(&exact->wanted_group)) == 0;
}

static void stop(struct daemon_exact *exact)
{
    if (exact->server == NULL)
        return;
    daemon_exact_counts(exact, &exact->past);
    exact->past.server.open = 0;
    exact->past.server.fault = (struct err){0};
    exact_routes_stop(exact->server);
    exact->server = NULL;
    exact->overrides = 0;
}

void daemon_exact_free(struct daemon_exact *exact)
{
    if (exact == NULL)
        return;
    stop(exact);
    buf_done(&exact->wanted);
    buf_done(&exact->wanted_group);
    buf_done(&exact->place);
    buf_done(&exact->place_group);
    mem_free(exact);
}

static void start(struct daemon_exact *exact, int64_t now_us, struct err *why)
{
    exact->again_us = now_us + AGAIN_US;
    exact->lease_us = 0; /* it knows no table yet */
    exact->server =
        exact_routes_start(buf_str(&exact->wanted),
                           exact->wanted_group.len > 0 ? buf_str(&exact->wanted_group) : NULL, why);
    if (exact->server == NULL)
        return;
    set_text(&exact->place, buf_slice(&exact->wanted));
    set_text(&exact->place_group, buf_slice(&exact->wanted_group));
}

/* ---- turns ---- */

/* False and why: nobody answers there. */
static bool feed(struct daemon_exact *exact, struct err *why)
{
    struct exact_counts counts;
    if (exact->server == NULL)
        return false;
    if (exact_routes_feed(exact->server))
        return true;
    exact_routes_counts(exact->server, &counts);
    *why = counts.server.fault;
    if (why->code == ERR_NONE)
        err_set(why, ERR_IO, "%s: the thread that answers stands still", buf_str(&exact->place));
    return false;
}

static void note(struct daemon_exact *exact, bool failing, const struct err *why, int64_t now_us)
{
    if (failing != exact->failing)
        exact->since_us = now_us;
    exact->failing = failing;
    exact->why = *why;
}

static int64_t lease_us(const struct daemon_exact *exact, int64_t now_us)
{
    return is_in_place(exact) ? exact_routes_lease_us(exact->server, now_us) : 0;
}

/* A clock that was set back makes the lease longer than it can be. */
static bool is_to_be_renewed(const struct daemon_exact *exact, int64_t now_us)
{
    int64_t left_us = exact->lease_us - now_us;
    return exact->lease_us > 0 && exact->overrides > 0 &&
           (left_us <= EXACT_ROUTES_LEASE_US - RENEW_US || left_us > EXACT_ROUTES_LEASE_US);
}

static bool may_go(struct daemon_exact *exact, bool rows_out, int64_t now_us)
{
    if (!rows_out || is_in_place(exact))
        exact->out_us = 0;
    else if (exact->out_us == 0 || now_us < exact->out_us)
        exact->out_us = now_us;
    return exact->out_us != 0 && now_us - exact->out_us >= LEAVE_US;
}

bool daemon_exact_turn(struct daemon_exact *exact, bool rows_out, int64_t now_us)
{
    struct err why = exact->why;
    bool may_try = now_us >= exact->again_us || exact->again_us - now_us > AGAIN_US;
    exact->turned_us = now_us;
    if (may_go(exact, rows_out, now_us))
        stop(exact);
    if (exact->server == NULL && is_wanted(exact) && may_try)
        start(exact, now_us, &why);
    exact->answers = feed(exact, &why) && is_in_place(exact);
    bool leaves = exact->server != NULL && !is_in_place(exact);
    note(exact, is_wanted(exact) && !exact->answers && !leaves, &why, now_us);
    return (lease_us(exact, now_us) > 0) != (exact->lease_us > 0) ||
           is_to_be_renewed(exact, now_us);
}

void daemon_exact_tell(struct daemon_exact *exact, struct route_map_facts *facts, int64_t now_us)
{
    facts->exact_until_us = exact->lease_us = lease_us(exact, now_us);
    if (exact->server == NULL)
        return;
    struct route_answer_table *table = route_answer_table_new(facts, now_us);
    exact->overrides = route_answer_table_count(table);
    exact_routes_put(exact->server, table);
}

int64_t daemon_exact_next_due(const struct daemon_exact *exact)
{
    return exact->server != NULL || is_wanted(exact) ? exact->turned_us + TURN_US : INT64_MAX;
}

/* ---- what is known ---- */

struct daemon_exact_state daemon_exact_state(const struct daemon_exact *exact)
{
    const struct buf *socket = exact->server != NULL ? &exact->place : &exact->wanted;
    return (struct daemon_exact_state){.on = exact->server != NULL || is_wanted(exact),
                                       .answers = exact->answers,
                                       .socket = socket->len > 0 ? buf_str(socket) : "",
                                       .overrides = exact->overrides,
                                       .lease_us = exact->lease_us,
                                       .failing = exact->failing,
                                       .why = &exact->why,
                                       .since_us = exact->since_us};
}

void daemon_exact_counts(const struct daemon_exact *exact, struct exact_counts *out)
{
    const struct exact_counts *past = &exact->past;
    struct exact_counts now = {0};
    if (exact->server != NULL)
        exact_routes_counts(exact->server, &now);
    now.found += past->found;
    now.missing += past->missing;
    now.unfed += past->unfed;
    now.server.connections += past->server.connections;
    now.server.gave_way += past->server.gave_way;
    now.server.refused += past->server.refused;
    now.server.late += past->server.late;
    now.server.bad += past->server.bad;
    now.server.cut_off += past->server.cut_off;
    *out = now;
}
