/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether what Postfix asks, and what is configured, can limit anybody: most mistakes of a policy
 * service are silent, since mail flows. By what was counted since the start; said to people in the
 * own log, in status, in /api/v1/policy and as a metric.
 */
#ifndef TD_APP_POLICY_DOUBT_H
#define TD_APP_POLICY_DOUBT_H

#include "app/policy_service.h"

enum policy_doubt {
    POLICY_COUNTS_NOTHING,
    POLICY_WITHOUT_LOGINS,
    POLICY_ASKED_TWICE,
    POLICY_ASKED_IN_VAIN,
    POLICY_SLOWS_NOTHING,
    POLICY_DOUBTS,
};

struct policy_doubt_words {
    const char *event; /* `policy_asked_twice` */
    const char *reason, *advice;
};

/* slows: there is a transport for mail that is to be slow. */
bool policy_doubt_is(enum policy_doubt doubt, const struct policy_service_counts *counts,
                     bool slows);

const struct policy_doubt_words *policy_doubt_words(enum policy_doubt doubt);

#endif
