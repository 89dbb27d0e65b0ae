/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and values in memory, filled once and then only read, by any thread. Keys are the same in
 * other letters (ASCII); of a key that comes twice the first holds, as for postmap(1). Those with a
 * `*` in them, but for `*` alone, are patterns (base/wildcard.h) too.
 *
 * A row takes its bytes, 6 and 11 to 22 more (a hash and a place, at most three quarters full): a
 * million of `user0123456@example.jp mb07` 49 MB. At most LOOKUP_ROWS_MAX, and 4 GiB of bytes.
 */
#ifndef TD_STORE_LOOKUP_ROWS_H
#define TD_STORE_LOOKUP_ROWS_H

#include "base/err.h"
#include "base/keyed_hash.h"
#include "base/slice.h"

enum {
    LOOKUP_ROWS_MAX = 10000000,
    LOOKUP_PATTERNS_MAX = 1000,
    LOOKUP_KEY_MAX = 512, /* bytes */
};

struct lookup_rows;

/* key: keys of tables and those that are asked for are chosen by strangers. */
struct lookup_rows *lookup_rows_new(const struct hash_key *key);
void lookup_rows_free(struct lookup_rows *rows); /* NULL is fine */

/* Copies both; key: 1 to LOOKUP_KEY_MAX bytes. False and err: a bound is reached. */
bool lookup_rows_add(struct lookup_rows *rows, struct slice key, struct slice value,
                     struct err *err);

/* Gives back what was reserved for more; after the last row. */
void lookup_rows_finish(struct lookup_rows *rows);

/* False: there is none. *value lives as long as the rows. */
bool lookup_rows_find(const struct lookup_rows *rows, struct slice key, struct slice *value);

/* The first pattern that the text is of. text: small letters. */
bool lookup_rows_find_pattern(const struct lookup_rows *rows, struct slice text,
                              struct slice *value);

size_t lookup_rows_count(const struct lookup_rows *rows);
size_t lookup_rows_twice(const struct lookup_rows *rows); /* left out, the key was there */
size_t lookup_rows_bytes(const struct lookup_rows *rows); /* of memory */

#endif
