/* SPDX-License-Identifier: Apache-2.0
 *
 * See credential_cache.h. Entries in one block that is in no core dump, each in two chains: that of
 * its key and that of its account. A hand goes round and takes the first entry that was not used
 * since it came by.
 *
 * Changes are numbered. An entry knows up to which one it was confirmed; the accounts of the last
 * DROPS_KEPT changes are remembered, so that what was looked up before one of them is not put
 * behind it.
 */
#include "gate/credential_cache.h"

#include "base/keyed_hash.h"
#include "base/memory.h"
#include "io/hmac.h"
#include "io/secret_memory.h"

enum { KEY_BYTES = 16, DROPS_KEPT = 1024 };

enum chain { BY_KEY, BY_ACCOUNT, CHAINS };

struct entry {
    unsigned char key[KEY_BYTES];
    struct credential_print print;
    int64_t put_us, confirmed_us;
    uint64_t change;       /* up to which it was confirmed */
    uint32_t next[CHAINS]; /* number plus one; 0: none */
    uint32_t serial;
    uint16_t app, length;               /* length 0: free */
    bool used;                          /* since the hand came by */
    char login[CREDENTIAL_LOGIN_SHORT]; /* or, of a longer one, a pointer to memory of its own */
};
_Static_assert(sizeof(struct entry) == 128, "the header says how much an entry takes");

struct drop {
    uint64_t change, account;
};

struct credential_cache {
    struct hmac_signer *signer;
    struct hash_key hash_key; /* of accounts */
    struct credential_terms terms;
    struct entry *entries;
    uint32_t *buckets[CHAINS];
    uint32_t max, mask, made, hand;
    uint32_t free; /* first of those that were let go, number plus one */
    uint64_t change, all_change, doubt_change; /* the last; the last of everything */
    struct drop drops[DROPS_KEPT];
    uint64_t drop_count;
    struct credential_counts counts;
};

struct credential_print credential_print_of(struct slice stored)
{
    unsigned char digest[32];
    struct credential_print print;
    sha256(stored, digest);
    memcpy(&print, digest, sizeof(print));
    return print;
}

struct credential_cache *credential_cache_new(const unsigned char *key, uint32_t max,
                                              const struct credential_terms *terms)
{
    struct credential_cache *cache = secret_memory_new(sizeof(*cache));
    uint32_t buckets = 16;
    ASSERT(max > 0 && max <= CREDENTIAL_CACHE_MAX);
    while (buckets < max)
        buckets *= 2;
    cache->signer = hmac_signer_new(slice_of((const char *)key, CREDENTIAL_KEY_BYTES));
    memcpy(&cache->hash_key, key, sizeof(cache->hash_key));
    cache->terms = *terms;
    cache->max = max;
    cache->mask = buckets - 1;
    cache->entries = secret_memory_new(max * sizeof(struct entry));
    for (int i = 0; i < CHAINS; i++)
        cache->buckets[i] = MEM_NEW_TABLE(uint32_t, buckets);
    return cache;
}

/* ---- the login of an entry ---- */

static char *long_login(const struct entry *entry)
{
    char *login;
    memcpy(&login, entry->login, sizeof(login));
    return login;
}

static struct slice login_of(const struct entry *entry)
{
    bool is_long = entry->length > CREDENTIAL_LOGIN_SHORT;
    return slice_of(is_long ? long_login(entry) : entry->login, entry->length);
}

static void set_login(struct entry *entry, struct slice login)
{
    char *to = entry->login;
    if (login.len > CREDENTIAL_LOGIN_SHORT) {
        to = mem_new(1, login.len);
        memcpy(entry->login, &to, sizeof(to));
    }
    memcpy(to, login.ptr, login.len);
    entry->length = (uint16_t)login.len;
}

static void drop_login(struct entry *entry)
{
    if (entry->length > CREDENTIAL_LOGIN_SHORT)
        mem_free(long_login(entry));
    entry->length = 0;
}

void credential_cache_free(struct credential_cache *cache)
{
    if (cache == NULL)
        return;
    for (uint32_t i = 0; i < cache->made; i++)
        drop_login(&cache->entries[i]);
    for (int i = 0; i < CHAINS; i++)
        mem_free(cache->buckets[i]);
    hmac_signer_free(cache->signer);
    secret_memory_free(cache->entries, cache->max * sizeof(struct entry));
    secret_memory_free(cache, sizeof(*cache));
}

void credential_cache_configure(struct credential_cache *cache,
                                const struct credential_terms *terms)
{
    cache->terms = *terms;
}

/* ---- chains ---- */

static uint64_t account_hash(const struct credential_cache *cache, struct slice account)
{
    return keyed_hash(&cache->hash_key, account);
}

static uint32_t *key_bucket(const struct credential_cache *cache, const unsigned char *key)
{
    uint32_t hash;
    memcpy(&hash, key, sizeof(hash)); /* as good as random already */
    return &cache->buckets[BY_KEY][hash & cache->mask];
}

static uint32_t *bucket_of(const struct credential_cache *cache, const struct entry *entry,
                           enum chain which)
{
    if (which == BY_KEY)
        return key_bucket(cache, entry->key);
    return &cache->buckets[BY_ACCOUNT][account_hash(cache, login_of(entry)) & cache->mask];
}

static uint32_t number_of(const struct credential_cache *cache, const struct entry *entry)
{
    return (uint32_t)(entry - cache->entries) + 1;
}

static void chain(struct credential_cache *cache, struct entry *entry, enum chain which)
{
    uint32_t *bucket = bucket_of(cache, entry, which);
    entry->next[which] = *bucket;
    *bucket = number_of(cache, entry);
}

static void unchain(struct credential_cache *cache, const struct entry *entry, enum chain which)
{
    uint32_t number = number_of(cache, entry);
    uint32_t *place = bucket_of(cache, entry, which);
    while (*place != number)
        place = &cache->entries[*place - 1].next[which];
    *place = entry->next[which];
}

/* It is in no chain and has no login any more, and a ticket for it is worth nothing. */
static void let_go(struct credential_cache *cache, struct entry *entry)
{
    uint32_t serial = entry->serial + 1;
    for (int i = 0; i < CHAINS; i++)
        unchain(cache, entry, (enum chain)i);
    drop_login(entry);
    explicit_bzero(entry, sizeof(*entry));
    entry->serial = serial;
    cache->counts.entries--;
}

static void give_back(struct credential_cache *cache, struct entry *entry)
{
    let_go(cache, entry);
    entry->next[BY_KEY] = cache->free;
    cache->free = number_of(cache, entry);
}

/* An entry that nobody has. */
static struct entry *take_entry(struct credential_cache *cache)
{
    cache->counts.entries++;
    if (cache->free > 0) {
        struct entry *entry = &cache->entries[cache->free - 1];
        cache->free = entry->next[BY_KEY];
        return entry;
    }
    if (cache->made < cache->max)
        return &cache->entries[cache->made++];
    for (;;) { /* none is free; twice round at most */
        struct entry *entry = &cache->entries[cache->hand];
        cache->hand = (cache->hand + 1) % cache->max;
        if (!entry->used) {
            let_go(cache, entry);
            cache->counts.crowded_out++;
            return entry;
        }
        entry->used = false;
    }
}

/* ---- keys ---- */

static char *add_text(char *to, struct slice text)
{
    *to++ = (char)(text.len >> 8);
    *to++ = (char)text.len;
    slice_put(text, &to);
    return to;
}

/* False: a text is too long to be kept. */
static bool key_of(const struct credential_cache *cache, const struct credential_claim *claim,
                   unsigned char key[KEY_BYTES])
{
    char text[CREDENTIAL_LOGIN_MAX + CREDENTIAL_SCOPE_MAX + CREDENTIAL_SECRET_MAX + 6];
    unsigned char mac[HMAC_SHA256_BYTES];
    if (claim->login.len > CREDENTIAL_LOGIN_MAX || claim->scope.len > CREDENTIAL_SCOPE_MAX ||
        claim->secret.len > CREDENTIAL_SECRET_MAX)
        return false;
    char *end = add_text(add_text(add_text(text, claim->login), claim->scope), claim->secret);
    hmac_signer_sign(cache->signer, slice_between(text, end), mac);
    explicit_bzero(text, sizeof(text));
    memcpy(key, mac, KEY_BYTES);
    return true;
}

static struct entry *find_key(const struct credential_cache *cache, const unsigned char *key)
{
    uint32_t number = *key_bucket(cache, key);
    while (number > 0) {
        struct entry *entry = &cache->entries[number - 1];
        if (memcmp(entry->key, key, KEY_BYTES) == 0)
            return entry;
        number = entry->next[BY_KEY];
    }
    return NULL;
}

/* ---- questions ---- */

static bool is_over(const struct credential_cache *cache, const struct entry *entry, int64_t now_us)
{
    int64_t age_us = now_us - entry->put_us;
    return age_us >= cache->terms.ttl_us || age_us < -cache->terms.ttl_us;
}

static bool is_fresh(const struct credential_cache *cache, const struct entry *entry,
                     int64_t now_us)
{
    int64_t age_us = now_us - entry->confirmed_us;
    return entry->change >= cache->doubt_change && age_us >= 0 && age_us < cache->terms.recheck_us;
}

static struct entry *find(struct credential_cache *cache, const struct credential_claim *claim,
                          int64_t now_us)
{
    unsigned char key[KEY_BYTES];
    struct entry *entry = key_of(cache, claim, key) ? find_key(cache, key) : NULL;
    if (entry == NULL || !is_over(cache, entry, now_us))
        return entry;
    give_back(cache, entry);
    return NULL;
}

enum credential_finding credential_cache_find(struct credential_cache *cache,
                                              const struct credential_claim *claim, int64_t now_us,
                                              struct credential *found,
                                              struct credential_ticket *ticket)
{
    struct entry *entry = find(cache, claim, now_us);
    if (entry == NULL) {
        cache->counts.missing++;
        return CREDENTIAL_MISSING;
    }
    entry->used = true;
    *found = (struct credential){
        .account = login_of(entry),
        .print = entry->print,
        .app = entry->app,
        .confirmed_us = entry->confirmed_us,
        .expires_us = entry->put_us + cache->terms.ttl_us,
    };
    *ticket = (struct credential_ticket){number_of(cache, entry) - 1, entry->serial};
    if (!is_fresh(cache, entry, now_us)) {
        cache->counts.known++;
        return CREDENTIAL_KNOWN;
    }
    cache->counts.fresh++;
    return CREDENTIAL_FRESH;
}

struct credential_moment credential_cache_moment(const struct credential_cache *cache)
{
    return (struct credential_moment){cache->change};
}

/* NULL: it is gone. */
static struct entry *entry_of(struct credential_cache *cache,
                              const struct credential_ticket *ticket)
{
    ASSERT(ticket->slot < cache->max);
    struct entry *entry = &cache->entries[ticket->slot];
    return entry->length > 0 && entry->serial == ticket->serial ? entry : NULL;
}

bool credential_cache_confirm(struct credential_cache *cache,
                              const struct credential_ticket *ticket,
                              struct credential_moment looked_up, int64_t now_us)
{
    struct entry *entry = entry_of(cache, ticket);
    if (entry == NULL)
        return false;
    if (looked_up.change >= entry->change) {
        entry->change = looked_up.change;
        entry->confirmed_us = now_us;
    }
    return true;
}

void credential_cache_refuse(struct credential_cache *cache, const struct credential_ticket *ticket)
{
    struct entry *entry = entry_of(cache, ticket);
    if (entry == NULL)
        return;
    give_back(cache, entry);
    cache->counts.dropped++;
}

/* ---- changes ---- */

/* Was the account changed behind this moment, for all that is remembered? */
static bool is_late(const struct credential_cache *cache, struct slice account,
                    struct credential_moment looked_up)
{
    uint64_t hash = account_hash(cache, account);
    uint64_t kept = cache->drop_count < DROPS_KEPT ? cache->drop_count : DROPS_KEPT;
    if (looked_up.change < cache->all_change)
        return true;
    for (uint64_t i = 1; i <= kept; i++) {
        const struct drop *drop = &cache->drops[(cache->drop_count - i) % DROPS_KEPT];
        if (drop->change <= looked_up.change)
            return false;
        if (drop->account == hash)
            return true;
    }
    return cache->drop_count > DROPS_KEPT;
}

bool credential_cache_put(struct credential_cache *cache, const struct credential_claim *claim,
                          const struct credential *credential, struct credential_moment looked_up,
                          int64_t now_us)
{
    unsigned char key[KEY_BYTES];
    struct slice account = credential->account;
    if (cache->terms.ttl_us <= 0 || account.len == 0 || account.len > CREDENTIAL_LOGIN_MAX)
        return false;
    if (is_late(cache, account, looked_up)) {
        cache->counts.late++;
        return false;
    }
    if (!key_of(cache, claim, key))
        return false;
    struct entry now = {.print = credential->print,
                        .put_us = now_us,
                        .confirmed_us = now_us,
                        .change = looked_up.change,
                        .app = credential->app};
    set_login(&now, account); /* before what it may borrow from goes */
    memcpy(now.key, key, KEY_BYTES);
    struct entry *entry = find_key(cache, key);
    if (entry != NULL)
        give_back(cache, entry);
    entry = take_entry(cache);
    now.serial = entry->serial;
    *entry = now;
    for (int i = 0; i < CHAINS; i++)
        chain(cache, entry, (enum chain)i);
    cache->counts.put++;
    return true;
}

void credential_cache_drop(struct credential_cache *cache, struct slice account)
{
    uint64_t hash = account_hash(cache, account);
    uint32_t number = cache->buckets[BY_ACCOUNT][hash & cache->mask];
    cache->drops[cache->drop_count++ % DROPS_KEPT] = (struct drop){++cache->change, hash};
    while (number > 0) {
        struct entry *entry = &cache->entries[number - 1];
        number = entry->next[BY_ACCOUNT];
        if (!slice_eq(login_of(entry), account))
            continue;
        give_back(cache, entry);
        cache->counts.dropped++;
    }
}

void credential_cache_doubt(struct credential_cache *cache)
{
    cache->doubt_change = ++cache->change;
}

void credential_cache_drop_all(struct credential_cache *cache)
{
    cache->all_change = ++cache->change;
    for (uint32_t i = 0; i < cache->made; i++) {
        if (cache->entries[i].length == 0)
            continue;
        give_back(cache, &cache->entries[i]);
        cache->counts.dropped++;
    }
}

struct credential_counts credential_cache_counts(const struct credential_cache *cache)
{
    return cache->counts;
}
