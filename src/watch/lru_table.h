/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded table of rows by a 64-bit key, in which the row that was used least lately makes room
 * for a new one. Rows are numbered from 1 and never move; what is in a row is the caller's, in an
 * array of max + 1 beside this table. Memory: 24 bytes a row.
 */
#ifndef TD_WATCH_LRU_TABLE_H
#define TD_WATCH_LRU_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct lru_table;

/* max: rows, 1 to 2^30. */
struct lru_table *lru_table_new(uint32_t max);
void lru_table_free(struct lru_table *table);

/* The row of a key, made the newest. *fresh: it is new to this key, and whatever the caller holds
 * in its place belongs to another one that had to go (or to none). */
uint32_t lru_table_use(struct lru_table *table, uint64_t key, bool *fresh);

/* The row of a key, or 0. */
uint32_t lru_table_find(const struct lru_table *table, uint64_t key);

/* Rows in use are 1 to count. */
uint32_t lru_table_count(const struct lru_table *table);

#endif
