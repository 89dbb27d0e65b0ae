/* SPDX-License-Identifier: Apache-2.0
 *
 * See header_server.h. The doors let in (door_loop.h); the library gets the connection and waits
 * for its bytes in an epoll descriptor of its own, which the loop watches. It is run before the
 * loop sleeps, whenever it was stirred, until it has nothing more to do: it must be, since what it
 * has resumed or found ready wakes nobody.
 */
#include "io/header_server_private.h"

#include <unistd.h>

#include "base/memory.h"
#include "io/fd_limit.h"

enum {
    PLACES_MORE = 64, /* for those that give way, until the library has closed them */
    RUNS_AT_ONCE = 16,
    RUNS_AT_END = 1000,
};

static const int64_t PATIENCE_US = 5000000, ANSWER_WAIT_US = 10000000;

void header_count(struct header_server *server, uint64_t *counter)
{
    pthread_mutex_lock(&server->lock);
    ++*counter;
    pthread_mutex_unlock(&server->lock);
}

/* ---- the library in the loop ---- */

static bool has_more_to_do(const struct header_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    return MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES && wait_ms == 0;
}

static void on_restless(uv_idle_t *idle)
{
    struct header_server *server = idle->data;
    server->stirred = true;
}

static void on_driver(uv_prepare_t *driver)
{
    struct header_server *server = driver->data;
    if (!server->stirred)
        return;
    for (int i = 0; i < RUNS_AT_ONCE && server->stirred; i++) {
        server->stirred = false;
        MHD_run(server->daemon);
        server->stirred = server->stirred || has_more_to_do(server);
    }
    if (server->stirred)
        uv_idle_start(&server->restless, on_restless);
    else
        uv_idle_stop(&server->restless);
}

static void on_events(uv_poll_t *poll, int status, int events)
{
    struct header_server *server = poll->data;
    (void)status;
    (void)events;
    server->stirred = true;
}

static void begin_events(struct header_server *server, uv_loop_t *loop)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ASSERT(info != NULL);
    int code = uv_poll_init(loop, &server->events, info->epoll_fd);
    ASSERT(code == 0);
    uv_prepare_init(loop, &server->driver);
    uv_idle_init(loop, &server->restless);
    server->events.data = server->driver.data = server->restless.data = server;
    uv_poll_start(&server->events, UV_READABLE, on_events);
    uv_prepare_start(&server->driver, on_driver);
}

/* ---- what the doors call ---- */

static void on_begin(void *data, uv_loop_t *loop)
{
    struct header_server *server = data;
    begin_events(server, loop);
    if (server->options.begin != NULL)
        server->options.begin(server->options.context, loop);
}

static void on_let_in(void *data, int fd, const struct sockaddr_storage *from, socklen_t length)
{
    struct header_server *server = data;
    const struct sockaddr *address = (const struct sockaddr *)from;
    struct header_connection *connection = header_connection_new(server, fd, address);
    if (connection == NULL) {
        door_loop_refused(server->doors);
        close(fd);
        return;
    }
    uint64_t before = server->free_count;
    server->entering = connection;
    server->stirred = true;
    /* If it fails the library has closed the descriptor, and may have said so. */
    if (MHD_add_connection(server->daemon, fd, address, length) != MHD_YES &&
        server->free_count == before)
        header_connection_free(connection);
    server->entering = NULL;
}

static void on_tick(void *data, int64_t now_us)
{
    struct header_server *server = data;
    header_connections_end_late(server, now_us);
    if (server->options.tick != NULL)
        server->options.tick(server->options.context);
}

static void on_end_connections(void *data)
{
    struct header_server *server = data;
    header_connections_end(server);
    for (int i = 0; i < RUNS_AT_END && server->free_count < server->place_count; i++)
        MHD_run(server->daemon);
}

static void on_end(void *data)
{
    struct header_server *server = data;
    if (server->options.end != NULL)
        server->options.end(server->options.context);
    uv_close((uv_handle_t *)&server->events, NULL);
    uv_close((uv_handle_t *)&server->driver, NULL);
    uv_close((uv_handle_t *)&server->restless, NULL);
    MHD_stop_daemon(server->daemon); /* after the loop has let go of its descriptor */
    server->daemon = NULL;
}

static const struct door_calls calls = {
    .begin = on_begin,
    .let_in = on_let_in,
    .tick = on_tick,
    .end_connections = on_end_connections,
    .end = on_end,
};

/* ---- life ---- */

static struct header_server *server_new(const struct header_server_options *options)
{
    struct header_server *server = MEM_NEW(struct header_server);
    server->options = *options;
    if (server->options.connections_max == 0)
        server->options.connections_max = HEADER_CONNECTIONS;
    if (server->options.patience_us == 0)
        server->options.patience_us = PATIENCE_US;
    if (server->options.answer_wait_us == 0)
        server->options.answer_wait_us = ANSWER_WAIT_US;
    pthread_mutex_init(&server->lock, NULL);
    server->place_count = server->options.connections_max + PLACES_MORE;
    server->places = MEM_NEW_ARRAY(struct header_connection, server->place_count);
    server->free_places = MEM_NEW_ARRAY(size_t, server->place_count);
    while (server->free_count < server->place_count) {
        server->free_places[server->free_count] = server->place_count - 1 - server->free_count;
        server->free_count++;
    }
    return server;
}

struct header_server *header_server_start(const struct header_server_options *options,
                                          struct err *err)
{
    struct header_server *server = server_new(options);
    const struct door_loop_options doors = {
        .addresses = options->addresses,
        .address_count = options->address_count,
        .group = options->group,
        .calls = &calls,
        .data = server,
        .connections_max = server->place_count,
        .unfed_us = options->unfed_us,
        .stalled_us = options->stalled_us,
    };
    (void)fd_limit_raise();
    if (header_exchange_start(server, err) &&
        (server->doors = door_loop_new(&doors, err)) != NULL && door_loop_run(server->doors, err))
        return server;
    header_server_stop(server);
    return NULL;
}

void header_server_stop(struct header_server *server)
{
    if (server == NULL)
        return;
    door_loop_free(server->doors);
    if (server->daemon != NULL) /* the thread never ran */
        MHD_stop_daemon(server->daemon);
    pthread_mutex_destroy(&server->lock);
    mem_free(server->places);
    mem_free(server->free_places);
    mem_free(server);
}

/* ---- other threads ---- */

bool header_server_feed(struct header_server *server)
{
    return door_loop_feed(server->doors);
}

void header_server_counts(struct header_server *server, struct header_counts *out)
{
    struct door_counts doors;
    door_loop_counts(server->doors, &doors);
    pthread_mutex_lock(&server->lock);
    *out = server->counts;
    pthread_mutex_unlock(&server->lock);
    out->connections = doors.connections;
    out->refused = doors.refused;
    out->cut_off = doors.cut_off;
    out->open = doors.open;
    out->fault = doors.fault;
}
