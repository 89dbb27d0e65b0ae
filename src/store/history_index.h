/* SPDX-License-Identifier: Apache-2.0
 *
 * By what blocks are found. A block that is written brings one *run* a key: the sorted hashes of
 * its rows. When its segment is closed, the runs of each key are merged in one sorted pass into
 * *pages*, which take less than half of the bytes and answer with one look. So nothing is ever
 * inserted in the middle of a tree, and a look-up costs one page a closed segment, and a binary
 * search a block of the open one.
 *
 * An index names blocks, not rows: a hash that 1,000 rows of a block share is one entry.
 */
#ifndef TD_STORE_HISTORY_INDEX_H
#define TD_STORE_HISTORY_INDEX_H

#include "store/history_batch_private.h"
#include "store/sql.h"

/* Ids of blocks: segment << 16 | number in the segment. */
#define HISTORY_BLOCK_BITS 16

struct history_block_list {
    int64_t *id; /* owned: mem_free */
    size_t count, cap;
};

/* Files a new block; sorts `hashes`. */
bool history_index_put(struct sql *sql, int64_t block, enum history_key key,
                       struct history_hashes *hashes);

/* Turns the runs of a key of a segment that gets no more blocks into pages. Takes up to 50 MB
 * meanwhile: 16 bytes an entry, at most three entries a row. */
bool history_index_merge(struct sql *sql, int64_t segment, enum history_key key);

/* Forgets runs and pages of a segment. */
bool history_index_drop(struct sql *sql, int64_t segment);

/* What to look for in which segment; `merged`: it has pages for this key. */
struct history_index_query {
    int64_t segment;
    enum history_key key;
    uint32_t hash;
    bool merged;
};

/* Appends the blocks that may hold such rows. */
bool history_index_find(struct sql *sql, const struct history_index_query *query,
                        struct history_block_list *out);

#endif
