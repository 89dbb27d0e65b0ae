/* SPDX-License-Identifier: Apache-2.0
 *
 * When Postfix will try a waiting message again. No tool of Postfix says it: the queue manager
 * keeps it as the time stamp of the queue file. Its rule (src/qmgr/qmgr_active.c, qmgr_scan.c): at
 * the end of a try that left recipients waiting, at time T, of a message taken in at time A,
 *
 *     next = T + max(minimal_backoff_time, min(T - A, maximal_backoff_time))
 *
 * and the message is taken up by the first scan of the deferred queue after that; scans are
 * queue_run_delay apart. So the answer is a span, and an estimate: T is the last try that the logs
 * know, and `postqueue -f`, `-i`, a restart or a full active queue change it.
 */
#ifndef TD_WATCH_RETRY_ESTIMATE_H
#define TD_WATCH_RETRY_ESTIMATE_H

#include "base/slice.h"
#include "watch/queue_listing.h"

/* Microseconds; names as in main.cf. */
struct retry_settings {
    int64_t minimal_backoff_us, maximal_backoff_us, queue_run_delay_us;
    int64_t maximal_lifetime_us; /* maximal_queue_lifetime */
    int64_t bounce_lifetime_us;  /* bounce_queue_lifetime: of notifications */
};

/* Postfix' own: 300 s, 4000 s, 300 s, 5 days, 5 days. */
extern const struct retry_settings retry_default_settings;

struct retry_facts {
    enum mail_queue queue;
    int64_t arrival_us;
    int64_t last_try_us; /* STAMP_NONE: not known */
    int64_t now_us;
    bool is_notification; /* from=<> */
};

enum retry_kind {
    RETRY_NOW,     /* being tried, or about to be: it is in no queue that waits */
    RETRY_HELD,    /* not before somebody releases it */
    RETRY_BETWEEN, /* from .. to; from may lie in the past */
    RETRY_BY,      /* up to `to`: the last try is not known */
    RETRY_OVERDUE, /* `to` has passed: no queue run came, or it was tried without our knowing */
    RETRY_NEVER,   /* damaged: set aside by Postfix */
};

struct retry_estimate {
    enum retry_kind kind;
    int64_t from_us, to_us; /* of BETWEEN and OVERDUE; of BY `to` alone, nothing of the others */
    int64_t gives_up_us;    /* a try that fails after this is the last one; 0: never (held) */
    bool is_last;           /* the next try is that one */
};

/* By the rule above; pure. All times are UTC microseconds, settings as Postfix has them in effect
 * (the two bounds of the back-off may cross: the minimal one wins, as in Postfix). A last try
 * before the arrival is of another message and counts as not known: the answer is then the latest
 * time, as if it had been tried just now. A queue of a name that we do not know is taken as
 * `deferred`. It cannot fail. */
struct retry_estimate retry_estimate_make(const struct retry_settings *settings,
                                          const struct retry_facts *facts);

/* A time as `postconf -h` prints it: `300s`, `5d`, `1h`, a bare number in `unit_us`. False: another
 * form, or more than ten years; *out_us untouched. */
bool retry_time_parse(struct slice text, int64_t unit_us, int64_t *out_us);

#endif
