/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku account check: is this the password of an account, and where would it be let in? For who
 * helps its owner; answered beside the daemon, by the code that the daemon answers by.
 */
#ifndef TD_APP_VERB_ACCOUNT_CHECK_H
#define TD_APP_VERB_ACCOUNT_CHECK_H

#include "app/verb_ask.h"
#include "mail/auth_request.h"

struct account_check_wish {
    const char *login, *password_file; /* password_file NULL: it is typed */
    bool by_protocol;                  /* else by all that are served */
    enum auth_protocol protocol;
    struct ip_address from; /* none: not said */
};

/* VERB_FINE: it is let in, by the protocol or by one of all. VERB_NO: it is not. VERB_UNKNOWN: that
 * cannot be told. */
int verb_account_check(const struct verb *verb, const struct verb_ask *ask,
                       const struct account_check_wish *wish);

#endif
