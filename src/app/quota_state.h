/* SPDX-License-Identifier: Apache-2.0
 *
 * How the quota service is, and the mailbox servers that it asks, as one value that travels from
 * its thread to the main one.
 */
#ifndef TD_APP_QUOTA_STATE_H
#define TD_APP_QUOTA_STATE_H

#include "app/quota_lookups.h"
#include "gate/quota_desk.h"
#include "io/quota_pool.h"

/* Texts are of the block. */
struct quota_server_state {
    struct slice name, address;
    bool is_down; /* its breaker is open */
    size_t connections, waiting;
    int64_t delay_us; /* 0: none yet */
    struct quota_numbers numbers;
    struct slice reason; /* the last error; of strangers, perhaps */
};

struct quota_state {
    struct quota_desk_counts desk;
    struct quota_lookups_counts lookups;
    bool has_tables;
    size_t count;
    struct quota_server_state servers[];
};

/* As they are now; one block: mem_free. lookups NULL: there are none. */
struct quota_state *quota_state_new(const struct quota_desk *desk, const struct quota_pool *pool,
                                    const struct quota_lookups *lookups)
    __attribute__((returns_nonnull));

#endif
