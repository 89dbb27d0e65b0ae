/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_trust.h.
 */
#include "gate/guess_trust.h"

#include <endian.h>

#include "base/memory.h"

enum { LINE = 32, SAVED = 16, KEY = 16, LOGIN_HASHED = 512, NETWORK_HASHED = 16 };

#define SECOND_US INT64_C(1000000)

struct row {
    uint64_t pair; /* 0: free */
    uint32_t account, second;
};

struct guess_trust {
    struct row *rows;
    uint32_t lines; /* a power of two */
    uint32_t count;
    struct hash_key key;
};

struct guess_trust *guess_trust_new(uint32_t max)
{
    struct guess_trust *trust = MEM_NEW(struct guess_trust);
    ASSERT(max > 0 && max <= UINT32_C(1) << 26);
    trust->lines = 1;
    while (trust->lines * LINE < max)
        trust->lines *= 2;
    trust->rows = MEM_NEW_TABLE(struct row, (size_t)trust->lines * LINE);
    return trust;
}

void guess_trust_free(struct guess_trust *trust)
{
    if (trust == NULL)
        return;
    mem_free(trust->rows);
    mem_free(trust);
}

void guess_trust_hash_by(struct guess_trust *trust, const struct hash_key *key)
{
    ASSERT(trust->count == 0);
    trust->key = *key;
}

void guess_trust_clear(struct guess_trust *trust)
{
    memset(trust->rows, 0, (size_t)trust->lines * LINE * sizeof(struct row));
    trust->count = 0;
}

static uint32_t account_of(const struct guess_trust *trust, struct slice login)
{
    return (uint32_t)keyed_hash(&trust->key, slice_first(login, LOGIN_HASHED));
}

static struct row row_of(const struct guess_trust *trust, const struct guess_trust_pair *pair)
{
    char text[LOGIN_HASHED + NETWORK_HASHED], *to = text;
    ASSERT(pair->network.len <= NETWORK_HASHED);
    slice_put(pair->network, &to); /* of one length for each family, which is its first byte */
    slice_put(slice_first(pair->login, LOGIN_HASHED), &to);
    uint64_t hash = keyed_hash(&trust->key, slice_between(text, to));
    return (struct row){.pair = hash != 0 ? hash : 1, .account = account_of(trust, pair->login)};
}

static struct row *line_of(const struct guess_trust *trust, uint32_t account)
{
    return &trust->rows[(size_t)(account & (trust->lines - 1)) * LINE];
}

static bool is_same(const struct row *a, const struct row *b)
{
    return a->pair == b->pair && a->account == b->account;
}

static bool is_within(uint32_t second, int64_t within_us, int64_t now_us)
{
    int64_t age_us = now_us - second * SECOND_US;
    return age_us <= within_us && age_us >= -within_us;
}

bool guess_trust_has(const struct guess_trust *trust, const struct guess_trust_pair *pair,
                     int64_t within_us, int64_t now_us)
{
    struct row wanted = row_of(trust, pair);
    const struct row *line = line_of(trust, wanted.account);
    for (size_t i = 0; i < LINE; i++)
        if (is_same(&line[i], &wanted))
            return is_within(line[i].second, within_us, now_us);
    return false;
}

/* Where it goes: its own place, a free one, or the oldest of its account if that has many, or of
 * all. */
static struct row *place_for(const struct guess_trust *trust, const struct row *row)
{
    struct row *line = line_of(trust, row->account), *oldest = NULL, *oldest_own = NULL,
               *empty = NULL;
    size_t own = 0;
    for (size_t i = 0; i < LINE; i++) {
        struct row *at = &line[i];
        if (is_same(at, row))
            return at;
        if (at->pair == 0) {
            empty = at;
            continue;
        }
        if (oldest == NULL || at->second < oldest->second)
            oldest = at;
        if (at->account != row->account)
            continue;
        own++;
        if (oldest_own == NULL || at->second < oldest_own->second)
            oldest_own = at;
    }
    if (own >= GUESS_TRUST_PLACES)
        return oldest_own;
    return empty != NULL ? empty : oldest;
}

static void put_row(struct guess_trust *trust, const struct row *row)
{
    struct row *place = place_for(trust, row);
    if (place->pair == 0)
        trust->count++;
    *place = *row;
}

void guess_trust_put(struct guess_trust *trust, const struct guess_trust_pair *pair, int64_t now_us)
{
    struct row row = row_of(trust, pair);
    row.second = (uint32_t)(now_us > 0 ? now_us / SECOND_US : 0);
    put_row(trust, &row);
}

void guess_trust_forget(struct guess_trust *trust, struct slice login)
{
    uint32_t account = account_of(trust, login);
    struct row *line = line_of(trust, account);
    for (size_t i = 0; i < LINE; i++) {
        if (line[i].pair == 0 || line[i].account != account)
            continue;
        line[i] = (struct row){0};
        trust->count--;
    }
}

uint32_t guess_trust_count(const struct guess_trust *trust)
{
    return trust->count;
}

/* ---- image: key, then rows; little endian ---- */

static void add_word(struct buf *to, uint64_t word)
{
    word = htole64(word);
    buf_add(to, slice_of((const char *)&word, sizeof(word)));
}

static uint64_t take_word(struct slice *from)
{
    uint64_t word;
    memcpy(&word, from->ptr, sizeof(word));
    *from = slice_skip(*from, sizeof(word));
    return le64toh(word);
}

void guess_trust_save(const struct guess_trust *trust, int64_t within_us, int64_t now_us,
                      struct buf *to)
{
    add_word(to, trust->key.words[0]);
    add_word(to, trust->key.words[1]);
    for (size_t i = 0; i < (size_t)trust->lines * LINE; i++) {
        const struct row *row = &trust->rows[i];
        if (row->pair == 0 || !is_within(row->second, within_us, now_us))
            continue;
        add_word(to, row->pair);
        add_word(to, (uint64_t)row->account << 32 | row->second);
    }
}

bool guess_trust_restore(struct guess_trust *trust, struct slice image)
{
    ASSERT(trust->count == 0);
    if (image.len < KEY || (image.len - KEY) % SAVED != 0)
        return false;
    trust->key.words[0] = take_word(&image);
    trust->key.words[1] = take_word(&image);
    while (image.len > 0) {
        struct row row = {.pair = take_word(&image)};
        uint64_t rest = take_word(&image);
        row.account = (uint32_t)(rest >> 32);
        row.second = (uint32_t)rest;
        if (row.pair != 0)
            put_row(trust, &row);
    }
    return true;
}
