/* SPDX-License-Identifier: Apache-2.0
 *
 * The LOG... words of a verb: opens the reader over them, or over the machine's own mail log when
 * there are none, and reports what could not be read.
 */
#ifndef TD_APP_LOG_ARGUMENTS_H
#define TD_APP_LOG_ARGUMENTS_H

#include "app/verb.h"
#include "io/clock.h"
#include "io/progress.h"
#include "watch/log_reader.h"

struct log_source {
    struct log_reader *reader;
    struct clock_zone *zone;
    struct progress *progress;
    uint64_t lines;
};

/* False and err: a word is the clock of a time that was not quoted, and no file. */
bool log_words_check(char *const *words, int count, struct err *err);

/* False and err: ERR_IO when none was named and the machine has no mail log; of log_words_check. */
bool log_source_open(struct log_source *source, char *const *paths, int count, struct err *err);

/* A time as --since and --until take it: time_text.h against the clock and the zone of now, and
 * since all of it has been, a plain duration is before now too. */
bool log_time_parse(struct slice word, int64_t *out_us, struct err *err);

/* The next record; shows progress on a terminal. False at the end. */
bool log_source_next(struct log_source *source, struct log_record *record, int64_t *time_us);

/* The next records, as log_reader_take gives them; shows progress too. 0 at the end. */
size_t log_source_take(struct log_source *source, struct timed_record *to, size_t room);

/* Prints the problems on stderr and frees everything. VERB_FINE, or VERB_UNKNOWN when something
 * could not be read. */
int log_source_close(struct log_source *source, const struct verb *verb);

#endif
