/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the server of header questions: what runs it (header_server.c), its connections with
 * their places and deadlines (header_connection.c), and one question on its way through
 * libmicrohttpd (header_exchange.c).
 */
#ifndef TD_IO_HEADER_SERVER_PRIVATE_H
#define TD_IO_HEADER_SERVER_PRIVATE_H

#include "io/header_server.h"

#include <sys/socket.h>

#include <microhttpd.h>
#include <pthread.h>
#include <uv.h>

#include "io/door_loop.h"

/*      HEAD -> ASKED -> ANSWERING -> IDLE (HTTP/1.1) -> HEAD ...
 *
 * Any of them -> ENDED: shut down by us, the library closes it soon. */
enum header_phase {
    HEADER_HEAD,      /* a whole head is waited for, since the connection or the request line */
    HEADER_IDLE,      /* kept after an answer */
    HEADER_ASKED,     /* suspended, but within ask */
    HEADER_ANSWERING, /* its bytes are to be taken */
    HEADER_ENDED,
};
enum { HEADER_PHASES = HEADER_ENDED + 1 };

struct header_connection {
    struct header_server *server;
    struct MHD_Connection *handle; /* NULL: the place is free */
    struct MHD_Response *answer;   /* to be queued; NULL: none yet */
    struct ip_address peer;
    uint64_t serial; /* of the question: no ticket outlives it */
    int64_t since_us;
    int fd; /* the library's to close */
    enum header_phase phase;
    bool is_unix, suspended;
    bool called; /* with the head that came last */
    bool spoke;  /* a request line has come, no question was made of it */
    struct header_connection *before, *after; /* in the list of its phase */
};

struct header_list {
    struct header_connection *first, *last; /* oldest first */
};

struct header_server {
    struct header_server_options options; /* no zeros left */
    struct door_loop *doors;
    struct MHD_Daemon *daemon;

    /* The thread only. */
    uv_poll_t events;    /* of the library's epoll descriptor */
    uv_prepare_t driver; /* runs the library before the loop sleeps */
    uv_idle_t restless;  /* active: the loop does not sleep, the library has more to do */
    bool stirred;        /* the library has something to do */
    struct header_connection *places;
    size_t *free_places, free_count, place_count;
    struct header_list lists[HEADER_PHASES];
    size_t at_home;                     /* connections but ENDED ones */
    struct header_connection *entering; /* handed to the library just now */
    uint64_t serial;                    /* of the newest question */
    struct header_field fields[HEADER_LINES_MAX];
    size_t field_count; /* may be one more than there is room for */

    pthread_mutex_t lock;        /* guards what follows */
    struct header_counts counts; /* but for what the doors count */
};

/* Adds one to a counter of server->counts. */
void header_count(struct header_server *server, uint64_t *counter);

/* ---- header_connection.c ---- */

/* A place for a new one, in HEAD; NULL: all are at work. */
struct header_connection *header_connection_new(struct header_server *server, int fd,
                                                const struct sockaddr *from);

/* Gives the place back; the descriptor is not touched. */
void header_connection_free(struct header_connection *connection);

void header_connection_enter(struct header_connection *connection, enum header_phase phase);

/* Shuts it down; the library has to run then. */
void header_connection_end(struct header_connection *connection);

/* Ends those that are in their phase for too long. */
void header_connections_end_late(struct header_server *server, int64_t now_us);

void header_connections_end(struct header_server *server);

/* ---- header_exchange.c ---- */

/* The library, with its callbacks and no socket of its own. False and err: it does not start. */
bool header_exchange_start(struct header_server *server, struct err *err);

#endif
