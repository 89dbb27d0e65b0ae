/* SPDX-License-Identifier: Apache-2.0
 *
 * Host names by suffix: `google.com` finds `aspmx.l.google.com` and `google.com`, not
 * `notgoogle.com`. Any ASCII case, with or without a trailing dot. No more suffixes of a name are
 * tried than the deepest one in the map has labels, so a long hostile name costs little more than a
 * real one. Built once, then only read.
 */
#ifndef TD_BASE_SUFFIX_MAP_H
#define TD_BASE_SUFFIX_MAP_H

#include "base/slice.h"

struct suffix_map;

#define SUFFIX_MAP_NONE UINT32_MAX

enum suffix_reach {
    SUFFIX_EXACT, /* the name itself only */
    SUFFIX_BELOW, /* the name and all names below it */
};

struct suffix_map *suffix_map_new(void);
void suffix_map_free(struct suffix_map *map);

/* Copies the suffix; one leading and one trailing dot are dropped. The same suffix with the same
 * reach again replaces the value. Ignored: an empty suffix, one over 253 bytes. It has host name
 * bytes only. value: not SUFFIX_MAP_NONE. */
void suffix_map_put(struct suffix_map *map, struct slice suffix, enum suffix_reach reach,
                    uint32_t value);

/* Value of the longest suffix of `name`, EXACT before BELOW; or SUFFIX_MAP_NONE. */
uint32_t suffix_map_find(const struct suffix_map *map, struct slice name);

#endif
