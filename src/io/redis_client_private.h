/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the client of Redis: its state, and what its connection (redis_link.c), the way there
 * (redis_way.c) and its questions (redis_client.c) do for each other.
 */
#ifndef TD_IO_REDIS_CLIENT_PRIVATE_H
#define TD_IO_REDIS_CLIENT_PRIVATE_H

#include "io/redis_client.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <uv.h>

/* A connection, to Redis or to a Sentinel, on the loop. Ends itself when hiredis lets it go. */
struct redis_link {
    uv_poll_t poll;
    redisAsyncContext *context;  /* NULL: ended */
    struct redis_client *client; /* NULL: it has given this one up */
    bool connecting, reads, writes, blocked;
    int events; /* that are waited for */
};

enum redis_state {
    REDIS_DOWN,
    REDIS_RESOLVING, /* the name of a host */
    REDIS_SEEKING,   /* a Sentinel is asked where the master is */
    REDIS_GREETING,  /* connecting, and all that comes before the first question */
    REDIS_UP,
    REDIS_SLOW,
};

/* A question as hiredis keeps it until Redis answers. */
struct redis_pending {
    struct redis_client *client;
    struct redis_question *question; /* NULL: given up */
    struct redis_pending *free;      /* the next one that nobody has */
};

struct host_finder;

struct redis_client {
    struct redis_address address;
    struct slice script;
    int64_t deadline_us;
    void (*changed)(void *context, bool up);
    void *context;

    uv_loop_t *loop; /* NULL: not begun */
    struct redis_handles *handles;
    enum redis_state state;
    int64_t since_us; /* of the state; steady clock */
    struct err fault;

    struct host_finder *finder; /* REDIS_RESOLVING: of `wanted` */
    struct redis_host wanted;
    struct redis_link *link;
    struct redis_host found; /* what the Sentinel said; port 0: ask it */
    size_t tries;
    char sha[41];

    struct redis_question *oldest, *newest; /* not answered */
    struct redis_pending *free;
    size_t pending;
    int64_t ping_us; /* sent and not answered; 0: none */
    int64_t heard_us;
    struct buf command;
};

/* ---- redis_link.c ---- */

/* Begins to connect; path NULL: to host and port. NULL: no descriptor, or nonsense. */
struct redis_link *redis_link_new(struct redis_client *client, const char *host, int port,
                                  const char *path);

/* Ends it; what it was asked is answered with NULL. NULL is fine. */
void redis_link_end(struct redis_link *link);

/* Sends what was asked since the last time. */
void redis_link_flush(struct redis_link *link);

/* ---- redis_way.c ---- */

/* From REDIS_DOWN on. */
void redis_way_begin(struct redis_client *client);
void redis_way_end(struct redis_client *client);

/* Looks after the look-up, in REDIS_RESOLVING. */
void redis_way_look(struct redis_client *client);

/* Loads the script once more. */
void redis_way_load(struct redis_client *client);

/* ---- redis_client.c ---- */

/* Enters a state; of REDIS_DOWN the reason is in client->fault. */
void redis_client_enter(struct redis_client *client, enum redis_state state);

/* Gives the connection up: down, because of that. */
void redis_client_fail(struct redis_client *client, const char *what, struct slice why);

/* From the link: it has ended by itself. */
void redis_client_lost(struct redis_client *client, const char *why);

#endif
