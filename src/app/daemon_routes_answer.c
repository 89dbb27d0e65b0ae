/* SPDX-License-Identifier: Apache-2.0
 *
 * What people say about routes: yes, no, not any more, their own. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include "model/json_value.h"

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
        break; /* the desk's */
    }
    return err_set(err, ERR_USAGE, "this is no request about routes");
}

/* Who asked the reader does not know what was learned before it began. */
static json_t *answer_json(const struct daemon_routes *routes, struct daemon_request *request)
{
    json_t *answer = routes_json(routes);
    if (request->doubts != NULL && routes_domains(routes, request->route.provider) == 0)
        json_value_put(answer, "warnings", json_incref(request->doubts));
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
