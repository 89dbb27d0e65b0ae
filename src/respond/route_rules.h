/* SPDX-License-Identifier: Apache-2.0
 *
 * The planner's thresholds: section `respond` of the configuration, a field a key. A value; texts
 * are borrowed from the settings and outlive it. What each one does: docs/guide/route-plan.md.
 */
#ifndef TD_RESPOND_ROUTE_RULES_H
#define TD_RESPOND_ROUTE_RULES_H

#include "base/slice.h"

/* X(NAME, word), from the most careful. */
#define ROUTE_MODES(X) \
    X(OBSERVE, "observe") /* say what would be done */ \
    X(PROPOSE, "propose") /* and do it when a person says yes */ \
    X(AUTO, "auto")

enum route_mode {
#define X(name, word) ROUTE_##name,
    ROUTE_MODES(X)
#undef X
};

/* X(NAME, word): when mail was held until the deadline. */
#define ROUTE_THENS(X) \
    X(KEEP, "keep")       /* hold on; a person was called */ \
    X(RELEASE, "release") /* let it try by its own source again */ \
    X(RESORT, "resort")   /* send it by the source of last resort */

enum route_then {
#define X(name, word) ROUTE_THEN_##name,
    ROUTE_THENS(X)
#undef X
};

#define ROUTE_RAMP_STEPS_MAX 8
#define ROUTE_MODES_MAX 64

struct route_mode_rule {
    struct slice provider, source; /* empty: any */
    enum route_mode mode;
};

struct route_detour_rule {
    double step;              /* a target takes its own mean of 7 days and this share more */
    double least;             /* or so many recipients a day more, whichever is more */
    double pool_share;        /* of a pool's sources, detoured at one provider; one always may */
    uint32_t blocked_sources; /* of a pool at one provider: the cause is what we send */
    int64_t replan_us;        /* at least between two targets of a provider */
    double least_traffic;     /* recipients a day; a source with fewer sends nothing there */
};

struct route_throttle_rule {
    double back_off;         /* the pace times this while the provider goes on refusing; below 1 */
    double recover;          /* of the pace before, added while it does not */
    int64_t every_us;        /* between two such steps */
    double tolerated;        /* share of attempts put off for their rate that is no trouble */
    uint32_t least_per_hour; /* never slower */
    int64_t block_after_us;  /* refused for so long at the slowest: it is a block */
};

struct route_probe_rule {
    int64_t first_us;    /* from the block to the first probe */
    int64_t interval_us; /* between probes that get through */
    int64_t timeout_us;  /* one that nothing was heard of says nothing */
    unsigned successes;  /* in a row, until mail is given back */
    int64_t longest_us;  /* the wait doubles with each failure, up to here */
};

struct route_ramp_rule {
    unsigned steps[ROUTE_RAMP_STEPS_MAX]; /* percent given back, rising, below 100; then all */
    size_t step_count;
    int64_t step_us;      /* each step, at least */
    uint64_t step_volume; /* deliveries by the source in a step, at least */
    int64_t patience_us;  /* a step with fewer and no refusal ends after this */
    double tolerated;     /* share of refusals that is no trouble */
    uint64_t refusals;    /* so many, at least, are one */
};

struct route_flap_rule {
    uint32_t count; /* returns that did not last: a person decides */
    int64_t within_us;
};

struct route_hold_rule {
    int64_t deadline_us; /* nowhere to send it for so long */
    enum route_then then;
    struct slice resort; /* RESORT: name of a source */
    int64_t lifetime_us; /* Postfix' maximal_queue_lifetime */
    int64_t
        warn_before_us; /* the oldest held mail would be returned that soon: a person is called */
};

struct route_caps_rule {
    uint32_t overrides; /* of the planner, in force at once; more wait for a person's yes */
    double volume; /* share of the relay's usual mail that they move; the first one always may */
};

struct route_rules {
    enum route_mode mode; /* where no row of modes fits */
    const struct route_mode_rule *modes;
    size_t mode_count; /* at most ROUTE_MODES_MAX; the first that fits */
    int64_t expiry_us; /* of an override; renewed while its reason holds */
    struct route_detour_rule detour;
    struct route_throttle_rule throttle;
    struct route_probe_rule probe;
    struct route_ramp_rule ramp;
    struct route_flap_rule flap;
    struct route_hold_rule hold;
    struct route_caps_rule caps;
};

extern const struct route_rules route_rules_default;

const char *route_mode_word(enum route_mode mode);
const char *route_then_word(enum route_then then);

enum route_mode route_rules_mode(const struct route_rules *rules, struct slice provider,
                                 struct slice source);

#endif
