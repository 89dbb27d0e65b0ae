/* SPDX-License-Identifier: Apache-2.0
 *
 * Postfix' queue, for the providers whose mail is moved: looks what waits once a minute, and after
 * a change of a route lets what waits be tried at once:
 *
 *      look ──> ids of the provider ──> postqueue -i, one after the other, at a pace ──> look again
 *        └──> much stands in the active queue, which keeps its routes: postfix reload, seldom
 *
 * The second look comes AGAIN_US later and lets go what is deferred still: Postfix' queue manager
 * knows the last address that it asked for during 30 s (resolve_clnt.c, Postfix 3.7), so a few may
 * have gone by the old route.
 *
 * What fails is tried again after 10 s, then twice as long each time up to five minutes. Mail is
 * safe meanwhile: Postfix tries it again by itself, at its own pace, by the new route. Part of
 * daemon_routes.h, in its thread; one job at a time.
 */
#ifndef TD_APP_DAEMON_ROUTES_QUEUE_H
#define TD_APP_DAEMON_ROUTES_QUEUE_H

#include <stdatomic.h>

#include "app/settings.h"
#include "io/job_pool.h"
#include "respond/route_map.h"

struct daemon_routes_queue;

/* All borrowed. */
struct daemon_routes_queue_options {
    const struct settings_postfix *postfix;
    const struct settings_release *release;
    struct job_pool *pool;
};

struct daemon_routes_queue *daemon_routes_queue_new(
    const struct daemon_routes_queue_options *options);

/* Ends a command that runs; before the pool is stopped. */
void daemon_routes_queue_leave(struct daemon_routes_queue *queue);
void daemon_routes_queue_free(
    struct daemon_routes_queue *queue); /* NULL is fine; the pool is stopped */

/* The mail of the provider that waits is to be tried by what the tables say now. */
void daemon_routes_queue_release(struct daemon_routes_queue *queue, struct slice provider,
                                 int64_t now_us);

/* A provider that this was said of and whose mail has not been let go yet, of index from 0; empty:
 * no more. Kept by the caller, so that a daemon that is killed does it after the next start. The
 * revision changes whenever the list does. */
struct slice daemon_routes_queue_wish(const struct daemon_routes_queue *queue, size_t index);
uint64_t daemon_routes_queue_revision(const struct daemon_routes_queue *queue);

/* The filter of Postfix is another one: it is to read its configuration anew. */
void daemon_routes_queue_reload(struct daemon_routes_queue *queue);

/* Has Postfix not yet read all that it is to read? */
bool daemon_routes_queue_reloads(const struct daemon_routes_queue *queue);

/* Begins what is due. Only these providers are looked for; none: nothing is done. */
void daemon_routes_queue_advance(struct daemon_routes_queue *queue,
                                 const struct route_provider *providers, size_t count,
                                 int64_t now_us);

/* What can go wrong, each for itself. */
enum queue_fault { QUEUE_FAULT_QUEUE, QUEUE_FAULT_RELOAD };
#define QUEUE_FAULTS 2

enum queue_news {
    QUEUE_NEWS_NONE,
    QUEUE_NEWS_FAILED,    /* the first time after it went well: the state says why */
    QUEUE_NEWS_RECOVERED, /* the first success after that */
};

/* A job that came back from the pool. False: it is not of these. *fault: what the news are about.
 */
bool daemon_routes_queue_take(struct daemon_routes_queue *queue, struct job *job, int64_t now_us,
                              enum queue_news *news, enum queue_fault *fault);

int64_t daemon_routes_queue_next_due(const struct daemon_routes_queue *queue);

/* Of the last look: when the oldest mail that is deferred arrived; INT64_MAX: none is, or it is not
 * known. */
int64_t daemon_routes_queue_oldest(const struct daemon_routes_queue *queue, struct slice provider);

/* A recipient whose mail waits there, another with each call; empty: none is known. Lives until the
 * next look. */
struct slice daemon_routes_queue_recipient(struct daemon_routes_queue *queue,
                                           struct slice provider);

/* Domains of which mail waits and that belong to none of the providers, as the last look found
 * them; looked_us: when. They live until the next look. */
const struct slice *daemon_routes_queue_strangers(const struct daemon_routes_queue *queue,
                                                  size_t *count, int64_t *looked_us);

/* The message of that recipient is to be tried next, before all others. */
void daemon_routes_queue_try(struct daemon_routes_queue *queue, struct slice provider,
                             struct slice recipient);

struct daemon_routes_queue_state {
    struct {
        bool failing;
        const struct err *why; /* until the next call that is not const */
        int64_t since_us;
    } faults[QUEUE_FAULTS];
    uint64_t released, reloads, failures; /* messages let go, reloads, commands that failed; ever */
    size_t waiting;                       /* messages that are yet to be let go */
};

struct daemon_routes_queue_state daemon_routes_queue_state(const struct daemon_routes_queue *queue);

#endif
