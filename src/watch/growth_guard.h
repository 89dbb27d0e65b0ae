/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when the volume to one provider grows too fast (growth): providers slow down or refuse who
 * sends them more than about double of what they are used to. Pure: counts and times.
 *
 * Today's recipients up to now are compared with yesterday's up to the same time, and with those of
 * the same weekday a week ago, since a Monday is no growth over a Sunday. It opens when today is
 * above `factor` times the larger of them and above that whole day, so that a campaign that comes
 * earlier in the day than yesterday's is none; closes with the day. Days are of UTC. A first Monday
 * after nothing but a weekend is not judged.
 *
 * Bounded: GROWTH_PROVIDERS of 900 bytes; those beyond are not watched. One thread.
 */
#ifndef TD_WATCH_GROWTH_GUARD_H
#define TD_WATCH_GROWTH_GUARD_H

#include "watch/incident_tell.h"

#define GROWTH_PROVIDERS 2048

struct growth_rule {
    double factor;             /* today's volume to one provider against yesterday's */
    uint32_t least_recipients; /* a day */
};

#define GROWTH_RULE \
    { \
        .factor = 2, .least_recipients = 1000 \
    }

extern const struct growth_rule growth_default;

struct growth_guard;

struct growth_guard *growth_guard_new(const struct growth_rule *rule);
void growth_guard_free(struct growth_guard *guard);

/* First tries of recipients at a provider. Also the past, in order of time, to learn from. */
void growth_guard_take_attempt(struct growth_guard *guard, struct slice provider,
                               uint32_t recipients, int64_t now_us);

/* Tells each incident that opened, changed or ended since the last call: every 100 ms or so. */
void growth_guard_tell(struct growth_guard *guard, int64_t now_us, incident_tell tell, void *data);

/* How often a provider had no room, since it is new (left_out.h). */
uint64_t growth_guard_left_out(const struct growth_guard *guard);

#endif
