/* SPDX-License-Identifier: Apache-2.0
 *
 * The highest of many rows. Rows of all paths or logins would take more room than what they come
 * from: the highest numbers are found first, and only their rows are made.
 */
#ifndef TD_WATCH_RANKING_H
#define TD_WATCH_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ranked {
    uint64_t weight;
    uint32_t number; /* the lower first, of equal weight */
    bool ahead;      /* of all that are not */
};

struct ranking {
    struct ranked *rows; /* the highest so far and those that came since, at most 2 * most */
    size_t count, most, seen;
};

/* most: at least 1. The caller frees rows with mem_free. */
void ranking_begin(struct ranking *ranking, size_t most);

/* Keeps the row if it may be among the highest; any number of rows, in any order. O(log most) a row
 * at worst, one comparison for most. */
void ranking_add(struct ranking *ranking, struct ranked row);

/* Leaves rows[0 .. count - 1], the highest first, at most `most`. */
void ranking_settle(struct ranking *ranking);

#endif
