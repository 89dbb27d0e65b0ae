/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of which recipients wait: an open-addressed table by hash of the queue id. Grows to
 * what was there at once, 32 bytes a message at half load.
 */
#ifndef TD_WATCH_WAITING_TABLE_H
#define TD_WATCH_WAITING_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct waiting_message {
    uint64_t id_hash; /* of the queue id */
    uint64_t serial;  /* of the message; never 0 in a place that is used */
    int64_t begin_us; /* accepted */
    uint32_t heard_s; /* newest deferral, seconds since 1970 */
    uint32_t waiting; /* recipients */
};

struct waiting_table;

struct waiting_table *waiting_table_new(uint32_t max);
void waiting_table_free(struct waiting_table *table);

/* Rows are valid until the next add or remove. */
struct waiting_message *waiting_table_find(const struct waiting_table *table, uint64_t id_hash,
                                           uint64_t serial);

/* That with the highest serial of an id; NULL: none. */
struct waiting_message *waiting_table_newest(const struct waiting_table *table, uint64_t id_hash);

/* A row without waiting ones; it must not be there yet. NULL: the table is full. */
struct waiting_message *waiting_table_add(struct waiting_table *table, uint64_t id_hash,
                                          uint64_t serial, int64_t begin_us);
void waiting_table_remove(struct waiting_table *table, struct waiting_message *message);

/* A message last heard before then; NULL ends the walk. *place is 0 to begin. The one returned must
 * be removed before the next call, none may be added. */
struct waiting_message *waiting_table_unheard(const struct waiting_table *table, int64_t before_s,
                                              uint32_t *place);

#endif
