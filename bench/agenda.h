/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens when: events in the order of their time (a four-way heap). Memory grows with the
 * events that wait at one time, not with the length of the log.
 */
#ifndef TD_BENCH_AGENDA_H
#define TD_BENCH_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    int64_t time_us;
    uint32_t who;  /* message, or what the step is about */
    uint16_t step; /* enum step */
    uint16_t part; /* recipient */
};

struct agenda {
    struct event *events; /* owned */
    size_t count, room;
};

void agenda_done(struct agenda *agenda);
void agenda_add(struct agenda *agenda, struct event event);

/* Takes the earliest event. False: nothing waits. */
bool agenda_next(struct agenda *agenda, struct event *out);

#endif
