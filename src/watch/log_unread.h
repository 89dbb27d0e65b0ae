/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells when too many lines of something are not understood (log-unread): of a program, or of a log
 * as a whole, whose lines that are not understood are those in another form. A part of log_habit,
 * which knows the names. Pure: counts and times only.
 *
 * Counts go back one to two halves of within_us. An incident opens at `least` lines that are more
 * than `share` of all; it ends when fewer than half of that share are left. Of a program that says
 * nothing any more it ends, too; of a log by lines that are read.
 *
 * Bounded: some 600 bytes for each name. One thread.
 */
#ifndef TD_WATCH_LOG_UNREAD_H
#define TD_WATCH_LOG_UNREAD_H

#include "base/intern.h"
#include "watch/alarm_list.h"

struct log_unread_rule {
    double share;
    uint32_t least;
    int64_t within_us;
    bool of_logs; /* ends by lines that are read */
};

struct log_unread;

/* names, of `max` at most, and alarms, which has room for as many: borrowed, outlive it. */
struct log_unread *log_unread_new(const struct log_unread_rule *rule, const struct intern *names,
                                  uint32_t max, struct alarm_list *alarms);
void log_unread_free(struct log_unread *unread);

/* So many lines of the name of this number. */
void log_unread_take_read(struct log_unread *unread, uint32_t name, uint32_t lines, int64_t now_us);

/* The same, that were not understood; raw: one of them. */
void log_unread_take(struct log_unread *unread, uint32_t name, uint32_t lines, struct slice raw,
                     int64_t now_us);

/* Opens, changes and closes alarms. */
void log_unread_judge(struct log_unread *unread, int64_t now_us);

#endif
