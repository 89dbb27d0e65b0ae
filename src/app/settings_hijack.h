/* SPDX-License-Identifier: Apache-2.0
 *
 * The configured verdict on accounts as its detector and those who act see it.
 */
#ifndef TD_APP_SETTINGS_HIJACK_H
#define TD_APP_SETTINGS_HIJACK_H

#include "app/settings.h"
#include "base/memory.h"
#include "watch/hijack_score.h"

/* Texts are the settings', the list is of the arena. */
void settings_hijack_rule(const struct settings *settings, struct arena *arena,
                          struct hijack_rule *out);

/* What is done with a verdict; with `mode: off` there is none. */
enum route_mode settings_hijack_mode(const struct settings *settings);

/* `2027-01-01`, when that day begins (UTC). False: another form; *out untouched. */
bool settings_hijack_until(const char *text, int64_t *out_us);

#endif
