/* SPDX-License-Identifier: Apache-2.0
 *
 * Adds up what may be added. See hit_count.h.
 */
#include "respond/hit_count.h"

static unsigned names_of(const struct incident *incident)
{
    return (unsigned)(incident->relay.len > 0) | (unsigned)(incident->source.len > 0) << 1 |
           (unsigned)(incident->provider.len > 0) << 2 | (unsigned)(incident->login.len > 0) << 3 |
           (unsigned)(incident->domain.len > 0) << 4 | (unsigned)(incident->name.len > 0) << 5;
}

void hit_count_add(struct hit_count *count, const struct incident *incident)
{
    unsigned names = names_of(incident);
    count->shared = count->shared || (count->begun && names != count->names);
    count->names = names;
    count->hits += incident->hits;
    count->attempts += incident->attempts;
    if (!count->begun || incident->attempts > count->most_attempts) {
        count->most_hits = incident->hits;
        count->most_attempts = incident->attempts;
    }
    count->begun = true;
}

struct hit_total hit_count_total(const struct hit_count *count)
{
    return count->shared ? (struct hit_total){count->most_hits, count->most_attempts}
                         : (struct hit_total){count->hits, count->attempts};
}
