/* SPDX-License-Identifier: Apache-2.0
 *
 * Volume surges. See surge_detector.h. Percentiles are taken over powers of two and rounded up,
 * which makes the limit generous by a factor of up to two, never tight.
 */
#include "watch/surge_detector.h"

#include <math.h>

#include "base/civil.h"

#define STEP_US (600 * US_PER_SECOND)
#define OWN_HISTORY_LEAST 12 /* steps: two hours */
#define FLEET_LEAST 10
#define HIGH_SHARE 0.9

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

/* A quiet hour is no evidence of a low normal: shops sleep at night. */
static void learn_step(struct surge_login *login)
{
    uint32_t hour = hour_of(login);
    if (hour == 0 || login->surging)
        return;
    login->history[class_of(hour)]++;
    login->history_count++;
}

/* Brings the ring to the step of time_us; every step left behind is learned. */
static void advance(struct surge_login *login, int64_t step)
{
    if (login->step == 0)
        login->step = step;
    int64_t gap = step - login->step;
    for (int64_t i = 0; i < gap && i < SURGE_STEPS; i++) {
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

struct normal {
    double an_hour; /* recipients; 0: nothing is known yet */
    double limit;   /* that makes a surge */
};

static double highest_of(const struct surge_fleet *fleet)
{
    for (uint32_t i = SURGE_CLASSES; i-- > 1;)
        if (fleet->logins[i] > 0)
            return top_of_class(i);
    return 0;
}

static struct normal normal_of(const struct surge_login *login, const struct surge_fleet *fleet,
                               const struct surge_rule *rule)
{
    struct normal normal = {0, 0};
    struct surge_fleet others = *fleet;
    others.logins[login->fleet_class]--;
    others.active--;
    bool has_past = login->history_count >= OWN_HISTORY_LEAST;
    if (!has_past && others.active < FLEET_LEAST)
        return normal;
    double fleet_high = others.active < FLEET_LEAST ? 0 : high_of(others.logins, 1, others.active);
    normal.an_hour = has_past ? high_of(login->history, 0, login->history_count) : fleet_high;
    normal.limit =
        has_past ? rule->own_factor * normal.an_hour : rule->fleet_factor * highest_of(&others);
    normal.limit = fmax(normal.limit, fmax(rule->min_recipients, fleet_high));
    return normal;
}

/* A surge began with the oldest step of the hour that was already far above normal. */
static void begin_surge(struct surge_login *login, struct normal normal, int64_t time_us)
{
    login->surging = true;
    login->surge = (struct surge_counts){
        .opened_us = time_us, .last_us = time_us, .normal = normal.an_hour, .limit = normal.limit};
    for (int64_t step = login->step; step > login->step - SURGE_STEPS && step >= 0; step--) {
        uint32_t count = login->steps[step % SURGE_STEPS];
        if (count <= 2 * normal.an_hour / SURGE_STEPS)
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
    struct normal normal = normal_of(login, fleet, rule);
    if (told == SURGE_QUIET && normal.an_hour > 0 && hour > normal.limit) {
        begin_surge(login, normal, time_us);
        return SURGE_OPENED;
    }
    return told;
}

bool surge_is_open(const struct surge_login *login, int64_t now_us)
{
    return login->surging && now_us - login->surge.last_us < SURGE_STEPS * STEP_US;
}
