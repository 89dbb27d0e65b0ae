/* SPDX-License-Identifier: Apache-2.0
 *
 * Silent logs and lines that are not understood. See log_habit.h.
 */
#include "watch/log_habit.h"

#include "base/buf.h"
#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "watch/alarm_list.h"
#include "watch/log_unread.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define WEEK_HOURS 168
#define LINES_LEAST 100   /* that make a habit */
#define FIRST_DAY_TIMES 6 /* after_us, while a source is known for less than a day */
#define FEW_WEEKS 3       /* of which the longest gap of an hour says little yet */
#define FEW_WEEKS_TIMES 1.5
#define OTHER_DAY 0.5
#define FADE 0.8 /* of a gap with each week */
/* mean gaps: where the longest one is longer, lines come by chance, as mail does */
#define IRREGULAR 1.3
#define PIECES_LEAST 12 /* that should have come by then: e^-12 of such gaps last so long */
#define BURST_US (10 * US_PER_SECOND) /* lines nearer to each other are of one message */
#define KNOWN_AGAIN 1.5 /* outweighs the fading of a week or two: the same gap is usual then */

/* What an hour of the week is used to. */
struct gap_slot {
    uint32_t gap_s;
    uint32_t week; /* since 1970, of that gap; 0: nothing known */
    uint32_t pieces_week;
    uint16_t pieces[2]; /* gaps that ended here, by [week % 2]: of pieces_week, the week before */
};

struct log_source {
    struct gap_slot *slots; /* WEEK_HOURS; owned */
    struct alarm *alarm;
    int64_t first_us, last_us;
    struct slice source, host; /* of the intern tables */
    uint32_t source_id;
    uint32_t lines; /* saturates at LINES_LEAST */
    bool expected;  /* even if it never says a line */
    bool gone;      /* it was expected without a host, and hosts have come */
};

struct log_habit {
    struct log_habit_rule rule;
    struct alarm_list *alarms;
    struct intern *sources, *hosts, *keys, *programs;
    struct log_source *rows; /* by key */
    uint32_t row_count;
    struct log_unread *unread_programs, *unread_logs; /* of `programs`, of `sources` */
    struct buf key;
    uint64_t unwatched;
};

const struct log_habit_rule log_habit_default = LOG_HABIT_RULE;

struct log_habit *log_habit_new(const struct log_habit_rule *rule)
{
    struct log_habit *habit = MEM_NEW(struct log_habit);
    habit->rule = *rule;
    habit->alarms = alarm_list_new(2 * LOG_HABIT_SOURCES + LOG_HABIT_PROGRAMS);
    habit->sources = intern_new(LOG_HABIT_SOURCES);
    habit->hosts = intern_new(LOG_HABIT_SOURCES);
    habit->keys = intern_new(LOG_HABIT_SOURCES);
    habit->programs = intern_new(LOG_HABIT_PROGRAMS);
    habit->rows = MEM_NEW_ARRAY(struct log_source, LOG_HABIT_SOURCES + 1);
    habit->row_count = 1;
    struct log_unread_rule unread = {rule->unread_share, rule->unread_least, rule->unread_within_us,
                                     false};
    habit->unread_programs =
        log_unread_new(&unread, habit->programs, LOG_HABIT_PROGRAMS, habit->alarms);
    unread.least = rule->foreign_least;
    unread.of_logs = true;
    habit->unread_logs = log_unread_new(&unread, habit->sources, LOG_HABIT_SOURCES, habit->alarms);
    return habit;
}

void log_habit_free(struct log_habit *habit)
{
    if (habit == NULL)
        return;
    for (uint32_t i = 1; i < habit->row_count; i++)
        mem_free(habit->rows[i].slots);
    log_unread_free(habit->unread_programs);
    log_unread_free(habit->unread_logs);
    mem_free(habit->rows);
    buf_done(&habit->key);
    intern_free(habit->sources);
    intern_free(habit->hosts);
    intern_free(habit->keys);
    intern_free(habit->programs);
    alarm_list_free(habit->alarms);
    mem_free(habit);
}

/* ---- the habit of a source ---- */

static int64_t hour_of(int64_t time_us)
{
    return time_us / HOUR_US;
}

static uint32_t week_of(int64_t hour)
{
    return (uint32_t)(hour / WEEK_HOURS);
}

/* What is left of a slot's gap in this week. */
static double faded(const struct gap_slot *slot, uint32_t week)
{
    double gap_s = slot->gap_s;
    for (uint32_t w = slot->week; w < week && gap_s > 1; w++)
        gap_s *= FADE;
    return gap_s;
}

static void learn_gap(struct log_source *row, int64_t hour, double gap_s)
{
    struct gap_slot *slot = &row->slots[hour % WEEK_HOURS];
    uint32_t week = week_of(hour);
    double old_s = faded(slot, week);
    if (slot->week == week && gap_s <= old_s)
        return;
    slot->gap_s = (uint32_t)(gap_s > old_s ? gap_s : old_s);
    slot->week = week;
}

static void learn_piece(struct log_source *row, int64_t hour)
{
    struct gap_slot *slot = &row->slots[hour % WEEK_HOURS];
    uint32_t week = week_of(hour);
    if (slot->pieces_week != week) {
        slot->pieces[week % 2] = 0;
        if (slot->pieces_week + 1 != week)
            slot->pieces[(week + 1) % 2] = 0;
        slot->pieces_week = week;
    }
    if (slot->pieces[week % 2] < UINT16_MAX)
        slot->pieces[week % 2]++;
}

static uint32_t pieces_of(const struct log_source *row, int64_t hour)
{
    const struct gap_slot *slot = &row->slots[hour % WEEK_HOURS];
    uint32_t week = week_of(hour);
    bool kept = slot->pieces_week == week || slot->pieces_week == week + 1;
    return kept ? slot->pieces[week % 2] : 0;
}

/* The gap that ended now belongs to each hour that it touched. */
static void learn(const struct log_habit *habit, struct log_source *row, int64_t now_us)
{
    double gap_s = (double)(now_us - row->last_us) / 1e6;
    int64_t hour = hour_of(row->last_us), last = hour_of(now_us);
    if (row->alarm != NULL)
        gap_s = gap_s * KNOWN_AGAIN / habit->rule.factor;
    for (int64_t count = 0; hour <= last && count < WEEK_HOURS; hour++, count++)
        learn_gap(row, hour, gap_s);
    if (now_us - row->last_us >= BURST_US)
        learn_piece(row, last);
}

/* 1970-01-01 was a Thursday. */
static bool is_weekend(int64_t hour)
{
    return (hour / 24 + 3) % 7 >= 5;
}

/* What a gap of another day counts in this hour. */
static double day_weight(int64_t hour, int64_t other, bool week_known)
{
    if (!week_known)
        return 1;
    return is_weekend(hour) == is_weekend(other) ? OTHER_DAY : 0;
}

/* The longest gap that is usual in this hour and its neighbours. */
static double usual_s(const struct log_source *row, int64_t hour)
{
    double longest = 0;
    bool known = hour - hour_of(row->first_us) >= WEEK_HOURS;
    for (int64_t day = 0; day < 7; day++) {
        double weight = day > 0 ? day_weight(hour, hour + day * 24, known) : 1;
        for (int64_t by = -1; by <= 1; by++) {
            const struct gap_slot *slot = &row->slots[(hour + by + day * 24) % WEEK_HOURS];
            double gap_s = slot->week ? weight * faded(slot, week_of(hour)) : 0;
            longest = gap_s > longest ? gap_s : longest;
        }
    }
    return longest;
}

/* The mean gap around this hour: of the hour before, and of days of its sort within a week, of
 * every day while no week is known. */
static double mean_gap_s(const struct log_source *row, int64_t hour)
{
    int64_t first = hour_of(row->first_us), hours = 0, pieces = 0;
    bool known = hour - first >= WEEK_HOURS;
    for (int64_t day = 0; day <= 7; day++) {
        if (day > 0 && day_weight(hour, hour - day * 24, known) <= 0)
            continue;
        for (int64_t then = hour - day * 24 - 1; then <= hour - day * 24 + 1; then++) {
            if (then <= first || then >= hour)
                continue;
            hours++;
            pieces += pieces_of(row, then);
        }
    }
    return (double)(hours * 3600) / (double)(pieces ? pieces : 1);
}

/* How long this hour's gaps may last: when they come at random, the longest one so far says little
 * about the next. */
static double longest_by_chance_s(const struct log_source *row, int64_t hour, double usual)
{
    double mean_s = mean_gap_s(row, hour);
    return usual >= IRREGULAR * mean_s ? PIECES_LEAST * mean_s : 0;
}

static bool is_silent(const struct log_habit *habit, const struct log_source *row, int64_t now_us)
{
    int64_t gap_us = now_us - row->last_us;
    if (row->gone || (row->lines < LINES_LEAST && !row->expected) || gap_us <= habit->rule.after_us)
        return false;
    bool young = row->last_us - row->first_us < SECONDS_PER_DAY * US_PER_SECOND;
    if (young && gap_us <= FIRST_DAY_TIMES * habit->rule.after_us)
        return false;
    /* The hour in which the silence began, and this one: a night may begin meanwhile. */
    int64_t begin = hour_of(row->last_us), now = hour_of(now_us);
    double begin_s = usual_s(row, begin), now_s = usual_s(row, now);
    double gap_s = (double)gap_us / 1e6, usual = begin_s > now_s ? begin_s : now_s;
    if (gap_s < longest_by_chance_s(row, begin, usual) ||
        gap_s < longest_by_chance_s(row, now, usual))
        return false;
    if (hour_of(row->last_us - row->first_us) < FEW_WEEKS * WEEK_HOURS)
        usual *= FEW_WEEKS_TIMES;
    return gap_s > habit->rule.factor * usual;
}

static void open_silence(struct log_habit *habit, struct log_source *row)
{
    row->alarm = alarm_open(habit->alarms, &(struct incident){
                                               .kind = INCIDENT_LOG_SILENT,
                                               .scope = INCIDENT_SCOPE_RELAY,
                                               .relay = row->host,
                                               .name = row->source,
                                               .opened_us = row->last_us,
                                               .last_hit_us = row->last_us,
                                           });
}

/* ---- sources ---- */

static struct slice key_of(struct log_habit *habit, struct slice source, struct slice host)
{
    buf_clear(&habit->key);
    buf_add(&habit->key, source);
    buf_add_char(&habit->key, '\0');
    buf_add(&habit->key, host);
    return buf_slice(&habit->key);
}

/* The row of these names, made if new; NULL past the bound. */
static struct log_source *row_of(struct log_habit *habit, struct slice source, struct slice host,
                                 int64_t now_us)
{
    uint32_t id = intern_id(habit->keys, key_of(habit, source, host));
    if (id == INTERN_OTHER)
        return NULL;
    struct log_source *row = &habit->rows[id];
    if (id < habit->row_count)
        return row;
    habit->row_count = id + 1;
    row->source_id = intern_id(habit->sources, source);
    row->source = intern_get(habit->sources, row->source_id);
    row->host = intern_get(habit->hosts, intern_id(habit->hosts, host));
    row->slots = MEM_NEW_ARRAY(struct gap_slot, WEEK_HOURS);
    row->first_us = row->last_us = now_us;
    return row;
}

static void hear(struct log_habit *habit, struct log_source *row, int64_t now_us)
{
    if (now_us < row->last_us && row->last_us - now_us < HOUR_US)
        now_us = row->last_us; /* a late line; more than that is a clock that was set back */
    if (row->alarm != NULL || now_us - row->last_us >= US_PER_SECOND ||
        hour_of(now_us) != hour_of(row->last_us))
        learn(habit, row, now_us);
    if (row->alarm != NULL)
        alarm_close(row->alarm, now_us);
    row->alarm = NULL;
    row->last_us = now_us;
    row->lines += row->lines < LINES_LEAST;
}

/* The hosts of a source that was expected speak for themselves from now on. */
static void drop_expected(struct log_habit *habit, const struct log_source *of, int64_t now_us)
{
    for (uint32_t i = 1; i < habit->row_count; i++) {
        struct log_source *row = &habit->rows[i];
        if (row->source_id != of->source_id || !row->expected || row->lines > 0 || row->gone)
            continue;
        if (row->alarm != NULL)
            alarm_close(row->alarm, now_us);
        row->alarm = NULL;
        row->gone = true;
    }
}

/* The log that was expected speaks, whoever it is. */
static void hear_foreign(struct log_habit *habit, struct slice source, int64_t now_us)
{
    uint32_t id = intern_find(habit->keys, key_of(habit, source, (struct slice){NULL, 0}));
    struct log_source *row = &habit->rows[id];
    if (id == INTERN_OTHER || !row->expected || row->gone)
        return;
    if (row->alarm != NULL)
        alarm_close(row->alarm, now_us);
    row->alarm = NULL;
    row->last_us = now_us > row->last_us ? now_us : row->last_us;
}

void log_habit_expect(struct log_habit *habit, struct slice source, int64_t now_us)
{
    struct log_source *row = row_of(habit, source, (struct slice){NULL, 0}, now_us);
    if (row != NULL)
        row->expected = true;
}

/* ---- lines not understood ---- */

static void count_program(struct log_habit *habit, const struct log_habit_line *line,
                          int64_t now_us)
{
    uint32_t id = intern_id(habit->programs, line->program);
    if (id == INTERN_OTHER)
        habit->unwatched++;
    else if (line->unread)
        log_unread_take(habit->unread_programs, id, line->lines, line->raw, now_us);
    else
        log_unread_take_read(habit->unread_programs, id, line->lines, now_us);
}

static void take_foreign(struct log_habit *habit, const struct log_habit_line *line, int64_t now_us)
{
    uint32_t id = intern_id(habit->sources, line->source);
    if (id == INTERN_OTHER)
        habit->unwatched++;
    else
        log_unread_take(habit->unread_logs, id, line->lines, line->raw, now_us);
    hear_foreign(habit, line->source, now_us);
}

/* ---- the shape of detectors ---- */

void log_habit_take_line(struct log_habit *habit, const struct log_habit_line *line, int64_t now_us)
{
    if (line->foreign) {
        take_foreign(habit, line, now_us);
        return;
    }
    uint32_t known = habit->row_count;
    struct log_source *row = row_of(habit, line->source, line->host, now_us);
    if (row == NULL) {
        habit->unwatched++;
    } else {
        if (known < habit->row_count && line->host.len > 0)
            drop_expected(habit, row, now_us);
        hear(habit, row, now_us);
        log_unread_take_read(habit->unread_logs, row->source_id, line->lines, now_us);
    }
    if (line->program.len > 0)
        count_program(habit, line, now_us);
}

void log_habit_tell(struct log_habit *habit, int64_t now_us, incident_tell tell, void *data)
{
    for (uint32_t i = 1; i < habit->row_count; i++) {
        struct log_source *row = &habit->rows[i];
        if (row->alarm == NULL && is_silent(habit, row, now_us))
            open_silence(habit, row);
    }
    log_unread_judge(habit->unread_programs, now_us);
    log_unread_judge(habit->unread_logs, now_us);
    alarm_list_tell(habit->alarms, tell, data);
}

uint64_t log_habit_left_out(const struct log_habit *habit)
{
    return habit->unwatched;
}
