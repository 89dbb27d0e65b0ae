/* SPDX-License-Identifier: Apache-2.0
 *
 * The correlator. See correlator.h for what it promises and docs/guide/correlation.md for the edges
 * it follows. Peer documents: Postfix src/qmgr/qmgr_active.c, src/global/log_adhoc.c,
 * QSHAPE_README.
 */
#include "watch/correlator_private.h"

#include "base/civil.h"
#include "base/intern.h"
#include "base/memory.h"
#include "watch/delivery_facts.h"

#define LOGINS_MAX 200000
#define GENERATIONS_MAX 16 /* of one id within the linger time */
#define DUPLICATE_BIRTH_US US_PER_SECOND

struct correlator *correlator_new(const struct correlator_limits *limits,
                                  const struct correlator_sink *sink)
{
    struct correlator *correlator = MEM_NEW(struct correlator);
    correlator->limits = *limits;
    correlator->sink = *sink;
    correlator->table = open_table_new();
    correlator->finder = message_finder_new(correlator->table);
    correlator->hops = message_hops_new(correlator->table, sink->reinjected, sink->data);
    correlator->logins = intern_new(LOGINS_MAX);
    correlator->now_us = correlator->again_us = STAMP_NONE;
    correlator->settle_before_us = INT64_MIN;
    return correlator;
}

void correlator_free(struct correlator *correlator)
{
    if (correlator == NULL)
        return;
    message_hops_free(correlator->hops);
    message_finder_free(correlator->finder);
    open_table_free(correlator->table);
    intern_free(correlator->logins);
    mem_free(correlator);
}

/* As of when a message has had the line at hand. */
static int64_t line_us(const struct correlator *correlator)
{
    return correlator->again_us != STAMP_NONE ? correlator->again_us : correlator->now_us;
}

struct slice correlator_host(const struct correlator *correlator, uint32_t host)
{
    return message_finder_host(correlator->finder, host);
}

struct slice correlator_login(const struct correlator *correlator, uint32_t login)
{
    return login == 0 ? (struct slice){NULL, 0} : intern_get(correlator->logins, login);
}

const struct intern *correlator_hosts(const struct correlator *correlator)
{
    return message_finder_hosts(correlator->finder);
}

uint32_t correlator_add_login(struct correlator *correlator, struct slice login)
{
    return intern_id(correlator->logins, login);
}

uint32_t correlator_find_login(const struct correlator *correlator, struct slice login)
{
    return intern_find(correlator->logins, login);
}

int64_t correlator_now(const struct correlator *correlator)
{
    return correlator->now_us;
}

uint64_t correlator_messages(const struct correlator *correlator)
{
    return correlator->messages;
}

uint32_t correlator_open(const struct correlator *correlator)
{
    return open_table_count_open(correlator->table);
}

uint64_t correlator_flushed(const struct correlator *correlator)
{
    return correlator->flushed;
}

uint64_t correlator_logins_left_out(const struct correlator *correlator)
{
    return intern_overflows(correlator->logins);
}

/* ---- life of a message ---- */

/* It ended; it stays for late lines, unless more have ended in that time than may be open. */
static void close_message(struct correlator *correlator, struct message *message)
{
    message->line = correlator->line;
    open_table_close(correlator->table, message);
    correlator_make_room(correlator);
}

/* An id that is born again and again under one stamp is hostile or a loop: the oldest makes room.
 */
static void bound_generations(struct correlator *correlator, uint64_t id_hash)
{
    uint32_t count = 0, place = 0;
    struct message *oldest = NULL, *m;
    while ((m = open_table_next(correlator->table, id_hash, &place)) != NULL) {
        oldest = m;
        count++;
    }
    if (count >= GENERATIONS_MAX)
        correlator_end(correlator, oldest, LEAVE_FOR_ROOM);
}

static struct message *begin_message(struct correlator *correlator, const struct line_owner *owner)
{
    if (open_table_count_open(correlator->table) >= correlator->limits.max_open) {
        correlator->flushed++;
        correlator_end(correlator, open_table_oldest_open(correlator->table), LEAVE_FOR_ROOM);
    }
    bound_generations(correlator, owner->id_hash);
    struct message *message = open_table_add(correlator->table, owner->id_hash);
    message->host = owner->host;
    message->begin_us = message->touch_us = message->listed_us = line_us(correlator);
    correlator->messages++;
    message_hops_begin(correlator->hops, message);
    return message;
}

/* Whether a line about a known id begins a new generation. A message is born once, names its
 * Message-ID before it is queued, and is queued before it is removed; what comes in another order
 * is of the next message under this id, unless it is the same line twice, or a birth that comes
 * late. */
static bool is_new_generation(const struct correlator *correlator, const struct message *message,
                              const struct log_record *record, bool birth)
{
    bool fresh = llabs(line_us(correlator) - message->begin_us) < DUPLICATE_BIRTH_US;
    if (fresh && message->born && !message->closed)
        return false;
    if (birth) {
        bool late = message->closed && record->line.time_us <= message->touch_us;
        return message->born || (!late && (message->closed || message->recipient_count > 0));
    }
    if (record->kind == LOG_KIND_MESSAGE_ID)
        return message->mail_hash != 0 && (message->closed || message->queued);
    return record->kind == LOG_KIND_QUEUED && message->closed && message->queued;
}

static struct message *message_of(struct correlator *correlator, const struct log_record *record)
{
    struct line_owner owner = message_finder_owner(correlator->finder, record);
    struct message *message = message_finder_find(correlator->finder, &owner);
    if (message != NULL && is_new_generation(correlator, message, record, owner.birth)) {
        if (!message->closed)
            close_message(correlator, message);
        message = NULL;
    }
    if (message == NULL)
        message = begin_message(correlator, &owner);
    message_finder_note(correlator->finder, message, &owner);
    if (!message->closed) {
        message->touch_us = line_us(correlator);
        message->line = correlator->line;
    }
    return message;
}

static void note(const struct correlator *correlator, struct message *message,
                 const struct log_record *record)
{
    if (correlator->sink.noted != NULL)
        correlator->sink.noted(correlator->sink.data, message, record);
}

static void take_birth(struct correlator *correlator, const struct log_record *record)
{
    struct message *message = message_of(correlator, record);
    message->born = true;
    note(correlator, message, record);
    struct slice login = log_record_get(record, LOG_FIELD_SASL_USERNAME);
    if (login.len > 0)
        message->login = intern_id(correlator->logins, login);
    message->client = (uint32_t)slice_hash(log_record_get(record, LOG_FIELD_CLIENT_IP));
    struct slice origin = log_record_get(record, LOG_FIELD_ORIG_QUEUE_ID);
    if (origin.len == 0)
        return;
    const struct message *from = message_hops_origin(correlator->hops, slice_hash(origin), message);
    if (from == NULL)
        return;
    message->continued = true;
    if (message->login == 0)
        message->login = from->login;
}

static void take_message_id(struct correlator *correlator, const struct log_record *record)
{
    struct message *message = message_of(correlator, record);
    note(correlator, message, record);
    if (message->mail_hash == 0)
        message->mail_hash = slice_hash(log_record_get(record, LOG_FIELD_MESSAGE_ID)) | 1;
}

static void take_queued(struct correlator *correlator, const struct log_record *record)
{
    struct message *message = message_of(correlator, record);
    uint64_t count;
    if (slice_to_u64(log_record_get(record, LOG_FIELD_NRCPT), UINT32_MAX, &count))
        message->expected =
            message->queued && message->expected > count ? message->expected : (uint32_t)count;
    message->null_sender =
        log_record_has(record, LOG_FIELD_FROM) && record->field[LOG_FIELD_FROM].len == 0;
    note(correlator, message, record);
    bool first = !message->queued;
    message->queued = true;
    if (first && message->login != 0 && !message->continued)
        correlator->sink.accepted(correlator->sink.data, message, correlator->now_us);
}

static void take_removed(struct correlator *correlator, const struct log_record *record)
{
    struct line_owner owner = message_finder_owner(correlator->finder, record);
    struct message *message = message_finder_find(correlator->finder, &owner);
    if (message == NULL || message->closed)
        return;
    message->ordered_end |= record->line.tag->program == LOG_PROGRAM_POSTSUPER;
    message->touch_us = line_us(correlator);
    close_message(correlator, message);
}

/* postsuper -r: goes on under the id that pickup's orig_id= line will name. */
static void take_requeued(struct correlator *correlator, struct message *message)
{
    struct recipient *all = message_recipients(message);
    for (uint32_t i = 0; i < message->recipient_count; i++)
        if (all[i].state == RECIPIENT_WAITING)
            all[i].state = RECIPIENT_MOVED;
    message->expected = 0;
    message->touch_us = line_us(correlator);
    if (!message->closed)
        close_message(correlator, message);
}

static void take_supervise(struct correlator *correlator, const struct log_record *record)
{
    if (slice_eq(log_record_get(record, LOG_FIELD_ACTION), SLICE("requeued")))
        take_requeued(correlator, message_of(correlator, record));
}

/* It ends before the queue manager ever saw it. */
static void end_unqueued(struct correlator *correlator, struct message *message)
{
    if (message->queued || message->closed)
        return;
    message->touch_us = line_us(correlator);
    close_message(correlator, message);
}

/* A message that smtpd or cleanup refused after its id was born never reaches the queue. */
static void take_refused(struct correlator *correlator, const struct log_record *record)
{
    struct slice stage = log_record_get(record, LOG_FIELD_STAGE);
    if (slice_eq(stage, SLICE("END-OF-MESSAGE")) || slice_eq(stage, SLICE("header")) ||
        slice_eq(stage, SLICE("body")) || slice_eq(stage, SLICE("DATA")))
        end_unqueued(correlator, message_of(correlator, record));
}

/* DISCARD by a policy, a milter or a header check: taken in, and dropped in silence. */
static void take_action(struct correlator *correlator, const struct log_record *record)
{
    if (!slice_ends_with(log_record_get(record, LOG_FIELD_ACTION), SLICE("discard")))
        return;
    struct message *message = message_of(correlator, record);
    message->ordered_end = true;
    end_unqueued(correlator, message);
}

/* ---- delivery records ---- */

/* The id under which a delivered message goes on with us, or NULL. */
static struct message *next_message(const struct correlator *correlator,
                                    const struct log_record *record, const struct message *self)
{
    struct slice next = log_record_get(record, LOG_FIELD_NEXT_ID);
    return next.len == 0 ? NULL : message_hops_next(correlator->hops, slice_hash(next), self);
}

static bool is_probe(enum delivery_status status)
{
    return status == DELIVERY_DELIVERABLE || status == DELIVERY_UNDELIVERABLE ||
           status == DELIVERY_UNDELIVERABLE_UNCACHED;
}

static enum recipient_state state_after(enum delivery_status status)
{
    if (status == DELIVERY_SENT)
        return RECIPIENT_SENT;
    return status == DELIVERY_BOUNCED ? RECIPIENT_BOUNCED : RECIPIENT_WAITING;
}

static enum attempt_exclusion exclusion_of(const struct correlator *correlator,
                                           const struct attempt *attempt,
                                           const struct recipient *recipient, struct message **next)
{
    const struct log_record *record = attempt->record;
    if (is_probe(attempt->status))
        return ATTEMPT_PROBE;
    if (record->line.tag->program == LOG_PROGRAM_DISCARD)
        return ATTEMPT_DISCARDED;
    if (recipient->state != RECIPIENT_WAITING || delivery_is_suspended(record))
        return ATTEMPT_REPEATED;
    if (attempt->status != DELIVERY_SENT)
        return ATTEMPT_COUNTS;
    *next = next_message(correlator, record, attempt->message);
    return *next != NULL || delivery_is_forward(record) ? ATTEMPT_REINJECTED : ATTEMPT_COUNTS;
}

static void mark_recipient(struct recipient *recipient, const struct attempt *attempt,
                           struct attempt_mark mark)
{
    if (attempt->exclusion != ATTEMPT_REPEATED || recipient->attempts == 0)
        recipient->path = mark.path;
    if (attempt->status != DELIVERY_SENT)
        recipient->class = (uint8_t)mark.class;
    recipient->is_local = attempt->record->line.tag->program == LOG_PROGRAM_LOCAL;
    if (attempt->exclusion == ATTEMPT_COUNTS && recipient->attempts < UINT16_MAX)
        recipient->attempts++;
}

/* Brings the recipient to the state that the record tells. */
static void advance(struct message *message, struct recipient *recipient,
                    const struct attempt *attempt, struct message *next)
{
    recipient->delay_s = attempt->delay_s;
    switch (attempt->exclusion) {
    case ATTEMPT_REINJECTED:
        recipient->state = RECIPIENT_MOVED;
        if (next != NULL)
            message_hops_pass_on(message, next, (double)recipient->delay_s);
        break;
    case ATTEMPT_DISCARDED:
        recipient->state = RECIPIENT_DISCARDED;
        break;
    case ATTEMPT_COUNTS:
        recipient->state = (uint8_t)state_after(attempt->status);
        if (attempt->status == DELIVERY_SENT && log_record_has(attempt->record, LOG_FIELD_NEXT_ID))
            recipient->next_id = slice_hash(attempt->record->field[LOG_FIELD_NEXT_ID]);
        break;
    case ATTEMPT_PROBE:
        recipient->state = RECIPIENT_MOVED; /* no mail: no outcome */
        break;
    case ATTEMPT_REPEATED:
        break;
    }
}

static void take_delivery(struct correlator *correlator, const struct log_record *record)
{
    enum delivery_status status =
        delivery_status_from_word(log_record_get(record, LOG_FIELD_STATUS));
    if (record->cut && status == DELIVERY_OTHER)
        return; /* broken off before it said how it ended */
    struct message *message = message_of(correlator, record);
    if (message->note == 0)
        note(correlator, message, record);
    uint64_t hash = delivery_recipient_hash(record);
    struct recipient *recipient = message_recipient(message, hash);
    if (recipient == NULL)
        recipient = message_add_recipient(message, hash);
    struct attempt attempt = {
        .record = record,
        .message = message,
        .recipient = recipient,
        .status = status,
        .time_us = correlator->now_us,
        .delay_s = delivery_delay_s(record),
    };
    struct message *next = NULL;
    attempt.exclusion = exclusion_of(correlator, &attempt, recipient, &next);
    bool was_final = recipient->state != RECIPIENT_WAITING;
    struct attempt_mark mark = correlator->sink.attempt(correlator->sink.data, &attempt);
    if (was_final)
        return;
    mark_recipient(recipient, &attempt, mark);
    advance(message, recipient, &attempt, next);
    message_hops_await(correlator->hops, message, recipient->next_id);
}

/* ---- records ---- */

void correlator_take(struct correlator *correlator, const struct log_record *record, int64_t now_us)
{
    /* Back by more than lines come late: the caller found that the time before was wrong. */
    if (now_us > correlator->now_us || now_us < correlator->now_us - CLOCK_WRONG_US) {
        correlator->now_us = now_us;
        correlator_retire(correlator);
    }
    if (record->line.queue_id.len == 0)
        return;
    switch (record->kind) {
    case LOG_KIND_DELIVERY:
        take_delivery(correlator, record);
        break;
    case LOG_KIND_QUEUED:
        take_queued(correlator, record);
        break;
    case LOG_KIND_REMOVED:
        take_removed(correlator, record);
        break;
    case LOG_KIND_CLIENT:
    case LOG_KIND_PICKUP:
        take_birth(correlator, record);
        break;
    case LOG_KIND_EXPIRED:
        message_of(correlator, record)->expired = true;
        break;
    case LOG_KIND_MESSAGE_ID:
        take_message_id(correlator, record);
        break;
    case LOG_KIND_REJECT:
        take_refused(correlator, record);
        break;
    case LOG_KIND_SUPERVISE:
        take_supervise(correlator, record);
        break;
    case LOG_KIND_ACTION:
        take_action(correlator, record);
        break;
    case LOG_KIND_UNKNOWN:
    case LOG_KIND_NOTIFICATION:
    case LOG_KIND_CONNECT:
    case LOG_KIND_DISCONNECT:
    case LOG_KIND_LOST:
    case LOG_KIND_PROXY_ACCEPT:
    case LOG_KIND_LOGIN:
    case LOG_KIND_LOGIN_FAILED:
    case LOG_KIND_LOGOUT:
    case LOG_KIND_SAVED:
    case LOG_KIND_SAVE_FAILED:
    case LOG_KIND_ATTEMPT:
    case LOG_KIND_SCREEN:
    case LOG_KIND_TLS:
    case LOG_KIND_STATISTICS:
    case LOG_KIND_SERVICE:
    case LOG_KIND_WARNING:
        break;
    }
}
