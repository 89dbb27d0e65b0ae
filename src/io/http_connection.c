/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_connection.h; unix(7) on SO_PEERCRED.
 */
#include "io/http_connection.h"

#include <stdio.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "io/socket_address.h"

static const char TOO_SLOW[] = "HTTP/1.1 408 Request Timeout\r\n"
                               "Connection: close\r\n"
                               "Content-Length: 0\r\n"
                               "\r\n";

void http_connections_done(struct http_connections *connections)
{
    mem_free(connections->by_fd);
    *connections = (struct http_connections){0};
}

static void name_tcp(const struct sockaddr_storage *from, struct http_peer *peer)
{
    const struct sockaddr *address = (const struct sockaddr *)from;
    struct endpoint endpoint = {.kind = ENDPOINT_TCP,
                                .ip = socket_address_ip(address),
                                .port = socket_address_port(address)};
    CLEANUP_BUF struct buf text = {0};
    endpoint_format(&endpoint, &text);
    (void)snprintf(peer->text, sizeof(peer->text), "%s", buf_str(&text));
}

static void name_unix(int fd, struct http_peer *peer)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    peer->is_unix = true;
    peer->uid = (uid_t)-1;
    peer->gid = (gid_t)-1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0) {
        peer->uid = who.uid;
        peer->gid = who.gid;
        peer->pid = who.pid;
    }
    snprintf(peer->text, sizeof(peer->text), "unix pid %ld uid %lu", (long)peer->pid,
             (unsigned long)peer->uid);
}

static void list_add(struct http_connection *connection)
{
    struct http_connection_list *list = &connection->door->lists[connection->phase];
    connection->before = list->last;
    connection->after = NULL;
    if (list->last)
        list->last->after = connection;
    else
        list->first = connection;
    list->last = connection;
}

static void list_remove(struct http_connection *connection)
{
    struct http_connection_list *list = &connection->door->lists[connection->phase];
    if (connection->before)
        connection->before->after = connection->after;
    else
        list->first = connection->after;
    if (connection->after)
        connection->after->before = connection->before;
    else
        list->last = connection->before;
    connection->before = connection->after = NULL;
}

struct http_connection *http_connection_new(struct http_connections *connections,
                                            struct http_door *door, int fd,
                                            const struct sockaddr_storage *from, int64_t now_us)
{
    size_t index = (size_t)fd;
    if (index >= connections->size) {
        size_t size = (index + 1) * 2;
        connections->by_fd = mem_resize(connections->by_fd, size, sizeof(*connections->by_fd));
        memset(connections->by_fd + connections->size, 0,
               (size - connections->size) * sizeof(*connections->by_fd));
        connections->size = size;
    }
    ASSERT(connections->by_fd[index].connection == NULL);
    struct http_connection *connection = MEM_NEW(struct http_connection);
    connections->by_fd[index].connection = connection;
    connection->fd = fd;
    connection->door = door;
    connection->since_us = now_us;
    if (door->socket.is_unix)
        name_unix(fd, &connection->peer);
    else
        name_tcp(from, &connection->peer);
    door->connections++;
    list_add(connection);
    return connection;
}

struct http_connection *http_connection_find(const struct http_connections *connections, int fd)
{
    return fd >= 0 && (size_t)fd < connections->size ? connections->by_fd[fd].connection : NULL;
}

void http_connection_free(struct http_connections *connections, struct http_connection *connection)
{
    connections->by_fd[connection->fd].connection = NULL;
    list_remove(connection);
    connection->door->connections--;
    mem_free(connection);
}

void http_connection_enter(struct http_connection *connection, enum http_phase phase,
                           int64_t now_us)
{
    list_remove(connection);
    connection->phase = phase;
    connection->since_us = now_us;
    list_add(connection);
}

/* Shuts the socket down both ways, with a 408 first when `speaking`: the library reads an end of
 * file and closes it. */
static void end(struct http_connection *connection)
{
    if (connection->ended)
        return;
    connection->ended = true;
    if (connection->speaking)
        (void)send(connection->fd, TOO_SLOW, sizeof(TOO_SLOW) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(connection->fd, SHUT_RDWR);
}

size_t http_door_end_old(struct http_door *door, enum http_phase phase, int64_t before_us,
                         size_t max)
{
    size_t ended = 0;
    struct http_connection *connection = door->lists[phase].first;
    for (; connection && connection->since_us <= before_us && ended < max;
         connection = connection->after) {
        if (connection->ended)
            continue;
        end(connection);
        ended++;
    }
    return ended;
}

int64_t http_door_oldest_us(const struct http_door *door, enum http_phase phase)
{
    const struct http_connection *connection = door->lists[phase].first;
    while (connection && connection->ended)
        connection = connection->after;
    return connection ? connection->since_us : INT64_MAX;
}
