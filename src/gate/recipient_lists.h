/* SPDX-License-Identifier: Apache-2.0
 *
 * The recipients of messages that are under way, as they were seen at RCPT: at DATA Postfix says
 * how many there are, and no longer which. Of a message each address once. Addresses and messages
 * are numbers (keyed_hash); two messages under way with one number are next to impossible.
 *
 * Bounded: RECIPIENT_LIST_MAX of a message, of further ones only how many; RECIPIENT_LISTS_ALL of
 * all messages together, 8 MiB; messages as given. The oldest message makes room: nobody says that
 * one was given up. One thread; pure.
 */
#ifndef TD_GATE_RECIPIENT_LISTS_H
#define TD_GATE_RECIPIENT_LISTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RECIPIENT_LIST_MAX = 1000, /* what Postfix takes of a message, smtpd_recipient_limit */
    RECIPIENT_LISTS_ALL = 1 << 20,
};

/* Of a message. Valid until the next add. */
struct recipient_list {
    const uint64_t *recipients;
    uint32_t count;
    uint32_t more; /* not among them, for want of room; the same address may be twice in it */
};

struct recipient_lists;

/* max: messages, 1 to 2^24. */
struct recipient_lists *recipient_lists_new(uint32_t max);
void recipient_lists_free(struct recipient_lists *lists); /* NULL is fine */

void recipient_lists_add(struct recipient_lists *lists, uint64_t message, uint64_t recipient);

/* False, and *out is empty: no recipient of it is known. */
bool recipient_lists_find(const struct recipient_lists *lists, uint64_t message,
                          struct recipient_list *out);

#endif
