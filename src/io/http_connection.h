/* SPDX-License-Identifier: Apache-2.0
 *
 * The connections of an HTTP server as the guard of its doors sees them: which listener they came
 * by, who is there, what they are busy with and since when. Knows nothing of HTTP.
 *
 *      accepted -> WAITING for a whole request -> WORKING (a slow handler) -> ANSWERING --+
 *                     ^                     +------------ quick handler ------->          |
 *                     +---------------------------- next request ------------------------+
 *
 * Every connection of a listener in the same phase has the same deadline, so a list in the order of
 * entering is sorted by it. One thread.
 */
#ifndef TD_IO_HTTP_CONNECTION_H
#define TD_IO_HTTP_CONNECTION_H

#include <stdint.h>

#include "io/http_guard.h"
#include "io/http_message.h"
#include "io/listen_socket.h"

enum http_phase {
    HTTP_WAITING,
    HTTP_WORKING, /* no deadline: the handler's business */
    HTTP_ANSWERING,
};
#define HTTP_PHASES 3

struct http_connection {
    int fd; /* the HTTP library's to close */
    struct http_door *door;
    struct http_peer peer;
    enum http_phase phase;
    int64_t since_us; /* on the steady clock */
    bool speaking;    /* a request line has come, no answer has begun: a 408 makes sense */
    bool ended;       /* shut down by us; the library will notice */
    struct http_connection *before, *after; /* in its list */
};

struct http_connection_list {
    struct http_connection *first, *last; /* oldest first */
};

/* A listener and those who came by it. */
struct http_door {
    struct listen_socket socket;
    enum http_write_rule write;
    bool check_host;
    const char *const *hosts;
    size_t host_count;
    size_t connections, connections_max;
    struct http_connection_list lists[HTTP_PHASES];
};

/* Connections by descriptor. */
struct http_connections {
    struct http_place {
        struct http_connection *connection; /* NULL: no such descriptor, or none of ours */
    } * by_fd;
    size_t size;
};

void http_connections_done(struct http_connections *connections);

/* A new one, WAITING. The peer is found out here. */
struct http_connection *http_connection_new(struct http_connections *connections,
                                            struct http_door *door, int fd,
                                            const struct sockaddr_storage *from, int64_t now_us);

/* NULL: not one of ours. */
struct http_connection *http_connection_find(const struct http_connections *connections, int fd);

/* Forgets it; the descriptor is not touched. */
void http_connection_free(struct http_connections *connections, struct http_connection *connection);

/* It is in this phase since now_us (steady): the newest of its list. */
void http_connection_enter(struct http_connection *connection, enum http_phase phase,
                           int64_t now_us);

/* Ends those that are in `phase` since before_us or longer, oldest first, at most `max`; how many.
 */
size_t http_door_end_old(struct http_door *door, enum http_phase phase, int64_t before_us,
                         size_t max);

/* When the oldest of the phase came into it; INT64_MAX: there is none. */
int64_t http_door_oldest_us(const struct http_door *door, enum http_phase phase);

#endif
