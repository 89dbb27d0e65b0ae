/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON writer. See json_writer.h.
 */
#include "app/json_writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/escape.h"
#include "base/memory.h"
#include "mail/stamp.h"

#define BLANKS 2 /* a level */

static bool in_array(const struct json_writer *json)
{
    return (json->arrays >> json->depth & 1) != 0;
}

static char *add_line(char *to, unsigned depth)
{
    *to++ = '\n';
    memset(to, ' ', (size_t)depth * BLANKS);
    return to + (size_t)depth * BLANKS;
}

/* What stands before a value: comma, line, key. The key is escaped already. */
static void lead(struct json_writer *json, struct slice key)
{
    ASSERT((key.ptr != NULL) == (json->depth > 0 && !in_array(json)));
    char *begin = buf_reserve(json->to, key.len + (size_t)json->depth * BLANKS + 8), *to = begin;
    if (json->filled)
        *to++ = ',';
    if (json->indent && json->depth > 0)
        to = add_line(to, json->depth);
    if (key.ptr != NULL) {
        *to++ = '"';
        memcpy(to, key.ptr, key.len);
        to += key.len;
        *to++ = '"';
        *to++ = ':';
        if (json->indent)
            *to++ = ' ';
    }
    json->to->len += (size_t)(to - begin);
    json->filled = true;
}

static void lead_str(struct json_writer *json, const char *key)
{
    lead(json, key ? slice_from_str(key) : (struct slice){NULL, 0});
}

static void open_one(struct json_writer *json, bool array)
{
    ASSERT(json->depth < JSON_WRITER_DEPTH);
    json->depth++;
    json->arrays = (json->arrays & ~(UINT32_C(1) << json->depth)) | (uint32_t)array << json->depth;
    json->filled = false;
    buf_add_char(json->to, array ? '[' : '{');
}

void json_writer_object(struct json_writer *json, const char *key)
{
    lead_str(json, key);
    open_one(json, false);
}

void json_writer_object_named(struct json_writer *json, struct slice key)
{
    CLEANUP_BUF struct buf escaped = {0};
    escape_json(key, &escaped);
    lead(json, slice_of(buf_str(&escaped), escaped.len));
    open_one(json, false);
}

void json_writer_array(struct json_writer *json, const char *key)
{
    lead_str(json, key);
    open_one(json, true);
}

void json_writer_end(struct json_writer *json)
{
    ASSERT(json->depth > 0);
    char close = in_array(json) ? ']' : '}';
    json->depth--;
    if (json->indent && json->filled) {
        char *to = buf_reserve(json->to, 1 + (size_t)json->depth * BLANKS);
        json->to->len += (size_t)(add_line(to, json->depth) - to);
    }
    buf_add_char(json->to, close);
    json->filled = json->depth > 0;
    if (json->depth == 0)
        buf_add_char(json->to, '\n');
}

/* Digits of a number, written to end before `end`; the first of them. */
static char *add_digits(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return end;
}

void json_writer_count(struct json_writer *json, const char *key, uint64_t count)
{
    char digits[20], *end = digits + sizeof(digits);
    lead_str(json, key);
    buf_add(json->to, slice_between(add_digits(end, count < INT64_MAX ? count : INT64_MAX), end));
}

/* Thousandths of up to nine digits, as nearly all durations and many ratios are: without the long
 * way of printf. Writes to end before `end`; NULL: the number is another one. */
static char *add_thousandths(char *end, double value)
{
    if (!(value >= 0 && value < 1e6))
        return NULL;
    uint64_t thousandths = (uint64_t)llround(value * 1000);
    if ((double)thousandths / 1000 != value)
        return NULL;
    uint64_t fraction = thousandths % 1000;
    int digits = 3;
    for (; digits > 1 && fraction % 10 == 0; digits--)
        fraction /= 10;
    for (; digits > 0; digits--, fraction /= 10)
        *--end = (char)('0' + fraction % 10);
    *--end = '.';
    return add_digits(end, thousandths / 1000);
}

/* The nine digits of a ratio, where it is plain which: the product is right to far less than the
 * margin kept from the middle between two numbers. */
static char *add_ratio(char *end, double value)
{
    if (!(value >= 0.1 && value < 0.9999))
        return NULL;
    double digits = value * 1e9, whole = floor(digits), rest = digits - whole;
    if (fabs(rest - 0.5) < 1e-3)
        return NULL;
    uint64_t number = (uint64_t)whole + (rest > 0.5);
    while (number % 10 == 0)
        number /= 10;
    char *begin = add_digits(end, number);
    *--begin = '.';
    *--begin = '0';
    return begin;
}

void json_writer_real(struct json_writer *json, const char *key, double value)
{
    if (!isfinite(value)) {
        json_writer_null(json, key);
        return;
    }
    char text[32], *end = text + sizeof(text);
    const char *begin = add_thousandths(end, value);
    if (begin == NULL)
        begin = add_ratio(end, value);
    lead_str(json, key);
    if (begin != NULL) {
        buf_add(json->to, slice_between(begin, end));
        return;
    }
    int len = snprintf(text, sizeof(text), "%.9g", value);
    buf_add(json->to, slice_of(text, (size_t)len));
    if (strpbrk(text, ".e") == NULL)
        buf_add(json->to, SLICE(".0")); /* stays a real for readers that tell them apart */
}

void json_writer_ratio(struct json_writer *json, const char *key, uint64_t part, uint64_t whole)
{
    if (whole == 0)
        json_writer_null(json, key);
    else
        json_writer_real(json, key, (double)part / (double)whole);
}

void json_writer_bool(struct json_writer *json, const char *key, bool value)
{
    lead_str(json, key);
    buf_add(json->to, value ? SLICE("true") : SLICE("false"));
}

void json_writer_null(struct json_writer *json, const char *key)
{
    lead_str(json, key);
    buf_add(json->to, SLICE("null"));
}

void json_writer_string(struct json_writer *json, const char *key, struct slice text)
{
    lead_str(json, key);
    buf_add_char(json->to, '"');
    escape_json(text, json->to);
    buf_add_char(json->to, '"');
}

void json_writer_text(struct json_writer *json, const char *key, struct slice text)
{
    if (text.len > 0)
        json_writer_string(json, key, text);
}

void json_writer_time(struct json_writer *json, const char *key, int64_t us)
{
    char text[24];
    if (us == STAMP_NONE || us == INT64_MAX) {
        json_writer_null(json, key);
        return;
    }
    civil_format_utc(us, text);
    json_writer_string(json, key, slice_from_str(text));
}
