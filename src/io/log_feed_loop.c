/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop of a feed, see log_feed.h. An entry is dirty when it may have something to give; while
 * one is, the idle handle gives each dirty entry one turn an iteration, so that commands get
 * through. When none is left, the kernel's events are not asked for until the pace timer fired:
 * what is written line by line is then read in blocks.
 */
#include "io/log_feed_private.h"

#include "io/clock.h"
#include "io/journal_follow.h"
#include "io/log_feed_spec.h"
#include "io/log_tail.h"
#include "io/syslog_source.h"

enum { FIRST_MS = 50, SECOND_MS = 1000, PACE_MS = 10 };

static void on_written(uv_poll_t *handle, int status, int events);

/* --- Turns --- */

static void note_status(struct log_feed *feed, size_t index)
{
    struct feed_entry *entry = feed->entries[index];
    struct log_source *source = entry->source;
    struct log_feed_status status = {
        .behind_bytes = source->class->behind(source),
        .lines = source->lines,
        .cut_lines = source->class->cut_lines(source),
        .caught_up = entry->caught_up,
        .state = source->state,
        .why = source->why,
    };
    if (source->lines != entry->lines_seen)
        entry->last_line_us = clock_steady_us();
    entry->lines_seen = source->lines;
    status.last_line_us = entry->last_line_us;
    struct log_position kept = {0};
    if (entry->spec.kind == LOG_FEED_SYSLOG)
        syslog_source_counts(source, &status.syslog);
    pthread_mutex_lock(&feed->lock);
    feed->statuses[index] = status;
    kept.count = feed->kept[index].count;
    if (kept.count > 0)
        kept = feed->kept[index];
    feed->kept[index].count = 0;
    pthread_mutex_unlock(&feed->lock);
    if (kept.count > 0 && entry->spec.kind == LOG_FEED_SYSLOG)
        syslog_source_keep(source, &kept);
}

static void close_poll(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void work_begin(struct log_feed *feed);

static void on_readable(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    struct feed_poll *poll = handle->data;
    poll->entry->dirty = true;
    work_begin(poll->entry->feed);
}

static void drop_poll(struct feed_entry *entry)
{
    if (entry->poll == NULL)
        return;
    uv_poll_stop(&entry->poll->handle);
    uv_close((uv_handle_t *)&entry->poll->handle, close_poll);
    entry->poll = NULL;
}

/* Asks the kernel about the descriptor that the source has now. */
static void update_poll(struct log_feed *feed, struct feed_entry *entry)
{
    const struct log_source_class *class = entry->source->class;
    int descriptor = class->descriptor != NULL ? class->descriptor(entry->source) : -1;
    if (descriptor == (entry->poll != NULL ? entry->poll->descriptor : -1))
        return;
    drop_poll(entry);
    if (descriptor < 0)
        return;
    struct feed_poll *poll = MEM_NEW(struct feed_poll);
    if (uv_poll_init(&feed->loop, &poll->handle, descriptor) != 0) {
        mem_free(poll); /* once a second will do */
        return;
    }
    poll->entry = entry;
    poll->descriptor = descriptor;
    poll->handle.data = poll;
    entry->poll = poll;
    uv_poll_start(&poll->handle, UV_READABLE, on_readable);
}

static void take_turn(struct log_feed *feed, size_t index)
{
    struct feed_entry *entry = feed->entries[index];
    struct log_source *source = entry->source;
    entry->dirty = source->class->turn(source, clock_steady_us(), &feed->block) == LOG_TURN_MORE;
    entry->caught_up = entry->caught_up || !entry->dirty;
    if (source->class->watch(source, feed->watch, entry->owner))
        entry->dirty = true;
    update_poll(feed, entry);
    note_status(feed, index);
}

static void on_pace(uv_timer_t *timer)
{
    struct log_feed *feed = timer->data;
    uv_poll_start(&feed->written, UV_READABLE, on_written);
}

static void on_work(uv_idle_t *idle)
{
    struct log_feed *feed = idle->data;
    bool more = false;
    for (size_t i = 0; i < feed->count; i++) {
        if (feed->entries[i]->dirty)
            take_turn(feed, i);
        more = more || feed->entries[i]->dirty;
    }
    if (more)
        return;
    uv_idle_stop(idle);
    uv_timer_start(&feed->pace, on_pace, PACE_MS, 0);
}

static void work_begin(struct log_feed *feed)
{
    if (feed->closing)
        return;
    uv_poll_stop(&feed->written);
    uv_timer_stop(&feed->pace);
    uv_idle_start(&feed->work, on_work);
}

static void mark(void *user, size_t owner)
{
    struct log_feed *feed = user;
    for (size_t i = 0; i < feed->count; i++)
        if (feed->entries[i]->owner == owner)
            feed->entries[i]->dirty = true;
}

static void on_written(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    struct log_feed *feed = handle->data;
    log_watch_take(feed->watch, mark, feed);
    work_begin(feed);
}

static void on_second(uv_timer_t *timer)
{
    struct log_feed *feed = timer->data;
    for (size_t i = 0; i < feed->count; i++)
        feed->entries[i]->dirty = true;
    work_begin(feed);
    if (feed->sink.tick != NULL)
        feed->sink.tick(feed->sink.user);
}

/* --- Sources --- */

static struct log_source *make_source(struct log_feed *feed, const struct feed_plan *plan,
                                      const struct log_feed_source *spec)
{
    switch (spec->kind) {
    case LOG_FEED_FILE: {
        struct log_tail_options options = {
            .path = spec->name, .since_us = spec->since_us, .linger_us = plan->options.linger_us};
        return log_tail_new(&options, &spec->from, &feed->sink);
    }
    case LOG_FEED_JOURNAL:
        return journal_follow_new(spec->name, spec->since_us, &spec->from, &feed->sink);
    case LOG_FEED_SYSLOG: {
        struct syslog_source_options options = {
            .name = spec->name,
            .folder = plan->options.spool_folder,
            .bytes_max = plan->options.spool_bytes_max,
            .listener = spec->listener,
        };
        ASSERT(options.folder != NULL && options.listener != NULL);
        return syslog_source_new(&options, &spec->from, &feed->sink);
    }
    }
    return NULL;
}

static struct feed_entry *entry_new(struct log_feed *feed, const struct feed_plan *plan,
                                    const struct log_feed_source *spec)
{
    struct feed_entry *entry = MEM_NEW(struct feed_entry);
    entry->arena = arena_new(1024);
    entry->spec = log_feed_spec_copy(spec, entry->arena);
    entry->feed = feed;
    entry->linger_us = plan->options.linger_us;
    entry->owner = feed->owners++;
    entry->source = make_source(feed, plan, &entry->spec);
    return entry;
}

static void entry_free(struct feed_entry *entry)
{
    drop_poll(entry);
    log_watch_drop(entry->feed->watch, entry->owner);
    entry->source->class->free(entry->source);
    arena_free(entry->arena);
    mem_free(entry);
}

/* Takes the entry that follows the same out of the old ones. */
static struct feed_entry *take_same(struct log_feed *feed, const struct log_feed_source *spec)
{
    for (size_t i = 0; i < feed->count; i++) {
        struct feed_entry *entry = feed->entries[i];
        if (entry == NULL || !log_feed_spec_is_same(&entry->spec, spec))
            continue;
        feed->entries[i] = NULL;
        return entry;
    }
    return NULL;
}

static void drop_entries(struct log_feed *feed)
{
    for (size_t i = 0; i < feed->count; i++)
        if (feed->entries[i] != NULL)
            entry_free(feed->entries[i]);
    mem_free(feed->entries);
    feed->entries = NULL;
    feed->count = 0;
}

void log_feed_seek(struct log_feed *feed, size_t source, const struct log_position *to)
{
    struct feed_entry *entry = feed->entries[source];
    ASSERT(source < feed->count);
    if (entry->spec.kind == LOG_FEED_SYSLOG) {
        syslog_source_seek(entry->source, to); /* its listener stays */
    } else {
        struct feed_plan plan = {.options = {.linger_us = entry->linger_us}};
        struct log_feed_source spec = entry->spec;
        spec.from = *to;
        drop_poll(entry);
        entry->source->class->free(entry->source);
        entry->source = make_source(feed, &plan, &spec);
        entry->source->number = source;
        entry->lines_seen = 0;
    }
    entry->caught_up = false;
    entry->dirty = true;
    note_status(feed, source);
    work_begin(feed);
}

static void resize_statuses(struct log_feed *feed, size_t count)
{
    pthread_mutex_lock(&feed->lock);
    mem_free(feed->statuses);
    mem_free(feed->kept);
    feed->statuses = MEM_NEW_ARRAY(struct log_feed_status, count + 1);
    feed->kept = MEM_NEW_ARRAY(struct log_position, count + 1);
    feed->status_count = count;
    pthread_mutex_unlock(&feed->lock);
}

/* Old listeners are closed before new ones are made: they may want the same address. */
static void follow_plan(struct log_feed *feed, const struct feed_plan *plan)
{
    size_t count = plan->options.count;
    struct feed_entry **entries = MEM_NEW_ARRAY(struct feed_entry *, count + 1);
    for (size_t i = 0; i < count; i++)
        entries[i] = take_same(feed, &plan->options.sources[i]);
    drop_entries(feed);
    for (size_t i = 0; i < count; i++) {
        if (entries[i] == NULL)
            entries[i] = entry_new(feed, plan, &plan->options.sources[i]);
        entries[i]->source->number = i;
        entries[i]->dirty = true;
    }
    feed->entries = entries;
    feed->count = count;
    resize_statuses(feed, count);
    if (plan->done != NULL)
        plan->done(feed->sink.user);
    work_begin(feed);
}

/* --- Life --- */

static void close_all(struct log_feed *feed)
{
    feed->closing = true;
    drop_entries(feed);
    uv_close((uv_handle_t *)&feed->written, NULL);
    uv_close((uv_handle_t *)&feed->second, NULL);
    uv_close((uv_handle_t *)&feed->pace, NULL);
    uv_close((uv_handle_t *)&feed->work, NULL);
    uv_close((uv_handle_t *)&feed->wake, NULL);
}

static void on_wake(uv_async_t *wake)
{
    struct log_feed *feed = wake->data;
    pthread_mutex_lock(&feed->lock);
    bool stopping = feed->stopping;
    struct feed_plan *plan = feed->plan;
    feed->plan = NULL;
    pthread_mutex_unlock(&feed->lock);
    if (plan != NULL && !stopping)
        follow_plan(feed, plan);
    feed_plan_free(plan);
    if (stopping && !feed->closing)
        close_all(feed);
}

static bool loop_failed(struct log_feed *feed, int code, struct err *err)
{
    log_watch_free(feed->watch);
    return err_set(err, ERR_LIBRARY, "event loop: %s (raise LimitNOFILE?)", uv_strerror(code));
}

bool feed_loop_init(struct log_feed *feed, struct err *err)
{
    feed->watch = log_watch_new(err);
    if (feed->watch == NULL)
        return false;
    int code = uv_loop_init(&feed->loop);
    if (code != 0)
        return loop_failed(feed, code, err);
    code = uv_async_init(&feed->loop, &feed->wake, on_wake);
    if (code != 0) {
        uv_loop_close(&feed->loop);
        return loop_failed(feed, code, err);
    }
    code = uv_poll_init(&feed->loop, &feed->written, log_watch_descriptor(feed->watch));
    if (code != 0) {
        uv_close((uv_handle_t *)&feed->wake, NULL);
        uv_run(&feed->loop, UV_RUN_DEFAULT);
        uv_loop_close(&feed->loop);
        return loop_failed(feed, code, err);
    }
    uv_timer_init(&feed->loop, &feed->second);
    uv_timer_init(&feed->loop, &feed->pace);
    uv_idle_init(&feed->loop, &feed->work);
    feed->wake.data = feed->written.data = feed->second.data = feed->pace.data = feed->work.data =
        feed;
    block_init(&feed->block, LOG_SOURCE_BLOCK_BYTES);
    return true;
}

void *feed_loop_run(void *data)
{
    struct log_feed *feed = data;
    uv_timer_start(&feed->second, on_second, FIRST_MS, SECOND_MS);
    on_wake(&feed->wake);
    uv_run(&feed->loop, UV_RUN_DEFAULT);
    return NULL;
}

void feed_loop_done(struct log_feed *feed)
{
    if (!feed->closing) { /* the thread never ran */
        close_all(feed);
        uv_run(&feed->loop, UV_RUN_DEFAULT);
    }
    int code = uv_loop_close(&feed->loop);
    ASSERT(code == 0);
    log_watch_free(feed->watch);
    block_done(&feed->block);
}
