/* SPDX-License-Identifier: Apache-2.0
 *
 * Linear counting. See distinct.h.
 */
#include "base/distinct.h"

#include <math.h>

#define BITS (DISTINCT_WORDS * 64)

/* The finaliser of MurmurHash3: keys in a row must fall on bits by chance, else the estimate, which
 * takes chance for granted, is too high. */
static uint64_t mix(uint64_t key)
{
    key = (key ^ (key >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    key = (key ^ (key >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return key ^ (key >> 33);
}

void distinct_add(struct distinct *distinct, uint64_t key)
{
    uint64_t bit = mix(key) % BITS;
    distinct->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

void distinct_merge(struct distinct *into, const struct distinct *other)
{
    for (int i = 0; i < DISTINCT_WORDS; i++)
        into->bits[i] |= other->bits[i];
}

uint64_t distinct_count(const struct distinct *distinct, uint64_t most)
{
    int clear = BITS;
    for (int i = 0; i < DISTINCT_WORDS; i++)
        clear -= __builtin_popcountll(distinct->bits[i]);
    double estimate = -BITS * log((clear ? clear : 1) / (double)BITS);
    uint64_t count = (uint64_t)llround(estimate);
    return count < most ? count : most;
}
