/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables that Postfix goes by, asked by todoku (store/lookup_place.h). Texts and passwd-files
 * are read into memory (store/lookup_rows.h); an LMDB file is asked where it lies; SQLite by a
 * query of the operator.
 *
 *      in memory     any thread, answers at once
 *      lmdb, sqlite  one thread at a time: each has its twin; lmdb answers at once while nobody
 *                    writes it, sqlite is for threads that may wait
 *
 * What is in memory is as old as its file was when it was read. Whoever has a table asks from time
 * to time whether it is old, then opens it again where waiting is allowed, and puts the new one in
 * its place; while that cannot be read, the one before stays. Who still asks that one holds it by
 * its count of references, so each sees one table whole; the last one frees it, which takes a
 * while for a large one and is best left to the thread that reads. LMDB and SQLite look at their
 * file with each question, also when it was replaced.
 *
 * Keys are the same in other letters. Bounds: a file of 1 GiB, LOOKUP_ROWS_MAX rows, keys of
 * LOOKUP_KEY_MAX and values of LOOKUP_VALUE_MAX bytes; deadlines below.
 */
#ifndef TD_STORE_LOOKUP_TABLE_H
#define TD_STORE_LOOKUP_TABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "store/lookup_place.h"
#include "store/lookup_rows.h"

enum {
    LOOKUP_FILE_MAX = 1 << 30,
    LOOKUP_VALUE_MAX = 65536,
    LOOKUP_WAIT_MS = 2000, /* for somebody who writes an LMDB file, or another thread's query */
};

struct lookup_options {
    struct hash_key key; /* a random one */
    /* Of a passwd-file: whose other name a login is (user=), and not where accounts are
     * (todoku_server=, which may be empty). */
    bool wants_users;
    int64_t timeout_us; /* of a query; 0: LOOKUP_WAIT_MS */
};

enum lookup_found {
    LOOKUP_FOUND,
    LOOKUP_MISSING,
    LOOKUP_WAITS,  /* not without waiting */
    LOOKUP_TROUBLE /* err says why */
};

struct lookup_table;

/* Reads it, or looks whether it can be read; may block. All is copied; one reference, the caller's.
 * NULL and err: no such place, not to be read, of no such form, beyond a bound. */
struct lookup_table *lookup_table_open(struct slice spec, const struct lookup_options *options,
                                       struct err *err);

/* The same from the same place, now. */
struct lookup_table *lookup_table_again(const struct lookup_table *table, struct err *err);

struct lookup_table *lookup_table_ref(struct lookup_table *table);
void lookup_table_unref(struct lookup_table *table); /* any thread; NULL is fine */

/* For another thread: itself with one more reference, or a connection of its own, made with its
 * first question. */
struct lookup_table *lookup_table_twin(struct lookup_table *table);

bool lookup_table_is_in_memory(const struct lookup_table *table);

/* Appends the value of a key; 1 to LOOKUP_KEY_MAX bytes, else it is missing. Without may_wait:
 * WAITS rather than waiting for anybody. Nothing is appended unless FOUND. */
enum lookup_found lookup_table_find(struct lookup_table *table, struct slice key, bool may_wait,
                                    struct buf *value, struct err *err);

/* The value of the first key with a * that the text is of. text: small letters. Only tables in
 * memory have patterns. */
bool lookup_table_find_pattern(const struct lookup_table *table, struct slice text,
                               struct buf *value);

/* Whether it is in memory and its file may be another than was read: a look at the file. */
bool lookup_table_is_old(const struct lookup_table *table);

/* As it was opened. */
const char *lookup_table_spec(const struct lookup_table *table);

/* Of a table in memory. */
struct lookup_numbers {
    size_t rows, bytes;
    size_t twice;      /* rows whose key was there */
    size_t faults;     /* lines that are none */
    size_t first_line; /* of those */
    const char *first; /* why; NULL: there are none */
};
struct lookup_numbers lookup_table_numbers(const struct lookup_table *table);

#endif
