/* SPDX-License-Identifier: Apache-2.0
 *
 * Another number of a limit for one account, set by a person: for good, or for a time (a raise that
 * ends by itself). An account has at most one of each for a limit, and the one for a time wins
 * while it holds. A value type that travels between threads.
 */
#ifndef TD_MODEL_LIMIT_OVERRIDE_H
#define TD_MODEL_LIMIT_OVERRIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define LIMIT_NAME_MAX 255 /* bytes of the name of a limit */

/* Texts are borrowed, or those of limit_override_new. Bounds of login, actor and reason as in
 * account_flag.h. */
struct limit_override {
    bool temporary;
    uint32_t count;     /* in the unit of the limit; 0: nothing may pass */
    int64_t since_us;   /* when it was set */
    int64_t until_us;   /* INT64_MAX: of one for good. Not after since_us: it is taken off */
    struct slice login; /* in its one form (model/login_form.h); never empty */
    struct slice rule;  /* name of the limit */
    struct slice actor, reason;
    int64_t stamp;      /* in the order of all that relays decide (gate/ruling.h) */
    struct slice relay; /* on which it was decided */
};

/* It is taken off. */
static inline bool limit_override_clears(const struct limit_override *one)
{
    return one->until_us <= one->since_us;
}

/* A copy with texts of its own, one block: mem_free. */
struct limit_override *limit_override_new(const struct limit_override *one)
    __attribute__((returns_nonnull));

#endif
