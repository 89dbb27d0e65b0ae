/* SPDX-License-Identifier: Apache-2.0
 *
 * What a search of the queue found, what was done to it, and what was done before, for people and
 * as JSON.
 */
#ifndef TD_APP_QUEUE_SHOW_H
#define TD_APP_QUEUE_SHOW_H

#include "app/queue_deed.h"
#include "app/text_style.h"
#include "model/json_value.h"

#define QUEUE_SHOWN_TEXT 10   /* messages by name, the oldest */
#define QUEUE_SHOWN_JSON 1000 /* the same of the JSON */

/* Of the messages that the deed concerns. */
struct queue_sums {
    size_t messages, recipients, on_hold;
    uint64_t bytes;
    int64_t oldest_us, newest_us; /* arrivals; messages 0: undefined */
};

struct queue_sums queue_show_sums(const struct queue_search *search, enum queue_deed deed);

/* What there is, and what a yes would do. */
void queue_show_found(const struct text_style *style, const struct queue_search *search,
                      enum queue_deed deed, struct slice login, struct buf *to);
void queue_show_outcome(enum queue_deed deed, const struct queue_outcome *outcome, struct buf *to);

/* outcome NULL: nothing was done. New. */
json_t *queue_show_json(const struct queue_search *search, enum queue_deed deed, struct slice login,
                        const struct queue_outcome *outcome);

/* Lines of queue_audit_read, the newest `most` of them. */
void queue_show_audit(const struct text_style *style, const json_t *lines, size_t most,
                      struct buf *to);

#endif
