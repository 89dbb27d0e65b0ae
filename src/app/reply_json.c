/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads with jansson's own limits (depth 2048); the caller bounds the line. Bytes that are not
 * UTF-8 become U+FFFD before jansson sees them.
 */
#include "app/reply_json.h"

#include <math.h>

#include "app/time_text.h"
#include "base/civil.h"
#include "base/escape.h"
#include "mail/reply_rule.h"

#define EPOCH_MAX 253402300799.0 /* end of the year 9999 */

/* Text of a key; empty when absent or null. */
static bool read_text(const json_t *object, const char *key, struct slice *out, struct err *err)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return err_set(err, ERR_INPUT, "\"%s\": expected a string", key);
    *out = slice_of(json_string_value(value), json_string_length(value));
    return true;
}

static bool read_code(const json_t *object, uint32_t *out, struct err *err)
{
    const json_t *value = json_object_get(object, "code");
    uint64_t code = 0;
    if (value == NULL || json_is_null(value))
        return true;
    bool good = false;
    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        good = number >= 200 && number <= 599;
        code = (uint64_t)(good ? number : 0);
    } else if (json_is_string(value)) {
        struct slice text = slice_of(json_string_value(value), json_string_length(value));
        good = slice_to_u64(text, 599, &code) && code >= 200;
    }
    if (!good)
        return err_set(err, ERR_INPUT, "\"code\": expected a reply code from 200 to 599");
    *out = (uint32_t)code;
    return true;
}

static bool read_stage(const json_t *object, enum reply_stage *out, struct err *err)
{
    struct slice word = {NULL, 0};
    if (!read_text(object, "stage", &word, err))
        return false;
    if (word.len == 0 || reply_stage_from_word(word, out))
        return true;
    return err_set(err, ERR_INPUT,
                   "\"stage\": expected connect, greeting, ehlo, starttls, auth, mail, rcpt, data, "
                   "eod or a command such as \"RCPT TO\", found \"%.*s\"",
                   SLICE_ARG(slice_first(word, 60)));
}

static bool read_dsn(const json_t *object, struct slice *out, struct err *err)
{
    struct reply_dsn dsn;
    if (!read_text(object, "dsn", out, err))
        return false;
    if (out->len == 0 || reply_dsn_parse(*out, &dsn))
        return true;
    return err_set(err, ERR_INPUT, "\"dsn\": expected a code such as 5.7.1, found \"%.*s\"",
                   SLICE_ARG(slice_first(*out, 60)));
}

static bool read_time(const json_t *object, int64_t *out, struct err *err)
{
    const json_t *value = json_object_get(object, "time");
    if (value == NULL || json_is_null(value))
        return true;
    struct slice text = {NULL, 0};
    if (json_is_string(value))
        text = slice_of(json_string_value(value), json_string_length(value));
    if (text.len >= 10 && ascii_is_digit(text.ptr[0]) &&
        time_text_parse(text, 0, NULL, NULL, out, NULL))
        return true;
    double seconds = json_number_value(value);
    if (!json_is_number(value) || !(fabs(seconds) <= EPOCH_MAX))
        return err_set(err, ERR_INPUT, "\"time\": expected ISO 8601 or seconds since 1970");
    *out = (int64_t)(seconds * (double)US_PER_SECOND);
    return true;
}

static bool read_object(const json_t *object, struct reply_facts *out, struct err *err)
{
    struct reply_facts facts = {.time_us = STAMP_NONE};
    if (!json_is_string(json_object_get(object, "text")))
        return err_set(err, ERR_INPUT, "\"text\": expected a string with the reply");
    if (!read_text(object, "text", &facts.text, err) ||
        !read_text(object, "relay", &facts.relay, err) || !read_dsn(object, &facts.dsn, err) ||
        !read_code(object, &facts.code, err) || !read_stage(object, &facts.stage, err) ||
        !read_time(object, &facts.time_us, err))
        return false;
    *out = facts;
    return true;
}

bool reply_json_read(struct slice line, struct reply_facts *out, json_t **owner, struct err *err)
{
    if (!slice_starts_with(slice_trim(line), SLICE("{"))) {
        *out = (struct reply_facts){.text = line, .time_us = STAMP_NONE};
        *owner = NULL;
        return true;
    }
    CLEANUP_BUF struct buf valid = {0};
    utf8_sanitize(line, &valid);
    json_error_t why;
    json_t *object = json_loadb(valid.ptr, valid.len, JSON_ALLOW_NUL, &why);
    if (object == NULL)
        return err_set(err, ERR_INPUT, "expected a JSON object: %s at byte %d", why.text,
                       why.position);
    if (!read_object(object, out, err)) {
        json_decref(object);
        return false;
    }
    *owner = object;
    return true;
}

json_t *reply_json_verdict(const struct verdict *verdict)
{
    json_t *object = json_value_object();
    json_value_put_word(object, "class", reply_class_word(verdict->class));
    json_value_put_word(object, "scope", reply_scope_word(verdict->scope));
    json_value_put_word(object, "permanence", reply_permanence_word(verdict->permanence));
    json_value_put_word(object, "action", verdict->action);
    json_value_put_word(object, "provider", verdict->provider);
    json_value_put_word(object, "rule", verdict->rule);
    json_value_put_text(object, "token", verdict->token);
    json_value_put_text(object, "list", verdict->list);
    json_value_put_text(object, "url", verdict->url);
    return object;
}
