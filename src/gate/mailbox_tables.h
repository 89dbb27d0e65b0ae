/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables that searches for mailboxes go by, together: whoever searches holds the set by its
 * count of references and sees no table change. One that was read again makes a new set, which has
 * the others in common with the one before.
 *
 *      loop       runs searches on what answers at once; a search that has to wait ...
 *      worker     ... goes on with the worker's twin of the set, and comes back ended
 */
#ifndef TD_GATE_MAILBOX_TABLES_H
#define TD_GATE_MAILBOX_TABLES_H

#include <stdatomic.h>

#include "gate/mailbox_search.h"
#include "store/lookup_table.h"

struct mailbox_tables;

/* Empty, with one reference, the caller's. */
struct mailbox_tables *mailbox_tables_new(void) __attribute__((returns_nonnull));

/* Before it is shared; takes over the reference of the table. At most FINDER_TABLES_MAX a role. */
void mailbox_tables_add(struct mailbox_tables *tables, enum finder_role role,
                        struct lookup_table *table);

struct mailbox_tables *mailbox_tables_ref(struct mailbox_tables *tables);
void mailbox_tables_unref(struct mailbox_tables *tables); /* any thread; NULL is fine */

/* For another thread. */
struct mailbox_tables *mailbox_tables_twin(const struct mailbox_tables *tables);

size_t mailbox_tables_count(const struct mailbox_tables *tables, enum finder_role role);
struct lookup_table *mailbox_tables_at(const struct mailbox_tables *tables, enum finder_role role,
                                       size_t i);

/* A set in which all tables that are old (lookup_table_is_old) are read again, where that can be
 * done; blocks, so not on a loop. NULL: none is new. err: of the last that could not be read, which
 * stays as it was; code ERR_NONE: there is none. */
struct mailbox_tables *mailbox_tables_renew(const struct mailbox_tables *tables, struct err *err);

/* Of a thread that may wait: each question has its own deadline (store/lookup_table.h), and a
 * search of a thousand of them ends when somebody says so. */
struct mailbox_patience {
    const atomic_bool *is_over; /* NULL: nobody will */
};

enum mailbox_tables_run {
    MAILBOX_TABLES_ENDED, /* with TROUBLE: err says why */
    MAILBOX_TABLES_WAITS, /* without patience alone */
};

/* Answers what the search needs. The set has as many tables of each role as the finder's terms.
 * patience: NULL: it does not wait. */
enum mailbox_tables_run mailbox_tables_run(const struct mailbox_tables *tables,
                                           struct mailbox_search *search,
                                           const struct mailbox_patience *patience,
                                           struct err *err);

#endif
