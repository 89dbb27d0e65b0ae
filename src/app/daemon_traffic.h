/* SPDX-License-Identifier: Apache-2.0
 *
 * The route planner's eyes in the half of the daemon that reads: keeps route_traffic.h beside the
 * tally, takes from the other half what it wants to know (struct route_watch), and gives it reports
 * of those providers, and every five seconds of all mail: once a second, before an incident of one,
 * and as soon as something was heard of a probe. In the feed's thread; two mailboxes join it with
 * daemon_routes.h.
 *
 * A wish that was put before a route was written is known here before the first line of mail that
 * went by that route is read: wishes are taken before each batch of lines.
 */
#ifndef TD_APP_DAEMON_TRAFFIC_H
#define TD_APP_DAEMON_TRAFFIC_H

#include "app/route_traffic.h"
#include "app/settings.h"
#include "io/mailbox.h"
#include "model/incident.h"

/* What the planner wants to know: made by it, freed by whoever takes it. */
struct route_watch {
    struct arena *arena; /* of all below */
    struct slice *providers;
    size_t provider_count;
    struct route_watch_probe *probes;
    size_t probe_count;
};

/* NULL is fine. */
void route_watch_free(struct route_watch *watch);

struct daemon_traffic;

/* All borrowed: the mailboxes of struct route_watch (taken) and struct route_report (put), and the
 * flag of route_traffic_new. */
struct daemon_traffic_options {
    struct mailbox *watches, *reports;
    const bool *muted;
};

struct daemon_traffic *daemon_traffic_new(const struct daemon_traffic_options *options);
void daemon_traffic_free(struct daemon_traffic *traffic); /* NULL is fine; after its tally */

/* What it has gathered; NULL before the first daemon_traffic_begin. */
const struct route_traffic *daemon_traffic_gathered(const struct daemon_traffic *traffic);

/* Begins anew beside this tally, by this fleet; what was wished holds on. Returns what is to learn
 * the past, before any line. */
struct route_traffic *daemon_traffic_begin(struct daemon_traffic *traffic,
                                           const struct settings_fleet *fleet, struct tally *tally);

/* Before a line; a look at a flag, but for the first line of a batch. */
void daemon_traffic_line(struct daemon_traffic *traffic);

/* A batch of lines has ended. live: they are of now. */
void daemon_traffic_pause(struct daemon_traffic *traffic, int64_t now_us, bool live);

/* About once a second. */
void daemon_traffic_tick(struct daemon_traffic *traffic, int64_t now_us, bool live);

/* An incident is about to be told: what is known of its provider goes first. */
void daemon_traffic_incident(struct daemon_traffic *traffic, const struct incident *incident,
                             int64_t now_us);

#endif
