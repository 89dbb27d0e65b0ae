/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs that are read again. See trace_logs.h.
 */
#include "app/trace_logs.h"

#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/log_set.h"
#include "io/progress.h"
#include "io/spool.h"
#include "watch/log_reader.h"

#define PROGRESS_LINES 16384 /* between two looks at the clock; a power of two */

struct trace_logs {
    const char **paths;    /* as the reader gets them */
    struct spool **spools; /* [i] NULL: paths[i] is what was named */
    size_t count;
    struct buf own; /* path of the machine's log */
    struct clock_zone *zone;
    struct log_reader *reader;
    struct progress *progress;
    uint64_t lines;
};

static bool take_own(struct trace_logs *logs, struct err *err)
{
    if (!log_set_default("", &logs->own, err))
        return false;
    logs->paths[0] = buf_str(&logs->own);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "todoku: reading %s, the mail log of this machine\n", logs->paths[0]);
    return true;
}

static bool take_path(struct trace_logs *logs, size_t index, const char *path, struct err *err)
{
    logs->paths[index] = path;
    if (!spool_is_needed(path))
        return true;
    logs->spools[index] = spool_new(path, err);
    if (logs->spools[index] != NULL)
        logs->paths[index] = spool_path(logs->spools[index]);
    return logs->spools[index] != NULL;
}

struct trace_logs *trace_logs_new(char *const *paths, int count, struct err *err)
{
    struct trace_logs *logs = MEM_NEW(struct trace_logs);
    logs->count = count > 0 ? (size_t)count : 1;
    logs->paths = MEM_NEW_ARRAY(const char *, logs->count);
    logs->spools = MEM_NEW_ARRAY(struct spool *, logs->count);
    logs->zone = clock_zone_new();
    bool ok = count > 0 || take_own(logs, err);
    for (int i = 0; i < count && ok; i++)
        ok = take_path(logs, (size_t)i, paths[i], err);
    if (ok)
        return logs;
    trace_logs_free(logs);
    return NULL;
}

static void end_pass(struct trace_logs *logs)
{
    progress_free(logs->progress);
    log_reader_free(logs->reader);
    logs->progress = NULL;
    logs->reader = NULL;
}

void trace_logs_free(struct trace_logs *logs)
{
    if (logs == NULL)
        return;
    end_pass(logs);
    for (size_t i = 0; i < logs->count; i++)
        spool_free(logs->spools[i]);
    clock_zone_free(logs->zone);
    buf_done(&logs->own);
    mem_free(logs->spools);
    mem_free(logs->paths);
    mem_free(logs);
}

void trace_logs_begin(struct trace_logs *logs)
{
    if (logs->reader != NULL)
        end_pass(logs);
    logs->reader = log_reader_new(logs->paths, logs->count, clock_zone_offset, logs->zone);
    logs->progress = progress_new(STDERR_FILENO, -1);
    logs->lines = 0;
}

size_t trace_logs_count(const struct trace_logs *logs)
{
    return logs->count;
}

const char *trace_logs_name(const struct trace_logs *logs, size_t index)
{
    return logs->spools[index] ? spool_name(logs->spools[index]) : logs->paths[index];
}

/* The spool whose path the text begins with, or NULL. */
static const struct spool *spool_of(const struct trace_logs *logs, struct slice text)
{
    for (size_t i = 0; i < logs->count; i++) {
        const struct spool *spool = logs->spools[i];
        struct slice path = slice_from_str(spool ? spool_path(spool) : NULL);
        if (path.len > 0 && slice_starts_with(text, path) &&
            (text.len == path.len || !ascii_is_digit(text.ptr[path.len])))
            return spool;
    }
    return NULL;
}

bool trace_logs_next(struct trace_logs *logs, struct log_record *record, int64_t *time_us)
{
    if (!log_reader_next(logs->reader, record, time_us)) {
        progress_erase(logs->progress);
        return false;
    }
    if ((++logs->lines & (PROGRESS_LINES - 1)) == 0) {
        const char *name = log_reader_name(logs->reader);
        const struct spool *spool = spool_of(logs, slice_from_str(name));
        progress_update(logs->progress, spool ? spool_name(spool) : name,
                        log_reader_position(logs->reader), logs->lines);
    }
    return true;
}

int trace_logs_report(const struct trace_logs *logs, const struct verb *verb)
{
    size_t problems = log_reader_problem_count(logs->reader);
    for (size_t i = 0; i < problems; i++) {
        const char *text = log_reader_problem(logs->reader, i);
        const struct spool *spool = spool_of(logs, slice_from_str(text));
        if (spool != NULL)
            fprintf(stderr, "todoku %s: %s%s\n", verb->name, spool_name(spool),
                    text + strlen(spool_path(spool)));
        else
            fprintf(stderr, "todoku %s: %s\n", verb->name, text);
    }
    return log_reader_failed(logs->reader) ? VERB_UNKNOWN : VERB_FINE;
}
