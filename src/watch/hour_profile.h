/* SPDX-License-Identifier: Apache-2.0
 *
 * What is normal in an hour of the week: the counts of the last four weeks by the hour, and robust
 * statistics of them. Hours are clock hours of UTC; the neighbours of an hour count as the hour
 * itself, so that a change to summer time moves nothing out of sight. Counts are kept in classes an
 * eighth of an octave wide: 680 bytes a profile.
 */
#ifndef TD_WATCH_HOUR_PROFILE_H
#define TD_WATCH_HOUR_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#define HOURS_OF_WEEK 168
#define PROFILE_HOURS (4 * HOURS_OF_WEEK)

struct hour_profile {      /* zeros to begin */
    int64_t first, newest; /* hours since 1970 that are known, without gap; first 0: none */
    uint8_t classes[PROFILE_HOURS]; /* [hour % PROFILE_HOURS] */
};

/* So much happened in this hour. Later than the newest: the hours between had nothing. Within the
 * last four weeks: replaces what was known, and what is before the first hour makes it the first.
 * Older is ignored. */
void hour_profile_set(struct hour_profile *profile, int64_t hour, uint32_t count);

/* False: not known. The middle of its class. */
bool hour_profile_get(const struct hour_profile *profile, int64_t hour, uint32_t *count);

struct hour_normal {
    uint32_t known;  /* values of the same hour of earlier weeks and its neighbours; up to 12 */
    uint32_t active; /* those above 0 */
    double median, mad, most; /* of them; MAD: median of the distances from the median */
    double peak;              /* of all hours */
    int64_t past_hours;       /* known before this one */
};

/* As of an hour that is not over yet. */
struct hour_normal hour_profile_normal(const struct hour_profile *profile, int64_t hour);

#endif
