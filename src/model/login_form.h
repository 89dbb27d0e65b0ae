/* SPDX-License-Identifier: Apache-2.0
 *
 * The one form of a login, by which accounts, limits, flags and who may log in are all found: small
 * letters, with a domain if there is one to put.
 */
#ifndef TD_MODEL_LOGIN_FORM_H
#define TD_MODEL_LOGIN_FORM_H

#include "base/buf.h"
#include "base/slice.h"

/* Appended. default_domain: of logins that have none; empty: they stay without. An empty login
 * stays empty. Bytes that are no ASCII letters stay as they are. */
void login_form(struct slice default_domain, struct slice login, struct buf *to);

#endif
