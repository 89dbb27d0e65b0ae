/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections of the server of header questions: their places, and who has had his time. All in one
 * phase have the same deadline, so a list in the order of entering is sorted by it.
 */
#include "io/header_server_private.h"

#include "base/memory.h"
#include "io/clock.h"
#include "io/socket_address.h"

static const int64_t IDLE_US = 60000000,
                     GIVE_WAY_US = 1000000; /* without a head for so long: it may give way */

static void leave_list(struct header_connection *connection)
{
    struct header_list *list = &connection->server->lists[connection->phase];
    *(connection->before ? &connection->before->after : &list->first) = connection->after;
    *(connection->after ? &connection->after->before : &list->last) = connection->before;
}

static void join_list(struct header_connection *connection, enum header_phase phase)
{
    struct header_list *list = &connection->server->lists[phase];
    connection->phase = phase;
    connection->before = list->last;
    connection->after = NULL;
    *(list->last ? &list->last->after : &list->first) = connection;
    list->last = connection;
}

void header_connection_enter(struct header_connection *connection, enum header_phase phase)
{
    leave_list(connection);
    connection->since_us = clock_steady_us();
    join_list(connection, phase);
}

void header_connection_end(struct header_connection *connection)
{
    if (connection->phase == HEADER_ENDED)
        return;
    header_connection_enter(connection, HEADER_ENDED);
    connection->server->at_home--;
    (void)shutdown(connection->fd, SHUT_RDWR);
    if (connection->suspended)
        MHD_resume_connection(connection->handle);
    connection->suspended = false;
    connection->server->stirred = true;
}

/* Whether there is a place, or somebody who has had one long enough without asking. */
static bool has_room(struct header_server *server, int64_t now_us)
{
    if (server->free_count == 0)
        return false;
    if (server->at_home < server->options.connections_max)
        return true;
    struct header_connection *old = server->lists[HEADER_IDLE].first;
    if (old == NULL) {
        old = server->lists[HEADER_HEAD].first;
        if (old == NULL || now_us - old->since_us < GIVE_WAY_US)
            return false;
    }
    header_connection_end(old);
    header_count(server, &server->counts.gave_way);
    return true;
}

struct header_connection *header_connection_new(struct header_server *server, int fd,
                                                const struct sockaddr *from)
{
    int64_t now_us = clock_steady_us();
    if (!has_room(server, now_us))
        return NULL;
    size_t slot = server->free_places[--server->free_count];
    struct header_connection *connection = &server->places[slot];
    *connection = (struct header_connection){
        .server = server,
        .fd = fd,
        .peer = socket_address_ip(from),
        .is_unix = from->sa_family == AF_UNIX,
        .since_us = now_us,
    };
    join_list(connection, HEADER_HEAD);
    server->at_home++;
    door_loop_hold(server->doors, slot, fd);
    return connection;
}

void header_connection_free(struct header_connection *connection)
{
    struct header_server *server = connection->server;
    size_t slot = (size_t)(connection - server->places);
    door_loop_let_go(server->doors, slot);
    if (connection->phase != HEADER_ENDED)
        server->at_home--;
    leave_list(connection);
    if (connection->answer != NULL)
        MHD_destroy_response(connection->answer);
    connection->answer = NULL;
    connection->handle = NULL;
    connection->serial = 0;
    server->free_places[server->free_count++] = slot;
}

static void end_late(struct header_server *server, enum header_phase phase, int64_t before_us,
                     uint64_t *counter)
{
    struct header_connection *first;
    while ((first = server->lists[phase].first) != NULL && first->since_us < before_us) {
        header_count(server, counter);
        header_connection_end(first);
    }
}

void header_connections_end_late(struct header_server *server, int64_t now_us)
{
    struct header_counts *counts = &server->counts;
    end_late(server, HEADER_HEAD, now_us - server->options.patience_us, &counts->late);
    end_late(server, HEADER_IDLE, now_us - IDLE_US, &counts->late);
    end_late(server, HEADER_ANSWERING, now_us - server->options.patience_us, &counts->late);
    end_late(server, HEADER_ASKED, now_us - server->options.answer_wait_us, &counts->unanswered);
}

void header_connections_end(struct header_server *server)
{
    for (int phase = HEADER_HEAD; phase < HEADER_ENDED; phase++)
        while (server->lists[phase].first != NULL)
            header_connection_end(server->lists[phase].first);
}
