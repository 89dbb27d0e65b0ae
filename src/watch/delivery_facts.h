/* SPDX-License-Identifier: Apache-2.0
 *
 * What a delivery record says, beyond its fields: small questions that the correlator asks.
 */
#ifndef TD_WATCH_DELIVERY_FACTS_H
#define TD_WATCH_DELIVERY_FACTS_H

#include "mail/log_record.h"

/* delay= in seconds (`12`, `0.05`, `372639`: Postfix src/util/format_tv.c); 0 when it is no number.
 */
float delivery_delay_s(const struct log_record *record);

/* Names the recipient within its message: address and original address. */
uint64_t delivery_recipient_hash(const struct log_record *record);

/* Repeats an earlier cause: "delivery temporarily suspended: ...". */
bool delivery_is_suspended(const struct log_record *record);

/* local(8) sent it on under a new id, whether that id's lines are there or not. */
bool delivery_is_forward(const struct log_record *record);

/* Into a mailbox of ours, by who delivered it: local(8), virtual(8), pipe(8), lmtp(8). */
bool delivery_is_to_mailbox(const struct log_record *record);

#endif
