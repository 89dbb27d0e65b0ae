/* SPDX-License-Identifier: Apache-2.0
 *
 * All accounts, as people look for one: what their database says, and the flags that the daemon
 * keeps. An array of objects:
 *
 *      {"login": ..., "aliases": [...], "class": ..., "server": ..., "flags_stored": [...],
 *       "flags": [...]}
 *
 * flags is as the daemon tells it (app/account_answer.h). An account that only the daemon knows,
 * since it has a flag, is there too. About 1 kB of memory for each.
 */
#ifndef TD_APP_ACCOUNT_LISTING_H
#define TD_APP_ACCOUNT_LISTING_H

#include "app/account_access.h"
#include "app/text_style.h"
#include "model/json_value.h"

/* Empty and 0: any. */
struct account_filter {
    struct slice account_class, server;
    unsigned flags; /* bits, 1u << enum account_flag_kind: one of these */
};

/* New. flagged: the daemon's array, taken over; NULL: not known. access NULL: no database is asked.
 * NULL and err: it cannot be read; flagged is dropped. */
json_t *account_listing(const struct account_access *access, json_t *flagged,
                        const struct account_filter *filter, struct err *err);

/* Appends a table. */
void account_listing_text(const struct text_style *style, const json_t *listing, struct buf *to);

#endif
