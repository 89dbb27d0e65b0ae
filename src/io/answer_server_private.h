/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the server that answers: its state, and what it (answer_server.c) and its connections
 * (answer_connection.c) do for each other.
 */
#ifndef TD_IO_ANSWER_SERVER_PRIVATE_H
#define TD_IO_ANSWER_SERVER_PRIVATE_H

#include "io/answer_server.h"

#include <pthread.h>
#include <uv.h>

#include "io/door_loop.h"

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

struct answer_server {
    struct answer_server_options options;
    struct door_loop *doors;

    /* The thread only. */
    uv_loop_t *loop;
    struct answer_connection **connections;
    uint64_t serial; /* of the newest connection */
    char bytes[ANSWER_READ_BYTES];

    pthread_mutex_t lock;        /* guards what follows */
    struct answer_counts counts; /* but for what the doors count */
};

/* Adds one to a counter of server->counts. */
void answer_count(struct answer_server *server, uint64_t *counter);

/* Takes over a descriptor that was accepted; closes it when there is no place. */
void answer_connection_let_in(struct answer_server *server, int fd, const struct answer_peer *peer);

void answer_connection_close(struct answer_connection *connection);

/* Closes those that are late or idle for too long. */
void answer_connections_end_late(struct answer_server *server, int64_t now_us);

void answer_connections_end(struct answer_server *server);

#endif
