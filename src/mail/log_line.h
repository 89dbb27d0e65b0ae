/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of a log line: who wrote it, where and when. Forms: RFC 3164 as syslog daemons and
 * Postfix's maillog_file write it, ISO 8601, RFC 5424, nginx' error log, Dovecot's own log file.
 *
 *     2026-03-02T08:01:02.1+09:00 relay1 postfix/out-a/smtp[4711]: warning: 4jX2vK2WbVz1bY4J: text
 *     stamp                       host   instance service program pid severity queue_id       text
 */
#ifndef TD_MAIL_LOG_LINE_H
#define TD_MAIL_LOG_LINE_H

#include "base/slice.h"
#include "mail/stamp.h"

/* Programs whose lines have a grammar here; the last path element of the tag names them. */
#define LOG_PROGRAMS(X) \
    X(OTHER, "") \
    X(ANVIL, "anvil") \
    X(BOUNCE, "bounce") \
    X(CLEANUP, "cleanup") \
    X(DISCARD, "discard") \
    X(DNSBLOG, "dnsblog") \
    X(DOVECOT, "dovecot") \
    X(ERROR, "error") \
    X(FLUSH, "flush") \
    X(LMTP, "lmtp") \
    X(LOCAL, "local") \
    X(MASTER, "master") \
    X(NGINX, "nginx") \
    X(OQMGR, "oqmgr") \
    X(PICKUP, "pickup") \
    X(PIPE, "pipe") \
    X(POSTFIX_SCRIPT, "postfix-script") \
    X(POSTLOGD, "postlogd") \
    X(POSTSCREEN, "postscreen") \
    X(POSTSUPER, "postsuper") \
    X(PROXYMAP, "proxymap") \
    X(PROXYWRITE, "proxywrite") \
    X(QMGR, "qmgr") \
    X(QMQPD, "qmqpd") \
    X(RELAY, "relay") \
    X(RETRY, "retry") \
    X(SCACHE, "scache") \
    X(SENDMAIL, "sendmail") \
    X(SHOWQ, "showq") \
    X(SMTP, "smtp") \
    X(SMTPD, "smtpd") \
    X(SPAWN, "spawn") \
    X(TLSMGR, "tlsmgr") \
    X(TLSPROXY, "tlsproxy") \
    X(TRACE, "trace") \
    X(TRIVIAL_REWRITE, "trivial-rewrite") \
    X(VERIFY, "verify") \
    X(VIRTUAL, "virtual")

enum log_program {
#define X(name, word) LOG_PROGRAM_##name,
    LOG_PROGRAMS(X)
#undef X
};

#define X(name, word) +1
enum { LOG_PROGRAM_COUNT = LOG_PROGRAMS(X) };
#undef X

enum log_severity {
    LOG_SEVERITY_INFO,
    LOG_SEVERITY_WARNING,
    LOG_SEVERITY_ERROR,
    LOG_SEVERITY_FATAL,
    LOG_SEVERITY_PANIC,
};

/* A tag, split once and remembered by the parser. */
struct log_tag {
    struct slice text;     /* `postfix/out-a/smtp` */
    struct slice instance; /* `postfix`; empty for a tag without a slash */
    struct slice service;  /* `out-a`; what stands between instance and program, may hold slashes */
    struct slice name;     /* `smtp`: the last element */
    enum log_program program;
    uint32_t id; /* dense, from 1, for tables kept beside the parser's; 0: the table was full */
};

#define LOG_TAGS_MAX 4096  /* ids of tags are not above */
#define LOG_HEADS_MAX 8192 /* the same for heads */
#define LOG_LINES_HELD 64  /* a tag with id 0 lives until that many further lines are parsed */

struct log_line {
    const struct log_tag *tag;
    int64_t time_us;       /* UTC; STAMP_NONE when the line has no readable stamp */
    struct slice queue_id; /* empty when none; NOQUEUE is none */
    uint32_t head;         /* number of this host and tag, as a tag's id; 0: none */
    uint32_t repeat; /* how many lines this one stands for (rsyslog folds equal ones); 1 or more */
    enum log_severity severity;
    bool noqueue;      /* the text began with NOQUEUE: */
    struct slice text; /* what is left: after severity and queue id */
    struct slice host; /* empty where the form has none */
    struct slice pid;  /* digits, or empty */
    struct slice raw;  /* the whole line */
};

/* Reading state: the tags seen, and the stamp context of the input that is being read. One thread.
 */
struct log_parser;

/* year, zone, zone_data (borrowed): stamp_context_init, for lines before the first
 * log_parser_switch. Memory: the tags seen, LOG_TAGS_MAX at most. */
struct log_parser *log_parser_new(int year, stamp_zone_fn zone, void *zone_data);
void log_parser_free(struct log_parser *parser);

/* Lines that follow are of another input, whose stamps are completed from `stamps` (borrowed). Tags
 * and their numbers stay. */
void log_parser_switch(struct log_parser *parser, struct stamp_context *stamps);

/* Splits one line (no newline) of at most 64 KiB; longer is the reader's to cut. Slices in *out
 * point into `line`, the tag into the parser (see LOG_LINES_HELD). False: no program could be told;
 * *out then holds what was found (time, host), tag is a nameless one and text the rest. */
bool log_line_parse(struct log_parser *parser, struct slice line, struct log_line *out);

/* Just the time of a line, as log_line_parse would read it. */
int64_t log_line_time(struct log_parser *parser, struct slice line);

/* Word of an enum value; never NULL. "info" has a word too. */
const char *log_severity_word(enum log_severity severity);
const char *log_program_word(enum log_program program);

#endif
