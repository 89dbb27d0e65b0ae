/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the HTTP server share: the server and one request on its way through it.
 */
#ifndef TD_IO_HTTP_SERVER_PRIVATE_H
#define TD_IO_HTTP_SERVER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "io/http_connection.h"
#include "io/http_numbers.h"
#include "io/http_server.h"
#include "io/job_pool.h"

struct MHD_Connection;
struct MHD_Daemon;

struct http_server {
    const struct http_route *routes;
    size_t route_count;
    void *context;
    struct http_limits limits; /* no zeros left */
    char token[HTTP_TOKEN_BYTES_MAX + 1];
    const char *signature[HTTP_SIGNATURE_MAX];

    struct http_door doors[HTTP_LISTENERS_MAX];
    struct buf door_names[HTTP_LISTENERS_MAX]; /* as in struct http_kept_socket */
    size_t door_count;
    struct http_sockets *kept; /* at the start only */
    int wake;                  /* event descriptor: stop */
    bool keeps;                /* its sockets outlive it; set before stopping */
    atomic_bool stopping;
    pthread_t thread;
    bool running;
    struct http_numbers own_numbers, *numbers; /* any thread */

    /* The web thread's. */
    struct MHD_Daemon *daemon;
    int daemon_fd; /* its epoll descriptor */
    struct http_connections connections;
    struct job_pool *workers;
    size_t exchanges;        /* requests begun and not completed */
    int64_t accept_again_us; /* no descriptors left: do not look at the doors before */
};

enum http_stage {
    HTTP_STAGE_LINE,    /* the request line has come */
    HTTP_STAGE_BODY,    /* the head is fine, the body comes */
    HTTP_STAGE_WORKING, /* with a worker; suspended */
    HTTP_STAGE_READY,   /* back from it */
    HTTP_STAGE_ANSWERED,
};

/* One request. Made when its first line is there, freed when the library says it is completed. A
 * worker has it to itself while WORKING. */
struct http_exchange {
    struct job job; /* first */
    struct http_server *server;
    struct http_connection *connection;
    struct MHD_Connection *handle;
    enum http_stage stage;
    const struct http_route *route;
    struct arena *arena; /* of the strings in request */
    struct http_parameter parameters[HTTP_PARAMETERS_MAX];
    struct buf body;
    struct http_request request;
    struct http_response response;
    bool target_refused; /* the first line holds what no honest client sends */
};

#endif
