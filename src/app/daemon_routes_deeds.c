/* SPDX-License-Identifier: Apache-2.0
 *
 * What the plan decided, done: kept on disk, told to the reader, written into the tables; then mail
 * that waits is let go. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include "app/daemon_traffic.h"
#include "app/postfix_files.h"
#include "base/civil.h"

#define FILTER_AGAIN_US (10 * US_PER_SECOND)
#define SAVE_EVERY_US (60 * US_PER_SECOND) /* what changes by itself: counts, waits */

/* ---- the filter ---- */

bool routes_may_act(const struct daemon_routes *routes)
{
    const struct route_rules *rules = &routes->rules;
    bool more = rules->mode != ROUTE_OBSERVE;
    for (size_t i = 0; i < rules->mode_count; i++)
        more = more || rules->modes[i].mode != ROUTE_OBSERVE;
    return more;
}

/* The filter is of the rules of this start or reload; Postfix reads it when it is told to. That it
 * was is kept, so a daemon that was killed in between tells it after the next start. */
void routes_write_filter(struct daemon_routes *routes)
{
    struct err err;
    routes->filter.again_us = INT64_MAX;
    if (!routes_may_act(routes) || routes->folder.len == 0)
        return;
    bool good = postfix_files_write(routes->folder.ptr, routes->options.classifier, routes->now_us,
                                    &routes->filter_now, &err);
    routes_tried_file(routes, ROUTE_PART_FILTER, good ? NULL : &err, FILTER_AGAIN_US);
    if (routes->filter_now != 0 && routes->filter_now != routes->filter_known)
        daemon_routes_queue_reload(routes->queue);
}

/* ---- the reader ---- */

static struct slice keep(struct arena *arena, struct slice text)
{
    return slice_of(arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len);
}

static void add_probes(const struct daemon_routes *routes, struct route_watch *watch)
{
    const struct override *one;
    watch->probes = arena_alloc(watch->arena, OVERRIDES_MAX * sizeof(watch->probes[0]));
    for (size_t i = 0; (one = route_plan_override(routes->plan, i)) != NULL; i++)
        if (one->kind == OVERRIDE_PROBE && one->state == OVERRIDE_ACTIVE &&
            watch->probe_count < OVERRIDES_MAX)
            watch->probes[watch->probe_count++] = (struct route_watch_probe){
                .id = keep(watch->arena, slice_from_str(one->id)),
                .path = {keep(watch->arena, one->source), keep(watch->arena, one->provider)},
                .recipient = keep(watch->arena, one->recipient),
            };
}

static void tell_reader(const struct daemon_routes *routes)
{
    struct arena *arena = arena_new(4096);
    struct route_watch *watch = arena_alloc(arena, sizeof(*watch));
    struct slice provider;
    size_t count = 0;
    while (route_plan_provider(routes->plan, count, &provider))
        count++;
    watch->arena = arena;
    watch->providers = arena_alloc(arena, (count + 1) * sizeof(watch->providers[0]));
    for (; route_plan_provider(routes->plan, watch->provider_count, &provider) &&
           watch->provider_count < count;
         watch->provider_count++)
        watch->providers[watch->provider_count] = keep(arena, provider);
    add_probes(routes, watch);
    (void)mailbox_put(routes->options.watches, watch);
}

/* ---- the tables ---- */

static struct override *all_overrides(const struct daemon_routes *routes, struct arena *arena,
                                      size_t *count)
{
    struct override *all = arena_alloc(arena, (OVERRIDES_MAX + 1) * sizeof(*all));
    const struct override *one;
    for (*count = 0;
         *count < OVERRIDES_MAX && (one = route_plan_override(routes->plan, *count)) != NULL;)
        all[(*count)++] = *one;
    return all;
}

/* Of everything that the tables and the reader depend on. */
static uint64_t hash_of(const struct daemon_routes *routes)
{
    CLEANUP_BUF struct buf text = {0};
    const struct override *one;
    struct slice provider;
    buf_addf(&text, "%llu\n", (unsigned long long)daemon_routes_known_revision(routes->known));
    for (size_t i = 0; (one = route_plan_override(routes->plan, i)) != NULL; i++)
        buf_addf(&text, "%s %d %lld\n", one->id, (int)one->state, (long long)one->expires_us);
    for (size_t i = 0; route_plan_provider(routes->plan, i, &provider); i++)
        buf_addf(&text, "%.*s\n", SLICE_ARG(provider));
    return slice_hash(buf_slice(&text));
}

static void want_tables(struct daemon_routes *routes)
{
    struct arena *arena = arena_new(16384);
    struct route_map map = {0};
    struct route_map_facts facts = {.fleet = &routes->fleet};
    facts.overrides = all_overrides(routes, arena, &facts.override_count);
    facts.providers = daemon_routes_known_providers(routes->known, &facts.provider_count);
    daemon_exact_tell(routes->options.exact, &facts, routes->now_us);
    route_map_make(&facts, routes->now_us, &map);
    daemon_routes_maps_want(routes->maps, &map);
    arena_free(arena);
}

/* On disk first, then to the reader, who is to know a probe before its mail goes, then into the
 * tables. A state that cannot be saved stops nothing: the tables end by themselves. */
void routes_carry_out(struct daemon_routes *routes)
{
    size_t count;
    struct err err;
    uint64_t wanted = hash_of(routes);
    struct slice provider;
    bool idle = !route_plan_provider(routes->plan, 0, &provider);
    bool old = !idle && routes->now_us - routes->saved_us >= SAVE_EVERY_US;
    /* A restart without the domains of a route would take it out of the tables; without the wishes
     * it would let mail wait. */
    bool learned = daemon_routes_known_revision(routes->known) != routes->saved_domains ||
                   daemon_routes_queue_revision(routes->queue) != routes->saved_wishes;
    if (routes->dirty || learned || old || routes->now_us >= routes->kept.again_us)
        (void)routes_save(routes, &err);
    if (routes->now_us >= routes->filter.again_us)
        routes_write_filter(routes);
    bool anew = routes_turn_exact(routes);
    if (wanted != routes->wanted)
        tell_reader(routes);
    if (wanted != routes->wanted || anew)
        want_tables(routes);
    routes->wanted = wanted;
    daemon_routes_maps_advance(routes->maps, routes->now_us);
    const struct route_provider *known = daemon_routes_known_providers(routes->known, &count);
    daemon_routes_queue_advance(routes->queue, known, count, routes->now_us);
}

/* ---- mail that waits ---- */

/* A probe whose message waits is tried at once; else the next mail for its recipient is the probe.
 */
static void try_probes(struct daemon_routes *routes)
{
    const struct override *one;
    for (size_t i = 0; (one = route_plan_override(routes->plan, i)) != NULL; i++)
        if (one->kind == OVERRIDE_PROBE && override_is_in_force(one, routes->now_us))
            daemon_routes_queue_try(routes->queue, one->provider, one->recipient);
}

/* The recipient of a message that waits for this route, or of one that will come soon since they
 * come often; empty: there is none of either. */
static struct slice recipient_for(struct daemon_routes *routes, struct slice provider)
{
    const struct override *now = routes_in_force(routes, provider);
    if (now != NULL && now->kind == OVERRIDE_HOLD)
        return daemon_routes_queue_recipient(routes->queue, provider);
    return daemon_routes_known_recipient(routes->known, provider);
}

void routes_offer_probes(struct daemon_routes *routes)
{
    struct route_path path;
    for (size_t i = 0; route_plan_wants(routes->plan, i, &path);)
        if (route_plan_candidate(routes->plan, &path, recipient_for(routes, path.provider),
                                 routes->now_us) == NULL)
            i++; /* it goes on wanting one */
}

/* What a probe was refused for waits no longer than it must. */
void routes_try_refused(struct daemon_routes *routes, const struct route_report *report)
{
    const struct override *now = routes_in_force(routes, report->provider);
    if (now == NULL || now->kind == OVERRIDE_HOLD)
        return;
    for (size_t i = 0; i < report->probe_count; i++)
        if (report->probes[i].result != ROUTE_PROBE_DELIVERED)
            daemon_routes_queue_release(routes->queue, report->provider, routes->now_us);
}

/* ---- what came back ---- */

static void take_tables(struct daemon_routes *routes, bool written, bool failed, bool was_failing)
{
    struct daemon_routes_maps_state state = daemon_routes_maps_state(routes->maps);
    if (failed || (was_failing && !state.failing))
        routes_tried(routes, ROUTE_PART_TABLES, was_failing, state.failing ? state.why : NULL);
    if (!written || routes->carried == routes->wanted) /* a lease was renewed */
        return;
    routes->carried = routes->wanted;
    routes_let_go(routes);
    try_probes(routes);
}

static void take_queue(struct daemon_routes *routes, enum queue_news news, enum queue_fault fault)
{
    static const enum route_part parts[QUEUE_FAULTS] = {
        [QUEUE_FAULT_QUEUE] = ROUTE_PART_QUEUE,
        [QUEUE_FAULT_RELOAD] = ROUTE_PART_RELOAD,
    };
    struct routes_failure now = routes_failure(routes, parts[fault]);
    bool was_failing = news == QUEUE_NEWS_NONE ? now.why != NULL : news == QUEUE_NEWS_RECOVERED;
    routes_tried(routes, parts[fault], was_failing, now.why);
    bool read = fault == QUEUE_FAULT_RELOAD && !daemon_routes_queue_reloads(routes->queue);
    if (read && routes->filter_now != 0 && routes->filter_known != routes->filter_now) {
        routes->filter_known = routes->filter_now;
        routes->dirty = true;
    }
}

void routes_take_jobs(struct daemon_routes *routes)
{
    for (struct job *job; (job = job_pool_take(routes->pool)) != NULL;) {
        bool was_failing = daemon_routes_maps_state(routes->maps).failing;
        bool written, failed;
        enum queue_news news;
        enum queue_fault fault;
        if (daemon_routes_maps_take(routes->maps, job, routes->now_us, &written, &failed))
            take_tables(routes, written, failed, was_failing);
        else if (daemon_routes_queue_take(routes->queue, job, routes->now_us, &news, &fault))
            take_queue(routes, news, fault);
    }
}
