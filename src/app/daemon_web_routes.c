/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of mail over HTTP: what there is is read from snapshots, what people say is put to the
 * desk, on a worker. Peer document: docs/openapi.yaml.
 */
#include "app/daemon_doubts.h"
#include "app/daemon_web_private.h"
#include "base/duration.h"
#include "io/clock.h"
#include "model/json_field.h"

#define BODY_MAX 65536

static const struct daemon_web_noun routes = {"there is no such route", "todoku route list"};

void daemon_web_get_routes(void *context, const struct http_request *request,
                           struct http_response *response)
{
    struct daemon_web *web = context;
    (void)request;
    daemon_web_json(response, daemon_web_shown(web->routes));
}

/* ---- of an incident ---- */

void daemon_web_put_path(struct daemon_web *web, json_t *incident)
{
    json_t *shown = daemon_web_shown(web->routes), *path;
    size_t i;
    json_array_foreach(json_object_get(shown, "paths"), i, path)
    {
        if (!json_equal(json_object_get(path, "incident"), json_object_get(incident, "id")))
            continue;
        json_value_put(incident, "path", json_incref(path));
        break;
    }
    json_decref(shown);
}

/* ---- the audit trail ---- */

static bool names_incident(const json_t *entry, struct slice id)
{
    const json_t *ids = json_object_get(entry, "incidents");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *one = json_array_get(ids, i);
        if (json_is_string(one) && slice_eq(slice_from_str(json_string_value(one)), id))
            return true;
    }
    return false;
}

json_t *daemon_web_audit(struct daemon_web *web, struct slice incident)
{
    json_t *all = daemon_web_shown(web->audit), *list = json_value_array(), *entry;
    size_t i;
    json_array_foreach(all, i, entry)
    {
        if (incident.len == 0 || names_incident(entry, incident))
            json_array_append(list, entry);
    }
    json_decref(all);
    return list;
}

void daemon_web_get_audit(void *context, const struct http_request *request,
                          struct http_response *response)
{
    daemon_web_json(response,
                    daemon_web_audit(context, http_request_parameter(request, "incident")));
}

/* ---- by people ---- */

void daemon_web_decide_route(void *context, const struct http_request *request,
                             struct http_response *response)
{
    static const struct {
        const char *verb;
        enum daemon_request_kind kind;
    } verbs[] = {
        {"approve", DAEMON_REQUEST_APPROVE_ROUTE},
        {"deny", DAEMON_REQUEST_DENY_ROUTE},
        {"undo", DAEMON_REQUEST_UNDO_ROUTE},
    };
    struct slice verb = request->rest, id = slice_cut(&verb, '/');
    size_t i = 0;
    while (i < sizeof(verbs) / sizeof(verbs[0]) && !slice_eq(verb, slice_from_str(verbs[i].verb)))
        i++;
    if (i == sizeof(verbs) / sizeof(verbs[0])) {
        http_response_error(response, 404, SLICE("a route can be approved, denied or undone"),
                            request->path, SLICE("POST .../routes/ID/approve, /deny or /undo"));
        return;
    }
    struct daemon_request *ask = daemon_request_new(verbs[i].kind);
    buf_add(&ask->id, id);
    if (daemon_web_read_words(request->body, ask)) {
        daemon_web_put(context, ask, &routes, id, response);
        return;
    }
    http_response_error(response, 400, SLICE("the body is not of its form"), request->path,
                        SLICE("{\"by\": \"NAME\"}, or none"));
    daemon_web_discard(ask);
}

/* "for" or "until". */
static bool read_end(const json_t *object, int64_t now_us, int64_t *out, struct err *err)
{
    struct slice length;
    int64_t for_us = 0;
    if (!json_field_text(object, "for", 64, &length) || !json_field_time(object, "until", 0, out) ||
        (length.len > 0) == (*out != 0))
        return err_set(err, ERR_USAGE, "a route has one end: \"for\", as 2h, or \"until\", a time");
    if (length.len > 0 && (!duration_parse(length, &for_us) || for_us <= 0))
        return err_set(err, ERR_USAGE, "\"for\" is a length of time, as 90s, 15m, 2h or 7d");
    if (for_us > INT64_MAX - now_us)
        return err_set(err, ERR_USAGE, "\"for\" is too long");
    if (for_us > 0)
        *out = now_us + for_us;
    return true;
}

/* {"provider", "target" or "hold": true, "share": percent, "for" or "until", "reason", "by"} */
static bool read_route(const json_t *object, int64_t now_us, struct daemon_request *ask,
                       struct err *err)
{
    const struct json_range percent = {1, 100, 100};
    struct override *route = &ask->route;
    struct slice by;
    int64_t share;
    bool hold;
    if (!json_is_object(object))
        return err_set(err, ERR_USAGE, "a route is a JSON object");
    if (!json_field_text(object, "provider", OVERRIDE_NAME_MAX, &route->provider) ||
        !json_field_text(object, "target", OVERRIDE_NAME_MAX, &route->target) ||
        !json_field_text(object, "reason", OVERRIDE_REASON_MAX, &route->reason) ||
        !json_field_text(object, "by", OVERRIDE_NAME_MAX, &by) ||
        !json_field_bool(object, "hold", &hold))
        return err_set(err, ERR_USAGE,
                       "provider, target, reason and by are texts, hold is true or false");
    if (!json_field_int(object, "share", percent, &share))
        return err_set(err, ERR_USAGE, "\"share\" is a number of percent, 1 to 100");
    if (hold == (route->target.len > 0))
        return err_set(err, ERR_USAGE,
                       "say where to: the \"target\", a source of the fleet, or \"hold\": true");
    route->share_percent = (unsigned)share;
    buf_add(&ask->by, by);
    return read_end(object, now_us, &route->expires_us, err);
}

void daemon_web_set_route(void *context, const struct http_request *request,
                          struct http_response *response)
{
    struct daemon_web *web = context;
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_SET_ROUTE);
    struct err err;
    ask->value = json_field_parse(request->body, BODY_MAX);
    if (read_route(ask->value, clock_now_us(), ask, &err)) {
        ask->doubts = daemon_doubts_route(web, ask->route.provider);
        daemon_web_put(web, ask, &routes, request->path, response);
        return;
    }
    http_response_error(response, 400, slice_from_str(err.text), request->path,
                        SLICE("{\"provider\": \"NAME\", \"target\": \"SOURCE\", \"for\": \"2h\"}"));
    daemon_web_discard(ask);
}

void daemon_web_clear_route(void *context, const struct http_request *request,
                            struct http_response *response)
{
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_CLEAR_ROUTE);
    buf_add(&ask->id, request->rest);
    buf_add(&ask->by, slice_first(http_request_parameter(request, "by"), OVERRIDE_NAME_MAX));
    daemon_web_put(context, ask, &routes, request->rest, response);
}
