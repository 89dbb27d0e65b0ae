/* SPDX-License-Identifier: Apache-2.0
 *
 * From line to record: sends the text to the grammar of its program, then to the texts that any
 * program may write.
 */
#include "mail/log_record.h"

#include "mail/log_grammar.h"

typedef void (*log_grammar)(struct log_record *record);

static const log_grammar grammars[] = {
    [LOG_PROGRAM_OTHER] = log_service_parse,
    [LOG_PROGRAM_ANVIL] = log_service_parse,
    [LOG_PROGRAM_BOUNCE] = log_queue_parse,
    [LOG_PROGRAM_CLEANUP] = log_queue_parse,
    [LOG_PROGRAM_DISCARD] = log_delivery_parse,
    [LOG_PROGRAM_DNSBLOG] = log_screen_parse,
    [LOG_PROGRAM_DOVECOT] = log_dovecot_parse,
    [LOG_PROGRAM_ERROR] = log_delivery_parse,
    [LOG_PROGRAM_FLUSH] = log_service_parse,
    [LOG_PROGRAM_LMTP] = log_delivery_parse,
    [LOG_PROGRAM_LOCAL] = log_delivery_parse,
    [LOG_PROGRAM_MASTER] = log_service_parse,
    [LOG_PROGRAM_NGINX] = log_nginx_parse,
    [LOG_PROGRAM_OQMGR] = log_queue_parse,
    [LOG_PROGRAM_PICKUP] = log_queue_parse,
    [LOG_PROGRAM_PIPE] = log_delivery_parse,
    [LOG_PROGRAM_POSTFIX_SCRIPT] = log_service_parse,
    [LOG_PROGRAM_POSTLOGD] = log_service_parse,
    [LOG_PROGRAM_POSTSCREEN] = log_screen_parse,
    [LOG_PROGRAM_POSTSUPER] = log_queue_parse,
    [LOG_PROGRAM_PROXYMAP] = log_service_parse,
    [LOG_PROGRAM_PROXYWRITE] = log_service_parse,
    [LOG_PROGRAM_QMGR] = log_queue_parse,
    [LOG_PROGRAM_QMQPD] = log_smtpd_parse,
    [LOG_PROGRAM_RELAY] = log_delivery_parse,
    [LOG_PROGRAM_RETRY] = log_delivery_parse,
    [LOG_PROGRAM_SCACHE] = log_service_parse,
    [LOG_PROGRAM_SENDMAIL] = log_service_parse,
    [LOG_PROGRAM_SHOWQ] = log_service_parse,
    [LOG_PROGRAM_SMTP] = log_delivery_parse,
    [LOG_PROGRAM_SMTPD] = log_smtpd_parse,
    [LOG_PROGRAM_SPAWN] = log_service_parse,
    [LOG_PROGRAM_TLSMGR] = log_service_parse,
    [LOG_PROGRAM_TLSPROXY] = log_screen_parse,
    [LOG_PROGRAM_TRACE] = log_queue_parse,
    [LOG_PROGRAM_TRIVIAL_REWRITE] = log_service_parse,
    [LOG_PROGRAM_VERIFY] = log_service_parse,
    [LOG_PROGRAM_VIRTUAL] = log_delivery_parse,
};

/* A line with a severity word says its text again as `warning`, whatever else was read in it. */
static void note_warning(struct log_record *record)
{
    if (record->line.severity != LOG_SEVERITY_INFO && !log_record_has(record, LOG_FIELD_WARNING))
        log_record_set(record, LOG_FIELD_WARNING, record->line.text);
}

void log_record_parse(struct log_parser *parser, struct slice line, struct log_record *out)
{
    out->kind = LOG_KIND_UNKNOWN;
    out->cut = false;
    out->present = 0;
    if (!log_line_parse(parser, line, &out->line))
        return;
    grammars[out->line.tag->program](out);
    if (out->kind == LOG_KIND_UNKNOWN)
        log_any_parse(out);
    note_warning(out);
}

const char *log_kind_word(enum log_kind kind)
{
    static const char *const words[] = {
#define X(name, word) [LOG_KIND_##name] = word,
        LOG_KINDS(X)
#undef X
    };
    return words[kind];
}

const char *log_field_word(enum log_field field)
{
    static const char *const words[] = {
#define X(name, json, how) [LOG_FIELD_##name] = json,
        LOG_FIELDS(X)
#undef X
    };
    return words[field];
}

enum log_field_form log_field_form_of(enum log_field field)
{
    static const enum log_field_form forms[] = {
#define X(name, json, how) [LOG_FIELD_##name] = LOG_FORM_##how,
        LOG_FIELDS(X)
#undef X
    };
    return forms[field];
}
