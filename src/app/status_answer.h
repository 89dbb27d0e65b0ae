/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon answers to GET /api/v1/status, read into plain values for the verbs that show it.
 * What is missing in the answer of another version is empty or 0. Peer documents: daemon_web.c,
 * daemon_state_json.c.
 */
#ifndef TD_APP_STATUS_ANSWER_H
#define TD_APP_STATUS_ANSWER_H

#include "app/incident_answer.h"
#include "app/route_answer.h"
#include "app/silence_answer.h"
#include "watch/left_out.h"

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
    struct slice name;
    struct slice place;   /* where it was begun: "spare", "lost" are faults */
    int64_t behind_bytes; /* -1: not known */
    int64_t idle_s;       /* since its last line; -1: none since the start */
    uint64_t lost;        /* messages of syslog, since the start */
    struct slice state;   /* "followed", "missing", "unreadable" */
    struct slice reason;  /* of the other two */
};

/* An error budget of all mail, or of a source or group. */
struct status_budget {
    struct slice objective, relay, source, group;
    uint64_t good, bad;
    double used; /* share; above 1: exhausted */
};

/* The policy listener. */
struct status_policy {
    struct slice state;   /* "answers", "degraded", "trouble", "off"; empty: there is none */
    struct slice reason;  /* of degraded and trouble */
    int64_t since_us;     /* of degraded */
    uint64_t relays;      /* that share limits; 0: none do */
    uint64_t owed;        /* messages that these do not know of yet */
    struct slice place;   /* the first it listens at */
    const json_t *doubts; /* an array of texts, or NULL */
    size_t places;
    uint64_t connections, limits, keys;
    uint64_t over_today; /* answers that warned, slowed, held or refused */
    double requests_s;
};

/* What relays tell each other of accounts. */
struct status_accounts {
    struct slice state;  /* "shares", "alone"; empty: nothing is shared */
    struct slice reason; /* of alone */
    int64_t since_us;
    uint64_t unheard; /* set here, and others may not know of it */
};

/* A mailbox server by a protocol. */
struct status_server {
    struct slice name, protocol, health, reason; /* health: "up", "down", "unknown" */
};

/* The auth listener. */
struct status_auth {
    struct slice state;  /* "answers", "trouble", "off"; empty: there is none */
    struct slice reason; /* of trouble */
    struct slice place;  /* the first it listens at */
    size_t places;
    uint64_t passed, refused, later; /* logins of today; later: to come again */
    struct status_server *servers;
    size_t server_count;
    double questions_s;
    struct slice shared, shared_reason; /* guesses: "shares", "alone"; empty: they are not to be */
    int64_t shared_us;                  /* since when */
};

/* The quota listener. */
struct status_quota {
    struct slice state;  /* "answers", "trouble", "off"; empty: there is none */
    struct slice reason; /* of trouble */
    struct slice tables_reason;
    struct slice place; /* the first it listens at */
    size_t places;
    uint64_t refused, refused_late, mixed, failed; /* today; late: at the end of the message */
    struct status_server *servers;                 /* no protocol */
    size_t server_count;
    double questions_s;
};

struct status_answer {
    json_t *value; /* a reference of its own: all slices are of it */
    struct slice version, relay;
    int64_t now_us, started_us;        /* by the daemon's clock */
    struct incident_answer *incidents; /* open ones */
    struct silence_answer *silences;   /* active ones, and those to come */
    struct route_answer routes;
    struct status_policy policy;
    struct status_auth auth;
    struct status_quota quota;
    struct status_accounts accounts;
    struct slice countries_trouble; /* why their file cannot be read; empty: nothing is wrong */
    struct status_notifier *notifiers;
    struct status_log *logs;
    struct status_path *paths;     /* the largest, in falling order of attempts */
    struct status_budget *budgets; /* the most used ones first */
    size_t incident_count, silence_count, notifier_count, log_count, path_count, budget_count;
    int64_t loaded_us, refused_us; /* the configuration in effect; a newer one; 0: none */
    struct slice refused_reason;
    struct slice history, history_reason; /* "ok" */
    uint64_t history_spool_bytes;
    bool counts_kept, counts_known; /* those of sending limits, if there are any */
    struct slice counts_reason;
    uint64_t counts_behind_s;
    int64_t newest_line_us; /* STAMP_NONE: none yet */
    uint64_t lines, lines_unknown, messages_open;
    uint64_t left_out[LEFT_OUT_COUNT]; /* what had no room in a table */
    struct status_attempts attempts;
    uint64_t reached, unreached; /* recipients */
};

/* NULL when the value is no status. */
struct status_answer *status_answer_new(const json_t *value);
void status_answer_free(struct status_answer *status); /* NULL is fine */

#endif
