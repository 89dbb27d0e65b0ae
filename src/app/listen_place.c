/* SPDX-License-Identifier: Apache-2.0
 *
 * See listen_place.h.
 */
#include "app/listen_place.h"

#include "base/memory.h"

void listen_place_done(struct listen_place *place)
{
    buf_done(&place->group);
}

void listen_place_set(struct listen_place *place, const struct endpoint *listen, size_t count,
                      const char *group)
{
    ASSERT(count <= LISTEN_PLACES_MAX);
    for (size_t i = 0; i < count; i++)
        place->listen[i] = listen[i];
    place->count = count;
    buf_clear(&place->group);
    buf_add_str(&place->group, group);
}

void listen_place_copy(struct listen_place *place, const struct listen_place *from)
{
    listen_place_set(place, from->listen, from->count, listen_place_group(from));
    place->connections = from->connections;
}

bool listen_place_eq(const struct listen_place *a, const struct listen_place *b)
{
    bool same = a->count == b->count && a->connections == b->connections &&
                slice_eq(buf_slice(&a->group), buf_slice(&b->group));
    for (size_t i = 0; same && i < a->count; i++)
        same = endpoint_eq(&a->listen[i], &b->listen[i]);
    return same;
}

void listen_texts_init(struct listen_texts *texts, const struct listen_place *place)
{
    *texts = (struct listen_texts){0};
    for (size_t i = 0; i < place->count; i++) {
        endpoint_format(&place->listen[i], &texts->texts[i]);
        texts->addresses[i] = buf_str(&texts->texts[i]);
    }
}

void listen_texts_done(struct listen_texts *texts)
{
    for (size_t i = 0; i < LISTEN_PLACES_MAX; i++)
        buf_done(&texts->texts[i]);
}

const char *listen_place_group(const struct listen_place *place)
{
    return place->group.len > 0 ? buf_str(&place->group) : NULL;
}
