/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy_refunds.h.
 */
#include "app/policy_refunds.h"

#include <stdatomic.h>

#include "base/memory.h"
#include "io/mailbox.h"

struct policy_refunds {
    struct mailbox *mailbox;
    atomic_size_t waiting;
    atomic_uint_fast64_t dropped;
};

struct policy_refunds *policy_refunds_new(struct err *err)
{
    struct mailbox *mailbox = mailbox_new(err);
    if (mailbox == NULL)
        return NULL;
    struct policy_refunds *refunds = MEM_NEW(struct policy_refunds);
    refunds->mailbox = mailbox;
    return refunds;
}

void policy_refunds_free(struct policy_refunds *refunds)
{
    if (refunds == NULL)
        return;
    for (struct policy_refund *refund; (refund = policy_refunds_take(refunds)) != NULL;)
        mem_free(refund);
    mailbox_free(refunds->mailbox);
    mem_free(refunds);
}

void policy_refunds_put(struct policy_refunds *refunds, struct slice queue_id, struct slice login,
                        int64_t at_us)
{
    if (atomic_load(&refunds->waiting) >= POLICY_REFUNDS_MAX) {
        atomic_fetch_add(&refunds->dropped, 1);
        return;
    }
    struct policy_refund *refund = mem_new(1, sizeof(*refund) + queue_id.len + login.len + 1);
    char *at = refund->text;
    refund->queue_id = slice_put(queue_id, &at);
    refund->login = slice_put(login, &at);
    refund->at_us = at_us;
    mailbox_put(refunds->mailbox, refund);
    atomic_fetch_add(&refunds->waiting, 1);
}

struct policy_refund *policy_refunds_take(struct policy_refunds *refunds)
{
    if (atomic_load_explicit(&refunds->waiting, memory_order_relaxed) == 0)
        return NULL;
    struct policy_refund *refund = mailbox_take(refunds->mailbox);
    if (refund != NULL)
        atomic_fetch_sub(&refunds->waiting, 1);
    return refund;
}

uint64_t policy_refunds_dropped(const struct policy_refunds *refunds)
{
    return atomic_load(&refunds->dropped);
}
