/* SPDX-License-Identifier: Apache-2.0
 *
 * The meters of every key of a group of limits: of each login, of each sender domain. In memory,
 * bounded: when the table is full the key that was used least lately makes room, and that is
 * counted. A row costs 40 bytes and 48 a meter, 184 for the minute, hour and day of a login, with
 * 4 to 8 in the index; a key longer than LIMIT_KEY_SHORT bytes costs its length besides.
 *
 * Keys are compared as they are, never by hash alone: two of them never share a meter. Rows never
 * move. One thread at a time; pure.
 */
#ifndef TD_GATE_LIMIT_TABLE_H
#define TD_GATE_LIMIT_TABLE_H

#include <stddef.h>

#include "base/keyed_hash.h"
#include "gate/meter.h"

enum {
    LIMIT_KEY_SHORT = 22,
    LIMIT_KEY_MAX = 1024, /* bytes; more is cut by the caller, who knows what it means */
    LIMIT_METERS_MAX = 16,
};

struct limit_table;

/* meters: of each key, 1 to LIMIT_METERS_MAX. max: keys, 1 to 2^30. */
struct limit_table *limit_table_new(size_t meters, uint32_t max);
void limit_table_free(struct limit_table *table);

/* The key of its hash; while nothing is in it. Without one strangers may choose what falls
 * together.
 */
void limit_table_hash_by(struct limit_table *table, const struct hash_key *key);

/* The meters of a key, or NULL. */
union meter *limit_table_find(struct limit_table *table, struct slice key);

/* The meters of a key, made the newest; all zero when it is new here. Valid until another key is
 * used or the table is swept. */
union meter *limit_table_use(struct limit_table *table, struct slice key);

/* Lets go of the oldest keys whose meters are all idle by these plans, of `most` keys at most and
 * no further than to one that is not. Returns how many went. */
size_t limit_table_sweep(struct limit_table *table, const struct meter_plan *plans, int64_t now_us,
                         size_t most);

/* The key that these meters of a table are of; valid as long as they are. */
struct slice limit_table_key(const union meter *meters);

typedef void (*limit_table_see)(void *context, struct slice key, const union meter *meters);

enum limit_table_order { LIMIT_NEWEST_FIRST, LIMIT_OLDEST_FIRST };

/* Every key, by their last use. */
void limit_table_each(const struct limit_table *table, enum limit_table_order order,
                      limit_table_see see, void *context);

/* Of all rows some after *place, at most `most`, and moves *place behind them; 0 to begin with. A
 * row that comes in meanwhile may be seen or not, one that stays is seen once. False: that was the
 * last.
 */
bool limit_table_some(const struct limit_table *table, uint32_t *place, uint32_t most,
                      limit_table_see see, void *context);

uint32_t limit_table_count(const struct limit_table *table);

/* Keys that had to make room for others. */
uint64_t limit_table_crowded_out(const struct limit_table *table);

#endif
