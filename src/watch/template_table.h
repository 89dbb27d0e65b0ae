/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies that no rule knows, grouped by their masked text and counted. Bounded: 512 groups; when
 * full the rarest makes room and its count is inherited, so that frequent groups are never missed
 * (Metwally 2005, "space saving"; counts may then be too high by the smallest count).
 */
#ifndef TD_WATCH_TEMPLATE_TABLE_H
#define TD_WATCH_TEMPLATE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct template_table;

struct template_row {
    struct slice text, sample;
    uint64_t count;
};

struct template_table *template_table_new(void);
void template_table_free(struct template_table *table);

/* Counts a reply text: `words` is masked here. */
void template_table_add(struct template_table *table, struct slice words);

size_t template_table_count(const struct template_table *table);
struct template_row template_table_get(const struct template_table *table, size_t index);

#endif
