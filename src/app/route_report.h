/* SPDX-License-Identifier: Apache-2.0
 *
 * What has become of the mail for one provider since the last report of it: made by who reads the
 * log (route_traffic.h), told to the planner (respond/route_plan.h) by who owns that. A value with
 * its own memory, so that it may go from one thread to another.
 */
#ifndef TD_APP_ROUTE_REPORT_H
#define TD_APP_ROUTE_REPORT_H

#include "app/route_senders.h"
#include "base/memory.h"
#include "respond/route_plan.h"

#define ROUTE_REPORT_RECIPIENTS 8
#define ROUTE_REPORT_PROBES 16 /* the others come with the next report */

/* Recipients tried by one source of this relay. */
struct route_report_path {
    struct slice source;
    struct route_volume volume;
    struct route_count count;
    uint64_t deferred, bounced;
};

struct route_report_probe {
    struct slice id; /* of the override */
    enum route_probe_result result;
};

struct route_report {
    struct arena *arena; /* of all below */
    struct slice provider;
    double usual_day;                /* of all mail of the relay */
    struct route_report_path *paths; /* every source of this relay */
    size_t path_count;
    uint64_t waiting;      /* recipients of the provider that were deferred and still wait */
    bool new_domains;      /* domains are told; else they are those of before */
    struct slice *domains; /* that this provider takes the mail of, in lower case */
    size_t domain_count;
    /* Who gets mail there often, the most often first: good for a probe. */
    struct slice recipients[ROUTE_REPORT_RECIPIENTS];
    size_t recipient_count;
    struct route_report_probe *probes; /* of which something was heard */
    size_t probe_count;
    struct route_sender_list senders; /* who sends most of its mail */
};

/* NULL is fine. */
void route_report_free(struct route_report *report);

/* Volumes, counts and what probes found, and what the overrides of the provider that are in force
 * did. oldest_us: when the oldest mail that waits for it arrived; INT64_MAX: not known. Takes
 * effect with the next advance of the plan. */
void route_report_tell(const struct route_report *report, struct route_plan *plan,
                       int64_t oldest_us, int64_t now_us);

#endif
