/* SPDX-License-Identifier: Apache-2.0
 *
 * Wishes in, reports out. See daemon_traffic.h.
 */
#include "app/daemon_traffic.h"

#include "app/settings_fleet.h"
#include "base/civil.h"

#define ALL_US (5 * US_PER_SECOND)

struct daemon_traffic {
    struct daemon_traffic_options options;
    struct route_traffic *traffic;
    struct route_watch *watch; /* NULL: nothing is wished */
    int64_t all_us;            /* of the last report of all mail */
    bool between;              /* two batches of lines */
    bool afresh;               /* the next reports tell all domains */
};

void route_watch_free(struct route_watch *watch)
{
    if (watch != NULL)
        arena_free(watch->arena);
}

struct daemon_traffic *daemon_traffic_new(const struct daemon_traffic_options *options)
{
    struct daemon_traffic *traffic = MEM_NEW(struct daemon_traffic);
    traffic->options = *options;
    traffic->between = true;
    return traffic;
}

void daemon_traffic_free(struct daemon_traffic *traffic)
{
    if (traffic == NULL)
        return;
    route_traffic_free(traffic->traffic);
    route_watch_free(traffic->watch);
    mem_free(traffic);
}

const struct route_traffic *daemon_traffic_gathered(const struct daemon_traffic *traffic)
{
    return traffic->traffic;
}

static void apply_watch(struct daemon_traffic *traffic)
{
    const struct route_watch *watch = traffic->watch;
    if (watch != NULL)
        route_watchlist_set(route_traffic_watchlist(traffic->traffic), watch->providers,
                            watch->provider_count, watch->probes, watch->probe_count);
    traffic->afresh = true;
}

struct route_traffic *daemon_traffic_begin(struct daemon_traffic *traffic,
                                           const struct settings_fleet *settings,
                                           struct tally *tally)
{
    struct arena *arena = arena_new(4096);
    struct fleet fleet;
    settings_fleet_make(settings, settings_fleet_host(arena), arena, &fleet);
    route_traffic_free(traffic->traffic);
    traffic->traffic = route_traffic_new(&fleet, traffic->options.muted);
    arena_free(arena);
    route_traffic_observe(traffic->traffic, tally);
    apply_watch(traffic);
    return traffic->traffic;
}

/* The newest wish counts. */
static void take_watch(struct daemon_traffic *traffic)
{
    struct route_watch *watch, *newest = NULL;
    while ((watch = mailbox_take(traffic->options.watches)) != NULL) {
        route_watch_free(newest);
        newest = watch;
    }
    if (newest == NULL)
        return;
    route_watch_free(traffic->watch);
    traffic->watch = newest;
    apply_watch(traffic);
}

void daemon_traffic_line(struct daemon_traffic *traffic)
{
    if (!traffic->between)
        return;
    traffic->between = false;
    take_watch(traffic);
}

/* ---- reports ---- */

/* afresh: with all of its domains, for who may not have been told of it before. */
static void report(struct daemon_traffic *traffic, struct slice provider, int64_t now_us,
                   bool afresh)
{
    (void)mailbox_put(traffic->options.reports,
                      route_traffic_report(traffic->traffic, provider, now_us, afresh));
}

void daemon_traffic_pause(struct daemon_traffic *traffic, int64_t now_us, bool live)
{
    traffic->between = true;
    const struct route_watch *watch = traffic->watch;
    for (size_t i = 0; live && watch != NULL && i < watch->provider_count; i++)
        if (route_watchlist_has_result(route_traffic_watchlist(traffic->traffic),
                                       watch->providers[i]))
            report(traffic, watch->providers[i], now_us, traffic->afresh);
}

/* Of all mail: whose SPF is to be looked at before it is needed. */
static void report_all(struct daemon_traffic *traffic, int64_t now_us)
{
    int64_t since_us = now_us - traffic->all_us;
    if (since_us >= 0 && since_us < ALL_US)
        return;
    traffic->all_us = now_us;
    report(traffic, SLICE(""), now_us, false);
}

void daemon_traffic_tick(struct daemon_traffic *traffic, int64_t now_us, bool live)
{
    take_watch(traffic);
    const struct route_watch *watch = traffic->watch;
    if (!live)
        return;
    report_all(traffic, now_us);
    if (watch == NULL)
        return;
    for (size_t i = 0; i < watch->provider_count; i++)
        report(traffic, watch->providers[i], now_us, traffic->afresh);
    traffic->afresh = false;
}

void daemon_traffic_incident(struct daemon_traffic *traffic, const struct incident *incident,
                             int64_t now_us)
{
    if (incident->provider.len > 0)
        report(traffic, incident->provider, now_us, true);
}
