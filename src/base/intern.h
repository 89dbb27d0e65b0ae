/* SPDX-License-Identifier: Apache-2.0
 *
 * Each distinct string once, as a small number. Bounded: past `max` strings every new one gets the
 * id of INTERN_OTHER, so hostile input cannot grow memory without end. Cost a string: its bytes
 * plus about 25.
 */
#ifndef TD_BASE_INTERN_H
#define TD_BASE_INTERN_H

#include <stdint.h>

#include "base/slice.h"

struct intern;

/* Id 0 is always the "other" string: what did not fit, or was longer than 4096 bytes. */
#define INTERN_OTHER 0u

/* max: how many strings at most, 1 to 2^31; their bytes are bounded by 4 GiB. */
struct intern *intern_new(uint32_t max);
void intern_free(struct intern *table);

/* Id of s, added if new. Ids are dense: 1, 2, 3 ... in order of first sight. */
uint32_t intern_id(struct intern *table, struct slice s);

/* The same with the hash (slice_hash of s) already at hand. */
uint32_t intern_id_hashed(struct intern *table, struct slice s, uint64_t hash);

/* Id of s or INTERN_OTHER when it is not there. */
uint32_t intern_find(const struct intern *table, struct slice s);

/* The string of an id; NUL-terminated behind its end, lives as long as the table. */
struct slice intern_get(const struct intern *table, uint32_t id);

/* Highest id in use plus one. */
uint32_t intern_count(const struct intern *table);

/* How often a string had to become INTERN_OTHER. */
uint64_t intern_overflows(const struct intern *table);

#endif
