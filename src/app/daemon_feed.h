/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon's feed follows, by the settings.
 */
#ifndef TD_APP_DAEMON_FEED_H
#define TD_APP_DAEMON_FEED_H

#include "app/daemon_source.h"
#include "io/log_feed.h"

/* sources: as many as settings->log_count; those that are not EXACT are read from their mark on.
 * What it points to lives as long as settings and arena. */
struct log_feed_options daemon_feed_options(const struct settings *settings,
                                            const struct daemon_source *sources,
                                            struct arena *arena);

#endif
