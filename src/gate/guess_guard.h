/* SPDX-License-Identifier: Apache-2.0
 *
 * Against guessing of passwords. Only failures count, in buckets that refill:
 *
 *      network   /24 or /64 of the client   beyond `count` it waits, at half as much again: DENY
 *      account   the login                  beyond `count` every network that it does not trust has
 *                                           GUESS_TIGHT_TRIES and no more until an account's time
 *                                           has passed without one, and waits longest
 *      pair      account from network       each failure waits twice as long as the one before, at
 *                                           half as much again as `count`: DENY
 *
 * The same wrong password from the same pair again counts once, however often it comes: a telephone
 * with an old one harms nobody. A network from which an account has logged in is trusted for that
 * account: neither the network's bucket nor the account's is felt there, and failures there count
 * for the pair only. So nobody elsewhere locks an owner out; where he has never been he has a few
 * tries, whatever goes on. Networks that many share (webmail) are exempt: nothing counts for the
 * network, and failures there count for account and pair whoever was there before; but who was has
 * all tries of a pair while his account is guessed at. From a network that is full somebody who was
 * never there is denied: it is what passwords are sprayed from. Who shares a network with a guesser
 * and is not known by a cache of credentials may wait for a place in the pair's bucket: ask the
 * cache first.
 *
 * A look that lets pass is under way until it is told how it ended (fail, pass, leave); a pair may
 * have GUESS_UNDER_WAY_MAX of them, so that tries at the same time cannot outrun the count.
 *
 * Distributed guessing is a campaign: many networks fail on one account, or many networks on many
 * accounts, more than is usual here. It is told once when it begins and once when it is over.
 *
 * Bounded (guess_room): 48 bytes a network, account or pair, 16 a trusted pair; what counts least
 * makes room. No password and no login is kept but hashes under random keys (of a wrong password 32
 * bits), and the names of accounts that are guessed at. One thread; pure. When the clock is set
 * back by more than a bucket can hold, what it counted is forgotten.
 */
#ifndef TD_GATE_GUESS_GUARD_H
#define TD_GATE_GUESS_GUARD_H

#include "base/ip_address.h"
#include "base/keyed_hash.h"
#include "base/rate.h"

enum {
    GUESS_TIGHT_TRIES = 3,
    GUESS_UNDER_WAY_MAX = 16,
    GUESS_EXEMPT_MAX = 256,
    GUESS_LOGIN_MAX = 512,    /* bytes of a login that is kept to be shown; more is cut */
    GUESS_CAMPAIGNS_MAX = 64, /* on accounts at once; beyond that none is opened */
    GUESS_NEWS_MAX = 2,       /* of a failure */
};

/* How many of each have room, 1 to 2^26. */
struct guess_room {
    uint32_t networks, accounts, pairs, trusted;
};
#define GUESS_ROOM_DEFAULT \
    { \
        250000, 250000, 500000, 1000000 \
    }

struct guess_terms {
    struct rate network, account, pair; /* count: at most 100,000 */
    int64_t wait_us, wait_max_us;       /* 0: no wait at all */
    int64_t trust_us;                   /* since the last login from there */
    uint8_t bits_v4, bits_v6;           /* of a network: 8 to 32, 16 to 64 */
    uint32_t unknown_weight;            /* a login that there is not counts so often; 1 to 100 */
    uint32_t campaign_networks;         /* so many in an hour on one account: a campaign */
    uint32_t spray_networks;            /* so many in ten minutes at least, on as many accounts */
    const struct ip_network *exempt;    /* copied; at most GUESS_EXEMPT_MAX */
    size_t exempt_count;
};
/* 60/1h, 30/1h, 10/15m, 1 s to 30 s, 30 days, /24 and /64, 3, 20, 100. */
extern const struct guess_terms guess_terms_default;

struct guess_guard;

struct guess_guard *guess_guard_new(const struct guess_terms *terms, const struct guess_room *room,
                                    int64_t now_us);
void guess_guard_free(struct guess_guard *guard); /* NULL is fine */

/* What was counted stays, as far as it has room; not so when the bits of a network change. */
void guess_guard_configure(struct guess_guard *guard, const struct guess_terms *terms);

/* The key of its own tables: random; while nothing is in it. */
void guess_guard_hash_by(struct guess_guard *guard, const struct hash_key *key);

/* The key of names that relays share; until then that of the tables. Another one than before
 * forgets what was counted, trust stays. */
void guess_guard_share_by(struct guess_guard *guard, const struct hash_key *key);

/* Who tries. login: in its one form (model/login_form.h). No address (len 0): a network of its own
 * that is exempt. */
struct guess_try {
    struct slice login;
    struct ip_address ip;
};

enum guess_verdict {
    GUESS_PASS,
    GUESS_SLOW, /* look; a failure is answered after wait_s */
    GUESS_DENY, /* say that it is wrong, after wait_s, without a look; nothing is under way */
};

/* What decides; the words are those of guess_reason_word. */
enum guess_reason {
    GUESS_NONE,
    GUESS_BY_PAIR,
    GUESS_BY_ACCOUNT,
    GUESS_BY_NETWORK,
    GUESS_UNDER_WAY, /* DENY: too many at once; better answered with "later" than with "wrong" */
};
const char *guess_reason_word(enum guess_reason reason); /* none pair account network under-way */

struct guess_answer {
    enum guess_verdict verdict;
    enum guess_reason reason;
    uint32_t wait_s;
    int64_t until_us;     /* DENY: when it will be looked at again; else 0 */
    bool trusted, exempt; /* never both */
};

/* Before anything costs. PASS, SLOW: exactly one of fail, pass and leave has to follow; one that
 * never does is forgotten after a minute. */
void guess_guard_look(struct guess_guard *guard, const struct guess_try *who, int64_t now_us,
                      struct guess_answer *answer);

enum guess_kind { GUESS_NETWORK, GUESS_ACCOUNT, GUESS_PAIR };

/* Failures that other relays should count, too; and what all of them have counted. A pair's are
 * never shared: it is all that an owner feels where he has logged in before. */
struct guess_news {
    enum guess_kind kind; /* NETWORK, ACCOUNT */
    uint64_t name;        /* hash under the shared key; not 0 */
    int64_t fill_us; /* going out: by so much later it is full again; taken: it is in so long */
    int64_t most_us; /* going out: it never takes longer */
};

struct guess_outcome {
    bool counted; /* false: the same password as before */
    uint32_t wait_s;
    struct guess_news news[GUESS_NEWS_MAX];
    size_t news_count; /* 0: it was not counted, or for the pair only */
};

/* It was looked at and is wrong. secret: as it came; empty: there is none to compare (cram-md5,
 * a certificate), each counts. */
void guess_guard_fail(struct guess_guard *guard, const struct guess_try *who, struct slice secret,
                      bool known_user, int64_t now_us, struct guess_outcome *outcome);

/* It was right: the network is trusted, and the pair forgiven unless it is beyond its count. */
void guess_guard_pass(struct guess_guard *guard, const struct guess_try *who, int64_t now_us);

/* It was not looked at after all: trouble, too busy. */
void guess_guard_leave(struct guess_guard *guard, const struct guess_try *who, int64_t now_us);

/* An operator's word, or the password was changed by the owner: nothing is counted for the account
 * any more; with trust: it is trusted nowhere. Pairs of it are forgiven as they are next seen. */
void guess_guard_forget(struct guess_guard *guard, struct slice login, bool trust, int64_t now_us);

/* What all relays have counted: a bucket is at least so full, and never more than it holds; fill_us
 * not above 0 is nothing. True: it was less full. Anything may be taken twice. */
bool guess_guard_take_shared(struct guess_guard *guard, const struct guess_news *news,
                             int64_t now_us);

/* ---- campaigns ---- */

enum guess_campaign_kind {
    GUESS_ON_ACCOUNT, /* many networks on one account */
    GUESS_SPRAY,      /* many networks on many accounts */
};

struct guess_campaign {
    enum guess_campaign_kind kind;
    bool open;                   /* false: it is over */
    struct slice login;          /* ON_ACCOUNT; valid until the next call on the guard */
    int64_t since_us, until_us;  /* when it was noticed; its last failure */
    uint64_t failures;           /* since it was noticed: since_us */
    uint32_t networks, accounts; /* different ones, by estimate: up to some 7,000 */
    uint32_t usual;              /* SPRAY: networks in ten minutes on other days */
};

/* What began or is over since it was last asked. False: nothing more. To be asked now and then (a
 * minute, at least) also when nobody fails. */
bool guess_guard_campaign(struct guess_guard *guard, int64_t now_us, struct guess_campaign *news);

/* Those that are open; the guard must not be changed meanwhile. */
typedef void (*guess_campaign_see)(void *context, const struct guess_campaign *campaign);
void guess_guard_campaigns(const struct guess_guard *guard, guess_campaign_see see, void *context);

/* ---- to be shown ---- */

struct guess_counts {
    uint64_t passed, slowed, denied; /* verdicts */
    uint64_t failures, repeated;     /* counted; the same password again */
    uint64_t right, trusted;         /* logins; those of pairs that were trusted already */
    uint64_t shared;                 /* buckets that other relays made fuller */
    uint32_t networks, accounts, pairs, trusted_pairs; /* in the tables */
    uint64_t crowded_out;                              /* rows that counted and had to make room */
    uint32_t campaigns;                                /* open */
};
struct guess_counts guess_guard_counts(const struct guess_guard *guard);

struct guess_worst {
    enum guess_kind kind; /* NETWORK or ACCOUNT */
    struct ip_network network;
    struct slice login;   /* valid until the guard is changed */
    uint32_t used, count; /* in the bucket, and how much of it is nothing strange */
    uint32_t others;      /* accounts of the network, networks of the account; an estimate */
    int64_t until_us;     /* when it will be below its count; 0: it is */
};

/* At most `most` of each kind and 64, the worst first: networks, then accounts that are beyond
 * their count or guessed at by half as many networks as a campaign has (of those the
 * GUESS_CAMPAIGNS_MAX that failed last). Goes through the table of networks once. */
typedef void (*guess_worst_see)(void *context, const struct guess_worst *worst);
void guess_guard_each(const struct guess_guard *guard, size_t most, int64_t now_us,
                      guess_worst_see see, void *context);

/* ---- to survive a restart ---- */

/* Appends whom the guard trusts, and what is usual: 16 bytes a pair that is not too old. */
void guess_guard_save(const struct guess_guard *guard, int64_t now_us, struct buf *to);

/* Once, while nobody is trusted. False: another version, or damaged; nothing is taken then. What
 * has no room is left out, and of networks of other bits everything. */
bool guess_guard_restore(struct guess_guard *guard, struct slice image);

#endif
