/* SPDX-License-Identifier: Apache-2.0
 *
 * The detectors' rules by the settings: for the daemon, and for a replay of old logs.
 */
#ifndef TD_APP_DAEMON_RULES_H
#define TD_APP_DAEMON_RULES_H

#include "app/settings.h"
#include "watch/detector_desk.h"

struct tally_settings daemon_tally_settings(const struct settings *settings);

/* The arena has a list of it; texts are the settings'. */
struct detector_rules daemon_detector_rules(const struct settings *settings, struct arena *arena);

/* All detectors over this tally. */
struct detector_desk *daemon_detectors_new(const struct settings *settings, struct tally *tally);

#endif
