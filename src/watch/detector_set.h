/* SPDX-License-Identifier: Apache-2.0
 *
 * All further detectors, fed by what a reader of logs has anyway: each record, and what the
 * correlator makes of it. Owns them; what each one wants to know is taken out of records, attempts
 * and outcomes here and nowhere else. The detectors of paths and logins are the tally's.
 *
 * Order: detector_set_take_record before the correlator takes the same record, whose attempts,
 * outcomes and acceptances then follow. One thread.
 */
#ifndef TD_WATCH_DETECTOR_SET_H
#define TD_WATCH_DETECTOR_SET_H

#include "watch/correlator.h"
#include "watch/growth_guard.h"
#include "watch/guessing.h"
#include "watch/hijack.h"
#include "watch/left_out.h"
#include "watch/log_habit.h"
#include "watch/queue_watch.h"
#include "watch/service_level.h"
#include "watch/volume.h"

struct detector_rules {
    struct service_rule service;
    struct log_habit_rule habit;
    struct guessing_rule guessing;
    struct queue_rule queue;
    struct volume_rule volume;
    struct growth_rule growth;
    struct hijack_rule hijack;
};

extern const struct detector_rules detector_rules_default;

/* Whose mail it is and where it goes; empty: not known. provider: empty for mail that stays on this
 * host. */
struct detector_names {
    struct slice relay, source, provider, login;
    struct slice group;       /* of logins, or pool of the source */
    bool transactional;       /* the target of latency holds */
    enum reply_class refused; /* of an attempt that failed: what the reply says */
};

struct detector_set;

struct detector_set *detector_set_new(const struct detector_rules *rules);
void detector_set_free(struct detector_set *set);

/* Of a line whose time nobody knows: that it came, and whether it was understood. */
void detector_set_take_line(struct detector_set *set, const struct log_record *record,
                            struct slice log, int64_t now_us);

/* log: the file, journal or listener that the record came from. Slices of the record are used until
 * the next call. */
void detector_set_take_record(struct detector_set *set, const struct log_record *record,
                              struct slice log, int64_t now_us);

/* A login that no log tells of. */
void detector_set_take_login(struct detector_set *set, const struct guessing_login *login,
                             int64_t now_us);

/* As the correlator tells them. */
void detector_set_take_attempt(struct detector_set *set, const struct attempt *attempt,
                               const struct detector_names *names);
void detector_set_take_outcome(struct detector_set *set, const struct outcome_event *event,
                               const struct detector_names *names);
void detector_set_take_accepted(struct detector_set *set, const struct message *message,
                                struct slice login, int64_t now_us);

/* Every 100 ms or so, and at the end. */
void detector_set_tell(struct detector_set *set, int64_t now_us, incident_tell tell, void *data);

/* Sets the counts of the detectors. */
void detector_set_left_out(const struct detector_set *set, uint64_t counts[LEFT_OUT_COUNT]);

/* Those that somebody else asks or teaches: budgets, waiting mail, profiles, logs to expect. */
struct service_level *detector_set_service(struct detector_set *set);
struct queue_watch *detector_set_queue(struct detector_set *set);
struct volume *detector_set_volume(struct detector_set *set);
struct growth_guard *detector_set_growth(struct detector_set *set);
struct log_habit *detector_set_habit(struct detector_set *set);
struct hijack *detector_set_hijack(struct detector_set *set);

#endif
