/* SPDX-License-Identifier: Apache-2.0
 *
 * See keyed_hash.h. Words are little endian.
 */
#include "base/keyed_hash.h"

#include <endian.h>

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t turn(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void mix(struct sip *sip)
{
    sip->a += sip->b;
    sip->c += sip->d;
    sip->b = turn(sip->b, 13) ^ sip->a;
    sip->d = turn(sip->d, 16) ^ sip->c;
    sip->a = turn(sip->a, 32) + sip->d;
    sip->c += sip->b;
    sip->d = turn(sip->d, 21) ^ sip->a;
    sip->b = turn(sip->b, 17) ^ sip->c;
    sip->c = turn(sip->c, 32);
}

static inline void take(struct sip *sip, uint64_t word)
{
    sip->d ^= word;
    mix(sip);
    sip->a ^= word;
}

uint64_t keyed_hash(const struct hash_key *key, struct slice bytes)
{
    struct sip sip = {
        .a = key->words[0] ^ UINT64_C(0x736f6d6570736575),
        .b = key->words[1] ^ UINT64_C(0x646f72616e646f6d),
        .c = key->words[0] ^ UINT64_C(0x6c7967656e657261),
        .d = key->words[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t word, last = (uint64_t)bytes.len << 56;
    for (; bytes.len >= sizeof(word); bytes = slice_skip(bytes, sizeof(word))) {
        memcpy(&word, bytes.ptr, sizeof(word));
        take(&sip, le64toh(word));
    }
    for (size_t i = 0; i < bytes.len; i++)
        last |= (uint64_t)(unsigned char)bytes.ptr[i] << (8 * i);
    take(&sip, last);
    sip.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        mix(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}
