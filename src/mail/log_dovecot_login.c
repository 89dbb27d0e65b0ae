/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of Dovecot's login processes (imap-login, pop3-login, submission-login,
 * managesieve-login).
 *
 *     Login: user=<U>, method=M, rip=A, lip=B, mpid=N, secured, session=<S>
 *     Disconnected: WHY (auth failed, 2 attempts in 9 secs): user=<U>, ...     2.3
 *     Login aborted: WHY (auth failed, ...) (auth_failed): user=<U>, ...       2.4
 *
 * U is whatever a client sent: the elements behind it are searched from the end, and method= counts
 * only where it touches rip=, so that U cannot bring its own. Elements are site-defined
 * (login_log_format_elements) and dropped when empty: the default is promised, others are best
 * effort. One line of a failure stands for all attempts of its connection.
 *
 * Peer documents: Dovecot src/login-common/client-common.c, src/login-common/client-common-auth.c.
 */
#include "mail/log_form.h"

static bool is_word(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_alpha(text.ptr[i]) && !ascii_is_digit(text.ptr[i]) && text.ptr[i] != '-')
            return false;
    return text.len > 0;
}

/* `user=<U>, method=M`, M at the very end. */
static void read_login_user(struct log_record *record, struct slice text)
{
    struct slice method = text, before;
    if (log_take_until_last(&method, SLICE(", method="), &before) && is_word(method)) {
        log_record_set(record, LOG_FIELD_SASL_METHOD, method);
        text = before;
    }
    if (!slice_take_prefix(&text, SLICE("user=<")))
        return;
    if (slice_ends_with(text, SLICE(">")))
        text.len--;
    log_set_if_any(record, LOG_FIELD_SASL_USERNAME, text);
}

/* `A, lip=B, mpid=N, secured, session=<S>` */
static void read_login_addresses(struct log_record *record, struct slice text)
{
    struct slice session = text, before;
    if (log_take_until_last(&session, SLICE(", session=<"), &before)) {
        text = before;
        if (slice_ends_with(session, SLICE(">")))
            session.len--;
        log_set_if_any(record, LOG_FIELD_SESSION, session);
    }
    log_set_if_any(record, LOG_FIELD_CLIENT_IP, slice_cut(&text, ','));
    if (slice_take_prefix(&text, SLICE(" lip=")))
        log_set_if_any(record, LOG_FIELD_SERVER_IP, slice_cut(&text, ','));
}

static void read_elements(struct log_record *record, struct slice text)
{
    struct slice addresses = text, before;
    if (slice_take_prefix(&addresses, SLICE("rip="))) {
        read_login_addresses(record, addresses);
        return;
    }
    if (log_take_until_last(&addresses, SLICE(", rip="), &before)) {
        read_login_addresses(record, addresses);
        text = before;
    }
    read_login_user(record, text);
}

/* Cuts `REASON: user=<...` where the elements begin. */
static struct slice cut_elements(struct slice *rest)
{
    static const struct slice marks[] = {
        LOG_MARK(": user=<"),
        LOG_MARK(": method="),
        LOG_MARK(": rip="),
    };
    struct slice whole = *rest;
    for (size_t i = 0; i < LOG_COUNT(marks); i++) {
        const char *at = slice_find(whole, marks[i]);
        if (at == NULL)
            continue;
        *rest = slice_between(at + 2, slice_end(whole));
        return slice_between(whole.ptr, at);
    }
    *rest = slice_skip(whole, whole.len);
    return whole;
}

/* Texts in the brackets of a session that ended before a login. */
static const struct {
    struct slice part;
    enum log_kind kind;
} endings[] = {
    {LOG_MARK("auth failed"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("authorization failed"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("user disabled"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("password expired"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("auth process communication failure"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("client didn't finish SASL auth"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("tried to use "), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("cert required"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("client sent an invalid cert"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("proxy dest auth failed"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("internal failure"), LOG_KIND_LOGIN_FAILED},
    {LOG_MARK("Maximum number of connections"), LOG_KIND_LOGIN_FAILED},
};

/* Drops 2.4's ` (code)` and then ` (bracket)` from the end of the reason. */
static struct slice cut_bracket(struct slice *reason)
{
    struct slice rest = *reason, inner = {reason->ptr, 0};
    for (int turn = 0; turn < 2 && slice_ends_with(rest, SLICE(")")); turn++) {
        struct slice text = rest, before;
        if (!log_take_until_last(&text, SLICE(" ("), &before))
            break;
        text.len--;
        bool is_code =
            turn == 0 && slice_ends_with(before, SLICE(")")) && slice_find_char(text, ' ') == NULL;
        inner = text;
        rest = before;
        if (!is_code)
            break;
    }
    if (inner.len > 0)
        *reason = rest;
    return inner;
}

/* `Disconnected: WHY (BRACKET)` and its like, in front of the elements. */
static void read_ending(struct log_record *record, struct slice reason)
{
    struct slice whole = reason;
    struct slice bracket = cut_bracket(&reason);
    record->kind = LOG_KIND_LOST;
    log_record_set(record, LOG_FIELD_REASON, reason);
    log_set_if_any(record, LOG_FIELD_DETAIL, bracket);
    for (size_t i = 0; i < LOG_COUNT(endings); i++)
        if (slice_find(whole, endings[i].part) != NULL)
            record->kind = LOG_KIND_LOGIN_FAILED;
}

static const struct slice ending_words[] = {
    LOG_MARK("Disconnected"),
    LOG_MARK("Aborted login"),
    LOG_MARK("Login aborted"),
    LOG_MARK("Connection closed"),
    LOG_MARK("Remote closed connection"),
    LOG_MARK("Client has quit the connection"),
    LOG_MARK("Maximum number of connections"),
};

void log_dovecot_login_read(struct log_record *record, struct slice text)
{
    struct slice elements = text;
    struct slice reason = cut_elements(&elements);
    read_elements(record, elements);
    if (slice_eq(reason, SLICE("Login")) || slice_eq(reason, SLICE("Logged in")) ||
        slice_find(reason, SLICE("started proxying to ")) != NULL) {
        record->kind = LOG_KIND_LOGIN;
        return;
    }
    for (size_t i = 0; i < LOG_COUNT(ending_words); i++) {
        if (slice_starts_with(reason, ending_words[i])) {
            read_ending(record, reason);
            return;
        }
    }
    record->kind = LOG_KIND_SERVICE;
    log_record_set(record, LOG_FIELD_DETAIL, reason);
}
