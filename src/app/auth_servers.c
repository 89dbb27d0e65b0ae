/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_servers.h.
 */
#include "app/auth_servers.h"

#include "base/memory.h"
#include "mail/auth_request.h"

typedef void (*state_see)(void *context, const struct backend_state *state);

static void each(const struct backend_book *book, state_see see, void *context)
{
    struct backend_state state;
    for (size_t server = 0; server < backend_book_count(book); server++)
        for (unsigned protocol = 0; protocol < BACKEND_PROTOCOLS; protocol++)
            if (backend_book_state(book, server, protocol, &state))
                see(context, &state);
}

struct size {
    size_t rows, bytes;
};

static void measure(void *context, const struct backend_state *state)
{
    struct size *size = context;
    size->rows++;
    size->bytes += state->name.len + state->reason.len;
}

struct filling {
    struct auth_servers *servers;
    char *at;
};

static void fill(void *context, const struct backend_state *state)
{
    struct filling *filling = context;
    filling->servers->list[filling->servers->count++] = (struct auth_server){
        .name = slice_put(state->name, &filling->at),
        .protocol = state->protocol,
        .draining = state->draining,
        .health = state->health,
        .since_us = state->since_us,
        .latency_us = state->latency_us,
        .reason = slice_put(state->reason, &filling->at),
    };
}

struct auth_servers *auth_servers_new(const struct backend_book *book)
{
    struct size size = {0};
    each(book, measure, &size);
    size_t rows = size.rows * sizeof(struct auth_server);
    struct filling filling = {.servers =
                                  mem_new(1, sizeof(struct auth_servers) + rows + size.bytes + 1)};
    filling.at = (char *)(filling.servers->list + size.rows);
    each(book, fill, &filling);
    return filling.servers;
}

const char *auth_server_protocol(const struct auth_server *server)
{
    return server->protocol == BACKEND_INBOUND
               ? "inbound"
               : auth_protocol_word((enum auth_protocol)server->protocol);
}
