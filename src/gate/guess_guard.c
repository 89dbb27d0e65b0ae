/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_guard.h. Who tries is resolved once into names, which are hashes by the key that relays
 * share; the tables spread them by a key of their own.
 */
#include "gate/guess_guard_private.h"

#include "base/memory.h"

enum { NETWORK_BYTES = 9, LOGIN_HASHED = 512 };

#define SECOND_US INT64_C(1000000)
#define UNDER_WAY_S 60

const struct guess_terms guess_terms_default = {
    .network = {60, 3600 * SECOND_US},
    .account = {30, 3600 * SECOND_US},
    .pair = {10, 900 * SECOND_US},
    .wait_us = SECOND_US,
    .wait_max_us = 30 * SECOND_US,
    .trust_us = 30 * 86400 * SECOND_US,
    .bits_v4 = 24,
    .bits_v6 = 64,
    .unknown_weight = 3,
    .campaign_networks = 20,
    .spray_networks = 100,
};

/* ---- life ---- */

static void take_terms(struct guess_guard *guard, const struct guess_terms *terms)
{
    ASSERT(terms->exempt_count <= GUESS_EXEMPT_MAX && terms->bits_v4 <= 32 && terms->bits_v6 <= 64);
    guard->terms = *terms;
    for (size_t i = 0; i < terms->exempt_count; i++)
        guard->exempt[i] = terms->exempt[i];
    guard->terms.exempt = guard->exempt;
    guard->buckets[GUESS_NETWORK] = guess_bucket_of(&terms->network);
    guard->buckets[GUESS_ACCOUNT] = guess_bucket_of(&terms->account);
    guard->buckets[GUESS_PAIR] = guess_bucket_of(&terms->pair);
}

struct guess_guard *guess_guard_new(const struct guess_terms *terms, const struct guess_room *room,
                                    int64_t now_us)
{
    struct guess_guard *guard = MEM_NEW(struct guess_guard);
    take_terms(guard, terms);
    guard->tables[GUESS_NETWORK] = guess_table_new(room->networks);
    guard->tables[GUESS_ACCOUNT] = guess_table_new(room->accounts);
    guard->tables[GUESS_PAIR] = guess_table_new(room->pairs);
    guard->trust = guess_trust_new(room->trusted);
    guard->campaigns = guess_campaigns_new(now_us);
    return guard;
}

void guess_guard_free(struct guess_guard *guard)
{
    if (guard == NULL)
        return;
    for (size_t i = 0; i < GUESS_KINDS; i++)
        guess_table_free(guard->tables[i]);
    guess_trust_free(guard->trust);
    guess_campaigns_free(guard->campaigns);
    explicit_bzero(guard, sizeof(*guard));
    mem_free(guard);
}

static void forget_counts(struct guess_guard *guard)
{
    for (size_t i = 0; i < GUESS_KINDS; i++)
        guess_table_clear(guard->tables[i]);
}

void guess_guard_configure(struct guess_guard *guard, const struct guess_terms *terms)
{
    bool same_bits =
        terms->bits_v4 == guard->terms.bits_v4 && terms->bits_v6 == guard->terms.bits_v6;
    take_terms(guard, terms);
    if (same_bits)
        return;
    forget_counts(guard);
    guess_trust_clear(guard->trust);
}

void guess_guard_hash_by(struct guess_guard *guard, const struct hash_key *key)
{
    guard->key = guard->share_key = *key;
    for (size_t i = 0; i < GUESS_KINDS; i++)
        guess_table_hash_by(guard->tables[i], key);
    guess_trust_hash_by(guard->trust, key);
}

void guess_guard_share_by(struct guess_guard *guard, const struct hash_key *key)
{
    if (memcmp(key, &guard->share_key, sizeof(*key)) == 0)
        return;
    guard->share_key = *key;
    forget_counts(guard);
}

const char *guess_reason_word(enum guess_reason reason)
{
    static const char *const words[] = {[GUESS_NONE] = "none",
                                        [GUESS_BY_PAIR] = "pair",
                                        [GUESS_BY_ACCOUNT] = "account",
                                        [GUESS_BY_NETWORK] = "network",
                                        [GUESS_UNDER_WAY] = "under-way"};
    return words[reason];
}

/* ---- who tries ---- */

struct client {
    struct slice login;
    char network[NETWORK_BYTES]; /* family, then the prefix */
    uint64_t names[GUESS_KINDS];
    bool exempt, known; /* known: has logged in from there */
    bool trusted;       /* known, and the network is not everybody's */
};

static void set_network(const struct guess_guard *guard, const struct ip_address *ip,
                        struct client *to)
{
    unsigned bits = ip->len == 4 ? guard->terms.bits_v4 : guard->terms.bits_v6;
    to->network[0] = (char)ip->len;
    for (unsigned i = 0; i < 8 && ip->len > 0; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        unsigned mask = kept >= 8 ? 0xff : 0xff00U >> kept & 0xff;
        to->network[1 + i] = (char)(ip->bytes[i] & mask);
    }
}

static uint64_t name_of(const struct guess_guard *guard, char kind, struct slice network,
                        struct slice login)
{
    char text[1 + NETWORK_BYTES + LOGIN_HASHED], *to = text;
    *to++ = kind;
    slice_put(network, &to);
    slice_put(login, &to);
    uint64_t name = keyed_hash(&guard->share_key, slice_between(text, to));
    return name != 0 ? name : 1;
}

static bool is_exempt(const struct guess_guard *guard, const struct ip_address *ip)
{
    for (size_t i = 0; i < guard->terms.exempt_count; i++)
        if (ip_network_has(&guard->exempt[i], ip))
            return true;
    return ip->len == 0;
}

static struct guess_trust_pair trust_pair(const struct client *client)
{
    return (struct guess_trust_pair){client->login, slice_of(client->network, NETWORK_BYTES)};
}

static struct client resolve(const struct guess_guard *guard, const struct guess_try *who,
                             int64_t now_us)
{
    struct client client = {.login = slice_first(who->login, LOGIN_HASHED)};
    set_network(guard, &who->ip, &client);
    struct slice network = slice_of(client.network, NETWORK_BYTES);
    client.names[GUESS_NETWORK] = name_of(guard, 'N', network, SLICE(""));
    client.names[GUESS_ACCOUNT] = name_of(guard, 'A', SLICE(""), client.login);
    client.names[GUESS_PAIR] = name_of(guard, 'P', network, client.login);
    client.exempt = is_exempt(guard, &who->ip);
    struct guess_trust_pair pair = trust_pair(&client);
    client.known = guess_trust_has(guard->trust, &pair, guard->terms.trust_us, now_us);
    client.trusted = client.known && !client.exempt;
    return client;
}

/* ---- what stands against him ---- */

struct standing {
    uint32_t used[GUESS_KINDS]; /* what is not felt is 0 */
    bool tight;                 /* the account is beyond its count, and he is not known */
};

static uint32_t used_of(struct guess_guard *guard, const struct client *client,
                        enum guess_kind kind, int64_t now_us)
{
    struct guess_row *row = guess_table_find(guard->tables[kind], client->names[kind]);
    return row != NULL ? guess_row_used(row, &guard->buckets[kind], now_us) : 0;
}

static struct standing standing_of(struct guess_guard *guard, const struct client *client,
                                   int64_t now_us)
{
    struct standing standing = {.used[GUESS_PAIR] = used_of(guard, client, GUESS_PAIR, now_us)};
    if (client->trusted)
        return standing;
    standing.used[GUESS_ACCOUNT] = used_of(guard, client, GUESS_ACCOUNT, now_us);
    standing.tight =
        !client->known && standing.used[GUESS_ACCOUNT] > guard->buckets[GUESS_ACCOUNT].count;
    if (!client->exempt)
        standing.used[GUESS_NETWORK] = used_of(guard, client, GUESS_NETWORK, now_us);
    return standing;
}

static uint32_t beyond(const struct guess_guard *guard, const struct standing *standing,
                       enum guess_kind kind)
{
    uint32_t used = standing->used[kind], count = guard->buckets[kind].count;
    return used > count ? used - count : 0;
}

/* Twice as long with each step, from 0. */
static uint32_t wait_of(const struct guess_guard *guard, uint32_t steps)
{
    int64_t wait_us = guard->terms.wait_us << (steps < 10 ? steps : 10);
    if (guard->terms.wait_us <= 0)
        return 0;
    if (wait_us > guard->terms.wait_max_us)
        wait_us = guard->terms.wait_max_us;
    return (uint32_t)((wait_us + SECOND_US - 1) / SECOND_US);
}

/* Of the answer to a failure that makes the standing what it is. */
static uint32_t wait_after(const struct guess_guard *guard, const struct standing *standing)
{
    uint32_t pair = standing->used[GUESS_PAIR], network = beyond(guard, standing, GUESS_NETWORK);
    uint32_t failures = pair > network ? pair : network;
    return wait_of(guard, standing->tight ? UINT32_MAX : failures > 0 ? failures - 1 : 0);
}

/* ---- pairs ---- */

static uint32_t seconds_of(int64_t now_us)
{
    return (uint32_t)(now_us > 0 ? now_us / SECOND_US : 0);
}

/* Looks that nobody told the end of. */
static void drop_stale(struct guess_row *pair, int64_t now_us)
{
    uint32_t now_s = seconds_of(now_us);
    if (now_s < pair->pair.looked_s || now_s - pair->pair.looked_s > UNDER_WAY_S)
        pair->pair.under_way = 0;
}

/* Failures of which none came an account's time after the one before. */
static uint32_t tries_of(const struct guess_guard *guard, const struct guess_row *pair,
                         int64_t now_us)
{
    int64_t age_us = now_us - pair->failed_s * SECOND_US;
    return age_us >= 0 && age_us < guard->terms.account.within_us ? pair->pair.tries : 0;
}

static void add_tries(const struct guess_guard *guard, struct guess_row *pair, uint32_t count,
                      int64_t now_us)
{
    uint32_t before = tries_of(guard, pair, now_us);
    pair->pair.tries = (uint8_t)(count < UINT8_MAX - before ? before + count : UINT8_MAX);
    pair->failed_s = seconds_of(now_us);
}

static void forgive(struct guess_row *pair)
{
    pair->full_us = 0;
    pair->pair.tries = 0;
}

static void end_look(struct guess_row *pair)
{
    if (pair->pair.under_way > 0)
        pair->pair.under_way--;
}

/* The pair's row; what it did before its account was forgiven is emptied. */
static struct guess_row *use_pair(struct guess_guard *guard, const struct client *client,
                                  int64_t now_us)
{
    struct guess_row *pair =
        guess_table_use(guard->tables[GUESS_PAIR], client->names[GUESS_PAIR], now_us);
    const struct guess_row *account =
        guess_table_find(guard->tables[GUESS_ACCOUNT], client->names[GUESS_ACCOUNT]);
    if (account != NULL && pair->failed_s != 0 && pair->failed_s <= account->forgiven_s)
        forgive(pair);
    return pair;
}

/* ---- before ---- */

static void deny(struct guess_guard *guard, enum guess_reason reason, uint32_t wait_s,
                 int64_t until_us, struct guess_answer *answer)
{
    answer->verdict = GUESS_DENY;
    answer->reason = reason;
    answer->wait_s = wait_s;
    answer->until_us = until_us;
    guard->counts.denied++;
}

static enum guess_reason reason_of(const struct guess_guard *guard, const struct standing *standing)
{
    if (standing->tight)
        return GUESS_BY_ACCOUNT;
    if (beyond(guard, standing, GUESS_NETWORK) > 0)
        return GUESS_BY_NETWORK;
    return standing->used[GUESS_PAIR] > 0 ? GUESS_BY_PAIR : GUESS_NONE;
}

static void let_look(struct guess_guard *guard, struct guess_row *pair, struct standing *standing,
                     int64_t now_us, struct guess_answer *answer)
{
    answer->reason = reason_of(guard, standing);
    answer->verdict = answer->reason == GUESS_NONE ? GUESS_PASS : GUESS_SLOW;
    standing->used[GUESS_PAIR]++; /* if it fails */
    answer->wait_s = wait_after(guard, standing);
    pair->pair.under_way++;
    pair->pair.looked_s = seconds_of(now_us);
    if (answer->verdict == GUESS_PASS)
        guard->counts.passed++;
    else
        guard->counts.slowed++;
}

/* Is there no room in one of the buckets? Then it is denied. */
static bool is_full(struct guess_guard *guard, const struct client *client,
                    const struct standing *standing, int64_t now_us, struct guess_answer *answer)
{
    const struct guess_bucket *network = &guard->buckets[GUESS_NETWORK];
    const struct guess_bucket *own = &guard->buckets[GUESS_PAIR];
    const struct guess_row *pair =
        guess_table_find(guard->tables[GUESS_PAIR], client->names[GUESS_PAIR]);
    uint32_t wait_s = wait_of(guard, UINT32_MAX);
    if (standing->used[GUESS_NETWORK] >= network->most) {
        const struct guess_row *row =
            guess_table_find(guard->tables[GUESS_NETWORK], client->names[GUESS_NETWORK]);
        deny(guard, GUESS_BY_NETWORK, wait_s, guess_row_below_at(row, network, network->most),
             answer);
        return true;
    }
    if (standing->tight && tries_of(guard, pair, now_us) >= GUESS_TIGHT_TRIES) {
        deny(guard, GUESS_BY_ACCOUNT, wait_s,
             pair->failed_s * SECOND_US + guard->terms.account.within_us, answer);
        return true;
    }
    if (standing->used[GUESS_PAIR] >= own->most) {
        deny(guard, GUESS_BY_PAIR, wait_s, guess_row_below_at(pair, own, own->most), answer);
        return true;
    }
    return false;
}

/* Would it be full if all that is under way failed? */
static bool is_crowded(const struct guess_guard *guard, const struct guess_row *pair,
                       const struct standing *standing, int64_t now_us)
{
    uint32_t under_way = pair->pair.under_way;
    return under_way >= GUESS_UNDER_WAY_MAX ||
           standing->used[GUESS_PAIR] + under_way >= guard->buckets[GUESS_PAIR].most ||
           (standing->tight && tries_of(guard, pair, now_us) + under_way >= GUESS_TIGHT_TRIES);
}

void guess_guard_look(struct guess_guard *guard, const struct guess_try *who, int64_t now_us,
                      struct guess_answer *answer)
{
    struct client client = resolve(guard, who, now_us);
    struct guess_row *pair = use_pair(guard, &client, now_us);
    struct standing standing = standing_of(guard, &client, now_us);
    *answer = (struct guess_answer){.trusted = client.trusted, .exempt = client.exempt};
    drop_stale(pair, now_us);
    if (is_full(guard, &client, &standing, now_us, answer))
        return;
    if (is_crowded(guard, pair, &standing, now_us))
        deny(guard, GUESS_UNDER_WAY, wait_of(guard, 0), now_us + SECOND_US, answer);
    else
        let_look(guard, pair, &standing, now_us, answer);
}

/* ---- after ---- */

/* Is it one of the last wrong ones of the pair? If not it is from now on. */
static bool is_repeated(const struct guess_guard *guard, struct guess_row *pair,
                        struct slice secret)
{
    struct hash_key key = {{guard->key.words[0] ^ pair->name, guard->key.words[1]}};
    if (secret.len == 0)
        return false;
    uint32_t hash = (uint32_t)keyed_hash(&key, secret) | 1;
    for (size_t i = 0; i < GUESS_SECRETS; i++)
        if (pair->pair.secrets[i] == hash)
            return true;
    pair->pair.secrets[pair->pair.next] = hash;
    pair->pair.next = (uint8_t)((pair->pair.next + 1) % GUESS_SECRETS);
    return false;
}

static struct guess_row *add(struct guess_guard *guard, const struct client *client,
                             enum guess_kind kind, uint32_t count, int64_t now_us)
{
    struct guess_row *row = guess_table_use(guard->tables[kind], client->names[kind], now_us);
    guess_row_add(row, &guard->buckets[kind], count, now_us);
    return row;
}

static void give_out(const struct guess_guard *guard, const struct client *client,
                     enum guess_kind kind, uint32_t count, struct guess_outcome *outcome)
{
    const struct guess_bucket *bucket = &guard->buckets[kind];
    outcome->news[outcome->news_count++] =
        (struct guess_news){.kind = kind,
                            .name = client->names[kind],
                            .fill_us = bucket->each_us * count,
                            .most_us = bucket->each_us * bucket->most};
}

/* Of a network in which the account is not known. */
static void count_stranger(struct guess_guard *guard, const struct client *client, bool known_user,
                           int64_t now_us, struct guess_outcome *outcome)
{
    struct guess_row *account = add(guard, client, GUESS_ACCOUNT, 1, now_us);
    guess_breadth_add(&account->party.others, client->names[GUESS_NETWORK], now_us);
    give_out(guard, client, GUESS_ACCOUNT, 1, outcome);
    if (client->exempt)
        return;
    uint32_t weight = known_user ? 1 : guard->terms.unknown_weight;
    struct guess_row *network = add(guard, client, GUESS_NETWORK, weight, now_us);
    network->party.family = (uint8_t)client->network[0];
    memcpy(network->prefix, client->network + 1, sizeof(network->prefix));
    guess_breadth_add(&network->party.others, client->names[GUESS_ACCOUNT], now_us);
    give_out(guard, client, GUESS_NETWORK, weight, outcome);
    const struct guess_bucket *bucket = &guard->buckets[GUESS_ACCOUNT];
    const struct guess_failure failure = {
        .login = client->login,
        .account = client->names[GUESS_ACCOUNT],
        .network = client->names[GUESS_NETWORK],
        .networks = guess_breadth_count(&account->party.others, now_us),
        .strange = guess_row_used(account, bucket, now_us) > bucket->count,
    };
    guess_campaigns_note(guard->campaigns, &guard->terms, &failure, now_us);
}

void guess_guard_fail(struct guess_guard *guard, const struct guess_try *who, struct slice secret,
                      bool known_user, int64_t now_us, struct guess_outcome *outcome)
{
    struct client client = resolve(guard, who, now_us);
    struct guess_row *pair = use_pair(guard, &client, now_us);
    *outcome = (struct guess_outcome){.counted = !is_repeated(guard, pair, secret)};
    end_look(pair);
    if (outcome->counted) {
        guess_row_add(pair, &guard->buckets[GUESS_PAIR], 1, now_us);
        add_tries(guard, pair, 1, now_us);
        if (!client.trusted)
            count_stranger(guard, &client, known_user, now_us, outcome);
        guard->counts.failures++;
    } else {
        guard->counts.repeated++;
    }
    struct standing standing = standing_of(guard, &client, now_us);
    outcome->wait_s = wait_after(guard, &standing);
}

void guess_guard_pass(struct guess_guard *guard, const struct guess_try *who, int64_t now_us)
{
    struct client client = resolve(guard, who, now_us);
    struct guess_row *pair = guess_table_find(guard->tables[GUESS_PAIR], client.names[GUESS_PAIR]);
    const struct guess_bucket *bucket = &guard->buckets[GUESS_PAIR];
    if (pair != NULL) {
        end_look(pair);
        if (guess_row_used(pair, bucket, now_us) <= bucket->count)
            forgive(pair);
    }
    guard->counts.right++;
    if (client.trusted)
        guard->counts.trusted++;
    if (who->ip.len == 0)
        return;
    struct guess_trust_pair known = trust_pair(&client);
    guess_trust_put(guard->trust, &known, now_us);
}

void guess_guard_leave(struct guess_guard *guard, const struct guess_try *who, int64_t now_us)
{
    struct client client = resolve(guard, who, now_us);
    struct guess_row *pair = guess_table_find(guard->tables[GUESS_PAIR], client.names[GUESS_PAIR]);
    if (pair != NULL)
        end_look(pair);
}

void guess_guard_forget(struct guess_guard *guard, struct slice login, bool trust, int64_t now_us)
{
    struct client client = {.login = slice_first(login, LOGIN_HASHED)};
    client.names[GUESS_ACCOUNT] = name_of(guard, 'A', SLICE(""), client.login);
    struct guess_row *account =
        guess_table_use(guard->tables[GUESS_ACCOUNT], client.names[GUESS_ACCOUNT], now_us);
    account->full_us = 0;
    account->party.others = (struct guess_breadth){0};
    account->forgiven_s = seconds_of(now_us);
    if (trust)
        guess_trust_forget(guard->trust, client.login);
}

bool guess_guard_take_shared(struct guess_guard *guard, const struct guess_news *news,
                             int64_t now_us)
{
    if (news->name == 0 || news->fill_us <= 0 || news->kind == GUESS_PAIR)
        return false;
    const struct guess_bucket *bucket = &guard->buckets[news->kind];
    struct guess_row *row = guess_table_use(guard->tables[news->kind], news->name, now_us);
    int64_t most_us = bucket->each_us * bucket->most;
    int64_t full_us = now_us + (news->fill_us < most_us ? news->fill_us : most_us);
    (void)guess_row_used(row, bucket, now_us); /* empties what is of another clock */
    if (row->full_us >= full_us)
        return false;
    row->full_us = full_us;
    guard->counts.shared++;
    return true;
}
