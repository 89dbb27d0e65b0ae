/* SPDX-License-Identifier: Apache-2.0
 *
 * See own_log.h; pipe(7) on writes of at most PIPE_BUF bytes. Made by main, freed at its end.
 */
#include "io/own_log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/escape.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/own_log_journal.h"

enum { BURST = 20, VALUE_BYTES_MAX = 1024, EVENT_BYTES_MAX = 64 };

static_assert(OWN_LOG_LINE_BYTES_MAX <= PIPE_BUF, "a line is one write that nothing cuts in two");

static const int64_t WINDOW_US = 60 * US_PER_SECOND;

/* How often an event came lately. */
struct event_limit {
    char event[EVENT_BYTES_MAX];
    enum own_log_level level;
    int64_t since_us; /* begin of its minute */
    size_t written, suppressed;
};

struct own_log {
    bool journal;
    int fd;
    enum own_log_level level;
    size_t burst;

    pthread_mutex_t lock; /* guards what follows, and keeps lines in order */
    struct event_limit limits[OWN_LOG_EVENTS_MAX];
    size_t limit_count;
    uint64_t lost; /* lines that nobody took, not told yet */
    struct buf line;
};

struct own_log *own_log_new(const struct own_log_options *options)
{
    struct own_log *log = MEM_NEW(struct own_log);
    log->fd = options->fd ? options->fd : STDERR_FILENO;
    log->level = options->level;
    log->burst = options->burst ? options->burst : BURST;
    log->journal = options->target == OWN_LOG_JOURNAL ||
                   (options->target == OWN_LOG_AUTO && own_log_journal_is_stream(log->fd));
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

static const char *level_name(enum own_log_level level)
{
    static const char *const names[] = {
        [OWN_LOG_DEBUG] = "debug",
        [OWN_LOG_INFO] = "info",
        [OWN_LOG_WARNING] = "warning",
        [OWN_LOG_ERROR] = "error",
    };
    return names[level];
}

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && name[length] == '\0' && length < EVENT_BYTES_MAX;
}

/* Bare when nothing in it could be taken for the end of the value, else in quotation marks; a mark
 * inside becomes \x22, so that the next mark always ends it. */
static void add_value(struct slice value, struct buf *to)
{
    CLEANUP_BUF struct buf clean = {0};
    bool cut = value.len > VALUE_BYTES_MAX;
    escape_terminal(slice_first(value, VALUE_BYTES_MAX), &clean);
    bool bare = clean.len > 0 && strcspn(buf_str(&clean), " =\"") == clean.len && !cut;
    if (!bare)
        buf_add_char(to, '"');
    for (size_t i = 0; i < clean.len; i++)
        if (clean.ptr[i] == '"')
            buf_add_str(to, "\\x22");
        else
            buf_add_char(to, clean.ptr[i]);
    if (!bare)
        buf_add_str(to, cut ? "...\"" : "\"");
}

/* `event=NAME key=value ...` */
static void add_fields(const char *event, const struct own_log_field *fields, size_t count,
                       struct buf *to)
{
    buf_addf(to, "event=%s", event);
    for (size_t i = 0; i < count; i++) {
        buf_addf(to, " %s=", fields[i].name);
        if (fields[i].is_number)
            buf_addf(to, "%" PRId64, fields[i].number);
        else
            add_value(fields[i].text, to);
    }
}

static void add_head(int64_t now_us, enum own_log_level level, struct buf *to)
{
    char time[32];
    civil_format_utc(now_us, time);
    int ms = (int)(now_us / 1000 % 1000);
    buf_addf(to, "time=%.19s.%03dZ level=%s ", time, ms < 0 ? ms + 1000 : ms, level_name(level));
}

/* Never waits, never cuts a line in two. */
static bool write_line(int fd, struct slice line)
{
    struct pollfd polled = {.fd = fd, .events = POLLOUT};
    if (poll(&polled, 1, 0) != 1 || !(polled.revents & POLLOUT))
        return false;
    ssize_t put;
    do
        put = write(fd, line.ptr, line.len);
    while (put < 0 && errno == EINTR);
    return put == (ssize_t)line.len;
}

/* With the lock held. */
static bool emit(struct own_log *log, int64_t now_us, enum own_log_level level, const char *event,
                 const struct own_log_field *fields, size_t count)
{
    struct buf *line = &log->line;
    buf_clear(line);
    if (!log->journal)
        add_head(now_us, level, line);
    add_fields(event, fields, count, line);
    if (line->len > OWN_LOG_LINE_BYTES_MAX - 1) {
        line->len = OWN_LOG_LINE_BYTES_MAX - 1;
        memcpy(line->ptr + line->len - 3, "...", 3);
    }
    if (log->journal)
        return own_log_journal_send(level, event, buf_slice(line), fields, count);
    buf_add_char(line, '\n');
    return write_line(log->fd, buf_slice(line));
}

/* The same, and what was lost before is told first. With the lock held. */
static void emit_or_count(struct own_log *log, int64_t now_us, enum own_log_level level,
                          const char *event, const struct own_log_field *fields, size_t count)
{
    if (log->lost > 0) {
        struct own_log_field lost = log_number("lines", (int64_t)log->lost);
        if (emit(log, now_us, OWN_LOG_WARNING, "log_lines_lost", &lost, 1))
            log->lost = 0;
    }
    if (!emit(log, now_us, level, event, fields, count))
        log->lost++;
}

static struct event_limit *limit_of(struct own_log *log, const char *event)
{
    for (size_t i = 0; i < log->limit_count; i++)
        if (strcmp(log->limits[i].event, event) == 0)
            return &log->limits[i];
    if (log->limit_count == OWN_LOG_EVENTS_MAX) /* the last one is for all that are left */
        return &log->limits[OWN_LOG_EVENTS_MAX - 1];
    struct event_limit *limit = &log->limits[log->limit_count++];
    memcpy(limit->event, event, strlen(event) + 1);
    limit->since_us = INT64_MIN;
    return limit;
}

static bool window_is_over(const struct event_limit *limit, int64_t now_us)
{
    /* Also when the clock was set back: better a line too many than silence. */
    return limit->since_us == INT64_MIN || now_us < limit->since_us ||
           now_us - limit->since_us >= WINDOW_US;
}

static void tell_suppressed(struct own_log *log, struct event_limit *limit, int64_t now_us)
{
    if (limit->suppressed == 0)
        return;
    struct own_log_field fields[] = {log_str("of", limit->event),
                                     log_number("suppressed", (int64_t)limit->suppressed)};
    limit->suppressed = 0;
    emit_or_count(log, now_us, limit->level, "log_suppressed", fields, 2);
}

static bool is_wanted(const struct own_log *log, enum own_log_level level, const char *event,
                      const struct own_log_field *fields, size_t count)
{
    if (log == NULL || level < log->level)
        return false;
    ASSERT(is_name(event) && count <= OWN_LOG_FIELDS_MAX);
    for (size_t i = 0; i < count; i++)
        ASSERT(is_name(fields[i].name));
    return true;
}

void own_log_write_each(struct own_log *log, enum own_log_level level, const char *event,
                        const struct own_log_field *fields, size_t count)
{
    if (!is_wanted(log, level, event, fields, count))
        return;
    pthread_mutex_lock(&log->lock);
    emit_or_count(log, clock_now_us(), level, event, fields, count);
    pthread_mutex_unlock(&log->lock);
}

void own_log_write_at(struct own_log *log, int64_t now_us, enum own_log_level level,
                      const char *event, const struct own_log_field *fields, size_t count)
{
    if (!is_wanted(log, level, event, fields, count))
        return;
    pthread_mutex_lock(&log->lock);
    struct event_limit *limit = limit_of(log, event);
    if (window_is_over(limit, now_us)) {
        tell_suppressed(log, limit, now_us);
        limit->since_us = now_us;
        limit->written = 0;
    }
    limit->level = level;
    if (limit->written < log->burst) {
        limit->written++;
        emit_or_count(log, now_us, level, event, fields, count);
    } else
        limit->suppressed++;
    pthread_mutex_unlock(&log->lock);
}

void own_log_write(struct own_log *log, enum own_log_level level, const char *event,
                   const struct own_log_field *fields, size_t count)
{
    own_log_write_at(log, clock_now_us(), level, event, fields, count);
}

void own_log_tick(struct own_log *log, int64_t now_us)
{
    if (log == NULL)
        return;
    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < log->limit_count; i++)
        if (window_is_over(&log->limits[i], now_us))
            tell_suppressed(log, &log->limits[i], now_us);
    pthread_mutex_unlock(&log->lock);
}

void own_log_free(struct own_log *log)
{
    if (log == NULL)
        return;
    int64_t now = clock_now_us();
    for (size_t i = 0; i < log->limit_count; i++)
        tell_suppressed(log, &log->limits[i], now);
    buf_done(&log->line);
    pthread_mutex_destroy(&log->lock);
    mem_free(log);
}
