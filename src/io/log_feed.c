/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_feed.h. Made and freed by the main thread.
 */
#include "io/log_feed_private.h"

#include <string.h>

#include "io/log_feed_spec.h"
#include "io/thread.h"

static struct feed_plan *plan_new(const struct log_feed_options *options, void (*done)(void *user))
{
    ASSERT(options->count <= LOG_FEED_SOURCES_MAX);
    struct feed_plan *plan = MEM_NEW(struct feed_plan);
    plan->arena = arena_new(4096);
    plan->options = *options;
    plan->done = done;
    struct log_feed_source *copies = arena_alloc(plan->arena, options->count * sizeof(*copies) + 1);
    for (size_t i = 0; i < options->count; i++)
        copies[i] = log_feed_spec_copy(&options->sources[i], plan->arena);
    plan->options.sources = copies;
    if (options->spool_folder != NULL)
        plan->options.spool_folder =
            arena_copy(plan->arena, options->spool_folder, strlen(options->spool_folder));
    return plan;
}

void feed_plan_free(struct feed_plan *plan)
{
    if (plan == NULL)
        return;
    arena_free(plan->arena);
    mem_free(plan);
}

static void feed_free(struct log_feed *feed)
{
    feed_plan_free(feed->plan);
    mem_free(feed->statuses);
    mem_free(feed->kept);
    pthread_mutex_destroy(&feed->lock);
    mem_free(feed);
}

struct log_feed *log_feed_start(const struct log_feed_options *options, const struct log_sink *sink,
                                struct err *err)
{
    struct log_feed *feed = MEM_NEW(struct log_feed);
    feed->sink = *sink;
    pthread_mutex_init(&feed->lock, NULL);
    feed->plan = plan_new(options, NULL);
    if (!feed_loop_init(feed, err)) {
        feed_free(feed);
        return NULL;
    }
    if (thread_start(&feed->thread, feed_loop_run, feed) == 0)
        return feed;
    err_set(err, ERR_IO, "cannot start the thread that reads logs (raise TasksMax or ulimit -u)");
    feed_loop_done(feed);
    feed_free(feed);
    return NULL;
}

void log_feed_stop(struct log_feed *feed)
{
    if (feed == NULL)
        return;
    pthread_mutex_lock(&feed->lock);
    feed->stopping = true;
    pthread_mutex_unlock(&feed->lock);
    uv_async_send(&feed->wake);
    pthread_join(feed->thread, NULL);
    feed_loop_done(feed);
    feed_free(feed);
}

void log_feed_reload(struct log_feed *feed, const struct log_feed_options *options,
                     void (*done)(void *user))
{
    struct feed_plan *plan = plan_new(options, done);
    pthread_mutex_lock(&feed->lock);
    struct feed_plan *before = feed->plan;
    feed->plan = plan;
    pthread_mutex_unlock(&feed->lock);
    feed_plan_free(before);
    uv_async_send(&feed->wake);
}

void log_feed_keep(struct log_feed *feed, size_t source, const struct log_position *position)
{
    pthread_mutex_lock(&feed->lock);
    if (source < feed->status_count)
        feed->kept[source] = *position;
    pthread_mutex_unlock(&feed->lock);
}

bool log_feed_status(struct log_feed *feed, size_t source, struct log_feed_status *status)
{
    pthread_mutex_lock(&feed->lock);
    bool known = source < feed->status_count;
    if (known)
        *status = feed->statuses[source];
    pthread_mutex_unlock(&feed->lock);
    return known;
}
