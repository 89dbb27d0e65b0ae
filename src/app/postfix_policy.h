/* SPDX-License-Identifier: Apache-2.0
 *
 * How Postfix asks the policy listener: the value that its restrictions name, how to use it, and
 * whether a running Postfix does. Peers: SMTPD_POLICY_README; docs/guide/limits.md.
 */
#ifndef TD_APP_POSTFIX_POLICY_H
#define TD_APP_POSTFIX_POLICY_H

#include "app/postfix_check.h"
#include "app/settings.h"

/* Appends the value of todoku_policy in main.cf; nothing where no address is configured. Deadlines
 * are short and the default is to take the mail: a policy server that is gone or hangs must not
 * stop it (Postfix' own defaults wait 100 s, then defer). */
void postfix_policy_service(const struct settings_policy *policy, struct buf *to);

/* Appends how it is used, as comments; nothing where no address is configured. */
void postfix_policy_print(const struct settings_policy *policy, struct buf *to);

/* Is it asked, and where messages are counted? */
void postfix_policy_check(const struct settings_policy *policy, const struct postfix_state *state,
                          struct postfix_findings *findings);

#endif
