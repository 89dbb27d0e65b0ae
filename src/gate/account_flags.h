/* SPDX-License-Identifier: Apache-2.0
 *
 * The flags of accounts in memory, by login: what the policy thread looks at before the limits, and
 * the main thread's own copy of the same. An account has one flag of each kind at most; a new one
 * of a kind takes the place of the old one. Flags are kept beyond their end until somebody clears
 * them: whoever asks says what time it is.
 *
 * Bounded by the accounts that have a flag; a flag that has no room is refused, and none makes room
 * for another. Some 150 bytes an account and a flag, and its texts. One thread at a time; pure.
 */
#ifndef TD_GATE_ACCOUNT_FLAGS_H
#define TD_GATE_ACCOUNT_FLAGS_H

#include <stddef.h>

#include "model/account_flag.h"

enum { ACCOUNT_FLAGS_MAX = 200000 }; /* accounts with a flag */

struct account_flags;

/* max: accounts, at least 1. */
struct account_flags *account_flags_new(size_t max);
void account_flags_free(struct account_flags *table); /* NULL is fine */

/* Takes the flag over, which is of account_flag_new. One that is cleared removes that of its kind.
 * False: there is no room, and nothing is changed. */
bool account_flags_put(struct account_flags *table, struct account_flag *flag);

/* NULL: it is not set. Valid until the next put. */
const struct account_flag *account_flags_find(const struct account_flags *table, struct slice login,
                                              enum account_flag_kind kind);

/* The sternest flag about sending that is not over; NULL: none. Valid until the next put. */
const struct account_flag *account_flags_sending(const struct account_flags *table,
                                                 struct slice login, int64_t now_us);

/* Accounts with a flag. */
size_t account_flags_count(const struct account_flags *table);

/* Every flag; those of an account one behind the other, the mildest first; accounts in no order.
 * The table must not be changed meanwhile. */
typedef void (*account_flags_see)(void *context, const struct account_flag *flag);
void account_flags_each(const struct account_flags *table, account_flags_see see, void *context);

/* Holds what the other one held from now on, which is taken over. */
void account_flags_replace(struct account_flags *table, struct account_flags *by);

/* With texts of its own. */
struct account_flags *account_flags_copy(const struct account_flags *table);

#endif
