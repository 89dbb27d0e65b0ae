/* SPDX-License-Identifier: Apache-2.0
 *
 * What the detectors of volume learn from the history when the daemon starts, so that a restart
 * forgets nothing: recipients by the hour of the last four weeks (volume.h), and of the last nine
 * days by provider (growth_guard.h) and of seven by path (route_traffic.h). Bounded: PAST_WAIT_US
 * each, and what the detectors keep. What cannot be read is told in the log; it is then learned
 * anew from lines.
 */
#ifndef TD_APP_DAEMON_PAST_H
#define TD_APP_DAEMON_PAST_H

#include "app/route_traffic.h"
#include "io/own_log.h"
#include "watch/growth_guard.h"
#include "watch/volume.h"

#define PAST_WAIT_US INT64_C(10000000)

/* Hours that are over at until_us, in the place of what is known of them: call it when the lines
 * that come again have been taken. folder: of the state. */
void daemon_past_volume(const char *folder, int64_t until_us, struct volume *volume,
                        struct own_log *log);

/* Days up to now; of the last again_us lines will come again, 0: none. Before any mail is taken; to
 * the half hour, since sums are of whole ones. */
void daemon_past_growth(const char *folder, int64_t now_us, int64_t again_us,
                        struct growth_guard *growth, struct own_log *log);

/* First tries of 7 days by path, the same way. */
void daemon_past_traffic(const char *folder, int64_t now_us, int64_t again_us,
                         struct route_traffic *traffic, struct own_log *log);

#endif
