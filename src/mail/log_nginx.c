/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of nginx' mail proxy, from its error log at level info.
 *
 *     [info] PID#TID: *CONN client login failed: "TEXT" while in http auth state, client: A,
 *     server: B:P, login: "U"
 *     [info] PID#TID: *CONN client logged in, client: A, server: B:P, login: "U", upstream: C:P
 *
 * U is chosen by the client and not escaped. It stands behind client and server, so those are the
 * first of their name behind the words; a line that ends with `"` has no upstream. TEXT comes from
 * the authentication service, which is ours.
 *
 * Peer documents: nginx src/mail/ngx_mail_handler.c (ngx_mail_log_error),
 * ngx_mail_auth_http_module.c, ngx_mail_proxy_module.c, src/core/ngx_log.c.
 */
#include "mail/log_form.h"

static const struct {
    struct slice word;
    enum log_severity severity;
} levels[] = {
    {LOG_MARK("[info] "), LOG_SEVERITY_INFO},    {LOG_MARK("[notice] "), LOG_SEVERITY_INFO},
    {LOG_MARK("[warn] "), LOG_SEVERITY_WARNING}, {LOG_MARK("[error] "), LOG_SEVERITY_ERROR},
    {LOG_MARK("[crit] "), LOG_SEVERITY_FATAL},   {LOG_MARK("[alert] "), LOG_SEVERITY_PANIC},
    {LOG_MARK("[emerg] "), LOG_SEVERITY_PANIC},  {LOG_MARK("[debug] "), LOG_SEVERITY_INFO},
};

static bool take_level(struct log_record *record, struct slice *text)
{
    for (size_t i = 0; i < LOG_COUNT(levels); i++) {
        if (slice_take_prefix(text, levels[i].word)) {
            record->line.severity = levels[i].severity;
            return true;
        }
    }
    return false;
}

/* `PID#TID: *CONN `; a line about no connection has no third part. */
static void take_numbers(struct log_record *record, struct slice *text)
{
    struct slice rest = *text, numbers, connection;
    if (!log_take_until(&rest, SLICE(": "), &numbers))
        return;
    struct slice pid = slice_cut(&numbers, '#');
    if (numbers.ptr == NULL)
        return;
    if (record->line.pid.len == 0)
        record->line.pid = pid;
    *text = rest;
    if (!slice_take_prefix(&rest, SLICE("*")) || !log_take_until(&rest, SLICE(" "), &connection))
        return;
    log_record_set(record, LOG_FIELD_SESSION, connection);
    *text = rest;
}

/* `B:P`, `[B]:P`, `unix:...` */
static void read_address(struct log_record *record, struct slice text, enum log_field ip,
                         enum log_field port)
{
    struct slice number = text, host;
    if (!log_take_until_last(&number, SLICE(":"), &host) || number.len == 0 ||
        !ascii_is_digit(number.ptr[0])) {
        log_record_set(record, ip, text);
        return;
    }
    if (host.len > 2 && host.ptr[0] == '[' && slice_ends_with(host, SLICE("]")))
        host = slice_of(host.ptr + 1, host.len - 2);
    log_record_set(record, ip, host);
    log_record_set(record, port, number);
}

/* `U"` or `U", upstream: C:P` */
static void read_login(struct log_record *record, struct slice rest)
{
    struct slice upstream = rest, login;
    if (slice_ends_with(rest, SLICE("\""))) {
        rest.len--;
    } else if (log_take_until_last(&upstream, SLICE("\", upstream: "), &login)) {
        log_record_set(record, LOG_FIELD_RELAY, upstream);
        read_address(record, upstream, LOG_FIELD_RELAY_IP, LOG_FIELD_RELAY_PORT);
        rest = login;
    } else {
        record->cut = true;
    }
    log_record_set(record, LOG_FIELD_SASL_USERNAME, rest);
}

/* `A, server: B:P, login: "U"...` */
static void read_context(struct log_record *record, struct slice rest)
{
    struct slice part;
    bool has_server = log_take_until(&rest, SLICE(", server: "), &part);
    log_record_set(record, LOG_FIELD_CLIENT_IP, has_server ? part : rest);
    if (!has_server)
        return;
    bool has_login = log_take_until(&rest, SLICE(", login: \""), &part);
    struct slice server = has_login ? part : rest;
    struct slice server_end = server;
    server = slice_cut(&server_end, ',');
    read_address(record, server, LOG_FIELD_SERVER_IP, LOG_FIELD_SERVER_PORT);
    if (has_login)
        read_login(record, rest);
}

/* Text in the quotes of `client login failed: "TEXT" while ...`. */
static void read_failed(struct log_record *record, struct slice rest)
{
    struct slice reason, state = rest;
    if (!slice_take_prefix(&state, SLICE("\"")) ||
        !log_take_until(&state, SLICE("\" while "), &reason)) {
        record->cut = true;
        log_record_set(record, LOG_FIELD_REASON, rest);
        return;
    }
    log_record_set(record, LOG_FIELD_REASON, reason);
    log_record_set(record, LOG_FIELD_STAGE, state);
}

/* `A:P connected to B:Q` */
static void read_connected(struct log_record *record, struct slice rest)
{
    struct slice client;
    if (!log_take_until(&rest, SLICE(" connected to "), &client)) {
        record->kind = LOG_KIND_SERVICE;
        log_record_set(record, LOG_FIELD_DETAIL, record->line.text);
        return;
    }
    read_address(record, client, LOG_FIELD_CLIENT_IP, LOG_FIELD_CLIENT_PORT);
    read_address(record, rest, LOG_FIELD_SERVER_IP, LOG_FIELD_SERVER_PORT);
}

static void read_ended(struct log_record *record, struct slice rest)
{
    (void)rest;
    log_record_set(record, LOG_FIELD_REASON, record->line.text);
}

static const struct log_form forms[] = {
    LOG_FORM("client login failed: ", LOGIN_FAILED, read_failed),
    LOG_FORM("client logged in", LOGIN, NULL),
    LOG_FORM("proxied session done", LOGOUT, read_ended),
    LOG_FORM("client timed out", LOST, read_ended),
    LOG_FORM("client closed connection", LOST, read_ended),
    LOG_FORM("client prematurely closed connection", LOST, read_ended),
    LOG_FORM("client ", CONNECT, read_connected),
};

/* Reads `words` with the table; the record's text is only lent. */
static void read_words(struct log_record *record, struct slice words)
{
    struct slice text = record->line.text;
    record->line.text = words;
    bool known = log_form_read(record, forms, LOG_COUNT(forms));
    record->line.text = text;
    if (known)
        return;
    bool severe = record->line.severity != LOG_SEVERITY_INFO;
    record->kind = severe ? LOG_KIND_WARNING : LOG_KIND_SERVICE;
    if (!severe)
        log_record_set(record, LOG_FIELD_DETAIL, words);
}

void log_nginx_parse(struct log_record *record)
{
    struct slice rest = record->line.text, words;
    if (!take_level(record, &rest))
        return;
    take_numbers(record, &rest);
    if (record->line.severity != LOG_SEVERITY_INFO)
        log_record_set(record, LOG_FIELD_WARNING, rest);
    if (!log_take_until(&rest, SLICE(", client: "), &words)) {
        read_words(record, rest);
        return;
    }
    read_context(record, rest);
    read_words(record, words);
}
