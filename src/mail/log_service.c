/* SPDX-License-Identifier: Apache-2.0
 *
 * Records about the service and not about a message: of Postfix' helpers (anvil, scache, verify,
 * master, tlsmgr, postfix-script ...), and the texts that any Postfix program writes (TLS set-up,
 * changed tables, severity words). Programs that are not Postfix' have no grammar: what they say is
 * a SERVICE record, a WARNING with a severity word, and never unknown.
 *
 * Peer documents: Postfix src/anvil/anvil.c, src/scache/scache.c, src/global/mail_task.c,
 * src/global/dict_proxy.c, src/master/single_server.c, src/master/master.c, conf/postfix-script,
 * src/util/dict_cache.c, src/tls/tls_server.c, src/tls/tls_client.c, src/milter/milter8.c.
 */
#include "mail/log_form.h"

/* A session with a client or with a server, told by the word in front of the peer. Takes it with
 * the `: ` that follows. */
static bool take_peer(struct log_record *record, struct slice *rest)
{
    struct slice peer;
    bool inbound = slice_take_prefix(rest, SLICE("from "));
    if (!inbound && !slice_take_prefix(rest, SLICE("to ")) &&
        !slice_take_prefix(rest, SLICE("for ")))
        return false;
    if (!log_take_until(rest, SLICE(": "), &peer)) {
        peer = *rest;
        *rest = slice_skip(*rest, rest->len);
    }
    if (inbound)
        log_read_client(record, peer);
    else
        log_peer_parse(record, peer, LOG_FIELD_RELAY_HOST, LOG_FIELD_RELAY_IP,
                       LOG_FIELD_RELAY_PORT);
    return true;
}

/* `from N[ip]: TLSv1.3 with cipher ...` */
static void read_established(struct log_record *record, struct slice rest)
{
    if (!take_peer(record, &rest))
        record->kind = LOG_KIND_UNKNOWN;
    else
        log_record_set(record, LOG_FIELD_DETAIL, rest);
}

/* `from N[ip]: why` */
static void read_tls_error(struct log_record *record, struct slice rest)
{
    if (!take_peer(record, &rest))
        record->kind = LOG_KIND_UNKNOWN;
    else
        log_record_set(record, LOG_FIELD_REASON, rest);
}

static void read_tls_remark(struct log_record *record, struct slice rest)
{
    log_record_set(record, LOG_FIELD_DETAIL, record->line.text);
    take_peer(record, &rest);
}

static void read_statistics(struct log_record *record, struct slice rest)
{
    log_record_set(record, LOG_FIELD_DETAIL, rest);
}

static const struct log_form any_forms[] = {
    LOG_FORM("Anonymous TLS connection established ", TLS, read_established),
    LOG_FORM("Untrusted TLS connection established ", TLS, read_established),
    LOG_FORM("Trusted TLS connection established ", TLS, read_established),
    LOG_FORM("Verified TLS connection established ", TLS, read_established),
    LOG_FORM("Anonymous TLS connection reused ", TLS, read_established),
    LOG_FORM("Untrusted TLS connection reused ", TLS, read_established),
    LOG_FORM("Trusted TLS connection reused ", TLS, read_established),
    LOG_FORM("Verified TLS connection reused ", TLS, read_established),
    LOG_FORM("SSL_accept error ", TLS, read_tls_error),
    LOG_FORM("SSL_connect error ", TLS, read_tls_error),
    LOG_FORM("setting up TLS connection ", TLS, read_tls_remark),
    LOG_FORM("certificate verification failed ", TLS, read_tls_error),
    LOG_FORM("certificate peer name verification failed ", TLS, read_tls_error),
    LOG_FORM("server certificate verification failed ", TLS, read_tls_error),
    LOG_FORM("client certificate verification failed ", TLS, read_tls_error),
    LOG_FORM("initializing the ", TLS, NULL),
    LOG_FORM("SSL_accept:", TLS, NULL),
    LOG_FORM("SSL_connect:", TLS, NULL),
    LOG_FORM("SSL3 alert ", TLS, NULL),
    LOG_FORM("TLS SNI ", TLS, NULL),
    LOG_FORM("statistics: ", STATISTICS, read_statistics),
    LOG_FORM("table ", SERVICE, NULL),
    LOG_FORM("cache ", SERVICE, NULL),
    LOG_FORM("reload -- version ", SERVICE, NULL),
    LOG_FORM("daemon started -- version ", SERVICE, NULL),
    LOG_FORM("terminating on signal ", SERVICE, NULL),
    LOG_FORM("using backwards-compatible default setting ", SERVICE, NULL),
    LOG_FORM("Postfix is running with backwards-compatible ", SERVICE, NULL),
    LOG_FORM("idle timeout -- exiting", SERVICE, NULL),
    LOG_FORM("enabling PIX workarounds: ", SERVICE, NULL),
};

/* Complaints about a service that did not answer: `X: why`, X without `: `. */
static const struct slice service_complaints[] = {
    LOG_MARK("problem talking to server "),
    LOG_MARK("problem talking to service "),
    LOG_MARK("connect to Milter service "),
    LOG_MARK("milter "),
};

/* A severity word with a text of any program. */
static void read_severe(struct log_record *record)
{
    record->kind = LOG_KIND_WARNING;
    log_record_set(record, LOG_FIELD_WARNING, record->line.text);
    for (size_t i = 0; i < LOG_COUNT(service_complaints); i++) {
        struct slice rest = record->line.text, service;
        if (!slice_take_prefix(&rest, service_complaints[i]))
            continue;
        if (log_take_until(&rest, SLICE(": "), &service)) {
            log_record_set(record, LOG_FIELD_RELAY, service);
            log_record_set(record, LOG_FIELD_REASON, rest);
        }
        return;
    }
}

/* `N[ip]: subject_CN=..., issuer=..., fingerprint=...` in smtp and smtpd. */
static void read_certificate(struct log_record *record)
{
    struct slice rest = record->line.text, peer;
    if (!log_take_until(&rest, SLICE(": "), &peer) || slice_find_char(peer, ' ') != NULL)
        return;
    if (!slice_starts_with(rest, SLICE("subject_CN=")) &&
        !slice_starts_with(rest, SLICE("Trusted")) &&
        !slice_starts_with(rest, SLICE("Untrusted")) &&
        !slice_starts_with(rest, SLICE("Matched")) &&
        !slice_starts_with(rest, SLICE("re-using session")))
        return;
    record->kind = LOG_KIND_TLS;
    log_record_set(record, LOG_FIELD_DETAIL, rest);
    if (record->line.tag->program == LOG_PROGRAM_SMTPD)
        log_read_client(record, peer);
    else
        log_peer_parse(record, peer, LOG_FIELD_RELAY_HOST, LOG_FIELD_RELAY_IP,
                       LOG_FIELD_RELAY_PORT);
}

void log_any_parse(struct log_record *record)
{
    if (record->line.text.len == 0)
        return;
    if (record->line.severity != LOG_SEVERITY_INFO)
        read_severe(record);
    else if (!log_form_read(record, any_forms, LOG_COUNT(any_forms)))
        read_certificate(record);
}

/* master's remarks on its children come with a severity word; what is left is about itself. */
static const struct log_form service_forms[] = {
    LOG_FORM("statistics: ", STATISTICS, read_statistics),
    LOG_FORM("lookup ", SERVICE, NULL),
    LOG_FORM("open ", SERVICE, NULL),
    LOG_FORM("delete ", SERVICE, NULL),
    LOG_FORM("put ", SERVICE, NULL),
    LOG_FORM("read ", SERVICE, NULL),
    LOG_FORM("write ", SERVICE, NULL),
    LOG_FORM("start TLS ", SERVICE, NULL),
    LOG_FORM("tlsmgr_cache_run_event: ", SERVICE, NULL),
    LOG_FORM("starting ", SERVICE, NULL),
    LOG_FORM("stopping ", SERVICE, NULL),
    LOG_FORM("rotating ", SERVICE, NULL),
};

/* Scripts and programs of others: each text is a remark of its own. */
static bool says_anything(const struct log_tag *tag)
{
    return tag->program == LOG_PROGRAM_POSTFIX_SCRIPT || tag->program == LOG_PROGRAM_POSTLOGD ||
           (tag->program == LOG_PROGRAM_OTHER && tag->name.len > 0);
}

void log_service_parse(struct log_record *record)
{
    if (record->line.severity != LOG_SEVERITY_INFO)
        return;
    if (says_anything(record->line.tag)) {
        record->kind = LOG_KIND_SERVICE;
        log_record_set(record, LOG_FIELD_DETAIL, record->line.text);
        return;
    }
    log_form_read(record, service_forms, LOG_COUNT(service_forms));
}
