/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when a log falls silent against its own habit (log-silent), and when too many lines of a
 * program, or of a log that names no program, are not understood (log-unread). Pure: lines, counts
 * and times only.
 *
 * A log source is a file, the journal or a listener, and the host whose lines come there. Its habit
 * is the longest gap between two lines in each hour of the week; a gap of an earlier week counts
 * a fifth less with each week. The neighbouring hours count too, so that a change to summer time
 * and a rhythm that drifts are no surprise. The same hour of other days of its sort (work days,
 * weekend) counts half; before a week is known that of every day counts in full.
 * Until three weeks are known all of it counts half more. Where the longest gap is a third longer
 * than the mean one, lines come at random, as mail does at night: then twelve gaps of the mean
 * length must have passed, too. It is silent after `factor` times that gap, never before
 * `after_us`; a source known for less than a day not before six times `after_us`, and one that has
 * said less than 100 lines has no habit. A gap that was told as silence is learned in a measure
 * that makes the same gap, a week later, just usual: a habit is told once, and the second of two
 * real failures in the same hour of the week must last `factor` times longer to be told.
 *
 * Lines in another form altogether (JSON, a web server's) are of no program: they are counted
 * against all lines of their log (log_unread.h). They do not say that a host of it speaks, and are
 * no habit; but a log that has none but these is not silent. What was opened of a log ends by lines
 * that are read.
 *
 * Bounded: LOG_HABIT_SOURCES of 2.7 KiB, LOG_HABIT_PROGRAMS of some 600 bytes; past that they are
 * not watched and counted in log_habit_left_out. One thread.
 */
#ifndef TD_WATCH_LOG_HABIT_H
#define TD_WATCH_LOG_HABIT_H

#include "watch/incident_tell.h"

#define LOG_HABIT_SOURCES 2048
#define LOG_HABIT_PROGRAMS 512

struct log_habit_rule {
    int64_t after_us;         /* never silent before */
    double factor;            /* times the longest usual gap */
    double unread_share;      /* of the lines of a program, or of a log */
    uint32_t unread_least;    /* lines of a program not understood, at least */
    uint32_t foreign_least;   /* lines of a log without a program, at least */
    int64_t unread_within_us; /* both of so long a time */
};

#define LOG_HABIT_RULE \
    { \
        .after_us = INT64_C(600000000), .factor = 3, .unread_share = 0.01, .unread_least = 100, \
        .foreign_least = 20, .unread_within_us = INT64_C(3600000000) \
    }

extern const struct log_habit_rule log_habit_default;

/* One line. */
struct log_habit_line {
    struct slice source; /* path, or whatever names the input; not empty */
    struct slice host;   /* whose line it is; may be empty */
    struct slice
        program;      /* of a program that has a grammar; empty: not counted as read or unread */
    struct slice raw; /* the line itself */
    uint32_t lines;   /* that it stands for, 1 or more */
    bool unread;      /* not understood */
    bool foreign;     /* no program could be told: in another form */
};

struct log_habit;

struct log_habit *log_habit_new(const struct log_habit_rule *rule);
void log_habit_free(struct log_habit *habit);

/* A source that should speak, whoever its hosts are: one that never says a line is silent too. */
void log_habit_expect(struct log_habit *habit, struct slice source, int64_t now_us);

/* now_us: when it came. Costs a hash of the names. */
void log_habit_take_line(struct log_habit *habit, const struct log_habit_line *line,
                         int64_t now_us);

void log_habit_tell(struct log_habit *habit, int64_t now_us, incident_tell tell, void *data);

/* Lines of sources and programs beyond the bounds, since it is new (left_out.h). */
uint64_t log_habit_left_out(const struct log_habit *habit);

#endif
