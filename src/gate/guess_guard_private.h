/* SPDX-License-Identifier: Apache-2.0
 *
 * What the guard's files share: guess_guard.c decides, guess_guard_show.c shows and saves.
 */
#ifndef TD_GATE_GUESS_GUARD_PRIVATE_H
#define TD_GATE_GUESS_GUARD_PRIVATE_H

#include "gate/guess_campaigns.h"
#include "gate/guess_guard.h"
#include "gate/guess_table.h"
#include "gate/guess_trust.h"

enum { GUESS_KINDS = 3 };

struct guess_guard {
    struct guess_terms terms; /* exempt: its own copy */
    struct ip_network exempt[GUESS_EXEMPT_MAX];
    struct guess_bucket buckets[GUESS_KINDS];
    struct guess_table *tables[GUESS_KINDS]; /* by enum guess_kind */
    struct guess_trust *trust;
    struct guess_campaigns *campaigns;
    struct hash_key key, share_key; /* of passwords; of names */
    struct guess_counts counts;     /* but what the parts count themselves */
};

#endif
