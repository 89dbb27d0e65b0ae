/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_feed_spec.h.
 */
#include "io/log_feed_spec.h"

#include <string.h>

static struct syslog_listener_options *copy_listener(const struct syslog_listener_options *from,
                                                     struct arena *arena)
{
    struct syslog_listener_options *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *from;
    copy->address = arena_copy(arena, from->address, strlen(from->address));
    if (from->allow_count > 0) {
        struct ip_network *allow = arena_alloc(arena, from->allow_count * sizeof(*allow));
        memcpy(allow, from->allow, from->allow_count * sizeof(*allow));
        copy->allow = allow;
    }
    return copy;
}

struct log_feed_source log_feed_spec_copy(const struct log_feed_source *from, struct arena *arena)
{
    struct log_feed_source copy = *from;
    copy.name = arena_copy(arena, from->name, strlen(from->name));
    if (from->listener != NULL)
        copy.listener = copy_listener(from->listener, arena);
    return copy;
}

static bool is_same_listener(const struct syslog_listener_options *a,
                             const struct syslog_listener_options *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->transport != b->transport || a->mode != b->mode || a->allow_count != b->allow_count ||
        a->connections_max != b->connections_max || a->idle_us != b->idle_us)
        return false;
    for (size_t i = 0; i < a->allow_count; i++)
        if (!ip_network_eq(&a->allow[i], &b->allow[i]))
            return false;
    return strcmp(a->address, b->address) == 0;
}

bool log_feed_spec_is_same(const struct log_feed_source *a, const struct log_feed_source *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           is_same_listener(a->listener, b->listener);
}
