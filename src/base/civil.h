/* SPDX-License-Identifier: Apache-2.0
 *
 * Calendar arithmetic in the proleptic Gregorian calendar, without zones.
 */
#ifndef TD_BASE_CIVIL_H
#define TD_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)

struct civil {
    int year, month, day;     /* month and day from 1 */
    int hour, minute, second; /* second up to 60: a leap second is the next minute's first */
};

/* Days since 1970-01-01. year 1 to 9999. */
int64_t civil_days(int year, int month, int day);

/* False when a field is out of range (day by month and leap year). */
bool civil_is_valid(const struct civil *when);

/* Seconds since 1970-01-01 00:00:00 of the same clock. */
int64_t civil_seconds(const struct civil *when);

struct civil civil_from_seconds(int64_t seconds);

/* Month 1 to 12 of an English three-letter name (`Jan`, exact case), 0 for none. Reads 3 bytes. */
int civil_month_of_name(const char *name);

/* `2026-03-02T08:01:02Z`; fractions are cut. `to` holds at least 24 bytes. */
void civil_format_utc(int64_t us, char *to);

#endif
