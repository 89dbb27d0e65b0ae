/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy requests as Postfix 3.7.11 sends them at END-OF-MESSAGE: 29 attributes, in its order, of a
 * login that has sent one message to one recipient. Only what differs between messages is written
 * anew: login, sender, queue id and instance.
 */
#ifndef TD_BENCH_POLICY_TEXT_H
#define TD_BENCH_POLICY_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { POLICY_TEXT_MAX = 1024 };

struct policy_text {
    char bytes[POLICY_TEXT_MAX];
    size_t len;
    size_t sender, queue_id, instance, login; /* where the digits of each begin */
};

void policy_text_init(struct policy_text *text);

/* The next request: message, counted from 0, of that login (both below 2^32). */
void policy_text_set(struct policy_text *text, uint64_t message, uint32_t login);

#endif
