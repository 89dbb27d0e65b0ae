/* SPDX-License-Identifier: Apache-2.0
 *
 * The two sides of a feed: log_feed.c is called from any thread, log_feed_loop.c runs in the
 * feed's own. What both touch is guarded by the lock.
 */
#ifndef TD_IO_LOG_FEED_PRIVATE_H
#define TD_IO_LOG_FEED_PRIVATE_H

#include <pthread.h>
#include <uv.h>

#include "base/memory.h"
#include "io/block.h"
#include "io/log_feed.h"
#include "io/log_source.h"
#include "io/log_watch.h"

/* What to follow: copies of options, made by the caller's thread, then given to the feed's. */
struct feed_plan {
    struct arena *arena;
    struct log_feed_options options;
    void (*done)(void *user); /* NULL for the first */
};

/* uv's handle of a source's descriptor; freed by its close callback. */
struct feed_poll {
    uv_poll_t handle;
    struct feed_entry *entry;
    int descriptor;
};

struct feed_entry {
    struct arena *arena;
    struct log_feed_source spec; /* in the arena */
    struct log_feed *feed;
    struct log_source *source;
    struct feed_poll *poll; /* NULL: none */
    size_t owner;           /* number before log_watch, never used again */
    bool dirty;             /* to have a turn */
    bool caught_up;
    int64_t linger_us; /* as in the options that it was made by */
    uint64_t lines_seen;
    int64_t last_line_us;
};

struct log_feed {
    struct log_sink sink;
    pthread_t thread;

    /* The feed's thread only. */
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t second, pace;
    uv_poll_t written; /* the watch's descriptor */
    uv_idle_t work;    /* active while an entry is dirty */
    struct log_watch *watch;
    struct block block;
    struct feed_entry **entries;
    size_t count, owners;
    bool closing;

    pthread_mutex_t lock; /* guards what follows */
    bool stopping;
    struct feed_plan *plan;           /* to be taken; NULL: none */
    struct log_feed_status *statuses; /* one an entry */
    size_t status_count;
    struct log_position *kept; /* one an entry; count 0: nothing new */
};

/* Prepares the loop, before the thread is there. False and err. */
bool feed_loop_init(struct log_feed *feed, struct err *err);

/* The thread, of a struct log_feed *: runs until stopping. */
void *feed_loop_run(void *data);

/* After the thread: frees what init made. */
void feed_loop_done(struct log_feed *feed);

void feed_plan_free(struct feed_plan *plan);

#endif
