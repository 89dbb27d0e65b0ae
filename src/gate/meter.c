/* SPDX-License-Identifier: Apache-2.0
 *
 * See meter.h. The bucket is the generic cell rate algorithm (ITU-T I.371): of a bucket only the
 * moment is kept at which it would be full.
 */
#include "gate/meter.h"

__extension__ typedef __int128 i128;

enum { WHOLE_PARTS = METER_PARTS - 1 };

static const int64_t LONGEST_US = INT64_C(1) << 60; /* sums of a few and a clock still fit */

/* ---- window ---- */

static int64_t part_us(const struct meter_plan *plan)
{
    return (plan->within_us + WHOLE_PARTS - 1) / WHOLE_PARTS;
}

/* Numbers of parts wrap; only differences count. */
static uint32_t part_of(const struct meter_plan *plan, int64_t now_us)
{
    return (uint32_t)((uint64_t)now_us / (uint64_t)part_us(plan));
}

static int32_t parts_between(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

/* The part that is now, for counting: the newest one after a step back within the window. */
static uint32_t current_part(const struct meter_window *window, const struct meter_plan *plan,
                             int64_t now_us)
{
    uint32_t part = part_of(plan, now_us);
    int32_t ahead = parts_between(window->part, part);
    return ahead < 0 && ahead > -METER_PARTS ? window->part : part;
}

/* Does the part with this number still count when `now` is the newest? */
static bool counts(uint32_t part, uint32_t now)
{
    int32_t age = parts_between(part, now);
    return age >= 0 && age < METER_PARTS;
}

static uint64_t window_used(const struct meter_window *window, uint32_t now)
{
    uint64_t used = 0;
    for (uint32_t i = 0; i < METER_PARTS; i++)
        if (counts(window->part - i, now))
            used += window->used[(window->part - i) % METER_PARTS];
    return used;
}

/* Makes `now` the newest part and empties those in between. */
static void window_turn(struct meter_window *window, uint32_t now)
{
    int32_t ahead = parts_between(window->part, now);
    if (ahead < 0 || ahead > METER_PARTS)
        ahead = METER_PARTS;
    for (uint32_t i = 0; i < (uint32_t)ahead; i++)
        window->used[(now - i) % METER_PARTS] = 0;
    window->part = now;
}

static void window_add(struct meter_window *window, const struct meter_plan *plan, uint32_t count,
                       int64_t now_us)
{
    window_turn(window, current_part(window, plan, now_us));
    uint32_t *used = &window->used[window->part % METER_PARTS];
    *used += count < UINT32_MAX - *used ? count : UINT32_MAX - *used;
}

static void window_give_back(struct meter_window *window, const struct meter_plan *plan,
                             uint32_t count, int64_t at_us)
{
    uint32_t part = part_of(plan, at_us);
    uint32_t back = (uint32_t)parts_between(part, window->part);
    if (back >= METER_PARTS)
        return;
    uint32_t *used = &window->used[part % METER_PARTS];
    *used -= count < *used ? count : *used;
}

/* When the part is too old to count. */
static int64_t part_end_us(const struct meter_plan *plan, uint32_t part, int64_t now_us)
{
    int64_t now_part = now_us / part_us(plan);
    return (now_part + parts_between((uint32_t)now_part, part) + METER_PARTS) * part_us(plan);
}

static int64_t window_room_at(const struct meter_window *window, const struct meter_plan *plan,
                              uint32_t count, int64_t now_us)
{
    uint32_t now = current_part(window, plan, now_us);
    uint64_t used = window_used(window, now);
    for (uint32_t i = METER_PARTS; i-- > 0 && used + count > plan->limit;) {
        uint32_t part = window->part - i;
        uint32_t units = counts(part, now) ? window->used[part % METER_PARTS] : 0;
        used -= units;
        if (units > 0 && used + count <= plan->limit)
            return part_end_us(plan, part, now_us);
    }
    return now_us;
}

/* ---- bucket ---- */

/* The time in which so many tokens come. Rounded down: of `limit` single ones the last must pass.
 */
static int64_t time_of(const struct meter_plan *plan, uint32_t count)
{
    i128 time = (i128)count * plan->within_us / plan->limit;
    return time < LONGEST_US ? (int64_t)time : LONGEST_US;
}

/* How long until it is full: no longer than from empty, after a step back of the clock either. If
 * that was longer still, nothing in the bucket is worth anything. */
static int64_t missing_us(const struct meter_bucket *bucket, const struct meter_plan *plan,
                          int64_t now_us)
{
    int64_t whole = time_of(plan, plan->burst), missing = bucket->full_us - now_us;
    if (missing <= 0 || missing / 2 > whole)
        return 0;
    return missing < whole ? missing : whole;
}

static uint64_t bucket_used(const struct meter_bucket *bucket, const struct meter_plan *plan,
                            int64_t now_us)
{
    i128 product = (i128)missing_us(bucket, plan, now_us) * plan->limit;
    return (uint64_t)((product + plan->within_us - 1) / plan->within_us);
}

static int64_t bucket_room_at(const struct meter_bucket *bucket, const struct meter_plan *plan,
                              uint32_t count, int64_t now_us)
{
    int64_t over =
        missing_us(bucket, plan, now_us) + time_of(plan, count) - time_of(plan, plan->burst);
    return over > 0 ? now_us + over : now_us;
}

static void bucket_add(struct meter_bucket *bucket, const struct meter_plan *plan, uint32_t count,
                       int64_t now_us)
{
    int64_t whole = time_of(plan, plan->burst);
    int64_t missing = missing_us(bucket, plan, now_us) + time_of(plan, count);
    bucket->full_us = now_us + (missing < whole ? missing : whole);
}

/* What has come in since then was given back by time. */
static void bucket_give_back(struct meter_bucket *bucket, const struct meter_plan *plan,
                             uint32_t count, int64_t ago_us)
{
    int64_t left = time_of(plan, count) - (ago_us > 0 ? ago_us : 0);
    if (left > 0)
        bucket->full_us = bucket->full_us > left ? bucket->full_us - left : 0;
}

/* ---- both ---- */

uint64_t meter_used(const union meter *meter, const struct meter_plan *plan, int64_t now_us)
{
    if (plan->kind == METER_BUCKET)
        return bucket_used(&meter->bucket, plan, now_us);
    return window_used(&meter->window, current_part(&meter->window, plan, now_us));
}

bool meter_has_room(const union meter *meter, const struct meter_plan *plan, uint32_t count,
                    int64_t now_us)
{
    return meter_room_at(meter, plan, count, now_us) <= now_us;
}

void meter_add(union meter *meter, const struct meter_plan *plan, uint32_t count, int64_t now_us)
{
    if (plan->kind == METER_BUCKET)
        bucket_add(&meter->bucket, plan, count, now_us);
    else
        window_add(&meter->window, plan, count, now_us);
}

void meter_give_back(union meter *meter, const struct meter_plan *plan, uint32_t count,
                     int64_t at_us, int64_t now_us)
{
    if (plan->kind == METER_BUCKET)
        bucket_give_back(&meter->bucket, plan, count, now_us - at_us);
    else
        window_give_back(&meter->window, plan, count, at_us);
}

int64_t meter_room_at(const union meter *meter, const struct meter_plan *plan, uint32_t count,
                      int64_t now_us)
{
    uint32_t most = plan->kind == METER_BUCKET ? plan->burst : plan->limit;
    if (count == 0)
        return now_us;
    if (count > most)
        return INT64_MAX;
    return plan->kind == METER_BUCKET ? bucket_room_at(&meter->bucket, plan, count, now_us)
                                      : window_room_at(&meter->window, plan, count, now_us);
}

bool meter_is_idle(const union meter *meter, const struct meter_plan *plan, int64_t now_us)
{
    return meter_used(meter, plan, now_us) == 0;
}
