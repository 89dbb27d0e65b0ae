/* SPDX-License-Identifier: Apache-2.0
 *
 * Windows on the wall clock. Only the clock at hand is asked: when an offset changes inside a
 * window, the end is found anew as the instant comes near, since callers ask again when it is due.
 */
#include "respond/quiet_hours.h"

#include "base/civil.h"

#define MINUTES_PER_DAY 1440
#define LOOK_AHEAD_S (8 * SECONDS_PER_DAY)

/* Monday is 0; 1970-01-01 was a Thursday. */
static int weekday_of(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7);
}

/* Seconds that the window still lasts at a local second; 0 outside. */
static int64_t left_of(const struct quiet_window *window, int64_t local)
{
    int64_t day = local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
    int length = window->to_minute - window->from_minute;
    if (length <= 0)
        length += MINUTES_PER_DAY;
    for (int64_t begun = day - 1; begun <= day; begun++) {
        int64_t from = begun * SECONDS_PER_DAY + (int64_t)window->from_minute * 60;
        int64_t to = from + (int64_t)length * 60;
        if ((window->days >> weekday_of(begun) & 1) && local >= from && local < to)
            return to - local;
    }
    return 0;
}

static int64_t longest_left(const struct quiet_hours *quiet, int64_t local)
{
    int64_t left = 0;
    for (size_t i = 0; i < quiet->count; i++) {
        int64_t one = left_of(&quiet->windows[i], local);
        left = one > left ? one : left;
    }
    return left;
}

bool quiet_hours_at(const struct quiet_hours *quiet, int64_t now_us)
{
    return longest_left(quiet, local_time_seconds(&quiet->zone, now_us)) > 0;
}

int64_t quiet_hours_end(const struct quiet_hours *quiet, int64_t now_us)
{
    int64_t begin = local_time_seconds(&quiet->zone, now_us), local = begin, left;
    if (longest_left(quiet, begin) == 0)
        return now_us;
    while (local - begin < LOOK_AHEAD_S && (left = longest_left(quiet, local)) > 0)
        local += left;
    int64_t whole = now_us - ((now_us % US_PER_SECOND) + US_PER_SECOND) % US_PER_SECOND;
    return whole + (local - begin) * US_PER_SECOND;
}
