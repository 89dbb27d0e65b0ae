/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that the log says were refused, on their way from the thread that reads it to the one
 * that counted them (policy_service.h). Bounded: of more than POLICY_REFUNDS_MAX that wait, further
 * ones are dropped and counted: their logins keep what was counted until their windows have passed.
 */
#ifndef TD_APP_POLICY_REFUNDS_H
#define TD_APP_POLICY_REFUNDS_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum { POLICY_REFUNDS_MAX = 10000 };

/* One block of memory: mem_free. */
struct policy_refund {
    struct slice queue_id, login; /* as the log writes it */
    int64_t at_us;                /* when it was refused, by the log */
    char text[];                  /* theirs */
};

struct policy_refunds;

/* NULL and err: no mailbox to be had. */
struct policy_refunds *policy_refunds_new(struct err *err);
void policy_refunds_free(struct policy_refunds *refunds); /* NULL is fine */

/* Copies the texts. Any thread. */
void policy_refunds_put(struct policy_refunds *refunds, struct slice queue_id, struct slice login,
                        int64_t at_us);

/* The oldest, the caller's from now on; NULL: none. One thread. Costs one load when there is none.
 */
struct policy_refund *policy_refunds_take(struct policy_refunds *refunds);

uint64_t policy_refunds_dropped(const struct policy_refunds *refunds);

#endif
