/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody wants an account to be, checked before it is written: each text in the one form in
 * which it is stored, or the reason why it is none. Pure.
 */
#ifndef TD_STORE_ACCOUNT_CHANGE_H
#define TD_STORE_ACCOUNT_CHANGE_H

#include "base/err.h"
#include "store/account_text.h"

/* X(NAME, column), those of account beside login; columns are members of struct account_text too.
 */
#define ACCOUNT_COLUMNS(X) \
    X(CLASS, account_class, "class") \
    X(SERVER, server, "server") \
    X(SECRET, secret, "secret") \
    X(PROTOCOLS, protocols, "protocols") \
    X(NETWORKS, networks, "networks") \
    X(VALID_UNTIL, valid_until, "valid_until") \
    X(FLAGS, flags, "flags")

enum account_column {
#define X(name, member, column) ACCOUNT_COLUMN_##name,
    ACCOUNT_COLUMNS(X)
#undef X
};

#define X(name, member, column) +1
enum { ACCOUNT_COLUMN_COUNT = ACCOUNT_COLUMNS(X) };
#undef X

/* Texts in any form that store/account_text.h reads. */
struct account_change {
    struct account_text text;
    unsigned given; /* 1u << enum account_column; of others the texts are not looked at. Empty and
                       given: it is to say nothing */
};

struct account_app_change {
    struct slice name, secret, protocols, networks, valid_until; /* as above; all are given */
};

/* Puts the one form of each text that is given into *to; borrows, and the arena has what had to be
 * rewritten. False and err, which names the login, the column and the word: one cannot be. Words of
 * flags are looked at for their shape only. */
bool account_change_check(const struct account_change *change, struct arena *arena,
                          struct account_text *to, struct err *err);

/* The same of an app password of `login`; name and secret must be there. */
bool account_app_change_check(struct slice login, const struct account_app_change *change,
                              struct arena *arena, struct account_app_change *to, struct err *err);

/* 1 to 512 bytes of UTF-8 without control bytes, and no blank at either end. */
bool account_login_check(struct slice login, struct err *err);

/* `login: why`, with what a screen would not show as it is written out. False. */
bool account_refuse(struct err *err, struct slice login, const char *why);

/* Where the text of a column stands. */
struct slice *account_text_place(struct account_text *text, enum account_column column);

/* The text of a column. */
struct slice account_text_of(const struct account_text *text, enum account_column column);

#endif
