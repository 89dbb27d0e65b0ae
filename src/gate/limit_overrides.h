/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers that people have set for single accounts, by login: what the policy thread looks at
 * for each request of a login, and the main thread's own copy of the same. Those that are over stay
 * until somebody takes them off: whoever asks says what time it is.
 *
 * One sorted array, by hash of the login: a look costs a search in 16 bytes an override. Bounded;
 * one that has no room is refused. Some 150 bytes each and its texts. One thread at a time; pure.
 */
#ifndef TD_GATE_LIMIT_OVERRIDES_H
#define TD_GATE_LIMIT_OVERRIDES_H

#include <stddef.h>

#include "model/limit_override.h"

enum { LIMIT_OVERRIDES_MAX = 100000 };

struct limit_overrides;

/* max: at least 1. */
struct limit_overrides *limit_overrides_new(size_t max);
void limit_overrides_free(struct limit_overrides *table); /* NULL is fine */

/* Takes it over, in place of the one of the same login, limit and kind. One that is taken off
 * removes that. False: there is no room, and nothing is changed. */
bool limit_overrides_put(struct limit_overrides *table, struct limit_override *one);

/* NULL: there is none. Valid until the next put. */
const struct limit_override *limit_overrides_find(const struct limit_overrides *table,
                                                  struct slice login, struct slice rule,
                                                  bool temporary);

/* Those of one account, as of a moment. All zero: none. Valid until the next put. */
struct limit_own {
    const struct limit_overrides *table;
    size_t begin, end;
    int64_t now_us;
};
struct limit_own limit_overrides_of(const struct limit_overrides *table, struct slice login,
                                    int64_t now_us);

/* The one that holds for a limit: of those that are not over the one for a time first. NULL: none.
 */
const struct limit_override *limit_own_find(const struct limit_own *own, struct slice rule);

size_t limit_overrides_count(const struct limit_overrides *table);

/* Every one, those of an account one behind the other. The table must not be changed meanwhile. */
typedef void (*limit_overrides_see)(void *context, const struct limit_override *one);
void limit_overrides_each(const struct limit_overrides *table, limit_overrides_see see,
                          void *context);

/* With texts of its own. */
struct limit_overrides *limit_overrides_copy(const struct limit_overrides *table);

#endif
