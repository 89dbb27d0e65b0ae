/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection of the server that answers: polled, since an answer mostly goes out with one system
 * call. The doors hold its descriptor too, so that the owner's thread can shut it down while this
 * one stands still.
 */
#include "io/answer_server_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"

static const int64_t ANSWER_US = 5000000,
                     IDLE_US = 150000000; /* Postfix closes after 100 s itself */

void answer_count(struct answer_server *server, uint64_t *counter)
{
    pthread_mutex_lock(&server->lock);
    ++*counter;
    pthread_mutex_unlock(&server->lock);
}

/* Of a handle whose data is all of its memory. */
static void free_handle(uv_handle_t *handle)
{
    mem_free(handle->data);
}

/* uv lets go of the descriptor before it is closed: its number may be another thread's at once. */
void answer_connection_close(struct answer_connection *connection)
{
    struct answer_server *server = connection->server;
    door_loop_let_go(server->doors, connection->slot);
    server->connections[connection->slot] = NULL;
    uv_close((uv_handle_t *)&connection->poll, free_handle);
    close(connection->fd);
    buf_done(&connection->input);
    buf_done(&connection->output);
}

/* False: the peer is gone. */
static bool send_some(struct answer_connection *connection)
{
    while (connection->sent < connection->output.len) {
        ssize_t sent = send(connection->fd, connection->output.ptr + connection->sent,
                            connection->output.len - connection->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        connection->sent += (size_t)sent;
    }
    buf_clear(&connection->output);
    connection->sent = 0;
    return true;
}

/* False: nonsense. */
static bool answer(struct answer_connection *connection, int64_t now_us)
{
    struct answer_server *server = connection->server;
    struct slice left = buf_slice(&connection->input);
    bool fed = door_loop_is_fed(server->doors, now_us);
    if (!server->options.take(server->options.context, fed, &connection->peer, &left,
                              &connection->output))
        return false;
    if (!connection->waits && left.len > server->options.question_max)
        return false;
    if (left.len < connection->input.len)
        connection->busy_us = 0; /* a whole question was answered: those behind it begin anew */
    if (left.len > 0)
        memmove(connection->input.ptr, left.ptr, left.len);
    connection->input.len = left.len;
    return true;
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Does not read on while an answer is not taken. */
static void wait_on(struct answer_connection *connection, int64_t now_us)
{
    bool untaken = connection->output.len > 0;
    connection->last_us = now_us;
    if (!untaken && connection->input.len == 0)
        connection->busy_us = 0;
    else if (connection->busy_us == 0)
        connection->busy_us = now_us;
    int events = untaken ? UV_WRITABLE : UV_READABLE;
    if (events != connection->events) /* it costs a system call */
        uv_poll_start(&connection->poll, events, on_ready);
    connection->events = events;
}

/* False: there is no more to this connection. */
static bool answer_all(struct answer_connection *connection, int64_t now_us)
{
    struct answer_server *server = connection->server;
    if (answer(connection, now_us))
        return true;
    answer_count(server, &server->counts.bad);
    (void)send_some(connection);
    return false;
}

static void go_on(struct answer_connection *connection, bool good, int64_t now_us)
{
    if (good && send_some(connection))
        wait_on(connection, now_us);
    else
        answer_connection_close(connection);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct answer_connection *connection = poll->data;
    struct answer_server *server = connection->server;
    int64_t now_us = clock_steady_us();
    (void)events;
    if (status == 0 && connection->waits && connection->output.len == 0) {
        uv_poll_stop(poll); /* only now: who sends one question at a time costs no system call */
        connection->events = 0;
        return;
    }
    if (status == 0 && connection->output.len == 0) {
        ssize_t got = recv(connection->fd, server->bytes, ANSWER_READ_BYTES, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got > 0)
            buf_add(&connection->input, slice_of(server->bytes, (size_t)got));
        status = got > 0 && answer_all(connection, now_us) ? 0 : -1;
    }
    go_on(connection, status == 0, now_us);
}

static struct answer_connection *holder_of(const struct answer_ticket *ticket)
{
    struct answer_connection *connection = ticket->server->connections[ticket->slot];
    return connection != NULL && connection->peer.ticket.serial == ticket->serial ? connection
                                                                                  : NULL;
}

void answer_wait(const struct answer_ticket *ticket)
{
    struct answer_connection *connection = holder_of(ticket);
    ASSERT(connection != NULL);
    connection->waits = true;
}

bool answer_resume(const struct answer_ticket *ticket)
{
    struct answer_connection *connection = holder_of(ticket);
    int64_t now_us = clock_steady_us();
    if (connection == NULL || !connection->waits)
        return false;
    connection->waits = false;
    go_on(connection, answer_all(connection, now_us), now_us);
    return true;
}

/* A place; that of the connection with nothing to do for longest if there is no other. max: all
 * are at work. */
static size_t find_slot(struct answer_server *server, size_t max)
{
    size_t idle = max;
    for (size_t i = 0; i < max; i++) {
        const struct answer_connection *one = server->connections[i];
        if (one == NULL)
            return i;
        if (one->busy_us == 0 && (idle == max || one->last_us < server->connections[idle]->last_us))
            idle = i;
    }
    if (idle < max) {
        answer_count(server, &server->counts.gave_way);
        answer_connection_close(server->connections[idle]);
    }
    return idle;
}

void answer_connection_let_in(struct answer_server *server, int fd, const struct answer_peer *peer)
{
    struct answer_connection *connection = MEM_NEW(struct answer_connection);
    size_t max = server->options.connections_max, slot = find_slot(server, max);
    if (slot == max || uv_poll_init(server->loop, &connection->poll, fd) != 0) {
        door_loop_refused(server->doors);
        close(fd);
        mem_free(connection);
        return;
    }
    connection->server = server;
    connection->slot = slot;
    connection->fd = fd;
    connection->peer = *peer;
    connection->peer.ticket = (struct answer_ticket){server, slot, ++server->serial};
    connection->poll.data = connection;
    server->connections[slot] = connection;
    door_loop_hold(server->doors, slot, fd);
    wait_on(connection, clock_steady_us());
}

void answer_connections_end_late(struct answer_server *server, int64_t now_us)
{
    for (size_t i = 0; i < server->options.connections_max; i++) {
        struct answer_connection *one = server->connections[i];
        if (one == NULL || ((one->busy_us == 0 || now_us - one->busy_us < ANSWER_US) &&
                            now_us - one->last_us < IDLE_US))
            continue;
        answer_count(server, &server->counts.late);
        answer_connection_close(one);
    }
}

void answer_connections_end(struct answer_server *server)
{
    for (size_t i = 0; i < server->options.connections_max; i++)
        if (server->connections[i] != NULL)
            answer_connection_close(server->connections[i]);
}
