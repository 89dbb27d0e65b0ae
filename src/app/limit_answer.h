/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of an account as the daemon's API tells them, read back for the verb that prints them.
 * Peer document: app/daemon_limits_answer.c, which writes them.
 */
#ifndef TD_APP_LIMIT_ANSWER_H
#define TD_APP_LIMIT_ANSWER_H

#include "model/json_field.h"

/* Slices and arrays are of the JSON value, which outlives them. */
struct limit_answer_account {
    struct slice login;
    bool counted; /* the listener said what is used */
    bool listens; /* there is one */
    const json_t *flags, *limits, *decisions, *warnings, *next, *baseline; /* NULL: not said */
};

struct limit_answer_row {
    struct slice limit, unit, action, level, level_name, actor, reason;
    const json_t *key, *levels;                          /* levels: of the list of all */
    int64_t within_s, burst, standard, most, used, left; /* burst 0: a window; most -1: not said */
    int64_t until_us, room_us; /* until INT64_MAX: no end; room 0: there is; INT64_MAX: never */
    bool shadow;
};

/* Of a domain or of a class; the other is empty. */
struct limit_answer_level {
    struct slice domain, account_class;
    int64_t count;
};

struct limit_answer_next {
    struct slice action, flag, limit, recipients_by;
    int64_t recipients; /* -1: no bound */
    int64_t at_us;      /* 0: now; INT64_MAX: never */
    const json_t *ways;
    bool passes;
};

struct limit_answer_baseline {
    int64_t usual_hour, most_hour, messages, recipients, clients;
};

struct limit_answer_decision {
    struct slice limit, flag, action, client, sender, queue_id;
    int64_t time_us, times, used, most, wanted;
};

struct limit_answer_override {
    struct slice login, limit, actor, reason;
    int64_t count, since_us, until_us;
};

/* Each false when it is none: a field of another type, or beyond what the daemon writes. */
bool limit_answer_read(const json_t *object, struct limit_answer_account *out);
bool limit_answer_read_row(const json_t *object, struct limit_answer_row *out);
bool limit_answer_read_level(const json_t *object, struct limit_answer_level *out);
bool limit_answer_read_next(const json_t *object, struct limit_answer_next *out);
bool limit_answer_read_baseline(const json_t *object, struct limit_answer_baseline *out);
bool limit_answer_read_decision(const json_t *object, struct limit_answer_decision *out);
bool limit_answer_read_override(const json_t *object, struct limit_answer_override *out);

#endif
