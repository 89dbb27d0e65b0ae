/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines by time. See event_list.h.
 */
#include "event_list.h"

#include <stdlib.h>

#include "base/civil.h"
#include "base/memory.h"

void event_list_done(struct event_list *list)
{
    mem_free(list->items);
    buf_done(&list->text);
}

void event_list_add(struct event_list *list, int64_t time_us, struct slice line)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 256;
        list->items = mem_resize(list->items, list->capacity, sizeof(struct event));
    }
    list->items[list->count] = (struct event){time_us, list->count, list->text.len, line.len};
    list->count++;
    buf_add(&list->text, line);
}

void event_list_add_stamped(struct event_list *list, int64_t time_us, struct slice rest)
{
    char whole[24];
    CLEANUP_BUF struct buf line = {0};
    civil_format_utc(time_us, whole);
    buf_addf(&line, "%.19s.%06d+00:00 ", whole, (int)(time_us % US_PER_SECOND));
    buf_add(&line, rest);
    event_list_add(list, time_us, buf_slice(&line));
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void event_list_sort(struct event_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(struct event), by_time);
}

struct slice event_list_line(const struct event_list *list, size_t index)
{
    return slice_of(list->text.ptr + list->items[index].offset, list->items[index].len);
}
