/* SPDX-License-Identifier: Apache-2.0
 *
 * An account with its flags as the daemon's API tells it, read back for the verbs that print it.
 * Peer document: app/daemon_accounts_answer.c, which writes it.
 */
#ifndef TD_APP_ACCOUNT_ANSWER_H
#define TD_APP_ACCOUNT_ANSWER_H

#include "model/json_field.h"

/* Slices and arrays are of the JSON value, which outlives them. */
struct account_answer {
    struct slice login;
    struct slice account_class; /* empty: none */
    const json_t *flags;        /* array; the sternest first; NULL: not known */
    const json_t *trail;        /* array, the newest first; NULL: not said */
    const json_t *warnings;     /* array of sentences, of one that was just set; or NULL */
};

struct account_flag_answer {
    struct slice flag, actor, relay, reason; /* relay: on which; empty: not shared */
    int64_t since_us, until_us;              /* INT64_MAX: no end */
};

struct account_trail_answer {
    struct slice login, action, what, actor, relay, reason;
    int64_t time_us, until_us; /* until_us 0: says nothing; INT64_MAX: no end */
};

/* Each false when it is none: a field of another type, or longer than any the daemon writes. */
bool account_answer_read(const json_t *object, struct account_answer *out);
bool account_flag_answer_read(const json_t *object, struct account_flag_answer *out);
bool account_trail_answer_read(const json_t *object, struct account_trail_answer *out);

#endif
