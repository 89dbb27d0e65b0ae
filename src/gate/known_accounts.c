/* SPDX-License-Identifier: Apache-2.0
 *
 * See known_accounts.h. A hash table of chains that doubles as it fills, and a list by last use.
 */
#include "gate/known_accounts.h"

#include "base/memory.h"

enum { BUCKETS_LEAST = 64 };

struct entry {
    struct entry *next;          /* of its bucket */
    struct entry *newer, *older; /* by use */
    uint64_t hash;
    struct auth_account *account; /* owned */
    struct slice login;           /* behind the entry */
};

struct known_accounts {
    struct hash_key key;
    struct entry **buckets;
    struct entry *newest, *oldest;
    size_t mask, count, max;
};

struct known_accounts *known_accounts_new(size_t max, const struct hash_key *key)
{
    struct known_accounts *known = MEM_NEW(struct known_accounts);
    ASSERT(max > 0);
    known->key = *key;
    known->max = max;
    known->mask = BUCKETS_LEAST - 1;
    known->buckets = MEM_NEW_ARRAY(struct entry *, BUCKETS_LEAST);
    return known;
}

/* ---- the list by use ---- */

static void unlink_use(struct known_accounts *known, struct entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &known->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &known->oldest) = entry->newer;
}

static void link_newest(struct known_accounts *known, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = known->newest;
    *(known->newest != NULL ? &known->newest->newer : &known->oldest) = entry;
    known->newest = entry;
}

/* ---- the table ---- */

/* Where the entry hangs, or would. */
static struct entry **place_of(const struct known_accounts *known, struct slice login,
                               uint64_t hash)
{
    struct entry **place = &known->buckets[hash & known->mask];
    while (*place != NULL && ((*place)->hash != hash || !slice_eq((*place)->login, login)))
        place = &(*place)->next;
    return place;
}

static void remove_at(struct known_accounts *known, struct entry **place)
{
    struct entry *entry = *place;
    *place = entry->next;
    unlink_use(known, entry);
    known->count--;
    mem_free(entry->account);
    mem_free(entry);
}

static void remove_oldest(struct known_accounts *known)
{
    remove_at(known, place_of(known, known->oldest->login, known->oldest->hash));
}

static void grow(struct known_accounts *known)
{
    size_t mask = known->mask * 2 + 1;
    struct entry **buckets = MEM_NEW_ARRAY(struct entry *, mask + 1);
    for (struct entry *entry = known->newest; entry != NULL; entry = entry->older) {
        struct entry **to = &buckets[entry->hash & mask];
        entry->next = *to;
        *to = entry;
    }
    mem_free(known->buckets);
    known->buckets = buckets;
    known->mask = mask;
}

void known_accounts_free(struct known_accounts *known)
{
    if (known == NULL)
        return;
    while (known->count > 0)
        remove_oldest(known);
    mem_free(known->buckets);
    mem_free(known);
}

void known_accounts_resize(struct known_accounts *known, size_t max)
{
    ASSERT(max > 0);
    known->max = max;
    while (known->count > max)
        remove_oldest(known);
}

static struct entry *find(struct known_accounts *known, struct slice login)
{
    struct entry *entry = *place_of(known, login, keyed_hash(&known->key, login));
    if (entry != NULL) {
        unlink_use(known, entry);
        link_newest(known, entry);
    }
    return entry;
}

const struct auth_account *known_accounts_find(struct known_accounts *known, struct slice login)
{
    const struct entry *entry = find(known, login);
    return entry != NULL ? entry->account : NULL;
}

static struct entry *add(struct known_accounts *known, struct slice login)
{
    if (known->count == known->max)
        remove_oldest(known);
    if (known->count > known->mask)
        grow(known);
    struct entry *entry = mem_new(1, sizeof(*entry) + login.len);
    char *at = (char *)(entry + 1);
    entry->hash = keyed_hash(&known->key, login);
    entry->login = slice_put(login, &at);
    struct entry **place = &known->buckets[entry->hash & known->mask];
    entry->next = *place;
    *place = entry;
    link_newest(known, entry);
    known->count++;
    return entry;
}

void known_accounts_put(struct known_accounts *known, struct slice login,
                        const struct auth_account *account)
{
    struct auth_account *copy = auth_account_copy(account);
    struct entry *entry = find(known, login);
    if (entry == NULL)
        entry = add(known, login);
    mem_free(entry->account);
    entry->account = copy;
}

void known_accounts_drop(struct known_accounts *known, struct slice login)
{
    struct entry **place = place_of(known, login, keyed_hash(&known->key, login));
    if (*place != NULL)
        remove_at(known, place);
}

size_t known_accounts_count(const struct known_accounts *known)
{
    return known->count;
}
