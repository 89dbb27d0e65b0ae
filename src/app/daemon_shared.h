/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared limits in the daemon: from the settings to what the policy thread shares by
 * (policy_shared.h), and what the daemon says of it. Of the main thread.
 */
#ifndef TD_APP_DAEMON_SHARED_H
#define TD_APP_DAEMON_SHARED_H

#include "app/daemon_metrics.h"
#include "app/policy_shared.h"
#include "app/settings.h"
#include "io/own_log.h"

/* What was last wanted and told. All zero: nothing is shared. */
struct daemon_shared {
    struct buf wanted; /* all that a connection depends on, as one text */
    bool told, up;
    struct policy_shared_counts last; /* as last shown */
    uint64_t gone;                    /* lost with connections that were given up; not shown yet */
};

void daemon_shared_done(struct daemon_shared *shared);

/* Whether these settings want another Redis than the last ones, or another way to it. */
bool daemon_shared_want(struct daemon_shared *shared, const struct settings_store *store);

/* The name of this relay, appended; store NULL: that of the host. */
void daemon_shared_relay(const struct settings_store *store, struct buf *to);

/* Where relays share, and what their keys begin with, appended. False: these settings share
 * nothing. */
bool daemon_shared_address(const struct settings_store *store, struct redis_address *out,
                           struct buf *prefix);

/* All that a connection depends on, as one text, appended; nothing: these settings share nothing.
 */
void daemon_shared_key(const struct settings_store *store, struct buf *to);

/* NULL: these settings share nothing. */
struct policy_shared *daemon_shared_make(const struct settings_store *store);

/* The connection is given up, and no server uses it any more: what it owed is lost. */
void daemon_shared_leave(struct daemon_shared *shared, struct own_log *log,
                         struct policy_shared *of);

/* Tells when Redis comes and goes, and writes the metrics. */
void daemon_shared_show(struct daemon_shared *shared, struct own_log *log,
                        struct daemon_metrics *metrics, struct policy_shared *of);

#endif
