/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a trace still waits in Postfix' queues, with the last reason and when it will be tried
 * again: `postqueue -j` of each instance, joined with the messages of a story. That a queue could
 * not be asked is part of the answer, not its end.
 */
#ifndef TD_APP_TRACE_QUEUE_H
#define TD_APP_TRACE_QUEUE_H

#include "app/postfix_call.h"
#include "model/json_value.h"
#include "watch/story.h"

/* One message in a queue, about which was asked. */
struct trace_queued {
    struct queued_mail mail;
    const char *instance;                /* folder of its configuration; NULL: the usual one */
    const struct story_message *message; /* of the story; NULL: the story does not have it */
    struct retry_estimate estimate;
    const struct retry_settings *settings;
    bool settings_asked; /* false: Postfix' own defaults, since postconf did not say */
};

struct trace_queue_question {
    const char *commands;         /* folder of postqueue and postconf */
    const char *const *instances; /* configuration folders; none: the usual one */
    size_t instance_count;
    const struct trace_key *key;
    const struct story *story;
    int64_t now_us;
};

struct trace_queue;

/* Asks each instance in turn, at most 16 of them (else it aborts): postqueue and, where something
 * waits, postconf, each with the deadline and the bound of bytes of postfix_call.h. Never fails as
 * a whole: what could not be asked is a problem below. The question is copied; what it points to
 * outlives the queue. */
struct trace_queue *trace_queue_new(const struct trace_queue_question *question);
void trace_queue_free(struct trace_queue *queue); /* NULL is fine */

/* What waits of the story's messages, and what else the key is about: the sender, a recipient or
 * the queue id. At most 1,000; trace_queue_state_json says how many more there are. */
size_t trace_queue_count(const struct trace_queue *queue);

/* index: below the count; as postqueue lists them, instance after instance. It and its texts live
 * as long as the queue, its message as long as the story. */
const struct trace_queued *trace_queue_get(const struct trace_queue *queue, size_t index);

/* Why a queue could not be asked or read whole, one line each, safe to print. The text lives as
 * long as the queue. */
size_t trace_queue_problem_count(const struct trace_queue *queue);
const char *trace_queue_problem(const struct trace_queue *queue, size_t index);

/* Whether the whole of all queues was read: what is not among it waits in none of them. */
bool trace_queue_is_whole(const struct trace_queue *queue);

/* Whether the key asks about this recipient of the message: of a key that is a recipient, only he.
 */
bool trace_queue_is_asked(const struct trace_queue *queue, const struct trace_queued *queued,
                          const struct queued_recipient *recipient);

/* {"queue", "queue_id", "arrival", "recipients", "next_try", ...} of those of a message (NULL: of
 * none). */
json_t *trace_queue_json(const struct trace_queue *queue, const struct story_message *message);

/* {"asked", "problems", "others"} */
json_t *trace_queue_state_json(const struct trace_queue *queue);

#endif
