/* SPDX-License-Identifier: Apache-2.0
 *
 * Who did what to a login's queued mail, why, and what came of it: a file of our state that only
 * grows, two lines of JSON a deed. The first is on the disk before anything is done, so a deed
 * without its second line was ended in the middle. It is written by the command, which needs no
 * daemon for it.
 *
 *      {"id", "time", "phase": "begun", "action", "login", "actor", "reason", "sender", "since",
 *       "until", "messages", "recipients"}
 *      {"id", "time", "phase": "ended", "action", "login", "actor", "done", "gone", "put_back",
 *       "left", "failure", "stuck"}
 *
 * What is empty is left out. Some 300 bytes a line; `stuck` adds 20 for each of its ids.
 */
#ifndef TD_APP_QUEUE_AUDIT_H
#define TD_APP_QUEUE_AUDIT_H

#include "app/queue_deed.h"
#include "model/json_value.h"

#define QUEUE_AUDIT_FILE "queue-audit.jsonl"

/* Borrowed texts. */
struct queue_order {
    enum queue_deed deed;
    const struct queue_question *question;
    struct slice actor, reason;
    int64_t time_us;
};

/* What is to be done to `messages` of so many recipients. state: the folder. False and err: it
 * could not be written down. */
bool queue_audit_begin(const char *state, const struct queue_order *order, size_t messages,
                       size_t recipients, struct err *err);

/* What came of it, by the clock of now. */
bool queue_audit_end(const char *state, const struct queue_order *order,
                     const struct queue_outcome *outcome, int64_t now_us, struct err *err);

/* The lines of the file as a JSON array, the oldest first; the newest QUEUE_AUDIT_LINES of them. A
 * line that is none is left out. NULL and err: it cannot be read; without a file there are none. */
#define QUEUE_AUDIT_LINES 2000
json_t *queue_audit_read(const char *state, struct err *err);

#endif
