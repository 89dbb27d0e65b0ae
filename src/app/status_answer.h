/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon answers to GET /api/v1/status, read into plain values for the verbs that show it.
 * What is missing in the answer of another version is empty or 0. Peer documents: daemon_web.c,
 * daemon_state_json.c.
 */
#ifndef TD_APP_STATUS_ANSWER_H
#define TD_APP_STATUS_ANSWER_H

#include "app/incident_answer.h"
#include "app/silence_answer.h"

struct status_attempts {
    uint64_t total, sent, deferred, bounced;
};

struct status_path {
    struct slice relay, source, provider;
    struct status_attempts attempts;
    int64_t last_us; /* of the newest attempt; STAMP_NONE: none */
};

struct status_notifier {
    struct slice name, type, state, last_error;
    uint64_t pending, dead_letters;
};

struct status_log {
    struct slice name, place; /* place: where it was begun: "spare", "lost" are faults */
    int64_t behind_bytes;     /* -1: not known */
    int64_t idle_s;           /* since its last line; -1: none since the start */
    uint64_t lost;            /* messages of syslog, since the start */
};

struct status_answer {
    json_t *value; /* a reference of its own: all slices are of it */
    struct slice version, relay;
    int64_t now_us, started_us;        /* by the daemon's clock */
    struct incident_answer *incidents; /* open ones */
    struct silence_answer *silences;   /* active ones, and those to come */
    struct status_notifier *notifiers;
    struct status_log *logs;
    struct status_path *paths; /* the largest, in falling order of attempts */
    size_t incident_count, silence_count, notifier_count, log_count, path_count;
    struct slice history, history_reason; /* "ok" */
    uint64_t history_spool_bytes;
    int64_t newest_line_us; /* STAMP_NONE: none yet */
    uint64_t lines, lines_unknown, messages_open;
    struct status_attempts attempts;
    uint64_t reached, unreached; /* recipients */
};

/* NULL when the value is no status. */
struct status_answer *status_answer_new(const json_t *value);
void status_answer_free(struct status_answer *status); /* NULL is fine */

#endif
