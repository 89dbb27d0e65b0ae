/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a mailbox may hold, as tables say it:
 *
 *      10G   10GiB   500M:20000           bytes, and messages behind a colon; powers of 1024
 *      *:storage=1G:messages=20000        a quota_rule of Dovecot, of the whole mailbox
 *      *:bytes=1G   storage=1048576       its words; a bare number of storage= is in KiB
 *      0   none   *:ignore                no limit
 *
 * Rules of single folders (`Trash:storage=+100M`) and percentages are no limits. Peer: Dovecot 2.3,
 * src/plugins/quota/quota-util.c. Pure.
 */
#ifndef TD_MAIL_QUOTA_LIMIT_H
#define TD_MAIL_QUOTA_LIMIT_H

#include "mail/quota_answer.h"

struct quota_limit {
    uint64_t bytes, messages; /* 0: as much as it wants */
};

/* What is in a mailbox. */
struct quota_usage {
    uint64_t bytes, messages;
};

/* False: no such form, or out of range; *out is undefined then. */
bool quota_limit_parse(struct slice text, struct quota_limit *out);

/* Whether a message of that size finds room, as quota-status judges (measured on 2.3.19.1): FITS,
 * OVER, or TOO_LARGE for a mailbox that was empty. Size 0 is 1. grace: per cent of the limit that
 * the last message may go beyond it (quota_grace); a mailbox that is full takes nothing. */
enum quota_kind quota_limit_judge(const struct quota_limit *limit, const struct quota_usage *usage,
                                  unsigned grace, uint64_t size);

#endif
