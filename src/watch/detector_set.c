/* SPDX-License-Identifier: Apache-2.0
 *
 * From records to the facts of each detector. See detector_set.h.
 */
#include "watch/detector_set.h"

#include "base/buf.h"
#include "base/memory.h"
#include "mail/address.h"

struct detector_set {
    struct service_level *service;
    struct log_habit *habit;
    struct guessing *guessing;
    struct queue_watch *queue;
    struct volume *volume;
    struct growth_guard *growth;
    struct hijack *hijack;
    struct slice from; /* of the record that is being taken; ptr NULL: none */
    uint64_t size;     /* the same; 0: it says none */
    struct buf domain; /* of a sender, in lower case */
};

const struct detector_rules detector_rules_default = {
    .service = SERVICE_RULE,
    .habit = LOG_HABIT_RULE,
    .guessing = GUESSING_RULE,
    .queue = QUEUE_RULE,
    .volume = VOLUME_RULE,
    .growth = GROWTH_RULE,
    .hijack = HIJACK_RULE,
};

struct detector_set *detector_set_new(const struct detector_rules *rules)
{
    struct detector_set *set = MEM_NEW(struct detector_set);
    set->service = service_level_new(&rules->service);
    set->habit = log_habit_new(&rules->habit);
    set->guessing = guessing_new(&rules->guessing);
    set->queue = queue_watch_new(&rules->queue);
    set->volume = volume_new(&rules->volume);
    set->growth = growth_guard_new(&rules->growth);
    set->hijack = hijack_new(&rules->hijack);
    return set;
}

void detector_set_free(struct detector_set *set)
{
    if (set == NULL)
        return;
    service_level_free(set->service);
    log_habit_free(set->habit);
    guessing_free(set->guessing);
    queue_watch_free(set->queue);
    volume_free(set->volume);
    growth_guard_free(set->growth);
    hijack_free(set->hijack);
    buf_done(&set->domain);
    mem_free(set);
}

static struct slice lower(struct detector_set *set, struct slice text)
{
    buf_clear(&set->domain);
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(&set->domain, ascii_lower(text.ptr[i]));
    return buf_slice(&set->domain);
}

/* ---- records ---- */

/* In another form altogether, JSON say, or such behind a syslog's stamp and host. */
static bool is_foreign(const struct log_record *record)
{
    struct slice tag = record->line.tag->text;
    if (tag.len > 0)
        return tag.ptr[0] == '{';
    return record->line.raw.len > 0 && !slice_starts_with(record->line.text, SLICE("last message"));
}

void detector_set_take_line(struct detector_set *set, const struct log_record *record,
                            struct slice log, int64_t now_us)
{
    bool has_grammar = record->line.tag->program != LOG_PROGRAM_OTHER;
    struct log_habit_line line = {
        .source = log,
        .host = record->line.host,
        .program = has_grammar ? record->line.tag->name : (struct slice){NULL, 0},
        .raw = record->line.raw,
        .lines = record->line.repeat,
        .unread = record->kind == LOG_KIND_UNKNOWN,
        .foreign = is_foreign(record),
    };
    log_habit_take_line(set->habit, &line, now_us);
}

/* What a thief of accounts is known by: smtpd's line joins a client and a message. */
static void take_client(struct detector_set *set, const struct log_record *record,
                        const struct guessing_login *login, int64_t now_us)
{
    uint32_t message = (uint32_t)slice_hash(record->line.queue_id);
    hijack_take_client(set->hijack, login->login, login->client, message, now_us);
    volume_take_client(set->volume, login->login, login->client, now_us);
}

void detector_set_take_login(struct detector_set *set, const struct guessing_login *login,
                             int64_t now_us)
{
    guessing_take_login(set->guessing, login, now_us);
    if (!login->failed)
        return;
    const struct volume_result result = {
        .login = login->login, .count = login->times, .refused = true};
    hijack_take_refused(set->hijack, login->login, login->client, login->times, now_us);
    volume_take_result(set->volume, &result, now_us);
}

/* Dovecot and nginx say each login; smtpd says it with the message that is sent by it. */
static void take_login(struct detector_set *set, const struct log_record *record, int64_t now_us)
{
    struct guessing_login login = {
        .client = log_record_get(record, LOG_FIELD_CLIENT_IP),
        .login = log_record_get(record, LOG_FIELD_SASL_USERNAME),
        .relay = record->line.host,
        .line = record->line.raw,
        .times = record->line.repeat,
        .failed = record->kind == LOG_KIND_LOGIN_FAILED,
    };
    if (record->kind == LOG_KIND_CLIENT && login.login.len == 0)
        return;
    if (record->kind == LOG_KIND_CLIENT)
        take_client(set, record, &login, now_us);
    detector_set_take_login(set, &login, now_us);
}

void detector_set_take_record(struct detector_set *set, const struct log_record *record,
                              struct slice log, int64_t now_us)
{
    set->from = log_record_get(record, LOG_FIELD_FROM);
    if (!slice_to_u64(log_record_get(record, LOG_FIELD_SIZE), UINT64_MAX, &set->size))
        set->size = 0;
    detector_set_take_line(set, record, log, now_us);
    if (record->kind == LOG_KIND_LOGIN || record->kind == LOG_KIND_LOGIN_FAILED ||
        record->kind == LOG_KIND_CLIENT)
        take_login(set, record, now_us);
    queue_watch_take_record(set->queue, record, now_us);
}

void detector_set_take_accepted(struct detector_set *set, const struct message *message,
                                struct slice login, int64_t now_us)
{
    struct volume_message taken = {
        .login = login,
        .domain = lower(set, address_domain(set->from)), /* it is qmgr's line that accepts */
        .recipients = message->expected ? message->expected : 1,
    };
    volume_take_message(set->volume, &taken, now_us);
    struct hijack_mail mail = {.origin = HIJACK_BY_LOG,
                               .message = (uint32_t)message->id_hash,
                               .sender = set->from,
                               .recipients = taken.recipients,
                               .size = set->size};
    hijack_take_mail(set->hijack, login, &mail, now_us);
}

/* ---- attempts and outcomes ---- */

static struct service_facts service_facts(const struct detector_names *names)
{
    return (struct service_facts){
        .provider = names->provider,
        .relay = names->relay,
        .source = names->source,
        .group = names->group,
        .count = 1,
        .transactional = names->transactional,
    };
}

/* Results count when they are settled, all of them: what was sent is sure then not to have gone on
 * within our own relays, and what was refused must not count before it. Only the line of a bounce
 * itself is evidence. */
static void take_service_attempt(struct detector_set *set, const struct attempt *attempt,
                                 const struct detector_names *names)
{
    struct service_facts facts = service_facts(names);
    facts.line = attempt->record->line.raw;
    facts.deferred = attempt->recipient->attempts > 0;
    if (attempt->status == DELIVERY_BOUNCED) {
        facts.bounced = true;
        facts.count = 0;
        service_level_take_outcome(set->service, &facts, attempt->time_us);
    } else if (attempt->status == DELIVERY_DEFERRED) {
        service_level_take_deferral(set->service, &facts, attempt->time_us);
    }
}

/* Of the final word of each recipient, and of a first one that speaks of spam. */
static void take_hijack_attempt(struct detector_set *set, const struct attempt *attempt,
                                const struct detector_names *names)
{
    bool first = attempt->recipient->attempts == 0,
         spam = names->refused == REPLY_CLASS_CONTENT_SPAM;
    if (first)
        hijack_take_recipient(set->hijack, names->login,
                              log_record_get(attempt->record, LOG_FIELD_TO), attempt->time_us);
    if (attempt->status == DELIVERY_SENT)
        hijack_take_result(set->hijack, names->login, HIJACK_TAKEN, attempt->time_us);
    else if (spam && first)
        hijack_take_result(set->hijack, names->login, HIJACK_SPAM, attempt->time_us);
    else if (attempt->status == DELIVERY_BOUNCED && !spam)
        hijack_take_result(set->hijack, names->login,
                           names->refused == REPLY_CLASS_ADDR_DEAD ||
                                   names->refused == REPLY_CLASS_ADDR_INACTIVE
                               ? HIJACK_DEAD
                               : HIJACK_OTHERWISE,
                           attempt->time_us);
}

void detector_set_take_attempt(struct detector_set *set, const struct attempt *attempt,
                               const struct detector_names *names)
{
    bool local = attempt->record->line.tag->program == LOG_PROGRAM_LOCAL;
    queue_watch_take_attempt(set->queue, attempt, attempt->time_us);
    if (attempt->exclusion != ATTEMPT_COUNTS)
        return;
    take_hijack_attempt(set, attempt, names);
    if (!attempt->message->null_sender && !local)
        take_service_attempt(set, attempt, names);
    if (names->provider.len == 0 || attempt->recipient->attempts > 0)
        return;
    struct volume_attempt first = {
        .relay = names->relay,
        .source = names->source,
        .provider = names->provider,
        .login = names->login,
        .recipient_domain = address_domain(log_record_get(attempt->record, LOG_FIELD_TO)),
    };
    volume_take_attempt(set->volume, &first, attempt->time_us);
    growth_guard_take_attempt(set->growth, names->provider, 1, attempt->time_us);
}

static void take_service_outcome(struct detector_set *set, const struct outcome_event *event,
                                 const struct detector_names *names)
{
    struct service_facts facts = service_facts(names);
    facts.count = event->count;
    facts.bounced = event->outcome != OUTCOME_SENT;
    facts.deferred = event->recipient != NULL && event->recipient->attempts > 1;
    facts.delay_s = event->delay_s;
    service_level_take_outcome(set->service, &facts, event->now_us);
}

void detector_set_take_outcome(struct detector_set *set, const struct outcome_event *event,
                               const struct detector_names *names)
{
    bool local = event->recipient != NULL && event->recipient->is_local;
    queue_watch_take_outcome(set->queue, event, event->now_us);
    bool ended = event->outcome == OUTCOME_SENT || event->outcome == OUTCOME_BOUNCED ||
                 event->outcome == OUTCOME_EXPIRED;
    if (ended && !event->message->null_sender && !local)
        take_service_outcome(set, event, names);
    if (ended)
        volume_take_result(set->volume,
                           &(struct volume_result){.login = names->login,
                                                   .count = event->count,
                                                   .bounced = event->outcome == OUTCOME_BOUNCED},
                           event->now_us);
}

/* ---- telling ---- */

void detector_set_tell(struct detector_set *set, int64_t now_us, incident_tell tell, void *data)
{
    service_level_tell(set->service, now_us, tell, data);
    log_habit_tell(set->habit, now_us, tell, data);
    guessing_tell(set->guessing, now_us, tell, data);
    queue_watch_tell(set->queue, now_us, tell, data);
    volume_tell(set->volume, now_us, tell, data);
    growth_guard_tell(set->growth, now_us, tell, data);
    hijack_tell(set->hijack, now_us, tell, data);
}

struct service_level *detector_set_service(struct detector_set *set)
{
    return set->service;
}

void detector_set_left_out(const struct detector_set *set, uint64_t counts[LEFT_OUT_COUNT])
{
    counts[LEFT_OUT_VOLUMES] = volume_left_out(set->volume);
    counts[LEFT_OUT_OBJECTIVES] = service_level_left_out(set->service);
    counts[LEFT_OUT_GROWTH] = growth_guard_left_out(set->growth);
    counts[LEFT_OUT_LOG_LINES] = log_habit_left_out(set->habit);
}

struct queue_watch *detector_set_queue(struct detector_set *set)
{
    return set->queue;
}

struct volume *detector_set_volume(struct detector_set *set)
{
    return set->volume;
}

struct growth_guard *detector_set_growth(struct detector_set *set)
{
    return set->growth;
}

struct log_habit *detector_set_habit(struct detector_set *set)
{
    return set->habit;
}

struct hijack *detector_set_hijack(struct detector_set *set)
{
    return set->hijack;
}
