/* SPDX-License-Identifier: Apache-2.0
 *
 * A question on its way through libmicrohttpd 0.9.75: the library calls when the head is there, and
 * again after an answer that came later. It lets two things through that are refused here, by where
 * the bytes lie, which it leaves in their place: of a folded line it puts the rest behind the name,
 * in a place of its own; a value it ends at a NUL.
 */
#include "io/header_server_private.h"

#include <string.h>

#include "base/memory.h"

enum { ACCEPTS_IN_HAND = 64 };

/* ---- answers ---- */

static struct MHD_Response *response_new(const char *text)
{
    struct MHD_Response *made = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    ASSERT(made != NULL); /* no memory */
    return made;
}

/* Cuts the lines, which are ours to write in, into strings. False: not of that form. */
static bool add_lines(struct MHD_Response *made, char *line, char *end)
{
    while (line < end) {
        char *name = line, *value = strstr(line, ": "), *stop = strstr(line, "\r\n");
        if (value == NULL || stop == NULL || stop < value)
            return false;
        *value = *stop = '\0';
        if (MHD_add_response_header(made, name, value + 2) != MHD_YES)
            return false;
        line = stop + 2;
    }
    return true;
}

/* NULL: the lines have not the form. */
static struct MHD_Response *response_of(struct slice lines)
{
    char room[HEADER_ANSWER_MAX + 1];
    ASSERT(lines.len <= HEADER_ANSWER_MAX);
    char *end = room;
    (void)slice_put(lines, &end);
    *end = '\0';
    struct MHD_Response *made = response_new("");
    bool good = add_lines(made, room, end);
    explicit_bzero(room, lines.len); /* it may say a password */
    if (good)
        return made;
    MHD_destroy_response(made);
    return NULL;
}

static enum MHD_Result queue(struct header_connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    header_connection_enter(connection, HEADER_ANSWERING);
    enum MHD_Result result = MHD_queue_response(connection->handle, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Says why, without a header line of the caller's, and closes. */
static enum MHD_Result refuse(struct header_connection *connection, unsigned status,
                              const char *why)
{
    struct MHD_Response *response = response_new(why);
    header_count(connection->server, &connection->server->counts.bad);
    (void)MHD_add_response_header(response, "Connection", "close");
    (void)MHD_add_response_header(response, "Content-Type", "text/plain");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, "Allow", "GET");
    return queue(connection, status, response);
}

/* ---- the head ---- */

/* Has as many parameters as the library gives. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result take_field(void *data, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t value_len)
{
    struct header_server *server = data;
    (void)kind;
    if (server->field_count++ == HEADER_LINES_MAX)
        return MHD_NO;
    server->fields[server->field_count - 1] =
        (struct header_field){slice_of(name, name_len), slice_of(value, value_len)};
    return MHD_YES;
}

/* Of what lies between two parts of a head: NULs that the library put, and blanks if they may be.
 */
static bool is_gap(const char *begin, const char *end, bool blanks)
{
    if (begin > end)
        return false;
    for (const char *at = begin; at < end; at++)
        if (*at != '\0' && !(blanks && (*at == ' ' || *at == '\t')))
            return false;
    return true;
}

/* Each value behind its name, each line behind the one before. */
static bool is_plain(const struct header_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct header_field *field = &fields[i];
        const char *end = slice_end(field->name);
        if (field->value.ptr != NULL && !is_gap(end, field->value.ptr, true))
            return false;
        if (field->value.ptr != NULL)
            end = slice_end(field->value);
        if (i + 1 < count ? !is_gap(end, fields[i + 1].name.ptr, false) : end[1] != '\0')
            return false;
    }
    return true;
}

/* NULL, or why not. */
static const char *fault_of(const struct header_server *server, const char *method,
                            unsigned *status)
{
    *status = MHD_HTTP_METHOD_NOT_ALLOWED;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return "only GET is answered here\n";
    *status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
    if (server->field_count > HEADER_LINES_MAX)
        return "too many header lines\n";
    *status = MHD_HTTP_BAD_REQUEST;
    if (!is_plain(server->fields, server->field_count))
        return "a header line is folded, or has a NUL\n";
    for (size_t i = 0; i < server->field_count; i++) {
        const struct header_field *field = &server->fields[i];
        if (slice_ieq(field->name, SLICE("Transfer-Encoding")) ||
            (slice_ieq(field->name, SLICE("Content-Length")) &&
             !slice_eq(field->value, SLICE("0"))))
            return "a question here has no body\n";
    }
    return NULL;
}

/* What the library still wants to know stays. */
static void wipe_values(const struct header_server *server)
{
    for (size_t i = 0; i < server->field_count && i < HEADER_LINES_MAX; i++) {
        const struct header_field *field = &server->fields[i];
        if (field->value.len > 0 && !slice_ieq(field->name, SLICE("Connection")))
            explicit_bzero((void *)(uintptr_t)field->value.ptr, field->value.len);
    }
}

static void ask(struct header_connection *connection, const char *path)
{
    struct header_server *server = connection->server;
    connection->serial = ++server->serial;
    connection->spoke = false;
    header_connection_enter(connection, HEADER_ASKED);
    header_count(server, &server->counts.asked);
    const struct header_question question = {
        .path = slice_from_str(path),
        .headers = server->fields,
        .count = server->field_count,
        .peer = connection->peer,
        .is_unix = connection->is_unix,
        .ticket = {server, (size_t)(connection - server->places), connection->serial},
    };
    bool fed = door_loop_is_fed(server->doors, connection->since_us);
    server->options.ask(server->options.context, fed, &question);
    wipe_values(server);
}

/* ---- what the library calls ---- */

/* A connection that is to be kept is asked for at the second call: what is queued at the first one
 * may have a body behind it, so the library closes after it. */
static enum MHD_Result take_head(struct header_connection *connection, const char *path,
                                 const char *method, bool keeps)
{
    struct header_server *server = connection->server;
    unsigned status;
    server->field_count = 0;
    MHD_get_connection_values_n(connection->handle, MHD_HEADER_KIND, take_field, server);
    const char *why = fault_of(server, method, &status);
    bool first = !connection->called;
    connection->called = true;
    if (why == NULL && !(first && keeps))
        ask(connection, path);
    if (why == NULL)
        return MHD_YES;
    connection->spoke = false;
    wipe_values(server);
    return refuse(connection, status, why);
}

/* As many parameters as the library gives. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_step(void *data, struct MHD_Connection *handle, const char *path,
                               const char *method, const char *version, const char *bytes,
                               size_t *length, void **context)
{
    struct header_connection *connection = *context;
    (void)data;
    (void)handle;
    (void)bytes;
    if (connection->phase == HEADER_ENDED || *length > 0)
        return MHD_NO;
    if (connection->phase == HEADER_HEAD) {
        enum MHD_Result result =
            take_head(connection, path, method, strcmp(version, "HTTP/1.0") != 0);
        if (connection->phase != HEADER_ASKED)
            return result;
    }
    if (connection->answer != NULL) {
        struct MHD_Response *answer = connection->answer;
        connection->answer = NULL;
        header_count(connection->server, &connection->server->counts.answered);
        return queue(connection, MHD_HTTP_OK, answer);
    }
    if (connection->phase == HEADER_ASKED && !connection->suspended) {
        connection->suspended = true;
        MHD_suspend_connection(handle);
    }
    return MHD_YES;
}

/* The request line is there. What is returned is the context of the calls that follow. */
static void *on_line(void *data, const char *target, struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    (void)data;
    (void)target;
    ASSERT(info != NULL);
    struct header_connection *connection = info->socket_context;
    connection->spoke = true;
    connection->called = false;
    if (connection->phase == HEADER_IDLE)
        header_connection_enter(connection, HEADER_HEAD);
    return connection;
}

static void on_completed(void *data, struct MHD_Connection *handle, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct header_connection *connection = *context;
    (void)data;
    (void)handle;
    (void)code;
    if (connection == NULL)
        return;
    connection->serial = 0;
    if (connection->phase != HEADER_ENDED)
        header_connection_enter(connection, HEADER_IDLE);
    *context = NULL;
}

static void on_connection(void *data, struct MHD_Connection *handle, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct header_server *server = data;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = server->entering;
        server->entering->handle = handle;
        return;
    }
    struct header_connection *connection = *context;
    if (connection == NULL)
        return;
    if (connection->spoke && connection->phase != HEADER_ENDED)
        header_count(server, &server->counts.bad);
    header_connection_free(connection);
    *context = NULL;
}

bool header_exchange_start(struct header_server *server, struct err *err)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
        NULL, NULL, on_step, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)server->place_count + ACCEPTS_IN_HAND, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_HEAD_MAX, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_line,
        server, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
    return server->daemon != NULL || err_set(err, ERR_LIBRARY, "libmicrohttpd does not start");
}

bool header_answer(const struct header_ticket *ticket, struct slice lines)
{
    struct header_server *server = ticket->server;
    struct header_connection *connection = &server->places[ticket->slot];
    if (connection->serial != ticket->serial || connection->phase != HEADER_ASKED ||
        connection->answer != NULL)
        return false;
    connection->answer = response_of(lines);
    ASSERT(connection->answer != NULL);
    if (connection->suspended) {
        connection->suspended = false;
        MHD_resume_connection(connection->handle);
        server->stirred = true;
    }
    return true;
}
