/* SPDX-License-Identifier: Apache-2.0
 *
 * What the plan decided, done: kept on disk, told to the reader, written into the tables; then mail
 * that waits is let go. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include <string.h>

#include "app/daemon_traffic.h"
#include "app/postfix_files.h"
#include "base/civil.h"

#define FILTER_AGAIN_US (10 * US_PER_SECOND)
#define MORE_EVERY_US (300 * US_PER_SECOND)
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

static void note_failure(struct daemon_routes *routes, const char *what)
{
    struct slice label = slice_from_str(what);
    daemon_metrics_add(routes->options.metrics, DAEMON_METRIC_ROUTE_FAILURES, &label, 1);
}

static void take_filter(struct daemon_routes *routes, bool good, const struct err *err)
{
    struct routes_filter *filter = &routes->filter;
    bool was_failing = filter->failing;
    filter->failing = !good;
    filter->again_us = good ? INT64_MAX : routes->now_us + FILTER_AGAIN_US;
    if (!good) {
        filter->why = *err;
        note_failure(routes, "filter");
    }
    if (good == !was_failing)
        return;
    filter->since_us = routes->now_us;
    if (good)
        routes_note(routes, false, "the filter of Postfix is written again");
    else
        routes_note(routes, true,
                    "the filter of Postfix cannot be written, and it is tried again: %s",
                    err->text);
}

/* The filter is of the rules of this start or reload; Postfix reads it when it is told to. */
void routes_write_filter(struct daemon_routes *routes)
{
    bool changed = false;
    struct err err;
    routes->filter.again_us = INT64_MAX;
    if (!routes_may_act(routes) || routes->folder.len == 0)
        return;
    bool good = postfix_files_write(routes->folder.ptr, routes->options.classifier, routes->now_us,
                                    &changed, &err);
    take_filter(routes, good, &err);
    if (changed)
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
    /* A restart without the domains of a route would take it out of the tables. */
    bool learned = daemon_routes_known_revision(routes->known) != routes->saved_domains;
    if (routes->dirty || learned || old || routes->now_us >= routes->save_again_us)
        (void)routes_save(routes, &err);
    if (routes->now_us >= routes->filter.again_us)
        routes_write_filter(routes);
    if (wanted != routes->wanted) {
        routes->wanted = wanted;
        tell_reader(routes);
        want_tables(routes);
    }
    daemon_routes_maps_advance(routes->maps, routes->now_us);
    const struct route_provider *known = daemon_routes_known_providers(routes->known, &count);
    daemon_routes_queue_advance(routes->queue, known, count, routes->now_us);
}

/* ---- mail that waits ---- */

static const struct override *in_force(const struct daemon_routes *routes, struct slice provider)
{
    const struct override *one;
    for (size_t i = 0; (one = route_plan_override(routes->plan, i)) != NULL; i++)
        if (one->kind != OVERRIDE_PROBE && override_is_in_force(one, routes->now_us) &&
            slice_eq(one->provider, provider))
            return one;
    return NULL;
}

static struct routes_mark *mark_of(struct daemon_routes *routes, struct slice provider)
{
    for (size_t i = 0; i < routes->mark_count; i++)
        if (slice_eq(slice_from_str(routes->marks[i].provider), provider))
            return &routes->marks[i];
    routes->marks = mem_resize(routes->marks, routes->mark_count + 1, sizeof(routes->marks[0]));
    struct routes_mark *mark = &routes->marks[routes->mark_count++];
    *mark = (struct routes_mark){.provider = mem_new(provider.len + 1, 1)};
    memcpy(mark->provider, provider.ptr, provider.len);
    return mark;
}

void routes_more_waits(struct daemon_routes *routes, struct slice provider)
{
    struct routes_mark *mark = mark_of(routes, provider);
    int64_t since_us = routes->now_us - mark->more_us;
    mark->more = since_us < 0 || since_us >= MORE_EVERY_US;
}

/* Once. */
static bool take_more(struct routes_mark *mark, int64_t now_us)
{
    bool more = mark->more;
    mark->more = false;
    mark->more_us = more ? now_us : mark->more_us;
    return more;
}

/* What has another route now may go; what is held may not. */
static void let_go(struct daemon_routes *routes)
{
    struct slice provider;
    for (size_t i = 0; route_plan_provider(routes->plan, i, &provider); i++) {
        const struct override *now = in_force(routes, provider);
        struct routes_mark *mark = mark_of(routes, provider);
        const char *id = now != NULL ? now->id : "";
        bool more = take_more(mark, routes->now_us) && now != NULL;
        if (strcmp(mark->id, id) == 0 && !more)
            continue;
        memcpy(mark->id, now != NULL ? now->id : (char[OVERRIDE_ID_MAX + 1]){0}, sizeof(mark->id));
        if (now == NULL || now->kind != OVERRIDE_HOLD)
            daemon_routes_queue_release(routes->queue, provider, routes->now_us);
    }
}

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
    const struct override *now = in_force(routes, provider);
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
    const struct override *now = in_force(routes, report->provider);
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
    if (failed)
        note_failure(routes, "tables");
    if (failed && !was_failing)
        routes_note(routes, true,
                    "the tables of Postfix cannot be written, and it is tried again: %s",
                    state.why->text);
    if (!failed && was_failing)
        routes_note(routes, false, "the tables of Postfix are written again");
    if (!written)
        return;
    let_go(routes);
    try_probes(routes);
}

static void take_queue(struct daemon_routes *routes, enum queue_news news, enum queue_fault fault)
{
    static const char *const what[QUEUE_FAULTS] = {
        [QUEUE_FAULT_QUEUE] = "mail that waits cannot be let go, Postfix tries it in its own time",
        [QUEUE_FAULT_RELOAD] = "Postfix cannot be reloaded, mail in its active queue keeps its way",
    };
    static const char *const labels[QUEUE_FAULTS] = {"queue", "reload"};
    struct daemon_routes_queue_state state = daemon_routes_queue_state(routes->queue);
    switch (news) {
    case QUEUE_NEWS_NONE:
        return;
    case QUEUE_NEWS_FAILED:
        note_failure(routes, labels[fault]);
        routes_note(routes, true, "%s: %s", what[fault], state.faults[fault].why->text);
        return;
    case QUEUE_NEWS_RECOVERED:
        routes_note(routes, false, "commands of Postfix work again: %s", labels[fault]);
        return;
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
