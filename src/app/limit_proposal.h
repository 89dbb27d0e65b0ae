/* SPDX-License-Identifier: Apache-2.0
 *
 * A limit that the past speaks for: well above what nearly every login has ever had, so that who
 * is over it is a thief or somebody to talk to. The largest numbers are left out of it, since a
 * stolen account may be among them. Pure.
 */
#ifndef TD_APP_LIMIT_PROPOSAL_H
#define TD_APP_LIMIT_PROPOSAL_H

#include "app/login_volume.h"
#include "base/buf.h"
#include "base/memory.h"
#include "gate/account_book.h"

enum {
    PROPOSAL_LOGINS = 20, /* below that nothing is proposed */
    PROPOSAL_MANY = 200,  /* from here on one of 100 logins says something */
    PROPOSAL_GROUPS = 20, /* classes, and as many domains */
};

/* Recipients that logins had in their busiest span. */
struct limit_proposal {
    struct slice account_class, domain; /* of these logins; both empty: all */
    enum volume_span span;
    size_t logins;
    uint32_t half, ninety, ninety_nine, most; /* percentiles: so many of 100 had no more */
    uint32_t count;                           /* proposed; 0: too few logins */
    uint32_t base;                            /* made of this percentile: */
    unsigned percent, times;
    bool least;     /* rather the least that is of use to anybody */
    size_t touched; /* logins that had more at some time */
};

/* Of these numbers, one of each login; sorts them. */
void limit_proposal_make(uint32_t *most, size_t count, enum volume_span span,
                         struct limit_proposal *out);

/* Of all logins, then of the classes of accounts and of the domains that have most and enough of
 * them, each with its spans. accounts: may be NULL. In the arena; names live as long as the books.
 */
struct limit_proposal *limit_proposal_list(const struct login_volume *volume,
                                           const struct account_book *accounts, struct arena *arena,
                                           size_t *count);

/* "twice what 99 of 100 logins had in their busiest hour (143)" */
void limit_proposal_reason(const struct limit_proposal *proposal, struct buf *to);

/* "hour"; "message", "day". */
const char *volume_span_word(enum volume_span span);

#endif
