/* SPDX-License-Identifier: Apache-2.0
 *
 * The year of the first line of a log whose stamps have none.
 */
#ifndef TD_WATCH_FILE_YEAR_H
#define TD_WATCH_FILE_YEAR_H

#include "base/slice.h"

struct file_year {
    int year;     /* 0: the stamps of this log carry their year */
    bool certain; /* from a long queue id, which holds its arrival time */
};

/* head: the first bytes of the log; tail: its last bytes, or empty; modified_us: when it was last
 * written. */
struct file_year file_year_of(struct slice head, struct slice tail, int64_t modified_us);

/* Year and month of one line whose stamp has no year, by its long queue id. False: it has no such
 * stamp or id. */
bool file_year_of_line(struct slice line, int *year, int *month);

#endif
