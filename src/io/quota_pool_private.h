/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the pool of quota servers: a server with its questions (quota_server.c), a connection
 * of it (quota_link.c), and the servers on their loop (quota_pool.c).
 */
#ifndef TD_IO_QUOTA_POOL_PRIVATE_H
#define TD_IO_QUOTA_POOL_PRIVATE_H

#include "io/quota_pool.h"

#include <uv.h>

enum { QUOTA_READ_BYTES = 4096 };

/* A connection. Freed when libuv has closed its handle. */
struct quota_link {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    uv_connect_t connect;
    uv_write_t write;
    struct quota_server *server;    /* NULL: it has given this one up */
    struct quota_ask *first, *last; /* sent and not answered, in their order */
    size_t asks;
    struct buf rest;         /* begin of an answer */
    struct buf out, sending; /* to be sent; of the write under way */
    int64_t begun_us;
    int error; /* it could not even begin */
    bool up, writing;
    bool proved;  /* it has answered something */
    bool leaving; /* takes no more questions */
};

struct quota_server {
    struct quota_pool *pool;
    struct slice name; /* owned */
    struct endpoint endpoint;
    size_t connections_max;
    bool leaving; /* not one of the pool's any more: ends with its last question */
    struct quota_link *links[QUOTA_CONNECTIONS_MAX];
    struct quota_ask *oldest, *newest; /* not answered, by due_us */
    struct quota_ask *first, *last;    /* not sent */
    size_t asks;                       /* not answered */
    struct quota_breaker breaker;
    struct quota_numbers numbers;
    int64_t delay_us;
    struct err fault;
};

struct quota_handles;

struct quota_pool {
    struct quota_pool_options options;
    uv_loop_t *loop; /* NULL: not begun */
    struct quota_handles *handles;
    struct quota_server **servers; /* in the order of the plans, then those that leave */
    size_t count, leaving;
    char bytes[QUOTA_READ_BYTES]; /* uv reads one connection at a time */
};

/* ---- quota_link.c ---- */

/* Begins to connect; never fails at once. */
struct quota_link *quota_link_new(struct quota_server *server);

/* The server has given it up, and takes its questions back before. */
void quota_link_close(struct quota_link *link);

/* Sends a question behind those that were sent. */
void quota_link_send(struct quota_link *link, struct quota_ask *ask);

/* ---- quota_server.c ---- */

struct quota_server *quota_server_new(struct quota_pool *pool,
                                      const struct quota_server_plan *plan);
void quota_server_free(struct quota_server *server);

/* What it has is given up: DOWN. */
void quota_server_give_up(struct quota_server *server);

/* No more connections than that: those that are too many end as soon as nothing is asked on them.
 */
void quota_server_set_connections(struct quota_server *server, size_t connections);

/* Those whose time is over are LATE. */
void quota_server_look(struct quota_server *server, int64_t now_us);

/* From a link: it is up; ... */
void quota_server_connected(struct quota_server *server);
/* ... it has ended, or could not be made: a libuv error; ... */
void quota_server_lost(struct quota_link *link, int error);
/* ... it says nonsense; ... */
void quota_server_nonsense(struct quota_link *link, const char *why);
/* ... an answer to its first question. The link may be gone afterwards. */
void quota_server_answered(struct quota_link *link, const struct quota_said *said);

/* ---- quota_pool.c ---- */

/* Has quota_server_look called at that time or before. */
void quota_pool_watch(struct quota_pool *pool, int64_t due_us);

/* Frees servers that have left. The last thing that a callback of the loop does. */
void quota_pool_tidy(struct quota_pool *pool);

#endif
