/* SPDX-License-Identifier: Apache-2.0
 *
 * See exact_routes.h. Tables come by one place that holds the newest: the owner exchanges it, and
 * frees one that was never taken; the server's thread takes it and frees the one before. So no
 * question ever waits for a lock.
 */
#include "app/exact_routes.h"

#include <stdatomic.h>

#include "io/clock.h"
#include "mail/socketmap.h"

struct exact_routes {
    struct answer_server *server;
    _Atomic(struct route_answer_table *) fresh; /* put and not taken; or NULL */
    bool answers;                               /* the owner's: as of the last feed */

    /* The server's thread. */
    struct route_answer_table *table; /* or NULL */
    struct route_answer_counters *counters;

    atomic_uint_fast64_t found, missing, unfed;
};

static void take_fresh(struct exact_routes *exact)
{
    struct route_answer_table *fresh = atomic_exchange(&exact->fresh, NULL);
    if (fresh == NULL)
        return;
    route_answer_table_free(exact->table);
    exact->table = fresh;
    route_answer_counters_follow(exact->counters, fresh);
}

static struct slice find(struct exact_routes *exact, const struct socketmap_question *question)
{
    if (exact->table == NULL || !slice_eq(question->table, SLICE(EXACT_ROUTES_TABLE)))
        return SLICE("");
    return route_answer(exact->table, exact->counters, question->key, clock_now_us());
}

static bool take(void *context, bool fed, const struct answer_peer *peer, struct slice *input,
                 struct buf *output)
{
    (void)peer;
    struct exact_routes *exact = context;
    struct socketmap_question question;
    enum socketmap_frame frame;
    take_fresh(exact);
    while ((frame = socketmap_take(input, &question)) == SOCKETMAP_QUESTION) {
        struct slice value = fed ? find(exact, &question) : SLICE("");
        atomic_fetch_add(value.len > 0 ? &exact->found : &exact->missing, 1);
        if (!fed)
            atomic_fetch_add(&exact->unfed, 1);
        socketmap_answer(value, output);
    }
    return frame == SOCKETMAP_MORE;
}

static void exact_free(struct exact_routes *exact)
{
    route_answer_table_free(atomic_load(&exact->fresh));
    route_answer_table_free(exact->table);
    route_answer_counters_free(exact->counters);
    mem_free(exact);
}

struct exact_routes *exact_routes_start(const char *path, const char *group, struct err *err)
{
    CLEANUP_BUF struct buf address = {0};
    struct exact_routes *exact = MEM_NEW(struct exact_routes);
    exact->counters = route_answer_counters_new();
    buf_addf(&address, "unix:%s", path);
    const char *const addresses[] = {buf_str(&address)};
    exact->server =
        answer_server_start(&(struct answer_server_options){.addresses = addresses,
                                                            .address_count = 1,
                                                            .group = group,
                                                            .take = take,
                                                            .context = exact,
                                                            .question_max = SOCKETMAP_INPUT_MAX},
                            err);
    exact->answers = true;
    if (exact->server != NULL)
        return exact;
    exact_free(exact);
    return NULL;
}

void exact_routes_stop(struct exact_routes *exact)
{
    if (exact == NULL)
        return;
    answer_server_stop(exact->server);
    exact_free(exact);
}

void exact_routes_put(struct exact_routes *exact, struct route_answer_table *table)
{
    route_answer_table_free(atomic_exchange(&exact->fresh, table));
}

bool exact_routes_feed(struct exact_routes *exact)
{
    exact->answers = answer_server_feed(exact->server);
    return exact->answers;
}

int64_t exact_routes_lease_us(const struct exact_routes *exact, int64_t now_us)
{
    return exact != NULL && exact->answers ? now_us + EXACT_ROUTES_LEASE_US : 0;
}

void exact_routes_counts(struct exact_routes *exact, struct exact_counts *out)
{
    *out = (struct exact_counts){.found = atomic_load(&exact->found),
                                 .missing = atomic_load(&exact->missing),
                                 .unfed = atomic_load(&exact->unfed)};
    answer_server_counts(exact->server, &out->server);
}
