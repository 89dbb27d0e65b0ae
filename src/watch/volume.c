/* SPDX-License-Identifier: Apache-2.0
 *
 * Surges of volume. See volume.h.
 */
#include "watch/volume.h"

#include <math.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "watch/alarm_list.h"
#include "watch/suspect_book.h"
#include "watch/window_count.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define KINDS 3
#define ALARMS_MAX 1024
#define MAD_TIMES 15    /* some ten deviations, where the hours are alike */
#define MOST_TIMES 1.25 /* above the most that this hour had */
#define PEAK_TIMES 2    /* above the busiest hour of who sends now and then */
#define ALL_PEAK_SHARE 0.75
#define FLEET_LEAST 10 /* series of a kind */
#define FIRST_WEEK_TIMES 2
#define NORMAL_LEAST 3     /* hours to take a median of */
#define FADE_AN_HOUR 0.998 /* of the busiest hour of a kind: to 71 % in a week */

struct volume_series {
    struct slice domain, relay, source, provider; /* of the table of names; those of its kind */
    struct window_count lately;
    struct hour_profile *profile; /* owned; NULL: never had VOLUME_SMALL in an hour */
    struct alarm *alarm;
    int64_t first_hour, hour; /* since 1970; of `count` */
    uint32_t count;           /* recipients in this clock hour */
    double limit;             /* that was passed */
    enum volume_kind kind;
    bool busy; /* in the list */
};

struct volume {
    struct volume_rule rule;
    struct intern *keys, *names;
    uint64_t left_out;             /* of the series */
    struct volume_series **series; /* by key; 0: all */
    uint32_t *busy;                /* numbers of series with news or an alarm */
    uint32_t count, capacity, busy_count;
    uint32_t counts[KINDS], profiles[KINDS];
    double peaks[KINDS];  /* busiest hours, fading */
    int64_t since[KINDS]; /* hour of the first that was learned */
    int64_t peak_hour;
    struct alarm_list *alarms;
    struct suspect_book *suspects;
    struct buf key;
};

const struct volume_rule volume_default = VOLUME_RULE;

static const uint32_t most_series[KINDS] = {1, VOLUME_DOMAINS, VOLUME_PATHS};

static struct volume_series *add_series(struct volume *volume, enum volume_kind kind)
{
    if (volume->count == volume->capacity) {
        volume->capacity = volume->capacity ? volume->capacity * 2 : 64;
        volume->series =
            mem_resize(volume->series, volume->capacity, sizeof(struct volume_series *));
        volume->busy = mem_resize(volume->busy, volume->capacity, sizeof(uint32_t));
    }
    struct volume_series *series = MEM_NEW(struct volume_series);
    series->kind = kind;
    volume->series[volume->count++] = series;
    volume->counts[kind]++;
    return series;
}

struct volume *volume_new(const struct volume_rule *rule)
{
    struct volume *volume = MEM_NEW(struct volume);
    volume->rule = *rule;
    volume->keys = intern_new(VOLUME_DOMAINS + VOLUME_PATHS);
    volume->names = intern_new(VOLUME_DOMAINS + VOLUME_PATHS);
    (void)add_series(volume, VOLUME_ALL);
    volume->alarms = alarm_list_new(ALARMS_MAX);
    volume->suspects = suspect_book_new();
    return volume;
}

void volume_free(struct volume *volume)
{
    if (volume == NULL)
        return;
    for (uint32_t i = 0; i < volume->count; i++) {
        mem_free(volume->series[i]->profile);
        mem_free(volume->series[i]);
    }
    mem_free(volume->series);
    mem_free(volume->busy);
    intern_free(volume->keys);
    intern_free(volume->names);
    alarm_list_free(volume->alarms);
    suspect_book_free(volume->suspects);
    buf_done(&volume->key);
    mem_free(volume);
}

/* ---- series ---- */

static const enum incident_scope scopes[KINDS] = {
    [VOLUME_ALL] = INCIDENT_SCOPE_FLEET,
    [VOLUME_DOMAIN] = INCIDENT_SCOPE_SENDER_DOMAIN,
    [VOLUME_PATH] = INCIDENT_SCOPE_SOURCE,
};

static struct slice keep_name(struct volume *volume, struct slice name)
{
    return name.len ? intern_get(volume->names, intern_id(volume->names, name)) : name;
}

/* The number of the series, made if new; 0 for all, and for those past the bound. */
static uint32_t number_of(struct volume *volume, const struct volume_row *row)
{
    const struct slice names[] = {row->domain, row->relay, row->source, row->provider};
    if (row->kind == VOLUME_ALL)
        return 0;
    buf_clear(&volume->key);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        buf_add(&volume->key, names[i]);
        buf_add_char(&volume->key, '\0');
    }
    uint32_t id = intern_find(volume->keys, buf_slice(&volume->key));
    if (id != INTERN_OTHER || volume->counts[row->kind] == most_series[row->kind])
        return id;
    id = intern_id(volume->keys, buf_slice(&volume->key));
    if (id != volume->count)
        return 0; /* longer than names may be */
    struct volume_series *series = add_series(volume, row->kind);
    series->domain = keep_name(volume, row->domain);
    series->relay = keep_name(volume, row->relay);
    series->source = keep_name(volume, row->source);
    series->provider = keep_name(volume, row->provider);
    return id;
}

/* ---- normal ---- */

static void learn_hour(struct volume *volume, struct volume_series *series, int64_t hour,
                       uint32_t count)
{
    if (series->profile == NULL && count < VOLUME_SMALL)
        return;
    if (series->profile == NULL) {
        series->profile = MEM_NEW(struct hour_profile);
        volume->profiles[series->kind]++;
        if (series->first_hour < hour) /* less than SMALL until now: nothing */
            hour_profile_set(series->profile, series->first_hour, 0);
    }
    hour_profile_set(series->profile, hour, count);
    volume->peaks[series->kind] = fmax(volume->peaks[series->kind], count);
    int64_t *since = &volume->since[series->kind];
    if (*since == 0 || hour < *since)
        *since = hour;
}

/* The clock hour has changed: what was counted is the past. */
static void roll(struct volume *volume, struct volume_series *series, int64_t hour)
{
    if (hour == series->hour)
        return;
    uint32_t count = series->count;
    bool settled = series->hour - series->first_hour >= HOURS_OF_WEEK;
    if (series->alarm != NULL && settled && count > series->limit)
        count = (uint32_t)series->limit;
    if (series->hour != 0)
        learn_hour(volume, series, series->hour, count);
    series->hour = hour;
    series->count = 0;
}

static double factor_of(const struct volume *volume, const struct volume_series *series)
{
    return series->kind == VOLUME_ALL ? volume->rule.all_factor : volume->rule.own_factor;
}

/* What the others of its kind do; HUGE_VAL: there are too few to compare with, or all are new. */
static double fleet_limit(const struct volume *volume, const struct volume_series *series,
                          int64_t hour)
{
    int64_t past = volume->since[series->kind] ? hour - volume->since[series->kind] : 0;
    if (series->kind == VOLUME_ALL || volume->profiles[series->kind] < FLEET_LEAST || past < 24)
        return HUGE_VAL;
    double times = past < HOURS_OF_WEEK ? FIRST_WEEK_TIMES : 1;
    return times * volume->rule.fleet_factor * volume->peaks[series->kind];
}

/* Of an hour that commonly has mail. One campaign among few senders makes the whole look strange:
 * all is held against its busiest hour, too. */
static double regular_limit(const struct volume *volume, const struct volume_series *series,
                            const struct hour_normal *past)
{
    double limit = fmax(factor_of(volume, series) * past->median,
                        fmax(past->median + MAD_TIMES * past->mad, MOST_TIMES * past->most));
    return series->kind == VOLUME_ALL ? fmax(limit, ALL_PEAK_SHARE * past->peak) : limit;
}

/* Above which an hour that ends now is a surge; *normal: what it would usually have. */
static double limit_of(const struct volume *volume, const struct volume_series *series,
                       int64_t hour, double *normal)
{
    double factor = factor_of(volume, series), fleet = fleet_limit(volume, series, hour);
    struct hour_normal past = {.known = 0};
    if (series->profile != NULL)
        past = hour_profile_normal(series->profile, hour);
    *normal = past.median;
    if (past.known >= NORMAL_LEAST && past.active * 4 >= past.known * 3)
        return regular_limit(volume, series, &past);
    *normal = past.peak; /* it is quiet now and then: its busiest hour is normal, too */
    if (past.past_hours < 24)
        return fleet;
    if (isinf(fleet))
        fleet = 0;
    if (past.past_hours < HOURS_OF_WEEK)
        return fmax(FIRST_WEEK_TIMES * factor * past.peak, fleet);
    return fmax(fmax(factor * past.median, PEAK_TIMES * past.peak), fleet);
}

/* ---- counting ---- */

static void add_to(struct volume *volume, uint32_t number, uint32_t recipients, int64_t now_us)
{
    struct volume_series *series = volume->series[number];
    if (series->first_hour == 0)
        series->first_hour = now_us / HOUR_US;
    roll(volume, series, now_us / HOUR_US);
    series->count += recipients < UINT32_MAX - series->count ? recipients : 0;
    window_count_add(&series->lately, HOUR_US, now_us, recipients);
    if (series->alarm != NULL) {
        struct incident *incident = alarm_change(series->alarm);
        incident->attempts += recipients;
        incident->hits += recipients;
        incident->recipients = incident->attempts;
        incident->messages += series->kind != VOLUME_PATH;
        incident->last_hit_us = now_us;
    }
    if (!series->busy)
        volume->busy[volume->busy_count++] = number;
    series->busy = true;
}

static void add_to_series(struct volume *volume, const struct volume_row *row, uint32_t recipients,
                          int64_t now_us)
{
    uint32_t number = number_of(volume, row);
    if (number == 0)
        volume->left_out++;
    else
        add_to(volume, number, recipients, now_us);
}

void volume_take_message(struct volume *volume, const struct volume_message *message,
                         int64_t now_us)
{
    add_to(volume, 0, message->recipients, now_us);
    if (message->domain.len > 0) {
        struct volume_row row = {.kind = VOLUME_DOMAIN, .domain = message->domain};
        add_to_series(volume, &row, message->recipients, now_us);
    }
    suspect_book_accept(
        volume->suspects,
        &(struct suspect_message){message->login, message->domain, message->recipients}, now_us);
}

void volume_take_attempt(struct volume *volume, const struct volume_attempt *attempt,
                         int64_t now_us)
{
    struct volume_row row = {.kind = VOLUME_PATH,
                             .relay = attempt->relay,
                             .source = attempt->source,
                             .provider = attempt->provider};
    add_to_series(volume, &row, 1, now_us);
    suspect_book_try(volume->suspects, attempt->login, attempt->recipient_domain, now_us);
}

void volume_take_client(struct volume *volume, struct slice login, struct slice client,
                        int64_t now_us)
{
    suspect_book_client(volume->suspects, login, client, now_us);
}

void volume_take_result(struct volume *volume, const struct volume_result *result, int64_t now_us)
{
    if (result->refused)
        suspect_book_refuse(volume->suspects, result->login, result->count, now_us);
    else
        suspect_book_end(volume->suspects, result->login, result->bounced, result->count, now_us);
}

/* ---- judging ---- */

static void open_surge(struct volume *volume, struct volume_series *series, double normal,
                       uint64_t lately, int64_t now_us)
{
    struct incident incident = {
        .kind = INCIDENT_SURGE,
        .scope = scopes[series->kind],
        .severity = INCIDENT_WARNING,
        .domain = series->domain,
        .relay = series->relay,
        .source = series->source,
        .provider = series->provider,
        .opened_us = now_us,
        .last_hit_us = now_us,
    };
    incident.normal = normal;
    incident.attempts = incident.recipients = lately;
    incident.hits = lately - (uint64_t)fmin(normal, (double)lately);
    suspect_book_name(volume->suspects, series->domain, now_us, &incident);
    series->alarm = alarm_open(volume->alarms, &incident);
}

/* False: it is quiet, nothing more to watch until it sends again. */
static bool judge(struct volume *volume, struct volume_series *series, int64_t now_us)
{
    roll(volume, series, now_us / HOUR_US);
    uint64_t lately = window_count_sum(&series->lately, HOUR_US, now_us);
    if (series->alarm != NULL) {
        if ((double)lately >= series->limit / 2)
            return true;
        alarm_close(series->alarm, now_us);
        series->alarm = NULL;
        return false;
    }
    if (lately < volume->rule.least_recipients)
        return false;
    double normal, limit = limit_of(volume, series, series->hour, &normal);
    limit = fmax(limit, volume->rule.least_recipients);
    if ((double)lately <= limit)
        return false;
    series->limit = limit;
    open_surge(volume, series, normal, lately, now_us);
    return series->alarm != NULL;
}

static void fade_peaks(struct volume *volume, int64_t now_us)
{
    int64_t hour = now_us / HOUR_US;
    double fade = volume->peak_hour ? pow(FADE_AN_HOUR, (double)(hour - volume->peak_hour)) : 1;
    volume->peak_hour = hour;
    for (size_t kind = 0; kind < KINDS && fade < 1; kind++)
        volume->peaks[kind] *= fade;
}

void volume_tell(struct volume *volume, int64_t now_us, incident_tell tell, void *data)
{
    uint32_t kept = 0;
    fade_peaks(volume, now_us);
    for (uint32_t i = 0; i < volume->busy_count; i++) {
        struct volume_series *series = volume->series[volume->busy[i]];
        series->busy = judge(volume, series, now_us);
        if (series->busy)
            volume->busy[kept++] = volume->busy[i];
    }
    volume->busy_count = kept;
    alarm_list_tell(volume->alarms, tell, data);
}

/* ---- the past ---- */

void volume_load(struct volume *volume, const struct volume_row *row)
{
    uint32_t number = number_of(volume, row);
    if (number == 0 && row->kind != VOLUME_ALL)
        return;
    struct volume_series *series = volume->series[number];
    size_t skipped = row->count > PROFILE_HOURS ? row->count - PROFILE_HOURS : 0;
    for (size_t i = skipped; i < row->count; i++) {
        int64_t hour = row->hour - (int64_t)(row->count - 1 - i);
        if (series->first_hour == 0 || hour < series->first_hour)
            series->first_hour = hour;
        learn_hour(volume, series, hour, row->recipients[i]);
    }
}

uint64_t volume_left_out(const struct volume *volume)
{
    return volume->left_out;
}
