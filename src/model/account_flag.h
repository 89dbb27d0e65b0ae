/* SPDX-License-Identifier: Apache-2.0
 *
 * A flag of an account: what somebody, or the hijack verdict, has set on a login, with an end. The
 * policy gate acts on those that are about sending, the auth backend on those that are about
 * logging in; all are shown to people. A value type that travels between threads.
 */
#ifndef TD_MODEL_ACCOUNT_FLAG_H
#define TD_MODEL_ACCOUNT_FLAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* X(NAME, word), from the mildest on; from SLOW on they are about sending. */
#define ACCOUNT_FLAGS(X) \
    X(NOTE, "note")                     /* shown; nothing is done */ \
    X(PASSWORD_RESET, "password-reset") /* may log in only to set another password */ \
    X(NO_LOGIN, "no-login") \
    X(SLOW, "slow")           /* its mail leaves by the slow transport */ \
    X(HOLD, "hold")           /* its mail waits in the hold queue */ \
    X(DEFER, "defer")         /* 450: it is asked to try again later */ \
    X(NO_SEND, "no-send")     /* 550 */ \
    X(SUSPENDED, "suspended") /* the same, and no login */

enum account_flag_kind {
#define X(name, word) ACCOUNT_##name,
    ACCOUNT_FLAGS(X)
#undef X
};

#define X(name, word) +1
enum { ACCOUNT_FLAG_KINDS = ACCOUNT_FLAGS(X) };
#undef X

#define ACCOUNT_LOGIN_MAX 512  /* bytes */
#define ACCOUNT_ACTOR_MAX 256  /* bytes */
#define ACCOUNT_REASON_MAX 512 /* bytes */

/* Texts are borrowed, or those of account_flag_new. */
struct account_flag {
    enum account_flag_kind kind;
    int64_t since_us;
    int64_t until_us;    /* INT64_MAX: until it is cleared. Not after since_us: it is cleared */
    struct slice login;  /* in its one form (model/login_form.h); never empty */
    struct slice actor;  /* who set it: a person, or todoku */
    struct slice reason; /* one sentence for people; may be empty */
    int64_t stamp;       /* in the order of all that relays decide (gate/ruling.h) */
    struct slice relay;  /* on which it was decided */
};

const char *account_flag_word(enum account_flag_kind kind);
bool account_flag_from_word(struct slice word, enum account_flag_kind *out);

/* 1 to ACCOUNT_LOGIN_MAX bytes of UTF-8. U+FFFD stands for bytes that were none: what is set on it
 * would never be found for them. */
bool account_login_is_valid(struct slice login);

/* It is valid, and a screen shows it as it is: what is copied from there is this login. */
bool account_login_can_be_typed(struct slice login);

/* It slows, holds, defers or refuses mail. */
static inline bool account_flag_is_about_sending(enum account_flag_kind kind)
{
    return kind >= ACCOUNT_SLOW;
}

/* A copy with texts of its own, one block: mem_free. */
struct account_flag *account_flag_new(const struct account_flag *flag)
    __attribute__((returns_nonnull));

#endif
