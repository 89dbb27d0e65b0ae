/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocklists that a reply names: host names in the text (`zen.spamhaus.org`, also inside links) by
 * suffix. Table: data/lists.tsv.
 */
#ifndef TD_WATCH_LIST_TABLE_H
#define TD_WATCH_LIST_TABLE_H

#include "base/slice.h"

struct named_list {
    struct slice name; /* `spamhaus` */
    struct slice url;  /* where to ask for removal, or empty */
    bool domains;      /* lists domains; else addresses */
};

struct list_table;

struct list_table *list_table_new(void);
void list_table_free(struct list_table *table);

#define LISTS_IN_TEXT_MAX 8

/* The lists that the text names, in order, repetitions included; at most LISTS_IN_TEXT_MAX. */
size_t list_table_scan(const struct list_table *table, struct slice text,
                       const struct named_list *found[LISTS_IN_TEXT_MAX]);

/* The host name behind "blocked using ": Postfix's words for a list that the table may not know
 * (postconf(5), default_rbl_reply). Points into the text; or empty. */
struct slice list_zone_of(struct slice text);

#endif
