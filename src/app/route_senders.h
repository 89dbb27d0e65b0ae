/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sender domains carry most of the mail to each provider, and of all mail: whose SPF a source
 * that stands in has to be in. Counted by space-saving (Metwally et al. 2005), so the most frequent
 * ones are among those that are kept; what is older counts half as much each SENDERS_FADE
 * recipients.
 *
 * Bounded: SENDERS_PROVIDERS providers, SENDERS_KEPT domains each, SENDERS_DOMAINS names. One
 * thread.
 */
#ifndef TD_APP_ROUTE_SENDERS_H
#define TD_APP_ROUTE_SENDERS_H

#include "base/memory.h"
#include "base/slice.h"

#define SENDERS_PROVIDERS 512
#define SENDERS_KEPT 16
#define SENDERS_DOMAINS 65536
#define SENDERS_FADE 100000

struct route_sender {
    struct slice domain;
    uint64_t recipients; /* at least so many */
};

/* The most frequent first. */
struct route_sender_list {
    struct route_sender rows[SENDERS_KEPT];
    size_t count;
    uint64_t total; /* recipients that they are of */
};

struct route_senders;

struct route_senders *route_senders_new(void);
void route_senders_free(struct route_senders *senders); /* NULL is fine */

/* One more recipient at the provider gets mail of this domain; empty: of nobody. */
void route_senders_note(struct route_senders *senders, struct slice provider, struct slice domain);

/* provider empty: of all mail. Domains live as long as the object. */
void route_senders_list(const struct route_senders *senders, struct slice provider,
                        struct route_sender_list *out);

#endif
