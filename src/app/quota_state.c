/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_state.h.
 */
#include "app/quota_state.h"

#include "base/memory.h"

/* What one server's texts take; the numbers into *to, its texts borrowed. */
static size_t read_server(const struct quota_server *server, struct quota_server_state *to,
                          struct buf *address)
{
    struct quota_health health = quota_server_health(server);
    endpoint_format(quota_server_endpoint(server), address);
    *to = (struct quota_server_state){
        .name = quota_server_name(server),
        .address = buf_slice(address),
        .is_down = health.open,
        .connections = health.connections,
        .waiting = health.waiting,
        .delay_us = health.delay_us,
        .numbers = *quota_server_numbers(server),
    };
    if (health.fault->code != ERR_NONE)
        to->reason = slice_from_str(health.fault->text);
    return to->name.len + to->address.len + to->reason.len;
}

static size_t measure(const struct quota_pool *pool, size_t *count)
{
    struct quota_server_state one;
    size_t bytes = 0;
    const struct quota_server *server;
    for (*count = 0; (server = quota_pool_at(pool, *count)) != NULL; (*count)++) {
        CLEANUP_BUF struct buf address = {0};
        bytes += read_server(server, &one, &address);
    }
    return bytes;
}

struct quota_state *quota_state_new(const struct quota_desk *desk, const struct quota_pool *pool,
                                    const struct quota_lookups *lookups)
{
    size_t count, bytes = measure(pool, &count);
    size_t servers = count * sizeof(struct quota_server_state);
    struct quota_state *state = mem_new(1, sizeof(*state) + servers + bytes + 1);
    char *at = (char *)state + sizeof(*state) + servers;
    state->desk = quota_desk_counts(desk);
    if (lookups != NULL)
        state->lookups = *quota_lookups_counts(lookups);
    state->count = count;
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf address = {0};
        struct quota_server_state *to = &state->servers[i];
        (void)read_server(quota_pool_at(pool, i), to, &address);
        to->name = slice_put(to->name, &at);
        to->address = slice_put(to->address, &at);
        to->reason = slice_put(to->reason, &at);
    }
    return state;
}
