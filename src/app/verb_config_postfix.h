/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of todoku config that are about Postfix. Both return the exit status.
 */
#ifndef TD_APP_VERB_CONFIG_POSTFIX_H
#define TD_APP_VERB_CONFIG_POSTFIX_H

#include "app/settings.h"
#include "app/verb.h"

/* todoku config postfix: prints parts of main.cf and master.cf; write: and writes the files that
 * these name (app/postfix_files.h). */
int config_postfix_print(const struct verb *verb, const struct settings *settings, bool write);

/* todoku config check --postfix: asks each instance of the settings and prints what is missing or
 * dangerous. VERB_NO: something is; VERB_UNKNOWN: one could not be asked. */
int config_postfix_check(const struct verb *verb, const struct settings *settings, bool json);

#endif
