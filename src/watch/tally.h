/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts what the correlator finds, watches for incidents and writes the summary at the end. The
 * receiver of attempts: it knows the provider, the path and the class of each.
 */
#ifndef TD_WATCH_TALLY_H
#define TD_WATCH_TALLY_H

#include "model/summary.h"
#include "watch/classifier.h"
#include "watch/correlator.h"
#include "watch/incident_tell.h"
#include "watch/path_detector.h"
#include "watch/surge_detector.h"

struct tally;
struct login_table;

/* Lines before since_us are read for what came of them later and for what is normal, but not
 * counted; lines from until_us on are left out. */
struct tally_settings {
    int64_t since_us, until_us; /* INT64_MIN and INT64_MAX: everything */
    double latency_target_s;    /* 60 */
    struct detector_rule reply_rule, silent_rule;
    struct surge_rule surge_rule;
    struct correlator_limits limits;
};

extern const struct tally_settings tally_default_settings;

struct tally_path_names {
    struct slice relay, source, provider;
    bool provider_is_listed; /* in the table of providers; false: known by its domain only */
};

/* An attempt, or a record that is none (see its exclusion), with the names of its path. */
struct tally_attempt {
    const struct attempt *attempt;
    struct tally_path_names names;
    uint32_t path; /* 0: one of those beyond the bound of paths, which share their names */
    const struct verdict *verdict; /* NULL: it delivered */
    const struct reply *reply;     /* the same */
};

/* Somebody who is told what is counted, with `data`; any may be NULL. Path names of an outcome:
 * tally_path_names. */
struct tally_observer {
    void *data;
    void (*attempt)(void *data, const struct tally_attempt *attempt);
    void (*outcome)(void *data, const struct outcome_event *event);
    void (*accepted)(void *data, const struct message *message, int64_t now_us);
    void (*noted)(void *data, struct message *message, const struct log_record *record);
    void (*ended)(void *data, const struct message *message, enum message_leave leave);
};

/* classifier: borrowed, outlives the tally; its table of providers names them here too. settings
 * NULL: the defaults. */
struct tally *tally_new(const struct tally_settings *settings, struct classifier *classifier);
void tally_free(struct tally *tally);

/* observer is copied; before the first record. At most TALLY_OBSERVERS_MAX, told in this order. */
#define TALLY_OBSERVERS_MAX 8
void tally_observe(struct tally *tally, const struct tally_observer *observer);

/* The path of an attempt or outcome by its number; empty login: none. Strings live as long as the
 * tally. */
struct tally_path_names tally_path_names(const struct tally *tally, uint32_t path);
struct slice tally_relay(const struct tally *tally, const struct message *message);
struct slice tally_login(const struct tally *tally, const struct message *message);
/* Domain of the envelope sender in lower case; empty: none, or not known. */
struct slice tally_sender(const struct tally *tally, const struct message *message);

/* For login_past.h: what the logins did, by the correlator's numbers. Both live as long as the
 * tally. */
struct login_table *tally_logins(const struct tally *tally);
struct correlator *tally_correlator(const struct tally *tally);

/* One record, with the time to use for it (see log_clock.h; STAMP_NONE: none known yet). */
void tally_take(struct tally *tally, const struct log_record *record, int64_t now_us);

/* As correlator_tick: time passes on logs that are quiet. */
void tally_tick(struct tally *tally, int64_t now_us);

/* Which sources form a pool: they serve one purpose and are meant to suffer together. */
struct source_pool {
    struct slice source, pool;
};

/* Replaces the pools; a source of none is in none. Copied; at most 255 pools, the rest is none. */
void tally_set_pools(struct tally *tally, const struct source_pool *pools, size_t count);

/* For a daemon: tells each incident that opened, changed or closed since the last call, as it is
 * now; see incident_watch_tell and login_table_tell_surges. Kind, names and opened_us of an
 * incident stay the same from its first telling to its closing, and no two open ones have the same
 * kind and names. An outage has a provider only. now_us: the clock, or the time of the newest line
 * while old lines are caught up with. A summary that is written later holds only the incidents that
 * are open then. */
void tally_tell_incidents(struct tally *tally, int64_t now_us, incident_tell tell, void *data);

/* The logs have ended: fills *out, whose strings live until its arena is freed. Call once. */
void tally_finish(struct tally *tally, struct summary *out);

#endif
