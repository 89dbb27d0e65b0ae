/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection of hiredis on a loop of libuv. What is asked within a turn of the loop goes out with
 * one system call before it sleeps, so questions of many connections share a packet. The poll
 * handle is closed before hiredis closes the descriptor: libuv aborts otherwise.
 */
#include "io/redis_client_private.h"

#include "base/memory.h"

static void on_poll(uv_poll_t *poll, int status, int events);

static void poll_for(struct redis_link *link)
{
    bool writes = link->writes && (link->connecting || link->blocked);
    int events = (link->reads ? UV_READABLE : 0) | (writes ? UV_WRITABLE : 0);
    if (events == link->events)
        return;
    link->events = events;
    if (events == 0)
        uv_poll_stop(&link->poll);
    else
        uv_poll_start(&link->poll, events, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct redis_link *link = poll->data;
    if (status < 0)
        events = UV_READABLE; /* hiredis finds out what it is */
    if ((events & UV_READABLE) != 0)
        redisAsyncHandleRead(link->context);
    if (link->context != NULL && (events & UV_WRITABLE) != 0)
        redisAsyncHandleWrite(link->context);
}

/* ---- for hiredis ---- */

static void add_read(void *data)
{
    struct redis_link *link = data;
    link->reads = true;
    poll_for(link);
}

static void del_read(void *data)
{
    struct redis_link *link = data;
    link->reads = false;
    poll_for(link);
}

static void add_write(void *data)
{
    struct redis_link *link = data;
    link->writes = true;
    poll_for(link);
}

static void del_write(void *data)
{
    struct redis_link *link = data;
    link->writes = link->blocked = false;
    poll_for(link);
}

static void on_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void clean_up(void *data)
{
    struct redis_link *link = data;
    struct redis_client *client = link->client;
    const char *why = link->context->errstr;
    link->context = NULL;
    link->client = NULL;
    uv_close((uv_handle_t *)&link->poll, on_closed);
    if (client != NULL)
        redis_client_lost(client, why != NULL && why[0] != '\0' ? why : "the connection ended");
}

static void on_connect(const redisAsyncContext *context, int status)
{
    struct redis_link *link = context->ev.data;
    link->connecting = false;
    if (status == REDIS_OK)
        poll_for(link);
}

/* ---- life ---- */

struct redis_link *redis_link_new(struct redis_client *client, const char *host, int port,
                                  const char *path)
{
    redisAsyncContext *context =
        path != NULL ? redisAsyncConnectUnix(path) : redisAsyncConnect(host, port);
    if (context == NULL)
        return NULL;
    struct redis_link *link = MEM_NEW(struct redis_link);
    if (context->err != 0 || uv_poll_init(client->loop, &link->poll, context->c.fd) != 0) {
        redisAsyncFree(context);
        mem_free(link);
        return NULL;
    }
    link->poll.data = link;
    link->context = context;
    link->client = client;
    link->connecting = true;
    context->ev.data = link;
    context->ev.addRead = add_read;
    context->ev.delRead = del_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = del_write;
    context->ev.cleanup = clean_up;
    redisAsyncSetConnectCallback(context, on_connect);
    return link;
}

void redis_link_end(struct redis_link *link)
{
    if (link == NULL || link->context == NULL)
        return;
    link->client = NULL;
    redisAsyncFree(link->context);
}

void redis_link_flush(struct redis_link *link)
{
    if (link == NULL || !link->writes || link->connecting || link->blocked)
        return;
    redisAsyncHandleWrite(link->context);
    if (link->context == NULL || !link->writes)
        return;
    link->blocked = true;
    poll_for(link);
}
