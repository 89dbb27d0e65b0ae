/* SPDX-License-Identifier: Apache-2.0
 *
 * See recipient_lists.h. Messages lie in a ring, in the order in which they began, and are found by
 * chains.
 */
#include "gate/recipient_lists.h"

#include "base/memory.h"

enum { ROOM_FIRST = 4 };

/* A message; recipients NULL: none. */
struct entry {
    uint64_t message;
    uint64_t *recipients;
    uint32_t count, room, more;
    uint32_t chain; /* next of this bucket, by its place in the ring and 1; 0: none */
};

struct recipient_lists {
    struct entry *ring;
    uint32_t *buckets;
    uint32_t max, mask;
    uint32_t oldest, count; /* of the ring */
    uint64_t all;           /* room of all lists */
};

struct recipient_lists *recipient_lists_new(uint32_t max)
{
    struct recipient_lists *lists = MEM_NEW(struct recipient_lists);
    uint32_t buckets = 16;
    ASSERT(max > 0 && max <= UINT32_C(1) << 24);
    while (buckets < max)
        buckets *= 2;
    lists->ring = MEM_NEW_ARRAY(struct entry, max);
    lists->buckets = MEM_NEW_ARRAY(uint32_t, buckets);
    lists->max = max;
    lists->mask = buckets - 1;
    return lists;
}

void recipient_lists_free(struct recipient_lists *lists)
{
    if (lists == NULL)
        return;
    for (uint32_t i = 0; i < lists->max; i++)
        mem_free(lists->ring[i].recipients);
    mem_free(lists->ring);
    mem_free(lists->buckets);
    mem_free(lists);
}

/* ---- messages ---- */

static uint32_t *bucket_of(const struct recipient_lists *lists, uint64_t message)
{
    return &lists->buckets[(uint32_t)message & lists->mask];
}

static struct entry *find(const struct recipient_lists *lists, uint64_t message)
{
    uint32_t number = *bucket_of(lists, message);
    while (number != 0 && lists->ring[number - 1].message != message)
        number = lists->ring[number - 1].chain;
    return number == 0 ? NULL : &lists->ring[number - 1];
}

static void drop_oldest(struct recipient_lists *lists)
{
    struct entry *entry = &lists->ring[lists->oldest];
    uint32_t *place = bucket_of(lists, entry->message);
    while (*place != lists->oldest + 1)
        place = &lists->ring[*place - 1].chain;
    *place = entry->chain;
    lists->all -= entry->room;
    mem_free(entry->recipients);
    *entry = (struct entry){0};
    lists->oldest = (lists->oldest + 1) % lists->max;
    lists->count--;
}

static struct entry *begin(struct recipient_lists *lists, uint64_t message)
{
    if (lists->count == lists->max)
        drop_oldest(lists);
    uint32_t at = (uint32_t)(((uint64_t)lists->oldest + lists->count) % lists->max);
    uint32_t *bucket = bucket_of(lists, message);
    lists->ring[at] = (struct entry){.message = message, .chain = *bucket};
    *bucket = at + 1;
    lists->count++;
    return &lists->ring[at];
}

/* ---- recipients ---- */

static void grow(struct recipient_lists *lists, struct entry *entry)
{
    uint32_t room = entry->room == 0 ? ROOM_FIRST : entry->room * 2;
    lists->all += room - entry->room;
    entry->recipients = mem_resize(entry->recipients, room, sizeof(entry->recipients[0]));
    entry->room = room;
}

void recipient_lists_add(struct recipient_lists *lists, uint64_t message, uint64_t recipient)
{
    struct entry *entry = find(lists, message);
    if (entry == NULL)
        entry = begin(lists, message);
    for (uint32_t i = 0; i < entry->count; i++)
        if (entry->recipients[i] == recipient)
            return;
    if (entry->count == RECIPIENT_LIST_MAX) {
        entry->more += entry->more < UINT32_MAX;
        return;
    }
    if (entry->count == entry->room)
        grow(lists, entry);
    entry->recipients[entry->count++] = recipient;
    while (lists->all > RECIPIENT_LISTS_ALL && lists->count > 1 &&
           &lists->ring[lists->oldest] != entry)
        drop_oldest(lists);
}

bool recipient_lists_find(const struct recipient_lists *lists, uint64_t message,
                          struct recipient_list *out)
{
    const struct entry *entry = find(lists, message);
    *out = (struct recipient_list){0};
    if (entry == NULL)
        return false;
    *out = (struct recipient_list){entry->recipients, entry->count, entry->more};
    return true;
}
