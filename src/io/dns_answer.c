/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of name servers. See dns_answer.h. c-ares takes compressed names apart; it has parsers
 * for whole answers, too, but those of 1.18 tell no time to live. Names of records are passed over
 * without being made, so that a long chain of pointers costs something only for what is kept.
 */
#include "io/dns_answer.h"

#include <ares.h>
#include <string.h>

#define HEADER_BYTES 12
#define RECORD_BYTES 10 /* type, class, TTL, length */
#define TYPE_SOA 6
#define TYPE_CNAME 5
#define CLASS_IN 1
#define POINTER 0xc0
#define LABEL_BYTES_MAX 63
#define TTL_NONE UINT32_MAX

struct message {
    const unsigned char *bytes;
    size_t len, at;
};

struct record {
    unsigned type, class;
    uint32_t ttl_s;
    size_t data, data_len; /* where in the message */
};

static unsigned u16(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static uint32_t u32(const unsigned char *bytes)
{
    return (uint32_t)u16(bytes) << 16 | u16(bytes + 2);
}

static bool skip_name(struct message *message)
{
    while (message->at < message->len) {
        unsigned length = message->bytes[message->at];
        if (length >= POINTER) {
            message->at += 2;
            return message->at <= message->len;
        }
        message->at += 1 + length;
        if (length == 0)
            return true;
        if (length > LABEL_BYTES_MAX)
            return false;
    }
    return false;
}

static bool next_record(struct message *message, struct record *out)
{
    if (!skip_name(message) || message->len - message->at < RECORD_BYTES)
        return false;
    const unsigned char *head = message->bytes + message->at;
    out->type = u16(head);
    out->class = u16(head + 2);
    out->ttl_s = u32(head + 4) > INT32_MAX ? 0 : u32(head + 4); /* RFC 2181, 8 */
    out->data_len = u16(head + 8);
    out->data = message->at + RECORD_BYTES;
    message->at = out->data + out->data_len;
    return message->at <= message->len;
}

/* ---- values ---- */

static struct slice host_name(const char *text, struct arena *arena)
{
    struct slice name = slice_from_str(text);
    if (slice_ends_with(name, SLICE(".")))
        name.len--;
    if (name.len == 0)
        return SLICE(".");
    if (!host_name_is_valid(name))
        return (struct slice){NULL, 0};
    char *lower = arena_copy(arena, name.ptr, name.len);
    slice_copy_lower(name, lower);
    return slice_of(lower, name.len);
}

static bool read_name(const struct message *message, const struct record *record, size_t skip,
                      struct arena *arena, struct slice *out)
{
    char *text;
    long used;
    if (record->data_len <= skip ||
        ares_expand_name(message->bytes + record->data + skip, message->bytes, (int)message->len,
                         &text, &used) != ARES_SUCCESS)
        return false;
    *out = host_name(text, arena);
    ares_free_string(text);
    return used >= 0 && (size_t)used + skip <= record->data_len;
}

/* Strings with a byte of length before each. */
static bool read_text(const unsigned char *data, size_t len, struct arena *arena, struct slice *out)
{
    char *text = arena_alloc(arena, len + 1);
    size_t count = 0;
    for (size_t at = 0; at < len; at += 1 + (size_t)data[at]) {
        if (data[at] >= len - at)
            return false;
        memcpy(text + count, data + at + 1, data[at]);
        count += data[at];
    }
    *out = slice_of(text, count);
    return len > 0;
}

static bool read_value(const struct message *message, const struct record *record,
                       struct arena *arena, struct dns_record *out)
{
    const unsigned char *data = message->bytes + record->data;
    switch ((enum dns_type)record->type) {
    case DNS_A:
    case DNS_AAAA:
        if (record->data_len != (record->type == DNS_A ? 4 : 16))
            return false;
        out->ip = ip_address_of(data, (uint8_t)record->data_len);
        return true;
    case DNS_PTR:
        return read_name(message, record, 0, arena, &out->name);
    case DNS_MX:
        if (!read_name(message, record, 2, arena, &out->name))
            return false;
        out->preference = (uint16_t)u16(data);
        return true;
    case DNS_TXT:
        return read_text(data, record->data_len, arena, &out->text);
    }
    return false;
}

/* ---- messages ---- */

static void hold_for(struct dns_answer *out, uint32_t ttl_s)
{
    out->ttl_s = ttl_s < out->ttl_s ? ttl_s : out->ttl_s;
}

static bool read_answers(struct message *message, unsigned count, enum dns_type type,
                         struct arena *arena, struct dns_answer *out)
{
    struct record record;
    for (unsigned i = 0; i < count; i++) {
        if (!next_record(message, &record))
            return false;
        if (record.class != CLASS_IN || (record.type != type && record.type != TYPE_CNAME))
            continue;
        hold_for(out, record.ttl_s);
        if (record.type == TYPE_CNAME)
            continue;
        if (out->count == DNS_RECORDS_MAX) {
            out->cut = true;
            continue;
        }
        if (!read_value(message, &record, arena, &out->records[out->count]))
            return false;
        out->count++;
    }
    return true;
}

/* Without a record of the type, the zone's SOA says for how long: the last of its numbers. */
static bool read_authority(struct message *message, unsigned count, struct dns_answer *out)
{
    struct record record;
    uint32_t ttl_s = TTL_NONE;
    for (unsigned i = 0; i < count && out->count == 0; i++) {
        if (!next_record(message, &record))
            return false;
        if (record.type != TYPE_SOA || record.class != CLASS_IN || record.data_len < 22)
            continue;
        uint32_t least_s = u32(message->bytes + message->at - 4);
        ttl_s = record.ttl_s < least_s ? record.ttl_s : least_s;
    }
    if (out->count == 0)
        hold_for(out, ttl_s == TTL_NONE ? 0 : ttl_s);
    return true;
}

static void fail(struct dns_answer *out, enum dns_result result, const char *why)
{
    *out = (struct dns_answer){.result = result, .why = why};
}

/* Of the header, RFC 1035 4.1.1. False: there is nothing to be read. */
static bool read_code(const struct message *message, struct dns_answer *out)
{
    static const char *const words[16] = {
        [1] = "the name server does not understand the question",
        [2] = "the name server failed (SERVFAIL)",
        [4] = "the name server does not know such questions",
        [5] = "the name server refused to answer (REFUSED)",
    };
    enum { NO_ERROR, NO_NAME = 3, REFUSED = 5 };
    unsigned code = message->bytes[3] & 0xf;
    bool is_cut = (message->bytes[2] & 2) != 0;
    if (code == NO_ERROR || code == NO_NAME) {
        out->result = code == NO_NAME ? DNS_NO_NAME : DNS_NO_DATA;
        if (is_cut)
            fail(out, DNS_FAILED, "the answer is cut");
        return !is_cut;
    }
    fail(out, code == REFUSED ? DNS_UNANSWERED : DNS_FAILED,
         words[code] ? words[code] : "the name server answered with an error");
    return false;
}

void dns_answer_read(struct slice text, enum dns_type type, struct arena *arena,
                     struct dns_answer *out)
{
    struct message message = {(const unsigned char *)text.ptr, text.len, HEADER_BYTES};
    *out = (struct dns_answer){.ttl_s = TTL_NONE};
    if (text.len < HEADER_BYTES || text.len > UINT16_MAX) {
        fail(out, DNS_FAILED, "the answer is not of its form");
        return;
    }
    if (!read_code(&message, out))
        return;
    out->records = arena_alloc(arena, DNS_RECORDS_MAX * sizeof(out->records[0]));
    bool good = true;
    for (unsigned i = 0; good && i < u16(message.bytes + 4); i++) {
        good = skip_name(&message);
        message.at += 4;
    }
    good = good && message.at <= message.len &&
           read_answers(&message, u16(message.bytes + 6), type, arena, out) &&
           read_authority(&message, u16(message.bytes + 8), out);
    if (!good)
        fail(out, DNS_FAILED, "the answer is not of its form");
    else if (out->count > 0)
        out->result = DNS_FOUND;
}
