/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose mail is to be let go: that of a provider whose override is another one than when its mail
 * was let go last. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include <string.h>

#include "base/civil.h"
#include "model/json_value.h"

#define MORE_EVERY_US (300 * US_PER_SECOND)

const struct override *routes_in_force(const struct daemon_routes *routes, struct slice provider)
{
    const struct override *one;
    for (size_t i = 0; (one = route_plan_override(routes->plan, i)) != NULL; i++)
        if (one->kind != OVERRIDE_PROBE && override_is_in_force(one, routes->now_us) &&
            slice_eq(one->provider, provider))
            return one;
    return NULL;
}

/* ---- marks ---- */

static struct routes_mark *mark_of(struct daemon_routes *routes, struct slice provider)
{
    for (size_t i = 0; i < routes->mark_count; i++)
        if (slice_eq(slice_from_str(routes->marks[i].provider), provider))
            return &routes->marks[i];
    routes->marks = mem_resize(routes->marks, routes->mark_count + 1, sizeof(routes->marks[0]));
    struct routes_mark *mark = &routes->marks[routes->mark_count++];
    *mark = (struct routes_mark){.provider = mem_new(provider.len + 1, 1)};
    memcpy(mark->provider, provider.ptr, provider.len);
    return mark;
}

static void drop_mark(struct daemon_routes *routes, struct routes_mark *mark)
{
    mem_free(mark->provider);
    *mark = routes->marks[--routes->mark_count];
}

static void set_mark(struct routes_mark *mark, struct slice id)
{
    memset(mark->id, 0, sizeof(mark->id));
    memcpy(mark->id, id.ptr, id.len);
}

void routes_marks_free(struct daemon_routes *routes)
{
    while (routes->mark_count > 0)
        drop_mark(routes, &routes->marks[routes->mark_count - 1]);
    mem_free(routes->marks);
}

static bool holds(const struct override *override)
{
    return override->kind == OVERRIDE_HOLD ||
           (override->kind == OVERRIDE_MANUAL && override->target.len == 0 &&
            override->share_percent == 100);
}

void routes_more_waits(struct daemon_routes *routes, struct slice provider)
{
    if (routes_in_force(routes, provider) == NULL)
        return;
    struct routes_mark *mark = mark_of(routes, provider);
    int64_t since_us = routes->now_us - mark->more_us;
    mark->more = since_us < 0 || since_us >= MORE_EVERY_US;
}

/* Once. */
static bool take_more(struct routes_mark *mark, int64_t now_us)
{
    bool more = mark->more;
    mark->more = false;
    mark->more_us = more ? now_us : mark->more_us;
    return more;
}

/* What is held may not go. */
static void let_go(struct daemon_routes *routes, struct routes_mark *mark)
{
    struct slice provider = slice_from_str(mark->provider);
    const struct override *now = routes_in_force(routes, provider);
    struct slice id = now != NULL ? slice_from_str(now->id) : SLICE("");
    bool same = slice_eq(slice_from_str(mark->id), id);
    if (!take_more(mark, routes->now_us) && same)
        return;
    routes->dirty = routes->dirty || !same;
    if (now == NULL || !holds(now))
        daemon_routes_queue_release(routes->queue, provider, routes->now_us);
    set_mark(mark, id);
    if (now == NULL)
        drop_mark(routes, mark);
}

void routes_let_go(struct daemon_routes *routes)
{
    struct slice provider;
    for (size_t i = 0; route_plan_provider(routes->plan, i, &provider); i++)
        if (routes_in_force(routes, provider) != NULL)
            (void)mark_of(routes, provider);
    for (size_t i = routes->mark_count; i-- > 0;)
        let_go(routes, &routes->marks[i]);
}

bool routes_lets_go(const struct daemon_routes *routes)
{
    for (size_t i = 0; i < routes->mark_count; i++)
        if (routes_in_force(routes, slice_from_str(routes->marks[i].provider)) == NULL)
            return true;
    return daemon_routes_queue_wish(routes->queue, 0).len > 0;
}

/* ---- state ---- */

json_t *routes_marks_json(const struct daemon_routes *routes)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < routes->mark_count; i++) {
        json_t *one = json_value_object();
        json_value_put_text(one, "provider", slice_from_str(routes->marks[i].provider));
        json_value_put_text(one, "override", slice_from_str(routes->marks[i].id));
        json_value_append(array, one);
    }
    return array;
}

bool routes_marks_read(struct daemon_routes *routes, const json_t *array)
{
    if (array != NULL && (!json_is_array(array) || json_array_size(array) > OVERRIDES_MAX))
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *one = json_array_get(array, i);
        struct slice provider, id;
        if (!json_is_object(one) ||
            !json_field_text(one, "provider", OVERRIDE_NAME_MAX, &provider) || provider.len == 0 ||
            !json_field_text(one, "override", OVERRIDE_ID_MAX, &id))
            return false;
        set_mark(mark_of(routes, provider), id);
    }
    return true;
}

json_t *routes_wishes_json(const struct daemon_routes *routes)
{
    json_t *array = json_value_array();
    struct slice provider;
    for (size_t i = 0; (provider = daemon_routes_queue_wish(routes->queue, i)).len > 0; i++)
        json_value_append(array, json_value_text(provider));
    return array;
}

bool routes_wishes_read(struct daemon_routes *routes, const json_t *array)
{
    if (array != NULL && !json_is_array(array))
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *one = json_array_get(array, i);
        if (!json_is_string(one) || json_string_length(one) == 0 ||
            json_string_length(one) > OVERRIDE_NAME_MAX)
            return false;
        daemon_routes_queue_release(routes->queue,
                                    slice_of(json_string_value(one), json_string_length(one)),
                                    routes->now_us);
    }
    return true;
}
