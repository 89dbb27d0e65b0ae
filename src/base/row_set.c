/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted rows. See row_set.h.
 */
#include "base/row_set.h"

#include <stdlib.h>

#define FIRST_ROOM 64
#define ARENA_BLOCK 65536

void row_set_done(struct row_set *set)
{
    if (set->arena != NULL)
        arena_free(set->arena);
    mem_free(set->rows);
    *set = (struct row_set){0};
}

static struct slice copy(struct row_set *set, struct slice bytes)
{
    return slice_of(arena_copy(set->arena, bytes.ptr, bytes.len), bytes.len);
}

void row_set_add(struct row_set *set, struct slice key, struct slice value)
{
    if (set->arena == NULL)
        set->arena = arena_new(ARENA_BLOCK);
    if (set->count == set->room) {
        set->room = set->room ? 2 * set->room : FIRST_ROOM;
        set->rows = mem_resize(set->rows, set->room, sizeof(set->rows[0]));
    }
    set->rows[set->count] = (struct row){copy(set, key), copy(set, value), set->count};
    set->count++;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = slice_cmp(x->key, y->key);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

void row_set_sort(struct row_set *set)
{
    size_t kept = 0;
    if (set->count == 0)
        return;
    qsort(set->rows, set->count, sizeof(set->rows[0]), compare_rows);
    for (size_t i = 1; i < set->count; i++)
        if (!slice_eq(set->rows[i].key, set->rows[kept].key))
            set->rows[++kept] = set->rows[i];
    set->count = kept + 1;
}

const struct row *row_set_find(const struct row_set *set, struct slice key)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_cmp(set->rows[middle].key, key);
        if (order == 0)
            return &set->rows[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What stands at the front of both: below 0 only in `before`, above 0 only in `after`. */
static int compare_fronts(const struct row_set *before, size_t i, const struct row_set *after,
                          size_t k)
{
    if (i == before->count)
        return 1;
    if (k == after->count)
        return -1;
    return slice_cmp(before->rows[i].key, after->rows[k].key);
}

struct row *row_set_changes(const struct row_set *before, const struct row_set *after,
                            size_t *count)
{
    struct row *changes = mem_new(before->count + after->count + 1, sizeof(*changes));
    size_t i = 0, k = 0;
    *count = 0;
    while (i < before->count || k < after->count) {
        int order = compare_fronts(before, i, after, k);
        if (order < 0)
            changes[(*count)++] = (struct row){.key = before->rows[i].key};
        else if (order > 0 || !slice_eq(before->rows[i].value, after->rows[k].value))
            changes[(*count)++] = after->rows[k];
        i += order <= 0;
        k += order >= 0;
    }
    if (*count > 0)
        return changes;
    mem_free(changes);
    return NULL;
}
