/* SPDX-License-Identifier: Apache-2.0
 *
 * The incidents that one detector holds open, with strings of their own, and which of them are
 * news. A detector opens an alarm, changes its counts as evidence comes, closes it; alarm_list_tell
 * then says each of those once, however often it changed in between.
 *
 * Bounded: `max` alarms, two lines of evidence of ALARM_LINE_MAX bytes each. One thread.
 */
#ifndef TD_WATCH_ALARM_LIST_H
#define TD_WATCH_ALARM_LIST_H

#include "watch/incident_tell.h"

#define ALARM_LINE_MAX 1000 /* bytes of a line of evidence */

struct alarm;
struct alarm_list;

struct alarm_list *alarm_list_new(uint32_t max);
void alarm_list_free(struct alarm_list *list);

/* A new open incident like *incident, whose names, list, url and suspects are copied; evidence is
 * given by alarm_see. NULL: there are `max` already, the caller may try again later. Valid until
 * closed. */
struct alarm *alarm_open(struct alarm_list *list, const struct incident *incident);

/* What it is now, for reading. */
const struct incident *alarm_incident(const struct alarm *alarm);

/* For changing scope, severity, counts, times and normal (not names): it is news then. */
struct incident *alarm_change(struct alarm *alarm);

/* A line of evidence: the first one stays, the newest replaces the one before. Copied. */
void alarm_see(struct alarm *alarm, struct slice line);

/* It is over, since closed_us (never before it opened). The alarm is told once more and is gone. */
void alarm_close(struct alarm *alarm, int64_t closed_us);

/* Tells what is news, oldest first. */
void alarm_list_tell(struct alarm_list *list, incident_tell tell, void *data);

/* How many are open. */
uint32_t alarm_list_open(const struct alarm_list *list);

#endif
