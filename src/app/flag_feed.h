/* SPDX-License-Identifier: Apache-2.0
 *
 * Flags of accounts on their way from the main thread, which owns them, to one that answers by
 * them: one that was set or cleared, or all there are. Nobody ever waits for a lock.
 */
#ifndef TD_APP_FLAG_FEED_H
#define TD_APP_FLAG_FEED_H

#include "base/err.h"
#include "gate/account_flags.h"

struct flag_feed;

/* NULL and err: no mailbox to be had. */
struct flag_feed *flag_feed_new(struct err *err);
void flag_feed_free(struct flag_feed *feed); /* NULL is fine */

/* ---- the main thread; each takes over what is put ---- */

void flag_feed_put(struct flag_feed *feed, struct account_flag *flag);

/* In place of all those before. */
void flag_feed_put_all(struct flag_feed *feed, struct account_flags *flags);

/* ---- the one that answers ---- */

/* Brings its table up to date. Costs a look when nothing was put. A flag for which there is no room
 * here had none at its owner. */
void flag_feed_take(struct flag_feed *feed, struct account_flags *table);

#endif
