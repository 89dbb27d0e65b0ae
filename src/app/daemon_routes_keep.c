/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan, its trail and the domains of its providers, in `routes.json` of the state folder. See
 * daemon_routes.h.
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
    json_value_print(state, false, text);
}

bool routes_save(struct daemon_routes *routes, struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    make_text(routes, &text);
    bool saved = output_state_write(buf_str(&routes->state_path), buf_slice(&text), err);
    buf_clear(routes->options.unsaved);
    if (!saved) {
        struct slice what = SLICE("state");
        buf_add(routes->options.unsaved, buf_slice(&text));
        daemon_metrics_add(routes->options.metrics, DAEMON_METRIC_ROUTE_FAILURES, &what, 1);
        OWN_LOG(routes->options.log, OWN_LOG_ERROR, "routes_not_saved",
                log_str("reason", err->text));
    }
    routes->dirty = false;
    routes->saved_domains = daemon_routes_known_revision(routes->known);
    routes->saved_us = routes->now_us;
    routes->save_again_us = saved ? INT64_MAX : routes->now_us + SAVE_AGAIN_US;
    return saved;
}

static bool read_all(struct daemon_routes *routes, struct slice text)
{
    json_t *state = json_loadb(text.ptr, text.len, 0, NULL);
    bool good = json_is_object(state) &&
                audit_trail_read(routes->trail, json_object_get(state, "trail")) &&
                daemon_routes_known_read(routes->known, json_object_get(state, "domains")) &&
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
        routes->save_again_us = 0;
    } else if (lstat(buf_str(&routes->state_path), &st) != 0 && errno == ENOENT) {
        return; /* the first start */
    } else if (!file_text_read_state(buf_str(&routes->state_path), STATE_BYTES_MAX, &text, &err)) {
        OWN_LOG(routes->options.log, OWN_LOG_ERROR, "routes_unread", log_str("reason", err.text));
    }
    if (!read_all(routes, buf_slice(&text)))
        set_aside(routes);
}
