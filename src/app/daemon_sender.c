/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages on their way. See daemon_sender.h. A try is a `sending`, which comes back with the
 * result of the call or the job.
 */
#include "app/daemon_sender.h"

#include <poll.h>
#include <stdatomic.h>

#include "app/daemon_notifiers.h"
#include "base/memory.h"
#include "io/child_process.h"
#include "io/clock.h"
#include "io/http_client.h"
#include "io/job_pool.h"
#include "model/json_value.h"

#define THREADS_LEAST 4
#define TRY_MS 15000
#define ANSWER_MS 5000 /* who pressed a button looks elsewhere by then */

struct sending {
    struct job job; /* first: a program runs as a job */
    struct outgoing *outgoing;
    struct notify_try try;
    bool is_answer;               /* and no try of a notifier */
    const atomic_bool *leaving;   /* of the sender: a program that still runs is ended */
    struct child_outcome outcome; /* of a program */
    bool ran;
    struct err err;
    struct sending *next, **place; /* in the list of those under way */
};

struct daemon_sender {
    struct own_log *log;
    struct arena *arena;
    struct notify_desk *desk;
    enum notify_state told[NOTIFY_DESK_MAX]; /* as the own log said last */
    struct http_client *client;
    struct job_pool *pool;
    struct sending *under_way;
    size_t answers; /* of those under way */
    atomic_bool leaving;
};

static bool has_buttons(const struct notifier_settings *notifiers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (notifiers[i].buttons)
            return true;
    return false;
}

struct daemon_sender *daemon_sender_new(const struct settings *settings,
                                        const struct provider_table *providers, struct own_log *log,
                                        struct err *err)
{
    static const struct notify_queue_settings queue = NOTIFY_QUEUE_SETTINGS;
    struct daemon_sender *sender = MEM_NEW(struct daemon_sender);
    struct notifier_settings notifiers[NOTIFY_DESK_MAX];
    sender->log = log;
    sender->arena = arena_new(1024);
    sender->desk = notify_desk_new(&queue, (uint64_t)clock_now_us());
    size_t count = daemon_notifiers(settings, providers, sender->arena, notifiers);
    notify_desk_configure(sender->desk, notifiers, count);
    /* One for each: those that hang hold up no other. */
    size_t threads = count < THREADS_LEAST ? THREADS_LEAST : count;
    size_t answers = has_buttons(notifiers, count) ? DAEMON_SENDER_ANSWERS : 0;
    sender->client = http_client_start(threads + answers, 2 * NOTIFY_DESK_MAX + answers, err);
    if (sender->client != NULL)
        sender->pool = job_pool_start(threads, 2 * NOTIFY_DESK_MAX, err);
    if (sender->pool != NULL)
        return sender;
    daemon_sender_free(sender);
    return NULL;
}

static struct sending *sending_new(struct daemon_sender *sender)
{
    struct sending *sending = MEM_NEW(struct sending);
    sending->next = sender->under_way;
    sending->place = &sender->under_way;
    sending->leaving = &sender->leaving;
    if (sending->next != NULL)
        sending->next->place = &sending->next;
    return sender->under_way = sending;
}

static void sending_free(struct sending *sending)
{
    *sending->place = sending->next;
    if (sending->next != NULL)
        sending->next->place = sending->place;
    outgoing_free(sending->outgoing);
    child_outcome_done(&sending->outcome);
    mem_free(sending);
}

void daemon_sender_free(struct daemon_sender *sender)
{
    if (sender == NULL)
        return;
    atomic_store(&sender->leaving, true);
    http_client_stop(sender->client);
    if (sender->pool != NULL)
        job_pool_stop(sender->pool);
    while (sender->pool != NULL && job_pool_take(sender->pool) != NULL)
        continue; /* freed below, with the calls */
    job_pool_free(sender->pool);
    while (sender->under_way != NULL)
        sending_free(sender->under_way);
    notify_desk_free(sender->desk);
    arena_free(sender->arena);
    mem_free(sender);
}

void daemon_sender_push(struct daemon_sender *sender, const struct notice *notice, int64_t now_us)
{
    notify_desk_push(sender->desk, notice, now_us);
}

/* ---- results ---- */

static void log_states(struct daemon_sender *sender)
{
    for (size_t i = 0; i < notify_desk_count(sender->desk); i++) {
        struct notify_status status;
        notify_desk_status(sender->desk, i, &status);
        if (status.state == sender->told[i])
            continue;
        sender->told[i] = status.state;
        bool good = status.state == NOTIFY_STATE_OK;
        OWN_LOG(sender->log, good ? OWN_LOG_INFO : OWN_LOG_WARNING, "notifier_state",
                log_text("notifier", notify_desk_settings(sender->desk, i)->name),
                log_str("state", notify_state_word(status.state)),
                log_number("pending", (int64_t)status.pending),
                log_str("reason", good ? "" : status.last_reason));
    }
}

static void end_answer(struct daemon_sender *sender, const struct notifier_answer *answer)
{
    sender->answers--;
    if (!answer->reached || answer->status < 200 || answer->status > 299)
        OWN_LOG(sender->log, OWN_LOG_WARNING, "slack_answer_failed",
                log_number("status", answer->status), log_text("reason", answer->error));
}

/* Ends the try. */
static void end(struct daemon_sender *sender, struct sending *sending,
                const struct notifier_answer *answer, int64_t now_us)
{
    if (sending->is_answer)
        end_answer(sender, answer);
    else
        notify_desk_tell_answer(sender->desk, &sending->try, now_us, answer);
    sending_free(sending);
}

static size_t collect_calls(struct daemon_sender *sender, int64_t now_us)
{
    struct http_result result;
    size_t count = 0;
    for (; http_client_take(sender->client, &result); count++) {
        struct notifier_answer answer = {.reached = result.answered,
                                         .status = (int)result.answer.status,
                                         .body = buf_slice(&result.answer.body),
                                         .retry_after_s = result.answer.retry_after_s,
                                         .error = slice_from_str(result.err.text)};
        if (!result.answered)
            answer.retry_after_s = -1;
        end(sender, result.tag, &answer, now_us);
        http_answer_done(&result.answer);
    }
    return count;
}

static size_t collect_programs(struct daemon_sender *sender, int64_t now_us)
{
    size_t count = 0;
    for (struct job *job; (job = job_pool_take(sender->pool)) != NULL; count++) {
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
        end(sender, sending, &answer, now_us);
    }
    return count;
}

bool daemon_sender_collect(struct daemon_sender *sender, int64_t now_us)
{
    size_t count = collect_calls(sender, now_us) + collect_programs(sender, now_us);
    if (count > 0)
        log_states(sender);
    return count > 0;
}

void daemon_sender_settle(struct daemon_sender *sender, int64_t wait_us)
{
    int fds[DAEMON_SENDER_FDS];
    daemon_sender_fds(sender, fds);
    int64_t end_us = clock_steady_us() + wait_us;
    (void)daemon_sender_collect(sender, clock_now_us());
    while (sender->under_way != NULL && clock_steady_us() < end_us) {
        struct pollfd polls[DAEMON_SENDER_FDS] = {{.fd = fds[0], .events = POLLIN},
                                                  {.fd = fds[1], .events = POLLIN}};
        (void)poll(polls, DAEMON_SENDER_FDS, (int)((end_us - clock_steady_us()) / 1000) + 1);
        (void)daemon_sender_collect(sender, clock_now_us());
    }
}

/* ---- tries ---- */

static void run_program(struct job *job)
{
    struct sending *sending = (struct sending *)(void *)job;
    struct child_command command = {.argv = sending->outgoing->args,
                                    .input = sending->outgoing->body,
                                    .deadline_ms = TRY_MS,
                                    .abort = sending->leaving};
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
                             .deadline_ms = sending->is_answer ? ANSWER_MS : TRY_MS,
                             .answer_bytes_max = 65536};
    for (size_t i = 0; i < outgoing->header_count && i < HTTP_CALL_HEADERS_MAX; i++)
        call.headers[i] = outgoing->headers[i];
    return http_client_send(sender->client, &call, sending);
}

void daemon_sender_advance(struct daemon_sender *sender, int64_t now_us)
{
    struct notify_try try;
    for (struct outgoing *outgoing;
         (outgoing = notify_desk_take_due(sender->desk, now_us, &try)) != NULL;) {
        struct sending *sending = sending_new(sender);
        sending->outgoing = outgoing;
        sending->try = try;
        if (begin(sender, sending))
            continue;
        struct notifier_answer answer = {.retry_after_s = -1,
                                         .error = SLICE("too much is being sent already")};
        end(sender, sending, &answer, now_us);
    }
}

void daemon_sender_post(struct daemon_sender *sender, struct outgoing *outgoing)
{
    const struct notifier_answer full = {.error = SLICE("too much is being sent already")};
    struct sending *sending = sending_new(sender);
    sending->outgoing = outgoing;
    sending->is_answer = true;
    if (sender->answers++ >= DAEMON_SENDER_ANSWERS || !begin(sender, sending))
        end(sender, sending, &full, 0);
}

int64_t daemon_sender_next_due(const struct daemon_sender *sender)
{
    return notify_desk_next_due(sender->desk);
}

void daemon_sender_fds(const struct daemon_sender *sender, int fds[DAEMON_SENDER_FDS])
{
    fds[0] = http_client_fd(sender->client);
    fds[1] = job_pool_fd(sender->pool);
}

struct notify_desk *daemon_sender_desk(const struct daemon_sender *sender)
{
    return sender->desk;
}

json_t *daemon_sender_status(const struct daemon_sender *sender)
{
    json_t *all = json_value_array();
    for (size_t i = 0; i < notify_desk_count(sender->desk); i++) {
        const struct notifier_settings *settings = notify_desk_settings(sender->desk, i);
        struct notify_status status;
        notify_desk_status(sender->desk, i, &status);
        json_t *row = json_value_object();
        json_value_put_text(row, "name", settings->name);
        json_value_put_text(row, "type", slice_from_str(notifier_type_word(settings->type)));
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
