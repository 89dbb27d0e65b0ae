/* SPDX-License-Identifier: Apache-2.0
 *
 * A log line read in full: its kind and its fields as slices of the line. A field is there when its
 * bit is set; all others are undefined. Nothing is copied, numbers stay text until asked for, so
 * that reading a record costs what its fields cost. The table below is the one place that knows the
 * names that `todoku parse` prints and how each is printed.
 */
#ifndef TD_MAIL_LOG_RECORD_H
#define TD_MAIL_LOG_RECORD_H

#include "mail/log_line.h"

/* X(NAME, json, how): TEXT prints a string, NUMBER a JSON number when it is one, DELAYS the four
 * parts a/b/c/d, COUNTS the `ehlo=1 rcpt=1/2` words of a session's end. */
#define LOG_FIELDS(X) \
    X(CLIENT_NAME, "client_name", TEXT) \
    X(CLIENT_IP, "client_ip", TEXT) \
    X(CLIENT_PORT, "client_port", NUMBER) \
    X(SERVER_IP, "server_ip", TEXT) \
    X(SERVER_PORT, "server_port", NUMBER) \
    X(SASL_METHOD, "sasl_method", TEXT) \
    X(SASL_USERNAME, "sasl_username", TEXT) \
    X(SASL_SENDER, "sasl_sender", TEXT) \
    X(ORIG_QUEUE_ID, "orig_queue_id", TEXT) /* XFORWARD; also pickup's orig_id= */ \
    X(ORIG_CLIENT, "orig_client", TEXT) \
    X(UID, "uid", NUMBER) \
    X(MESSAGE_ID, "message_id", TEXT) \
    X(FROM, "from", TEXT) /* without <>; present and empty: the null sender */ \
    X(SIZE, "size", NUMBER) \
    X(NRCPT, "nrcpt", NUMBER) \
    X(TO, "to", TEXT) \
    X(ORIG_TO, "orig_to", TEXT) \
    X(RELAY, "relay", TEXT) /* as written */ \
    X(RELAY_HOST, "relay_host", TEXT) \
    X(RELAY_IP, "relay_ip", TEXT) /* or socket path */ \
    X(RELAY_PORT, "relay_port", NUMBER) \
    X(CONN_USE, "conn_use", NUMBER) \
    X(DELAY, "delay", NUMBER) \
    X(DELAYS, "delays", DELAYS) \
    X(TLS, "tls", TEXT) \
    X(DSN, "dsn", TEXT) \
    X(STATUS, "status", TEXT) \
    X(REASON, "reason", TEXT)       /* without the outer brackets; to the line's end when cut */ \
    X(NEXT_ID, "next_id", TEXT)     /* `queued as`, `forwarded as` */ \
    X(BOUNCE_ID, "bounce_id", TEXT) /* the notification's own queue id */ \
    X(ACTION, "action", TEXT)       /* reject, hold, milter-reject, ... */ \
    X(STAGE, "stage", TEXT)         /* RCPT, END-OF-MESSAGE, header, body, ... */ \
    X(HELO, "helo", TEXT) \
    X(PROTO, "proto", TEXT) \
    X(CODE, "code", NUMBER)     /* our own reply code of a reject */ \
    X(WARNING, "warning", TEXT) /* text of a line with a severity word */ \
    X(COUNTS, "counts", COUNTS) \
    X(SESSION, "session", TEXT) /* Dovecot's session id, nginx' connection number */ \
    X(MAILBOX, "mailbox", TEXT) \
    X(LIST, "list", TEXT)     /* dnsblog: the list that named the client */ \
    X(DETAIL, "detail", TEXT) /* what else the line says, as text */

enum log_field {
#define X(name, json, how) LOG_FIELD_##name,
    LOG_FIELDS(X)
#undef X
};

#define X(name, json, how) +1
enum { LOG_FIELD_COUNT = LOG_FIELDS(X) };
#undef X

#define LOG_KINDS(X) \
    X(UNKNOWN, "unknown") \
    X(DELIVERY, "delivery") /* an agent's to= ... status= */ \
    X(QUEUED, "queued")     /* qmgr: from=, size=, nrcpt= */ \
    X(EXPIRED, "expired")   /* qmgr: from=, status=expired|force-expired */ \
    X(REMOVED, "removed") \
    X(CLIENT, "client") /* smtpd: a queue id is born */ \
    X(PICKUP, "pickup") /* uid=, from=: born locally */ \
    X(MESSAGE_ID, "message-id") \
    X(NOTIFICATION, "notification") /* bounce: sender non-delivery notification: ID */ \
    X(CONNECT, "connect") \
    X(DISCONNECT, "disconnect") \
    X(LOST, "lost")     /* lost connection, timeout, too many errors */ \
    X(REJECT, "reject") /* reject, milter-reject */ \
    X(ACTION, "action") /* hold, discard, redirect, filter, bcc, warn, info, ... */ \
    X(PROXY_ACCEPT, "proxy-accept") \
    X(LOGIN, "login")               /* Dovecot, nginx */ \
    X(LOGIN_FAILED, "login-failed") /* also smtpd: SASL ... authentication failed */ \
    X(LOGOUT, "logout") \
    X(SAVED, "saved") /* Dovecot delivered to a mailbox */ \
    X(SAVE_FAILED, "save-failed") \
    X(ATTEMPT, "attempt")     /* one MX failed, another follows: not a result */ \
    X(SUPERVISE, "supervise") /* postsuper: placed on hold, released, requeued, expired */ \
    X(SCREEN, "screen")       /* postscreen and dnsblog verdicts */ \
    X(TLS, "tls") \
    X(STATISTICS, "statistics") \
    X(SERVICE, "service") /* start, stop, reload, table changed, cache cleaned ... */ \
    X(WARNING, "warning") /* a severity word in front of a text of any program */

enum log_kind {
#define X(name, word) LOG_KIND_##name,
    LOG_KINDS(X)
#undef X
};

enum log_field_form { LOG_FORM_TEXT, LOG_FORM_NUMBER, LOG_FORM_DELAYS, LOG_FORM_COUNTS };

/* In front stands what is asked of every record: many of them are read before any is used, and one
 * is larger than a dozen of the processor's cache lines. */
struct log_record {
    uint64_t present; /* bit LOG_FIELD_x: field[x] is there */
    enum log_kind kind;
    bool cut; /* the line ends inside the record: truncated by a log daemon */
    struct log_line line;
    struct slice field[LOG_FIELD_COUNT];
};

static inline bool log_record_has(const struct log_record *record, enum log_field field)
{
    return record->present >> field & 1;
}

/* The field, or an empty slice with ptr NULL. */
static inline struct slice log_record_get(const struct log_record *record, enum log_field field)
{
    return log_record_has(record, field) ? record->field[field] : (struct slice){NULL, 0};
}

static inline void log_record_set(struct log_record *record, enum log_field field,
                                  struct slice value)
{
    record->field[field] = value;
    record->present |= UINT64_C(1) << field;
}

/* Reads one line. Always fills *out; a line that is not understood has kind LOG_KIND_UNKNOWN, one
 * that breaks off inside its form has `cut` set and what could be read. Peer document: Postfix'
 * sources as named in each log_*.c; Dovecot 2.3/2.4; nginx mail. */
void log_record_parse(struct log_parser *parser, struct slice line, struct log_record *out);

const char *log_kind_word(enum log_kind kind);
const char *log_field_word(enum log_field field);
enum log_field_form log_field_form_of(enum log_field field);

#endif
