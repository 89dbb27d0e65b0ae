/* SPDX-License-Identifier: Apache-2.0
 *
 * Passwords that were right lately, so that the next login with the same one needs no hash of it.
 * What is kept is no password: the key of an entry is HMAC-SHA-256 of login, scope and password
 * under a key of this process, its value says whose it is and by which stored secret it was right.
 *
 *      find  -> FRESH    answer at once
 *            -> KNOWN    look the account up and compare the print of what is stored there: the
 * same means the password is right, no hash needed (confirm); another one means it was changed
 * (refuse). While the database is away it may be taken as it is: it was right within its time to
 * live.
 *            -> MISSING  look up and compute, then put
 *
 * Wrong passwords are not kept here. Nothing that was looked up before a change of the account can
 * come in after it: who looks up takes the moment first and says it with what he found.
 *
 * Bounded: 128 bytes an entry and 8 to 16 of index, and of a login that is longer than
 * CREDENTIAL_LOGIN_SHORT its length besides; one that was not used since the hand came by makes
 * room (CLOCK). The memory is in no core dump and is cleared in the end. One thread; pure.
 */
#ifndef TD_GATE_CREDENTIAL_CACHE_H
#define TD_GATE_CREDENTIAL_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum {
    CREDENTIAL_KEY_BYTES = 32,
    CREDENTIAL_LOGIN_SHORT = 48,
    CREDENTIAL_LOGIN_MAX = 512, /* bytes of a login; of a longer one nothing is kept */
    CREDENTIAL_SCOPE_MAX = 64,
    CREDENTIAL_SECRET_MAX = 1024,
    CREDENTIAL_CACHE_MAX = 1 << 24,
};

struct credential_terms {
    int64_t ttl_us;     /* since it was put; 0: nothing is kept */
    int64_t recheck_us; /* since it was put or confirmed it is fresh; INT64_MAX: until a change */
};

/* What was said by who wants in. */
struct credential_claim {
    struct slice login;  /* in its one form (model/login_form.h), as typed: also an alias */
    struct slice scope;  /* a word: for what it was right, as a protocol */
    struct slice secret; /* as it came */
};

/* Of the stored text by which a password was right; all else of the account is not in it. */
struct credential_print {
    uint64_t words[2];
};

/* SHA-256 of the text, cut. */
struct credential_print credential_print_of(struct slice stored);

/* What it proved to be. */
struct credential {
    struct slice account; /* login of the account; an alias was resolved */
    struct credential_print print;
    uint16_t app; /* 0: the account's own password; else the number of the app password, from 1 */
    int64_t confirmed_us, expires_us; /* given by the cache */
};

/* An entry that was found; it may be gone when it is used. */
struct credential_ticket {
    uint32_t slot, serial;
};

/* A point in the order of changes; taken before an account is looked up. */
struct credential_moment {
    uint64_t change;
};

enum credential_finding { CREDENTIAL_MISSING, CREDENTIAL_KNOWN, CREDENTIAL_FRESH };

struct credential_cache;

/* key: CREDENTIAL_KEY_BYTES random bytes; a copy is kept out of core dumps. max: entries, 1 to
 * CREDENTIAL_CACHE_MAX. */
struct credential_cache *credential_cache_new(const unsigned char *key, uint32_t max,
                                              const struct credential_terms *terms);
void credential_cache_free(struct credential_cache *cache); /* NULL is fine */

/* A shorter time to live holds for what is there, too. */
void credential_cache_configure(struct credential_cache *cache,
                                const struct credential_terms *terms);

/* KNOWN, FRESH: *found (valid until the next call that changes the cache) and *ticket. After the
 * clock was set back more than a time to live nothing is found, after less all is KNOWN. */
enum credential_finding credential_cache_find(struct credential_cache *cache,
                                              const struct credential_claim *claim, int64_t now_us,
                                              struct credential *found,
                                              struct credential_ticket *ticket);

struct credential_moment credential_cache_moment(const struct credential_cache *cache);

/* The account was looked up at this moment, and its print is the same: it is fresh again, and ends
 * when it would have ended. False: it is gone, as when the account was changed since. */
bool credential_cache_confirm(struct credential_cache *cache,
                              const struct credential_ticket *ticket,
                              struct credential_moment looked_up, int64_t now_us);

/* It is not right any more: removed. */
void credential_cache_refuse(struct credential_cache *cache,
                             const struct credential_ticket *ticket);

/* It was right by what was looked up at this moment. False: not kept, since the account was changed
 * meanwhile, or a text is too long, or nothing is kept. */
bool credential_cache_put(struct credential_cache *cache, const struct credential_claim *claim,
                          const struct credential *credential, struct credential_moment looked_up,
                          int64_t now_us);

/* The account was changed: nothing of it is known any more. */
void credential_cache_drop(struct credential_cache *cache, struct slice account);

/* Something was changed, nobody knows what: every entry has to be confirmed. */
void credential_cache_doubt(struct credential_cache *cache);

/* Nothing is known any more. */
void credential_cache_drop_all(struct credential_cache *cache);

struct credential_counts {
    uint32_t entries;
    uint64_t fresh, known, missing;           /* findings */
    uint64_t put, late, dropped, crowded_out; /* late: not put, for a change meanwhile */
};
struct credential_counts credential_cache_counts(const struct credential_cache *cache);

#endif
