/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_flags.h. A hash table of chains that doubles as it fills; most logins that are looked
 * for have no flag, and most tables are empty.
 */
#include "gate/account_flags.h"

#include "base/memory.h"

enum { BUCKETS_LEAST = 64 };

/* Its login is that of its flags, of which there is at least one. */
struct entry {
    struct entry *next;
    uint64_t hash;
    struct account_flag *flags[ACCOUNT_FLAG_KINDS]; /* NULL: not set */
};

struct account_flags {
    struct entry **buckets;
    size_t mask, count, max;
};

struct account_flags *account_flags_new(size_t max)
{
    struct account_flags *table = MEM_NEW(struct account_flags);
    ASSERT(max > 0);
    table->max = max;
    table->mask = BUCKETS_LEAST - 1;
    table->buckets = MEM_NEW_ARRAY(struct entry *, BUCKETS_LEAST);
    return table;
}

static void entry_free(struct entry *entry)
{
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++)
        mem_free(entry->flags[i]);
    mem_free(entry);
}

void account_flags_free(struct account_flags *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i <= table->mask; i++) {
        for (struct entry *entry = table->buckets[i]; entry != NULL;) {
            struct entry *next = entry->next;
            entry_free(entry);
            entry = next;
        }
    }
    mem_free(table->buckets);
    mem_free(table);
}

/* ---- finding ---- */

static struct slice login_of(const struct entry *entry)
{
    size_t kind = 0;
    while (kind + 1 < ACCOUNT_FLAG_KINDS && entry->flags[kind] == NULL)
        kind++;
    ASSERT(entry->flags[kind] != NULL);
    return entry->flags[kind]->login;
}

/* Where the entry hangs, or would. */
static struct entry **place_of(const struct account_flags *table, struct slice login, uint64_t hash)
{
    struct entry **place = &table->buckets[hash & table->mask];
    while (*place != NULL && ((*place)->hash != hash || !slice_eq(login_of(*place), login)))
        place = &(*place)->next;
    return place;
}

static const struct entry *find(const struct account_flags *table, struct slice login)
{
    return table->count > 0 ? *place_of(table, login, slice_hash(login)) : NULL;
}

const struct account_flag *account_flags_find(const struct account_flags *table, struct slice login,
                                              enum account_flag_kind kind)
{
    const struct entry *entry = find(table, login);
    return entry != NULL ? entry->flags[kind] : NULL;
}

const struct account_flag *account_flags_sending(const struct account_flags *table,
                                                 struct slice login, int64_t now_us)
{
    const struct entry *entry = find(table, login);
    for (size_t kind = ACCOUNT_FLAG_KINDS; entry != NULL && kind-- > 0;) {
        const struct account_flag *flag = entry->flags[kind];
        if (!account_flag_is_about_sending((enum account_flag_kind)kind))
            break;
        if (flag != NULL && now_us < flag->until_us)
            return flag;
    }
    return NULL;
}

size_t account_flags_count(const struct account_flags *table)
{
    return table->count;
}

/* ---- changing ---- */

void account_flags_replace(struct account_flags *table, struct account_flags *by)
{
    struct account_flags before = *table;
    *table = *by;
    *by = before;
    account_flags_free(by);
}

static void grow(struct account_flags *table)
{
    size_t mask = table->mask * 2 + 1;
    struct entry **buckets = MEM_NEW_ARRAY(struct entry *, mask + 1);
    for (size_t i = 0; i <= table->mask; i++) {
        for (struct entry *entry = table->buckets[i]; entry != NULL;) {
            struct entry *next = entry->next, **to = &buckets[entry->hash & mask];
            entry->next = *to;
            *to = entry;
            entry = next;
        }
    }
    mem_free(table->buckets);
    table->buckets = buckets;
    table->mask = mask;
}

static bool is_empty(const struct entry *entry)
{
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++)
        if (entry->flags[i] != NULL)
            return false;
    return true;
}

static void clear(struct account_flags *table, struct entry **place, enum account_flag_kind kind)
{
    struct entry *entry = *place;
    if (entry == NULL)
        return;
    mem_free(entry->flags[kind]);
    entry->flags[kind] = NULL;
    if (!is_empty(entry))
        return;
    *place = entry->next;
    entry_free(entry);
    table->count--;
}

bool account_flags_put(struct account_flags *table, struct account_flag *flag)
{
    uint64_t hash = slice_hash(flag->login);
    struct entry **place = place_of(table, flag->login, hash);
    if (flag->until_us <= flag->since_us) {
        clear(table, place, flag->kind);
        mem_free(flag);
        return true;
    }
    if (*place == NULL && table->count >= table->max) {
        mem_free(flag);
        return false;
    }
    if (*place == NULL) {
        *place = MEM_NEW(struct entry);
        (*place)->hash = hash;
        table->count++;
    }
    mem_free((*place)->flags[flag->kind]);
    (*place)->flags[flag->kind] = flag;
    if (table->count > table->mask)
        grow(table);
    return true;
}

/* ---- all of them ---- */

void account_flags_each(const struct account_flags *table, account_flags_see see, void *context)
{
    for (size_t i = 0; i <= table->mask; i++)
        for (const struct entry *entry = table->buckets[i]; entry != NULL; entry = entry->next)
            for (size_t kind = 0; kind < ACCOUNT_FLAG_KINDS; kind++)
                if (entry->flags[kind] != NULL)
                    see(context, entry->flags[kind]);
}

static void put_copy(void *context, const struct account_flag *flag)
{
    (void)account_flags_put(context, account_flag_new(flag));
}

struct account_flags *account_flags_copy(const struct account_flags *table)
{
    struct account_flags *copy = account_flags_new(table->max);
    account_flags_each(table, put_copy, copy);
    return copy;
}
