/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_limit.h.
 */
#include "mail/quota_limit.h"

enum { KIB = 10 }; /* bits */

/* `B`, `k`, `KiB`, `GB` ... as bits; -1: no unit. */
static int unit_bits(struct slice unit)
{
    static const char letters[] = "bkmgt";
    for (int i = 0; unit.len > 0 && letters[i] != '\0'; i++) {
        if (ascii_lower(unit.ptr[0]) != letters[i])
            continue;
        struct slice rest = slice_skip(unit, 1);
        bool good = rest.len == 0 ||
                    (i > 0 && (slice_ieq(rest, SLICE("iB")) || slice_ieq(rest, SLICE("B"))));
        return good ? i * KIB : -1;
    }
    return -1;
}

/* A number with a unit, or of `bits` without one. */
static bool read_bytes(struct slice text, int bits, uint64_t *out)
{
    size_t digits = 0;
    while (digits < text.len && ascii_is_digit(text.ptr[digits]))
        digits++;
    struct slice unit = slice_trim(slice_skip(text, digits));
    if (unit.len > 0)
        bits = unit_bits(unit);
    if (bits < 0 || !slice_to_u64(slice_first(text, digits), UINT64_MAX >> bits, out))
        return false;
    *out <<= bits;
    return true;
}

/* `NAME=value` of a quota_rule. */
static bool read_word(struct slice word, struct quota_limit *out)
{
    struct slice value = word, name = slice_cut(&value, '=');
    if (slice_ieq(name, SLICE("storage")))
        return read_bytes(value, KIB, &out->bytes);
    if (slice_ieq(name, SLICE("bytes")))
        return read_bytes(value, 0, &out->bytes);
    if (slice_ieq(name, SLICE("messages")))
        return slice_to_u64(value, UINT64_MAX, &out->messages);
    return slice_ieq(word, SLICE("ignore"));
}

static bool read_rule(struct slice text, struct quota_limit *out)
{
    while (text.ptr != NULL && text.len > 0)
        if (!read_word(slice_trim(slice_cut(&text, ':')), out))
            return false;
    return true;
}

bool quota_limit_parse(struct slice text, struct quota_limit *out)
{
    *out = (struct quota_limit){0};
    text = slice_trim(text);
    if (text.len == 0)
        return false;
    if (slice_ieq(text, SLICE("none")))
        return true;
    if (slice_starts_with(text, SLICE("*:")))
        return text.len > 2 && read_rule(slice_skip(text, 2), out);
    if (slice_find_char(text, '=') != NULL || slice_ieq(text, SLICE("ignore")))
        return read_rule(text, out);
    struct slice messages = text, bytes = slice_trim(slice_cut(&messages, ':'));
    return read_bytes(bytes, 0, &out->bytes) &&
           (messages.ptr == NULL || slice_to_u64(slice_trim(messages), UINT64_MAX, &out->messages));
}

enum quota_kind quota_limit_judge(const struct quota_limit *limit, const struct quota_usage *usage,
                                  unsigned grace, uint64_t size)
{
    if (size == 0)
        size = 1;
    if (limit->messages > 0 && usage->messages >= limit->messages)
        return QUOTA_OVER;
    if (limit->bytes == 0)
        return QUOTA_FITS;
    if (size > limit->bytes)
        return QUOTA_TOO_LARGE;
    if (usage->bytes >= limit->bytes)
        return QUOTA_OVER;
    uint64_t more = limit->bytes / 100 * grace + limit->bytes % 100 * grace / 100;
    uint64_t free = limit->bytes - usage->bytes;
    return size <= free || size - free <= more ? QUOTA_FITS : QUOTA_OVER;
}
