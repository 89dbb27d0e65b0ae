/* SPDX-License-Identifier: Apache-2.0
 *
 * See ruling_ends.h.
 */
#include "gate/ruling_ends.h"

#include <string.h>

#include "base/memory.h"

struct row {
    uint64_t hash; /* of the login */
    struct ruling *ruling;
};

struct ruling_ends {
    struct row *rows; /* in order of compare */
    size_t count, room, max;
};

struct ruling_ends *ruling_ends_new(size_t max)
{
    struct ruling_ends *ends = MEM_NEW(struct ruling_ends);
    ASSERT(max > 0);
    ends->max = max;
    return ends;
}

void ruling_ends_free(struct ruling_ends *ends)
{
    if (ends == NULL)
        return;
    for (size_t i = 0; i < ends->count; i++)
        mem_free(ends->rows[i].ruling);
    mem_free(ends->rows);
    mem_free(ends);
}

static int compare(const struct row *row, uint64_t hash, const struct ruling *about)
{
    if (row->hash != hash)
        return row->hash < hash ? -1 : 1;
    int order = slice_cmp(row->ruling->login, about->login);
    if (order == 0)
        order = slice_cmp(row->ruling->name, about->name);
    return order != 0 ? order : (int)row->ruling->kind - (int)about->kind;
}

/* Where it is, or would be. */
static size_t place_of(const struct ruling_ends *ends, const struct ruling *about, bool *there)
{
    uint64_t hash = slice_hash(about->login);
    size_t low = 0, high = ends->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&ends->rows[middle], hash, about) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *there = low < ends->count && compare(&ends->rows[low], hash, about) == 0;
    return low;
}

static void take_out(struct ruling_ends *ends, size_t at)
{
    struct row *row = &ends->rows[at];
    mem_free(row->ruling);
    ends->count--;
    memmove(row, row + 1, (ends->count - at) * sizeof(*row));
}

static void forget_oldest(struct ruling_ends *ends)
{
    size_t oldest = 0;
    for (size_t i = 1; i < ends->count; i++)
        if (ruling_over_us(ends->rows[i].ruling) < ruling_over_us(ends->rows[oldest].ruling))
            oldest = i;
    take_out(ends, oldest);
}

bool ruling_ends_put(struct ruling_ends *ends, const struct ruling *ruling)
{
    bool there, full;
    size_t at = place_of(ends, ruling, &there);
    struct ruling *copy = ruling_new(ruling);
    if (there) {
        mem_free(ends->rows[at].ruling);
        ends->rows[at].ruling = copy;
        return false;
    }
    full = ends->count >= ends->max;
    if (full) {
        forget_oldest(ends);
        at = place_of(ends, ruling, &there);
    }
    if (ends->count == ends->room) {
        ends->room = ends->room == 0 ? 16 : ends->room * 2;
        ends->rows = mem_resize(ends->rows, ends->room, sizeof(*ends->rows));
    }
    struct row *row = &ends->rows[at];
    memmove(row + 1, row, (ends->count - at) * sizeof(*row));
    *row = (struct row){slice_hash(copy->login), copy};
    ends->count++;
    return full;
}

const struct ruling *ruling_ends_find(const struct ruling_ends *ends, const struct ruling *about)
{
    bool there;
    size_t at = place_of(ends, about, &there);
    return there ? ends->rows[at].ruling : NULL;
}

void ruling_ends_drop(struct ruling_ends *ends, const struct ruling *about)
{
    bool there;
    size_t at = place_of(ends, about, &there);
    if (there)
        take_out(ends, at);
}

void ruling_ends_expire(struct ruling_ends *ends, int64_t now_us, ruling_see see, void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < ends->count; i++) {
        struct ruling *ruling = ends->rows[i].ruling;
        if (now_us - ruling_over_us(ruling) < RULING_REMEMBERED_US) {
            ends->rows[kept++] = ends->rows[i];
            continue;
        }
        see(context, ruling);
        mem_free(ruling);
    }
    ends->count = kept;
}

size_t ruling_ends_count(const struct ruling_ends *ends)
{
    return ends->count;
}

void ruling_ends_each(const struct ruling_ends *ends, ruling_see see, void *context)
{
    for (size_t i = 0; i < ends->count; i++)
        see(context, ends->rows[i].ruling);
}
