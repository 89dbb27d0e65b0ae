/* SPDX-License-Identifier: Apache-2.0
 *
 * From lines to hops. See story_private.h. Lines of one id are put in order of time first, since a
 * syslog daemon may bring them late; equal times stay as they were read.
 */
#include "watch/story_private.h"

#include <stdlib.h>

#include "base/civil.h"
#include "mail/queue_id.h"

#define DUPLICATE_BIRTH_US US_PER_SECOND
#define LINGER_US (60 * US_PER_SECOND)
#define IDLE_US (7 * SECONDS_PER_DAY * US_PER_SECOND)

/* ---- lines ---- */

static int by_hop(const void *a, const void *b)
{
    const struct story_line *x = a, *y = b;
    int order = slice_cmp(x->id, y->id);
    if (order == 0)
        order = slice_cmp(x->record.line.host, y->record.line.host);
    if (order != 0)
        return order;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void parse_lines(struct story_work *work)
{
    const struct trace_found *found = &work->story->found;
    work->lines = STORY_NEW_ARRAY(work, struct story_line, found->line_count);
    work->line_count = found->line_count;
    for (size_t i = 0; i < found->line_count; i++) {
        struct story_line *line = &work->lines[i];
        line->time_us = found->lines[i].time_us;
        line->id = found->lines[i].id;
        line->order = i;
        log_record_parse(work->story->parser, found->lines[i].raw, &line->record);
    }
    qsort(work->lines, work->line_count, sizeof(work->lines[0]), by_hop);
}

/* ---- where a hop ends ---- */

static bool is_birth(const struct log_record *record)
{
    return record->kind == LOG_KIND_CLIENT || record->kind == LOG_KIND_PICKUP;
}

static bool is_over(const struct hop *hop)
{
    return hop->removed || hop->requeued;
}

static bool same_recipient(const struct story_line *a, const struct story_line *b)
{
    return slice_eq(log_record_get(&a->record, LOG_FIELD_TO),
                    log_record_get(&b->record, LOG_FIELD_TO));
}

/* A message is born once, names its Message-ID before it is queued and is queued before it is
 * removed. */
static bool begins_another(const struct hop *hop, const struct story_line *line)
{
    enum log_kind kind = line->record.kind;
    int64_t gap = line->time_us - hop->seen.last_us;
    if (hop->seen.is_mailbox)
        return gap > LINGER_US || !same_recipient(hop->lines, line);
    if (queue_id_is_long(line->id))
        return false;
    if (gap > IDLE_US || (is_over(hop) && gap > LINGER_US))
        return true;
    if (hop->born && !is_over(hop) && line->time_us - hop->seen.first_us < DUPLICATE_BIRTH_US)
        return false;
    if (is_birth(&line->record))
        return hop->born || is_over(hop) || hop->tried;
    if (kind == LOG_KIND_MESSAGE_ID)
        return hop->message_id.len > 0 && (is_over(hop) || hop->queued);
    return kind == LOG_KIND_QUEUED && is_over(hop) && hop->queued;
}

/* ---- what a line says about its hop ---- */

static void take_field(struct slice *to, const struct log_record *record, enum log_field field)
{
    if (to->len == 0)
        *to = log_record_get(record, field);
}

static void take_birth(struct hop *hop, const struct log_record *record)
{
    hop->born = true;
    take_field(&hop->login, record, LOG_FIELD_SASL_USERNAME);
    take_field(&hop->client_name, record, LOG_FIELD_CLIENT_NAME);
    take_field(&hop->client_ip, record, LOG_FIELD_CLIENT_IP);
}

static void take_from(struct hop *hop, const struct log_record *record)
{
    if (!log_record_has(record, LOG_FIELD_FROM) || hop->has_from)
        return;
    hop->has_from = true;
    hop->from = record->field[LOG_FIELD_FROM];
}

static void take_queued(struct hop *hop, const struct log_record *record)
{
    uint64_t expected;
    hop->queued = true;
    slice_to_u64(log_record_get(record, LOG_FIELD_SIZE), INT64_MAX, &hop->size);
    if (slice_to_u64(log_record_get(record, LOG_FIELD_NRCPT), UINT32_MAX, &expected) &&
        expected > hop->expected)
        hop->expected = expected;
}

/* `placed on hold`, `released from hold`, `requeued`, `expired` */
static void take_supervised(struct hop *hop, struct slice action)
{
    hop->requeued |= slice_eq(action, SLICE("requeued"));
    if (slice_eq(action, SLICE("placed on hold")))
        hop->held = true;
    if (slice_eq(action, SLICE("released from hold")))
        hop->held = false;
}

static void take_action(struct hop *hop, struct slice action)
{
    hop->discarded |= slice_ends_with(action, SLICE("discard"));
    hop->held |= slice_ends_with(action, SLICE("hold"));
}

/* A recipient's refusal (RCPT) leaves the message to the others. */
static void take_reject(struct hop *hop, struct slice stage)
{
    hop->rejected |= !slice_eq(stage, SLICE("RCPT"));
}

static void take_line(struct hop *hop, const struct log_record *record)
{
    struct slice action = log_record_get(record, LOG_FIELD_ACTION);
    if (is_birth(record))
        take_birth(hop, record);
    else if (record->kind == LOG_KIND_MESSAGE_ID)
        take_field(&hop->message_id, record, LOG_FIELD_MESSAGE_ID);
    else if (record->kind == LOG_KIND_QUEUED)
        take_queued(hop, record);
    else if (record->kind == LOG_KIND_SUPERVISE)
        take_supervised(hop, action);
    else if (record->kind == LOG_KIND_ACTION && !hop->seen.is_mailbox)
        take_action(hop, action);
    else if (record->kind == LOG_KIND_REJECT)
        take_reject(hop, log_record_get(record, LOG_FIELD_STAGE));
    hop->tried |= record->kind == LOG_KIND_DELIVERY;
    hop->expired |= record->kind == LOG_KIND_EXPIRED;
    hop->removed |= record->kind == LOG_KIND_REMOVED;
    hop->deleted |=
        record->kind == LOG_KIND_REMOVED && record->line.tag->program == LOG_PROGRAM_POSTSUPER;
    take_from(hop, record);
}

/* ---- cutting ---- */

static int64_t host_last_us(const struct trace_found *found, struct slice host)
{
    if (found->hosts_covered)
        return found->last_us;
    for (size_t i = 0; i < found->host_count; i++)
        if (slice_eq(found->hosts[i].name, host))
            return found->hosts[i].last_us;
    return found->last_us;
}

static void begin_hop(struct story_work *work, struct story_line *line)
{
    struct hop *hop = &work->hops[work->hop_count++];
    hop->lines = line;
    hop->group = hop;
    hop->seen = (struct story_hop){
        .host = line->record.line.host,
        .queue_id = line->id,
        .is_mailbox = trace_is_mailbox(&line->record),
        .first_us = line->time_us,
        .last_us = line->time_us,
        .host_last_us = host_last_us(&work->story->found, line->record.line.host),
    };
}

static bool same_place(const struct hop *hop, const struct story_line *line)
{
    return slice_eq(hop->seen.queue_id, line->id) &&
           slice_eq(hop->seen.host, line->record.line.host);
}

void story_hops_cut(struct story_work *work)
{
    parse_lines(work);
    work->hops = STORY_NEW_ARRAY(work, struct hop, work->line_count);
    struct hop *hop = NULL;
    for (size_t i = 0; i < work->line_count; i++) {
        struct story_line *line = &work->lines[i];
        if (hop == NULL || !same_place(hop, line) || begins_another(hop, line)) {
            begin_hop(work, line);
            hop = &work->hops[work->hop_count - 1];
        }
        line->hop = hop;
        hop->line_count++;
        hop->seen.last_us = line->time_us;
        hop->match |= trace_search_match(work->sources->search, &line->record, line->time_us);
        take_line(hop, &line->record);
    }
}
