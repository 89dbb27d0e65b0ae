/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as JSON. Keys come from the table of fields; numbers that are none stay text.
 */
#include "app/record_json.h"

#include <stdio.h>

#include "base/civil.h"
#include "mail/reply.h"
#include "model/json_value.h"

/* `12`, `0.05`: JSON numbers; anything else is left as text. */
static json_t *number_value(struct slice text)
{
    uint64_t whole;
    if (slice_to_u64(text, INT64_MAX, &whole))
        return json_integer((json_int_t)whole);
    struct slice rest = text;
    struct slice integer = slice_cut(&rest, '.');
    uint64_t fraction;
    if (rest.ptr != NULL && rest.len <= 9 && slice_to_u64(integer, INT32_MAX, &whole) &&
        slice_to_u64(rest, UINT32_MAX, &fraction)) {
        double scale = 1;
        for (size_t i = 0; i < rest.len; i++)
            scale *= 10;
        return json_real((double)whole + (double)fraction / scale);
    }
    return json_value_text(text);
}

static json_t *delays_value(struct slice text)
{
    static const char *const parts[] = {"before_qmgr", "qmgr", "connect", "transmit"};
    json_t *object = json_value_object();
    for (size_t i = 0; i < 4 && text.ptr != NULL; i++)
        json_value_put(object, parts[i], number_value(slice_cut(&text, '/')));
    return object;
}

/* `ehlo=1 rcpt=1/2 commands=3/5`: {ok, total} each. */
static json_t *counts_value(struct slice text)
{
    json_t *object = json_value_object();
    while (text.ptr != NULL) {
        struct slice value = slice_cut(&text, ' ');
        struct slice key = slice_cut(&value, '=');
        char name[32];
        if (value.ptr == NULL || key.len == 0 || key.len >= sizeof(name))
            continue;
        memcpy(name, key.ptr, key.len);
        name[key.len] = '\0';
        struct slice total = value, ok = slice_cut(&total, '/');
        json_t *count = json_value_object();
        json_value_put(count, "ok", number_value(ok));
        json_value_put(count, "total", number_value(total.ptr ? total : ok));
        json_value_put(object, name, count);
    }
    return object;
}

static json_t *field_value(enum log_field field, struct slice text)
{
    switch (log_field_form_of(field)) {
    case LOG_FORM_TEXT:
        break;
    case LOG_FORM_NUMBER:
        return number_value(text);
    case LOG_FORM_DELAYS:
        return delays_value(text);
    case LOG_FORM_COUNTS:
        return counts_value(text);
    }
    return json_value_text(text);
}

/* The reply of the other server inside a reason, when there is one. */
static void put_reply(json_t *object, const struct log_record *record)
{
    struct reply reply;
    bool is_reason = record->kind == LOG_KIND_DELIVERY || record->kind == LOG_KIND_ATTEMPT;
    if (!is_reason || !log_record_has(record, LOG_FIELD_REASON))
        return;
    reply_parse(record->field[LOG_FIELD_REASON], &reply);
    if (reply.code == 0 && reply.host.len == 0)
        return;
    json_t *parts = json_value_object();
    json_value_put_text(parts, "host", reply.host);
    json_value_put_text(parts, "ip", reply.ip);
    if (reply.code != 0)
        json_value_put_count(parts, "code", reply.code);
    json_value_put_text(parts, "dsn", reply.dsn);
    CLEANUP_BUF struct buf text = {0};
    reply_text(reply.words, &text);
    json_value_put_text(parts, "text", buf_slice(&text));
    json_value_put_text(parts, "stage", slice_from_str(reply_stage_word(reply.stage)));
    json_value_put(object, "reply", parts);
}

static void put_time(json_t *object, int64_t us)
{
    char text[40], whole[24];
    if (us == STAMP_NONE)
        return;
    civil_format_utc(us, whole);
    int64_t fraction = us % US_PER_SECOND;
    if (fraction <= 0)
        json_value_put_text(object, "time", slice_from_str(whole));
    else {
        int len = snprintf(text, sizeof(text), "%.19s.%06dZ", whole, (int)fraction);
        json_value_put_text(object, "time", slice_of(text, (size_t)len));
    }
}

static void put_envelope(json_t *object, const struct log_record *record)
{
    const struct log_line *line = &record->line;
    put_time(object, line->time_us);
    json_value_put_text(object, "host", line->host);
    json_value_put_text(object, "instance", line->tag->instance);
    json_value_put_text(object, "service", line->tag->service);
    json_value_put_text(object, "program", line->tag->name);
    if (line->pid.len > 0)
        json_value_put(object, "pid", number_value(line->pid));
    if (line->tag->text.len > 0)
        json_value_put_text(object, "severity", slice_from_str(log_severity_word(line->severity)));
    json_value_put_text(object, "queue_id", line->queue_id);
    if (line->repeat > 1)
        json_value_put_count(object, "repeated", line->repeat);
}

json_t *record_json(const struct log_record *record, uint64_t line_number)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "line", line_number);
    json_value_put_text(object, "kind", slice_from_str(log_kind_word(record->kind)));
    put_envelope(object, record);
    for (size_t i = 0; i < LOG_FIELD_COUNT; i++) {
        enum log_field field = (enum log_field)i;
        if (log_record_has(record, field))
            json_value_put(object, log_field_word(field), field_value(field, record->field[i]));
    }
    put_reply(object, record);
    if (record->cut)
        json_value_put(object, "cut", json_true());
    if (record->kind == LOG_KIND_UNKNOWN)
        json_value_put_text(object, "text", record->line.raw);
    return object;
}
