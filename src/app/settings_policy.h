/* SPDX-License-Identifier: Apache-2.0
 *
 * The configured limits as the policy gate sees them.
 */
#ifndef TD_APP_SETTINGS_POLICY_H
#define TD_APP_SETTINGS_POLICY_H

#include "app/settings.h"
#include "base/memory.h"
#include "gate/policy_desk.h"

/* The parts of a limit's key, of enum limit_part. */
unsigned settings_policy_key(const struct settings_limit *limit);

/* Lists and texts are of the arena: the terms may outlive the settings. */
void settings_policy_make(const struct settings_policy *settings, struct arena *arena,
                          struct policy_terms *out);

#endif
