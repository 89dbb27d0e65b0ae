/* SPDX-License-Identifier: Apache-2.0
 *
 * All followed logs of the daemon: what each is, where reading goes on after a start, a reload and
 * a full history, and how far they are.
 *
 * No source counts before all are there: what a message brings does not depend on the order in
 * which sources are read. So they warm up together (daemon_source.h), and go together to the lines
 * behind what was committed.
 *
 * Feed's thread, or before that runs. Bounded by the logs of the settings.
 */
#ifndef TD_APP_DAEMON_SOURCES_H
#define TD_APP_DAEMON_SOURCES_H

#include "app/daemon_source.h"
#include "app/daemon_state_json.h"
#include "io/clock.h"
#include "io/own_log.h"
#include "store/history.h"
#include "store/history_reader.h"

struct daemon_sources {
    struct daemon_source *list; /* in the order of the settings: the numbers of the feed */
    size_t count;
    bool warming; /* one may not be EXACT yet; daemon_sources_end_warming ends it */
};

/* Where positions are kept, and who is told of one that is lost. All borrowed. */
struct daemon_sources_kept {
    struct history *history;
    struct history_reader *reader; /* of it; NULL: nothing is kept, all logs are new ones */
    struct own_log *log;
};

/* As the settings name them, all EXACT: where they are read on is not known yet. zone outlives
 * them, the settings need not. */
struct daemon_sources *daemon_sources_new(const struct settings *settings, struct clock_zone *zone);
void daemon_sources_free(struct daemon_sources *sources);

/* By its name in the history (`file:/var/log/mail.log`); NULL: none. Lives as long as they do. */
struct daemon_source *daemon_sources_find(const struct daemon_sources *sources, struct slice name);

/* At a start: each goes on where the history says (daemon_position.h), and warms up. False and err:
 * the history cannot be read. */
bool daemon_sources_resume(struct daemon_sources *sources, const struct daemon_sources_kept *kept,
                           struct err *err);

/* In a feed that runs already with these numbers: each goes on behind what was committed of the one
 * of its name `before`, and warms up; one that was not followed until now where the history knows,
 * or as a new one. What cannot be read of that is told, and the log is read as a new one. Waits up
 * to two seconds for the writer when there is a new one. */
void daemon_sources_read_on(struct daemon_sources *sources, const struct daemon_sources *before,
                            struct log_feed *feed, const struct daemon_sources_kept *kept);

/* Whether all have warmed up: then they have been sent to where they are exact, and their lines
 * count from there. From the feed's tick only. */
bool daemon_sources_end_warming(struct daemon_sources *sources, struct log_feed *feed);

/* Whether there was a moment at which nothing more was to be read of any. */
bool daemon_sources_caught_up(const struct daemon_sources *sources, struct log_feed *feed);

/* How long ago, as of steady_us (clock_steady_us), the oldest line that comes again to warm up was
 * read first, at most; 0: none comes again. */
int64_t daemon_sources_warm_us(const struct daemon_sources *sources, int64_t steady_us);

/* The latest daemon_source_settle_before of all. */
int64_t daemon_sources_settle_before(const struct daemon_sources *sources);

/* The number of the line that source i read last, for correlator_at. */
uint64_t daemon_sources_line(const struct daemon_sources *sources, size_t i);

/* By message->line: whether an earlier run told the end of the message; and that it is told now. */
bool daemon_sources_has_told(const struct daemon_sources *sources, const struct message *message,
                             enum message_leave leave);
void daemon_sources_tell(struct daemon_sources *sources, const struct message *message,
                         enum message_leave leave);

/* Adds the positions of those of which ends were told since theirs was added last, so that a batch
 * has both. */
void daemon_sources_keep_ends(struct daemon_sources *sources, struct history_batch *batch,
                              int64_t steady_us);

/* The history has taken the batch with what daemon_source_format gave of each. */
void daemon_sources_commit(struct daemon_sources *sources);

/* What is recorded, and not read again to warm up, need not stay in the spools of listeners. Waits
 * up to 50 ms for the writer; when it is not through, spools stay as they are. */
void daemon_sources_let_spools_go(const struct daemon_sources *sources, struct log_feed *feed,
                                  struct history *history);

/* How far each is, to be freed (mem_free); names are borrowed, what the feed does not know yet is 0
 * lines with behind_bytes -1. */
struct daemon_log_state *daemon_sources_state(const struct daemon_sources *sources,
                                              struct log_feed *feed);

#endif
