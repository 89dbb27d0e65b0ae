/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash for tables whose keys strangers choose: who does not know the key of the table cannot make
 * names that fall together (SipHash-1-3: Aumasson and Bernstein 2012, with the rounds that Rust and
 * CPython take for tables). The same on every machine, so that it also serves as a checksum. Pure.
 */
#ifndef TD_BASE_KEYED_HASH_H
#define TD_BASE_KEYED_HASH_H

#include "base/slice.h"

/* All zero is a key like any other, only known. */
struct hash_key {
    uint64_t words[2];
};

uint64_t keyed_hash(const struct hash_key *key, struct slice bytes);

#endif
