/* SPDX-License-Identifier: Apache-2.0
 *
 * What Dovecot needs behind nginx and the auth backend. Peers: Dovecot 2.3's documentation of the
 * static password database, of HAProxy support and of the authentication penalty.
 */
#ifndef TD_APP_NEIGHBOUR_DOVECOT_H
#define TD_APP_NEIGHBOUR_DOVECOT_H

#include "app/neighbour_terms.h"

/* Appends a file of conf.d. False: a secret cannot be said, and the text is not whole. */
bool neighbour_dovecot(const struct neighbour_terms *terms, struct buf *to, struct err *err);

#endif
