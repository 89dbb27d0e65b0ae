/* SPDX-License-Identifier: Apache-2.0
 *
 * Volume surges. See surge_detector.h. Percentiles are taken over powers of two and rounded up,
 * which makes the limit generous by a factor of up to two, never tight.
 */
#include "watch/surge_detector.h"

#include <math.h>

#include "base/civil.h"

#define STEP_US (600 * US_PER_SECOND)
#define OWN_HISTORY_LEAST 3   /* active steps */
#define OWN_HISTORY_TRUSTED 9 /* active steps at which the factor is twice the final one */
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

/* Upper edge of the class that holds the quantile; classes from `first` on. */
static double quantile_of(const uint32_t *classes, uint32_t first, uint32_t count, double share)
{
    double rank = share * count, seen = 0;
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

/* A short past is trusted less. */
static double own_factor(const struct surge_login *login, const struct surge_rule *rule)
{
    return rule->own_factor * (1 + (double)OWN_HISTORY_TRUSTED / login->history_count);
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
    bool has_fleet = others.active >= FLEET_LEAST;
    double fleet_middle = has_fleet ? quantile_of(others.logins, 1, others.active, 0.5) : 0;
    if (has_past) {
        normal.an_hour = quantile_of(login->history, 0, login->history_count, HIGH_SHARE);
        normal.limit = own_factor(login, rule) * normal.an_hour;
    } else {
        normal.an_hour = quantile_of(others.logins, 1, others.active, HIGH_SHARE);
        normal.limit = rule->fleet_factor * highest_of(&others);
    }
    normal.limit = fmax(normal.limit, fmax(rule->min_recipients, fleet_middle));
    return normal;
}

static void add_to_step(struct surge_login *login, struct surge_fleet *fleet, uint32_t recipients)
{
    login->steps[login->step % SURGE_STEPS] += recipients;
    uint32_t hour = hour_of(login);
    if (hour > login->peak)
        login->peak = hour;
    count_in_fleet(login, fleet, hour);
}

/* What was sent since the hour rose above normal. */
static void count_above(struct surge_login *login, uint32_t recipients, int64_t time_us)
{
    if (login->above.opened_us == 0)
        login->above = (struct surge_counts){.opened_us = time_us};
    login->above.recipients += recipients;
    login->above.messages++;
    login->above.last_us = time_us;
}

/* The hour fell below half the limit that made the surge. */
static bool is_over(const struct surge_login *login, uint32_t recipients)
{
    return login->surging && hour_of(login) + recipients < login->above.limit / 2;
}

enum surge_event surge_login_take(struct surge_login *login, struct surge_fleet *fleet,
                                  const struct surge_rule *rule, uint32_t recipients,
                                  int64_t time_us, struct surge_counts *ended)
{
    if (time_us <= 0)
        return SURGE_QUIET;
    enum surge_event told = SURGE_QUIET;
    advance(login, time_us / STEP_US);
    if (is_over(login, recipients)) {
        *ended = login->above;
        login->above = (struct surge_counts){0};
        login->surging = false;
        told = SURGE_CLOSED;
    }
    add_to_step(login, fleet, recipients);
    struct normal normal = normal_of(login, fleet, rule);
    bool above = normal.an_hour > 0 && hour_of(login) > normal.an_hour;
    if (above || login->surging)
        count_above(login, recipients, time_us);
    else
        login->above = (struct surge_counts){0};
    if (told == SURGE_CLOSED || login->surging || !above || hour_of(login) <= normal.limit)
        return told;
    login->surging = true;
    login->above.normal = normal.an_hour;
    login->above.limit = normal.limit;
    return SURGE_OPENED;
}

bool surge_is_open(const struct surge_login *login, int64_t now_us)
{
    return login->surging && now_us - login->above.last_us < SURGE_STEPS * STEP_US;
}
