/* SPDX-License-Identifier: Apache-2.0
 *
 * Where all followed logs are, and go on. See daemon_sources.h.
 */
#include "app/daemon_sources.h"

#include "app/daemon_position.h"
#include "base/memory.h"
#include "io/clock.h"

#define NEW_WAIT_US INT64_C(2000000) /* for the writer, when a log is new */
#define FLUSH_US 50000               /* reading may wait so long for the history, once a second */

#define LINE_BITS 48 /* of message->line; above them the number of the source from 1 */
#define LINE_MASK ((UINT64_C(1) << LINE_BITS) - 1)

struct daemon_sources *daemon_sources_new(const struct settings *settings, struct clock_zone *zone)
{
    struct daemon_sources *sources = MEM_NEW(struct daemon_sources);
    sources->count = settings->log_count;
    sources->list = MEM_NEW_ARRAY(struct daemon_source, sources->count + 1);
    for (size_t i = 0; i < sources->count; i++)
        daemon_source_init(&sources->list[i], &settings->logs[i], clock_zone_offset, zone);
    return sources;
}

void daemon_sources_free(struct daemon_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        daemon_source_done(&sources->list[i]);
    mem_free(sources->list);
    mem_free(sources);
}

struct daemon_source *daemon_sources_find(const struct daemon_sources *sources, struct slice name)
{
    for (size_t i = 0; i < sources->count; i++)
        if (slice_eq(buf_slice(&sources->list[i].name), name))
            return &sources->list[i];
    return NULL;
}

static void tell_unread(const struct daemon_sources_kept *kept, const struct daemon_source *source,
                        const struct err *err)
{
    OWN_LOG(kept->log, OWN_LOG_ERROR, "position_not_read",
            log_text("log", buf_slice(&source->name)), log_str("reason", err->text));
}

bool daemon_sources_resume(struct daemon_sources *sources, const struct daemon_sources_kept *kept,
                           struct err *err)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (!daemon_position_resume(&sources->list[i], kept->reader, clock_now_us(), kept->log,
                                    err))
            return false;
        sources->warming = sources->warming || sources->list[i].stage != SOURCE_EXACT;
    }
    return true;
}

/* It may have been left out a moment ago: what it brought is written first. */
static void resume_new(struct daemon_source *source, const struct daemon_sources_kept *kept)
{
    struct err err;
    (void)history_flush(kept->history, NEW_WAIT_US);
    if (!daemon_position_resume(source, kept->reader, clock_now_us(), kept->log, &err))
        tell_unread(kept, source, &err);
}

void daemon_sources_read_on(struct daemon_sources *sources, const struct daemon_sources *before,
                            struct log_feed *feed, const struct daemon_sources_kept *kept)
{
    static const struct log_position none = {0};
    for (size_t i = 0; i < sources->count; i++) {
        struct daemon_source *source = &sources->list[i];
        const struct daemon_source *old = daemon_sources_find(before, buf_slice(&source->name));
        if (old == NULL)
            resume_new(source, kept);
        else
            daemon_source_inherit(source, old);
        if (old != NULL && old->committed.len > 0)
            (void)daemon_source_resume(source, buf_slice(&old->committed), clock_steady_us(), NULL);
        log_feed_seek(feed, i,
                      source->stage != SOURCE_EXACT ? daemon_source_mark_kept(source) : &none);
    }
    sources->warming = true;
}

static bool is_caught_up(struct log_feed *feed, size_t number)
{
    struct log_feed_status status;
    return log_feed_status(feed, number, &status) && status.caught_up;
}

bool daemon_sources_end_warming(struct daemon_sources *sources, struct log_feed *feed)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct daemon_source *source = &sources->list[i];
        if (source->stage == SOURCE_WARM && is_caught_up(feed, i))
            daemon_source_hold(source); /* not so many lines are there any more */
        if (source->stage == SOURCE_WARM)
            return false;
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct daemon_source *source = &sources->list[i];
        if (source->stage == SOURCE_HELD)
            log_feed_seek(feed, i, &source->exact);
        source->stage = SOURCE_EXACT;
    }
    sources->warming = false;
    return true;
}

bool daemon_sources_caught_up(const struct daemon_sources *sources, struct log_feed *feed)
{
    for (size_t i = 0; i < sources->count; i++)
        if (!is_caught_up(feed, i))
            return false;
    return true;
}

int64_t daemon_sources_warm_us(const struct daemon_sources *sources, int64_t steady_us)
{
    int64_t longest_us = 0;
    for (size_t i = 0; i < sources->count; i++) {
        int64_t warm_us = daemon_source_warm_us(&sources->list[i], steady_us);
        longest_us = warm_us > longest_us ? warm_us : longest_us;
    }
    return longest_us;
}

int64_t daemon_sources_settle_before(const struct daemon_sources *sources)
{
    int64_t latest_us = INT64_MIN;
    for (size_t i = 0; i < sources->count; i++) {
        int64_t before_us = daemon_source_settle_before(&sources->list[i]);
        latest_us = before_us > latest_us ? before_us : latest_us;
    }
    return latest_us;
}

uint64_t daemon_sources_line(const struct daemon_sources *sources, size_t i)
{
    return (uint64_t)(i + 1) << LINE_BITS | sources->list[i].lines;
}

/* NULL: its line is of none of them. */
static struct daemon_source *source_of(const struct daemon_sources *sources,
                                       const struct message *message)
{
    size_t number = message->line >> LINE_BITS;
    return number == 0 || number > sources->count ? NULL : &sources->list[number - 1];
}

bool daemon_sources_has_told(const struct daemon_sources *sources, const struct message *message,
                             enum message_leave leave)
{
    const struct daemon_source *source = source_of(sources, message);
    return source != NULL && daemon_source_has_told(source, message->line & LINE_MASK, leave);
}

void daemon_sources_tell(struct daemon_sources *sources, const struct message *message,
                         enum message_leave leave)
{
    struct daemon_source *source = source_of(sources, message);
    if (source != NULL)
        daemon_source_tell(source, message->line & LINE_MASK, leave);
}

/* Where reading goes on is known, and is kept. */
static bool has_place(const struct daemon_source *source)
{
    return source->stage == SOURCE_EXACT && source->known_until_us == 0;
}

void daemon_sources_keep_ends(struct daemon_sources *sources, struct history_batch *batch,
                              int64_t steady_us)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct daemon_source *source = &sources->list[i];
        if (source->ends_told && has_place(source))
            history_batch_position(batch, buf_slice(&source->name),
                                   daemon_source_format(source, &source->here, steady_us));
    }
}

void daemon_sources_commit(struct daemon_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        daemon_source_commit(&sources->list[i]);
}

void daemon_sources_let_spools_go(const struct daemon_sources *sources, struct log_feed *feed,
                                  struct history *history)
{
    for (size_t i = 0; i < sources->count; i++) {
        const struct daemon_source *source = &sources->list[i];
        const struct log_position *mark = daemon_source_mark_kept(source);
        if (source->listens && mark != NULL && history_flush(history, FLUSH_US))
            log_feed_keep(feed, i, mark);
    }
}

struct daemon_log_state *daemon_sources_state(const struct daemon_sources *sources,
                                              struct log_feed *feed)
{
    struct daemon_log_state *states = MEM_NEW_ARRAY(struct daemon_log_state, sources->count + 1);
    for (size_t i = 0; i < sources->count; i++) {
        states[i].name = buf_slice(&sources->list[i].name);
        states[i].listens = sources->list[i].listens;
        states[i].place = daemon_source_place_word(sources->list[i].place);
        if (!log_feed_status(feed, i, &states[i].status))
            states[i].status.behind_bytes = -1;
    }
    return states;
}
