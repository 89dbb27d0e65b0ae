/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the history, in the daemon or beside it: a connection of its own that never writes. What
 * it sees is what has been committed; a call sees one state of the file. One thread a reader.
 *
 * The lock of a writer is never waited for; a reader does not stop the writer either.
 */
#ifndef TD_STORE_HISTORY_READER_H
#define TD_STORE_HISTORY_READER_H

#include "base/buf.h"
#include "base/err.h"
#include "store/history_batch.h"

struct history_reader;

/* NULL and err: there is none, or not of this form. */
struct history_reader *history_reader_open(const char *folder, struct err *err);
void history_reader_free(struct history_reader *reader);

/* Rows about one address, login, id, ... */
struct history_query {
    enum history_key key;
    struct slice text;
    int64_t since_us, until_us; /* since <= time < until */
    size_t limit;               /* the newest ones, at most HISTORY_FOUND_MAX */
};

#define HISTORY_FOUND_MAX 100000

struct history_found {
    struct history_row *rows; /* in order of time */
    size_t count;
    bool more;        /* there are older ones */
    uint64_t damaged; /* blocks that could not be read */
    struct arena *arena;
};

/* Fills *out, to be ended with history_found_done; false and err: the file cannot be read. */
bool history_find(struct history_reader *reader, const struct history_query *query,
                  struct history_found *out, struct err *err);
void history_found_done(struct history_found *found);

/* All rows of a time, one after the other in order of time. Holds back no writer: rows that are
 * dropped for their age meanwhile are left out. */
struct history_stream;

/* since <= time < until. NULL and err: the file cannot be read. The reader outlives the stream. */
struct history_stream *history_stream_open(struct history_reader *reader, int64_t since_us,
                                           int64_t until_us, struct err *err);
void history_stream_free(struct history_stream *stream);

/* The next row; it lives until the next call. NULL: the end. */
const struct history_row *history_stream_next(struct history_stream *stream);

/* Blocks so far that could not be read (damaged), or had been dropped. */
uint64_t history_stream_damaged(const struct history_stream *stream);
uint64_t history_stream_dropped(const struct history_stream *stream);

/* Sums of one hour, path and class of reply. */
struct history_hour {
    int64_t begin_us;
    struct slice relay, source, provider, class;
    uint64_t attempts, sent, deferred, bounced; /* attempts that count */
    uint64_t expired;
};

struct history_span {
    int64_t since_us, until_us; /* since <= time < until */
};

/* Calls `take` for each, in order of hours, of those that begin within the span. Slices live as
 * long as the call. False and err: not all has been told. */
bool history_hours(struct history_reader *reader, const struct history_span *span,
                   void (*take)(void *data, const struct history_hour *hour), void *data,
                   struct err *err);

/* First tries of recipients within one hour, with the names of its kind. */
struct history_volume {
    int64_t begin_us;
    struct slice relay, source, provider;
    struct slice domain; /* of a sender, in lower case; of the kind SENDERS empty: all together */
    uint64_t recipients;
};

enum history_volume_kind {
    HISTORY_VOLUME_PATHS,     /* the newest hour first */
    HISTORY_VOLUME_SENDERS,   /* of mail with a login; the newest hour first; domains with few in an
                               * hour may be missing */
    HISTORY_VOLUME_PROVIDERS, /* the oldest hour first */
};

struct history_volume_query {
    enum history_volume_kind kind;
    int64_t since_us, until_us; /* hours that begin in since <= begin < until */
    int64_t wait_us;            /* at most */
};

/* Calls `take` for each of the hours, and gives up after wait_us. False and err: not all has been
 * told. */
bool history_volumes(struct history_reader *reader, const struct history_volume_query *query,
                     void (*take)(void *data, const struct history_volume *volume), void *data,
                     struct err *err);

/* Where reading `name` is to go on: appends it. False without err->code: there is none. */
bool history_position(struct history_reader *reader, struct slice name, struct buf *to,
                      struct err *err);

/* The same once more, kept apart: for when the other is damaged. */
bool history_position_spare(struct history_reader *reader, struct slice name, struct buf *to,
                            struct err *err);

/* Calls `take` for each counter, in order of names. */
bool history_counters(struct history_reader *reader,
                      void (*take)(void *data, struct slice name, int64_t value), void *data,
                      struct err *err);

struct history_incident_query {
    bool only_open;
    int64_t since_us, until_us; /* open at some time of since .. until */
    struct slice id;            /* only this one; empty: all */
    size_t limit;               /* the newest ones by their beginning */
};

/* Calls `take` for each, the newest first. */
bool history_incidents(struct history_reader *reader, const struct history_incident_query *query,
                       void (*take)(void *data, const struct history_incident *incident),
                       void *data, struct err *err);

/* How much there is. */
struct history_extent {
    uint64_t rows, segments;
    int64_t begin_us, end_us; /* of the rows; both 0: none */
    int64_t used_bytes;       /* of the file */
};

/* False and err: the file cannot be read; *out means nothing then. */
bool history_extent_get(struct history_reader *reader, struct history_extent *out, struct err *err);

#endif
