/* SPDX-License-Identifier: Apache-2.0
 *
 * The log lines of a scenario with the time at which each arrives.
 */
#ifndef TD_SCENARIO_EVENT_LIST_H
#define TD_SCENARIO_EVENT_LIST_H

#include "base/buf.h"

struct event {
    int64_t time_us;
    size_t order; /* of equal times: as they were added */
    size_t offset, len;
};

struct event_list {
    struct event *items;
    size_t count, capacity;
    struct buf text;
};

void event_list_done(struct event_list *list);

/* A line that arrives at time_us. Copied. */
void event_list_add(struct event_list *list, int64_t time_us, struct slice line);

/* The same, with an ISO stamp of that time in front. */
void event_list_add_stamped(struct event_list *list, int64_t time_us, struct slice rest);

/* By time; call before reading. */
void event_list_sort(struct event_list *list);

struct slice event_list_line(const struct event_list *list, size_t index);

#endif
