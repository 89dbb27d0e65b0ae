/* SPDX-License-Identifier: Apache-2.0
 *
 * The half of the daemon that reads: lines of all sources become records, records are counted by
 * the tally, recorded in the history and watched by the detectors. Runs in the feed's thread and
 * owns all of that; the other half (daemon_desk.h) is told of incidents through a mailbox, and
 * everybody else through a published snapshot.
 *
 * Exactly once: what a batch of lines brings goes into the history together with the position
 * behind them. What the detectors and the correlator know is not written; a start reads the last
 * part of each log again instead (at most WARM_US or WARM_LINES), uncounted, then goes to the line
 * behind what was committed (daemon_source.h). No source counts before all are there: what a
 * message brings does not depend on the order in which sources are read.
 */
#ifndef TD_APP_DAEMON_INGEST_H
#define TD_APP_DAEMON_INGEST_H

#include "app/daemon_metrics.h"
#include "app/daemon_names.h"
#include "app/hijack_channel.h"
#include "app/login_channel.h"
#include "app/policy_refunds.h"
#include "app/settings.h"
#include "io/own_log.h"
#include "io/snapshot.h"
#include "io/mailbox.h"
#include "store/history.h"
#include "watch/classifier.h"

struct daemon_ingest;

/* All borrowed; they outlive the object. */
struct daemon_ingest_options {
    const struct settings *settings;
    struct classifier *classifier;
    struct history *history;
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct daemon_names *names; /* whose questions it answers */
    struct mailbox *incidents;  /* of struct incident_record, to be freed by who takes them */
    struct mailbox *watches, *reports; /* of daemon_traffic.h */
    struct policy_refunds *refunds;    /* of mail that the log says was refused */
    struct hijack_channel *channel;    /* verdicts on accounts */
    struct login_channel *logins;      /* of the auth listener */
    struct snapshot_place *published;  /* the state of the paths as JSON, about once a second */
};

/* Starts to follow. Positions are read from the history, which must be ready. NULL and err. */
struct daemon_ingest *daemon_ingest_start(const struct daemon_ingest_options *options,
                                          struct err *err);

/* Goes on by these settings, of the same history and state folder; when it returns the old settings
 * may go, and the old classifier if it is another one. Listeners and followed logs that are the
 * same stay open and lose nothing. same: logs, classifier and what detectors are told are the same,
 * so that what they know stays; else they warm up again, as after a start. Not from the feed's
 * thread. */
void daemon_ingest_reload(struct daemon_ingest *ingest, const struct settings *settings,
                          struct classifier *classifier, bool same);

/* Ends the thread, commits what was read, frees. NULL is fine. */
void daemon_ingest_stop(struct daemon_ingest *ingest);

#endif
