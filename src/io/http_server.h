/* SPDX-License-Identifier: Apache-2.0
 *
 * An HTTP/1.1 server for the control socket, the API, the dashboard and /metrics: a const table of
 * routes behind any number of listeners. HTTP itself is libmicrohttpd's.
 *
 * Threads. One web thread owns all connections and runs the quick handlers; `workers` threads run
 * those marked slow, at most `slow_max` at a time and in wait, more get 503; questions by unix
 * socket go first, so that `todoku status` is answered while the web is not. Handlers get the
 * context that was given at the start, from any of these threads at once: it must be safe for
 * that. State belongs to the domain thread, which publishes immutable texts (snapshot.h); a handler
 * reads those, or asks the domain thread by a queue of its own. A quick handler never blocks.
 *
 * What hostile clients meet, each with a test: a bound of connections per listener, below the
 * limit of descriptors (the oldest connection without a whole request gives way, else 503); a
 * deadline for a whole request, however slowly it drips (408), and one for taking the answer;
 * bounds for the head (414, 431) and the body (413; a body without Content-Length is 411); 404, 405
 * with Allow, 501 for none; no CORS headers; headers that protect pages. Errors are JSON, to a
 * browser pages (see http_response_error), except those that libmicrohttpd answers before it knows
 * the request.
 */
#ifndef TD_IO_HTTP_SERVER_H
#define TD_IO_HTTP_SERVER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/http_guard.h"
#include "io/http_route.h"
#include "io/listen_socket.h"

enum { HTTP_LISTENERS_MAX = 16 };

/* Where the server listens. */
struct http_listener {
    const char *address; /* see listen_socket.h */
    const char *group;   /* of a unix socket's file; NULL: the process's */
    enum http_write_rule write;
    bool check_host;          /* refuse (421) a Host that http_guard_host does not know */
    const char *const *hosts; /* further names, host_count of them; must outlive the server */
    size_t host_count;
    size_t connections_max; /* 0: 2,048 for TCP, 256 for a unix socket */
};

/* All zero: the defaults. */
struct http_limits {
    size_t head_bytes;   /* request line and headers; 16 KiB. Memory per connection */
    size_t body_bytes;   /* 1 MiB */
    int64_t request_ms;  /* from the last answer, or the connection, to a whole request; 15,000 */
    int64_t answer_ms;   /* from the answer to its last byte taken; 60,000 */
    int64_t give_way_ms; /* a connection this long without a request may be closed for a new one
                            when the listener is full; 1,000 */
    size_t workers;      /* threads for slow handlers; 2 */
    size_t slow_max;     /* slow requests running and in wait; 64 */
};

/* Listening sockets that are kept open between a server and the next one: who connects meanwhile
 * waits in their queues. Zeros to begin. */
struct http_numbers;

struct http_sockets {
    struct http_kept_socket {
        struct buf name; /* address and group */
        struct listen_socket socket;
    } sockets[HTTP_LISTENERS_MAX];
    size_t count;
};

struct http_server_options {
    const struct http_route *routes; /* must outlive the server */
    size_t route_count;
    void *context; /* of the handlers */
    struct http_limits limits;
    struct http_numbers *numbers; /* where it counts (http_numbers.h); outlives it; NULL: nowhere */
    const char *token; /* for HTTP_WRITE_WITH_TOKEN; copied; NULL: nobody may write there */
    const char *signature[HTTP_SIGNATURE_MAX]; /* names of the headers by which handlers of
                                                  HTTP_SLOW_SIGNED judge; static; NULL: none */
    struct http_sockets *kept; /* sockets with the address and group of a listener are used again,
                                  and are back here when the start fails; NULL: none */
};

struct http_server;

/* Opens all listeners, raises the limit of descriptors, starts the threads. NULL and err: the first
 * that could not be. */
struct http_server *http_server_start(const struct http_server_options *options,
                                      const struct http_listener *listeners, size_t count,
                                      struct err *err);

/* Closes the listeners, lets running handlers end and answers be taken (at most a second), ends the
 * threads. NULL is fine. */
void http_server_stop(struct http_server *server);

/* As http_server_stop, but for the listening sockets: they stay open in *kept. */
void http_server_stop_keeping(struct http_server *server, struct http_sockets *kept);

/* Closes those that no server took again. */
void http_sockets_close(struct http_sockets *kept);

/* The TCP port of listener i, for those opened with port 0. */
uint16_t http_server_port(const struct http_server *server, size_t i);

/* Counts since the start. */
struct http_server_counts {
    int64_t connections_open; /* now */
    int64_t accepted;         /* refused ones too */
    int64_t refused;          /* 503: a listener was full */
    int64_t gave_way;         /* closed for a newer one */
    int64_t timed_out;        /* request or answer took too long */
    int64_t responses[6];     /* by hundreds: [2] counts 200 to 299 */
};

/* Any thread. */
struct http_server_counts http_server_counts(const struct http_server *server);

#endif
