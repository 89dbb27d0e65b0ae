/* SPDX-License-Identifier: Apache-2.0
 *
 * All live sources of log lines, run by one thread of its own: followed files, the journal, syslog
 * listeners. Woken by the kernel when something is written, and once a second for what the kernel
 * does not tell (network file systems). While much comes, a source is read at most every 10 ms, in
 * blocks of 256 KiB, one block a source in turn: so none starves another, and a system call brings
 * more than a thousand lines.
 *
 * Listeners have a second thread that only receives and appends to spool files, so that a slow sink
 * never makes the kernel drop datagrams; the feed follows these files. See syslog_receiver.h for
 * what can be lost.
 *
 * The sink is called by the feed's thread only. It may take its time: files and spools wait.
 */
#ifndef TD_IO_LOG_FEED_H
#define TD_IO_LOG_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/log_source.h"
#include "io/syslog_listener.h"

enum log_feed_kind {
    LOG_FEED_FILE,
    LOG_FEED_JOURNAL,
    LOG_FEED_SYSLOG,
};

/* Borrowed during the call. */
struct log_feed_source {
    enum log_feed_kind kind;
    /* A path; for the journal what journal.h opens ("" for this machine's); for syslog the name of
     * its spool file in the state directory: letters, digits, - . _ */
    const char *name;
    struct log_position from; /* as saved; count 0 and no cursor: none */
    int64_t since_us;         /* without a position: log_tail.h; a journal's first entry */
    const struct syslog_listener_options *listener; /* syslog only */
};

struct log_feed_status {
    int64_t behind_bytes; /* written but not yet given; -1: not known (journal) */
    uint64_t lines;       /* given since the start */
    uint64_t cut_lines;   /* longer than 64 KiB */
    int64_t last_line_us; /* clock_steady_us of the last batch; 0: none yet */
    bool caught_up;       /* there was a moment with nothing more to give; or it is not there */
    enum log_source_state state;
    struct err why; /* of another state than LOG_SOURCE_READS */
    struct syslog_counts syslog;
};

struct log_feed;

struct log_feed_options {
    const struct log_feed_source *sources; /* their index is the sink's source number */
    size_t count;                          /* at most LOG_FEED_SOURCES_MAX */
    const char *spool_folder; /* for syslog; made if missing; NULL: no syslog sources */
    int64_t spool_bytes_max;  /* of each syslog source, on disk; at least 1 MiB */
    int64_t linger_us;        /* log_tail.h */
};

enum { LOG_FEED_SOURCES_MAX = 1024 };

/* Starts the thread. What is wrong with a source is told to the sink and tried again; NULL and err
 * only when there is no thread, loop or inotify to be had. sink is copied. */
struct log_feed *log_feed_start(const struct log_feed_options *options, const struct log_sink *sink,
                                struct err *err);

/* Ends the batch at hand, closes everything, joins the threads. NULL is fine. */
void log_feed_stop(struct log_feed *feed);

/* From any thread: from soon on these sources instead, with their new numbers. One that has the
 * same kind, name and listener goes on where it is, `from` is not used. `done` is called by the
 * feed's thread between the last call with old and the first with new numbers. A call before
 * `done` of the one before replaces it. */
void log_feed_reload(struct log_feed *feed, const struct log_feed_options *options,
                     void (*done)(void *user));

/* From any thread: everything up to `position` of a syslog source is kept elsewhere for good: its
 * spool files before that may go. Without this a spool fills up and what comes is dropped. */
void log_feed_keep(struct log_feed *feed, size_t source, const struct log_position *position);

/* From the sink's tick only: the source goes on from `to` instead, at its next turn; with an empty
 * one as at a first start. It is not caught up until then. */
void log_feed_seek(struct log_feed *feed, size_t source, const struct log_position *to);

/* From any thread: as of the last turn. False: no such source (yet). */
bool log_feed_status(struct log_feed *feed, size_t source, struct log_feed_status *status);

#endif
