/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as JSON. Keys come from the table of fields; numbers that are none stay text.
 */
#include "app/record_json.h"

#include <stdio.h>

#include "app/json_writer.h"
#include "base/civil.h"
#include "mail/reply.h"

#define COUNT_NAME_MAX 32 /* bytes; Postfix has ten names, none as long */
#define COUNT_NAMES_MAX 64

/* `12`, `0.05`: JSON numbers; anything else is left as text. */
static void put_number(struct json_writer *json, const char *key, struct slice text)
{
    uint64_t whole;
    if (slice_to_u64(text, INT64_MAX, &whole)) {
        json_writer_count(json, key, whole);
        return;
    }
    struct slice rest = text;
    struct slice integer = slice_cut(&rest, '.');
    uint64_t fraction;
    if (rest.ptr == NULL || rest.len > 9 || !slice_to_u64(integer, INT32_MAX, &whole) ||
        !slice_to_u64(rest, UINT32_MAX, &fraction)) {
        json_writer_string(json, key, text);
        return;
    }
    double scale = 1;
    for (size_t i = 0; i < rest.len; i++)
        scale *= 10;
    json_writer_real(json, key, (double)whole + (double)fraction / scale);
}

static void put_delays(struct json_writer *json, const char *key, struct slice text)
{
    static const char *const parts[] = {"before_qmgr", "qmgr", "connect", "transmit"};
    json_writer_object(json, key);
    for (size_t i = 0; i < 4 && text.ptr != NULL; i++)
        put_number(json, parts[i], slice_cut(&text, '/'));
    json_writer_end(json);
}

/* Takes `rcpt=1/2` off the front of *text; false: there is nothing or something else. */
static bool take_count(struct slice *text, struct slice *name, struct slice *value)
{
    *value = slice_cut(text, ' ');
    *name = slice_cut(value, '=');
    return value->ptr != NULL && name->len > 0 && name->len < COUNT_NAME_MAX;
}

/* A key is given once: the last of equal names counts. */
static bool comes_again(struct slice rest, struct slice name)
{
    struct slice other, value;
    while (rest.ptr != NULL)
        if (take_count(&rest, &other, &value) && slice_eq(other, name))
            return true;
    return false;
}

/* `ehlo=1 rcpt=1/2 commands=3/5`: {ok, total} each. A hostile line may hold thousands. */
static void put_named_counts(struct json_writer *json, const char *key, struct slice text)
{
    struct slice name, value;
    json_writer_object(json, key);
    for (size_t i = 0; i < COUNT_NAMES_MAX && text.ptr != NULL; i++) {
        if (!take_count(&text, &name, &value) || comes_again(text, name))
            continue;
        struct slice total = value, ok = slice_cut(&total, '/');
        json_writer_object_named(json, name);
        put_number(json, "ok", ok);
        put_number(json, "total", total.ptr ? total : ok);
        json_writer_end(json);
    }
    json_writer_end(json);
}

static void put_field(struct json_writer *json, enum log_field field, struct slice text)
{
    const char *key = log_field_word(field);
    switch (log_field_form_of(field)) {
    case LOG_FORM_TEXT:
        json_writer_string(json, key, text);
        break;
    case LOG_FORM_NUMBER:
        put_number(json, key, text);
        break;
    case LOG_FORM_DELAYS:
        put_delays(json, key, text);
        break;
    case LOG_FORM_COUNTS:
        put_named_counts(json, key, text);
        break;
    }
}

static void put_word(struct json_writer *json, const char *key, const char *word)
{
    json_writer_text(json, key, slice_from_str(word));
}

/* The reply of the other server inside a reason, when there is one. */
static void put_reply(struct json_writer *json, const struct log_record *record)
{
    struct reply reply;
    bool is_reason = record->kind == LOG_KIND_DELIVERY || record->kind == LOG_KIND_ATTEMPT;
    if (!is_reason || !log_record_has(record, LOG_FIELD_REASON))
        return;
    reply_parse(record->field[LOG_FIELD_REASON], &reply);
    if (reply.code == 0 && reply.host.len == 0)
        return;
    CLEANUP_BUF struct buf text = {0};
    reply_text(reply.words, &text);
    json_writer_object(json, "reply");
    json_writer_text(json, "host", reply.host);
    json_writer_text(json, "ip", reply.ip);
    if (reply.code != 0)
        json_writer_count(json, "code", reply.code);
    json_writer_text(json, "dsn", reply.dsn);
    json_writer_text(json, "text", buf_slice(&text));
    put_word(json, "stage", reply_stage_word(reply.stage));
    json_writer_end(json);
}

static void put_time(struct json_writer *json, int64_t us)
{
    char text[40], whole[24];
    if (us == STAMP_NONE)
        return;
    civil_format_utc(us, whole);
    int64_t fraction = us % US_PER_SECOND;
    if (fraction <= 0)
        put_word(json, "time", whole);
    else {
        int len = snprintf(text, sizeof(text), "%.19s.%06dZ", whole, (int)fraction);
        json_writer_text(json, "time", slice_of(text, (size_t)len));
    }
}

static void put_envelope(struct json_writer *json, const struct log_record *record)
{
    const struct log_line *line = &record->line;
    put_time(json, line->time_us);
    json_writer_text(json, "host", line->host);
    json_writer_text(json, "instance", line->tag->instance);
    json_writer_text(json, "service", line->tag->service);
    json_writer_text(json, "program", line->tag->name);
    if (line->pid.len > 0)
        put_number(json, "pid", line->pid);
    if (line->tag->text.len > 0)
        put_word(json, "severity", log_severity_word(line->severity));
    json_writer_text(json, "queue_id", line->queue_id);
    if (line->repeat > 1)
        json_writer_count(json, "repeated", line->repeat);
}

void record_json(const struct log_record *record, uint64_t line_number, struct buf *to)
{
    struct json_writer json = {.to = to};
    json_writer_object(&json, NULL);
    json_writer_count(&json, "line", line_number);
    put_word(&json, "kind", log_kind_word(record->kind));
    put_envelope(&json, record);
    for (size_t i = 0; i < LOG_FIELD_COUNT; i++) {
        enum log_field field = (enum log_field)i;
        if (log_record_has(record, field))
            put_field(&json, field, record->field[i]);
    }
    put_reply(&json, record);
    if (record->cut)
        json_writer_bool(&json, "cut", true);
    if (record->kind == LOG_KIND_UNKNOWN)
        json_writer_text(&json, "text", record->line.raw);
    json_writer_end(&json);
}
