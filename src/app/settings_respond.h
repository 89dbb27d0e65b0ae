/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings of the planner as its rules: for the daemon, and for a replay of old logs.
 */
#ifndef TD_APP_SETTINGS_RESPOND_H
#define TD_APP_SETTINGS_RESPOND_H

#include "app/settings.h"
#include "base/memory.h"

/* Texts are the settings', the list of modes the arena's: both must outlive *out. */
void settings_respond_make(const struct settings_respond *settings, struct arena *arena,
                           struct route_rules *out);

#endif
