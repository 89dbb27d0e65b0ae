/* SPDX-License-Identifier: Apache-2.0
 *
 * The configured fleet as the planner and the map writer see it.
 */
#ifndef TD_APP_SETTINGS_FLEET_H
#define TD_APP_SETTINGS_FLEET_H

#include "app/settings.h"
#include "base/memory.h"
#include "model/fleet.h"

/* The fleet of the settings; `host` is the name of this relay where they give none. Pools that no
 * row lists have the purpose of their name, else shared. Lists are of the arena; texts of the
 * settings and of host, which must outlive it. */
void settings_fleet_make(const struct settings_fleet *settings, const char *host,
                         struct arena *arena, struct fleet *out);

/* The name of this host, "localhost" where it has none; of the arena. */
const char *settings_fleet_host(struct arena *arena);

#endif
