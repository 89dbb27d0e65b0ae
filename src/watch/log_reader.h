/* SPDX-License-Identifier: Apache-2.0
 *
 * Records out of any number of logs in the order of time: rotations of one log one after the other,
 * different logs merged by their stamps. A stamp without a year gets it from a long queue id near
 * the file's beginning, else from the file's modification time and its last line, and then from the
 * order of the lines.
 *
 * A log that cannot be read, or breaks off, is named in the problems; the others are read all the
 * same.
 */
#ifndef TD_WATCH_LOG_READER_H
#define TD_WATCH_LOG_READER_H

#include "base/err.h"
#include "mail/log_record.h"

struct log_reader;

/* paths: files, "-", "journal:" (see io/log_set.h), at least one. zone: the zone of local stamps.
 */
struct log_reader *log_reader_new(const char *const *paths, size_t count, stamp_zone_fn zone,
                                  void *zone_data);
void log_reader_free(struct log_reader *reader);

/* The next record, whose slices live until the next call, and the time to use for it: its stamp, or
 * the time of the lines around it when it has none or an absurd one; STAMP_NONE while none is
 * known. False at the end. */
bool log_reader_next(struct log_reader *reader, struct log_record *record, int64_t *time_us);

/* A record and the time to use for it. */
struct timed_record {
    int64_t time_us;
    struct log_record record;
};

/* The next record as log_reader_next gives it, and with it those behind it that are in memory
 * already, up to `room` (at least 1) and LOG_LINES_HELD: *to is filled from the front and their
 * number returned, 0 at the end. Their slices live until the next call of either function.
 *
 * Many at a time are read faster: the grammars stay in the processor's nearest caches, out of which
 * what is done with each record would push them. (A report by 64 takes 6 % less time than one by
 * one, by 8 it is 3 %; Zen 3, 2026-11.) */
size_t log_reader_take(struct log_reader *reader, struct timed_record *to, size_t room);

/* The file that the last record came from, as it was named. */
const char *log_reader_name(const struct log_reader *reader);

/* What could not be read, one line each, safe to print. */
size_t log_reader_problem_count(const struct log_reader *reader);
const char *log_reader_problem(const struct log_reader *reader, size_t index);

/* Whether a log could not be read to its end; a problem may also be a mere remark. */
bool log_reader_failed(const struct log_reader *reader);

/* Lines that were cut because they were longer than the reader takes. */
uint64_t log_reader_cut_lines(const struct log_reader *reader);

/* For progress: bytes as stored, read so far and in all (-1: not known). */
int64_t log_reader_position(const struct log_reader *reader);
int64_t log_reader_size(const struct log_reader *reader);

#endif
