/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to a Redis that takes questions: the name of a host, a Sentinel that knows the master,
 * and what is said before the first question. A name is looked up beside the loop, which looks
 * after it with each tick; of several addresses the next one is taken with each try.
 */
#include "io/redis_client_private.h"

#include <string.h>

#include "base/memory.h"
#include "io/host_finder.h"

static bool is_ours(const struct redis_client *client, const redisAsyncContext *context)
{
    return client->link != NULL && client->link->context == context;
}

/* ---- greeting ---- */

static void check_plain(redisAsyncContext *context, redisReply *reply, void *private_data,
                        const char *what)
{
    if (reply != NULL && is_ours(private_data, context) && reply->type == REDIS_REPLY_ERROR)
        redis_client_fail(private_data, what, slice_of(reply->str, (size_t)reply->len));
}

static void on_auth(redisAsyncContext *context, void *reply, void *private_data)
{
    check_plain(context, reply, private_data, "Redis does not let us in");
}

static void on_select(redisAsyncContext *context, void *reply, void *private_data)
{
    check_plain(context, reply, private_data, "Redis has no such database");
}

/* Who may not ask for it has no replica, as far as can be known. */
static void on_role(redisAsyncContext *context, void *data, void *private_data)
{
    const redisReply *reply = data;
    if (reply == NULL || !is_ours(private_data, context) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements == 0 || reply->element[0]->type != REDIS_REPLY_STRING)
        return;
    if (strcmp(reply->element[0]->str, "master") != 0)
        redis_client_fail(private_data, "Redis", SLICE("it is a replica"));
}

static void on_load(redisAsyncContext *context, void *data, void *private_data)
{
    struct redis_client *client = private_data;
    const redisReply *reply = data;
    if (reply == NULL || !is_ours(client, context))
        return;
    if (reply->type != REDIS_REPLY_STRING || reply->len != sizeof(client->sha) - 1) {
        redis_client_fail(client, "Redis does not take our script",
                          reply->type == REDIS_REPLY_ERROR
                              ? slice_of(reply->str, (size_t)reply->len)
                              : SLICE("another answer"));
        return;
    }
    memcpy(client->sha, reply->str, sizeof(client->sha));
    if (client->state == REDIS_GREETING)
        redis_client_enter(client, REDIS_UP);
}

void redis_way_load(struct redis_client *client)
{
    redisAsyncCommand(client->link->context, on_load, client, "SCRIPT LOAD %b", client->script.ptr,
                      client->script.len);
}

static void greet(struct redis_client *client)
{
    redisAsyncContext *context = client->link->context;
    const struct redis_address *address = &client->address;
    if (address->user[0] != '\0')
        redisAsyncCommand(context, on_auth, client, "AUTH %s %s", address->user, address->password);
    else if (address->password[0] != '\0')
        redisAsyncCommand(context, on_auth, client, "AUTH %s", address->password);
    if (address->database > 0)
        redisAsyncCommand(context, on_select, client, "SELECT %u", address->database);
    redisAsyncCommand(context, on_role, client, "ROLE");
    redis_way_load(client);
}

/* ---- where it is ---- */

static void find(struct redis_client *client, const struct redis_host *host);

static void on_master(redisAsyncContext *context, void *data, void *private_data)
{
    struct redis_client *client = private_data;
    const redisReply *reply = data;
    uint64_t port;
    if (reply == NULL || !is_ours(client, context))
        return;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING || reply->element[0]->len > REDIS_HOST_MAX ||
        !slice_to_u64(slice_of(reply->element[1]->str, (size_t)reply->element[1]->len), UINT16_MAX,
                      &port)) {
        redis_client_fail(client, "the Sentinel", SLICE("it does not know this master"));
        return;
    }
    struct redis_host found = {.port = (uint16_t)port};
    memcpy(found.name, reply->element[0]->str, (size_t)reply->element[0]->len);
    struct redis_link *sentinel = client->link;
    client->link = NULL;
    client->found = found;
    redis_link_end(sentinel);
    find(client, &found);
}

static void seek(struct redis_client *client)
{
    redis_client_enter(client, REDIS_SEEKING);
    redisAsyncCommand(client->link->context, on_master, client,
                      "SENTINEL get-master-addr-by-name %s", client->address.master);
}

/* To the host, or if that is NULL to the path. */
static void connect_to(struct redis_client *client, const struct redis_host *host,
                       const char *address)
{
    bool sentinel = client->address.kind == REDIS_SENTINEL && client->found.port == 0;
    client->link = redis_link_new(client, address, host != NULL ? host->port : 0,
                                  host != NULL ? NULL : client->address.path);
    if (client->link == NULL) {
        redis_client_fail(client, "Redis", SLICE("cannot connect"));
        return;
    }
    if (sentinel) {
        seek(client);
        return;
    }
    redis_client_enter(client, REDIS_GREETING);
    greet(client);
}

/* ---- names ---- */

static void find(struct redis_client *client, const struct redis_host *host)
{
    struct ip_address ip;
    struct err err;
    if (ip_address_parse(slice_from_str(host->name), &ip)) {
        connect_to(client, host, host->name);
        return;
    }
    redis_client_enter(client, REDIS_RESOLVING);
    client->wanted = *host;
    client->finder = host_finder_new(host->name, &err);
    if (client->finder == NULL)
        redis_client_fail(client, host->name, slice_from_str(err.text));
    else
        redis_way_look(client); /* a file may have had it */
}

void redis_way_look(struct redis_client *client)
{
    CLEANUP_BUF struct buf text = {0};
    struct ip_address ip;
    struct err err;
    switch (host_finder_advance(client->finder, &err)) {
    case HOST_FINDER_LOOKS:
        return;
    case HOST_FINDER_FAILED:
        redis_client_fail(client, client->wanted.name, slice_from_str(err.text));
        return;
    case HOST_FINDER_HAS:
        ip = host_finder_get(client->finder, client->tries);
        ip_address_format(&ip, &text);
        redis_way_end(client);
        connect_to(client, &client->wanted, buf_str(&text));
    }
}

/* ---- begin and end ---- */

void redis_way_begin(struct redis_client *client)
{
    const struct redis_address *address = &client->address;
    client->found.port = 0;
    client->tries++;
    if (address->kind == REDIS_UNIX)
        connect_to(client, NULL, NULL);
    else
        find(client, &address->hosts[client->tries % address->host_count]);
}

void redis_way_end(struct redis_client *client)
{
    host_finder_free(client->finder);
    client->finder = NULL;
}
