/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums by the hour to the older part of a report. See hour_sums.h.
 */
#include "watch/hour_sums.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/intern.h"

static const int64_t HOUR_US = INT64_C(3600) * US_PER_SECOND;

struct sum_list {
    struct intern *keys;
    struct summary_path *rows; /* by the number of the key; names are in `names` of the whole */
    uint32_t capacity;
};

enum list { PROVIDERS, SOURCES, PATHS };
#define LISTS 3

struct hour_sums {
    struct sum_list lists[LISTS];
    struct intern *names;
    struct summary_path all;
    struct buf key;
};

struct hour_sums *hour_sums_new(void)
{
    struct hour_sums *sums = MEM_NEW(struct hour_sums);
    for (size_t i = 0; i < LISTS; i++)
        sums->lists[i].keys = intern_new(HOUR_SUMS_NAMES);
    sums->names = intern_new(3 * HOUR_SUMS_NAMES); /* a path brings three at most */
    return sums;
}

void hour_sums_free(struct hour_sums *sums)
{
    if (sums == NULL)
        return;
    for (size_t i = 0; i < LISTS; i++) {
        intern_free(sums->lists[i].keys);
        mem_free(sums->lists[i].rows);
    }
    intern_free(sums->names);
    buf_done(&sums->key);
    mem_free(sums);
}

static void add_hour(struct summary_path *row, const struct history_hour *hour)
{
    enum reply_class class;
    row->attempts.total += hour->attempts;
    row->attempts.sent += hour->sent;
    row->attempts.deferred += hour->deferred;
    row->attempts.bounced += hour->bounced;
    row->outcomes.expired += hour->expired;
    if (reply_class_from_word(hour->class, &class))
        row->classes[class] += hour->deferred + hour->bounced;
    if (row->last_us == 0 || hour->begin_us < row->first_us)
        row->first_us = hour->begin_us;
    if (row->last_us == 0 || hour->begin_us + HOUR_US > row->last_us)
        row->last_us = hour->begin_us + HOUR_US;
}

static struct slice keep_name(struct hour_sums *sums, struct slice name)
{
    return name.len ? intern_get(sums->names, intern_id(sums->names, name)) : name;
}

/* The row of these names, made if new. */
static struct summary_path *row_of(struct hour_sums *sums, enum list which,
                                   const struct history_hour *about)
{
    struct sum_list *list = &sums->lists[which];
    const struct slice names[] = {about->relay, about->source, about->provider};
    buf_clear(&sums->key);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        buf_add(&sums->key, names[i]);
        buf_add_char(&sums->key, '\0');
    }
    uint32_t id = intern_id(list->keys, buf_slice(&sums->key));
    if (id >= list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 64;
        list->rows = mem_resize(list->rows, capacity, sizeof(*list->rows));
        for (uint32_t i = list->capacity; i < capacity; i++)
            list->rows[i] = (struct summary_path){.last_us = 0};
        list->capacity = capacity;
    }
    struct summary_path *row = &list->rows[id];
    if (id != INTERN_OTHER && row->last_us == 0) {
        row->relay = keep_name(sums, about->relay);
        row->source = keep_name(sums, about->source);
        row->provider = keep_name(sums, about->provider);
    }
    return row;
}

void hour_sums_take(struct hour_sums *sums, const struct history_hour *hour)
{
    const struct history_hour provider = {.provider = hour->provider},
                              source = {.relay = hour->relay, .source = hour->source};
    add_hour(&sums->all, hour);
    add_hour(row_of(sums, PROVIDERS, &provider), hour);
    add_hour(row_of(sums, SOURCES, &source), hour);
    add_hour(row_of(sums, PATHS, hour), hour);
}

/* ---- the finished list ---- */

static int most_first(const void *left, const void *right)
{
    const struct summary_path *a = left, *b = right;
    if (a->attempts.total != b->attempts.total)
        return a->attempts.total < b->attempts.total ? 1 : -1;
    int order = slice_cmp(a->provider, b->provider);
    order = order ? order : slice_cmp(a->relay, b->relay);
    return order ? order : slice_cmp(a->source, b->source);
}

static struct slice copy_name(struct arena *arena, struct slice name)
{
    return slice_of(arena_copy(arena, name.ptr, name.len), name.len);
}

static struct summary_path *copy_list(const struct sum_list *list, struct arena *arena,
                                      size_t *count)
{
    struct summary_path *rows = arena_alloc(arena, (list->capacity + 1) * sizeof(*rows));
    *count = 0;
    for (uint32_t i = 0; i < list->capacity; i++) {
        if (list->rows[i].last_us == 0)
            continue;
        struct summary_path *row = &rows[(*count)++];
        *row = list->rows[i];
        row->relay = copy_name(arena, row->relay);
        row->source = copy_name(arena, row->source);
        row->provider = copy_name(arena, row->provider);
    }
    qsort(rows, *count, sizeof(*rows), most_first);
    return rows;
}

void hour_sums_fill(const struct hour_sums *sums, struct summary *summary)
{
    const struct sum_list *lists = sums->lists;
    struct summary_older *older = &summary->older;
    *older = (struct summary_older){
        .since_us = sums->all.first_us,
        .until_us = sums->all.last_us,
        .attempts = sums->all.attempts,
        .expired = sums->all.outcomes.expired,
    };
    older->providers = copy_list(&lists[PROVIDERS], summary->arena, &older->provider_count);
    older->sources = copy_list(&lists[SOURCES], summary->arena, &older->source_count);
    older->paths = copy_list(&lists[PATHS], summary->arena, &older->path_count);
}
