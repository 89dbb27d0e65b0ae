/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection to a quota server: made by its server, which takes its questions back before it
 * closes it. Bytes go out at once where the socket takes them, and otherwise one write after the
 * other; what waits to be sent is bounded by the questions of a server.
 */
#include "io/quota_pool_private.h"

#include <sys/socket.h>

#include "base/memory.h"
#include "io/clock.h"
#include "io/socket_address.h"

static void on_closed(uv_handle_t *handle)
{
    struct quota_link *link = handle->data;
    struct quota_server *server = link->server;
    struct quota_pool *pool = server != NULL ? server->pool : NULL;
    if (server != NULL) { /* it could not even begin, which is said from here and not from within */
        quota_server_lost(link, link->error);
        quota_pool_tidy(pool);
    }
    ASSERT(link->first == NULL);
    buf_done(&link->rest);
    buf_done(&link->out);
    buf_done(&link->sending);
    mem_free(link);
}

/* ---- sending ---- */

static void flush(struct quota_link *link);

static void on_written(uv_write_t *write, int status)
{
    struct quota_link *link = write->data;
    struct quota_server *server = link->server;
    link->writing = false;
    if (server == NULL)
        return;
    if (status == 0) {
        flush(link);
        return;
    }
    struct quota_pool *pool = server->pool;
    quota_server_lost(link, status);
    quota_pool_tidy(pool);
}

/* Whatever goes wrong is told by on_written. */
static void flush(struct quota_link *link)
{
    if (!link->up || link->writing || link->out.len == 0)
        return;
    uv_buf_t bytes = uv_buf_init(link->out.ptr, (unsigned)link->out.len);
    int sent = uv_try_write(&link->uv.stream, &bytes, 1);
    if (sent == (int)link->out.len) {
        buf_clear(&link->out);
        return;
    }
    buf_clear(&link->sending);
    buf_add(&link->sending, slice_skip(buf_slice(&link->out), sent > 0 ? (size_t)sent : 0));
    buf_clear(&link->out);
    bytes = uv_buf_init(link->sending.ptr, (unsigned)link->sending.len);
    link->write.data = link;
    link->writing = uv_write(&link->write, &link->uv.stream, &bytes, 1, on_written) == 0;
}

void quota_link_send(struct quota_link *link, struct quota_ask *ask)
{
    ask->link = link;
    ask->next = NULL;
    *(link->last != NULL ? &link->last->next : &link->first) = ask;
    link->last = ask;
    link->asks++;
    buf_add(&link->out, buf_slice(&ask->text));
    flush(link);
}

/* ---- reading ---- */

static void give_room(uv_handle_t *handle, size_t wish, uv_buf_t *room)
{
    struct quota_link *link = handle->data;
    (void)wish;
    *room = link->server == NULL ? uv_buf_init(NULL, 0)
                                 : uv_buf_init(link->server->pool->bytes, QUOTA_READ_BYTES);
}

/* Takes the answers that are whole; ends early when the server gives the link up meanwhile. */
static void take_answers(struct quota_link *link)
{
    struct slice input = buf_slice(&link->rest);
    while (link->server != NULL && input.len > 0) {
        const struct quota_pool_options *options = &link->server->pool->options;
        struct quota_said said = {0};
        const char *why = "an answer to no question";
        enum quota_piece piece = QUOTA_PIECE_BAD;
        if (link->first != NULL)
            piece = options->take(options->take_context, &input, &said, &why);
        if (piece == QUOTA_PIECE_BAD)
            quota_server_nonsense(link, why);
        else if (piece == QUOTA_PIECE_WHOLE)
            quota_server_answered(link, &said);
        if (piece != QUOTA_PIECE_WHOLE)
            break;
    }
    if (link->rest.len > input.len && input.len > 0)
        memmove(link->rest.ptr, input.ptr, input.len);
    link->rest.len = input.len;
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *room)
{
    struct quota_link *link = stream->data;
    struct quota_server *server = link->server;
    if (server == NULL || got == 0)
        return;
    struct quota_pool *pool = server->pool;
    if (got < 0) {
        quota_server_lost(link, (int)got);
    } else {
        buf_add(&link->rest, slice_of(room->base, (size_t)got));
        take_answers(link);
    }
    quota_pool_tidy(pool);
}

/* ---- life ---- */

static void on_connect(uv_connect_t *connect, int status)
{
    struct quota_link *link = connect->data;
    struct quota_server *server = link->server;
    if (server == NULL)
        return;
    struct quota_pool *pool = server->pool;
    if (status == 0)
        status = uv_read_start(&link->uv.stream, give_room, on_read);
    if (status == 0) {
        link->up = true;
        quota_server_connected(server);
    } else {
        quota_server_lost(link, status);
    }
    quota_pool_tidy(pool);
}

static int connect_tcp(struct quota_link *link, uv_loop_t *loop, const struct endpoint *endpoint)
{
    struct sockaddr_storage address;
    (void)uv_tcp_init(loop, &link->uv.tcp);
    (void)socket_address_of(endpoint, &address);
    int error = uv_tcp_connect(&link->connect, &link->uv.tcp,
                               (const struct sockaddr *)(const void *)&address, on_connect);
    if (error == 0)
        (void)uv_tcp_nodelay(&link->uv.tcp, 1);
    return error;
}

struct quota_link *quota_link_new(struct quota_server *server)
{
    struct quota_link *link = MEM_NEW(struct quota_link);
    uv_loop_t *loop = server->pool->loop;
    link->server = server;
    link->begun_us = clock_steady_us();
    link->connect.data = link;
    if (server->endpoint.kind == ENDPOINT_UNIX) {
        (void)uv_pipe_init(loop, &link->uv.pipe, 0);
        uv_pipe_connect(&link->connect, &link->uv.pipe, server->endpoint.path, on_connect);
    } else {
        link->error = connect_tcp(link, loop, &server->endpoint);
    }
    link->uv.handle.data = link;
    if (link->error != 0)
        uv_close(&link->uv.handle, on_closed);
    return link;
}

void quota_link_close(struct quota_link *link)
{
    ASSERT(link->first == NULL);
    link->server = NULL;
    if (!uv_is_closing(&link->uv.handle))
        uv_close(&link->uv.handle, on_closed);
}
