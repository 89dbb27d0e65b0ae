/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs named on the command line. See log_arguments.h.
 */
#include "app/log_arguments.h"

#include <stdio.h>
#include <unistd.h>

#include "app/time_text.h"
#include "base/buf.h"
#include "base/duration.h"
#include "io/log_set.h"

#define PROGRESS_LINES 16384 /* between two looks at the clock; a power of two */

static bool open_default(struct log_source *source, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    if (!log_set_default("", &path, err))
        return false;
    const char *one = buf_str(&path);
    source->reader = log_reader_new(&one, 1, clock_zone_offset, source->zone);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "todoku: reading %s, the mail log of this machine\n", one);
    return true;
}

/* `09:00` or `09:00:30` */
static bool is_clock(struct slice word)
{
    if (word.len != 5 && word.len != 8)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (i % 3 == 2 ? word.ptr[i] != ':' : !ascii_is_digit(word.ptr[i]))
            return false;
    return true;
}

bool log_words_check(char *const *words, int count, struct err *err)
{
    for (int i = 0; i < count; i++)
        if (is_clock(slice_from_str(words[i])) && access(words[i], F_OK) != 0)
            return err_set(err, ERR_USAGE,
                           "%s is a time and no file: put date and time into quotes, \"2026-03-02 "
                           "%s\"",
                           words[i], words[i]);
    return true;
}

bool log_source_open(struct log_source *source, char *const *paths, int count, struct err *err)
{
    if (!log_words_check(paths, count, err))
        return false;
    *source = (struct log_source){.zone = clock_zone_new()};
    if (count > 0) {
        source->reader = log_reader_new((const char *const *)paths, (size_t)count,
                                        clock_zone_offset, source->zone);
    } else if (!open_default(source, err)) {
        clock_zone_free(source->zone);
        return false;
    }
    source->progress = progress_new(STDERR_FILENO, log_reader_size(source->reader));
    return true;
}

bool log_time_parse(struct slice word, int64_t *out_us, struct err *err)
{
    int64_t now_us = clock_now_us(), ago_us;
    if (duration_parse(slice_trim(word), &ago_us)) {
        *out_us = now_us - ago_us;
        return true;
    }
    struct clock_zone *zone = clock_zone_new();
    bool ok = time_text_parse(word, now_us, clock_zone_offset, zone, out_us, err);
    clock_zone_free(zone);
    return ok;
}

static void count_lines(struct log_source *source, size_t count)
{
    uint64_t before = source->lines;
    source->lines += count;
    if (before / PROGRESS_LINES != source->lines / PROGRESS_LINES)
        progress_update(source->progress, log_reader_name(source->reader),
                        log_reader_position(source->reader), source->lines);
}

bool log_source_next(struct log_source *source, struct log_record *record, int64_t *time_us)
{
    if (!log_reader_next(source->reader, record, time_us))
        return false;
    count_lines(source, 1);
    return true;
}

size_t log_source_take(struct log_source *source, struct timed_record *to, size_t room)
{
    size_t count = log_reader_take(source->reader, to, room);
    count_lines(source, count);
    return count;
}

int log_source_close(struct log_source *source, const struct verb *verb)
{
    progress_free(source->progress);
    size_t problems = log_reader_problem_count(source->reader);
    for (size_t i = 0; i < problems; i++)
        fprintf(stderr, "todoku %s: %s\n", verb->name, log_reader_problem(source->reader, i));
    bool failed = log_reader_failed(source->reader);
    log_reader_free(source->reader);
    clock_zone_free(source->zone);
    return failed ? VERB_UNKNOWN : VERB_FINE;
}
