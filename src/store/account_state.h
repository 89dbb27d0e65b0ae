/* SPDX-License-Identifier: Apache-2.0
 *
 * What people, and todoku, have decided about accounts, in one SQLite file of the state folder: the
 * flags that are set, the limits that are other for an account, what was decided last of those that
 * are over, and the trail of who set and cleared what, why. Whoever owns accounts (a passwd-file,
 * an operator's database) cannot be asked to keep this, so it is kept here and wins.
 *
 *      account_state_begin(state);
 *      account_state_put_flag(state, &flag);
 *      account_state_add(state, &entry);
 *      good = account_state_commit(state, &err);
 *
 * A commit is on the disk when it returns (WAL, synchronous=FULL), and all of it or nothing. The
 * words of flags and actions are the caller's. One thread. The trail keeps the newest
 * ACCOUNT_STATE_TRAIL_MAX entries; flags and limits are bounded by who puts them.
 */
#ifndef TD_STORE_ACCOUNT_STATE_H
#define TD_STORE_ACCOUNT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#define ACCOUNT_STATE_FILE "accounts-state.db"
#define ACCOUNT_STATE_TRAIL_MAX 100000

struct account_state_flag {
    struct slice login, flag, actor, reason, relay;
    int64_t since_us, until_us; /* INT64_MAX: no end */
    int64_t stamp;
};

/* Another number of a limit for one account. */
struct account_state_limit {
    struct slice login, limit, actor, reason, relay;
    bool temporary; /* one for a time; there may be one for good beside it */
    int64_t count, since_us, until_us, stamp;
};

/* What was decided last of something that is over; both are the caller's words. */
struct account_state_end {
    struct slice key, text;
};

/* An entry of the trail. */
struct account_state_entry {
    int64_t number; /* given by the file: 1, 2, 3 ... */
    int64_t time_us;
    struct slice login;
    struct slice action, what; /* "set", "suspended" */
    struct slice actor, reason;
    struct slice relay; /* on which; empty: in a file of before that was kept */
    int64_t until_us;   /* INT64_MAX: no end; 0: says nothing */
};

struct account_state;

/* Opens the file, makes it when it is not there. A damaged one is renamed, *aside says to what, and
 * begun anew; else *aside stays empty. now_us: for that name. NULL and err: it cannot be opened, is
 * somebody else's, or of a newer todoku. */
struct account_state *account_state_open(const char *folder, int64_t now_us, struct buf *aside,
                                         struct err *err);
void account_state_close(struct account_state *state); /* NULL is fine */

/* A failure inside is told by the commit; what comes between the two then does nothing. */
void account_state_begin(struct account_state *state);
void account_state_clear_flags(struct account_state *state); /* all of them */
void account_state_put_flag(struct account_state *state, const struct account_state_flag *flag);
void account_state_drop_flag(struct account_state *state, struct slice login, struct slice flag);
void account_state_clear_limits(struct account_state *state); /* all of them */
void account_state_put_limit(struct account_state *state, const struct account_state_limit *limit);
void account_state_drop_limit(struct account_state *state, struct slice login, struct slice limit,
                              bool temporary);
void account_state_clear_ends(struct account_state *state); /* all of them */
void account_state_put_end(struct account_state *state, const struct account_state_end *end);
void account_state_drop_end(struct account_state *state, struct slice key);
void account_state_add(struct account_state *state, const struct account_state_entry *entry);
bool account_state_commit(struct account_state *state, struct err *err);

/* Every flag. Slices live for the call. False and err: the file cannot be read. */
typedef void (*account_state_flag_see)(void *context, const struct account_state_flag *flag);
bool account_state_flags(struct account_state *state, account_state_flag_see see, void *context,
                         struct err *err);

/* The same of limits. */
typedef void (*account_state_limit_see)(void *context, const struct account_state_limit *limit);
bool account_state_limits(struct account_state *state, account_state_limit_see see, void *context,
                          struct err *err);

/* The same of what is over. */
typedef void (*account_state_end_see)(void *context, const struct account_state_end *end);
bool account_state_ends(struct account_state *state, account_state_end_see see, void *context,
                        struct err *err);

/* The newest entries first, `most` of them, of one login or (empty) of all. */
typedef void (*account_state_entry_see)(void *context, const struct account_state_entry *entry);
bool account_state_trail(struct account_state *state, struct slice login, size_t most,
                         account_state_entry_see see, void *context, struct err *err);

#endif
