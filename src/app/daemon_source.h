/* SPDX-License-Identifier: Apache-2.0
 *
 * One followed log as the daemon sees it: how its stamps are read, and where reading goes on after
 * a restart.
 *
 * What is kept in the history is the place behind the last line that was counted, and one some way
 * before it, a mark. A restart reads from the mark first (`warm`), so that open messages and
 * detectors know what they knew; then goes to the exact place and counts from there. So it does not
 * matter for the counting of lines whether the warm ones are the same as before: a rotated file
 * that was written on meanwhile gives them in another order, one that is gone gives none.
 *
 * A message ends some time after its last line, by the clock of all logs, which lines that are read
 * again do not bring back. But messages of one log settle in the order of the lines that closed
 * them: so the number of the last such line says which ends were told (docs/decisions/0052).
 *
 *      WARM_LINES SECONDS_OLD SETTLED IDLE MARK_POSITION \n EXACT_POSITION \n HASH    as kept
 *
 * SETTLED and IDLE are numbers of lines from the mark on.
 *
 *      warm --(lines read, or no more there)--> held --(all sources are)--> exact
 */
#ifndef TD_APP_DAEMON_SOURCE_H
#define TD_APP_DAEMON_SOURCE_H

#include "app/settings.h"
#include "io/log_position.h"
#include "mail/log_record.h"
#include "watch/correlator.h"
#include "watch/log_clock.h"

/* Read again at most: a second or two; and longer than a message waits for its next try, by
 * Postfix' maximal_backoff_time of 4,000 s, so that each that waits has a line there. */
#define WARM_LINES 2000000
#define WARM_US INT64_C(4500000000)
#define WARM_MARKS 32

enum source_stage {
    SOURCE_EXACT, /* its lines count */
    SOURCE_WARM,  /* they were counted before */
    SOURCE_HELD,  /* they are left out; it waits for others that are warm */
};

/* Where it was begun: daemon_position.h. */
enum source_place { PLACE_NEW, PLACE_KEPT, PLACE_SPARE, PLACE_LOST };

/* A place to which reading may go back. */
struct source_mark {
    struct log_position position;
    uint64_t lines; /* of this run before it */
    int64_t steady_us;
    int64_t now_us; /* the newest time of all lines */
};

/* Up to which line the ends of messages have been told. */
struct source_ends {
    uint64_t settled; /* of those that this line or one before it closed */
    uint64_t idle;    /* of those that were open, whose last line this is or one before it */
};

struct daemon_source {
    struct buf name; /* in the history: `file:/var/log/mail.log` */
    bool listens;    /* for syslog: what comes is in a spool first */
    struct stamp_context stamps;
    struct log_clock clock;
    enum source_stage stage;
    enum source_place place;
    struct buf trouble;        /* LOST: what is wrong with its place */
    int64_t known_until_us;    /* LOST: stamp up to which lines are in the history; 0: none are */
    struct log_position exact; /* unless it is EXACT: where it will be */
    struct log_position here;  /* behind the last line that was read; HELD: exact */
    uint64_t lines;            /* of this run, warm ones too */
    struct source_ends past;   /* told by an earlier run */
    struct source_ends ends;   /* told by now */
    bool ends_told;            /* some were since daemon_source_format */
    uint64_t warm_left;        /* WARM: lines that come again still, at most */
    uint64_t new_lines;        /* read and not counted yet */
    uint64_t warm_lines;       /* between the oldest mark and now, at most */
    struct buf given;          /* what daemon_source_format wrote into the batch at hand */
    struct buf committed;      /* and what the history has taken; empty: nothing yet */
    struct source_mark marks[WARM_MARKS];
    size_t first_mark, mark_count;
};

/* EXACT and without a position: a log that is read from its beginning, or from now on, as the
 * feed's options say. zone (and zone_data, borrowed) as for stamp_context_init. */
void daemon_source_init(struct daemon_source *source, const struct settings_log *log,
                        stamp_zone_fn zone, void *zone_data);
/* "new", "kept", "spare", "lost" */
const char *daemon_source_place_word(enum source_place place);
void daemon_source_done(struct daemon_source *source);

/* From what daemon_source_format wrote; steady_us: now. It is warm then, and is to be read from
 * daemon_source_mark_kept. False and err: no such text, or not as it was written. */
bool daemon_source_resume(struct daemon_source *source, struct slice kept, int64_t steady_us,
                          struct err *err);

/* The oldest mark; NULL: none. */
const struct log_position *daemon_source_mark_kept(const struct daemon_source *source);

/* WARM: how long ago, as of steady_us, the lines from there were read first, at most; else 0. */
int64_t daemon_source_warm_us(const struct daemon_source *source, int64_t steady_us);

/* WARM: the line before `after` was not yet counted, it comes again. */
bool daemon_source_is_ahead(const struct daemon_source *source, const struct log_position *after);

/* LOST: a line with this stamp (or none) was counted by an earlier run, as no later one has come
 * yet. From the first later one on, and after daemon_source_forget, none was. */
bool daemon_source_is_known(struct daemon_source *source, int64_t time_us);
void daemon_source_forget(struct daemon_source *source);

/* It is the one before, made anew: of its place the same is known. */
void daemon_source_inherit(struct daemon_source *source, const struct daemon_source *before);

/* The end of a message whose line is this one of the source was told by an earlier run. */
bool daemon_source_has_told(const struct daemon_source *source, uint64_t line,
                            enum message_leave leave);

/* It has been told now: daemon_source_format will say so. */
void daemon_source_tell(struct daemon_source *source, uint64_t line, enum message_leave leave);

/* WARM: that was all there is to warm up with. */
void daemon_source_hold(struct daemon_source *source);

/* Reads a line as the next of this source; now_us: the wall clock. A stamp without a year is of the
 * one that stamp_year_near says, whatever the lines before it were stamped with. Returns the time
 * to use for it: now_us for one that is stamped more than a day ahead. */
int64_t daemon_source_read(struct daemon_source *source, struct log_parser *parser,
                           struct slice line, int64_t now_us, struct log_record *out);

/* All lines up to `at` have been read, of any source until now_us (STAMP_NONE: nothing yet). */
void daemon_source_mark(struct daemon_source *source, const struct log_position *at,
                        int64_t steady_us, int64_t now_us);

/* Behind the time when half of the lines that a restart may read again had not come yet: messages
 * that were closed before have to settle, or a restart would know nothing of them. INT64_MIN: not
 * so many came. */
int64_t daemon_source_settle_before(const struct daemon_source *source);

/* What to keep with the rows of all lines read so far, the last one before `at`. Lives until the
 * next call. */
struct slice daemon_source_format(struct daemon_source *source, const struct log_position *at,
                                  int64_t steady_us);

/* The history has taken the batch with it. */
void daemon_source_commit(struct daemon_source *source);

#endif
