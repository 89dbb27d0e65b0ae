/* SPDX-License-Identifier: Apache-2.0
 *
 * What people say about routes: yes, no, not any more, their own. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include "base/civil.h"
#include "model/json_value.h"

#define FAR_US (31 * SECONDS_PER_DAY * US_PER_SECOND)

/* The manual route of a provider; NULL: there is none. */
static const struct override *manual_of(const struct daemon_routes *routes, struct slice provider)
{
    const struct override *override;
    for (size_t i = 0; (override = route_plan_override(routes->plan, i)) != NULL; i++)
        if (override->kind == OVERRIDE_MANUAL && slice_eq(override->provider, provider))
            return override;
    return NULL;
}

static bool clear(struct daemon_routes *routes, struct slice provider, struct slice by,
                  int64_t now_us, struct err *err)
{
    char id[OVERRIDE_ID_MAX + 1];
    const struct override *manual = manual_of(routes, provider);
    if (manual == NULL)
        return err_set(err, ERR_USAGE, "nobody has set a route for %.*s",
                       SLICE_ARG(slice_first(provider, OVERRIDE_NAME_MAX)));
    memcpy(id, manual->id, sizeof(id)); /* the plan changes under it */
    return route_plan_undo(routes->plan, slice_from_str(id), by, now_us, err);
}

static bool do_request(struct daemon_routes *routes, struct daemon_request *request, int64_t now_us)
{
    struct slice id = buf_slice(&request->id), by = buf_slice(&request->by);
    struct err *err = &request->err;
    switch (request->kind) {
    case DAEMON_REQUEST_APPROVE_ROUTE:
        return route_plan_approve(routes->plan, id, by, now_us, err);
    case DAEMON_REQUEST_DENY_ROUTE:
        return route_plan_deny(routes->plan, id, by, now_us, err);
    case DAEMON_REQUEST_UNDO_ROUTE:
        return route_plan_undo(routes->plan, id, by, now_us, err);
    case DAEMON_REQUEST_SET_ROUTE:
        request->route.actor = by;
        return route_plan_set(routes->plan, &request->route, now_us, err) != NULL;
    case DAEMON_REQUEST_CLEAR_ROUTE:
        return clear(routes, id, by, now_us, err);
    case DAEMON_REQUEST_ACKNOWLEDGE:
    case DAEMON_REQUEST_CLOSE:
    case DAEMON_REQUEST_SILENCE:
    case DAEMON_REQUEST_END_SILENCE:
    case DAEMON_REQUEST_FLAG_ACCOUNT:
    case DAEMON_REQUEST_SHOW_ACCOUNTS:
    case DAEMON_REQUEST_ACCOUNTS_CHANGED:
    case DAEMON_REQUEST_SET_LIMIT:
    case DAEMON_REQUEST_RESET_LIMIT:
    case DAEMON_REQUEST_SHOW_LIMITS:
        break; /* the desk's */
    }
    return err_set(err, ERR_USAGE, "this is no request about routes");
}

/* ---- what a person may not have meant ---- */

/* A route to a source that this provider refuses, or did a moment ago. */
static void doubt_target(const struct daemon_routes *routes, const struct override *route,
                         json_t *to)
{
    struct route_path_view path;
    for (size_t i = 0; route_plan_path(routes->plan, i, &path); i++) {
        CLEANUP_BUF struct buf text = {0};
        if (!slice_eq(path.path.provider, route->provider) ||
            !slice_eq(path.path.source, route->target) || path.stage == ROUTE_STAGE_OK)
            continue;
        buf_addf(&text, "%.*s is %s at this provider itself", SLICE_ARG(route->target),
                 route_stage_word(path.stage));
        json_value_append(to, json_value_text(buf_slice(&text)));
    }
}

/* A share alone: the rest goes its usual way, also by a source that is refused. */
static void doubt_share(const struct daemon_routes *routes, const struct override *route,
                        json_t *to)
{
    struct route_path_view path;
    for (size_t i = 0; route->share_percent < 100 && route_plan_path(routes->plan, i, &path); i++) {
        CLEANUP_BUF struct buf text = {0};
        bool refused = path.stage == ROUTE_STAGE_BLOCKED || path.stage == ROUTE_STAGE_PROBING ||
                       path.stage == ROUTE_STAGE_QUARANTINED;
        if (!refused || !slice_eq(path.path.provider, route->provider) ||
            slice_eq(path.path.source, route->target))
            continue;
        buf_addf(&text, "the other %u %% go their usual way, also by %.*s, which is %s there",
                 100 - route->share_percent, SLICE_ARG(path.path.source),
                 route_stage_word(path.stage));
        json_value_append(to, json_value_text(buf_slice(&text)));
    }
}

static void doubt_end(const struct daemon_routes *routes, const struct override *route, json_t *to)
{
    if (route->expires_us - routes->now_us > FAR_US)
        json_value_append(to, json_value_text(SLICE("it ends in more than a month")));
}

/* Who asked the reader about domains does not know what was learned before it began. */
static json_t *answer_json(const struct daemon_routes *routes, struct daemon_request *request)
{
    json_t *answer = routes_json(routes), *warnings = json_value_array();
    if (request->kind == DAEMON_REQUEST_SET_ROUTE) {
        if (request->doubts != NULL && routes_domains(routes, request->route.provider) == 0)
            json_array_extend(warnings, request->doubts);
        doubt_target(routes, &request->route, warnings);
        doubt_share(routes, &request->route, warnings);
        doubt_end(routes, &request->route, warnings);
    }
    if (json_array_size(warnings) > 0)
        json_value_put(answer, "warnings", warnings);
    else
        json_decref(warnings);
    return answer;
}

void daemon_routes_answer(struct daemon_routes *routes, struct daemon_request *request,
                          int64_t now_us)
{
    routes->now_us = now_us;
    if (request->by.len == 0)
        buf_add_str(&request->by, "somebody");
    request->found = true;
    request->good = do_request(routes, request, now_us);
    if (!request->good)
        return;
    routes->dirty = true;
    request->good = routes_save(routes, &request->err);
    routes_carry_out(routes);
    routes_show(routes);
    json_value_print(answer_json(routes, request), true, &request->answer);
}
