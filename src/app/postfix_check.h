/* SPDX-License-Identifier: Apache-2.0
 *
 * What is missing or dangerous in a running Postfix, beside what todoku needs of it
 * (postfix_wish.h). Pure: what was asked goes in, findings come out.
 */
#ifndef TD_APP_POSTFIX_CHECK_H
#define TD_APP_POSTFIX_CHECK_H

#include "app/postfix_state.h"
#include "app/postfix_wish.h"

/* One sentence each, without a full stop; of the arena. */
struct postfix_finding {
    const char *what, *where, *advice;
};

struct postfix_findings {
    struct arena *arena;
    struct postfix_finding *rows; /* mem_free */
    size_t count;
};

/* Appends to *out, which is {.arena = ...} at first. folder: as of the wishes. */
void postfix_check(const struct postfix_wishes *wishes, const struct postfix_state *state,
                   const struct fleet *fleet, const char *folder, struct postfix_findings *out);

/* Appends one of the caller's own. */
void postfix_finding_add(struct postfix_findings *findings, const char *what, const char *where,
                         const char *advice);

#endif
