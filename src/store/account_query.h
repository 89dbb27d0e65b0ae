/* SPDX-License-Identifier: Apache-2.0
 *
 * An operator's own query for an account, and what its columns say. In it stand
 *
 *      :login     the login that is asked for, in its one form: taro@example.jp
 *      :user      what is before its last @, or all of it: taro
 *      :domain    what is behind that, or nothing: example.jp
 *
 * which are bound as parameters, never pasted. They are looked for outside of strings ('...',
 * "...",
 * `...`, $$...$$) and comments, and `::` is a cast. Anything else is the server's to understand.
 * Pure.
 */
#ifndef TD_STORE_ACCOUNT_QUERY_H
#define TD_STORE_ACCOUNT_QUERY_H

#include "base/buf.h"
#include "base/err.h"
#include "store/account_text.h"

enum {
    ACCOUNT_QUERY_MAX = 8192, /* bytes */
    ACCOUNT_PARAMS_MAX = 16,
    ACCOUNT_COLUMNS_MAX = 64, /* of an answer */
};

enum account_param { ACCOUNT_PARAM_LOGIN, ACCOUNT_PARAM_USER, ACCOUNT_PARAM_DOMAIN };

/* How a server writes parameters. */
enum account_marks {
    ACCOUNT_MARKS_NUMBERED, /* $1 $2, one for each name */
    ACCOUNT_MARKS_PLAIN,    /* ? ?, one for each place */
};

struct account_query {
    struct buf text;
    enum account_param params[ACCOUNT_PARAMS_MAX]; /* in the order of the marks */
    size_t count;
};

/* False and err: longer than ACCOUNT_QUERY_MAX, a NUL, or too many places. account_query_done
 * either way. */
bool account_query_parse(struct slice text, enum account_marks marks, struct account_query *out,
                         struct err *err);
void account_query_done(struct account_query *query);

/* What a parameter is for a login. A slice of it, or empty. */
struct slice account_query_param(enum account_param wanted, struct slice login);

/* Which column of an answer says what; -1: none. */
struct account_columns {
    int login, account, account_class, server, secret, protocols, networks, valid_until, flags;
};

/* Names in any case. is_row: of the query for an account, where secret must be among them and
 * account may not; else of the query for all names, with login, account, class, server,
 * flags. False and err: one
 * that is not known, comes twice or is missing. */
bool account_columns_read(const char *const *names, size_t count, bool is_row,
                          struct account_columns *out, struct err *err);

#endif
