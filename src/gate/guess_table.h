/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets of failures by name, names being hashes: of networks, of accounts, of pairs of both. One
 * block of memory, 48 bytes a row, in lines of eight; in a full line the row whose bucket is
 * nearest to being full makes room. Names are 64 bits of a keyed hash: two that fall together, once
 * in 10^13 look-ups of a million rows, would share a bucket. One thread; pure.
 */
#ifndef TD_GATE_GUESS_TABLE_H
#define TD_GATE_GUESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/keyed_hash.h"
#include "base/rate.h"

/* A bucket that refills: `count` failures are nothing strange, at `most` there is no room. */
struct guess_bucket {
    int64_t each_us; /* until one failure is forgiven */
    uint32_t count, most;
};

/* count: of the rate; most: half as much again. */
struct guess_bucket guess_bucket_of(const struct rate *rate);

/* How many different ones in the last half hour to hour, by linear counting: up to some 250. */
struct guess_breadth {
    uint32_t recent[2], before[2]; /* bits of this half hour and of the one before */
    uint32_t half;                 /* number of this half hour */
};

void guess_breadth_add(struct guess_breadth *breadth, uint64_t name, int64_t now_us);
uint32_t guess_breadth_count(const struct guess_breadth *breadth, int64_t now_us);

enum { GUESS_SECRETS = 4 };

struct guess_row {
    uint64_t name;   /* 0: free */
    int64_t full_us; /* when the bucket is full again; 0: it is */
    union {
        struct {
            uint32_t secrets[GUESS_SECRETS]; /* hashes of the last wrong ones; 0: none */
            uint32_t looked_s;               /* the last look that let pass */
            uint16_t under_way;
            uint8_t next;  /* of secrets */
            uint8_t tries; /* that counted, none long after the one before */
        } pair;
        struct {
            struct guess_breadth others; /* networks of the account, accounts of the network */
            uint8_t family;              /* of a network: 4, 16; 0: not known */
        } party;
    };
    union {
        uint8_t prefix[8];   /* of a network */
        uint32_t forgiven_s; /* of an account: what its pairs did before is forgiven */
        uint32_t failed_s;   /* of a pair: the last that counted */
    };
};

/* Failures in the bucket, 0 to most. A row that says more than it can hold is of a clock that was
 * set back, and is emptied. */
uint32_t guess_row_used(struct guess_row *row, const struct guess_bucket *bucket, int64_t now_us);

/* Not beyond most. */
void guess_row_add(struct guess_row *row, const struct guess_bucket *bucket, uint32_t count,
                   int64_t now_us);

/* When fewer than `limit` (above 0) are in it. */
int64_t guess_row_below_at(const struct guess_row *row, const struct guess_bucket *bucket,
                           uint32_t limit);

struct guess_table;

/* max: rows, 1 to 2^26. */
struct guess_table *guess_table_new(uint32_t max);
void guess_table_free(struct guess_table *table); /* NULL is fine */

/* While nothing is in it. */
void guess_table_hash_by(struct guess_table *table, const struct hash_key *key);
void guess_table_clear(struct guess_table *table);

/* NULL: none. Valid until the next use. */
struct guess_row *guess_table_find(const struct guess_table *table, uint64_t name);

/* The row of the name, made when there is none. */
struct guess_row *guess_table_use(struct guess_table *table, uint64_t name, int64_t now_us);

/* One after the other; *place begins with 0. NULL: that was the last. */
struct guess_row *guess_table_next(const struct guess_table *table, size_t *place);

uint32_t guess_table_count(const struct guess_table *table);

/* Rows that still counted and had to make room. */
uint64_t guess_table_crowded_out(const struct guess_table *table);

#endif
