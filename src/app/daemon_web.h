/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon answers over HTTP: the control socket (all of it) and the listeners of `web:`
 * (reading; writing with the token). docs/openapi.yaml has the forms.
 */
#ifndef TD_APP_DAEMON_WEB_H
#define TD_APP_DAEMON_WEB_H

#include "app/daemon_metrics.h"
#include "app/daemon_names.h"
#include "app/daemon_slack.h"
#include "app/settings.h"
#include "io/http_server.h"
#include "io/mailbox.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "mail/provider.h"
#include "store/history.h"

#define DAEMON_WEB_HOSTS (SETTINGS_WEB_NAMES + 4)

/* What handlers read. All borrowed; outlives the server. */
struct daemon_web {
    const struct settings *settings;
    struct history *history;
    struct daemon_metrics *metrics;
    const struct provider_table *providers;
    struct mailbox *requests;
    struct daemon_names *names;
    struct daemon_slack *slack;
    struct own_log *log;
    struct snapshot_place *state, *incidents, *notifiers, *silences, *configuration;
    struct snapshot_place *counts; /* of sending limits */
    struct snapshot_place *routes, *audit, *policy, *auth, *quota;
    struct snapshot_place *rulings; /* how accounts are shared */
    int64_t started_us;
    /* By what names it may be asked; filled by daemon_web_start. */
    const char *hosts[DAEMON_WEB_HOSTS];
    size_t host_count;
    char own_host[256], own_label[256], url_host[256];
};

/* kept: sockets of the server before, which are used again where they are still wanted. NULL and
 * err: a listener that could not be opened. */
struct http_server *daemon_web_start(struct daemon_web *web, struct http_sockets *kept,
                                     struct err *err);

#endif
