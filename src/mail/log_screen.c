/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of postscreen, dnsblog and tlsproxy. A client is `[ip]:port` here, without a name. The
 * words of a verdict are ACTION, with the names before Postfix 3.6 (WHITELISTED, BLACKLISTED) as
 * they are.
 *
 * Peer documents: Postfix src/postscreen/postscreen.c, postscreen_early.c, postscreen_misc.c,
 * postscreen_smtpd.c, postscreen_state.c, src/dnsblog/dnsblog.c, src/tlsproxy/tlsproxy.c.
 */
#include "mail/log_form.h"

static bool take_client(struct log_record *record, struct slice *rest)
{
    return log_take_endpoint(record, rest, LOG_FIELD_CLIENT_IP, LOG_FIELD_CLIENT_PORT);
}

/* What stands before `rest` in the text, without the blanks around it. */
static struct slice words_before(const struct log_record *record, struct slice rest)
{
    return slice_trim(slice_between(record->line.text.ptr, rest.ptr));
}

/* `[ip]:port to [ip]:port`; tlsproxy has no second part. */
static void read_connect(struct log_record *record, struct slice rest)
{
    if (!take_client(record, &rest))
        record->kind = LOG_KIND_UNKNOWN;
    else if (slice_take_prefix(&rest, SLICE(" to ")))
        log_take_endpoint(record, &rest, LOG_FIELD_SERVER_IP, LOG_FIELD_SERVER_PORT);
}

/* `[ip]:port` behind the words of a verdict. */
static void read_verdict(struct log_record *record, struct slice rest)
{
    log_record_set(record, LOG_FIELD_ACTION, words_before(record, rest));
    if (!take_client(record, &rest))
        record->kind = LOG_KIND_UNKNOWN;
}

static void read_disconnect(struct log_record *record, struct slice rest)
{
    if (!take_client(record, &rest))
        record->kind = LOG_KIND_UNKNOWN;
}

/* `N after T from [ip]:port: data` */
static void read_pregreet(struct log_record *record, struct slice rest)
{
    struct slice count;
    log_record_set(record, LOG_FIELD_ACTION, words_before(record, rest));
    if (!log_take_until(&rest, SLICE(" from "), &count) || !take_client(record, &rest)) {
        record->cut = true;
        return;
    }
    if (slice_take_prefix(&rest, SLICE(": ")))
        log_record_set(record, LOG_FIELD_DETAIL, rest);
}

/* `after T from [ip]:port in TEST` */
static void read_hangup(struct log_record *record, struct slice rest)
{
    struct slice seconds;
    log_record_set(record, LOG_FIELD_ACTION, slice_first(record->line.text, sizeof("HANGUP") - 1));
    if (!log_take_until(&rest, SLICE(" from "), &seconds) || !take_client(record, &rest)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_DETAIL, seconds);
    if (slice_take_prefix(&rest, SLICE(" in ")))
        log_record_set(record, LOG_FIELD_STAGE, rest);
}

/* `N for [ip]:port` */
static void read_rank(struct log_record *record, struct slice rest)
{
    struct slice rank;
    log_record_set(record, LOG_FIELD_ACTION, words_before(record, rest));
    if (!log_take_until(&rest, SLICE(" for "), &rank) || !take_client(record, &rest)) {
        record->cut = true;
        return;
    }
    log_record_set(record, LOG_FIELD_DETAIL, rank);
}

/* `[ip]:port after CMD: data`, behind `COMMAND TIME LIMIT from ` and the like. */
static void read_violation(struct log_record *record, struct slice rest)
{
    struct slice words = words_before(record, rest), stage;
    words.len -= sizeof(" from") - 1;
    log_record_set(record, LOG_FIELD_ACTION, words);
    if (!take_client(record, &rest)) {
        record->kind = LOG_KIND_UNKNOWN;
        return;
    }
    if (!slice_take_prefix(&rest, SLICE(" after ")))
        return;
    struct slice data = rest;
    bool has_data = log_take_until(&data, SLICE(": "), &stage);
    log_record_set(record, LOG_FIELD_STAGE, has_data ? stage : rest);
    if (has_data)
        log_record_set(record, LOG_FIELD_DETAIL, data);
}

/* `[ip]:port: discarding EHLO keywords: ...` */
static void read_remark(struct log_record *record, struct slice rest)
{
    rest = record->line.text;
    if (!take_client(record, &rest) || !slice_take_prefix(&rest, SLICE(": "))) {
        record->kind = LOG_KIND_UNKNOWN;
        return;
    }
    log_record_set(record, LOG_FIELD_DETAIL, rest);
}

static const struct log_form postscreen_forms[] = {
    LOG_FORM("CONNECT from ", CONNECT, read_connect),
    LOG_FORM("CONNECT to ", CONNECT, read_connect),
    LOG_FORM("DISCONNECT ", DISCONNECT, read_disconnect),
    LOG_FORM("PASS NEW ", SCREEN, read_verdict),
    LOG_FORM("PASS OLD ", SCREEN, read_verdict),
    LOG_FORM("HANGUP after ", LOST, read_hangup),
    LOG_FORM("reject: ", REJECT, log_screen_reject_read),
    LOG_FORM("DNSBL rank ", SCREEN, read_rank),
    LOG_FORM("PREGREET ", SCREEN, read_pregreet),
    LOG_FORM("ALLOWLISTED ", SCREEN, read_verdict),
    LOG_FORM("DENYLISTED ", SCREEN, read_verdict),
    LOG_FORM("WHITELISTED ", SCREEN, read_verdict),
    LOG_FORM("BLACKLISTED ", SCREEN, read_verdict),
    LOG_FORM("ALLOWLIST VETO ", SCREEN, read_verdict),
    LOG_FORM("WHITELIST VETO ", SCREEN, read_verdict),
    LOG_FORM("BARE NEWLINE from ", SCREEN, read_violation),
    LOG_FORM("NON-SMTP COMMAND from ", SCREEN, read_violation),
    LOG_FORM("COMMAND PIPELINING from ", SCREEN, read_violation),
    LOG_FORM("COMMAND TIME LIMIT from ", SCREEN, read_violation),
    LOG_FORM("COMMAND COUNT LIMIT from ", SCREEN, read_violation),
    LOG_FORM("COMMAND LENGTH LIMIT from ", SCREEN, read_violation),
    LOG_FORM("DATA without valid RCPT from ", SCREEN, read_violation),
    LOG_FORM("BDAT without valid RCPT from ", SCREEN, read_violation),
    LOG_FORM("entering STRESS mode with ", SERVICE, NULL),
    LOG_FORM("leaving STRESS mode with ", SERVICE, NULL),
    LOG_FORM("TLS handshake failed for ", TLS, NULL),
    LOG_FORM("[", SERVICE, read_remark),
};

/* `A listed by domain D as 127.0.0.x` */
static void read_listed(struct log_record *record, struct slice rest)
{
    struct slice ip, list;
    if (!log_take_until(&rest, SLICE(" listed by domain "), &ip)) {
        record->kind = LOG_KIND_UNKNOWN;
        return;
    }
    log_record_set(record, LOG_FIELD_CLIENT_IP, ip);
    if (!log_take_until(&rest, SLICE(" as "), &list)) {
        log_record_set(record, LOG_FIELD_LIST, rest);
        return;
    }
    log_record_set(record, LOG_FIELD_LIST, list);
    log_record_set(record, LOG_FIELD_DETAIL, rest);
}

static const struct log_form dnsblog_forms[] = {
    LOG_FORM("addr ", SCREEN, read_listed),
};

void log_screen_parse(struct log_record *record)
{
    if (record->line.severity != LOG_SEVERITY_INFO)
        return;
    if (record->line.tag->program == LOG_PROGRAM_DNSBLOG)
        log_form_read(record, dnsblog_forms, LOG_COUNT(dnsblog_forms));
    else
        log_form_read(record, postscreen_forms, LOG_COUNT(postscreen_forms));
}
