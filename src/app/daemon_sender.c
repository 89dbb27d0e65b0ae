/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices on their way. See daemon_sender.h. One try a notifier is under way at a time; it is a
 * `sending`, which comes back with the result of the call or the job.
 */
#include "app/daemon_sender.h"

#include <string.h>

#include "base/memory.h"
#include "io/child_process.h"
#include "io/clock.h"
#include "io/http_client.h"
#include "io/job_pool.h"
#include "model/json_value.h"

#define THREADS 4
#define TRY_MS 15000

struct sending {
    struct job job; /* first: a program runs as a job */
    struct outgoing *outgoing;
    size_t notifier;
    uint64_t try_number;
    struct child_outcome outcome; /* of a program */
    bool ran;
    struct err err;
};

struct notifier {
    struct notifier_settings settings;
    struct notify_queue *queue;
    struct sending *under_way; /* NULL: none */
    enum notify_state told;    /* as the own log said last */
};

struct daemon_sender {
    struct own_log *log;
    struct arena *arena;
    struct notifier *notifiers;
    size_t count;
    struct http_client *client;
    struct job_pool *pool;
};

/* ---- settings ---- */

static struct slice text_of(const char *text)
{
    return text ? slice_from_str(text) : (struct slice){NULL, 0};
}

static void set_words(struct slice *to, size_t most, const char *const *from, size_t count,
                      size_t *taken)
{
    *taken = count < most ? count : most;
    for (size_t i = 0; i < *taken; i++)
        to[i] = slice_from_str(from[i]);
}

static enum notifier_type type_of(enum settings_notify_kind kind)
{
    static const enum notifier_type types[] = {
        [SETTINGS_NOTIFY_SLACK] = NOTIFIER_SLACK,
        [SETTINGS_NOTIFY_WEBHOOK] = NOTIFIER_WEBHOOK,
        [SETTINGS_NOTIFY_MAIL] = NOTIFIER_MAIL,
        [SETTINGS_NOTIFY_ALERTMANAGER] = NOTIFIER_ALERTMANAGER,
        [SETTINGS_NOTIFY_PAGERDUTY] = NOTIFIER_PAGERDUTY,
        [SETTINGS_NOTIFY_COMMAND] = NOTIFIER_COMMAND,
    };
    return types[kind];
}

/* Where and as whom. */
static void set_address(const struct settings_notifier *from, struct notifier_settings *to)
{
    switch (to->type) {
    case NOTIFIER_SLACK:
        to->url = text_of(from->token ? from->slack_api : from->slack);
        to->token = text_of(from->token);
        to->channel = text_of(from->channel);
        break;
    case NOTIFIER_WEBHOOK:
        to->url = text_of(from->webhook);
        to->secret = text_of(from->secret);
        break;
    case NOTIFIER_MAIL:
        to->from = text_of(from->from);
        set_words(to->to, NOTIFIER_TO_MAX, from->mail, from->mail_count, &to->to_count);
        set_words(to->command, NOTIFIER_COMMAND_MAX, from->sendmail, from->sendmail_count,
                  &to->command_count);
        break;
    case NOTIFIER_ALERTMANAGER:
        to->url = text_of(from->alertmanager);
        break;
    case NOTIFIER_PAGERDUTY:
        to->url = text_of(from->pagerduty_url);
        to->token = text_of(from->pagerduty);
        break;
    case NOTIFIER_COMMAND:
        set_words(to->command, NOTIFIER_COMMAND_MAX, from->command, from->command_count,
                  &to->command_count);
        break;
    }
}

static enum incident_severity severity_of(enum settings_severity severity)
{
    static const enum incident_severity severities[] = {[SETTINGS_INFO] = INCIDENT_INFO,
                                                        [SETTINGS_WARNING] = INCIDENT_WARNING,
                                                        [SETTINGS_CRITICAL] = INCIDENT_CRITICAL};
    return severities[severity];
}

static struct slice runbooks_of(const struct settings *settings, struct arena *arena)
{
    if (settings->web.url == NULL)
        return (struct slice){NULL, 0};
    CLEANUP_BUF struct buf url = {0};
    buf_add_str(&url, settings->web.url);
    while (url.len > 0 && url.ptr[url.len - 1] == '/')
        url.len--;
    buf_add_str(&url, "/runbooks");
    return slice_of(arena_copy(arena, url.ptr, url.len), url.len);
}

static void make_notifier(struct daemon_sender *sender, const struct settings *settings, size_t i,
                          const struct provider_table *providers)
{
    const struct settings_notifier *from = &settings->notifiers[i];
    struct notifier *notifier = &sender->notifiers[i];
    notifier->settings = (struct notifier_settings){
        .type = type_of(from->kind),
        .name = slice_from_str(from->name),
        .min_severity = severity_of(from->min_severity),
        .min_escalation = from->min_escalation,
        .message = {.language = from->language == SETTINGS_JAPANESE ? LANGUAGE_JA : LANGUAGE_EN,
                    .zone = {.offset = clock_utc_offset},
                    .runbooks = runbooks_of(settings, sender->arena),
                    .providers = providers},
        .hold_us = 10 * INT64_C(60000000),
    };
    set_address(from, &notifier->settings);
    static const struct notify_queue_settings queue = NOTIFY_QUEUE_SETTINGS;
    notifier->queue = notify_queue_new(&queue, slice_hash(notifier->settings.name));
}

struct daemon_sender *daemon_sender_new(const struct settings *settings,
                                        const struct provider_table *providers, struct own_log *log,
                                        struct err *err)
{
    struct daemon_sender *sender = MEM_NEW(struct daemon_sender);
    sender->log = log;
    sender->arena = arena_new(1024);
    sender->count = settings->notifier_count;
    sender->notifiers = MEM_NEW_ARRAY(struct notifier, sender->count + 1);
    for (size_t i = 0; i < sender->count; i++)
        make_notifier(sender, settings, i, providers);
    sender->client = http_client_start(THREADS, sender->count + 1, err);
    if (sender->client != NULL)
        sender->pool = job_pool_start(THREADS, sender->count + 1, err);
    if (sender->pool != NULL)
        return sender;
    daemon_sender_free(sender);
    return NULL;
}

static void sending_free(struct sending *sending)
{
    if (sending == NULL)
        return;
    outgoing_free(sending->outgoing);
    child_outcome_done(&sending->outcome);
    mem_free(sending);
}

void daemon_sender_free(struct daemon_sender *sender)
{
    if (sender == NULL)
        return;
    http_client_stop(sender->client);
    if (sender->pool != NULL)
        job_pool_stop(sender->pool);
    while (sender->pool != NULL && job_pool_take(sender->pool) != NULL)
        continue; /* freed below */
    job_pool_free(sender->pool);
    for (size_t i = 0; i < sender->count; i++) {
        sending_free(sender->notifiers[i].under_way);
        notify_queue_free(sender->notifiers[i].queue);
    }
    mem_free(sender->notifiers);
    arena_free(sender->arena);
    mem_free(sender);
}

void daemon_sender_push(struct daemon_sender *sender, const struct notice *notice, int64_t now_us)
{
    for (size_t i = 0; i < sender->count; i++)
        notifier_push(&sender->notifiers[i].settings, sender->notifiers[i].queue, notice, now_us);
}

/* ---- results ---- */

static void log_state(struct daemon_sender *sender, struct notifier *notifier)
{
    struct notify_status status;
    notify_queue_status(notifier->queue, &status);
    if (status.state == notifier->told)
        return;
    notifier->told = status.state;
    bool good = status.state == NOTIFY_STATE_OK;
    OWN_LOG(sender->log, good ? OWN_LOG_INFO : OWN_LOG_WARNING, "notifier_state",
            log_text("notifier", notifier->settings.name),
            log_str("state", notify_state_word(status.state)),
            log_number("pending", (int64_t)status.pending),
            log_str("reason", good ? "" : status.last_reason));
}

/* Ends the try. */
static void judge(struct daemon_sender *sender, struct sending *sending,
                  const struct notifier_answer *answer, int64_t now_us)
{
    struct notifier *notifier = &sender->notifiers[sending->notifier];
    char thread[NOTIFY_THREAD_MAX + 1] = "";
    struct notify_result result = notifier_judge(&notifier->settings, answer, thread);
    notify_queue_tell_result(notifier->queue, sending->try_number, now_us, &result, thread);
    log_state(sender, notifier);
    notifier->under_way = NULL;
    sending_free(sending);
}

static void collect_calls(struct daemon_sender *sender, int64_t now_us)
{
    struct http_result result;
    while (http_client_take(sender->client, &result)) {
        struct notifier_answer answer = {.reached = result.answered,
                                         .status = (int)result.answer.status,
                                         .body = buf_slice(&result.answer.body),
                                         .retry_after_s = result.answer.retry_after_s,
                                         .error = slice_from_str(result.err.text)};
        if (!result.answered)
            answer.retry_after_s = -1;
        judge(sender, result.tag, &answer, now_us);
        http_answer_done(&result.answer);
    }
}

static void collect_programs(struct daemon_sender *sender, int64_t now_us)
{
    for (struct job *job; (job = job_pool_take(sender->pool)) != NULL;) {
        struct sending *sending = (struct sending *)(void *)job;
        const struct child_outcome *outcome = &sending->outcome;
        bool ended = sending->ran && !outcome->timed_out && outcome->signal == 0;
        struct notifier_answer answer = {
            .reached = ended,
            .status = outcome->status,
            .body = buf_slice(outcome->errors.len ? &outcome->errors : &outcome->output),
            .retry_after_s = -1,
            .error = sending->ran ? SLICE("the program did not end by itself in time")
                                  : slice_from_str(sending->err.text)};
        judge(sender, sending, &answer, now_us);
    }
}

/* ---- tries ---- */

static void run_program(struct job *job)
{
    struct sending *sending = (struct sending *)(void *)job;
    struct child_command command = {
        .argv = sending->outgoing->args, .input = sending->outgoing->body, .deadline_ms = TRY_MS};
    sending->ran = child_process_run(&command, &sending->outcome, &sending->err);
}

static bool begin(struct daemon_sender *sender, struct sending *sending)
{
    const struct outgoing *outgoing = sending->outgoing;
    if (outgoing->url == NULL) {
        sending->job.run = run_program;
        return job_pool_submit(sender->pool, &sending->job);
    }
    struct http_call call = {.method = "POST",
                             .url = outgoing->url,
                             .body = outgoing->body,
                             .content_type = outgoing->content_type,
                             .deadline_ms = TRY_MS,
                             .answer_bytes_max = 65536};
    for (size_t i = 0; i < outgoing->header_count && i < HTTP_CALL_HEADERS_MAX; i++)
        call.headers[i] = outgoing->headers[i];
    return http_client_send(sender->client, &call, sending);
}

static void try_next(struct daemon_sender *sender, size_t number, int64_t now_us)
{
    struct notifier *notifier = &sender->notifiers[number];
    uint64_t try_number;
    if (notifier->under_way != NULL)
        return;
    const struct notice *notice = notify_queue_take_due(notifier->queue, now_us, &try_number);
    if (notice == NULL)
        return;
    struct sending *sending = notifier->under_way = MEM_NEW(struct sending);
    sending->notifier = number;
    sending->try_number = try_number;
    sending->outgoing = notifier_format(&notifier->settings, notice,
                                        notify_queue_thread(notifier->queue, notice->page), now_us);
    if (begin(sender, sending))
        return;
    struct notifier_answer answer = {.retry_after_s = -1,
                                     .error = SLICE("too much is being sent already")};
    judge(sender, sending, &answer, now_us);
}

void daemon_sender_advance(struct daemon_sender *sender, int64_t now_us)
{
    collect_calls(sender, now_us);
    collect_programs(sender, now_us);
    for (size_t i = 0; i < sender->count; i++)
        try_next(sender, i, now_us);
}

int64_t daemon_sender_next_due(const struct daemon_sender *sender)
{
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; i < sender->count; i++) {
        int64_t one_us = notify_queue_next_due(sender->notifiers[i].queue);
        due_us = one_us < due_us ? one_us : due_us;
    }
    return due_us;
}

void daemon_sender_fds(const struct daemon_sender *sender, int fds[DAEMON_SENDER_FDS])
{
    fds[0] = http_client_fd(sender->client);
    fds[1] = job_pool_fd(sender->pool);
}

/* ---- state ---- */

json_t *daemon_sender_save(const struct daemon_sender *sender)
{
    json_t *state = json_value_object();
    CLEANUP_BUF struct buf text = {0};
    for (size_t i = 0; i < sender->count; i++) {
        buf_clear(&text);
        notify_queue_save(sender->notifiers[i].queue, &text);
        json_value_put(state, sender->notifiers[i].settings.name.ptr,
                       json_value_text(buf_slice(&text)));
    }
    return state;
}

void daemon_sender_load(struct daemon_sender *sender, const json_t *state, int64_t now_us)
{
    for (size_t i = 0; i < sender->count; i++) {
        struct notifier *notifier = &sender->notifiers[i];
        const json_t *text = json_object_get(state, notifier->settings.name.ptr);
        struct err err;
        if (json_is_string(text) &&
            !notify_queue_load(notifier->queue,
                               slice_of(json_string_value(text), json_string_length(text)), now_us,
                               &err))
            OWN_LOG(sender->log, OWN_LOG_WARNING, "notifier_state_lost",
                    log_text("notifier", notifier->settings.name), log_str("reason", err.text));
    }
}

json_t *daemon_sender_status(const struct daemon_sender *sender)
{
    json_t *all = json_value_array();
    for (size_t i = 0; i < sender->count; i++) {
        const struct notifier *notifier = &sender->notifiers[i];
        struct notify_status status;
        notify_queue_status(notifier->queue, &status);
        json_t *row = json_value_object();
        json_value_put_text(row, "name", notifier->settings.name);
        json_value_put_text(row, "type",
                            slice_from_str(notifier_type_word(notifier->settings.type)));
        json_value_put_text(row, "state", slice_from_str(notify_state_word(status.state)));
        json_value_put_count(row, "pending", status.pending);
        json_value_put_count(row, "sent", status.sent);
        json_value_put_count(row, "retries", status.retries);
        json_value_put_count(row, "dead_letters", status.refused + status.expired + status.dropped);
        json_value_put_text(row, "last_error", slice_from_str(status.last_reason));
        json_value_append(all, row);
    }
    return all;
}
