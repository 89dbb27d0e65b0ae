/* SPDX-License-Identifier: Apache-2.0
 *
 * What todoku says of itself, one line an event:
 *
 *      time=2026-03-02T08:01:02.123Z level=warning event=source_silent file=/var/log/mail.log
 * seconds=95
 *
 * Events have stable names; what varies is in fields. Under journald (stderr is its stream) the
 * same goes there as fields: TODOKU_EVENT, TODOKU_FILE, ... with PRIORITY and a MESSAGE for people.
 *
 * Values may hold bytes of strangers: what could move a cursor or begin a new field is escaped. A
 * line is one write of at most 4,096 bytes, so lines of several threads never mix. An event that
 * comes too often is counted instead of written, and the count is written later, unless each is
 * worth its line. When the reader of
 * stderr does not read, lines are dropped and counted: the daemon never waits for its own log.
 * (Not so journald's own socket: a hanging journald holds whoever logs once its buffer is full.)
 */
#ifndef TD_IO_OWN_LOG_H
#define TD_IO_OWN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum own_log_level {
    OWN_LOG_DEBUG,
    OWN_LOG_INFO,
    OWN_LOG_WARNING,
    OWN_LOG_ERROR,
};

enum own_log_target {
    OWN_LOG_AUTO, /* the journal when stderr is its stream (JOURNAL_STREAM), else stderr */
    OWN_LOG_STDERR,
    OWN_LOG_JOURNAL,
};

enum {
    OWN_LOG_LINE_BYTES_MAX = 4096,
    OWN_LOG_FIELDS_MAX = 16,
    OWN_LOG_EVENTS_MAX = 256, /* names that are limited one by one */
};

struct own_log_options {
    enum own_log_target target;
    enum own_log_level level; /* lower ones are left out */
    int fd;                   /* instead of stderr; 0: stderr */
    size_t burst;             /* lines of one event in a minute; 0: 20 */
};

/* One name and value; made by the functions below. */
struct own_log_field {
    const char *name; /* [a-z][a-z0-9_]*; not time, level, event, suppressed */
    struct slice text;
    int64_t number;
    bool is_number;
};

static inline struct own_log_field log_text(const char *name, struct slice text)
{
    return (struct own_log_field){.name = name, .text = text};
}

static inline struct own_log_field log_str(const char *name, const char *text)
{
    return (struct own_log_field){.name = name, .text = slice_from_str(text)};
}

static inline struct own_log_field log_number(const char *name, int64_t number)
{
    return (struct own_log_field){.name = name, .number = number, .is_number = true};
}

struct own_log;

struct own_log *own_log_new(const struct own_log_options *options) __attribute__((returns_nonnull));

/* Writes what is still counted. NULL is fine. */
void own_log_free(struct own_log *log);

/* Any thread. `event`: a literal of the same form as field names. A log of NULL takes everything
 * and says nothing, for tests of what logs. */
void own_log_write(struct own_log *log, enum own_log_level level, const char *event,
                   const struct own_log_field *fields, size_t count);

/* The same at a given time (UTC, microseconds): for tests of the limits. */
void own_log_write_at(struct own_log *log, int64_t now_us, enum own_log_level level,
                      const char *event, const struct own_log_field *fields, size_t count);

/* An event of which each is worth its line, as a login: written however often it comes. */
void own_log_write_each(struct own_log *log, enum own_log_level level, const char *event,
                        const struct own_log_field *fields, size_t count);

/* Writes how many lines of which events were held back, once their minute is over. Now and then;
 * nothing is lost without it but time. */
void own_log_tick(struct own_log *log, int64_t now_us);

/* OWN_LOG(log, OWN_LOG_WARNING, "source_silent", log_str("file", path), log_number("seconds", 95));
 * at least one field. */
#define OWN_LOG(log, level, event, ...) \
    own_log_write((log), (level), (event), (const struct own_log_field[]){__VA_ARGS__}, \
                  sizeof((const struct own_log_field[]){__VA_ARGS__}) / \
                      sizeof(struct own_log_field))

#endif
