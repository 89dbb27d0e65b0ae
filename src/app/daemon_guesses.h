/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon says of guesses that relays share (app/guess_share.h): own log, metrics and the
 * state for the API, {state, since, reason}; state: "shares" or "alone". Of the main thread.
 */
#ifndef TD_APP_DAEMON_GUESSES_H
#define TD_APP_DAEMON_GUESSES_H

#include "app/daemon_metrics.h"
#include "app/guess_share.h"
#include "io/own_log.h"
#include "model/json_value.h"

/* What was last told. All zero: nothing. */
struct daemon_guesses {
    bool told, up;
    struct guess_share_counts last; /* as last shown */
};

/* Tells when Redis comes and goes, and writes the metrics. */
void daemon_guesses_show(struct daemon_guesses *guesses, struct own_log *log,
                         struct daemon_metrics *metrics, const struct guess_share_counts *now);

/* The caller's; null where nothing is shared. */
json_t *daemon_guesses_json(const struct guess_share_counts *counts);

#endif
