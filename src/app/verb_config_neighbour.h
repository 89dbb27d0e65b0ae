/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of todoku config that are about who stands beside the auth backend.
 */
#ifndef TD_APP_VERB_CONFIG_NEIGHBOUR_H
#define TD_APP_VERB_CONFIG_NEIGHBOUR_H

#include "app/neighbour_terms.h"
#include "app/verb.h"

/* todoku config nginx, todoku config dovecot: prints the part of its configuration. Returns the
 * exit status; VERB_NO: the settings have nothing that listens. */
int config_neighbour_print(const struct verb *verb, const struct neighbour_terms *terms,
                           bool dovecot);

#endif
