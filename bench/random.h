/* SPDX-License-Identifier: Apache-2.0
 *
 * A seeded source of numbers (xoshiro256**, Blackman and Vigna 2018). The same seed gives the same
 * numbers on every machine: integers only, no libm.
 */
#ifndef TD_BENCH_RANDOM_H
#define TD_BENCH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed);

static inline uint64_t random_rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = random_rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = random_rotate(s[3], 45);
    return result;
}

/* 0 .. bound - 1; bound > 0. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
    return (uint32_t)(((random_next(random) >> 32) * bound) >> 32);
}

/* low .. high, both included. */
static inline uint32_t random_between(struct random *random, uint32_t low, uint32_t high)
{
    return low + random_below(random, high - low + 1);
}

/* True in `per_million` of 1,000,000 cases. */
static inline bool random_chance(struct random *random, uint32_t per_million)
{
    return random_below(random, 1000000) < per_million;
}

/* 0 .. bound - 1, small numbers often: as a Zipf law with exponent 1 (log-uniform). */
static inline uint32_t random_zipf(struct random *random, uint32_t bound)
{
    uint32_t bits = 32u - (uint32_t)__builtin_clz(bound);
    uint32_t base = 1u << random_below(random, bits);
    uint32_t rank = base + random_below(random, base) - 1;
    return rank < bound ? rank : random_below(random, bound);
}

#endif
