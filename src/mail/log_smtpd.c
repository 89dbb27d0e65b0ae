/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of smtpd and qmqpd: a session's begin and end, the birth of a queue id, lost connections,
 * failed logins, complaints about a client. What was decided about a command is in log_action.c.
 *
 * A client name is a verified host name or `unknown`, a command name is Postfix' own; logins,
 * addresses and what follows `non-SMTP command` are chosen by the client and therefore never looked
 * at to find a field in front of them.
 *
 * Peer documents: Postfix src/smtpd/smtpd.c, smtpd_sasl_glue.c, smtpd_sasl_proto.c, smtpd_peer.c.
 */
#include "mail/log_form.h"

static void read_connect(struct log_record *record, struct slice rest)
{
    log_read_client(record, rest);
}

/* `N[ip] ehlo=1 mail=1 rcpt=1/2 commands=3/4`; no counts before Postfix 3.0. */
static void read_disconnect(struct log_record *record, struct slice rest)
{
    struct slice peer = slice_cut(&rest, ' ');
    log_read_client(record, peer);
    if (rest.len > 0)
        log_record_set(record, LOG_FIELD_COUNTS, rest);
}

struct client_option {
    struct slice mark;
    enum log_field field;
};

/* In the order in which smtpd writes them. */
static const struct client_option client_options[] = {
    {LOG_MARK(", sasl_method="), LOG_FIELD_SASL_METHOD},
    {LOG_MARK(", sasl_username="), LOG_FIELD_SASL_USERNAME},
    {LOG_MARK(", sasl_sender="), LOG_FIELD_SASL_SENDER},
    {LOG_MARK(", orig_queue_id="), LOG_FIELD_ORIG_QUEUE_ID},
    {LOG_MARK(", orig_client="), LOG_FIELD_ORIG_CLIENT},
};

/* Options whose values hold no comma, read forwards. False: one does, or is unknown; what was set
 * so far is then set anew by the caller. */
static bool read_plain_options(struct log_record *record, struct slice rest)
{
    size_t next = 0;
    while (rest.len > 0) {
        while (next < LOG_COUNT(client_options) &&
               !slice_starts_with(rest, client_options[next].mark))
            next++;
        if (next == LOG_COUNT(client_options))
            return false;
        struct slice value = slice_skip(rest, client_options[next].mark.len);
        const char *comma = slice_find_near(value, ',');
        const char *end = comma ? comma : slice_end(value);
        log_record_set(record, client_options[next++].field, slice_between(value.ptr, end));
        rest = slice_between(end, slice_end(rest));
    }
    return true;
}

/* A login may hold anything: the last mark of each option counts. */
static void read_options(struct log_record *record, struct slice rest)
{
    for (size_t i = LOG_COUNT(client_options); i-- > 0;) {
        struct slice value = rest, before;
        if (!log_take_until_last(&value, client_options[i].mark, &before))
            continue;
        log_record_set(record, client_options[i].field, value);
        rest = before;
    }
}

static void read_client(struct log_record *record, struct slice rest)
{
    const char *comma = slice_find_near(rest, ',');
    struct slice peer = comma ? slice_between(rest.ptr, comma) : rest;
    struct slice options = slice_skip(rest, peer.len);
    uint64_t present = record->present;
    if (!read_plain_options(record, options)) {
        record->present = present;
        read_options(record, options);
    }
    log_read_client(record, peer);
}

/* `CMD (N bytes) from N[ip]`, behind the reason's words and ` after `. */
static void read_lost(struct log_record *record, struct slice rest)
{
    struct slice stage, peer = rest;
    const char *text = record->line.text.ptr;
    log_record_set(record, LOG_FIELD_REASON,
                   slice_between(text, rest.ptr - (sizeof(" after ") - 1)));
    if (!log_take_until_last(&peer, SLICE(" from "), &stage)) {
        record->cut = true;
        return;
    }
    struct slice bytes = stage, word;
    if (slice_ends_with(stage, SLICE(" bytes)")) &&
        log_take_until_last(&bytes, SLICE(" ("), &word)) {
        log_record_set(record, LOG_FIELD_DETAIL, slice_first(bytes, bytes.len - 1));
        stage = word;
    }
    log_record_set(record, LOG_FIELD_STAGE, stage);
    log_read_client(record, peer);
}

/* `CMD from N[ip]: what the client sent` */
static void read_pipelining(struct log_record *record, struct slice rest)
{
    struct slice stage, peer;
    if (!log_take_until(&rest, SLICE(" from "), &stage) ||
        !log_take_until(&rest, SLICE(": "), &peer)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_STAGE, stage);
    log_record_set(record, LOG_FIELD_DETAIL, rest);
    log_read_client(record, peer);
}

/* `TLS from N[ip]: why` */
static void read_abort(struct log_record *record, struct slice rest)
{
    struct slice stage, peer;
    log_record_set(record, LOG_FIELD_ACTION, slice_first(record->line.text, sizeof("abort") - 1));
    if (!log_take_until(&rest, SLICE(" from "), &stage) ||
        !log_take_until(&rest, SLICE(": "), &peer)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_STAGE, stage);
    log_record_set(record, LOG_FIELD_REASON, rest);
    log_read_client(record, peer);
}

/* `failed: why, sasl_username=U`. The first mark counts: why is the server's, U the client's. */
static void read_login_reason(struct log_record *record, struct slice rest)
{
    struct slice reason = rest;
    slice_take_prefix(&reason, SLICE("failed: "));
    struct slice user = reason;
    if (log_take_until(&user, SLICE(", sasl_username="), &reason) &&
        !slice_eq(user, SLICE("(unavailable)")))
        log_record_set(record, LOG_FIELD_SASL_USERNAME, user);
    log_record_set(record, LOG_FIELD_REASON, reason);
}

/* `N[ip]: SASL M authentication failed: ...` or `aborted`. A peer has no blank in it: that tells
 * this line from one that quotes a client's words. */
static bool read_login_failed(struct log_record *record, struct slice text)
{
    struct slice rest = text, peer, method;
    if (!log_take_until(&rest, SLICE(": SASL "), &peer) || slice_find_char(peer, ' ') != NULL)
        return false;
    if (!log_take_until(&rest, SLICE(" authentication "), &method) ||
        slice_find_char(method, ' ') != NULL)
        return false;
    if (!slice_starts_with(rest, SLICE("failed")) && !slice_starts_with(rest, SLICE("aborted")))
        return false;
    record->kind = LOG_KIND_LOGIN_FAILED;
    log_record_set(record, LOG_FIELD_WARNING, text);
    log_record_set(record, LOG_FIELD_SASL_METHOD, method);
    read_login_reason(record, rest);
    log_read_client(record, peer);
    return true;
}

/* Complaints in which the first ` from ` names the client. Their kind is log_any_parse's to set. */
static const struct slice client_complaints[] = {
    LOG_MARK("Connection rate limit exceeded: "),
    LOG_MARK("Connection concurrency limit exceeded: "),
    LOG_MARK("Message delivery request rate limit exceeded: "),
    LOG_MARK("Recipient address rate limit exceeded: "),
    LOG_MARK("New TLS session rate limit exceeded: "),
    LOG_MARK("AUTH command rate limit exceeded: "),
    LOG_MARK("Refresh rate limit exceeded: "),
    LOG_MARK("Illegal address syntax from "),
    LOG_MARK("non-SMTP command from "),
};

static void read_complaint(struct log_record *record, struct slice text)
{
    struct slice rest = text, before;
    if (slice_starts_with(text, SLICE("hostname "))) {
        if (log_take_until(&rest, SLICE(" does not resolve to address "), &before))
            log_record_set(record, LOG_FIELD_CLIENT_IP,
                           log_take_until(&rest, SLICE(": "), &before) ? before : rest);
        return;
    }
    for (size_t i = 0; i < LOG_COUNT(client_complaints); i++) {
        if (!slice_starts_with(text, client_complaints[i]))
            continue;
        if (!log_take_until(&rest, SLICE(" from "), &before))
            return;
        struct slice peer = slice_cut(&rest, ' ');
        if (slice_ends_with(peer, SLICE(":")))
            peer.len--;
        log_read_client(record, peer);
        return;
    }
}

static const struct log_form forms[] = {
    LOG_FORM("connect from ", CONNECT, read_connect),
    LOG_FORM("disconnect from ", DISCONNECT, read_disconnect),
    LOG_FORM("client=", CLIENT, read_client),
    LOG_FORM("lost connection after ", LOST, read_lost),
    LOG_FORM("timeout after ", LOST, read_lost),
    LOG_FORM("too many errors after ", LOST, read_lost),
    LOG_FORM("improper command pipelining after ", SERVICE, read_pipelining),
    LOG_FORM("abort: ", LOST, read_abort),
    LOG_FORM("discarding EHLO keywords: ", SERVICE, NULL),
};

void log_smtpd_parse(struct log_record *record)
{
    if (record->line.severity != LOG_SEVERITY_INFO) {
        if (!read_login_failed(record, record->line.text))
            read_complaint(record, record->line.text);
        return;
    }
    if (!log_form_read(record, forms, LOG_COUNT(forms)) && record->line.text.len > 0)
        log_action_read(record);
}
