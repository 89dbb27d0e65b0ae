/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard's campaigns, counts and worst, and its image:
 *
 *      version 1 | bits_v4 | bits_v6 | usual * 100 + 1 (u32, 0: not known) | trust | checksum (u64)
 *
 * Little endian; the checksum is over all before it. An image tells which hashes of accounts and
 * networks are trusted, and the key of those hashes: it is kept as the accounts themselves are.
 */
#include "gate/guess_guard_private.h"

#include <endian.h>

#include "base/memory.h"

enum { VERSION = 1, HEAD = 7, CHECKSUM = 8, SHOWN_MAX = 64 };

static const struct hash_key checksum_key = {{0, 0}};

bool guess_guard_campaign(struct guess_guard *guard, int64_t now_us, struct guess_campaign *news)
{
    return guess_campaigns_news(guard->campaigns, &guard->terms, now_us, news);
}

void guess_guard_campaigns(const struct guess_guard *guard, guess_campaign_see see, void *context)
{
    guess_campaigns_each(guard->campaigns, see, context);
}

struct guess_counts guess_guard_counts(const struct guess_guard *guard)
{
    struct guess_counts counts = guard->counts;
    counts.networks = guess_table_count(guard->tables[GUESS_NETWORK]);
    counts.accounts = guess_table_count(guard->tables[GUESS_ACCOUNT]);
    counts.pairs = guess_table_count(guard->tables[GUESS_PAIR]);
    counts.trusted_pairs = guess_trust_count(guard->trust);
    for (size_t i = 0; i < GUESS_KINDS; i++)
        counts.crowded_out += guess_table_crowded_out(guard->tables[i]);
    counts.campaigns = guess_campaigns_open(guard->campaigns);
    return counts;
}

/* ---- the worst ---- */

struct ranking {
    struct guess_worst rows[SHOWN_MAX];
    size_t count, most;
};

static void rank(struct ranking *ranking, const struct guess_worst *one)
{
    size_t at = ranking->count;
    if (one->used == 0 || ranking->most == 0)
        return;
    if (at == ranking->most && ranking->rows[at - 1].used >= one->used)
        return;
    if (at == ranking->most)
        at--;
    else
        ranking->count++;
    for (; at > 0 && ranking->rows[at - 1].used < one->used; at--)
        ranking->rows[at] = ranking->rows[at - 1];
    ranking->rows[at] = *one;
}

static struct guess_worst worst_of(const struct guess_guard *guard, enum guess_kind kind,
                                   struct guess_row *row, int64_t now_us)
{
    const struct guess_bucket *bucket = &guard->buckets[kind];
    struct guess_worst one = {.kind = kind, .count = bucket->count};
    one.used = guess_row_used(row, bucket, now_us);
    one.others = guess_breadth_count(&row->party.others, now_us);
    if (one.used > bucket->count)
        one.until_us = guess_row_below_at(row, bucket, bucket->count + 1);
    return one;
}

static void rank_networks(const struct guess_guard *guard, int64_t now_us, struct ranking *ranking)
{
    struct guess_row *row;
    size_t place = 0;
    while ((row = guess_table_next(guard->tables[GUESS_NETWORK], &place)) != NULL) {
        if (row->party.family == 0 || row->full_us <= now_us)
            continue;
        struct guess_worst one = worst_of(guard, GUESS_NETWORK, row, now_us);
        one.network.ip.len = row->party.family;
        one.network.bits = row->party.family == 4 ? guard->terms.bits_v4 : guard->terms.bits_v6;
        memcpy(one.network.ip.bytes, row->prefix, row->party.family == 4 ? 4 : 8);
        rank(ranking, &one);
    }
}

static void rank_accounts(const struct guess_guard *guard, int64_t now_us, struct ranking *ranking)
{
    uint64_t name;
    struct slice login;
    for (size_t i = 0; guess_campaigns_account(guard->campaigns, i, &name, &login); i++) {
        struct guess_row *row =
            name != 0 ? guess_table_find(guard->tables[GUESS_ACCOUNT], name) : NULL;
        if (row == NULL)
            continue;
        struct guess_worst one = worst_of(guard, GUESS_ACCOUNT, row, now_us);
        one.login = login;
        rank(ranking, &one);
    }
}

void guess_guard_each(const struct guess_guard *guard, size_t most, int64_t now_us,
                      guess_worst_see see, void *context)
{
    for (int kind = GUESS_NETWORK; kind <= GUESS_ACCOUNT; kind++) {
        struct ranking ranking = {.most = most < SHOWN_MAX ? most : SHOWN_MAX};
        if (kind == GUESS_NETWORK)
            rank_networks(guard, now_us, &ranking);
        else
            rank_accounts(guard, now_us, &ranking);
        for (size_t i = 0; i < ranking.count; i++)
            see(context, &ranking.rows[i]);
    }
}

/* ---- image ---- */

void guess_guard_save(const struct guess_guard *guard, int64_t now_us, struct buf *to)
{
    size_t begin = to->len;
    double usual = guess_campaigns_usual(guard->campaigns);
    uint32_t said = usual >= 0 && usual < 1e6 ? htole32((uint32_t)(usual * 100) + 1) : 0;
    buf_add_char(to, VERSION);
    buf_add_char(to, (char)guard->terms.bits_v4);
    buf_add_char(to, (char)guard->terms.bits_v6);
    buf_add(to, slice_of((const char *)&said, sizeof(said)));
    guess_trust_save(guard->trust, guard->terms.trust_us, now_us, to);
    uint64_t sum = htole64(keyed_hash(&checksum_key, slice_skip(buf_slice(to), begin)));
    buf_add(to, slice_of((const char *)&sum, sizeof(sum)));
}

static bool is_whole(struct slice image)
{
    uint64_t sum;
    if (image.len < HEAD + CHECKSUM || image.ptr[0] != VERSION)
        return false;
    memcpy(&sum, slice_end(image) - CHECKSUM, CHECKSUM);
    return le64toh(sum) == keyed_hash(&checksum_key, slice_first(image, image.len - CHECKSUM));
}

bool guess_guard_restore(struct guess_guard *guard, struct slice image)
{
    uint32_t said;
    if (!is_whole(image))
        return false;
    bool same_bits =
        image.ptr[1] == (char)guard->terms.bits_v4 && image.ptr[2] == (char)guard->terms.bits_v6;
    struct slice trust = slice_skip(slice_first(image, image.len - CHECKSUM), HEAD);
    if (same_bits && !guess_trust_restore(guard->trust, trust))
        return false;
    memcpy(&said, image.ptr + 3, sizeof(said));
    if (said != 0)
        guess_campaigns_set_usual(guard->campaigns, (le32toh(said) - 1) / 100.0);
    return true;
}
