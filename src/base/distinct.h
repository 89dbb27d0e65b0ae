/* SPDX-License-Identifier: Apache-2.0
 *
 * How many different things were seen, estimated by linear counting (Whang, Vander-Zanden and
 * Taylor 1990) in 128 bytes: exact to a few percent up to 3,000, at most 7,098. A value type;
 * all zeros is empty.
 */
#ifndef TD_BASE_DISTINCT_H
#define TD_BASE_DISTINCT_H

#include <stdint.h>

#define DISTINCT_WORDS 16

struct distinct {
    uint64_t bits[DISTINCT_WORDS];
};

/* `key`: a hash or a number; equal things have equal keys. */
void distinct_add(struct distinct *distinct, uint64_t key);

/* What was seen by either. */
void distinct_merge(struct distinct *into, const struct distinct *other);

/* The estimate, and no more than `most`. */
uint64_t distinct_count(const struct distinct *distinct, uint64_t most);

#endif
