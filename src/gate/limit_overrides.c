/* SPDX-License-Identifier: Apache-2.0
 *
 * See limit_overrides.h.
 */
#include "gate/limit_overrides.h"

#include <string.h>

#include "base/memory.h"

struct row {
    uint64_t hash; /* of the login */
    struct limit_override *one;
};

struct limit_overrides {
    struct row *rows; /* in order of compare */
    size_t count, room, max;
};

struct limit_overrides *limit_overrides_new(size_t max)
{
    struct limit_overrides *table = MEM_NEW(struct limit_overrides);
    ASSERT(max > 0);
    table->max = max;
    return table;
}

void limit_overrides_free(struct limit_overrides *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        mem_free(table->rows[i].one);
    mem_free(table->rows);
    mem_free(table);
}

/* ---- order ---- */

static int compare_login(const struct row *row, uint64_t hash, struct slice login)
{
    if (row->hash != hash)
        return row->hash < hash ? -1 : 1;
    return slice_cmp(row->one->login, login);
}

static int compare(const struct row *row, uint64_t hash, const struct limit_override *one)
{
    int order = compare_login(row, hash, one->login);
    if (order == 0)
        order = slice_cmp(row->one->rule, one->rule);
    return order != 0 ? order : (int)row->one->temporary - (int)one->temporary;
}

/* The first one of this login, or where it would be. */
static size_t first_of(const struct limit_overrides *table, uint64_t hash, struct slice login)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_login(&table->rows[middle], hash, login) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where it is, or would be; logins have few. */
static size_t place_of(const struct limit_overrides *table, uint64_t hash,
                       const struct limit_override *one)
{
    size_t at = first_of(table, hash, one->login);
    while (at < table->count && compare(&table->rows[at], hash, one) < 0)
        at++;
    return at;
}

static bool is_at(const struct limit_overrides *table, size_t at, uint64_t hash,
                  const struct limit_override *one)
{
    return at < table->count && compare(&table->rows[at], hash, one) == 0;
}

/* ---- changing ---- */

static void take_out(struct limit_overrides *table, size_t at)
{
    struct row *row = &table->rows[at];
    mem_free(row->one);
    table->count--;
    memmove(row, row + 1, (table->count - at) * sizeof(*row));
}

static void put_in(struct limit_overrides *table, size_t at, uint64_t hash,
                   struct limit_override *one)
{
    if (table->count == table->room) {
        table->room = table->room == 0 ? 16 : table->room * 2;
        table->rows = mem_resize(table->rows, table->room, sizeof(*table->rows));
    }
    struct row *row = &table->rows[at];
    memmove(row + 1, row, (table->count - at) * sizeof(*row));
    *row = (struct row){hash, one};
    table->count++;
}

bool limit_overrides_put(struct limit_overrides *table, struct limit_override *one)
{
    uint64_t hash = slice_hash(one->login);
    size_t at = place_of(table, hash, one);
    bool there = is_at(table, at, hash, one), clears = limit_override_clears(one);
    if (clears || (!there && table->count >= table->max)) {
        if (clears && there)
            take_out(table, at);
        mem_free(one);
        return clears;
    }
    if (there) {
        mem_free(table->rows[at].one);
        table->rows[at].one = one;
    } else {
        put_in(table, at, hash, one);
    }
    return true;
}

/* ---- finding ---- */

const struct limit_override *limit_overrides_find(const struct limit_overrides *table,
                                                  struct slice login, struct slice rule,
                                                  bool temporary)
{
    const struct limit_override key = {.temporary = temporary, .login = login, .rule = rule};
    uint64_t hash = slice_hash(login);
    size_t at = place_of(table, hash, &key);
    return is_at(table, at, hash, &key) ? table->rows[at].one : NULL;
}

struct limit_own limit_overrides_of(const struct limit_overrides *table, struct slice login,
                                    int64_t now_us)
{
    struct limit_own own = {.table = table, .now_us = now_us};
    if (table->count == 0 || login.len == 0)
        return own;
    uint64_t hash = slice_hash(login);
    own.begin = own.end = first_of(table, hash, login);
    while (own.end < table->count && compare_login(&table->rows[own.end], hash, login) == 0)
        own.end++;
    return own;
}

const struct limit_override *limit_own_find(const struct limit_own *own, struct slice rule)
{
    const struct limit_override *found = NULL;
    for (size_t i = own->begin; i < own->end; i++) {
        const struct limit_override *one = own->table->rows[i].one;
        if (one->until_us > own->now_us && slice_eq(one->rule, rule))
            found = one; /* the one for a time is the last */
    }
    return found;
}

size_t limit_overrides_count(const struct limit_overrides *table)
{
    return table->count;
}

void limit_overrides_each(const struct limit_overrides *table, limit_overrides_see see,
                          void *context)
{
    for (size_t i = 0; i < table->count; i++)
        see(context, table->rows[i].one);
}

struct limit_overrides *limit_overrides_copy(const struct limit_overrides *table)
{
    struct limit_overrides *copy = limit_overrides_new(table->max);
    copy->count = copy->room = table->count;
    copy->rows = MEM_NEW_ARRAY(struct row, table->count + 1);
    for (size_t i = 0; i < table->count; i++)
        copy->rows[i] = (struct row){table->rows[i].hash, limit_override_new(table->rows[i].one)};
    return copy;
}
