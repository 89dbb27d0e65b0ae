/* SPDX-License-Identifier: Apache-2.0
 *
 * See lookup_rows.h. Open addressing; a row is the lengths of its key and value, the key in small
 * letters and the value, one behind the other in one block of bytes.
 */
#include "store/lookup_rows.h"

#include "base/buf.h"
#include "base/memory.h"
#include "base/wildcard.h"

struct slot {
    uint32_t hash;
    uint32_t place; /* of the row, from 1; 0: free */
};

struct head {
    uint16_t key_len;
    uint32_t value_len;
} __attribute__((packed));

struct lookup_rows {
    struct hash_key key;
    char *bytes;
    size_t len, room;
    struct slot *slots;
    size_t mask, count, twice;
    uint32_t *patterns; /* places */
    size_t pattern_count;
};

enum { FIRST_SLOTS = 16, FIRST_BYTES = 256 };

struct lookup_rows *lookup_rows_new(const struct hash_key *key)
{
    struct lookup_rows *rows = MEM_NEW(struct lookup_rows);
    rows->key = *key;
    rows->slots = MEM_NEW_ARRAY(struct slot, FIRST_SLOTS);
    rows->mask = FIRST_SLOTS - 1;
    return rows;
}

void lookup_rows_free(struct lookup_rows *rows)
{
    if (rows == NULL)
        return;
    mem_free(rows->bytes);
    mem_free(rows->slots);
    mem_free(rows->patterns);
    mem_free(rows);
}

static void read_row(const struct lookup_rows *rows, uint32_t place, struct slice *key,
                     struct slice *value)
{
    struct head head;
    const char *at = rows->bytes + place - 1;
    memcpy(&head, at, sizeof(head));
    *key = slice_of(at + sizeof(head), head.key_len);
    *value = slice_of(slice_end(*key), head.value_len);
}

/* The slot of a key in small letters, or the free one where it belongs. */
static struct slot *slot_of(const struct lookup_rows *rows, struct slice key, uint32_t hash)
{
    size_t at = hash & rows->mask;
    for (;; at = (at + 1) & rows->mask) {
        struct slot *slot = &rows->slots[at];
        struct slice there, value;
        if (slot->place == 0)
            return slot;
        if (slot->hash != hash)
            continue;
        read_row(rows, slot->place, &there, &value);
        if (slice_eq(there, key))
            return slot;
    }
}

static void make_room_for_slot(struct lookup_rows *rows)
{
    struct slot *old = rows->slots;
    size_t old_count = rows->mask + 1;
    if ((rows->count + 1) * 4 <= old_count * 3)
        return;
    rows->slots = MEM_NEW_ARRAY(struct slot, old_count * 2);
    rows->mask = old_count * 2 - 1;
    for (size_t i = 0; i < old_count; i++) {
        size_t at = old[i].hash & rows->mask;
        if (old[i].place == 0)
            continue;
        while (rows->slots[at].place != 0)
            at = (at + 1) & rows->mask;
        rows->slots[at] = old[i];
    }
    mem_free(old);
}

static uint32_t put_row(struct lookup_rows *rows, struct slice key, struct slice value)
{
    const struct head head = {(uint16_t)key.len, (uint32_t)value.len};
    size_t need = rows->len + sizeof(head) + key.len + value.len;
    if (need > rows->room) {
        size_t twice = rows->room * 2 > FIRST_BYTES ? rows->room * 2 : FIRST_BYTES;
        rows->room = need > twice ? need : twice;
        rows->bytes = mem_resize(rows->bytes, rows->room, 1);
    }
    char *at = rows->bytes + rows->len;
    uint32_t place = (uint32_t)rows->len + 1;
    slice_put(slice_of((const char *)&head, sizeof(head)), &at);
    slice_put(key, &at);
    slice_put(value, &at);
    rows->len = need;
    return place;
}

static bool is_pattern(struct slice key)
{
    return key.len > 1 && slice_find_char(key, '*') != NULL;
}

static bool has_room(const struct lookup_rows *rows, struct slice key, struct slice value,
                     struct err *err)
{
    if (rows->count == LOOKUP_ROWS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d rows", LOOKUP_ROWS_MAX);
    if (rows->pattern_count == LOOKUP_PATTERNS_MAX && is_pattern(key))
        return err_set(err, ERR_LIMIT, "more than %d keys with a * in them", LOOKUP_PATTERNS_MAX);
    if (rows->len + sizeof(struct head) + key.len + value.len >= UINT32_MAX)
        return err_set(err, ERR_LIMIT, "more than 4 GiB of keys and values");
    return true;
}

bool lookup_rows_add(struct lookup_rows *rows, struct slice key, struct slice value,
                     struct err *err)
{
    char lower[LOOKUP_KEY_MAX];
    ASSERT(key.len > 0 && key.len <= sizeof(lower));
    slice_copy_lower(key, lower);
    key.ptr = lower;
    uint32_t hash = (uint32_t)keyed_hash(&rows->key, key);
    make_room_for_slot(rows);
    struct slot *slot = slot_of(rows, key, hash);
    if (slot->place != 0) {
        rows->twice++;
        return true;
    }
    if (!has_room(rows, key, value, err))
        return false;
    *slot = (struct slot){hash, put_row(rows, key, value)};
    rows->count++;
    if (is_pattern(key)) {
        if (rows->patterns == NULL)
            rows->patterns = MEM_NEW_ARRAY(uint32_t, LOOKUP_PATTERNS_MAX);
        rows->patterns[rows->pattern_count++] = slot->place;
    }
    return true;
}

void lookup_rows_finish(struct lookup_rows *rows)
{
    if (rows->len > 0)
        rows->bytes = mem_resize(rows->bytes, rows->len, 1);
    rows->room = rows->len;
}

bool lookup_rows_find(const struct lookup_rows *rows, struct slice key, struct slice *value)
{
    char lower[LOOKUP_KEY_MAX];
    struct slice there;
    if (key.len == 0 || key.len > sizeof(lower))
        return false;
    slice_copy_lower(key, lower);
    key.ptr = lower;
    const struct slot *slot = slot_of(rows, key, (uint32_t)keyed_hash(&rows->key, key));
    if (slot->place == 0)
        return false;
    read_row(rows, slot->place, &there, value);
    return true;
}

bool lookup_rows_find_pattern(const struct lookup_rows *rows, struct slice text,
                              struct slice *value)
{
    for (size_t i = 0; i < rows->pattern_count; i++) {
        struct slice pattern, found;
        read_row(rows, rows->patterns[i], &pattern, &found);
        if (!wildcard_matches(pattern, text))
            continue;
        *value = found;
        return true;
    }
    return false;
}

size_t lookup_rows_count(const struct lookup_rows *rows)
{
    return rows->count;
}

size_t lookup_rows_twice(const struct lookup_rows *rows)
{
    return rows->twice;
}

size_t lookup_rows_bytes(const struct lookup_rows *rows)
{
    return sizeof(*rows) + rows->room + (rows->mask + 1) * sizeof(struct slot) +
           (rows->patterns != NULL ? LOOKUP_PATTERNS_MAX * sizeof(rows->patterns[0]) : 0);
}
