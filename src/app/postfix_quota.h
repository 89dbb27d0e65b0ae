/* SPDX-License-Identifier: Apache-2.0
 *
 * How Postfix asks the quota listener: both restrictions, and whether a running Postfix has them.
 * Peers: SMTPD_POLICY_README; docs/guide/mailboxes.md.
 */
#ifndef TD_APP_POSTFIX_QUOTA_H
#define TD_APP_POSTFIX_QUOTA_H

#include "app/postfix_check.h"
#include "app/settings.h"

/* Appends the service of both restrictions, `check_policy_service { ... }`. At least one address is
 * configured. */
void postfix_quota_service(const struct settings_quota *quota, struct buf *to);

/* Appends the lines of main.cf; nothing where no address is configured. */
void postfix_quota_print(const struct settings_quota *quota, struct buf *to);

/* Is it asked about recipients, and again when a message is whole? */
void postfix_quota_check(const struct settings_quota *quota, const struct postfix_state *state,
                         struct postfix_findings *findings);

#endif
