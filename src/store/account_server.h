/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in a database server, found by an operator's own query (store/account_query.h): what is
 * the same whichever server it is. A driver says how that one is spoken to, by a small vtable of
 * its own, and is a driver of accounts (store/account_driver.h) by these functions.
 *
 *      driver ── make ──▶ [source] ── connect, run, columns ──▶ link ──▶ server
 *
 * A connection is made when it is needed, kept, and made again when it is lost, once within a call.
 * A server that could not be reached, or did not answer within place->timeout_us, is not asked
 * again for half a second: callers are told at once.
 */
#ifndef TD_STORE_ACCOUNT_SERVER_H
#define TD_STORE_ACCOUNT_SERVER_H

#include "store/account_driver.h"
#include "store/account_query.h"

struct account_link; /* a connection, each server's own */

/* A row, or only the names of its columns when values is NULL. NULL in a value: its ptr. */
struct account_answer {
    const char *const *names;
    const struct slice *values;
    size_t count; /* at most ACCOUNT_COLUMNS_MAX */
};

/* False: no more of it. */
typedef bool (*account_answer_see)(void *context, const struct account_answer *answer);

enum account_link_end {
    ACCOUNT_LINK_DONE,
    ACCOUNT_LINK_REFUSED, /* the server says no, in err; the connection goes on */
    ACCOUNT_LINK_LOST,    /* to be closed; err */
};

/* A query with its values, and until when there must be an answer, on the steady clock. */
struct account_question {
    const struct account_query *query;
    struct slice login;
    int64_t until_us;
};

struct account_link_kind {
    const char *word;
    enum account_marks marks;

    /* NULL and err: not by then, on the steady clock. */
    struct account_link *(*connect)(const struct account_place *place, int64_t until_us,
                                    struct err *err);
    void (*close)(struct account_link *link);

    /* Every row, or none when there is none. */
    enum account_link_end (*run)(struct account_link *link, const struct account_question *question,
                                 account_answer_see see, void *context, struct err *err);

    /* The names of the columns, once, without running the query. */
    enum account_link_end (*columns)(struct account_link *link,
                                     const struct account_question *question,
                                     account_answer_see see, void *context, struct err *err);
};

struct account_source *account_server_make(const struct account_link_kind *kind,
                                           const struct account_place *place);
void account_server_free(struct account_source *source);
bool account_server_is_changed(struct account_source *source);
bool account_server_read(struct account_source *source, account_name_see see, void *context,
                         struct err *err);
enum account_found account_server_find(struct account_source *source, struct slice login,
                                       account_row_see see, void *context, struct err *err);
bool account_server_state(struct account_source *source, uint64_t *out);
enum account_check account_server_check(struct account_source *source, struct err *err);

/* Puts a server's words into err, on one line: `word: what: words`. */
void account_server_words(struct err *err, const char *word, const char *what, const char *words);

/* Waits for a socket, as poll(2) has events. False: not by then. */
bool account_server_wait(int fd, short events, int64_t until_us);

#endif
