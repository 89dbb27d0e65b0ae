/* SPDX-License-Identifier: Apache-2.0
 *
 * See flag_feed.h.
 */
#include "app/flag_feed.h"

#include <stdatomic.h>

#include "base/memory.h"
#include "io/mailbox.h"

struct flag_feed {
    _Atomic(struct account_flags *) all; /* put and not taken; or NULL */
    struct mailbox *single;
    atomic_size_t waiting; /* put and not taken */
};

struct flag_feed *flag_feed_new(struct err *err)
{
    struct mailbox *single = mailbox_new(err);
    if (single == NULL)
        return NULL;
    struct flag_feed *feed = MEM_NEW(struct flag_feed);
    feed->single = single;
    return feed;
}

void flag_feed_free(struct flag_feed *feed)
{
    if (feed == NULL)
        return;
    for (struct account_flag *flag; (flag = mailbox_take(feed->single)) != NULL;)
        mem_free(flag);
    mailbox_free(feed->single);
    account_flags_free(atomic_load(&feed->all));
    mem_free(feed);
}

void flag_feed_put(struct flag_feed *feed, struct account_flag *flag)
{
    atomic_fetch_add(&feed->waiting, 1);
    mailbox_put(feed->single, flag);
}

void flag_feed_put_all(struct flag_feed *feed, struct account_flags *flags)
{
    struct account_flags *before = atomic_exchange(&feed->all, flags);
    if (before == NULL)
        atomic_fetch_add(&feed->waiting, 1);
    account_flags_free(before);
}

static void take_all(struct flag_feed *feed, struct account_flags *table)
{
    struct account_flags *all = atomic_exchange(&feed->all, NULL);
    if (all == NULL)
        return;
    account_flags_replace(table, all);
    atomic_fetch_sub(&feed->waiting, 1);
}

/* A flag that was put before the table is in it, and the newest of a kind is the last: with the
 * table first they end as they are to be. The table is looked for once a flag has been taken: one
 * that was put before that flag is there by then, and would else take its place later. */
void flag_feed_take(struct flag_feed *feed, struct account_flags *table)
{
    if (atomic_load_explicit(&feed->waiting, memory_order_acquire) == 0)
        return;
    take_all(feed, table);
    for (struct account_flag *flag; (flag = mailbox_take(feed->single)) != NULL;) {
        take_all(feed, table);
        (void)account_flags_put(table, flag);
        atomic_fetch_sub(&feed->waiting, 1);
    }
}
