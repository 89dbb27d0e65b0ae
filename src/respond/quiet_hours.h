/* SPDX-License-Identifier: Apache-2.0
 *
 * Hours in which nobody is to be woken for less than a critical incident: windows of local time, on
 * chosen days of the week, over midnight too.
 */
#ifndef TD_RESPOND_QUIET_HOURS_H
#define TD_RESPOND_QUIET_HOURS_H

#include "respond/local_time.h"

#define QUIET_WINDOWS_MAX 8

struct quiet_window {
    int from_minute, to_minute; /* 0 to 1439, of the local day; to <= from: ends the next day */
    uint8_t days;               /* bit 0: a window that begins on Monday, ... bit 6: Sunday */
};

#define QUIET_EVERY_DAY 0x7f

struct quiet_hours {
    struct local_time zone;
    size_t count; /* 0: never quiet */
    struct quiet_window windows[QUIET_WINDOWS_MAX];
};

bool quiet_hours_at(const struct quiet_hours *quiet, int64_t now_us);

/* When the quiet that holds at now_us ends; windows that meet or overlap count as one. now_us when
 * it is not quiet. At most 8 days ahead: quiet without end wakes once a week. */
int64_t quiet_hours_end(const struct quiet_hours *quiet, int64_t now_us);

#endif
