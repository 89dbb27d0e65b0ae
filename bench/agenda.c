/* SPDX-License-Identifier: Apache-2.0
 *
 * Four children a node: the heap is half as deep and a node's children share a cache line.
 */
#include "agenda.h"

#include "base/memory.h"

void agenda_done(struct agenda *agenda)
{
    mem_free(agenda->events);
    *agenda = (struct agenda){0};
}

void agenda_add(struct agenda *agenda, struct event event)
{
    if (agenda->count == agenda->room) {
        agenda->room = agenda->room ? agenda->room * 2 : 4096;
        agenda->events = mem_resize(agenda->events, agenda->room, sizeof(struct event));
    }
    size_t at = agenda->count++;
    while (at) {
        size_t parent = (at - 1) / 4;
        if (agenda->events[parent].time_us <= event.time_us)
            break;
        agenda->events[at] = agenda->events[parent];
        at = parent;
    }
    agenda->events[at] = event;
}

static size_t earliest_child(const struct agenda *agenda, size_t at)
{
    size_t first = at * 4 + 1;
    size_t end = first + 4 < agenda->count ? first + 4 : agenda->count;
    size_t best = first;
    for (size_t child = first + 1; child < end; child++)
        if (agenda->events[child].time_us < agenda->events[best].time_us)
            best = child;
    return best;
}

bool agenda_next(struct agenda *agenda, struct event *out)
{
    if (!agenda->count)
        return false;
    *out = agenda->events[0];
    struct event last = agenda->events[--agenda->count];
    size_t at = 0;
    while (at * 4 + 1 < agenda->count) {
        size_t child = earliest_child(agenda, at);
        if (agenda->events[child].time_us >= last.time_us)
            break;
        agenda->events[at] = agenda->events[child];
        at = child;
    }
    agenda->events[at] = last;
    return true;
}
