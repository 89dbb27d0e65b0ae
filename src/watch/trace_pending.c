/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders without a queue id. See trace_pending.h. Postfix src/smtpd/smtpd_check.c: log_whatsup
 * writes them before smtpd_proxy or mail_open_stream has given the message its id.
 */
#include "watch/trace_pending.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/memory.h"

#define PENDING_MAX 64
#define PENDING_US (300 * US_PER_SECOND)

struct pending_action {
    bool waits;
    uint64_t process; /* hash of host, tag and pid */
    int64_t time_us;
    unsigned mark;
    struct buf line;
    const struct pending_action *next; /* claimed together */
};

struct trace_pending {
    struct pending_action ring[PENDING_MAX];
    size_t at, waiting;
};

struct trace_pending *trace_pending_new(void)
{
    return MEM_NEW(struct trace_pending);
}

void trace_pending_free(struct trace_pending *pending)
{
    if (pending == NULL)
        return;
    for (size_t i = 0; i < PENDING_MAX; i++)
        buf_done(&pending->ring[i].line);
    mem_free(pending);
}

void trace_pending_clear(struct trace_pending *pending)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        pending->ring[i].waits = false;
    pending->waiting = 0;
}

static bool changes_fate(struct slice action)
{
    static const struct slice words[] = {{"discard", 7},         {"hold", 4}, {"redirect", 8},
                                         {"milter-discard", 14}, {"bcc", 3},  {"milter-hold", 11},
                                         {"filter", 6}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq(action, words[i]))
            return true;
    return false;
}

static uint64_t process_of(const struct log_record *record)
{
    const struct log_line *line = &record->line;
    return (slice_hash(line->host) * 31 + slice_hash(line->tag->text)) * 31 + slice_hash(line->pid);
}

void trace_pending_take(struct trace_pending *pending, const struct log_record *record,
                        int64_t time_us, unsigned mark)
{
    if (!record->line.noqueue || record->kind != LOG_KIND_ACTION ||
        !changes_fate(log_record_get(record, LOG_FIELD_ACTION)))
        return;
    struct pending_action *action = &pending->ring[pending->at++ % PENDING_MAX];
    pending->waiting += !action->waits;
    action->waits = true;
    action->process = process_of(record);
    action->time_us = time_us;
    action->mark = mark;
    buf_clear(&action->line);
    buf_add(&action->line, record->line.raw);
}

const struct pending_action *trace_pending_claim(struct trace_pending *pending,
                                                 const struct log_record *record, int64_t time_us)
{
    if (pending->waiting == 0 || record->kind != LOG_KIND_CLIENT)
        return NULL;
    uint64_t process = process_of(record);
    const struct pending_action *first = NULL;
    for (size_t i = 1; i <= PENDING_MAX; i++) { /* newest first: the oldest heads the list */
        struct pending_action *action = &pending->ring[(pending->at - i) % PENDING_MAX];
        if (!action->waits || action->process != process ||
            llabs(time_us - action->time_us) > PENDING_US)
            continue;
        action->waits = false;
        pending->waiting--;
        action->next = first;
        first = action;
    }
    return first;
}

const struct pending_action *trace_pending_next(const struct pending_action *action)
{
    return action->next;
}

struct slice trace_pending_line(const struct pending_action *action)
{
    return buf_slice(&action->line);
}

unsigned trace_pending_mark(const struct pending_action *action)
{
    unsigned marks = 0;
    for (; action != NULL; action = action->next)
        marks |= action->mark;
    return marks;
}
