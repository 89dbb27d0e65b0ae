/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan, its trail, the domains of its providers and what Postfix is yet to be told, in
 * `routes.json` of the state folder. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/civil.h"
#include "io/file_text.h"
#include "io/output.h"
#include "model/json_value.h"

#define STATE_BYTES_MAX ((size_t)64 << 20)
#define SAVE_AGAIN_US (10 * US_PER_SECOND)

static void make_text(const struct daemon_routes *routes, struct buf *text)
{
    json_t *state = json_value_object();
    json_value_put(state, "plan", route_plan_json(routes->plan));
    json_value_put(state, "trail", audit_trail_json(routes->trail));
    json_value_put(state, "domains", daemon_routes_known_json(routes->known));
    json_value_put(state, "marks", routes_marks_json(routes));
    json_value_put(state, "release", routes_wishes_json(routes));
    json_value_put_count(state, "filter", routes->filter_known);
    json_value_print(state, false, text);
}

bool routes_save(struct daemon_routes *routes, struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    make_text(routes, &text);
    bool saved = output_state_write(buf_str(&routes->state_path), buf_slice(&text), err);
    buf_clear(routes->options.unsaved);
    if (!saved) {
        buf_add(routes->options.unsaved, buf_slice(&text));
        OWN_LOG(routes->options.log, OWN_LOG_ERROR, "routes_not_saved",
                log_str("reason", err->text));
    }
    routes->dirty = false;
    routes_tried_file(routes, ROUTE_PART_STATE, saved ? NULL : err, SAVE_AGAIN_US);
    routes->saved_domains = daemon_routes_known_revision(routes->known);
    routes->saved_wishes = daemon_routes_queue_revision(routes->queue);
    routes->saved_us = routes->now_us;
    return saved;
}

static bool read_all(struct daemon_routes *routes, struct slice text)
{
    json_t *state = json_loadb(text.ptr, text.len, 0, NULL);
    bool good = json_is_object(state) &&
                audit_trail_read(routes->trail, json_object_get(state, "trail")) &&
                daemon_routes_known_read(routes->known, json_object_get(state, "domains")) &&
                routes_marks_read(routes, json_object_get(state, "marks")) &&
                routes_wishes_read(routes, json_object_get(state, "release")) &&
                json_field_count(state, "filter", &routes->filter_known) &&
                route_plan_read(routes->plan, json_object_get(state, "plan"));
    json_decref(state);
    return good;
}

/* A state that cannot be read is kept for a person to look at; the tables are then as if nothing
 * had been decided, and what is wrong is found again. */
static void set_aside(struct daemon_routes *routes)
{
    CLEANUP_BUF struct buf aside = {0};
    buf_add(&aside, buf_slice(&routes->state_path));
    buf_add_str(&aside, ".damaged");
    rename(buf_str(&routes->state_path), buf_str(&aside));
    routes->damaged = true;
    routes_note(routes, true, "the routes that were kept cannot be read: they begin anew");
    OWN_LOG(routes->options.log, OWN_LOG_ERROR, "routes_damaged",
            log_text("kept_as", buf_slice(&aside)));
}

void routes_load(struct daemon_routes *routes)
{
    CLEANUP_BUF struct buf text = {0};
    struct buf *unsaved = routes->options.unsaved;
    struct err err = {0};
    struct stat st;
    if (unsaved->len > 0) {
        buf_add(&text, buf_slice(unsaved));
        routes->kept.again_us = 0;
    } else if (lstat(buf_str(&routes->state_path), &st) != 0 && errno == ENOENT) {
        return; /* the first start */
    } else if (!file_text_read_state(buf_str(&routes->state_path), STATE_BYTES_MAX, &text, &err)) {
        OWN_LOG(routes->options.log, OWN_LOG_ERROR, "routes_unread", log_str("reason", err.text));
    }
    if (!read_all(routes, buf_slice(&text)))
        set_aside(routes);
}
