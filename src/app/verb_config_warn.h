/* SPDX-License-Identifier: Apache-2.0
 *
 * What todoku config check says of a configuration that has no fault.
 */
#ifndef TD_APP_VERB_CONFIG_WARN_H
#define TD_APP_VERB_CONFIG_WARN_H

#include "app/settings.h"
#include "app/verb.h"

/* Prints what is no fault, since the daemon runs with it, and hardly what somebody wants; a line
 * each on standard error. path: of the file, as the user named it. */
void config_warn(const struct verb *verb, const struct settings *settings, const char *path,
                 int64_t now_us);

#endif
