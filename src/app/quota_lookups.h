/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients are followed through tables: at once where tables answer at once, else by a few
 * threads with twins of the set. About once a second files that were changed are read again by one
 * of them, and the new set takes the place of the old one.
 *
 * Bounded: QUOTA_LOOKUPS_MAX that wait; one that takes longer than its patience ends with TROUBLE.
 * Made, asked and freed by the thread of the loop.
 */
#ifndef TD_APP_QUOTA_LOOKUPS_H
#define TD_APP_QUOTA_LOOKUPS_H

#include "gate/mailbox_tables.h"
#include "gate/quota_desk.h"

enum { QUOTA_LOOKUPS_MAX = 2000 };

struct uv_loop_s;
struct quota_lookups;

struct quota_lookups_options {
    struct uv_loop_s *loop;
    int64_t patience_us;
    void (*found)(void *context, struct quota_lookup *lookup);
    void *context;
};

/* NULL: no threads to be had. */
struct quota_lookups *quota_lookups_new(const struct quota_lookups_options *options);

/* Waits for what runs; all that waits is found with TROUBLE. Before the loop ends. NULL is fine. */
void quota_lookups_free(struct quota_lookups *lookups);

/* The tables from now on, with a reference of its own; NULL: none, all is TROUBLE. */
void quota_lookups_put(struct quota_lookups *lookups, struct mailbox_tables *tables,
                       int64_t patience_us);

/* True: the search has ended. False: `found` is called later. */
bool quota_lookups_find(struct quota_lookups *lookups, struct quota_lookup *lookup);

/* A few times a second. */
void quota_lookups_tick(struct quota_lookups *lookups, int64_t steady_us);

struct quota_lookups_counts {
    uint64_t at_once, waited, failed, read_again;
    size_t waiting;
    struct err fault; /* of the last table that could not be asked or read again; ERR_NONE: none */
};

const struct quota_lookups_counts *quota_lookups_counts(const struct quota_lookups *lookups);

#endif
