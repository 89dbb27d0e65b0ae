/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of Dovecot 2.2 to 2.4, through syslog or from its own file: deliveries, sessions,
 * remarks. The text begins at the process. For login processes see log_dovecot_login.c.
 *
 *     lmtp(USER)<PID><SESSION>: Info: msgid=<ID>: saved mail to INBOX
 *     lmtp(USER)<PID><SESSION>: sieve: msgid=<ID>: stored mail into mailbox 'INBOX'
 *     imap(USER)<PID><SESSION>: Disconnected: WHY in=1 out=2 ...
 *
 * The word of severity stands behind the process and is moved to line.severity here. The form of a
 * delivery is site-defined (deliver_log_format): the default is promised, others are best effort. A
 * message id is the sender's, so what was done with the message is the last verb of the line.
 *
 * Peer documents: Dovecot src/lib-lda/mail-deliver.c, src/lmtp/lmtp-client.c, src/lib/failures.c,
 * src/imap/imap-client.c; Pigeonhole src/lib-sieve/sieve-result.c.
 */
#include "mail/log_form.h"

/* `process(user)<pid><session>: `; what was not there is empty. */
struct head {
    struct slice process, user, pid, session;
};

static bool take_bracketed(struct slice *rest, char open, char close, struct slice *inner)
{
    if (rest->len == 0 || rest->ptr[0] != open)
        return false;
    const char *end = slice_find_char(*rest, close);
    if (end == NULL)
        return false;
    *inner = slice_between(rest->ptr + 1, end);
    *rest = slice_between(end + 1, slice_end(*rest));
    return true;
}

/* `(user)`: ends at the first `)` that `:` or `<` follows. */
static bool take_user(struct slice *rest, struct slice *user)
{
    struct slice search = *rest;
    const char *close;
    while ((close = slice_find_char(search, ')')) != NULL) {
        search = slice_between(close + 1, slice_end(search));
        if (search.len > 0 && (search.ptr[0] == ':' || search.ptr[0] == '<')) {
            *user = slice_between(rest->ptr + 1, close);
            *rest = search;
            return true;
        }
    }
    return false;
}

static bool take_head(struct slice *text, struct head *head)
{
    struct slice rest = *text;
    size_t n = 0;
    while (n < rest.len && (ascii_is_alpha(rest.ptr[n]) || ascii_is_digit(rest.ptr[n]) ||
                            rest.ptr[n] == '-' || rest.ptr[n] == '_'))
        n++;
    if (n == 0)
        return false;
    *head = (struct head){.process = slice_first(rest, n)};
    rest = slice_skip(rest, n);
    if (rest.len > 0 && rest.ptr[0] == '(' && !take_user(&rest, &head->user))
        return false;
    if (take_bracketed(&rest, '<', '>', &head->pid))
        take_bracketed(&rest, '<', '>', &head->session);
    if (!slice_take_prefix(&rest, SLICE(": ")))
        return false;
    *text = rest;
    return true;
}

/* Dovecot 2.2 has `lmtp(PID, user)`, and `lmtp(PID)` where there is no user. */
static void normalise_user(struct head *head)
{
    size_t n = 0;
    while (n < head->user.len && ascii_is_digit(head->user.ptr[n]))
        n++;
    if (n == 0 || head->pid.len > 0)
        return;
    struct slice rest = slice_skip(head->user, n);
    if (rest.len > 0 && !slice_take_prefix(&rest, SLICE(", ")))
        return;
    head->pid = slice_first(head->user, n);
    head->user = rest;
}

static void take_severity(struct log_record *record, struct slice *text)
{
    static const struct {
        struct slice word;
        enum log_severity severity;
    } levels[] = {
        {LOG_MARK("Info: "), LOG_SEVERITY_INFO},       {LOG_MARK("Debug: "), LOG_SEVERITY_INFO},
        {LOG_MARK("Warning: "), LOG_SEVERITY_WARNING}, {LOG_MARK("Error: "), LOG_SEVERITY_ERROR},
        {LOG_MARK("Fatal: "), LOG_SEVERITY_FATAL},     {LOG_MARK("Panic: "), LOG_SEVERITY_PANIC},
    };
    for (size_t i = 0; i < LOG_COUNT(levels); i++) {
        if (slice_take_prefix(text, levels[i].word)) {
            record->line.severity = levels[i].severity;
            return;
        }
    }
}

static const struct {
    struct slice verb;
    enum log_kind kind;
} deliveries[] = {
    {LOG_MARK("saved mail to "), LOG_KIND_SAVED},
    {LOG_MARK("stored mail into mailbox "), LOG_KIND_SAVED},
    {LOG_MARK("save failed to "), LOG_KIND_SAVE_FAILED},
    {LOG_MARK("failed to store into mailbox "), LOG_KIND_SAVE_FAILED},
    {LOG_MARK("forwarded to "), LOG_KIND_ACTION},
    {LOG_MARK("discarded duplicate forward to "), LOG_KIND_ACTION},
    {LOG_MARK("sent vacation response to "), LOG_KIND_ACTION},
    {LOG_MARK("marked message to be discarded"), LOG_KIND_ACTION},
    {LOG_MARK("rejected message from "), LOG_KIND_ACTION},
};

/* `INBOX` or `'INBOX'`, and `: why` of a failure. */
static void read_mailbox(struct log_record *record, struct slice rest)
{
    struct slice mailbox = rest, why = slice_skip(rest, rest.len);
    bool failed = record->kind == LOG_KIND_SAVE_FAILED;
    if (failed && log_take_until(&rest, SLICE(": "), &mailbox))
        why = rest;
    if (mailbox.len > 1 && mailbox.ptr[0] == '\'' && mailbox.ptr[mailbox.len - 1] == '\'')
        mailbox = slice_of(mailbox.ptr + 1, mailbox.len - 2);
    log_record_set(record, LOG_FIELD_MAILBOX, mailbox);
    log_set_if_any(record, LOG_FIELD_REASON, why);
}

/* The verb that stands last: a message id may hold another one. */
static bool find_delivery(struct slice text, size_t *which, const char **at)
{
    *at = NULL;
    for (size_t i = 0; i < LOG_COUNT(deliveries); i++) {
        const char *found = slice_find_last(text, deliveries[i].verb);
        if (found == NULL || (*at != NULL && found < *at))
            continue;
        *at = found;
        *which = i;
    }
    return *at != NULL;
}

/* `sieve: msgid=<ID>: verb ...`, `msgid=<ID>: fileinto action: verb ...` */
static void read_message_id(struct log_record *record, struct slice before)
{
    struct slice id = slice_trim(before), ignored;
    if (!log_take_until(&id, SLICE("msgid="), &ignored))
        return;
    if (slice_ends_with(id, SLICE(" action:")) && log_take_until_last(&id, SLICE(": "), &ignored))
        id = ignored;
    if (slice_ends_with(id, SLICE(":")))
        id.len--;
    log_set_if_any(record, LOG_FIELD_MESSAGE_ID, id);
}

static bool read_delivery(struct log_record *record, struct slice text)
{
    size_t which;
    const char *at;
    if (!find_delivery(text, &which, &at))
        return false;
    record->kind = deliveries[which].kind;
    struct slice rest = slice_between(at, slice_end(text));
    read_message_id(record, slice_between(text.ptr, at));
    if (record->kind == LOG_KIND_ACTION)
        log_record_set(record, LOG_FIELD_REASON, rest);
    else
        read_mailbox(record, slice_skip(rest, deliveries[which].verb.len));
    return true;
}

/* `Connect from A`, `Disconnect from A: why (state = READY)` of lmtp. */
static bool read_lmtp_session(struct log_record *record, struct slice text)
{
    if (slice_take_prefix(&text, SLICE("Connect from "))) {
        record->kind = LOG_KIND_CONNECT;
        log_record_set(record, LOG_FIELD_CLIENT_IP, text);
        return true;
    }
    if (!slice_take_prefix(&text, SLICE("Disconnect from ")))
        return false;
    struct slice ip, why = text;
    record->kind = LOG_KIND_DISCONNECT;
    bool has_why = log_take_until(&why, SLICE(": "), &ip);
    log_record_set(record, LOG_FIELD_CLIENT_IP, has_why ? ip : text);
    if (has_why)
        log_record_set(record, LOG_FIELD_REASON, why);
    return true;
}

/* `Logged out in=1 out=2`, `Disconnected: WHY in=1 out=2`; pop3 has `top=0/0, retr=1/2, ...`. */
static bool read_logout(struct log_record *record, struct slice text)
{
    if (!slice_starts_with(text, SLICE("Logged out")) &&
        !slice_starts_with(text, SLICE("Disconnected")) &&
        !slice_starts_with(text, SLICE("Connection closed")))
        return false;
    struct slice counts = text, before;
    record->kind = LOG_KIND_LOGOUT;
    if (log_take_until_last(&counts, SLICE(" in="), &before)) {
        log_record_set(record, LOG_FIELD_COUNTS,
                       slice_between(counts.ptr - (sizeof("in=") - 1), slice_end(counts)));
        text = before;
    } else if (log_take_until_last(&counts, SLICE(" top="), &before)) {
        log_record_set(record, LOG_FIELD_DETAIL,
                       slice_between(counts.ptr - (sizeof("top=") - 1), slice_end(counts)));
        text = before;
    }
    log_record_set(record, LOG_FIELD_REASON, text);
    return true;
}

static bool is_delivering(struct slice process)
{
    return slice_eq(process, SLICE("lmtp")) || slice_eq(process, SLICE("lda")) ||
           slice_eq(process, SLICE("deliver"));
}

/* True when the text said more than a remark. */
static bool read_session(struct log_record *record, const struct head *head, struct slice text)
{
    bool delivering = is_delivering(head->process);
    log_set_if_any(record, delivering ? LOG_FIELD_TO : LOG_FIELD_SASL_USERNAME, head->user);
    log_set_if_any(record, LOG_FIELD_SESSION, head->session);
    if (delivering)
        return read_delivery(record, text) || read_lmtp_session(record, text);
    return head->user.len > 0 && (read_logout(record, text) || read_delivery(record, text));
}

void log_dovecot_parse(struct log_record *record)
{
    struct slice text = record->line.text;
    struct head head;
    if (!take_head(&text, &head))
        return;
    normalise_user(&head);
    if (record->line.pid.len == 0 && head.pid.len > 0)
        record->line.pid = head.pid;
    take_severity(record, &text);
    bool severe = record->line.severity != LOG_SEVERITY_INFO;
    if (severe)
        log_record_set(record, LOG_FIELD_WARNING, text);
    if (slice_ends_with(head.process, SLICE("-login")))
        log_dovecot_login_read(record, text);
    else
        read_session(record, &head, text);
    if (record->kind != LOG_KIND_UNKNOWN && !(severe && record->kind == LOG_KIND_SERVICE))
        return;
    record->kind = severe ? LOG_KIND_WARNING : LOG_KIND_SERVICE;
    if (!severe)
        log_record_set(record, LOG_FIELD_DETAIL, text);
}
