/* SPDX-License-Identifier: Apache-2.0
 *
 * What the quota service goes by: made of the settings by the main thread, handed over whole.
 */
#ifndef TD_APP_QUOTA_PLAN_H
#define TD_APP_QUOTA_PLAN_H

#include "app/settings.h"
#include "gate/mailbox_tables.h"
#include "gate/quota_desk.h"
#include "io/quota_pool.h"

struct quota_plan {
    struct quota_desk_terms terms; /* but the key of facts */
    struct quota_server_plan *servers;
    size_t server_count;
    int64_t deadline_us;
    struct mailbox_tables *tables; /* NULL: one of them cannot be read, all questions fail */
    struct arena *arena;           /* of all texts */
};

/* Reads the tables, which takes a second for a million rows. err: why one of them could not be
 * read; code ERR_NONE: all were. The finder is always made. */
struct quota_plan *quota_plan_new(const struct settings_quota *settings, const struct hash_key *key,
                                  struct err *err) __attribute__((returns_nonnull));
void quota_plan_free(struct quota_plan *plan); /* NULL is fine */

#endif
