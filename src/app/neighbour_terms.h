/* SPDX-License-Identifier: Apache-2.0
 *
 * What the configurations of nginx, Dovecot and Postfix around the auth backend are made of.
 */
#ifndef TD_APP_NEIGHBOUR_TERMS_H
#define TD_APP_NEIGHBOUR_TERMS_H

#include "app/settings.h"
#include "base/err.h"

struct neighbour_terms {
    const struct settings_auth *auth; /* that listens somewhere */
    const char *config;               /* the file that its secrets are named in */
    bool with_secrets;                /* themselves; false: where they stand */
};

/* Whether any backend or server speaks it. */
bool neighbour_serves(const struct settings_auth *auth, enum auth_protocol protocol);

bool neighbour_has(const struct settings_auth *auth, enum auth_method method);

/* A backend of this protocol: that of accounts without a server, else the first server's. To be
 * called where neighbour_serves. */
const struct endpoint *neighbour_backend(const struct settings_auth *auth,
                                         enum auth_protocol protocol);

/* Appends a setting's secret, or in its place where it stands, as it is written within double
 * quotes: `"` and `\` get the backslash that nginx and Dovecot take away, and `doubled` ('\0':
 * none) stands twice. False: it holds a blank or what is not printable ASCII. */
bool neighbour_add_secret(const struct neighbour_terms *terms, const char *setting,
                          const char *secret, char doubled, struct buf *to, struct err *err);

/* Appends auth.callers, each after `before` but the first; brackets: IPv6 as Postfix has it. */
void neighbour_add_callers(const struct settings_auth *auth, const char *before, bool brackets,
                           struct buf *to);

#endif
