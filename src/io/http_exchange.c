/* SPDX-License-Identifier: Apache-2.0
 *
 * One request from its first line to its answer. The library calls http_exchange_step when the head
 * has come, for each piece of the body, when all has come, and again after a worker was busy with
 * it; what is wrong is answered as soon as it is known, before a body is read.
 */
#include "io/http_exchange.h"

#include <microhttpd.h>
#include <stdio.h>
#include <strings.h>

#include "io/clock.h"

enum { ARENA_BYTES = 2048 };

static const char CSP[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
                          "data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
                          "form-action 'none'; frame-ancestors 'none'";

/* Sent with every answer (pages: with HTML only), unless the handler says otherwise. */
static const struct {
    const char *name, *value;
    bool pages;
} standard_headers[] = {
    {"Cache-Control", "no-store", false},
    {"X-Content-Type-Options", "nosniff", false},
    {"Cross-Origin-Resource-Policy", "same-origin", false},
    {"Referrer-Policy", "no-referrer", false},
    {"Content-Security-Policy", CSP, true},
    {"X-Frame-Options", "DENY", true},
};

void *http_exchange_begin(void *server, const char *target, struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    ASSERT(info != NULL && info->socket_context != NULL);
    struct http_exchange *exchange = MEM_NEW(struct http_exchange);
    exchange->server = server;
    exchange->server->exchanges++;
    exchange->connection = info->socket_context;
    exchange->connection->speaking = true;
    exchange->handle = handle;
    exchange->arena = arena_new(ARENA_BYTES);
    http_response_init(&exchange->response);
    /* The library hands the decoded path over as a C string: a NUL would end it in the middle. */
    exchange->target_refused =
        strstr(target, "%00") != NULL || (target[0] != '/' && strcmp(target, "*") != 0);
    return exchange;
}

void http_exchange_free(struct http_exchange *exchange)
{
    exchange->server->exchanges--;
    http_response_done(&exchange->response);
    buf_done(&exchange->body);
    arena_free(exchange->arena);
    mem_free(exchange);
}

static void free_bytes(void *bytes)
{
    mem_free(bytes);
}

static void free_shared(void *snapshot)
{
    snapshot_unref(snapshot);
}

/* The library's response takes over body or snapshot. NULL: no memory. */
static struct MHD_Response *take_body(struct http_response *response)
{
    struct slice text =
        response->shared ? snapshot_text(response->shared) : buf_slice(&response->body);
    if (text.len == 0)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *made;
    if (response->shared) {
        /* The library's type is not const; it only reads. */
        made = MHD_create_response_from_buffer_with_free_callback_cls(
            text.len, (void *)(uintptr_t)text.ptr, free_shared, response->shared);
        response->shared = made ? NULL : response->shared;
        return made;
    }
    made = MHD_create_response_from_buffer_with_free_callback(text.len, response->body.ptr,
                                                              free_bytes);
    if (made)
        response->body = (struct buf){0};
    return made;
}

static bool handler_said(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcasecmp(response->headers[i].name, name) == 0)
            return true;
    return false;
}

static bool add_headers(struct MHD_Response *made, const struct http_response *response)
{
    bool page = strncmp(response->content_type, "text/html", strlen("text/html")) == 0;
    bool ok = response->status == 204 ||
              MHD_add_response_header(made, "Content-Type", response->content_type) == MHD_YES;
    for (size_t i = 0; ok && i < sizeof(standard_headers) / sizeof(standard_headers[0]); i++)
        if ((page || !standard_headers[i].pages) &&
            !handler_said(response, standard_headers[i].name))
            ok = MHD_add_response_header(made, standard_headers[i].name,
                                         standard_headers[i].value) == MHD_YES;
    for (size_t i = 0; ok && i < response->header_count; i++)
        ok = MHD_add_response_header(made, response->headers[i].name, response->headers[i].value) ==
             MHD_YES;
    return ok;
}

static enum MHD_Result answer(struct http_exchange *exchange)
{
    struct http_response *response = &exchange->response;
    unsigned status = response->status;
    ASSERT(status >= 200 && status < 600);
    struct MHD_Response *made = take_body(response);
    if (made == NULL)
        return MHD_NO;
    enum MHD_Result result =
        add_headers(made, response) ? MHD_queue_response(exchange->handle, status, made) : MHD_NO;
    MHD_destroy_response(made);
    exchange->stage = HTTP_STAGE_ANSWERED;
    exchange->connection->speaking = false;
    http_connection_enter(exchange->connection, HTTP_ANSWERING, clock_steady_us());
    metric_add(exchange->server->numbers->responses[status / 100], 1);
    return result;
}

static enum MHD_Result refuse(struct http_exchange *exchange, unsigned status, const char *what,
                              struct slice where, const char *advice)
{
    http_response_error(&exchange->response, status, slice_from_str(what), where,
                        slice_from_str(advice));
    return answer(exchange);
}

/* A header's value, empty when it was not sent; in the library's memory. */
static struct slice header_of(const struct http_exchange *exchange, const char *name)
{
    return slice_from_str(MHD_lookup_connection_value(exchange->handle, MHD_HEADER_KIND, name));
}

static struct slice kept(struct http_exchange *exchange, struct slice text)
{
    return slice_of(arena_copy(exchange->arena, text.ptr ? text.ptr : "", text.len), text.len);
}

static enum MHD_Result add_parameter(void *data, enum MHD_ValueKind kind, const char *name,
                                     size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    struct http_exchange *exchange = data;
    struct http_request *request = &exchange->request;
    if (request->parameter_count == HTTP_PARAMETERS_MAX) {
        exchange->target_refused = true;
        return MHD_NO;
    }
    exchange->parameters[request->parameter_count++] = (struct http_parameter){
        .name = kept(exchange, slice_of(name, name_len)),
        .value = kept(exchange, slice_of(value, value ? value_len : 0)),
    };
    return MHD_YES;
}

static void read_head(struct http_exchange *exchange, const char *path)
{
    struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    request->path = kept(exchange, slice_from_str(path));
    request->peer = exchange->connection->peer;
    request->parameters = exchange->parameters;
    MHD_get_connection_values_n(exchange->handle, MHD_GET_ARGUMENT_KIND, add_parameter, exchange);
    request->content_type = kept(exchange, header_of(exchange, "Content-Type"));
    request->accept = kept(exchange, header_of(exchange, "Accept"));
    exchange->response.error_pages = http_wants_page(request->accept);
    request->if_none_match = kept(exchange, header_of(exchange, "If-None-Match"));
    for (size_t i = 0; i < HTTP_SIGNATURE_MAX && server->signature[i] != NULL; i++)
        request->signature[i] = kept(exchange, header_of(exchange, server->signature[i]));
    request->may_write =
        http_guard_may_write(exchange->connection->door->write,
                             header_of(exchange, "Authorization"), slice_from_str(server->token));
}

static void add_allow(struct http_exchange *exchange, http_method_set methods)
{
    CLEANUP_BUF struct buf allow = {0};
    http_route_allow(methods, &allow);
    (void)http_response_header(&exchange->response, "Allow", buf_slice(&allow));
}

static enum MHD_Result answer_options(struct http_exchange *exchange, http_method_set methods)
{
    add_allow(exchange, methods);
    exchange->response.status = 204;
    return answer(exchange);
}

/* Writing needs the right to, which the listener gives or the handler judges. True: it goes on. */
static bool check_write(struct http_exchange *exchange, enum MHD_Result *result)
{
    if (exchange->request.method == HTTP_GET || exchange->request.may_write ||
        exchange->route->pace == HTTP_SLOW_SIGNED)
        return true;
    struct slice path = exchange->request.path;
    if (exchange->connection->door->write == HTTP_WRITE_NEVER || exchange->server->token[0] == '\0')
        *result = refuse(exchange, 403, "this listener only reads", path,
                         "use the control socket, or set a token in the configuration");
    else {
        (void)http_response_header(&exchange->response, "WWW-Authenticate", SLICE("Bearer"));
        *result = refuse(exchange, 401, "no token, or a wrong one", path,
                         "send `Authorization: Bearer TOKEN` with the token of the configuration");
    }
    return false;
}

/* What the headers say of the body. True: it may come. */
static bool check_body(struct http_exchange *exchange, enum MHD_Result *result)
{
    struct slice length = header_of(exchange, "Content-Length");
    uint64_t bytes = 0;
    if (MHD_lookup_connection_value(exchange->handle, MHD_HEADER_KIND, "Transfer-Encoding")) {
        *result = refuse(exchange, 411, "a body without a length", SLICE("Transfer-Encoding"),
                         "send Content-Length");
        return false;
    }
    if (length.len > 0 && !slice_to_u64(length, UINT64_MAX, &bytes)) {
        *result = refuse(exchange, 400, "not a length", SLICE("Content-Length"), "send a number");
        return false;
    }
    if (bytes > exchange->server->limits.body_bytes) {
        char most[64];
        snprintf(most, sizeof(most), "send at most %zu bytes", exchange->server->limits.body_bytes);
        *result = refuse(exchange, 413, "the body is too large", SLICE("Content-Length"), most);
        return false;
    }
    return true;
}

/* The library has room for more, which an answer's headers need. */
static bool check_head(struct http_exchange *exchange, enum MHD_Result *result)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info != NULL && info->header_size <= exchange->server->limits.head_bytes)
        return true;
    *result = refuse(exchange, 431, "the request line and headers are too large", SLICE("headers"),
                     "send fewer or shorter ones");
    return false;
}

static bool check_target(struct http_exchange *exchange, enum MHD_Result *result)
{
    const struct http_door *door = exchange->connection->door;
    if (exchange->target_refused) {
        *result = refuse(exchange, 400, "not a path of ours", exchange->request.path,
                         "send a path that begins with / and at most 32 parameters");
        return false;
    }
    struct slice host = header_of(exchange, "Host");
    if (door->check_host && !http_guard_host(host, door->hosts, door->host_count)) {
        *result =
            refuse(exchange, 421, "this host is not served here", SLICE("Host"),
                   "use the address, localhost, the name of the host, or one of web: names: in the "
                   "configuration");
        return false;
    }
    return true;
}

/* Finds the route and its rights. False: answered already, with *result. */
static bool check_route(struct http_exchange *exchange, const char *method, enum MHD_Result *result)
{
    const struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    struct slice name = slice_from_str(method);
    http_method_set allowed = 0;
    bool known = http_route_method(name, &request->method);
    if (known)
        exchange->route = http_route_find(server->routes, server->route_count, request->method,
                                          request->path, &request->rest, &allowed);
    else
        allowed = http_route_methods(server->routes, server->route_count, request->path);
    if (exchange->route)
        return check_write(exchange, result);
    bool options = slice_eq(name, SLICE("OPTIONS"));
    if (options && slice_eq(request->path, SLICE("*")))
        *result = answer_options(exchange, (1U << HTTP_METHODS) - 1);
    else if (allowed == 0)
        *result =
            refuse(exchange, 404, "there is nothing here", request->path, "/ lists what there is");
    else if (options)
        *result = answer_options(exchange, allowed);
    else {
        add_allow(exchange, allowed);
        *result = refuse(exchange, 405, "this path has no such method", slice_from_str(method),
                         "use one of those in the header Allow");
    }
    return false;
}

static enum MHD_Result take_head(struct http_exchange *exchange, const char *path,
                                 const char *method)
{
    enum MHD_Result result = MHD_YES;
    read_head(exchange, path);
    if (!check_head(exchange, &result) || !check_target(exchange, &result) ||
        !check_route(exchange, method, &result) || !check_body(exchange, &result))
        return result;
    exchange->stage = HTTP_STAGE_BODY;
    return MHD_YES;
}

static enum MHD_Result take_body_part(struct http_exchange *exchange, const char *bytes,
                                      size_t *length)
{
    /* The library keeps to Content-Length, which was checked. */
    ASSERT(exchange->body.len + *length <= exchange->server->limits.body_bytes);
    buf_add(&exchange->body, slice_of(bytes, *length));
    *length = 0;
    return MHD_YES;
}

static void call_handler(struct http_exchange *exchange)
{
    exchange->route->handler(exchange->server->context, &exchange->request, &exchange->response);
}

static void run_on_worker(struct job *job)
{
    call_handler((struct http_exchange *)job);
}

static enum MHD_Result handle(struct http_exchange *exchange)
{
    exchange->request.body = buf_slice(&exchange->body);
    if (exchange->route->pace == HTTP_QUICK) {
        call_handler(exchange);
        return answer(exchange);
    }
    exchange->job.run = run_on_worker;
    exchange->job.urgent = exchange->connection->door->socket.is_unix;
    if (!job_pool_submit(exchange->server->workers, &exchange->job)) {
        (void)http_response_header(&exchange->response, "Retry-After", SLICE("2"));
        return refuse(exchange, 503, "too many questions at once", exchange->request.path,
                      "ask again in a few seconds");
    }
    exchange->stage = HTTP_STAGE_WORKING;
    exchange->connection->speaking = false;
    http_connection_enter(exchange->connection, HTTP_WORKING, clock_steady_us());
    MHD_suspend_connection(exchange->handle);
    return MHD_YES;
}

void http_exchange_resume(struct http_exchange *exchange)
{
    exchange->stage = HTTP_STAGE_READY;
    http_connection_enter(exchange->connection, HTTP_ANSWERING, clock_steady_us());
    MHD_resume_connection(exchange->handle);
}

enum MHD_Result http_exchange_step(struct http_exchange *exchange, const char *path,
                                   const char *method, const char *bytes, size_t *length)
{
    switch (exchange->stage) {
    case HTTP_STAGE_LINE:
        return take_head(exchange, path, method);
    case HTTP_STAGE_BODY:
        return *length > 0 ? take_body_part(exchange, bytes, length) : handle(exchange);
    case HTTP_STAGE_READY:
        if (exchange->job.ran)
            return answer(exchange);
        return refuse(exchange, 503, "the daemon is ending", exchange->request.path,
                      "ask again when it runs");
    case HTTP_STAGE_WORKING:
    case HTTP_STAGE_ANSWERED:
        break;
    }
    return MHD_YES;
}
