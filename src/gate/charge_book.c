/* SPDX-License-Identifier: Apache-2.0
 *
 * See charge_book.h. A ring of entries in the order in which messages began; each is in two chains
 * by hash, that of its instance and, when it has one, that of its queue id.
 */
#include "gate/charge_book.h"

#include "base/memory.h"

enum name { INSTANCE, QUEUE_ID, NAMES };

struct entry {
    struct charge charge; /* first: charge_book_clear gets to the entry by it */
    char *text;           /* all of its names, one after the other; NULL: the entry is free */
    struct slice relay, instance;
    uint64_t hash[NAMES];
    uint32_t chain[NAMES]; /* next of the bucket, number plus one; 0: none */
};

struct charge_book {
    struct entry *entries;
    uint32_t max, next, count, mask;
    uint32_t *buckets[NAMES];
    struct hash_key hash_key;
    charge_book_see see; /* NULL: nobody watches */
    void *context;
};

struct charge_book *charge_book_new(uint32_t max)
{
    struct charge_book *book = MEM_NEW(struct charge_book);
    uint32_t buckets = 16;
    ASSERT(max > 0 && max <= UINT32_C(1) << 24);
    while (buckets < 2 * max) /* each step along a chain waits for memory */
        buckets *= 2;
    book->max = max;
    book->mask = buckets - 1;
    book->entries = MEM_NEW_TABLE(struct entry, max);
    for (int i = 0; i < NAMES; i++)
        book->buckets[i] = MEM_NEW_ARRAY(uint32_t, buckets);
    return book;
}

void charge_book_free(struct charge_book *book)
{
    if (book == NULL)
        return;
    for (uint32_t i = 0; i < book->max; i++)
        mem_free(book->entries[i].text);
    for (int i = 0; i < NAMES; i++)
        mem_free(book->buckets[i]);
    mem_free(book->entries);
    mem_free(book);
}

void charge_book_hash_by(struct charge_book *book, const struct hash_key *key)
{
    ASSERT(book->count == 0);
    book->hash_key = *key;
}

void charge_book_watch(struct charge_book *book, charge_book_see see, void *context)
{
    ASSERT(see == NULL || book->see == NULL);
    book->see = see;
    book->context = context;
}

static void show(const struct charge_book *book, const struct entry *entry)
{
    if (book->see != NULL)
        book->see(book->context, entry->relay, entry->instance, &entry->charge);
}

bool charge_book_some(const struct charge_book *book, struct charge_book_place *place,
                      uint32_t most, charge_book_see see, void *context)
{
    if (place->seen == 0)
        place->begin = book->next;
    for (uint32_t i = 0; i < most && place->seen < book->max; i++) {
        const struct entry *entry = &book->entries[(place->begin + place->seen++) % book->max];
        if (entry->text != NULL)
            see(context, entry->relay, entry->instance, &entry->charge);
    }
    return place->seen < book->max;
}

/* ---- names ---- */

/* Whose name it is: instances are a relay's, queue ids a login's here. */
static struct slice owner_of(const struct entry *entry, enum name which)
{
    return which == INSTANCE ? entry->relay : entry->charge.who.login;
}

static struct slice name_of(const struct entry *entry, enum name which)
{
    return which == INSTANCE ? entry->instance : entry->charge.queue_id;
}

static uint64_t hash_of(const struct charge_book *book, struct slice owner, struct slice name)
{
    return keyed_hash(&book->hash_key, owner) * 31 + keyed_hash(&book->hash_key, name);
}

static uint32_t *bucket_of(const struct charge_book *book, enum name which, uint64_t hash)
{
    return &book->buckets[which][hash & book->mask];
}

static void hash_name(const struct charge_book *book, struct entry *entry, enum name which)
{
    entry->hash[which] = hash_of(book, owner_of(entry, which), name_of(entry, which));
}

/* The one with this name of the other one, which need not be in the book but has its hash. NULL:
 * none. */
static struct entry *find(const struct charge_book *book, enum name which,
                          const struct entry *other)
{
    struct slice owner = owner_of(other, which), name = name_of(other, which);
    uint64_t hash = other->hash[which];
    uint32_t number = name.len > 0 ? *bucket_of(book, which, hash) : 0;
    while (number > 0) {
        struct entry *entry = &book->entries[number - 1];
        if (entry->hash[which] == hash && slice_eq(name_of(entry, which), name) &&
            slice_eq(owner_of(entry, which), owner))
            return entry;
        number = entry->chain[which];
    }
    return NULL;
}

static void chain(struct charge_book *book, struct entry *entry, enum name which)
{
    if (name_of(entry, which).len == 0)
        return;
    uint32_t *bucket = bucket_of(book, which, entry->hash[which]);
    entry->chain[which] = *bucket;
    *bucket = (uint32_t)(entry - book->entries) + 1;
}

static void unchain(struct charge_book *book, const struct entry *entry, enum name which)
{
    uint32_t number = (uint32_t)(entry - book->entries) + 1;
    if (name_of(entry, which).len == 0)
        return;
    uint32_t *place = bucket_of(book, which, entry->hash[which]);
    while (*place != number)
        place = &book->entries[*place - 1].chain[which];
    *place = entry->chain[which];
}

/* ---- entries ---- */

/* The texts of an entry, in the order in which they lie. */
enum { TEXTS = 8 };

static void list_texts(struct entry *entry, struct slice *texts[TEXTS])
{
    struct limit_subject *who = &entry->charge.who;
    struct slice *all[TEXTS] = {
        &entry->relay,           &entry->instance,      &who->login,
        &who->login_domain,      &who->account_class,   &who->sender_domain,
        &entry->charge.queue_id, &entry->charge.answer,
    };
    memcpy(texts, all, sizeof(all));
}

/* Gives the entry texts of its own in place of the borrowed ones. */
static void own_texts(struct entry *entry)
{
    struct slice *texts[TEXTS];
    size_t length = 1;
    list_texts(entry, texts);
    for (size_t i = 0; i < TEXTS; i++)
        length += texts[i]->len;
    char *to = entry->text = mem_new(1, length);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]->len > 0)
            memcpy(to, texts[i]->ptr, texts[i]->len);
        texts[i]->ptr = to;
        to += texts[i]->len;
    }
}

static void let_go(struct charge_book *book, struct entry *entry)
{
    for (int i = 0; i < NAMES; i++)
        unchain(book, entry, (enum name)i);
    mem_free(entry->text);
}

/* The oldest place, or one that nobody has yet. */
static struct entry *take_entry(struct charge_book *book)
{
    struct entry *entry = &book->entries[book->next];
    book->next = (book->next + 1) % book->max;
    if (entry->text == NULL) {
        book->count++;
        return entry;
    }
    let_go(book, entry);
    return entry;
}

const struct charge *charge_book_find(const struct charge_book *book, struct slice relay,
                                      struct slice instance)
{
    struct entry wanted = {.relay = relay, .instance = instance};
    hash_name(book, &wanted, INSTANCE);
    const struct entry *entry = find(book, INSTANCE, &wanted);
    return entry != NULL ? &entry->charge : NULL;
}

const struct charge *charge_book_find_queue_id(const struct charge_book *book,
                                               struct slice queue_id, struct slice login)
{
    struct entry wanted = {.charge = {.who = {.login = login}, .queue_id = queue_id}};
    hash_name(book, &wanted, QUEUE_ID);
    const struct entry *entry = find(book, QUEUE_ID, &wanted);
    return entry != NULL ? &entry->charge : NULL;
}

void charge_book_put(struct charge_book *book, struct slice relay, struct slice instance,
                     const struct charge *charge)
{
    struct entry now = {.charge = *charge, .relay = relay, .instance = instance};
    if (instance.len == 0 || instance.len > CHARGE_NAME_MAX || relay.len > CHARGE_NAME_MAX)
        return;
    if (now.charge.queue_id.len > CHARGE_NAME_MAX)
        now.charge.queue_id = SLICE("");
    own_texts(&now); /* before what it may borrow from goes */
    for (int i = 0; i < NAMES; i++)
        hash_name(book, &now, (enum name)i);
    struct entry *entry = find(book, INSTANCE, &now);
    if (entry == NULL)
        entry = take_entry(book);
    else
        let_go(book, entry);
    *entry = now;
    for (int i = 0; i < NAMES; i++)
        chain(book, entry, (enum name)i);
    show(book, entry);
}

void charge_book_clear(struct charge_book *book, const struct charge *charge)
{
    struct entry *entries = book->entries;
    size_t number = (size_t)((const struct entry *)(const void *)charge - entries);
    ASSERT(number < book->max && charge == &entries[number].charge);
    entries[number].charge.load = (struct limit_load){0};
    show(book, &entries[number]);
}

void charge_book_names(const struct charge *charge, struct slice *relay, struct slice *instance)
{
    const struct entry *entry = (const struct entry *)(const void *)charge;
    *relay = entry->relay;
    *instance = entry->instance;
}

uint32_t charge_book_count(const struct charge_book *book)
{
    return book->count;
}
