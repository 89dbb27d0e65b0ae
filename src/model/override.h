/* SPDX-License-Identifier: Apache-2.0
 *
 * An override: one route change for the mail to a provider, with an end. Decided by
 * respond/route_plan.h or by a person, made into rows of Postfix' map by the map writer, shown by
 * `todoku route`. A value type: strings are kept elsewhere and outlive it.
 *
 * Postfix' transport_maps are asked by recipient alone and win over every choice by sender, so an
 * override moves all mail of one provider that one Postfix instance (`relay`) carries, whatever
 * source it would have left by; `source` says for whose sake.
 */
#ifndef TD_MODEL_OVERRIDE_H
#define TD_MODEL_OVERRIDE_H

#include <stdbool.h>

#include "base/slice.h"

/* X(NAME, word): what becomes of the mail. A share is one of deliveries: Postfix throws a die
 * whenever its queue manager looks at a recipient, so mail that is put off may be of the share the
 * next time (model/fleet.h has the shares that there are). Of one relay and provider a single
 * override is in force, beside it any number of PROBEs, which win for what they move. */
#define OVERRIDE_KINDS(X) \
    X(DETOUR, "detour") /* all of it leaves by `target` */ \
    X(HOLD, "hold")     /* all of it waits in the queue, untried; no target */ \
    X(PROBE, "probe")   /* one recipient, or the least share, leaves by `source` for a moment */ \
    X(RAMP, "ramp")     /* the share leaves by `source`, the rest by `target`; without: waits */ \
    X(THROTTLE, "throttle") /* all of it leaves by `source`, at most `per_hour` */ \
    X(MANUAL, "manual") /* a person's: the share leaves by `target`; without a target it waits */

enum override_kind {
#define X(name, word) OVERRIDE_##name,
    OVERRIDE_KINDS(X)
#undef X
};

#define X(name, word) +1
enum { OVERRIDE_KIND_COUNT = OVERRIDE_KINDS(X) };
#undef X

/* X(NAME, word). Only an active one is in the map. */
#define OVERRIDE_STATES(X) \
    X(PROPOSED, "proposed") /* waits for a person's yes; `expires_us` ends the waiting */ \
    X(ACTIVE, "active") \
    X(ENDED, "ended")

enum override_state {
#define X(name, word) OVERRIDE_##name,
    OVERRIDE_STATES(X)
#undef X
};

#define X(name, word) +1
enum { OVERRIDE_STATE_COUNT = OVERRIDE_STATES(X) };
#undef X

#define OVERRIDES_MAX 256          /* at once, proposed ones too */
#define OVERRIDE_ID_MAX 15         /* bytes */
#define OVERRIDE_NAME_MAX 256      /* bytes of relay, provider, source, target, actor, incident */
#define OVERRIDE_RECIPIENT_MAX 320 /* bytes of a mail address */
#define OVERRIDE_REASON_MAX 512    /* bytes */

#define OVERRIDE_ACTOR SLICE("todoku") /* who decided what no person has */

/* Recipients of the provider since the override became active; a recipient may be counted under
 * both delivered and before that under deferred. */
struct override_work {
    uint64_t held_before; /* waited for it when it began */
    uint64_t delivered, deferred, bounced;
};

struct override {
    char id[OVERRIDE_ID_MAX + 1]; /* "o12"; never given twice */
    enum override_kind kind;
    enum override_state state;
    struct slice relay;     /* the Postfix instance whose mail it moves; never empty */
    struct slice provider;  /* never empty */
    struct slice source;    /* for whose sake, of this relay; MANUAL: may be empty */
    struct slice target;    /* name of a source, see model/fleet.h; empty where its kind has none */
    struct slice recipient; /* PROBE: that one, as in the queue; empty: the least share there is */
    unsigned share_percent; /* 1 to 99 for RAMP, 1 to 100 for MANUAL; else 100 */
    uint32_t per_hour;      /* THROTTLE: deliveries, at least 1; else 0 */
    int64_t since_us;       /* proposed, then active */
    int64_t expires_us;     /* after since_us; never open */
    struct slice actor;     /* OVERRIDE_ACTOR, or the person who set or approved it */
    struct slice reason;    /* one sentence for people */
    struct slice incident;  /* id of the incident that it answers, or empty */
    struct override_work work;
};

const char *override_kind_word(enum override_kind kind);
bool override_kind_from_word(struct slice word, enum override_kind *out);

const char *override_state_word(enum override_state state);
bool override_state_from_word(struct slice word, enum override_state *out);

/* Is it in the map at now? */
static inline bool override_is_in_force(const struct override *override, int64_t now_us)
{
    return override->state == OVERRIDE_ACTIVE && now_us < override->expires_us;
}

/* Would the map say the same for both: all but id, times, actor, reason, incident and work. */
bool override_same_route(const struct override *a, const struct override *b);

#endif
