/* SPDX-License-Identifier: Apache-2.0
 *
 * One followed log as the daemon sees it: how its stamps are read, and where reading goes on after
 * a restart.
 *
 * What is kept in the history is not the place of the last line that was counted, but one some way
 * before it, with the number of lines in between: they are read again, muted, so that open messages
 * and detectors know what they knew. Counting lines holds also when the file was rotated, copied or
 * packed meanwhile.
 */
#ifndef TD_APP_DAEMON_SOURCE_H
#define TD_APP_DAEMON_SOURCE_H

#include "app/settings.h"
#include "io/log_position.h"
#include "mail/log_record.h"
#include "watch/log_clock.h"

#define WARM_LINES 2000000 /* read again at most: a second or two */
#define WARM_US INT64_C(3600000000)
#define WARM_MARKS 32

/* A place to which reading may go back. */
struct source_mark {
    struct log_position position;
    uint64_t lines; /* of this run before it */
    int64_t steady_us;
};

struct daemon_source {
    struct buf name; /* in the history: `file:/var/log/mail.log` */
    struct stamp_context stamps;
    struct log_clock clock;
    bool begun;         /* the year of its stamps is known */
    uint64_t lines;     /* of this run, muted ones too */
    uint64_t warm_left; /* lines still muted */
    uint64_t new_lines; /* read and not counted yet */
    struct source_mark marks[WARM_MARKS];
    size_t first_mark, mark_count;
};

void daemon_source_init(struct daemon_source *source, const struct settings_log *log,
                        stamp_zone_fn zone, void *zone_data);
void daemon_source_done(struct daemon_source *source);

/* From what daemon_source_format wrote: where to read on from. False and err: no such text. */
bool daemon_source_resume(struct daemon_source *source, struct slice kept,
                          struct log_position *from, struct err *err);

/* Reads a line as the next of this source; now_us: the wall clock, for stamps without a year.
 * Returns the time to use for it. */
int64_t daemon_source_read(struct daemon_source *source, struct log_parser *parser,
                           struct slice line, int64_t now_us, struct log_record *out);

/* All lines up to `at` have been read. */
void daemon_source_mark(struct daemon_source *source, const struct log_position *at,
                        int64_t steady_us);

/* Where a restart would begin to read; NULL: nothing was marked yet. */
const struct log_position *daemon_source_oldest(const struct daemon_source *source);

/* What to keep with the rows of all lines read so far. */
void daemon_source_format(const struct daemon_source *source, const struct log_position *at,
                          struct buf *to);

#endif
