/* SPDX-License-Identifier: Apache-2.0
 *
 * Volume surges. See surge_detector.h. Percentiles are taken over powers of two and rounded up,
 * which makes the limit generous by a factor of up to two, never tight.
 */
#include "watch/surge_detector.h"

#include "base/civil.h"

#define STEP_US (600 * US_PER_SECOND)
#define OWN_HISTORY_LEAST 12 /* steps: two hours */
#define FLEET_LEAST 10
#define HIGH_SHARE 0.9
#define GAP_MOST 1008 /* quiet steps that are learned after a pause: a week */

/* 0 for none, else the power of two at or above: 1, 2, 4, 8 ... */
static uint8_t class_of(uint32_t count)
{
    return count == 0 ? 0 : (uint8_t)(count == 1 ? 1 : 33 - __builtin_clz(count - 1));
}

static double top_of_class(uint32_t class)
{
    return class == 0 ? 0 : (double)(UINT64_C(1) << (class - 1));
}

/* Upper edge of the class that holds the HIGH_SHARE quantile; classes from `first` on. */
static double high_of(const uint32_t *classes, uint32_t first, uint32_t count)
{
    double rank = HIGH_SHARE * count, seen = 0;
    for (uint32_t i = first; i < SURGE_CLASSES; i++) {
        seen += classes[i];
        if (seen >= rank)
            return top_of_class(i);
    }
    return 0;
}

static uint32_t hour_of(const struct surge_login *login)
{
    uint64_t sum = 0;
    for (int i = 0; i < SURGE_STEPS; i++)
        sum += login->steps[i];
    return sum > INT32_MAX ? INT32_MAX : (uint32_t)sum;
}

static void learn_step(struct surge_login *login)
{
    login->history[class_of(hour_of(login))]++;
    login->history_count++;
}

/* Brings the ring to the step of time_us; every step left behind is learned. */
static void advance(struct surge_login *login, int64_t step)
{
    if (login->step == 0)
        login->step = step;
    int64_t gap = step - login->step;
    for (int64_t i = 0; i < gap && i < GAP_MOST; i++) {
        if (!login->surging)
            learn_step(login);
        login->step++;
        login->steps[login->step % SURGE_STEPS] = 0;
    }
    if (gap > 0)
        login->step = step;
}

static void count_in_fleet(struct surge_login *login, struct surge_fleet *fleet, uint32_t hour)
{
    uint8_t class = class_of(hour);
    if (class == login->fleet_class)
        return;
    if (login->fleet_class != 0)
        fleet->logins[login->fleet_class]--;
    else
        fleet->active++;
    fleet->logins[class]++;
    login->fleet_class = class;
}

/* The fleet's high hour without this login; 0 while too few are known. */
static double fleet_normal(const struct surge_login *login, const struct surge_fleet *fleet)
{
    if (fleet->active <= FLEET_LEAST)
        return 0;
    struct surge_fleet others = *fleet;
    others.logins[login->fleet_class]--;
    return high_of(others.logins, 1, others.active - 1);
}

/* Recipients an hour that would be normal, and the limit that makes a surge; 0: nothing is known.
 */
static double normal_of(const struct surge_login *login, const struct surge_fleet *fleet,
                        const struct surge_rule *rule, double *limit)
{
    double fleet_high = fleet_normal(login, fleet);
    double normal = fleet_high, factor = rule->fleet_factor;
    if (login->history_count >= OWN_HISTORY_LEAST) {
        normal = high_of(login->history, 0, login->history_count);
        factor = rule->own_factor;
    } else if (fleet_high <= 0) {
        return 0;
    }
    *limit = normal * factor;
    if (*limit < rule->min_recipients)
        *limit = rule->min_recipients;
    if (*limit < fleet_high)
        *limit = fleet_high;
    return normal < 1 ? 1 : normal;
}

/* A surge began with the oldest step of the hour that was already far above normal. */
static void begin_surge(struct surge_login *login, double normal, double limit, int64_t time_us)
{
    login->surging = true;
    login->surge = (struct surge_counts){
        .opened_us = time_us, .last_us = time_us, .normal = normal, .limit = limit};
    for (int64_t step = login->step; step > login->step - SURGE_STEPS && step >= 0; step--) {
        uint32_t count = login->steps[step % SURGE_STEPS];
        if (count <= 2 * normal / SURGE_STEPS)
            break;
        login->surge.recipients += count;
        login->surge.opened_us = (int64_t)login->step_began[step % SURGE_STEPS] * US_PER_SECOND;
    }
}

static void add_to_step(struct surge_login *login, uint32_t recipients, int64_t time_us)
{
    uint32_t *count = &login->steps[login->step % SURGE_STEPS];
    if (*count == 0)
        login->step_began[login->step % SURGE_STEPS] = (uint32_t)(time_us / US_PER_SECOND);
    *count += recipients;
}

enum surge_event surge_login_take(struct surge_login *login, struct surge_fleet *fleet,
                                  const struct surge_rule *rule, uint32_t recipients,
                                  int64_t time_us)
{
    if (time_us <= 0)
        return SURGE_QUIET;
    enum surge_event told = SURGE_QUIET;
    advance(login, time_us / STEP_US);
    if (login->surging && hour_of(login) + recipients < login->surge.limit / 2) {
        login->surging = false;
        told = SURGE_CLOSED;
    }
    add_to_step(login, recipients, time_us);
    uint32_t hour = hour_of(login);
    if (hour > login->peak)
        login->peak = hour;
    count_in_fleet(login, fleet, hour);
    if (login->surging) {
        login->surge.recipients += recipients;
        login->surge.last_us = time_us;
        return told;
    }
    double limit = 0, normal = normal_of(login, fleet, rule, &limit);
    if (told == SURGE_QUIET && normal > 0 && hour > limit) {
        begin_surge(login, normal, limit, time_us);
        return SURGE_OPENED;
    }
    return told;
}

bool surge_is_open(const struct surge_login *login, int64_t now_us)
{
    return login->surging && now_us - login->surge.last_us < SURGE_STEPS * STEP_US;
}
