/* SPDX-License-Identifier: Apache-2.0
 *
 * From lines to steps. See story.h. A line that repeats what is known (the queue manager's line at
 * each retry) or tells nothing to anybody (TLS) makes none.
 */
#include "watch/story_private.h"

#include "mail/address.h"
#include "mail/queue_id.h"
#include "mail/reply.h"
#include "model/summary.h"

/* ---- where a delivery went ---- */

/* The server that was spoken to, else the one that the failure names, else the recipient's. */
static void find_server(const struct story_work *work, struct story_step *step)
{
    struct reply reply;
    reply_parse(step->reply, &reply);
    if (step->relay_host.len == 0 || slice_eq(step->relay_host, SLICE("none"))) {
        step->relay_host = reply.host;
        step->relay_ip = reply.ip;
    }
    const struct provider_table *providers = work->sources->providers;
    step->provider = provider_of_host(providers, step->relay_host);
    if (step->provider == NULL && step->relay_host.len == 0)
        step->provider = provider_of_domain(providers, address_domain(step->to));
    step->repeats = reply.suspended;
}

static void classify(const struct story_work *work, const struct log_record *record,
                     struct story_step *step)
{
    struct reply_facts facts = {
        .text = step->reply,
        .dsn = step->dsn,
        .relay = log_record_get(record, LOG_FIELD_RELAY_HOST),
        .time_us = step->time_us,
    };
    struct verdict verdict;
    classifier_run(work->sources->classifier, &facts, &verdict);
    step->class = verdict.class;
    step->permanence = verdict.permanence;
    step->list = verdict.list;
    step->url = verdict.url;
}

/* ---- deliveries ---- */

static bool is_own_agent(enum log_program program)
{
    return program == LOG_PROGRAM_LOCAL || program == LOG_PROGRAM_VIRTUAL ||
           program == LOG_PROGRAM_PIPE || program == LOG_PROGRAM_LMTP;
}

/* It left this queue for another one of ours. Another server's `queued as` is believed to be ours
 * when its lines are here or its address is a private one and its name no provider's. */
static bool goes_on(const struct story_line *line, const struct story_step *step)
{
    if (line->leads_to != NULL && line->edge == TRACE_EDGE_NEXT)
        return true;
    return queue_id_is_valid(step->next_id) &&
           (slice_starts_with(step->reply, SLICE("forwarded as ")) ||
            (step->provider == NULL && trace_is_private(step->relay_ip)));
}

static enum story_step_kind kind_of_sent(const struct story_line *line,
                                         const struct story_step *step)
{
    enum log_program program = line->record.line.tag->program;
    if (program == LOG_PROGRAM_DISCARD)
        return STORY_DISCARDED;
    if (goes_on(line, step))
        return STORY_HANDED_ON;
    return is_own_agent(program) ? STORY_DELIVERED : STORY_SENT;
}

static enum story_step_kind kind_of_delivery(const struct story_line *line,
                                             const struct story_step *step)
{
    switch (delivery_status_from_word(log_record_get(&line->record, LOG_FIELD_STATUS))) {
    case DELIVERY_SENT:
        return kind_of_sent(line, step);
    case DELIVERY_BOUNCED:
        return STORY_BOUNCED;
    case DELIVERY_EXPIRED:
    case DELIVERY_FORCE_EXPIRED:
        return STORY_EXPIRED;
    case DELIVERY_DELIVERABLE:
    case DELIVERY_UNDELIVERABLE:
    case DELIVERY_UNDELIVERABLE_UNCACHED:
        return STORY_CHECKED;
    case DELIVERY_DEFERRED:
    case DELIVERY_SOFTBOUNCE:
    case DELIVERY_OTHER:
        break;
    }
    return STORY_DEFERRED;
}

static void make_delivery(const struct story_work *work, const struct story_line *line,
                          struct story_step *step)
{
    enum log_program program = line->record.line.tag->program;
    find_server(work, step);
    step->kind = kind_of_delivery(line, step);
    step->own = is_own_agent(program) && program != LOG_PROGRAM_LMTP;
    if (step->kind == STORY_DEFERRED || step->kind == STORY_BOUNCED || step->kind == STORY_EXPIRED)
        classify(work, &line->record, step);
    step->detail = log_record_get(&line->record, LOG_FIELD_STATUS);
}

/* ---- the other lines ---- */

static enum story_step_kind kind_of_supervised(struct slice action)
{
    if (slice_eq(action, SLICE("placed on hold")))
        return STORY_HELD;
    if (slice_eq(action, SLICE("released from hold")))
        return STORY_RELEASED;
    return slice_eq(action, SLICE("requeued")) ? STORY_REQUEUED : STORY_EXPIRY_ORDERED;
}

static enum story_step_kind kind_of_action(const struct story_line *line, struct slice action)
{
    if (line->hop->seen.is_mailbox)
        return STORY_SORTED;
    if (slice_ends_with(action, SLICE("hold")))
        return STORY_HELD;
    if (slice_ends_with(action, SLICE("discard")))
        return STORY_DISCARDED;
    return slice_ends_with(action, SLICE("redirect")) ? STORY_REDIRECTED : STORY_NOTED;
}

static bool is_first_queued(const struct story_line *line)
{
    for (const struct story_line *other = line->hop->lines; other < line; other++)
        if (other->record.kind == LOG_KIND_QUEUED)
            return false;
    return true;
}

static bool has_parent(const struct hop *hop)
{
    return hop->parent != NULL && hop->seen.is_notification == hop->parent->seen.is_notification;
}

/* What a line tells, if anything; kind_of_line says it closer. */
static const struct {
    bool tells;
    enum story_step_kind kind;
} kinds[] = {
    [LOG_KIND_CLIENT] = {true, STORY_ACCEPTED}, [LOG_KIND_PICKUP] = {true, STORY_SUBMITTED},
    [LOG_KIND_QUEUED] = {true, STORY_QUEUED},   [LOG_KIND_EXPIRED] = {true, STORY_EXPIRED},
    [LOG_KIND_REMOVED] = {true, STORY_REMOVED}, [LOG_KIND_REJECT] = {true, STORY_REJECTED},
    [LOG_KIND_ACTION] = {true, STORY_NOTED},    [LOG_KIND_ATTEMPT] = {true, STORY_SERVER_FAILED},
    [LOG_KIND_SUPERVISE] = {true, STORY_NOTED}, [LOG_KIND_NOTIFICATION] = {true, STORY_NOTIFIED},
    [LOG_KIND_SAVED] = {true, STORY_STORED},    [LOG_KIND_SAVE_FAILED] = {true, STORY_STORE_FAILED},
    [LOG_KIND_WARNING] = {true, STORY_NOTED},   [LOG_KIND_DELIVERY] = {true, STORY_SENT},
};

/* False: the line tells nothing. */
static bool kind_of_line(const struct story_line *line, enum story_step_kind *out)
{
    const struct log_record *record = &line->record;
    if (record->kind >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[record->kind].tells)
        return false;
    *out = kinds[record->kind].kind;
    struct slice action = log_record_get(record, LOG_FIELD_ACTION);
    bool birth = record->kind == LOG_KIND_CLIENT || record->kind == LOG_KIND_PICKUP;
    if (birth && has_parent(line->hop))
        *out = STORY_REENTERED;
    else if (record->kind == LOG_KIND_SUPERVISE)
        *out = kind_of_supervised(action);
    else if (record->kind == LOG_KIND_ACTION)
        *out = kind_of_action(line, action);
    else if (line->hop->deleted && record->kind == LOG_KIND_REMOVED)
        *out = STORY_DELETED;
    return record->kind != LOG_KIND_QUEUED || is_first_queued(line);
}

static struct slice source_of(const struct log_tag *tag)
{
    return tag->service.len > 0 ? tag->service : tag->instance;
}

static struct slice detail_of(const struct log_record *record)
{
    static const enum log_field fields[] = {LOG_FIELD_MAILBOX, LOG_FIELD_DETAIL, LOG_FIELD_ACTION,
                                            LOG_FIELD_WARNING, LOG_FIELD_STATUS};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (log_record_get(record, fields[i]).len > 0)
            return record->field[fields[i]];
    return log_record_get(record, LOG_FIELD_REASON);
}

static struct story_step *make_step(const struct story_work *work, const struct story_line *line,
                                    enum story_step_kind kind)
{
    const struct log_record *record = &line->record;
    struct story_step *step = STORY_NEW(work, struct story_step);
    *step = (struct story_step){
        .time_us = line->time_us,
        .kind = kind,
        .hop = &line->hop->seen,
        .next = line->leads_to ? &line->leads_to->seen : NULL,
        .to = log_record_get(record, LOG_FIELD_TO),
        .orig_to = log_record_get(record, LOG_FIELD_ORIG_TO),
        .client_name = log_record_get(record, LOG_FIELD_CLIENT_NAME),
        .client_ip = log_record_get(record, LOG_FIELD_CLIENT_IP),
        .login = log_record_get(record, LOG_FIELD_SASL_USERNAME),
        .helo = log_record_get(record, LOG_FIELD_HELO),
        .from = log_record_get(record, LOG_FIELD_FROM),
        .source = source_of(record->line.tag),
        .relay_host = log_record_get(record, LOG_FIELD_RELAY_HOST),
        .relay_ip = log_record_get(record, LOG_FIELD_RELAY_IP),
        .reply = log_record_get(record, LOG_FIELD_REASON),
        .code = log_record_get(record, LOG_FIELD_CODE),
        .dsn = log_record_get(record, LOG_FIELD_DSN),
        .next_id = log_record_get(record, LOG_FIELD_NEXT_ID),
        .detail = detail_of(record),
        .full_since_us = full_mailboxes_since(work->story->found.full, record, line->time_us),
        .line = record->line.raw,
    };
    if (record->kind == LOG_KIND_NOTIFICATION)
        step->next_id = log_record_get(record, LOG_FIELD_BOUNCE_ID);
    return step;
}

void story_steps_make(const struct story_work *work, struct hop *hop)
{
    for (size_t i = 0; i < hop->line_count; i++) {
        struct story_line *line = &hop->lines[i];
        enum story_step_kind kind;
        if (!kind_of_line(line, &kind))
            continue;
        line->step = make_step(work, line, kind);
        if (line->record.kind == LOG_KIND_DELIVERY)
            make_delivery(work, line, line->step);
        else if (line->record.kind == LOG_KIND_ATTEMPT)
            find_server(work, line->step);
    }
}
