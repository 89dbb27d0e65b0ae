/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku account list and show: what the daemon keeps of accounts, and beside it what their
 * database says.
 */
#ifndef TD_APP_VERB_ACCOUNT_LOOK_H
#define TD_APP_VERB_ACCOUNT_LOOK_H

#include "app/account_listing.h"
#include "app/verb_ask.h"

struct account_look {
    const char *login; /* NULL: list */
    struct account_filter filter;
};

/* The exit status: VERB_UNKNOWN also when only one of the two could be asked. */
int verb_account_look(const struct verb *verb, const struct verb_ask *ask,
                      const struct account_look *look);

#endif
