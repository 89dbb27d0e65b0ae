/* SPDX-License-Identifier: Apache-2.0
 *
 * See answer_server.h. The doors let in (door_loop.h), the connections answer
 * (answer_connection.c); this is what lies between.
 */
#include "io/answer_server_private.h"

#include "base/memory.h"
#include "io/socket_address.h"

static void on_begin(void *data, uv_loop_t *loop)
{
    struct answer_server *server = data;
    server->loop = loop;
    if (server->options.begin != NULL)
        server->options.begin(server->options.context, loop);
}

static void on_let_in(void *data, int fd, const struct sockaddr_storage *from, socklen_t length)
{
    (void)length;
    const struct answer_peer peer = {.ip = socket_address_ip((const struct sockaddr *)from)};
    answer_connection_let_in(data, fd, &peer);
}

static void on_tick(void *data, int64_t now_us)
{
    struct answer_server *server = data;
    answer_connections_end_late(server, now_us);
    if (server->options.tick != NULL)
        server->options.tick(server->options.context);
}

static void on_end_connections(void *data)
{
    answer_connections_end(data);
}

static void on_end(void *data)
{
    struct answer_server *server = data;
    if (server->options.end != NULL)
        server->options.end(server->options.context);
}

static const struct door_calls calls = {
    .begin = on_begin,
    .let_in = on_let_in,
    .tick = on_tick,
    .end_connections = on_end_connections,
    .end = on_end,
};

static struct answer_server *server_new(const struct answer_server_options *options)
{
    struct answer_server *server = MEM_NEW(struct answer_server);
    server->options = *options;
    if (server->options.connections_max == 0)
        server->options.connections_max = ANSWER_CONNECTIONS;
    pthread_mutex_init(&server->lock, NULL);
    server->connections =
        MEM_NEW_ARRAY(struct answer_connection *, server->options.connections_max);
    return server;
}

struct answer_server *answer_server_start(const struct answer_server_options *options,
                                          struct err *err)
{
    struct answer_server *server = server_new(options);
    const struct door_loop_options doors = {
        .addresses = options->addresses,
        .address_count = options->address_count,
        .group = options->group,
        .calls = &calls,
        .data = server,
        .connections_max = server->options.connections_max,
        .unfed_us = options->unfed_us,
        .stalled_us = options->stalled_us,
    };
    server->doors = door_loop_new(&doors, err);
    if (server->doors != NULL && door_loop_run(server->doors, err))
        return server;
    answer_server_stop(server);
    return NULL;
}

void answer_server_stop(struct answer_server *server)
{
    if (server == NULL)
        return;
    door_loop_free(server->doors);
    pthread_mutex_destroy(&server->lock);
    mem_free(server->connections);
    mem_free(server);
}

bool answer_server_feed(struct answer_server *server)
{
    return door_loop_feed(server->doors);
}

void answer_server_counts(struct answer_server *server, struct answer_counts *out)
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
