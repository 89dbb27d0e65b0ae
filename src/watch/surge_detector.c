/* SPDX-License-Identifier: Apache-2.0
 *
 * Volume surges. See surge_detector.h. Percentiles are taken over classes of counts and rounded up,
 * which makes a limit generous by a quarter at most, never tight.
 */
#include "watch/surge_detector.h"

#include <math.h>

#include "base/civil.h"
#include "base/memory.h"

#define OWN_HISTORY_LEAST 3   /* active steps */
#define OWN_HISTORY_TRUSTED 9 /* active steps at which the factor is twice the final one */
#define FLEET_LEAST 10
#define HIGH_SHARE 0.9
#define OWN_BUSIEST_TIMES 2 /* of the busiest hour of a login's earlier days */
#define FADE_A_DAY 0.97     /* of busiest hours: to 81 % in a week */
#define OTHERS_LEAST 3      /* what so many others do is common */
#define FIRST_DAYS 8        /* a part of one, and the first week */
#define FOREIGN_SHARE 0.5   /* of the messages */
#define BOUNCED_SHARE 0.1   /* of the recipients with an outcome */
#define BOUNCED_LEAST 10
#define REFUSED_LEAST 10

/* Counts below 8 each for themselves, then four classes an octave. */
static uint8_t class_of(uint32_t count)
{
    if (count < 8)
        return (uint8_t)count;
    unsigned octave = 31u - (unsigned)__builtin_clz(count);
    return (uint8_t)(8 + (octave - 3) * 4 + ((count >> (octave - 2)) & 3));
}

/* Largest count of a class. */
static double top_of_class(uint32_t class)
{
    if (class < 8)
        return class;
    unsigned octave = (class - 8) / 4 + 3, quarter = (class - 8) % 4;
    return (double)(((uint64_t)(4 + quarter + 1) << (octave - 2)) - 1);
}

/* Top of the class that holds the quantile of `count` values. */
static double quantile_of(const uint32_t *classes, uint32_t count, double share)
{
    double rank = share * count, seen = 0;
    for (uint32_t i = 0; i < SURGE_CLASSES; i++) {
        seen += classes[i];
        if (seen >= rank && seen > 0)
            return top_of_class(i);
    }
    return 0;
}

static uint32_t hour_of(const struct surge_login *login)
{
    if (login->volume == NULL) {
        uint32_t few = 0;
        for (size_t i = 0; i < SURGE_STEPS; i++)
            few += login->few[i];
        return few;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < SURGE_STEPS; i++)
        sum += login->volume->steps[i];
    return sum > INT32_MAX ? INT32_MAX : (uint32_t)sum;
}

void surge_login_done(struct surge_login *login)
{
    mem_free(login->volume);
    login->volume = NULL;
}

/* The room for volume, made if new. */
static struct surge_volume *volume_of(struct surge_login *login)
{
    if (login->volume != NULL)
        return login->volume;
    login->volume = MEM_NEW(struct surge_volume);
    login->volume->normal = SURGE_SMALL - 1;
    for (size_t i = 0; i < SURGE_STEPS; i++)
        login->volume->steps[i] = login->few[i];
    return login->volume;
}

static void halve_history(struct surge_login *login)
{
    login->history_count = 0;
    for (size_t i = 0; i < SURGE_CLASSES; i++)
        login->history_count = (uint16_t)(login->history_count + (login->volume->history[i] /= 2));
}

static void begin_history(struct surge_login *login)
{
    uint16_t small = login->history_count < UINT8_MAX ? login->history_count : UINT8_MAX;
    login->volume->learned = true;
    login->volume->history[class_of(SURGE_SMALL - 1)] = (uint8_t)small;
    login->history_count = small;
}

static bool has_history(const struct surge_login *login)
{
    return login->volume != NULL && login->volume->learned;
}

/* A quiet hour is no evidence of a low normal: shops sleep at night. */
static void learn_step(struct surge_login *login)
{
    uint32_t hour = hour_of(login);
    if (hour == 0 || login->surging)
        return;
    if (hour >= SURGE_SMALL && !has_history(login))
        begin_history(login);
    if (has_history(login)) {
        uint8_t *steps = &login->volume->history[class_of(hour)];
        if (*steps == UINT8_MAX)
            halve_history(login);
        (*steps)++;
    }
    if (login->history_count < UINT16_MAX)
        login->history_count++;
}

static bool has_past(const struct surge_login *login)
{
    return login->history_count >= OWN_HISTORY_LEAST;
}

static void renew_normal(struct surge_login *login)
{
    if (!has_history(login))
        return;
    uint32_t classes[SURGE_CLASSES];
    for (size_t i = 0; i < SURGE_CLASSES; i++)
        classes[i] = login->volume->history[i];
    login->volume->normal = (uint32_t)quantile_of(classes, login->history_count, HIGH_SHARE);
}

/* Recipients an hour by a login's past. */
static uint32_t own_normal(const struct surge_login *login)
{
    return login->volume ? login->volume->normal : SURGE_SMALL - 1;
}

static void clear_step(struct surge_login *login)
{
    size_t at = (size_t)(login->step % SURGE_STEPS);
    login->few[at] = 0;
    if (login->volume != NULL)
        login->volume->steps[at] = 0;
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
        clear_step(login);
    }
    if (gap > 0) {
        login->step = step;
        renew_normal(login);
    }
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

/* ---- signs ---- */

/* That somebody else sends under this name, or that the addresses are not the login's own. */
struct signs {
    bool stranger, bad_list;
};

static struct signs signs_of(const struct surge_login *login, const struct surge_message *message)
{
    if (login->volume == NULL)
        return (struct signs){.stranger = false};
    const struct surge_counts *above = &login->volume->above;
    uint32_t ended = message->ended - above->ended, bounced = message->bounced - above->bounced;
    bool foreign = above->clients != 0 && has_past(login) &&
                   (double)above->foreign >= FOREIGN_SHARE * (double)above->messages;
    return (struct signs){
        .stranger = foreign || message->refused - above->refused >= REFUSED_LEAST,
        .bad_list = bounced >= BOUNCED_LEAST && bounced >= BOUNCED_SHARE * ended,
    };
}

/* ---- busiest hours ---- */

static void fade_fleet(struct surge_fleet *fleet, int64_t day)
{
    if (fleet->first_day == 0)
        fleet->first_day = fleet->day = day;
    if (day <= fleet->day)
        return;
    double fade = pow(FADE_A_DAY, (double)(day - fleet->day));
    for (size_t i = 0; i < SURGE_BUSIEST; i++)
        fleet->busiest[i].hour *= fade;
    fleet->day = day;
}

/* Puts the login where it belongs among the busiest, once. */
static void note_busy(struct surge_fleet *fleet, const struct surge_login *login, double hour)
{
    size_t at = 0;
    while (at < SURGE_BUSIEST - 1 && fleet->busiest[at].login != login)
        at++;
    if (fleet->busiest[at].hour >= hour)
        return;
    for (; at > 0 && fleet->busiest[at - 1].hour < hour; at--)
        fleet->busiest[at] = fleet->busiest[at - 1];
    fleet->busiest[at] = (struct surge_busy){login, hour};
}

static void begin_day(struct surge_volume *volume, const struct surge_message *message)
{
    int32_t day = (int32_t)(message->time_us / (SECONDS_PER_DAY * US_PER_SECOND));
    double before = volume->busiest_before;
    if (day <= volume->day)
        return;
    if (volume->busiest_today > volume->busiest_before)
        before = volume->busiest_today;
    volume->busiest_before = (uint32_t)(before * pow(FADE_A_DAY, (double)(day - volume->day)));
    volume->busiest_today = 0;
    volume->clients_before = message->clients;
    volume->day = day;
}

/* An hour that nothing speaks against is one that may come again. */
static void note_hour(struct surge_login *login, struct surge_fleet *fleet,
                      const struct surge_message *message, uint32_t hour)
{
    fade_fleet(fleet, message->time_us / (SECONDS_PER_DAY * US_PER_SECOND));
    if (login->volume == NULL)
        return;
    struct signs signs = signs_of(login, message);
    if (login->volume->above.opened_us != 0 && (signs.stranger || signs.bad_list))
        return;
    if (hour > login->volume->busiest_today)
        login->volume->busiest_today = hour;
    note_busy(fleet, login, hour);
}

static double busiest_of_others(const struct surge_login *login, const struct surge_fleet *fleet)
{
    size_t first = fleet->busiest[0].login == login;
    return fleet->busiest[first].hour;
}

/* What is common among the others. */
static double others_limit(const struct surge_login *login, const struct surge_fleet *fleet,
                           const struct surge_rule *rule)
{
    size_t others = 0;
    if (fleet->day - fleet->first_day < FIRST_DAYS)
        return rule->fleet_factor * busiest_of_others(login, fleet);
    for (size_t i = 0; i < SURGE_BUSIEST; i++) {
        const struct surge_busy *busy = &fleet->busiest[i];
        if (busy->login != NULL && busy->login != login && ++others == OTHERS_LEAST)
            return busy->hour;
    }
    return 0;
}

/* ---- the limit ---- */

static struct normal normal_by_past(const struct surge_login *login,
                                    const struct surge_fleet *fleet, const struct surge_rule *rule,
                                    struct signs signs)
{
    double limit = own_factor(login, rule) * own_normal(login);
    if (!signs.stranger && login->volume != NULL)
        limit = fmax(limit, OWN_BUSIEST_TIMES * (double)login->volume->busiest_before);
    if (!signs.stranger && !signs.bad_list)
        limit = fmax(limit, others_limit(login, fleet, rule));
    return (struct normal){own_normal(login), limit};
}

/* Called only for an hour above min_recipients: looks at the whole fleet. */
static struct normal normal_of(const struct surge_login *login, const struct surge_fleet *fleet,
                               const struct surge_rule *rule, const struct surge_message *message)
{
    struct signs signs = signs_of(login, message);
    struct surge_fleet others = *fleet;
    others.logins[login->fleet_class]--;
    others.active--;
    bool has_fleet = others.active >= FLEET_LEAST;
    if (has_past(login)) {
        struct normal normal = normal_by_past(login, fleet, rule, signs);
        double middle = has_fleet ? quantile_of(others.logins, others.active, 0.5) : 0;
        normal.limit = fmax(normal.limit, middle);
        return normal;
    }
    if (!has_fleet)
        return (struct normal){0, 0};
    double high = quantile_of(others.logins, others.active, HIGH_SHARE);
    double busiest = fmax(highest_of(&others), busiest_of_others(login, fleet));
    bool sign = signs.stranger || signs.bad_list;
    return (struct normal){high, rule->fleet_factor * (sign ? high : busiest)};
}

static void add_to_step(struct surge_login *login, struct surge_fleet *fleet, uint32_t recipients)
{
    size_t at = (size_t)(login->step % SURGE_STEPS);
    if (login->volume == NULL && hour_of(login) + (uint64_t)recipients < SURGE_SMALL) {
        login->few[at] = (uint8_t)(login->few[at] + recipients);
    } else {
        uint32_t *step = &volume_of(login)->steps[at];
        *step = recipients > UINT32_MAX - *step ? UINT32_MAX : *step + recipients;
    }
    uint32_t hour = hour_of(login);
    if (hour > login->peak)
        login->peak = hour;
    count_in_fleet(login, fleet, hour);
}

/* What was sent since the hour rose above normal. */
static void count_above(struct surge_login *login, const struct surge_message *message)
{
    struct surge_counts *counts = &volume_of(login)->above;
    if (counts->opened_us == 0)
        *counts = (struct surge_counts){.opened_us = message->time_us,
                                        .clients = login->volume->clients_before,
                                        .ended = message->ended,
                                        .bounced = message->bounced,
                                        .refused = message->refused};
    counts->recipients += message->recipients;
    counts->messages++;
    counts->foreign += (message->client & counts->clients) == 0;
    counts->last_us = message->time_us;
}

static void forget_above(struct surge_login *login)
{
    if (login->volume != NULL)
        login->volume->above = (struct surge_counts){0};
}

/* The hour fell below half the limit that made the surge. */
static bool is_over(const struct surge_login *login, uint32_t recipients)
{
    return login->surging && (double)hour_of(login) + recipients < login->volume->above.limit / 2;
}

static struct surge_counts end_surge(struct surge_login *login)
{
    struct surge_counts ended = login->volume->above;
    forget_above(login);
    login->surging = false;
    return ended;
}

/* The hour has gone by, so that its steps are no part of the next one; above all they must not be
 * learned as normal. */
struct surge_counts surge_login_end(struct surge_login *login)
{
    for (size_t i = 0; i < SURGE_STEPS; i++)
        login->volume->steps[i] = 0;
    return end_surge(login);
}

enum surge_event surge_login_take(struct surge_login *login, struct surge_fleet *fleet,
                                  const struct surge_rule *rule,
                                  const struct surge_message *message, struct surge_counts *ended)
{
    if (message->time_us <= 0)
        return SURGE_QUIET;
    enum surge_event told = SURGE_QUIET;
    advance(login, message->time_us / SURGE_STEP_US);
    if (is_over(login, message->recipients)) {
        *ended = end_surge(login);
        told = SURGE_CLOSED;
    }
    add_to_step(login, fleet, message->recipients);
    if (login->volume != NULL)
        begin_day(login->volume, message);
    uint32_t hour = hour_of(login);
    bool above = has_past(login) ? hour > own_normal(login) : hour > rule->min_recipients / 4;
    if (above || login->surging)
        count_above(login, message);
    else
        forget_above(login);
    note_hour(login, fleet, message, hour);
    if (told == SURGE_CLOSED || login->surging || hour <= rule->min_recipients)
        return told;
    struct normal normal = normal_of(login, fleet, rule, message);
    if (normal.limit <= 0 || hour <= normal.limit)
        return told;
    login->surging = login->surged = true;
    volume_of(login)->above.normal = normal.an_hour;
    login->volume->above.limit = fmax(normal.limit, rule->min_recipients);
    return SURGE_OPENED;
}

bool surge_is_open(const struct surge_login *login, int64_t now_us)
{
    return login->surging && now_us - login->volume->above.last_us < SURGE_STEPS * SURGE_STEP_US;
}
