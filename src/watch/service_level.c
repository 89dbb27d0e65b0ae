/* SPDX-License-Identifier: Apache-2.0
 *
 * Error budgets. See service_level.h.
 */
#include "watch/service_level.h"

#include <math.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/proportion.h"
#include "watch/alarm_list.h"
#include "watch/delay_count.h"
#include "watch/window_count.h"

#define ALARMS_MAX 1024
#define MOST_SHARE 0.95 /* a budget so small that a rate asks for more than all: nearly all */
#define SHORT_LEAST 10  /* outcomes in a short window, or a tenth of what a long one needs */
#define SHORT_BAD 3     /* of them, at least: one bounce at night does not say that it goes on */

enum level { REACHABILITY, LATENCY };
#define LEVELS 2

enum span { FAST_LONG, FAST_SHORT, SLOW_LONG, SLOW_SHORT, BUDGET };
#define SPANS 5

#define SERIES_OF_ONE 4 /* that one delivery counts in, at most */

struct level_counts {
    struct window_count good[SPANS], bad[SPANS];
    uint32_t new_good, new_bad; /* of the second from new_us, not in the windows yet */
    int64_t new_us;
    int64_t closed_us; /* of the alarm before; 0: there was none */
    struct alarm *alarm;
    bool used, news; /* there are counts; some since it was judged */
};

struct service_series {
    struct incident about; /* scope and names, of the table of names */
    struct level_counts levels[LEVELS];
    struct delay_count deferred; /* late for sure, and counted when they would be settled */
    struct buf sample;           /* the newest line that is bad */
};

struct service_level {
    struct service_rule rule;
    int64_t spans_us[SPANS];
    struct intern *keys, *names;
    struct service_series **series; /* by key; 0: in all */
    uint32_t count;
    struct alarm_list *alarms;
    struct buf key;
};

const struct service_rule service_default = SERVICE_RULE;

static const enum incident_kind kinds[LEVELS] = {INCIDENT_REACHABILITY, INCIDENT_LATENCY};

struct service_level *service_level_new(const struct service_rule *rule)
{
    struct service_level *level = MEM_NEW(struct service_level);
    level->rule = *rule;
    level->spans_us[FAST_LONG] = rule->fast.long_us;
    level->spans_us[FAST_SHORT] = rule->fast.short_us;
    level->spans_us[SLOW_LONG] = rule->slow.long_us;
    level->spans_us[SLOW_SHORT] = rule->slow.short_us;
    level->spans_us[BUDGET] = rule->window_us;
    level->keys = intern_new(SERVICE_SERIES);
    level->names = intern_new(4 * SERVICE_SERIES);
    level->series = MEM_NEW_ARRAY(struct service_series *, SERVICE_SERIES + 1);
    level->series[0] = MEM_NEW(struct service_series);
    level->series[0]->about.scope = INCIDENT_SCOPE_FLEET;
    level->count = 1;
    level->alarms = alarm_list_new(ALARMS_MAX);
    return level;
}

void service_level_free(struct service_level *level)
{
    if (level == NULL)
        return;
    for (uint32_t i = 0; i < level->count; i++) {
        buf_done(&level->series[i]->sample);
        mem_free(level->series[i]);
    }
    mem_free(level->series);
    intern_free(level->keys);
    intern_free(level->names);
    alarm_list_free(level->alarms);
    buf_done(&level->key);
    mem_free(level);
}

/* ---- series ---- */

static struct slice keep_name(struct service_level *level, struct slice name)
{
    return name.len ? intern_get(level->names, intern_id(level->names, name)) : name;
}

/* The series of this scope and names, made if new; NULL past the bound. */
static struct service_series *series_of(struct service_level *level, const struct incident *about)
{
    const struct slice names[] = {about->provider, about->relay, about->source, about->name};
    buf_clear(&level->key);
    buf_add_char(&level->key, (char)('0' + about->scope));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].len == 0)
            continue; /* the scope says which names there are */
        buf_add(&level->key, names[i]);
        buf_add_char(&level->key, '\0');
    }
    uint32_t id = intern_id(level->keys, buf_slice(&level->key));
    if (id == INTERN_OTHER)
        return NULL;
    if (id == level->count) {
        struct service_series *series = MEM_NEW(struct service_series);
        series->about.scope = about->scope;
        series->about.provider = keep_name(level, about->provider);
        series->about.relay = keep_name(level, about->relay);
        series->about.source = keep_name(level, about->source);
        series->about.name = keep_name(level, about->name);
        level->series[level->count++] = series;
    }
    return level->series[id];
}

/* ---- counting ---- */

/* What counts for one of the levels. */
struct counted {
    enum level level;
    bool good;
    const struct service_facts *facts;
    int64_t now_us;
};

static void add_new(const struct service_level *level, struct level_counts *counts)
{
    if (counts->new_good == 0 && counts->new_bad == 0)
        return;
    for (size_t span = 0; span < SPANS; span++) {
        int64_t within_us = level->spans_us[span];
        window_count_add(&counts->good[span], within_us, counts->new_us, counts->new_good);
        window_count_add(&counts->bad[span], within_us, counts->new_us, counts->new_bad);
    }
    counts->new_good = counts->new_bad = 0;
}

static void note_sample(struct service_series *series, const struct service_facts *facts)
{
    if (facts->line.len == 0)
        return;
    buf_clear(&series->sample);
    buf_add(&series->sample, slice_first(facts->line, ALARM_LINE_MAX));
}

static void count(const struct service_level *level, struct service_series *series,
                  const struct counted *what)
{
    struct level_counts *counts = &series->levels[what->level];
    if (!what->good)
        note_sample(series, what->facts);
    if (what->facts->count == 0)
        return;
    uint32_t *sum = what->good ? &counts->new_good : &counts->new_bad;
    bool same_second = what->now_us / US_PER_SECOND == counts->new_us / US_PER_SECOND;
    if (!same_second || what->facts->count > UINT32_MAX - *sum)
        add_new(level, counts); /* ten windows: not for each outcome */
    counts->new_us = what->now_us;
    *sum += what->facts->count;
    counts->used = counts->news = true;
    if (counts->alarm == NULL)
        return;
    struct incident *incident = alarm_change(counts->alarm);
    incident->attempts += what->facts->count;
    if (what->good)
        return;
    incident->hits += what->facts->count;
    incident->recipients = incident->hits;
    incident->last_hit_us = what->now_us;
    alarm_see(counts->alarm, buf_slice(&series->sample));
}

/* Deferrals whose time to settle is over are late deliveries of now. */
static void count_settled(const struct service_level *level, struct service_series *series,
                          int64_t now_us)
{
    uint32_t settled = delay_count_take(&series->deferred, level->rule.settle_us, now_us);
    const struct service_facts facts = {.count = settled};
    count(level, series, &(struct counted){LATENCY, false, &facts, now_us});
}

static void count_deferral(const struct service_level *level, struct service_series *series,
                           const struct service_facts *facts, int64_t now_us)
{
    note_sample(series, facts);
    delay_count_add(&series->deferred, level->rule.settle_us, now_us, facts->count);
}

/* The series that the facts are about: in all, and one for each name that is known. */
static size_t find_series(struct service_level *level, const struct service_facts *facts,
                          struct service_series *found[SERIES_OF_ONE])
{
    const struct incident provider = {.scope = INCIDENT_SCOPE_PROVIDER,
                                      .provider = facts->provider},
                          source = {.scope = INCIDENT_SCOPE_SOURCE,
                                    .relay = facts->relay,
                                    .source = facts->source},
                          group = {.scope = INCIDENT_SCOPE_POOL, .name = facts->group};
    size_t total = 1;
    found[0] = level->series[0];
    if (facts->provider.len > 0)
        total += (found[total] = series_of(level, &provider)) != NULL;
    if (facts->source.len > 0)
        total += (found[total] = series_of(level, &source)) != NULL;
    if (facts->group.len > 0)
        total += (found[total] = series_of(level, &group)) != NULL;
    return total;
}

/* A deferral makes a delivery late for sure: nothing is tried again within the target. */
static bool is_late_when_deferred(const struct service_rule *rule)
{
    return rule->retry_us >= rule->latency_us;
}

void service_level_take_outcome(struct service_level *level, const struct service_facts *facts,
                                int64_t now_us)
{
    bool in_time = facts->delay_s * 1e6 <= (double)level->rule.latency_us;
    bool counted = facts->deferred && is_late_when_deferred(&level->rule);
    bool delivery = facts->transactional && !facts->bounced && !counted;
    const struct counted what[LEVELS] = {{REACHABILITY, !facts->bounced, facts, now_us},
                                         {LATENCY, in_time, facts, now_us}};
    struct service_series *series[SERIES_OF_ONE];
    size_t found = find_series(level, facts, series);
    for (size_t i = 0; i < found; i++)
        for (size_t k = 0; k < (delivery ? 2 : 1); k++)
            count(level, series[i], &what[k]);
}

void service_level_take_deferral(struct service_level *level, const struct service_facts *facts,
                                 int64_t now_us)
{
    if (!facts->transactional || facts->deferred || !is_late_when_deferred(&level->rule))
        return;
    struct service_series *series[SERIES_OF_ONE];
    size_t found = find_series(level, facts, series);
    for (size_t i = 0; i < found; i++)
        count_deferral(level, series[i], facts, now_us);
}

/* ---- judging ---- */

static double budget_of(const struct service_rule *rule, enum level which)
{
    return 1 - (which == REACHABILITY ? rule->reachability : rule->latency_share);
}

struct sums {
    uint64_t bad, all;
};

static struct sums sums_of(const struct service_level *level, struct level_counts *counts,
                           enum span span, int64_t now_us)
{
    int64_t within_us = level->spans_us[span];
    add_new(level, counts);
    struct sums sums = {.bad = window_count_sum(&counts->bad[span], within_us, now_us)};
    sums.all = sums.bad + window_count_sum(&counts->good[span], within_us, now_us);
    return sums;
}

static double share_at(double budget, double rate)
{
    return fmin(budget * rate, MOST_SHARE);
}

/* Whether both windows burn: the long one surely, the short one by what it shows. While the long
 * one still holds what was told and is over, it says nothing new: then the short one surely, too.
 */
static bool burns(const struct service_level *level, struct level_counts *counts, enum span longer,
                  double share, int64_t now_us)
{
    struct sums window = sums_of(level, counts, longer, now_us);
    if (window.all < level->rule.least_outcomes || proportion_lower(window.bad, window.all) < share)
        return false;
    uint64_t least = level->rule.least_outcomes / 10;
    window = sums_of(level, counts, longer + 1, now_us);
    bool again = counts->alarm == NULL && counts->closed_us != 0 &&
                 now_us - counts->closed_us < level->spans_us[longer];
    if (again && proportion_lower(window.bad, window.all) < share)
        return false;
    return window.all >= (least < SHORT_LEAST ? least : SHORT_LEAST) && window.bad >= SHORT_BAD &&
           (double)window.bad >= share * (double)window.all;
}

static void open_level(struct service_level *level, struct service_series *series, enum level which,
                       bool fast, int64_t now_us)
{
    struct level_counts *counts = &series->levels[which];
    struct sums sums = sums_of(level, counts, fast ? FAST_LONG : SLOW_LONG, now_us);
    struct incident incident = series->about;
    incident.kind = kinds[which];
    incident.severity = fast ? INCIDENT_USUAL : INCIDENT_WARNING;
    incident.opened_us = incident.last_hit_us = now_us;
    incident.attempts = sums.all;
    incident.hits = incident.recipients = sums.bad;
    counts->alarm = alarm_open(level->alarms, &incident);
    if (counts->alarm != NULL)
        alarm_see(counts->alarm, buf_slice(&series->sample));
}

static void judge(struct service_level *level, struct service_series *series, enum level which,
                  int64_t now_us)
{
    struct level_counts *counts = &series->levels[which];
    double budget = budget_of(&level->rule, which);
    double slow_share = share_at(budget, level->rule.slow.rate);
    bool fast = burns(level, counts, FAST_LONG, share_at(budget, level->rule.fast.rate), now_us);
    bool slow = burns(level, counts, SLOW_LONG, slow_share, now_us);
    counts->news = false;
    if (counts->alarm == NULL) {
        if (fast || slow)
            open_level(level, series, which, fast, now_us);
        return;
    }
    if (fast && alarm_incident(counts->alarm)->severity != INCIDENT_USUAL)
        alarm_change(counts->alarm)->severity = INCIDENT_USUAL;
    struct sums recent = sums_of(level, counts, SLOW_SHORT, now_us);
    if (fast || slow || (double)recent.bad > slow_share * (double)recent.all)
        return;
    alarm_close(counts->alarm, now_us);
    counts->alarm = NULL;
    counts->closed_us = now_us;
}

void service_level_tell(struct service_level *level, int64_t now_us, incident_tell tell, void *data)
{
    for (uint32_t i = 0; i < level->count; i++) {
        count_settled(level, level->series[i], now_us);
        for (size_t which = 0; which < LEVELS; which++) {
            const struct level_counts *counts = &level->series[i]->levels[which];
            if (counts->news || counts->alarm != NULL)
                judge(level, level->series[i], (enum level)which, now_us);
        }
    }
    alarm_list_tell(level->alarms, tell, data);
}

/* ---- how it stands ---- */

static double rate_of(const struct service_level *level, struct level_counts *counts,
                      enum span span, double budget, int64_t now_us)
{
    struct sums sums = sums_of(level, counts, span, now_us);
    return sums.all ? (double)sums.bad / (double)sums.all / budget : 0;
}

static struct service_budget budget_row(const struct service_level *level,
                                        struct service_series *series, enum level which,
                                        int64_t now_us)
{
    struct level_counts *counts = &series->levels[which];
    double budget = budget_of(&level->rule, which);
    struct sums sums = sums_of(level, counts, BUDGET, now_us);
    return (struct service_budget){
        .kind = kinds[which],
        .provider = series->about.provider,
        .relay = series->about.relay,
        .source = series->about.source,
        .group = series->about.name,
        .good = sums.all - sums.bad,
        .bad = sums.bad,
        .used = rate_of(level, counts, BUDGET, budget, now_us),
        .fast = rate_of(level, counts, FAST_LONG, budget, now_us),
        .slow = rate_of(level, counts, SLOW_LONG, budget, now_us),
    };
}

void service_level_visit(struct service_level *level, int64_t now_us, service_visit visit,
                         void *data)
{
    for (uint32_t i = 0; i < level->count; i++) {
        for (size_t which = 0; which < LEVELS; which++) {
            if (!level->series[i]->levels[which].used)
                continue;
            struct service_budget row =
                budget_row(level, level->series[i], (enum level)which, now_us);
            visit(data, &row);
        }
    }
}

uint64_t service_level_left_out(const struct service_level *level)
{
    return intern_overflows(level->keys);
}
