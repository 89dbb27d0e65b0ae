/* SPDX-License-Identifier: Apache-2.0
 *
 * Things on their way from threads that make them to the one that takes them, in order. What a
 * thing is and who frees it is agreed between the two sides. Bounded by the writers: they may ask
 * how much waits.
 */
#ifndef TD_IO_MAILBOX_H
#define TD_IO_MAILBOX_H

#include <stddef.h>

#include "base/err.h"

struct mailbox;

/* NULL and err: no event descriptor to be had. */
struct mailbox *mailbox_new(struct err *err);

/* It must be empty. NULL is fine. */
void mailbox_free(struct mailbox *mailbox);

/* Any thread; item is not NULL. Returns how many wait now. */
size_t mailbox_put(struct mailbox *mailbox, void *item);

/* The oldest; NULL: none. One thread. */
void *mailbox_take(struct mailbox *mailbox);

/* Readable while something waits; do not read from it. */
int mailbox_fd(const struct mailbox *mailbox);

#endif
