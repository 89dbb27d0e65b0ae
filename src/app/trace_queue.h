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

/* Asks. Strings of the question outlive it. */
struct trace_queue *trace_queue_new(const struct trace_queue_question *question);
void trace_queue_free(struct trace_queue *queue);

size_t trace_queue_count(const struct trace_queue *queue);
const struct trace_queued *trace_queue_get(const struct trace_queue *queue, size_t index);

/* Why a queue could not be asked or read whole, one line each, safe to print. */
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
