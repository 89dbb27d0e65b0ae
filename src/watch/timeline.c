/* SPDX-License-Identifier: Apache-2.0
 *
 * Bins over time. See timeline.h.
 */
#include "watch/timeline.h"

#include "base/civil.h"
#include "mail/stamp.h"

void timeline_init(struct timeline *timeline)
{
    *timeline = (struct timeline){.start_us = STAMP_NONE, .bin_us = US_PER_SECOND};
}

static void merge_bin(struct summary_bin *to, const struct summary_bin *from)
{
    to->sent += from->sent;
    to->deferred += from->deferred;
    to->bounced += from->bounced;
    to->blocked += from->blocked;
}

/* Doubles the width; to_past: the range grows to the past instead of the future. */
static void widen(struct timeline *timeline, bool to_past)
{
    struct summary_bin merged[TIMELINE_BINS] = {0};
    size_t base = to_past ? TIMELINE_BINS / 2 : 0;
    for (size_t i = 0; i < TIMELINE_BINS; i++)
        merge_bin(&merged[base + i / 2], &timeline->bins[i]);
    for (size_t i = 0; i < TIMELINE_BINS; i++)
        timeline->bins[i] = merged[i];
    if (to_past)
        timeline->start_us -= timeline->bin_us * TIMELINE_BINS;
    timeline->bin_us *= 2;
}

struct summary_bin *timeline_bin(struct timeline *timeline, int64_t time_us)
{
    if (timeline->start_us == STAMP_NONE)
        timeline->start_us = time_us - time_us % US_PER_SECOND;
    while (time_us < timeline->start_us)
        widen(timeline, true);
    while (time_us - timeline->start_us >= timeline->bin_us * TIMELINE_BINS)
        widen(timeline, false);
    return &timeline->bins[(time_us - timeline->start_us) / timeline->bin_us];
}

static bool is_used(const struct summary_bin *bin)
{
    return bin->sent + bin->deferred + bin->bounced + bin->blocked > 0;
}

size_t timeline_used(const struct timeline *timeline)
{
    size_t used = TIMELINE_BINS;
    while (used > 0 && !is_used(&timeline->bins[used - 1]))
        used--;
    return used;
}
