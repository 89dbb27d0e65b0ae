/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of main.cf and master.cf by which Postfix asks the policy listener. Peers:
 * SMTPD_POLICY_README; docs/guide/limits.md.
 */
#ifndef TD_APP_POSTFIX_POLICY_H
#define TD_APP_POSTFIX_POLICY_H

#include "app/settings.h"

/* Appends them with comments; nothing where no address is configured. */
void postfix_policy_print(const struct settings_policy *policy, struct buf *to);

#endif
