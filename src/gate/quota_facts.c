/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_facts.h. A hash table of chains that doubles as it fills, and a list by last use. What
 * is asked about just now is passed over when room is made, so that a flight always has its entry.
 */
#include "gate/quota_facts.h"

#include "base/memory.h"
#include "gate/quota_room.h"

enum { BUCKETS_LEAST = 64 };

struct quota_entry {
    struct quota_entry *next;          /* of its bucket */
    struct quota_entry *newer, *older; /* by use */
    uint64_t hash;
    struct quota_flight *asking; /* questions under way */
    struct quota_room room;
    struct slice mailbox; /* behind the entry */
};

struct quota_facts {
    struct hash_key key;
    struct quota_room_times times;
    struct quota_entry **buckets;
    struct quota_entry *newest, *oldest;
    size_t mask, max;
    struct quota_facts_counts counts;
};

static int64_t time_or(int64_t given_us, int64_t usual_us)
{
    return given_us == 0 ? usual_us : given_us;
}

/* ---- the list by use ---- */

static void unlink_use(struct quota_facts *facts, struct quota_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &facts->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &facts->oldest) = entry->newer;
}

static void link_newest(struct quota_facts *facts, struct quota_entry *entry)
{
    entry->newer = NULL;
    entry->older = facts->newest;
    *(facts->newest != NULL ? &facts->newest->newer : &facts->oldest) = entry;
    facts->newest = entry;
}

/* ---- the table ---- */

/* Where the entry hangs, or would. */
static struct quota_entry **place_of(const struct quota_facts *facts, struct slice mailbox,
                                     uint64_t hash)
{
    struct quota_entry **place = &facts->buckets[hash & facts->mask];
    while (*place != NULL && ((*place)->hash != hash || !slice_eq((*place)->mailbox, mailbox)))
        place = &(*place)->next;
    return place;
}

static size_t bytes_of(const struct quota_entry *entry)
{
    return sizeof(*entry) + entry->mailbox.len + entry->room.text_len;
}

static void remove_entry(struct quota_facts *facts, struct quota_entry *entry)
{
    struct quota_entry **place = place_of(facts, entry->mailbox, entry->hash);
    ASSERT(entry->asking == NULL);
    *place = entry->next;
    unlink_use(facts, entry);
    facts->counts.mailboxes--;
    facts->counts.bytes -= bytes_of(entry);
    quota_room_done(&entry->room);
    mem_free(entry);
}

/* To at most so many. Those that are asked about stay, and are put where they are not looked at
 * each time; each is looked at once. */
static void make_room(struct quota_facts *facts, size_t max)
{
    size_t looks = facts->counts.mailboxes;
    for (; facts->counts.mailboxes > max && looks > 0; looks--) {
        struct quota_entry *entry = facts->oldest;
        if (entry->asking == NULL) {
            remove_entry(facts, entry);
            facts->counts.gone++;
            continue;
        }
        unlink_use(facts, entry);
        link_newest(facts, entry);
    }
}

static void grow(struct quota_facts *facts)
{
    size_t mask = facts->mask * 2 + 1;
    struct quota_entry **buckets = MEM_NEW_ARRAY(struct quota_entry *, mask + 1);
    for (struct quota_entry *entry = facts->newest; entry != NULL; entry = entry->older) {
        struct quota_entry **to = &buckets[entry->hash & mask];
        entry->next = *to;
        *to = entry;
    }
    mem_free(facts->buckets);
    facts->buckets = buckets;
    facts->mask = mask;
}

static struct quota_entry *find(const struct quota_facts *facts, struct slice mailbox)
{
    return *place_of(facts, mailbox, keyed_hash(&facts->key, mailbox));
}

static struct quota_entry *add(struct quota_facts *facts, struct slice mailbox)
{
    make_room(facts, facts->max - 1);
    if (facts->counts.mailboxes > facts->mask)
        grow(facts);
    struct quota_entry *entry = mem_new(1, sizeof(*entry) + mailbox.len);
    char *at = (char *)(entry + 1);
    entry->hash = keyed_hash(&facts->key, mailbox);
    entry->mailbox = slice_put(mailbox, &at);
    struct quota_entry **place = &facts->buckets[entry->hash & facts->mask];
    entry->next = *place;
    *place = entry;
    link_newest(facts, entry);
    facts->counts.mailboxes++;
    facts->counts.bytes += bytes_of(entry);
    return entry;
}

/* The entry, now the one that was used last. */
static struct quota_entry *use(struct quota_facts *facts, struct slice mailbox)
{
    struct quota_entry *entry = find(facts, mailbox);
    if (entry == NULL)
        return add(facts, mailbox);
    unlink_use(facts, entry);
    link_newest(facts, entry);
    return entry;
}

/* ---- life ---- */

void quota_facts_set(struct quota_facts *facts, const struct quota_facts_options *options)
{
    facts->max = options->max > 0 ? options->max : QUOTA_FACTS_MAX;
    facts->times = (struct quota_room_times){
        .over_us = time_or(options->over_us, 5000000),
        .fits_us = time_or(options->fits_us, 2000000),
        .no_user_us = time_or(options->no_user_us, 10000000),
    };
    make_room(facts, facts->max);
}

struct quota_facts *quota_facts_new(const struct quota_facts_options *options)
{
    struct quota_facts *facts = MEM_NEW(struct quota_facts);
    facts->key = options->key;
    facts->mask = BUCKETS_LEAST - 1;
    facts->buckets = MEM_NEW_ARRAY(struct quota_entry *, BUCKETS_LEAST);
    quota_facts_set(facts, options);
    return facts;
}

void quota_facts_free(struct quota_facts *facts)
{
    if (facts == NULL)
        return;
    while (facts->oldest != NULL)
        remove_entry(facts, facts->oldest);
    mem_free(facts->buckets);
    mem_free(facts);
}

/* ---- flights ---- */

static void append(struct quota_flight **list, struct quota_flight *flight)
{
    while (*list != NULL)
        list = &(*list)->next;
    flight->next = NULL;
    *list = flight;
}

static void take_off(struct quota_flight **list, struct quota_flight *flight)
{
    while (*list != flight)
        list = &(*list)->next;
    *list = flight->next;
    flight->next = NULL;
}

/* One whose answer may be this one's, too: most mailboxes have room for the larger size. */
static struct quota_flight *leader_for(const struct quota_entry *entry, uint64_t size)
{
    struct quota_flight *leader = entry->asking;
    while (leader != NULL && leader->size < size)
        leader = leader->next;
    return leader;
}

enum quota_turn quota_facts_find(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                                 int64_t now_us, struct quota_flight *flight,
                                 struct quota_fact *out)
{
    struct quota_entry *entry = use(facts, mailbox);
    ASSERT(flight->entry == NULL);
    if (quota_room_find(&entry->room, &facts->times, size, now_us, out)) {
        facts->counts.known++;
        return QUOTA_TURN_KNOWN;
    }
    flight->entry = entry;
    flight->size = quota_room_size(size);
    flight->waiting = NULL;
    flight->leader = leader_for(entry, flight->size);
    append(flight->leader != NULL ? &flight->leader->waiting : &entry->asking, flight);
    if (flight->leader != NULL) {
        facts->counts.waited++;
        return QUOTA_TURN_WAIT;
    }
    facts->counts.asked++;
    return QUOTA_TURN_ASK;
}

/* What an answer about one size says about another, however long it is good. */
static bool decides(const struct quota_answer *answer, uint64_t asked, uint64_t size)
{
    switch (answer->kind) {
    case QUOTA_NO_USER:
        return true;
    case QUOTA_FITS:
        return size <= asked;
    case QUOTA_OVER:
    case QUOTA_TOO_LARGE:
        return size >= asked;
    case QUOTA_TROUBLE:
        return false;
    }
    return false;
}

static void learn(struct quota_facts *facts, struct quota_entry *entry, uint64_t size,
                  const struct quota_answer *answer, int64_t now_us)
{
    facts->counts.bytes -= bytes_of(entry);
    quota_room_learn(&entry->room, &facts->times, size, answer, now_us);
    facts->counts.bytes += bytes_of(entry);
}

void quota_facts_land(struct quota_facts *facts, struct quota_flight *flight,
                      const struct quota_answer *answer, int64_t now_us)
{
    bool failed = answer == NULL || answer->kind == QUOTA_TROUBLE;
    ASSERT(flight->entry != NULL && flight->leader == NULL);
    if (!failed)
        learn(facts, flight->entry, flight->size, answer, now_us);
    take_off(&flight->entry->asking, flight);
    flight->entry = NULL;
    while (flight->waiting != NULL) { /* who is woken may have another one leave */
        struct quota_flight *woken = flight->waiting;
        bool decided = !failed && decides(answer, flight->size, woken->size);
        struct quota_fact fact = {0};
        if (decided)
            fact = (struct quota_fact){answer->kind, answer->text, now_us};
        quota_facts_leave(woken);
        woken->woken(woken, decided ? &fact : NULL, failed);
    }
}

void quota_facts_leave(struct quota_flight *flight)
{
    if (flight->entry == NULL)
        return;
    ASSERT(flight->leader != NULL);
    take_off(&flight->leader->waiting, flight);
    flight->entry = NULL;
    flight->leader = NULL;
}

/* ---- without a flight ---- */

void quota_facts_learn(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                       const struct quota_answer *answer, int64_t now_us)
{
    if (answer->kind != QUOTA_TROUBLE)
        learn(facts, use(facts, mailbox), size, answer, now_us);
}

void quota_facts_accepted(struct quota_facts *facts, struct slice mailbox, uint64_t size,
                          int64_t now_us)
{
    quota_room_accepted(&use(facts, mailbox)->room, &facts->times, size, now_us);
}

bool quota_facts_standing(const struct quota_facts *facts, struct slice mailbox,
                          struct quota_standing *out)
{
    const struct quota_entry *entry = find(facts, mailbox);
    if (entry == NULL || entry->room.heard_us == 0)
        return false;
    *out = (struct quota_standing){
        .full = entry->room.full_since_us != 0,
        .full_since_us = entry->room.full_since_us,
        .over_at = entry->room.over_at,
        .fits_at = entry->room.fits_at,
        .asked_us = entry->room.heard_us,
    };
    return true;
}

bool quota_facts_is_near_full(const struct quota_facts *facts, struct slice mailbox, uint64_t size,
                              int64_t now_us)
{
    const struct quota_entry *entry = find(facts, mailbox);
    struct quota_fact fact;
    return entry != NULL && entry->room.over_at > 1 &&
           quota_room_find(&entry->room, &facts->times, size, now_us, &fact) &&
           fact.kind == QUOTA_OVER;
}

struct quota_facts_counts quota_facts_counts(const struct quota_facts *facts)
{
    return facts->counts;
}
