/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of the reading half as one JSON object, for the API: totals, the largest paths, how far
 * each log has been read and how the error budgets stand.
 */
#ifndef TD_APP_DAEMON_STATE_JSON_H
#define TD_APP_DAEMON_STATE_JSON_H

#include "base/buf.h"
#include "io/log_feed.h"
#include "watch/service_level.h"
#include "watch/tally_state.h"

#define DAEMON_BUDGETS_SHOWN 100 /* the most used ones */
#define DAEMON_BUDGET_MOST 1e6   /* what is shown of one that is used many times over */

struct daemon_log_state {
    struct slice name; /* `file:/var/log/mail.log` */
    bool listens;      /* for syslog */
    const char *place; /* where it was begun: a word of daemon_source.h */
    struct log_feed_status status;
};

struct daemon_state {
    const struct tally *tally;
    struct service_level *service;
    int64_t now_us;    /* by which the budgets are judged */
    int64_t newest_us; /* of the lines; STAMP_NONE or 0: none yet */
    int64_t steady_us; /* clock_steady_us now */
    const struct daemon_log_state *logs;
    size_t log_count;
    const uint64_t *left_out; /* LEFT_OUT_COUNT */
    struct slice countries;   /* why they cannot be read; empty: they can, or there are none */
};

/* Appends. */
void daemon_state_json(const struct daemon_state *daemon, struct buf *to);

#endif
