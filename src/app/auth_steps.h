/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of a login that take time (gate/auth_desk.h), done: what an account's row becomes, and
 * which of its secrets is right. Of any thread; the attempt is the caller's alone.
 */
#ifndef TD_APP_AUTH_STEPS_H
#define TD_APP_AUTH_STEPS_H

#include "gate/auth_desk.h"
#include "io/secret_check.h"
#include "store/account_driver.h"

/* FIND: takes what the driver has found into the attempt. */
enum account_found auth_steps_find(const struct account_driver *driver,
                                   struct account_source *source, struct auth_attempt *attempt,
                                   struct err *err);

/* Whether what the client has sent is the stored secret, by the method of the request. */
enum secret_verdict auth_steps_compare(const struct secret_rules *rules,
                                       const struct auth_attempt *attempt, struct slice stored,
                                       struct err *err);

typedef enum secret_verdict (*auth_steps_comparing)(void *context,
                                                    const struct auth_attempt *attempt,
                                                    struct slice stored, struct err *err);

/* CHECK, of an account that exists: by auth_steps_compare, or what does that within bounds. App
 * passwords come first: they are random, and kept in a form that costs nothing. The account's own
 * says what it is when none is right. *number: of the secret, see auth_account_secret. err may be
 * set when it is not RIGHT. */
enum secret_verdict auth_steps_check(const struct auth_attempt *attempt,
                                     auth_steps_comparing compare, void *context, int *number,
                                     struct err *err);

#endif
