/* SPDX-License-Identifier: Apache-2.0
 *
 * From which networks an account has logged in lately: pairs, as keyed hashes, with the second of
 * the last login. 16 bytes a pair, in lines of 32 by account: an account has at most
 * GUESS_TRUST_PLACES, the oldest of which makes room; in a full line the oldest of all. Failures
 * put nothing in, so no flood of them pushes anybody out. One thread; pure.
 */
#ifndef TD_GATE_GUESS_TRUST_H
#define TD_GATE_GUESS_TRUST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/keyed_hash.h"

enum { GUESS_TRUST_PLACES = 12 };

struct guess_trust;

/* max: pairs, 1 to 2^26. */
struct guess_trust *guess_trust_new(uint32_t max);
void guess_trust_free(struct guess_trust *trust); /* NULL is fine */

/* While nobody is in it. */
void guess_trust_hash_by(struct guess_trust *trust, const struct hash_key *key);
void guess_trust_clear(struct guess_trust *trust);

/* network: its bytes. */
struct guess_trust_pair {
    struct slice login, network;
};

/* Within this time before now; after the clock was set back by less than the time also. */
bool guess_trust_has(const struct guess_trust *trust, const struct guess_trust_pair *pair,
                     int64_t within_us, int64_t now_us);
void guess_trust_put(struct guess_trust *trust, const struct guess_trust_pair *pair,
                     int64_t now_us);

/* Every network of the account. */
void guess_trust_forget(struct guess_trust *trust, struct slice login);

uint32_t guess_trust_count(const struct guess_trust *trust);

/* Appends the key of the hashes, and pairs that are not older. */
void guess_trust_save(const struct guess_trust *trust, int64_t within_us, int64_t now_us,
                      struct buf *to);

/* While nobody is in it; takes the key too. False: not of this form, and nothing is taken. */
bool guess_trust_restore(struct guess_trust *trust, struct slice image);

#endif
