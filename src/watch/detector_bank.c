/* SPDX-License-Identifier: Apache-2.0
 *
 * See detector_bank.h. What each detector wants to know is taken from the tally's events.
 */
#include "watch/detector_bank.h"

#include "base/intern.h"
#include "base/memory.h"

#define LOGINS_MAX 100000
#define DOMAIN_MAX 255

struct detector_bank {
    struct tally *tally;
    struct service_level *service;
    struct log_habit *habit;
    struct guessing *guessing;
    struct queue_watch *queue;
    struct volume *volume;
    struct growth_guard *growth;
    struct arena *arena;
    struct intern *logins; /* transactional ones */
    struct source_pool *sources;
    size_t source_count;
    bool *is_transactional; /* [source] */
    int64_t now_us;         /* of the record at hand */
    struct slice line;      /* the same */
};

static struct slice domain_of(struct slice address)
{
    const char *at = slice_find_last_char(address, '@');
    return at ? slice_between(at + 1, slice_end(address)) : (struct slice){NULL, 0};
}

/* ---- service levels ---- */

static const struct source_pool *pool_of(const struct detector_bank *bank, struct slice source,
                                         bool *transactional)
{
    for (size_t i = 0; i < bank->source_count; i++)
        if (slice_eq(bank->sources[i].source, source)) {
            *transactional |= bank->is_transactional[i];
            return &bank->sources[i];
        }
    return NULL;
}

/* False: nothing that a service level speaks of. */
static bool describe(const struct detector_bank *bank, const struct message *message,
                     const struct recipient *recipient, uint32_t path, struct service_facts *out)
{
    if (message->null_sender || (recipient != NULL && recipient->is_local))
        return false;
    struct tally_path_names names = tally_path_names(bank->tally, path);
    struct slice login = tally_login(bank->tally, message);
    *out = (struct service_facts){
        .provider = names.provider,
        .relay = names.relay,
        .source = names.source,
        .count = 1, /* no line: an outcome is known when the message leaves, by another one */
        .transactional = login.len > 0 && intern_find(bank->logins, login) != 0,
        .deferred = recipient != NULL && recipient->attempts > 1,
    };
    const struct source_pool *pool = pool_of(bank, names.source, &out->transactional);
    if (pool != NULL)
        out->group = pool->pool;
    return true;
}

static void serve_outcome(struct detector_bank *bank, const struct outcome_event *event)
{
    bool sent = event->outcome == OUTCOME_SENT;
    struct service_facts facts;
    if (event->recipient == NULL ||
        (!sent && event->outcome != OUTCOME_BOUNCED && event->outcome != OUTCOME_EXPIRED))
        return;
    if (!describe(bank, event->message, event->recipient, event->recipient->path, &facts))
        return;
    facts.bounced = !sent;
    facts.delay_s = event->delay_s;
    service_level_take_outcome(bank->service, &facts, bank->now_us);
}

static void serve_deferral(struct detector_bank *bank, const struct tally_attempt *told)
{
    const struct attempt *attempt = told->attempt;
    if (attempt->exclusion != ATTEMPT_COUNTS || attempt->status == DELIVERY_SENT ||
        attempt->status == DELIVERY_BOUNCED || attempt->message->null_sender)
        return;
    struct slice login = tally_login(bank->tally, attempt->message);
    struct service_facts facts = {
        .provider = told->names.provider,
        .relay = told->names.relay,
        .source = told->names.source,
        .line = bank->line,
        .count = 1,
        .transactional = login.len > 0 && intern_find(bank->logins, login) != 0,
        .deferred = attempt->recipient->attempts > 0,
    };
    const struct source_pool *pool = pool_of(bank, told->names.source, &facts.transactional);
    if (pool != NULL)
        facts.group = pool->pool;
    service_level_take_deferral(bank->service, &facts, bank->now_us);
}

/* ---- volumes ---- */

static void count_message(struct detector_bank *bank, const struct message *message,
                          const struct log_record *record)
{
    char lower[DOMAIN_MAX];
    struct slice domain = domain_of(log_record_get(record, LOG_FIELD_FROM));
    if (domain.len > sizeof(lower))
        domain.len = 0;
    for (size_t i = 0; i < domain.len; i++)
        lower[i] = ascii_lower(domain.ptr[i]);
    struct volume_message sent = {
        .login = tally_login(bank->tally, message),
        .domain = slice_of(lower, domain.len),
        .recipients = message->expected ? message->expected : 1,
    };
    volume_take_message(bank->volume, &sent, bank->now_us);
}

static void count_attempt(struct detector_bank *bank, const struct tally_attempt *told)
{
    const struct attempt *attempt = told->attempt;
    if (attempt->exclusion != ATTEMPT_COUNTS)
        return;
    struct volume_attempt volume = {
        .relay = told->names.relay,
        .source = told->names.source,
        .provider = told->names.provider,
        .login = tally_login(bank->tally, attempt->message),
        .recipient_domain = domain_of(log_record_get(attempt->record, LOG_FIELD_TO)),
        .first = attempt->recipient->attempts == 0,
    };
    volume_take_attempt(bank->volume, &volume, bank->now_us);
    if (volume.first)
        growth_guard_take_attempt(bank->growth, volume.provider, 1, bank->now_us);
}

static void count_outcome(struct detector_bank *bank, const struct outcome_event *event)
{
    struct volume_result result = {.login = tally_login(bank->tally, event->message),
                                   .count = event->count,
                                   .bounced = event->outcome == OUTCOME_BOUNCED};
    if (result.login.len > 0)
        volume_take_result(bank->volume, &result, bank->now_us);
}

/* ---- events of the tally ---- */

static void take_attempt(void *data, const struct tally_attempt *told)
{
    struct detector_bank *bank = data;
    queue_watch_take_attempt(bank->queue, told->attempt, bank->now_us);
    serve_deferral(bank, told);
    count_attempt(bank, told);
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    struct detector_bank *bank = data;
    queue_watch_take_outcome(bank->queue, event, bank->now_us);
    serve_outcome(bank, event);
    count_outcome(bank, event);
}

static void take_noted(void *data, struct message *message, const struct log_record *record)
{
    struct detector_bank *bank = data;
    bool first = record->kind == LOG_KIND_QUEUED && !message->queued && !message->continued;
    if (first && !message->null_sender)
        count_message(bank, message, record);
}

/* ---- the bank ---- */

static void set_transactional(struct detector_bank *bank, const struct transactional *from)
{
    for (size_t i = 0; i < from->login_count; i++)
        intern_id(bank->logins, from->logins[i]);
    bank->source_count = from->source_count;
    bank->sources = arena_alloc(bank->arena, (from->source_count + 1) * sizeof(*bank->sources));
    bank->is_transactional = arena_alloc(bank->arena, from->source_count + 1);
    for (size_t i = 0; i < from->source_count; i++) {
        const struct source_pool *row = &from->sources[i];
        bank->sources[i] = (struct source_pool){
            slice_of(arena_copy(bank->arena, row->source.ptr, row->source.len), row->source.len),
            slice_of(arena_copy(bank->arena, row->pool.ptr, row->pool.len), row->pool.len)};
        for (size_t k = 0; k < from->pool_count; k++)
            bank->is_transactional[i] |= slice_eq(row->pool, from->pools[k]);
    }
}

struct detector_bank *detector_bank_new(const struct detector_rules *rules,
                                        const struct transactional *transactional,
                                        struct tally *tally)
{
    struct detector_bank *bank = MEM_NEW(struct detector_bank);
    bank->tally = tally;
    bank->arena = arena_new(1024);
    bank->logins = intern_new(LOGINS_MAX);
    bank->service = service_level_new(&rules->service);
    bank->habit = log_habit_new(&rules->habit);
    bank->guessing = guessing_new(&rules->guessing);
    bank->queue = queue_watch_new(&rules->queue);
    bank->volume = volume_new(&rules->volume);
    bank->growth = growth_guard_new(&rules->growth);
    set_transactional(bank, transactional);
    struct tally_observer observer = {
        .data = bank, .attempt = take_attempt, .outcome = take_outcome, .noted = take_noted};
    tally_observe(tally, &observer);
    return bank;
}

void detector_bank_free(struct detector_bank *bank)
{
    if (bank == NULL)
        return;
    service_level_free(bank->service);
    log_habit_free(bank->habit);
    guessing_free(bank->guessing);
    queue_watch_free(bank->queue);
    volume_free(bank->volume);
    growth_guard_free(bank->growth);
    intern_free(bank->logins);
    arena_free(bank->arena);
    mem_free(bank);
}

void detector_bank_expect(struct detector_bank *bank, struct slice source, int64_t now_us)
{
    log_habit_expect(bank->habit, source, now_us);
}

void detector_bank_begin(struct detector_bank *bank, const struct log_record *record,
                         int64_t now_us)
{
    bank->now_us = now_us;
    bank->line = record->line.raw;
}

static void take_login(struct detector_bank *bank, const struct log_record *record, int64_t now_us)
{
    bool failed = record->kind == LOG_KIND_LOGIN_FAILED;
    bool accepted =
        record->kind == LOG_KIND_LOGIN ||
        (record->kind == LOG_KIND_CLIENT && log_record_has(record, LOG_FIELD_SASL_USERNAME));
    if (!failed && !accepted)
        return;
    struct guessing_login login = {
        .client = log_record_get(record, LOG_FIELD_CLIENT_IP),
        .login = log_record_get(record, LOG_FIELD_SASL_USERNAME),
        .relay = record->line.host,
        .line = record->line.raw,
        .times = record->line.repeat,
        .failed = failed,
    };
    guessing_take_login(bank->guessing, &login, now_us);
    if (login.login.len == 0)
        return;
    if (accepted)
        volume_take_client(bank->volume, login.login, login.client, now_us);
    if (!failed)
        return;
    struct volume_result refused = {.login = login.login, .count = login.times, .refused = true};
    volume_take_result(bank->volume, &refused, now_us);
}

void detector_bank_take(struct detector_bank *bank, const struct log_record *record,
                        struct slice source, int64_t now_us)
{
    bool known = record->line.tag->program != LOG_PROGRAM_OTHER;
    struct log_habit_line line = {
        .source = source,
        .host = record->line.host,
        .program = known ? record->line.tag->name : (struct slice){NULL, 0},
        .raw = record->line.raw,
        .lines = record->line.repeat,
        .unread = record->kind == LOG_KIND_UNKNOWN,
    };
    log_habit_take_line(bank->habit, &line, now_us);
    if (record->kind == LOG_KIND_SUPERVISE)
        queue_watch_take_record(bank->queue, record, now_us);
    take_login(bank, record, now_us);
}

void detector_bank_tell(struct detector_bank *bank, int64_t now_us, incident_tell tell, void *data)
{
    tally_tell_incidents(bank->tally, now_us, tell, data);
    service_level_tell(bank->service, now_us, tell, data);
    log_habit_tell(bank->habit, now_us, tell, data);
    guessing_tell(bank->guessing, now_us, tell, data);
    queue_watch_tell(bank->queue, now_us, tell, data);
    volume_tell(bank->volume, now_us, tell, data);
    growth_guard_tell(bank->growth, now_us, tell, data);
}

struct queue_count detector_bank_queue(const struct detector_bank *bank, int64_t now_us)
{
    return queue_watch_count(bank->queue, now_us);
}
