/* SPDX-License-Identifier: Apache-2.0
 *
 * See lookup_table.h.
 */
#include "store/lookup_table.h"

#include <stdatomic.h>

#include "store/lookup_driver.h"

struct lookup_table {
    atomic_uint references;
    struct arena *arena; /* of the place */
    const char *spec;
    struct lookup_place place;
    struct lookup_options options;
    const struct lookup_driver *driver;
    struct lookup_source *source; /* NULL: of a twin that was not asked yet */
};

static const struct lookup_driver *driver_of(enum lookup_kind kind)
{
    switch (kind) {
    case LOOKUP_LMDB:
        return &lookup_driver_lmdb;
    case LOOKUP_SQLITE:
        return &lookup_driver_sqlite;
    case LOOKUP_TEXT:
    case LOOKUP_ALIASES:
    case LOOKUP_PASSWD:
    case LOOKUP_STATIC:
    case LOOKUP_INLINE:
        break;
    }
    return &lookup_driver_memory;
}

static struct lookup_table *make(struct slice spec, const struct lookup_options *options)
{
    struct lookup_table *table = MEM_NEW(struct lookup_table);
    atomic_init(&table->references, 1);
    table->arena = arena_new(1024);
    table->spec = arena_copy(table->arena, spec.ptr, spec.len);
    table->options = *options;
    if (table->options.timeout_us <= 0)
        table->options.timeout_us = LOOKUP_WAIT_MS * INT64_C(1000);
    return table;
}

static bool open_source(struct lookup_table *table, struct err *err)
{
    if (table->source == NULL)
        table->source = table->driver->open(&table->place, &table->options, err);
    return table->source != NULL;
}

struct lookup_table *lookup_table_open(struct slice spec, const struct lookup_options *options,
                                       struct err *err)
{
    struct lookup_table *table = make(spec, options);
    if (lookup_place_parse(spec, table->arena, &table->place, err)) {
        table->driver = driver_of(table->place.kind);
        if (open_source(table, err))
            return table;
    }
    lookup_table_unref(table);
    return NULL;
}

struct lookup_table *lookup_table_again(const struct lookup_table *table, struct err *err)
{
    return lookup_table_open(slice_from_str(table->spec), &table->options, err);
}

struct lookup_table *lookup_table_ref(struct lookup_table *table)
{
    atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
    return table;
}

void lookup_table_unref(struct lookup_table *table)
{
    /* acq_rel: all reads of the others happen before the last one frees. */
    if (table == NULL ||
        atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) != 1)
        return;
    if (table->source != NULL)
        table->driver->free(table->source);
    arena_free(table->arena);
    mem_free(table);
}

bool lookup_table_is_in_memory(const struct lookup_table *table)
{
    return table->driver->rows != NULL;
}

struct lookup_table *lookup_table_twin(struct lookup_table *table)
{
    if (lookup_table_is_in_memory(table))
        return lookup_table_ref(table);
    struct lookup_table *twin = make(slice_from_str(table->spec), &table->options);
    bool good = lookup_place_parse(slice_from_str(table->spec), twin->arena, &twin->place, NULL);
    ASSERT(good);
    twin->driver = table->driver;
    return twin;
}

enum lookup_found lookup_table_find(struct lookup_table *table, struct slice key, bool may_wait,
                                    struct buf *value, struct err *err)
{
    size_t before = value->len;
    if (key.len == 0 || key.len > LOOKUP_KEY_MAX)
        return LOOKUP_MISSING;
    if (table->source == NULL && !may_wait)
        return LOOKUP_WAITS;
    if (!open_source(table, err))
        return LOOKUP_TROUBLE;
    enum lookup_found found = table->driver->find(table->source, key, may_wait, value, err);
    if (found == LOOKUP_FOUND && value->len - before > LOOKUP_VALUE_MAX) {
        found = LOOKUP_TROUBLE;
        err_set(err, ERR_LIMIT, "%s: the value of %.*s has more than %d bytes", table->spec,
                SLICE_ARG(key), LOOKUP_VALUE_MAX);
    }
    if (found != LOOKUP_FOUND)
        value->len = before;
    return found;
}

bool lookup_table_find_pattern(const struct lookup_table *table, struct slice text,
                               struct buf *value)
{
    struct slice found;
    if (!lookup_table_is_in_memory(table) ||
        !lookup_rows_find_pattern(table->driver->rows(table->source), text, &found))
        return false;
    buf_add(value, found);
    return true;
}

bool lookup_table_is_old(const struct lookup_table *table)
{
    return table->driver->is_old != NULL && table->driver->is_old(table->source);
}

const char *lookup_table_spec(const struct lookup_table *table)
{
    return table->spec;
}

struct lookup_numbers lookup_table_numbers(const struct lookup_table *table)
{
    struct lookup_numbers numbers = {0};
    if (!lookup_table_is_in_memory(table))
        return numbers;
    const struct lookup_rows *rows = table->driver->rows(table->source);
    numbers.rows = lookup_rows_count(rows);
    numbers.bytes = lookup_rows_bytes(rows);
    numbers.twice = lookup_rows_twice(rows);
    table->driver->count_faults(table->source, &numbers);
    return numbers;
}
