/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_text.h.
 */
#include "gate/guess_text.h"

#include <inttypes.h>

enum { DIGITS = 16, NAME_BYTES = 1 + DIGITS };

/* A script counts in doubles, which are exact so far. */
static const uint64_t TIME_MAX = UINT64_C(1) << 53;

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hash(struct slice digits, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digit_of(digits.ptr[i]);
        if (digit < 0)
            return false;
        number = number << 4 | (unsigned)digit;
    }
    *out = number;
    return digits.len == DIGITS;
}

void guess_text_name(const struct guess_news *news, struct buf *to)
{
    buf_addf(to, "%c%016" PRIx64, news->kind == GUESS_NETWORK ? 'N' : 'A', news->name);
}

bool guess_text_parse(struct slice row, int64_t now_us, struct guess_news *out)
{
    struct guess_news news = {.kind = GUESS_NETWORK};
    uint64_t full_us;
    if (row.len <= NAME_BYTES || row.ptr[NAME_BYTES] != ' ')
        return false;
    if (row.ptr[0] == 'A')
        news.kind = GUESS_ACCOUNT;
    else if (row.ptr[0] != 'N')
        return false;
    if (!take_hash(slice_skip(slice_first(row, NAME_BYTES), 1), &news.name) || news.name == 0 ||
        !slice_to_u64(slice_skip(row, NAME_BYTES + 1), TIME_MAX, &full_us))
        return false;
    news.fill_us = (int64_t)full_us - now_us;
    *out = news;
    return true;
}

void guess_text_key(const struct hash_key *key, struct buf *to)
{
    buf_addf(to, "%016" PRIx64 "%016" PRIx64, key->words[0], key->words[1]);
}

bool guess_text_key_parse(struct slice text, struct hash_key *out)
{
    struct hash_key key;
    if (text.len != (size_t)2 * DIGITS || !take_hash(slice_first(text, DIGITS), &key.words[0]) ||
        !take_hash(slice_skip(text, DIGITS), &key.words[1]))
        return false;
    *out = key;
    return true;
}
