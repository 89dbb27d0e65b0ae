/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a small table as one value: keys and values, sorted by key, and what has to be
 * written to make one set of another. Zero-initialise ({0}) to begin, row_set_done to end; filled
 * by row_set_add, then row_set_sort, then only read. Bounded by whoever fills it.
 */
#ifndef TD_BASE_ROW_SET_H
#define TD_BASE_ROW_SET_H

#include "base/memory.h"
#include "base/slice.h"

struct row {
    struct slice key, value; /* any bytes */
    size_t place;            /* in the order of adding */
};

struct row_set {
    struct arena *arena; /* of all bytes */
    struct row *rows;    /* after row_set_sort: by the bytes of their keys, each once */
    size_t count, room;
};

void row_set_done(struct row_set *set);

/* Copies both. */
void row_set_add(struct row_set *set, struct slice key, struct slice value);

/* Sorts. Of rows with one key the one that was added first stays. */
void row_set_sort(struct row_set *set);

/* NULL: no such key. */
const struct row *row_set_find(const struct row_set *set, struct slice key);

/* What to write so that a table with the rows of `before` has those of `after`: rows that are new
 * or have another value, and as a row whose value.ptr is NULL what is to be removed. Sorted by key.
 * Slices are of the two sets; free the list with mem_free. NULL and *count 0: they are the same. */
struct row *row_set_changes(const struct row_set *before, const struct row_set *after,
                            size_t *count);

#endif
