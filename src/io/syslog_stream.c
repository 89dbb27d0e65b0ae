/* SPDX-License-Identifier: Apache-2.0
 *
 * The TCP sockets of a syslog receiver, RFC 6587. A connection is a line of doubly linked ones; it
 * costs some 500 bytes and, while a message of it is unfinished, up to 128 KiB. While the spool is
 * full nothing is read, so the senders keep what they have.
 */
#include "io/syslog_receiver_private.h"

#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/syslog_framer.h"

enum { READ_BYTES = 64 * 1024, BACKLOG = 128, CONNECTIONS_DEFAULT = 512 };

static const int64_t IDLE_DEFAULT_US = INT64_C(3600) * 1000000;

struct connection {
    uv_tcp_t handle;
    struct syslog_receiver *receiver;
    struct connection *next, *before;
    struct syslog_framer framer;
    struct buf rest; /* begin of an unfinished message */
    char peer[SOCKET_ADDRESS_TEXT];
    int64_t last_us; /* of a byte */
    bool stalled;    /* not read: the spool is full */
};

struct stream {
    uv_tcp_t listener;
    struct connection *first;
    char bytes[READ_BYTES]; /* uv reads one connection at a time */
};

static void connection_free(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    buf_done(&connection->rest);
    mem_free(connection);
}

static void connection_close(struct connection *connection)
{
    struct syslog_receiver *receiver = connection->receiver;
    struct stream *stream = receiver->socket;
    if (connection->before != NULL)
        connection->before->next = connection->next;
    else
        stream->first = connection->next;
    if (connection->next != NULL)
        connection->next->before = connection->before;
    receiver->counts.connections--;
    uv_close((uv_handle_t *)&connection->handle, connection_free);
}

/* Spools the messages in *input and leaves the begin of the next. False: no syslog. */
static bool take_messages(struct connection *connection, struct slice *input)
{
    for (;;) {
        struct slice message;
        bool cut = false;
        switch (syslog_framer_next(&connection->framer, input, &message, &cut)) {
        case SYSLOG_FRAME_MORE:
            return true;
        case SYSLOG_FRAME_BAD:
            return false;
        case SYSLOG_FRAME_MESSAGE:
            syslog_receiver_add(connection->receiver, connection->peer, message, cut);
        }
    }
}

static bool take_bytes(struct connection *connection, struct slice fresh)
{
    if (connection->rest.len == 0) {
        if (!take_messages(connection, &fresh))
            return false;
        buf_add(&connection->rest, fresh);
        return true;
    }
    buf_add(&connection->rest, fresh);
    struct slice left = buf_slice(&connection->rest);
    if (!take_messages(connection, &left))
        return false;
    if (left.len > 0)
        memmove(connection->rest.ptr, left.ptr, left.len);
    connection->rest.len = left.len;
    if (left.len == 0)
        buf_done(&connection->rest); /* most messages end with a read: no memory in between */
    return true;
}

static void give_memory(uv_handle_t *handle, size_t suggested, uv_buf_t *memory)
{
    (void)suggested;
    struct connection *connection = handle->data;
    struct stream *stream = connection->receiver->socket;
    *memory = uv_buf_init(stream->bytes, READ_BYTES);
}

static void tell_bad(struct connection *connection)
{
    struct err text;
    struct syslog_receiver *receiver = connection->receiver;
    receiver->counts.bad_frames++;
    if (!syslog_may_tell(&receiver->refused_told_us))
        return;
    err_set(&text, ERR_NONE, "tcp %s: what %s sends is no syslog (TLS?): connection closed",
            receiver->options->address, connection->peer);
    syslog_receiver_tell(receiver, LOG_REFUSED, &text);
}

static void on_read(uv_stream_t *handle, ssize_t got, const uv_buf_t *memory)
{
    struct connection *connection = handle->data;
    struct slice message;
    if (got == 0)
        return;
    connection->last_us = clock_steady_us();
    if (got > 0 && take_bytes(connection, slice_of(memory->base, (size_t)got))) {
        connection->stalled = !syslog_receiver_has_room(connection->receiver);
        if (connection->stalled)
            uv_read_stop(handle);
        return;
    }
    if (got > 0)
        tell_bad(connection);
    else if (got == UV_EOF &&
             syslog_framer_finish(&connection->framer, buf_slice(&connection->rest), &message))
        syslog_receiver_add(connection->receiver, connection->peer, message, false);
    connection_close(connection);
}

/* Is this peer to be heard? Its address goes to the connection. */
static bool admit(struct connection *connection)
{
    struct syslog_receiver *receiver = connection->receiver;
    struct sockaddr_storage peer = {0};
    int len = sizeof(peer);
    size_t most = receiver->options->connections_max;
    if (uv_tcp_getpeername(&connection->handle, (struct sockaddr *)&peer, &len) != 0)
        return false;
    if (!syslog_receiver_allows(receiver, (const struct sockaddr *)&peer))
        return false;
    socket_address_text((const struct sockaddr *)&peer, connection->peer);
    if (receiver->counts.connections <= (most ? most : CONNECTIONS_DEFAULT))
        return true;
    receiver->counts.connections_refused++;
    if (syslog_may_tell(&receiver->refused_told_us)) {
        struct err text;
        err_set(&text, ERR_LIMIT, "tcp %s: too many connections: one of %s was closed",
                receiver->options->address, connection->peer);
        syslog_receiver_tell(receiver, LOG_REFUSED, &text);
    }
    return false;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct syslog_receiver *receiver = listener->data;
    struct stream *stream = receiver->socket;
    if (status != 0)
        return; /* uv leaves it in the backlog and comes again */
    struct connection *connection = MEM_NEW(struct connection);
    connection->receiver = receiver;
    connection->handle.data = connection;
    connection->last_us = clock_steady_us();
    uv_tcp_init(&receiver->loop, &connection->handle);
    connection->next = stream->first;
    if (stream->first != NULL)
        stream->first->before = connection;
    stream->first = connection;
    receiver->counts.connections++;
    if (uv_accept(listener, (uv_stream_t *)&connection->handle) != 0 || !admit(connection)) {
        connection_close(connection);
        return;
    }
    (void)uv_tcp_keepalive(&connection->handle, 1, 60);
    connection->stalled = !syslog_receiver_has_room(receiver);
    if (!connection->stalled)
        uv_read_start((uv_stream_t *)&connection->handle, give_memory, on_read);
}

static void stream_free(uv_handle_t *handle)
{
    struct syslog_receiver *receiver = handle->data;
    mem_free(receiver->socket);
    receiver->socket = NULL;
}

static bool stream_open(struct syslog_receiver *receiver, struct err *err)
{
    struct sockaddr_storage address;
    if (!syslog_address(receiver, &address, err))
        return false;
    struct stream *stream = MEM_NEW(struct stream);
    int code = uv_tcp_init(&receiver->loop, &stream->listener);
    if (code != 0) {
        mem_free(stream);
        return syslog_bind_failed(receiver, -code, err);
    }
    stream->listener.data = receiver;
    receiver->socket = stream;
    code = uv_tcp_bind(&stream->listener, (const struct sockaddr *)&address, 0);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&stream->listener, BACKLOG, on_connection);
    if (code == 0)
        return true;
    uv_close((uv_handle_t *)&stream->listener, stream_free);
    return syslog_bind_failed(receiver, -code, err);
}

static void stream_tick(struct syslog_receiver *receiver)
{
    struct stream *stream = receiver->socket;
    int64_t idle = receiver->options->idle_us ? receiver->options->idle_us : IDLE_DEFAULT_US;
    int64_t now = clock_steady_us();
    struct connection *next;
    for (struct connection *one = stream->first; one != NULL; one = next) {
        next = one->next;
        if (one->stalled && syslog_receiver_has_room(receiver)) {
            one->stalled = false;
            one->last_us = now;
            uv_read_start((uv_stream_t *)&one->handle, give_memory, on_read);
        }
        if (one->stalled || now - one->last_us < idle)
            continue;
        receiver->counts.idle_closed++;
        connection_close(one);
    }
}

static void stream_close(struct syslog_receiver *receiver)
{
    struct stream *stream = receiver->socket;
    while (stream->first != NULL)
        connection_close(stream->first);
    if (!uv_is_closing((uv_handle_t *)&stream->listener)) /* it could not be bound */
        uv_close((uv_handle_t *)&stream->listener, stream_free);
}

const struct syslog_socket_class syslog_stream_class = {
    .open = stream_open,
    .tick = stream_tick,
    .close = stream_close,
};
