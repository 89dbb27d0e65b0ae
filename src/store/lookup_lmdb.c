/* SPDX-License-Identifier: Apache-2.0
 *
 * A table that Postfix reads itself (io/lmdb_table.h), asked where it lies.
 */
#include "store/lookup_driver.h"

#include "io/lmdb_table.h"

struct lookup_source {
    struct lmdb_table *table;
};

static struct lookup_source *open_lmdb(const struct lookup_place *place,
                                       const struct lookup_options *options, struct err *err)
{
    (void)options;
    struct lmdb_table *table = lmdb_table_open(place->path, LMDB_TABLE_READ, err);
    if (table == NULL)
        return NULL;
    struct lookup_source *source = MEM_NEW(struct lookup_source);
    source->table = table;
    return source;
}

static void release(struct lookup_source *source)
{
    lmdb_table_close(source->table);
    mem_free(source);
}

static enum lookup_found find(struct lookup_source *source, struct slice key, bool may_wait,
                              struct buf *value, struct err *err)
{
    char lower[LOOKUP_KEY_MAX];
    slice_copy_lower(key, lower);
    switch (lmdb_table_find(source->table, slice_of(lower, key.len), may_wait ? LOOKUP_WAIT_MS : 0,
                            value, err)) {
    case LMDB_TABLE_FOUND:
        return LOOKUP_FOUND;
    case LMDB_TABLE_MISSING:
        return LOOKUP_MISSING;
    case LMDB_TABLE_LOCKED:
        return may_wait ? LOOKUP_TROUBLE : LOOKUP_WAITS;
    case LMDB_TABLE_FAILED:
        break;
    }
    return LOOKUP_TROUBLE;
}

const struct lookup_driver lookup_driver_lmdb = {
    .open = open_lmdb,
    .free = release,
    .find = find,
};
