/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix needs behind nginx and the auth backend. Peers: XCLIENT_README and SASL_README of
 * Postfix 3.7.
 */
#ifndef TD_APP_NEIGHBOUR_POSTFIX_H
#define TD_APP_NEIGHBOUR_POSTFIX_H

#include "app/settings.h"

/* Appends comments with parts of master.cf; nothing where nobody submits mail through nginx. */
void neighbour_postfix(const struct settings_auth *auth, struct buf *to);

#endif
