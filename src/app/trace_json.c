/* SPDX-License-Identifier: Apache-2.0
 *
 * A trace as JSON. Each make_ function makes one kind of object.
 */
#include "app/trace_json.h"

#include "app/trace_words.h"
#include "model/json_value.h"

static bool is_failure(enum story_step_kind kind)
{
    return kind == STORY_DEFERRED || kind == STORY_BOUNCED || kind == STORY_EXPIRED;
}

/* A sentence that is made of words and foreign text. */
static void put_sentence(json_t *object, const char *key, const struct buf *text)
{
    json_value_put_text(object, key, buf_slice(text));
}

static void put_literal(json_t *object, const char *key, const char *text)
{
    json_value_put_text(object, key, slice_from_str(text));
}

/* ---- parts ---- */

static json_t *make_hop(const struct story_hop *hop)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "host", hop->host);
    json_value_put_text(object, hop->is_mailbox ? "session" : "queue_id", hop->queue_id);
    put_literal(object, "kind",
                hop->is_notification ? "notification"
                : hop->is_mailbox    ? "mailbox"
                                     : "message");
    json_value_put_time(object, "first", hop->first_us);
    json_value_put_time(object, "last", hop->last_us);
    return object;
}

static void put_class(json_t *object, const struct story_step *step)
{
    put_literal(object, "class", reply_class_word(step->class));
    put_literal(object, "permanence", reply_permanence_word(step->permanence));
    json_value_put_text(object, "list", step->list);
    json_value_put_text(object, "url", step->url);
}

static void put_addresses(json_t *object, const struct story_step *step)
{
    const struct {
        const char *key;
        struct slice text;
    } texts[] = {
        {"to", step->to},
        {"orig_to", step->orig_to},
        {"client_name", step->client_name},
        {"client_ip", step->client_ip},
        {"login", step->login},
        {"source", step->source},
        {"relay_host", step->relay_host},
        {"relay_ip", step->relay_ip},
        {"reply", step->reply},
        {"code", step->code},
        {"dsn", step->dsn},
        {"next_id", step->next_id},
        {"detail", step->detail},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        json_value_put_text(object, texts[i].key, texts[i].text);
}

static json_t *make_step(const struct story_step *step, bool from_history)
{
    CLEANUP_BUF struct buf text = {0};
    json_t *object = json_value_object();
    json_value_put_time(object, "time", step->time_us);
    put_literal(object, "what", story_step_word(step->kind));
    trace_step_say(step, &text);
    put_sentence(object, "text", &text);
    json_value_put_text(object, "host", step->hop->host);
    json_value_put_text(object, step->hop->is_mailbox ? "session" : "queue_id",
                        step->hop->queue_id);
    put_addresses(object, step);
    if (step->provider != NULL)
        json_value_put_text(object, "provider", step->provider->name);
    if (is_failure(step->kind))
        put_class(object, step);
    if (step->full_since_us != STAMP_NONE)
        json_value_put_time(object, "full_since", step->full_since_us);
    if (step->on != NULL)
        put_literal(object, "outcome", story_outcome_word(step->on->outcome));
    if (!from_history) /* there the line is our own making */
        json_value_put_text(object, "line", step->line);
    return object;
}

static void put_last(json_t *object, const struct story_step *last)
{
    CLEANUP_BUF struct buf reply = {0};
    trace_reply(last, &reply);
    put_sentence(object, "reply", &reply);
    if (last->provider != NULL)
        json_value_put_text(object, "provider", last->provider->name);
    json_value_put_text(object, "relay", last->relay_host.len ? last->relay_host : last->relay_ip);
    json_value_put_text(object, "next_id", last->next_id);
    if (is_failure(last->kind))
        put_class(object, last);
    json_value_put_time(object, "last_try", last->time_us);
}

static json_t *make_recipient(const struct story_recipient *recipient)
{
    CLEANUP_BUF struct buf reason = {0};
    json_t *object = json_value_object();
    json_value_put_text(object, "address", recipient->final);
    if (!slice_eq(recipient->address, recipient->final))
        json_value_put_text(object, "orig_to", recipient->address);
    json_value_put_count(object, "count", recipient->count);
    put_literal(object, "outcome", story_outcome_word(recipient->outcome));
    trace_reason_say(recipient, &reason);
    put_sentence(object, "reason", &reason);
    put_literal(object, "advice", trace_advice(recipient));
    json_value_put_count(object, "attempts", recipient->attempts);
    json_value_put_text(object, "host", recipient->hop->host);
    json_value_put_text(object, recipient->hop->is_mailbox ? "session" : "queue_id",
                        recipient->hop->queue_id);
    if (recipient->first_try_us != STAMP_NONE)
        json_value_put_time(object, "first_try", recipient->first_try_us);
    if (recipient->last != NULL)
        put_last(object, recipient->last);
    json_value_put_text(object, "link", trace_link(recipient));
    if (recipient->stored != NULL)
        json_value_put_text(object, "folder", recipient->stored->detail);
    return object;
}

/* ---- a message ---- */

static void put_lists(json_t *object, const struct story_message *message, bool from_history)
{
    json_t *hops = json_value_array(), *events = json_value_array(),
           *recipients = json_value_array();
    for (size_t i = 0; i < message->hop_count; i++)
        json_value_append(hops, make_hop(message->hops[i]));
    for (size_t i = 0; i < message->step_count; i++)
        json_value_append(events, make_step(message->steps[i], from_history));
    for (size_t i = 0; i < message->recipient_count; i++)
        json_value_append(recipients, make_recipient(message->recipients[i]));
    json_value_put(object, "hops", hops);
    json_value_put(object, "events", events);
    json_value_put(object, "recipients", recipients);
}

static json_t *make_message(const struct story_message *message,
                            const struct trace_question *question)
{
    CLEANUP_BUF struct buf title = {0};
    json_t *object = json_value_object();
    trace_title(message, &title);
    put_sentence(object, "title", &title);
    json_value_put_time(object, "first", message->first_us);
    json_value_put_time(object, "last", message->last_us);
    if (message->from_known)
        json_value_put(object, "from", json_value_text(message->from));
    json_value_put_text(object, "message_id", message->message_id);
    json_value_put_text(object, "login", message->login);
    json_value_put_text(object, "client_name", message->client_name);
    json_value_put_text(object, "client_ip", message->client_ip);
    if (message->size > 0)
        json_value_put_count(object, "size", message->size);
    json_value_put(object, "notification", json_boolean(message->is_notification));
    json_value_put_count(object, "other_recipients", message->others);
    put_lists(object, message, question->from_history);
    if (question->queue != NULL)
        json_value_put(object, "queue", trace_queue_json(question->queue, message));
    return object;
}

/* ---- the rest ---- */

static json_t *make_refusal(const struct story_refusal *refusal)
{
    struct trace_door door = trace_door_of(refusal->code, refusal->dsn, refusal->reply);
    json_t *object = json_value_object();
    const struct {
        const char *key;
        struct slice text;
    } texts[] = {
        {"host", refusal->host},
        {"client_name", refusal->client_name},
        {"client_ip", refusal->client_ip},
        {"login", refusal->login},
        {"helo", refusal->helo},
        {"from", refusal->from},
        {"to", refusal->to},
        {"code", refusal->code},
        {"dsn", refusal->dsn},
        {"reply", refusal->reply},
        {"action", refusal->action},
        {"stage", refusal->stage},
        {"line", refusal->line},
    };
    json_value_put_time(object, "time", refusal->time_us);
    put_literal(object, "reason", door.meaning);
    put_literal(object, "advice", door.advice);
    if (refusal->full_since_us != STAMP_NONE)
        json_value_put_time(object, "full_since", refusal->full_since_us);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        json_value_put_text(object, texts[i].key, texts[i].text);
    return object;
}

static json_t *make_logins(const struct trace_logins *logins)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "count", logins->count);
    if (logins->count == 0)
        return object;
    json_value_put_time(object, "first", logins->first_us);
    json_value_put_time(object, "last", logins->last_us);
    json_value_put_text(object, "reason", logins->reason);
    json_value_put_text(object, "client_ip", logins->client_ip);
    return object;
}

static json_t *make_hosts(const struct trace_found *found)
{
    json_t *hosts = json_value_array();
    for (size_t i = 0; i < found->host_count; i++) {
        json_t *host = json_value_object();
        json_value_put(host, "name", json_value_text(found->hosts[i].name));
        if (!found->hosts_covered)
            json_value_put_time(host, "last", found->hosts[i].last_us);
        json_value_append(hosts, host);
    }
    return hosts;
}

/* What was left out, and why there may be more. */
static json_t *make_truncated(const struct story *story)
{
    json_t *object = json_value_object();
    json_value_put_count(object, "messages", story->messages_before);
    json_value_put_count(object, "refused", story->refusals_before);
    json_value_put(object, "incomplete", json_boolean(story->found.incomplete));
    return object;
}

/* Where the answer is from, and what it cannot hold: an absence there is no "no". */
static void put_source(json_t *object, const struct trace_question *question)
{
    static const char *const missing[] = {"refused",  "logins_failed", "held", "requeued",
                                          "notified", "stored",        "line"};
    json_t *not_kept = json_value_array();
    put_literal(object, "source", question->from_history ? "history" : "logs");
    for (size_t i = 0; question->from_history && i < sizeof(missing) / sizeof(missing[0]); i++)
        json_value_append(not_kept, json_value_text(slice_from_str(missing[i])));
    json_value_put(object, "not_kept", not_kept);
}

/* What is no message. The history has none of it: null is not "none". */
static void put_besides(json_t *object, const struct story *story, bool from_history)
{
    if (from_history) {
        json_value_put(object, "refused", json_null());
        json_value_put(object, "login_failures", json_null());
        json_value_put(object, "logins_failed", json_null());
        return;
    }
    json_t *refused = json_value_array();
    for (size_t i = 0; i < story->refusal_count; i++)
        json_value_append(refused, make_refusal(&story->refusals[i]));
    json_value_put(object, "refused", refused);
    json_value_put_count(object, "login_failures", story->found.logins.count);
    json_value_put(object, "logins_failed", make_logins(&story->found.logins));
}

void trace_json(const struct story *story, const struct trace_question *question, struct buf *to)
{
    json_t *object = json_value_object(), *messages = json_value_array();
    for (size_t i = 0; i < story->message_count; i++)
        json_value_append(messages, make_message(&story->messages[i], question));
    json_value_put(object, "key", json_value_text(question->key->text));
    put_literal(object, "key_form", trace_key_form_word(question->key->form));
    put_source(object, question);
    json_value_put(object, "messages", messages);
    put_besides(object, story, question->from_history);
    json_value_put(object, "truncated", make_truncated(story));
    json_value_put_count(object, question->from_history ? "rows_searched" : "lines_searched",
                         story->found.lines_read);
    json_value_put_time(object, "first", story->found.first_us);
    json_value_put_time(object, "last", story->found.last_us);
    json_value_put(object, "hosts", make_hosts(&story->found));
    if (question->queue != NULL)
        json_value_put(object, "queue", trace_queue_state_json(question->queue));
    json_value_print(object, true, to);
}
