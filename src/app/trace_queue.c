/* SPDX-License-Identifier: Apache-2.0
 *
 * Queues and stories. See trace_queue.h. A queue id may have been used before: a message of the
 * story is the one in the queue when it did not begin before that one arrived.
 */
#include "app/trace_queue.h"

#include "base/civil.h"
#include "base/memory.h"

#define QUEUED_MAX 1000 /* kept; a key may ask about a whole queue */
#define INSTANCES_MAX 16
#define PROBLEMS_MAX (3 * INSTANCES_MAX + 1)
#define SKEW_US (120 * US_PER_SECOND) /* arrival is whole seconds; late lines */

struct trace_queue {
    struct trace_queue_question question;
    struct arena *arena, *line_arena;
    struct trace_queued *queued;
    size_t count;
    uint64_t left_out, unread;
    struct retry_settings settings[INSTANCES_MAX];
    struct err problems[PROBLEMS_MAX];
    size_t problem_count;
    bool failed;
};

static void add_problem(struct trace_queue *queue, const struct err *err, const char *instance)
{
    ASSERT(queue->problem_count < PROBLEMS_MAX);
    struct err *to = &queue->problems[queue->problem_count++];
    *to = *err;
    if (instance != NULL)
        err_at(to, "%s", instance);
}

/* ---- whose it is ---- */

static const struct story_hop *hop_of(const struct story_message *message,
                                      const struct queued_mail *mail)
{
    for (size_t i = 0; i < message->hop_count; i++) {
        const struct story_hop *hop = message->hops[i];
        if (!hop->is_mailbox && slice_eq(hop->queue_id, mail->queue_id) &&
            hop->first_us >= mail->arrival_us - SKEW_US)
            return hop;
    }
    return NULL;
}

static const struct story_message *message_of(const struct story *story,
                                              const struct queued_mail *mail,
                                              const struct story_hop **hop)
{
    for (size_t i = story->message_count; i-- > 0;) {
        *hop = hop_of(&story->messages[i], mail);
        if (*hop != NULL)
            return &story->messages[i];
    }
    return NULL;
}

static bool names_recipient(const struct trace_key *key, const struct queued_mail *mail)
{
    for (size_t i = 0; i < mail->recipient_count; i++)
        if (trace_key_is_address(key, mail->recipients[i].address))
            return true;
    return false;
}

static bool is_about_key(const struct trace_key *key, const struct queued_mail *mail)
{
    return trace_key_is_address(key, mail->sender) || names_recipient(key, mail) ||
           (key->form == TRACE_KEY_WORD && slice_ieq(key->text, mail->queue_id));
}

bool trace_queue_is_asked(const struct trace_queue *queue, const struct trace_queued *queued,
                          const struct queued_recipient *recipient)
{
    const struct trace_key *key = queue->question.key;
    return trace_key_is_address(key, recipient->address) ||
           trace_key_is_address(key, queued->mail.sender) || !names_recipient(key, &queued->mail);
}

/* Its last failure that the story knows. */
static int64_t last_try_us(const struct story_message *message, const struct story_hop *hop)
{
    int64_t last_us = STAMP_NONE;
    for (size_t i = 0; message != NULL && i < message->step_count; i++) {
        const struct story_step *step = message->steps[i];
        if (step->hop == hop && step->kind == STORY_DEFERRED)
            last_us = step->time_us;
    }
    return last_us;
}

/* ---- asking ---- */

static struct queued_mail keep_mail(struct arena *arena, const struct queued_mail *mail)
{
    struct queued_mail kept = *mail;
    struct slice *texts[] = {&kept.queue_name, &kept.queue_id, &kept.sender};
    for (size_t i = 0; i < 3; i++)
        texts[i]->ptr = arena_copy(arena, texts[i]->ptr, texts[i]->len);
    kept.recipients = arena_alloc(arena, (mail->recipient_count + 1) * sizeof(*kept.recipients));
    for (size_t i = 0; i < mail->recipient_count; i++) {
        const struct queued_recipient *one = &mail->recipients[i];
        kept.recipients[i] = (struct queued_recipient){
            slice_of(arena_copy(arena, one->address.ptr, one->address.len), one->address.len),
            slice_of(arena_copy(arena, one->reason.ptr, one->reason.len), one->reason.len)};
    }
    return kept;
}

static void take_mail(struct trace_queue *queue, const struct queued_mail *mail, size_t instance)
{
    const struct trace_queue_question *question = &queue->question;
    const struct story_hop *hop = NULL;
    const struct story_message *message = message_of(question->story, mail, &hop);
    if (message == NULL && !is_about_key(question->key, mail))
        return;
    if (queue->count == QUEUED_MAX) {
        queue->left_out++;
        return;
    }
    struct retry_facts facts = {
        .queue = mail->queue,
        .arrival_us = mail->arrival_us,
        .last_try_us = last_try_us(message, hop),
        .now_us = question->now_us,
        .is_notification = mail->sender.len == 0,
    };
    queue->queued[queue->count++] = (struct trace_queued){
        .mail = keep_mail(queue->arena, mail),
        .instance = question->instance_count > 0 ? question->instances[instance] : NULL,
        .message = message,
        .estimate = retry_estimate_make(&queue->settings[instance], &facts),
        .settings = &queue->settings[instance],
    };
}

static void take_lines(struct trace_queue *queue, struct slice lines, size_t instance)
{
    while (lines.len > 0) {
        struct slice line = slice_cut(&lines, '\n');
        struct queued_mail mail;
        arena_reset(queue->line_arena);
        if (line.len == 0)
            continue;
        if (queue_listing_line(line, queue->line_arena, &mail))
            take_mail(queue, &mail, instance);
        else
            queue->unread++;
    }
}

/* Only what waits needs to know when it is tried again. */
static void ask_settings(struct trace_queue *queue, const struct postfix_place *place,
                         size_t instance, bool *asked)
{
    struct err err;
    *asked = postfix_call_retry(place, &queue->settings[instance], &err);
    if (!*asked)
        add_problem(queue, &err, place->config);
}

static void ask(struct trace_queue *queue, size_t instance)
{
    const struct trace_queue_question *question = &queue->question;
    struct postfix_place place = {
        .commands = question->commands,
        .config = question->instance_count > 0 ? question->instances[instance] : NULL};
    CLEANUP_BUF struct buf text = {0};
    struct err err;
    bool cut = false, asked = true;
    if (!postfix_call_queue(&place, &text, &cut, &err)) {
        add_problem(queue, &err, place.config);
        queue->failed = true;
        return;
    }
    if (cut) {
        err_set(&err, ERR_INPUT, "postqueue: the queue is too long to be read to its end");
        add_problem(queue, &err, place.config);
        queue->failed = true;
    }
    size_t first = queue->count;
    if (text.len > 0)
        ask_settings(queue, &place, instance, &asked);
    take_lines(queue, buf_slice(&text), instance);
    for (size_t i = first; i < queue->count; i++)
        queue->queued[i].settings_asked = asked;
}

static void tell_unread(struct trace_queue *queue)
{
    struct err err;
    if (queue->unread == 0)
        return;
    queue->failed = true;
    err_set(&err, ERR_INPUT, "postqueue: %llu lines were not understood",
            (unsigned long long)queue->unread);
    add_problem(queue, &err, NULL);
}

struct trace_queue *trace_queue_new(const struct trace_queue_question *question)
{
    struct trace_queue *queue = MEM_NEW(struct trace_queue);
    queue->question = *question;
    queue->arena = arena_new(16384);
    queue->line_arena = arena_new(65536);
    queue->queued = MEM_NEW_ARRAY(struct trace_queued, QUEUED_MAX);
    size_t instances = question->instance_count > 0 ? question->instance_count : 1;
    ASSERT(instances <= INSTANCES_MAX);
    for (size_t i = 0; i < instances; i++)
        ask(queue, i);
    tell_unread(queue);
    return queue;
}

void trace_queue_free(struct trace_queue *queue)
{
    if (queue == NULL)
        return;
    arena_free(queue->arena);
    arena_free(queue->line_arena);
    mem_free(queue->queued);
    mem_free(queue);
}

size_t trace_queue_count(const struct trace_queue *queue)
{
    return queue->count;
}

const struct trace_queued *trace_queue_get(const struct trace_queue *queue, size_t index)
{
    return &queue->queued[index];
}

size_t trace_queue_problem_count(const struct trace_queue *queue)
{
    return queue->problem_count;
}

const char *trace_queue_problem(const struct trace_queue *queue, size_t index)
{
    return queue->problems[index].text;
}

bool trace_queue_is_whole(const struct trace_queue *queue)
{
    return !queue->failed;
}

/* ---- JSON ---- */

static json_t *make_recipients(const struct trace_queue *queue, const struct trace_queued *queued)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < queued->mail.recipient_count; i++) {
        const struct queued_recipient *one = &queued->mail.recipients[i];
        if (!trace_queue_is_asked(queue, queued, one))
            continue;
        json_t *object = json_value_object();
        json_value_put_text(object, "address", one->address);
        json_value_put_text(object, "reason", one->reason);
        json_value_append(list, object);
    }
    return list;
}

static json_t *make_settings(const struct trace_queued *queued)
{
    const struct {
        const char *key;
        int64_t us;
    } values[] = {
        {"minimal_backoff_time", queued->settings->minimal_backoff_us},
        {"maximal_backoff_time", queued->settings->maximal_backoff_us},
        {"queue_run_delay", queued->settings->queue_run_delay_us},
        {"maximal_queue_lifetime", queued->settings->maximal_lifetime_us},
        {"bounce_queue_lifetime", queued->settings->bounce_lifetime_us},
    };
    json_t *object = json_value_object();
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        json_value_put_count(object, values[i].key, (uint64_t)(values[i].us / US_PER_SECOND));
    json_value_put(object, "defaults", json_boolean(!queued->settings_asked));
    return object;
}

/* Spans are estimates, and say so. */
static json_t *make_next_try(const struct trace_queued *queued)
{
    static const char *const words[] = {
        [RETRY_NOW] = "now", [RETRY_HELD] = "held",       [RETRY_BETWEEN] = "between",
        [RETRY_BY] = "by",   [RETRY_OVERDUE] = "overdue", [RETRY_NEVER] = "never"};
    const struct retry_estimate *estimate = &queued->estimate;
    bool span = estimate->kind == RETRY_BETWEEN || estimate->kind == RETRY_OVERDUE;
    json_t *object = json_value_object();
    json_value_put_text(object, "when", slice_from_str(words[estimate->kind]));
    json_value_put(object, "estimate", json_boolean(span || estimate->kind == RETRY_BY));
    if (span)
        json_value_put_time(object, "from", estimate->from_us);
    if (span || estimate->kind == RETRY_BY)
        json_value_put_time(object, "to", estimate->to_us);
    if (estimate->gives_up_us > 0)
        json_value_put_time(object, "gives_up", estimate->gives_up_us);
    json_value_put(object, "last", json_boolean(estimate->is_last));
    json_value_put(object, "settings", make_settings(queued));
    return object;
}

static json_t *make_queued(const struct trace_queue *queue, const struct trace_queued *queued)
{
    const struct queued_mail *mail = &queued->mail;
    json_t *object = json_value_object();
    json_value_put_text(object, "queue", mail->queue_name);
    json_value_put_text(object, "queue_id", mail->queue_id);
    if (queued->instance != NULL)
        json_value_put_text(object, "instance", slice_from_str(queued->instance));
    json_value_put(object, "sender", json_value_text(mail->sender));
    json_value_put_time(object, "arrival", mail->arrival_us);
    json_value_put_count(object, "size", mail->size);
    json_value_put(object, "forced_expire", json_boolean(mail->forced_expire));
    json_value_put(object, "recipients", make_recipients(queue, queued));
    json_value_put(object, "next_try", make_next_try(queued));
    return object;
}

json_t *trace_queue_json(const struct trace_queue *queue, const struct story_message *message)
{
    json_t *list = json_value_array();
    for (size_t i = 0; i < queue->count; i++)
        if (queue->queued[i].message == message)
            json_value_append(list, make_queued(queue, &queue->queued[i]));
    return list;
}

json_t *trace_queue_state_json(const struct trace_queue *queue)
{
    json_t *object = json_value_object(), *problems = json_value_array();
    for (size_t i = 0; i < queue->problem_count; i++)
        json_value_append(problems, json_value_text(slice_from_str(queue->problems[i].text)));
    json_value_put(object, "whole", json_boolean(trace_queue_is_whole(queue)));
    json_value_put(object, "problems", problems);
    json_value_put_count(object, "left_out", queue->left_out);
    json_value_put(object, "others", trace_queue_json(queue, NULL));
    return object;
}
