/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read over HTTP, and the table of all routes. These handlers read snapshots and never wait
 * for another thread; those that write are in daemon_web_desk.c and daemon_web_slack.c.
 */
#include "app/daemon_web_private.h"

#include <unistd.h>

#include "app/queue_audit.h"
#include "io/clock.h"
#include "web/runbook.h"
#include "web/start_page.h"

json_t *daemon_web_shown(struct snapshot_place *place)
{
    struct snapshot *snapshot = snapshot_place_get(place);
    if (snapshot == NULL)
        return json_null();
    struct slice text = snapshot_text(snapshot);
    json_t *value = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
    snapshot_unref(snapshot);
    return value ? value : json_null();
}

static json_t *history_json(struct history *history)
{
    struct history_state state;
    history_state_get(history, &state);
    json_t *object = json_value_object();
    json_value_put_text(object, "state", slice_from_str(history_trouble_word(state.trouble)));
    json_value_put_text(object, "reason", slice_from_str(state.why.text));
    json_value_put_count(object, "rows_written", state.rows);
    json_value_put_count(object, "rows_waiting", state.queued_rows);
    json_value_put_count(object, "spool_bytes", (uint64_t)state.spool_bytes);
    json_value_put_count(object, "file_bytes", (uint64_t)state.file_bytes);
    return object;
}

static bool is_open(const json_t *incident)
{
    const json_t *state = json_object_get(incident, "state");
    return !json_is_string(state) || strcmp(json_string_value(state), "closed") != 0;
}

/* The open ones, or all with ?all=1. Drops `incidents`. */
static json_t *chosen(json_t *incidents, bool all)
{
    json_t *list = json_value_array();
    size_t i;
    json_t *incident;
    json_array_foreach(incidents, i, incident)
    {
        if (all || is_open(incident))
            json_array_append(list, incident);
    }
    json_decref(incidents);
    return list;
}

void daemon_web_json(struct http_response *response, json_t *value)
{
    json_value_print(value, true, &response->body);
}

static void get_start(void *context, const struct http_request *request,
                      struct http_response *response)
{
    struct daemon_web *web = context;
    (void)request;
    json_t *open = chosen(daemon_web_shown(web->incidents), false);
    struct start_page about = {
        .version = slice_from_str(TD_VERSION),
        .relay = slice_from_str(web->settings->fleet.relay),
        .incidents = json_array_size(open),
    };
    json_decref(open);
    response->content_type = "text/html; charset=utf-8";
    start_page(&about, &response->body);
}

static void get_status(void *context, const struct http_request *request,
                       struct http_response *response)
{
    struct daemon_web *web = context;
    (void)request;
    int64_t now_us = clock_now_us();
    json_t *status = json_value_object();
    json_value_put_text(status, "version", slice_from_str(TD_VERSION));
    json_value_put_time(status, "now", now_us);
    json_value_put_time(status, "started", web->started_us);
    if (web->settings->fleet.relay != NULL)
        json_value_put_text(status, "relay", slice_from_str(web->settings->fleet.relay));
    json_value_put(status, "configuration", daemon_web_shown(web->configuration));
    json_value_put(status, "incidents", chosen(daemon_web_shown(web->incidents), false));
    json_value_put(status, "routes", daemon_web_shown(web->routes));
    json_value_put(status, "policy", daemon_web_shown(web->policy));
    json_value_put(status, "accounts", daemon_web_shown(web->rulings));
    json_value_put(status, "auth", daemon_web_shown(web->auth));
    json_value_put(status, "quota", daemon_web_shown(web->quota));
    json_value_put(status, "silences", daemon_web_shown(web->silences));
    json_value_put(status, "notifiers", daemon_web_shown(web->notifiers));
    json_value_put(status, "history", history_json(web->history));
    json_value_put(status, "limit_counts", daemon_web_shown(web->counts));
    json_value_put(status, "mail", daemon_web_shown(web->state));
    daemon_web_json(response, status);
}

static void get_incidents(void *context, const struct http_request *request,
                          struct http_response *response)
{
    struct daemon_web *web = context;
    bool all = slice_eq(http_request_parameter(request, "all"), SLICE("1"));
    daemon_web_json(response, chosen(daemon_web_shown(web->incidents), all));
}

static void no_such_incident(const struct http_request *request, struct http_response *response)
{
    http_response_error(response, 404, SLICE("there is no such incident"), request->rest,
                        SLICE("todoku incident list --all"));
}

static void get_incident(void *context, const struct http_request *request,
                         struct http_response *response)
{
    struct daemon_web *web = context;
    json_t *incidents = daemon_web_shown(web->incidents), *incident;
    size_t i;
    bool found = false;
    json_array_foreach(incidents, i, incident)
    {
        const json_t *id = json_object_get(incident, "id");
        if (json_is_string(id) && slice_eq(slice_from_str(json_string_value(id)), request->rest)) {
            json_value_put(incident, "routes", daemon_web_audit(web, request->rest));
            daemon_web_put_path(web, incident);
            daemon_web_json(response, json_incref(incident));
            found = true;
            break;
        }
    }
    json_decref(incidents);
    if (!found)
        no_such_incident(request, response);
}

static void get_health(void *context, const struct http_request *request,
                       struct http_response *response)
{
    struct daemon_web *web = context;
    (void)request;
    struct history_state state;
    history_state_get(web->history, &state);
    response->content_type = "text/plain; charset=utf-8";
    buf_add_str(&response->body, state.trouble == HISTORY_TROUBLE_NONE
                                     ? "ok\n"
                                     : "ok, but the history cannot be written\n");
}

/* A name with a language ("block.ja") wins over ?lang=. */
static void get_runbook(void *context, const struct http_request *request,
                        struct http_response *response)
{
    struct daemon_web *web = context;
    if (slice_eq(request->rest, SLICE(RUNBOOK_STYLE_NAME))) {
        response->content_type = "text/css; charset=utf-8";
        buf_add(&response->body, runbook_style());
        return;
    }
    enum language language = LANGUAGE_EN;
    (void)language_from_word(http_request_parameter(request, "lang"), &language);
    response->content_type = "text/html; charset=utf-8";
    if (!runbook_page(request->rest, language, web->providers, &response->body))
        http_response_error(response, 404, SLICE("there is no such runbook"), request->path,
                            SLICE("/runbooks/ lists them"));
}

static void get_metrics(void *context, const struct http_request *request,
                        struct http_response *response)
{
    struct daemon_web *web = context;
    (void)request;
    response->content_type = METRICS_CONTENT_TYPE;
    daemon_metrics_write(web->metrics, &response->body);
}

/* One that nobody has wanted yet is off. */
static void show_listener(struct snapshot_place *place, struct http_response *response)
{
    json_t *listener = daemon_web_shown(place);
    if (json_is_null(listener)) {
        listener = json_value_object();
        json_value_put_word(listener, "state", "off");
    }
    daemon_web_json(response, listener);
}

static void get_policy(void *context, const struct http_request *request,
                       struct http_response *response)
{
    const struct daemon_web *web = context;
    (void)request;
    show_listener(web->policy, response);
}

static void get_auth(void *context, const struct http_request *request,
                     struct http_response *response)
{
    const struct daemon_web *web = context;
    (void)request;
    show_listener(web->auth, response);
}

static void get_quota(void *context, const struct http_request *request,
                      struct http_response *response)
{
    const struct daemon_web *web = context;
    (void)request;
    show_listener(web->quota, response);
}

/* Of deeds of `todoku queue`, which writes them down itself. */
static void get_queue_audit(void *context, const struct http_request *request,
                            struct http_response *response)
{
    const struct daemon_web *web = context;
    struct err err;
    json_t *lines = queue_audit_read(web->settings->state, &err);
    if (lines != NULL)
        daemon_web_json(response, lines);
    else
        http_response_error(response, 500, slice_from_str(err.text), request->path,
                            SLICE("todoku queue audit"));
}

static const struct http_route routes[] = {
    {HTTP_GET, HTTP_SLOW, "/", get_start},
    {HTTP_GET, HTTP_SLOW, "/metrics", get_metrics},
    {HTTP_GET, HTTP_SLOW, "/runbooks", get_runbook},
    {HTTP_GET, HTTP_SLOW, "/runbooks/*", get_runbook},
    {HTTP_GET, HTTP_QUICK, "/healthz", get_health},
    {HTTP_GET, HTTP_SLOW, "/api/v1/status", get_status},
    {HTTP_GET, HTTP_SLOW, "/api/v1/incidents", get_incidents},
    {HTTP_GET, HTTP_SLOW, "/api/v1/incidents/*", get_incident},
    {HTTP_POST, HTTP_SLOW, "/api/v1/incidents/*", daemon_web_post_incident},
    {HTTP_GET, HTTP_SLOW, "/api/v1/policy", get_policy},
    {HTTP_GET, HTTP_SLOW, "/api/v1/auth", get_auth},
    {HTTP_GET, HTTP_SLOW, "/api/v1/quota", get_quota},
    {HTTP_GET, HTTP_SLOW, "/api/v1/queue/audit", get_queue_audit},
    {HTTP_GET, HTTP_SLOW, "/api/v1/routes", daemon_web_get_routes},
    {HTTP_GET, HTTP_SLOW, "/api/v1/routes/audit", daemon_web_get_audit},
    {HTTP_POST, HTTP_SLOW, "/api/v1/routes", daemon_web_set_route},
    {HTTP_POST, HTTP_SLOW, "/api/v1/routes/*", daemon_web_decide_route},
    {HTTP_DELETE, HTTP_SLOW, "/api/v1/routes/*", daemon_web_clear_route},
    {HTTP_GET, HTTP_SLOW, "/api/v1/silences", daemon_web_get_silences},
    {HTTP_POST, HTTP_SLOW, "/api/v1/silences", daemon_web_post_silence},
    {HTTP_DELETE, HTTP_SLOW, "/api/v1/silences/*", daemon_web_delete_silence},
    {HTTP_GET, HTTP_SLOW, "/api/v1/accounts/flags", daemon_web_get_account_flags},
    {HTTP_POST, HTTP_SLOW, "/api/v1/accounts/flags", daemon_web_post_account_flags},
    {HTTP_POST, HTTP_SLOW, "/api/v1/accounts/changed", daemon_web_post_accounts_changed},
    {HTTP_GET, HTTP_SLOW, "/api/v1/limits", daemon_web_get_limits},
    {HTTP_POST, HTTP_SLOW, "/api/v1/limits", daemon_web_post_limit},
    {HTTP_POST, HTTP_SLOW, "/api/v1/limits/reset", daemon_web_reset_limit},
    {HTTP_POST, HTTP_SLOW_SIGNED, "/slack/interactivity", daemon_web_post_slack},
};

static void add_host(struct daemon_web *web, const char *name)
{
    if (name != NULL && name[0] != '\0' && web->host_count < DAEMON_WEB_HOSTS)
        web->hosts[web->host_count++] = name;
}

/* Copies what fits, else nothing. */
static const char *copy_name(struct slice name, char *to, size_t room)
{
    if (name.len >= room)
        name.len = 0;
    memcpy(to, name.ptr ? name.ptr : "", name.len);
    to[name.len] = '\0';
    return to;
}

/* `https://todoku.example.jp:8443/mail` has the host todoku.example.jp. */
static struct slice host_of(const char *url)
{
    struct slice rest = slice_from_str(url);
    const char *begin = slice_find(rest, SLICE("://"));
    if (begin == NULL)
        return (struct slice){NULL, 0};
    rest = slice_between(begin + 3, slice_end(rest));
    rest = slice_cut(&rest, '/');
    return slice_cut(&rest, ':');
}

/* The names of this host, that of the links in messages, and the operator's. */
static void name_hosts(struct daemon_web *web)
{
    const struct settings *settings = web->settings;
    char own[sizeof(web->own_host)] = {0};
    if (gethostname(own, sizeof(own) - 1) != 0)
        own[0] = '\0';
    struct slice label = slice_from_str(own), whole = label;
    label = slice_cut(&label, '.');
    web->host_count = 0;
    add_host(web, copy_name(whole, web->own_host, sizeof(web->own_host)));
    add_host(web, copy_name(label, web->own_label, sizeof(web->own_label)));
    add_host(web, settings->fleet.relay);
    add_host(web, copy_name(host_of(settings->web.url), web->url_host, sizeof(web->url_host)));
    for (size_t i = 0; i < settings->web.name_count; i++)
        add_host(web, settings->web.names[i]);
}

struct http_server *daemon_web_start(struct daemon_web *web, struct http_sockets *kept,
                                     struct err *err)
{
    const struct settings *settings = web->settings;
    struct http_listener listeners[HTTP_LISTENERS_MAX] = {0};
    struct buf addresses[HTTP_LISTENERS_MAX] = {0};
    size_t count = 0;
    name_hosts(web);
    buf_add_str(&addresses[count], "unix:");
    buf_add_str(&addresses[count], settings->control);
    listeners[count++] =
        (struct http_listener){.group = settings->control_group, .write = HTTP_WRITE_ALWAYS};
    for (size_t i = 0; i < settings->web.listen_count && count < HTTP_LISTENERS_MAX; i++) {
        endpoint_format(&settings->web.listen[i], &addresses[count]);
        listeners[count++] = (struct http_listener){
            .write = settings->web.token ? HTTP_WRITE_WITH_TOKEN : HTTP_WRITE_NEVER,
            .check_host = true,
            .hosts = web->hosts,
            .host_count = web->host_count};
    }
    for (size_t i = 0; i < count; i++)
        listeners[i].address = buf_str(&addresses[i]);
    struct http_server_options options = {.routes = routes,
                                          .route_count = sizeof(routes) / sizeof(routes[0]),
                                          .context = web,
                                          .numbers = daemon_metrics_http(web->metrics),
                                          .token = settings->web.token,
                                          .signature = {SLACK_STAMP_HEADER, SLACK_SIGNATURE_HEADER},
                                          .kept = kept};
    struct http_server *server = http_server_start(&options, listeners, count, err);
    for (size_t i = 0; i < count; i++)
        buf_done(&addresses[i]);
    return server;
}
