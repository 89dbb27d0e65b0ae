/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting. See tally.h; the summary is written in tally_summary.c.
 */
#include "watch/tally.h"

#include <stdlib.h>

#include "base/civil.h"
#include "base/memory.h"
#include "mail/reply.h"
#include "watch/delivery_facts.h"
#include "watch/tally_private.h"

#define SAMPLE_BYTES 400
#define OTHER_TIME_US (400 * SECONDS_PER_DAY * US_PER_SECOND)
#define SLOW_LEAST_S 10.0 /* a delivery below this is not slow */

const struct tally_settings tally_default_settings = {
    .since_us = INT64_MIN,
    .until_us = INT64_MAX,
    .latency_target_s = 60,
    .reply_rule = DETECTOR_RULE_REPLY,
    .silent_rule = DETECTOR_RULE_SILENT,
    .surge_rule = SURGE_RULE,
    .limits = CORRELATOR_LIMITS,
};

static struct attempt_mark take_attempt(void *data, const struct attempt *attempt);
static void take_reinjected(void *data, uint32_t path);
static void take_accepted(void *data, const struct message *message, int64_t now_us);
static void take_noted(void *data, struct message *message, const struct log_record *record);
static void take_ended(void *data, const struct message *message, enum message_leave leave);

struct tally *tally_new(const struct tally_settings *settings, struct classifier *classifier)
{
    struct tally *tally = MEM_NEW(struct tally);
    tally->settings = settings ? *settings : tally_default_settings;
    struct correlator_sink sink = {
        .data = tally,
        .attempt = take_attempt,
        .reinjected = take_reinjected,
        .outcome = tally_take_outcome,
        .accepted = take_accepted,
        .noted = take_noted,
        .ended = take_ended,
    };
    tally->classifier = classifier;
    tally->providers = provider_book_new(classifier_providers(classifier));
    tally->correlator = correlator_new(&tally->settings.limits, &sink);
    tally->paths = path_table_new();
    tally->incidents =
        incident_watch_new(&tally->settings.reply_rule, &tally->settings.silent_rule);
    tally->logins = login_table_new(&tally->settings.surge_rule);
    tally->senders = sender_book_new();
    tally->templates = template_table_new();
    tally->full = full_mailboxes_new();
    timeline_init(&tally->timeline);
    tally->sources = intern_new(TALLY_SOURCES_MAX);
    tally->programs = intern_new(TALLY_PROGRAMS);
    tally->pools = intern_new(TALLY_POOLS_MAX);
    tally->first_us = INT64_MAX;
    tally->last_us = INT64_MIN;
    return tally;
}

void tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    for (size_t i = 0; i <= TALLY_PROGRAMS; i++)
        buf_done(&tally->program_counts[i].sample);
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        buf_done(&tally->classes[i].sample);
    for (size_t i = 0; i < tally->slow_count; i++) {
        buf_done(&tally->slowest[i].queue_id);
        buf_done(&tally->slowest[i].to);
    }
    latency_done(&tally->latency);
    intern_free(tally->sources);
    intern_free(tally->programs);
    intern_free(tally->pools);
    sender_book_free(tally->senders);
    template_table_free(tally->templates);
    full_mailboxes_free(tally->full);
    login_table_free(tally->logins);
    incident_watch_free(tally->incidents);
    path_table_free(tally->paths);
    correlator_free(tally->correlator);
    provider_book_free(tally->providers);
    mem_free(tally);
}

/* ---- lines ---- */

static struct program_count *program_of(struct tally *tally, const struct log_tag *tag)
{
    uint32_t number = tally->program_of_tag[tag->id];
    if (number == 0) {
        number = intern_id(tally->programs, tag->name);
        if (tag->id != 0)
            tally->program_of_tag[tag->id] = number;
    }
    return &tally->program_counts[number];
}

/* The lines so far were stamped by a clock that was years off: no log is silent that long. */
static void forget_times(struct tally *tally)
{
    tally->first_us = INT64_MAX;
    tally->last_us = INT64_MIN;
    timeline_init(&tally->timeline);
}

static void count_time(struct tally *tally, int64_t now_us)
{
    bool begun = tally->last_us != INT64_MIN;
    if (begun && now_us >= tally->last_us && now_us - tally->last_us <= OTHER_TIME_US) {
        tally->last_us = now_us; /* nearly every line */
        return;
    }
    if (begun && llabs(now_us - tally->last_us) > OTHER_TIME_US)
        forget_times(tally);
    if (now_us < tally->first_us)
        tally->first_us = now_us;
    if (now_us > tally->last_us)
        tally->last_us = now_us;
}

static void count_line(struct tally *tally, const struct log_record *record, int64_t now_us)
{
    struct program_count *program = program_of(tally, record->line.tag);
    program->read++;
    tally->lines++;
    tally->mail += record->line.tag->program != LOG_PROGRAM_OTHER;
    tally->cut += record->cut;
    tally->without_time += record->line.time_us == STAMP_NONE;
    if (record->kind == LOG_KIND_UNKNOWN) {
        tally->unknown++;
        program->unknown++;
        if (program->sample.len == 0)
            buf_add(&program->sample, slice_first(record->line.raw, SAMPLE_BYTES));
    }
    if (now_us != STAMP_NONE)
        count_time(tally, now_us);
}

static void count_login_failure(struct tally *tally, const struct log_record *record)
{
    struct slice client = log_record_get(record, LOG_FIELD_CLIENT_IP);
    tally->login_failures += record->line.repeat;
    tally->failure_clients |= UINT64_C(1) << (slice_hash(client) & 63);
    struct slice name = log_record_get(record, LOG_FIELD_SASL_USERNAME);
    uint32_t login = name.len ? correlator_find_login(tally->correlator, name) : 0;
    login_table_refuse(tally->logins, login, record->line.repeat);
}

static void count_record(struct tally *tally, const struct log_record *record, int64_t now_us)
{
    count_line(tally, record, now_us);
    if (record->kind == LOG_KIND_DELIVERY || record->kind == LOG_KIND_EXPIRED) {
        struct slice status = log_record_get(record, LOG_FIELD_STATUS);
        tally->records[delivery_status_from_word(status)]++;
    } else if (record->kind == LOG_KIND_LOGIN_FAILED) {
        count_login_failure(tally, record);
    }
}

static bool is_of_mailbox(const struct log_record *record)
{
    return record->kind == LOG_KIND_REJECT ||
           (record->kind == LOG_KIND_DELIVERY && delivery_is_to_mailbox(record));
}

void tally_take(struct tally *tally, const struct log_record *record, int64_t now_us)
{
    if (now_us != STAMP_NONE && now_us >= tally->settings.until_us) {
        tally->outside++;
        return;
    }
    bool counts = tally_counts_at(tally, now_us);
    if (counts)
        count_record(tally, record, now_us);
    else
        tally->outside++;
    if (is_of_mailbox(record))
        full_mailboxes_take(tally->full, record, now_us, counts);
    if (now_us != STAMP_NONE)
        correlator_take(tally->correlator, record, now_us);
}

void tally_tick(struct tally *tally, int64_t now_us)
{
    correlator_tick(tally->correlator, now_us);
}

/* ---- attempts ---- */

static uint32_t source_of(struct tally *tally, const struct log_tag *tag)
{
    uint32_t number = tally->source_of_tag[tag->id];
    if (number == 0) {
        number = intern_id(tally->sources, tag->service.len ? tag->service : tag->instance);
        if (tag->id != 0)
            tally->source_of_tag[tag->id] = number;
    }
    return number;
}

static void count_excluded(struct summary_attempts *counts, enum attempt_exclusion exclusion)
{
    switch (exclusion) {
    case ATTEMPT_COUNTS:
        break;
    case ATTEMPT_REINJECTED:
        counts->reinjected++;
        break;
    case ATTEMPT_PROBE:
        counts->probes++;
        break;
    case ATTEMPT_DISCARDED:
        counts->discarded++;
        break;
    case ATTEMPT_REPEATED:
        counts->repeated++;
        break;
    }
}

static void count_attempt(struct summary_attempts *counts, enum delivery_status status)
{
    counts->total++;
    if (status == DELIVERY_SENT)
        counts->sent++;
    else if (status == DELIVERY_BOUNCED)
        counts->bounced++;
    else
        counts->deferred++;
}

static bool is_block(enum reply_class class)
{
    return class == REPLY_CLASS_BLOCK_IP || class == REPLY_CLASS_BLOCK_DOMAIN;
}

/* What is known of an attempt that failed. */
struct failure {
    struct reply reply;
    struct verdict verdict;
};

static void read_failure(struct tally *tally, const struct attempt *attempt, struct failure *out)
{
    struct reply_facts facts = {
        .text = log_record_get(attempt->record, LOG_FIELD_REASON),
        .dsn = log_record_get(attempt->record, LOG_FIELD_DSN),
        .relay = log_record_get(attempt->record, LOG_FIELD_RELAY_HOST),
        .time_us = attempt->time_us,
    };
    reply_parse(facts.text, &out->reply);
    classifier_run_parsed(tally->classifier, &facts, &out->reply, &out->verdict);
}

/* failure: NULL when the attempt delivered; the same in all that follows. */
static void count_in_timeline(struct tally *tally, const struct attempt *attempt,
                              const struct failure *failure)
{
    struct summary_bin *bin = timeline_bin(&tally->timeline, attempt->time_us);
    if (failure == NULL) {
        bin->sent++;
        return;
    }
    *(attempt->status == DELIVERY_BOUNCED ? &bin->bounced : &bin->deferred) += 1;
    bin->blocked += is_block(failure->verdict.class);
}

static void count_class(struct tally *tally, const struct attempt *attempt, struct path *path,
                        const struct failure *failure)
{
    const struct verdict *verdict = &failure->verdict;
    struct class_count *count = &tally->classes[verdict->class];
    struct slice reason = log_record_get(attempt->record, LOG_FIELD_REASON);
    path->classes[verdict->class]++;
    if (is_block(verdict->class))
        login_table_block(tally->logins, attempt->message->login);
    count->attempts++;
    count->temporary += verdict->permanence == REPLY_TEMPORARY;
    count->permanent += verdict->permanence == REPLY_PERMANENT;
    count->provider = path->provider;
    /* What was said, without who said it and in answer to what. */
    struct slice said = failure->reply.words.len ? failure->reply.words : reason;
    buf_clear(&count->sample);
    buf_add(&count->sample, slice_first(said, SAMPLE_BYTES));
    if (verdict->class == REPLY_CLASS_UNKNOWN && reason.len > 0)
        template_table_add(tally->templates, reason);
}

/* Trouble with a name or with our own system says nothing about the path; TLS that both sides could
 * not agree on does, though it is Postfix that says so. */
static bool is_about_path(const struct failure *failure)
{
    return failure == NULL || failure->verdict.class == REPLY_CLASS_TLS ||
           (failure->reply.origin != REPLY_DNS && failure->reply.origin != REPLY_OURS);
}

static bool was_answered(const struct failure *failure)
{
    return failure == NULL || failure->verdict.class == REPLY_CLASS_TLS ||
           failure->reply.origin == REPLY_SAID || failure->reply.origin == REPLY_REFUSED;
}

static void watch_attempt(struct tally *tally, const struct attempt *attempt, uint32_t number,
                          const struct failure *failure)
{
    struct path *path = path_table_get(tally->paths, number);
    if (number == 0 || path->provider == PROVIDER_LOCAL || !is_about_path(failure))
        return; /* 0: of many paths, which share a number */
    struct path_event event = {
        .path = number,
        .prior_attempts = path->reached + path->unreached,
        .time_us = attempt->time_us,
        .message = attempt->message->serial,
        .recipient = attempt->recipient->hash,
        .login = attempt->message->login,
        .delivered = failure == NULL,
        .answered = was_answered(failure),
        .line = attempt->record->line.raw,
    };
    if (failure != NULL) {
        event.domain = tally_sender(tally, attempt->message);
        event.class = failure->verdict.class;
        event.list = failure->verdict.list;
        event.url = failure->verdict.url;
    }
    incident_watch_take(tally->incidents, path, &event);
}

/* Where a delay belongs among the slowest: the least of them is replaced. */
static struct slow_delivery *slow_place(struct tally *tally, double delay_s)
{
    if (tally->slow_count < TALLY_SLOWEST)
        return &tally->slowest[tally->slow_count++];
    struct slow_delivery *least = &tally->slowest[0];
    for (size_t i = 1; i < TALLY_SLOWEST; i++)
        if (tally->slowest[i].delay_s < least->delay_s)
            least = &tally->slowest[i];
    return delay_s > least->delay_s ? least : NULL;
}

static void note_slow(struct tally *tally, const struct attempt *attempt, uint32_t provider)
{
    const struct log_record *record = attempt->record;
    double delay_s = (double)attempt->delay_s;
    struct slow_delivery *slow = delay_s > SLOW_LEAST_S ? slow_place(tally, delay_s) : NULL;
    if (slow == NULL)
        return;
    slow->delay_s = delay_s;
    slow->time_us = attempt->time_us;
    slow->host = attempt->message->host;
    slow->provider = provider;
    slow->attempts = attempt->recipient->attempts + 1u;
    slow->class = (enum reply_class)attempt->recipient->class;
    buf_clear(&slow->queue_id);
    buf_add(&slow->queue_id, record->line.queue_id);
    buf_clear(&slow->to);
    buf_add(&slow->to, slice_first(log_record_get(record, LOG_FIELD_TO), SAMPLE_BYTES));
}

/* An attempt of the window, in all the places where it counts. */
static void count_everywhere(struct tally *tally, const struct attempt *attempt, struct path *path,
                             const struct failure *failure)
{
    count_attempt(&tally->attempts, attempt->status);
    count_attempt(&path->attempts, attempt->status);
    if (attempt->time_us < path->first_us)
        path->first_us = attempt->time_us;
    if (attempt->time_us > path->last_us)
        path->last_us = attempt->time_us;
    count_in_timeline(tally, attempt, failure);
    if (failure == NULL)
        note_slow(tally, attempt, path->provider);
    else
        count_class(tally, attempt, path, failure);
}

static void tell_attempt(const struct tally *tally, const struct attempt *attempt, uint32_t number,
                         const struct failure *failure)
{
    struct tally_attempt told = {
        .attempt = attempt,
        .names = tally_path_names(tally, number),
        .path = number,
        .verdict = failure ? &failure->verdict : NULL,
        .reply = failure ? &failure->reply : NULL,
    };
    TALLY_TELL(tally, attempt, &told);
}

/* Small domains take no room of those that matter: beyond their share they are one provider,
 * "other", of their relay and source, and watched as that. */
static uint32_t path_of(struct tally *tally, uint32_t relay, uint32_t source, uint32_t provider)
{
    uint32_t number =
        path_table_number(tally->paths, relay, source, provider, PATHS_OF_DOMAINS_MAX);
    if (number != 0)
        return number;
    bool listed =
        provider == PROVIDER_LOCAL || provider_book_row(tally->providers, provider) != NULL;
    return path_table_number(tally->paths, relay, source, listed ? provider : INTERN_OTHER,
                             PATHS_MAX);
}

static struct attempt_mark count_on_path(struct tally *tally, const struct attempt *attempt,
                                         const struct failure *failure)
{
    uint32_t provider =
        provider_book_of(tally->providers, attempt->record, failure ? &failure->reply : NULL);
    uint32_t number = path_of(tally, attempt->message->host,
                              source_of(tally, attempt->record->line.tag), provider);
    struct path *path = path_table_get(tally->paths, number);
    path->pool = tally->pool_of_source[path->source];
    bool counted = tally_counts_at(tally, attempt->time_us);
    if (counted)
        count_excluded(&path->attempts, attempt->exclusion);
    if (attempt->exclusion == ATTEMPT_COUNTS) {
        watch_attempt(tally, attempt, number, failure);
        if (counted)
            count_everywhere(tally, attempt, path, failure);
    }
    if (tally->observer_count > 0)
        tell_attempt(tally, attempt, number, failure);
    return (struct attempt_mark){number, failure ? failure->verdict.class : REPLY_CLASS_UNKNOWN};
}

static struct attempt_mark take_failure(struct tally *tally, const struct attempt *attempt)
{
    struct failure failure;
    read_failure(tally, attempt, &failure);
    return count_on_path(tally, attempt, &failure);
}

static struct attempt_mark take_attempt(void *data, const struct attempt *attempt)
{
    struct tally *tally = data;
    if (tally_counts_at(tally, attempt->time_us))
        count_excluded(&tally->attempts, attempt->exclusion);
    if (attempt->exclusion == ATTEMPT_PROBE || attempt->exclusion == ATTEMPT_DISCARDED)
        return (struct attempt_mark){0};
    return attempt->status == DELIVERY_SENT ? count_on_path(tally, attempt, NULL)
                                            : take_failure(tally, attempt);
}

static void take_reinjected(void *data, uint32_t number)
{
    struct tally *tally = data;
    struct summary_attempts *both[] = {&tally->attempts,
                                       &path_table_get(tally->paths, number)->attempts};
    for (size_t i = 0; i < 2; i++) {
        both[i]->total--;
        both[i]->sent--;
        both[i]->reinjected++;
    }
}

/* ---- messages ---- */

static void take_accepted(void *data, const struct message *message, int64_t now_us)
{
    struct tally *tally = data;
    login_table_accept(tally->logins, message, now_us);
    TALLY_TELL(tally, accepted, message, now_us);
}

static void take_noted(void *data, struct message *message, const struct log_record *record)
{
    const struct tally *tally = data;
    if (log_record_has(record, LOG_FIELD_FROM))
        sender_book_note(tally->senders, message->number, message->serial,
                         log_record_get(record, LOG_FIELD_FROM));
    TALLY_TELL(tally, noted, message, record);
}

static void take_ended(void *data, const struct message *message, enum message_leave leave)
{
    const struct tally *tally = data;
    TALLY_TELL(tally, ended, message, leave);
}

/* ---- for observers ---- */

void tally_observe(struct tally *tally, const struct tally_observer *observer)
{
    ASSERT(tally->observer_count < TALLY_OBSERVERS_MAX);
    tally->observers[tally->observer_count++] = *observer;
}

struct tally_path_names tally_path_names(const struct tally *tally, uint32_t number)
{
    const struct path *path = path_table_get(tally->paths, number);
    return (struct tally_path_names){
        .relay = correlator_host(tally->correlator, path->relay),
        .source = intern_get(tally->sources, path->source),
        .provider = provider_book_name(tally->providers, path->provider),
        .provider_is_listed = path->provider == PROVIDER_LOCAL ||
                              provider_book_row(tally->providers, path->provider) != NULL,
    };
}

struct slice tally_relay(const struct tally *tally, const struct message *message)
{
    return correlator_host(tally->correlator, message->host);
}

struct slice tally_login(const struct tally *tally, const struct message *message)
{
    return correlator_login(tally->correlator, message->login);
}

struct slice tally_sender(const struct tally *tally, const struct message *message)
{
    return sender_book_domain(tally->senders, message->number, message->serial);
}

struct login_table *tally_logins(const struct tally *tally)
{
    return tally->logins;
}

struct correlator *tally_correlator(const struct tally *tally)
{
    return tally->correlator;
}
