/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the server that answers: its state, and what its listeners (answer_server.c) and its
 * connections (answer_connection.c) do for each other.
 */
#ifndef TD_IO_ANSWER_SERVER_PRIVATE_H
#define TD_IO_ANSWER_SERVER_PRIVATE_H

#include "io/answer_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "io/listen_socket.h"

enum { ANSWER_READ_BYTES = 16 * 1024 };

struct answer_connection {
    uv_poll_t poll;
    int events; /* that are waited for */
    struct answer_server *server;
    struct answer_peer peer;
    size_t slot;
    int fd;
    bool waits;               /* its first question, for answer_resume */
    struct buf input, output; /* the begin of a question; what is to be sent */
    size_t sent;
    int64_t last_us; /* of a byte */
    int64_t busy_us; /* a question is unfinished or an answer not taken since; 0: neither */
};

/* Where it listens. */
struct answer_door {
    struct answer_server *server;
    struct buf address;
    uv_poll_t *poll;             /* NULL: does not listen */
    struct listen_socket socket; /* guarded by the lock, as what follows */
    struct err fault;
};

struct answer_server {
    struct answer_server_options options;
    struct buf group;
    pthread_t thread;
    atomic_int_fast64_t fed_us, turned_us; /* steady clock */

    /* The thread only. */
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timer;
    struct answer_door doors[ANSWER_ADDRESSES_MAX];
    size_t door_count;
    struct answer_connection **connections;
    uint64_t serial; /* of the newest connection */
    bool begun;      /* options.begin was called and options.end was not */
    int spare_fd;    /* given up for a moment to turn somebody away; -1: none */
    unsigned ticks;
    char bytes[ANSWER_READ_BYTES];

    pthread_mutex_t lock; /* guards what follows */
    int *fds;             /* as connections; -1: none */
    bool cut, stopping;
    struct answer_counts counts;
};

/* Adds one to a counter of server->counts. */
void answer_count(struct answer_server *server, uint64_t *counter);

/* Takes over a descriptor that was accepted; closes it when there is no place. */
void answer_connection_let_in(struct answer_server *server, int fd, const struct answer_peer *peer);

void answer_connection_close(struct answer_connection *connection);

/* Closes those that are late or idle for too long. */
void answer_connections_end_late(struct answer_server *server, int64_t now_us);

void answer_connections_end(struct answer_server *server);

/* Of a handle whose data is all of its memory. */
void answer_free_handle(uv_handle_t *handle);

#endif
