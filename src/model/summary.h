/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report says: counts, outcomes, service levels and incidents of one reading of logs. Filled
 * once by `watch`, then only read by the printers (text, JSON, HTML). Strings belong to the arena
 * of the summary or are literals. Every number is a plain count; ratios are computed where printed.
 *
 * Words (docs/guide/report.md has them for readers):
 *   record   a delivery line as written (to= ... status=), or qmgr's status=expired
 *   attempt  a delivery try of one recipient towards its goal: no re-injection into our own filter,
 *            no address probe, no discard, no repeated cause ("delivery temporarily suspended")
 *   outcome  the final result of one recipient of one message, followed across re-queueing
 */
#ifndef TD_MODEL_SUMMARY_H
#define TD_MODEL_SUMMARY_H

#include "base/memory.h"
#include "model/incident.h"
#include "model/reply_class.h"

#define DELIVERY_STATUSES(X) \
    X(SENT, "sent") \
    X(DEFERRED, "deferred") \
    X(BOUNCED, "bounced") \
    X(SOFTBOUNCE, "softbounce") \
    X(EXPIRED, "expired") \
    X(FORCE_EXPIRED, "force-expired") \
    X(DELIVERABLE, "deliverable") \
    X(UNDELIVERABLE, "undeliverable") \
    X(UNDELIVERABLE_UNCACHED, "undeliverable-but-not-cached") \
    X(OTHER, "other")

enum delivery_status {
#define X(name, word) DELIVERY_##name,
    DELIVERY_STATUSES(X)
#undef X
};

#define X(name, word) +1
enum { DELIVERY_STATUS_COUNT = DELIVERY_STATUSES(X) };
#undef X

/* In place of a count that the history does not keep: neither zero nor any number. */
#define SUMMARY_NOT_KEPT UINT64_MAX

struct summary_program {
    struct slice name; /* as the tag's last element says it */
    uint64_t read, unknown;
    struct slice sample; /* one unknown line, raw; empty when there is none */
};

struct summary_outcomes {
    uint64_t sent, bounced, expired;
    uint64_t open;      /* still waiting when the log ends */
    uint64_t discarded; /* ended by an order: discard:, DISCARD, postsuper -d */
    uint64_t lost;      /* the log holds no final word: lines are missing */
};

struct summary_attempts {
    uint64_t total, sent, deferred, bounced;
    uint64_t reinjected, probes, discarded, repeated; /* records that are no attempts, by reason;
                                                         probes, discarded: or NOT_KEPT */
};

/* Seconds of the final record's delay=, plus earlier hops; from a histogram, exact to 2 %. */
struct summary_latency {
    uint64_t count; /* outcomes sent that enter the service level */
    double p50, p90, p99, max;
    uint64_t within_target; /* sent within target_s */
    uint64_t waiting_late;  /* still open and older than target_s at the log's end */
    double target_s;
};

/* One row of providers[], sources[] or paths[]; the names that do not apply are empty. */
struct summary_path {
    struct slice relay, source, provider;
    bool known; /* the provider is in the table of providers */
    struct summary_attempts attempts;
    struct summary_outcomes outcomes;
    struct summary_latency latency;
    uint64_t classes[REPLY_CLASS_COUNT]; /* failed attempts by class */
    int64_t first_us, last_us;
};

struct summary_class {
    enum reply_class class;
    uint64_t attempts, temporary, permanent;
    struct slice sample;          /* newest reply text */
    struct slice sample_provider; /* who said it */
};

struct summary_login {
    struct slice name;
    uint64_t messages, recipients; /* recipients: outcomes of its mail, whatever they are */
    struct summary_outcomes outcomes;
    uint64_t blocked;       /* failed attempts of class block_* */
    uint64_t auth_failures; /* failed logins with this name, or NOT_KEPT */
    uint64_t peak_hour;     /* most recipients in 60 minutes */
    uint64_t clients;       /* distinct client addresses, estimated */
    bool surge;             /* an incident of this report names it */
};

struct summary_slow {
    struct slice relay, queue_id, to, provider, reason; /* reason: of the last deferral, or empty */
    double delay_s;
    int64_t time_us;
    uint32_t attempts;
};

/* How mail met a full mailbox of ours. X(NAME, key of JSON) */
#define SUMMARY_FULL_SIGNS_ALL(X) \
    X(REFUSED_RCPT, "refused_at_rcpt") /* the sender was told when it named the recipient */ \
    X(REFUSED_END, "refused_at_end")   /* or when the message had come, and its size was known */ \
    X(BOUNCED, "bounced")              /* taken, and returned later */ \
    X(DEFERRED, "deferred")            /* tries that will be repeated */

enum summary_full_sign {
#define X(name, key) SUMMARY_FULL_##name,
    SUMMARY_FULL_SIGNS_ALL(X)
#undef X
};

#define X(name, key) +1
enum { SUMMARY_FULL_SIGNS = SUMMARY_FULL_SIGNS_ALL(X) };
#undef X

struct summary_full_mailbox {
    struct slice address;
    uint64_t counts[SUMMARY_FULL_SIGNS];
    int64_t since_us, last_us; /* since_us STAMP_NONE: something was delivered after */
};

/* Sums, of mailboxes that could not be named, too; `distinct` mailboxes had mail. */
struct summary_full {
    uint64_t sums[SUMMARY_FULL_SIGNS]; /* refused ones: or NOT_KEPT */
    size_t distinct, count;
    struct summary_full_mailbox *rows; /* most mail first */
};

struct summary_template {
    struct slice text; /* masked reply that no rule knows */
    uint64_t count;
    struct slice sample;
};

struct summary_suffix {
    struct slice suffix; /* MX suffix that the table of providers does not know */
    uint64_t attempts;
};

struct summary_bin {
    uint64_t sent, deferred, bounced, blocked; /* blocked attempts are among deferred and bounced */
};

/* What is known of a time whose rows the history has dropped: sums by the hour. Of the paths only
 * attempts (total, sent, deferred, bounced), classes, outcomes.expired, first_us and last_us are
 * set, the times to the hour; one without any name stands for those past a bound. */
struct summary_older {
    int64_t since_us, until_us; /* begin of the first hour, end of the last; 0, 0: there is none */
    struct summary_attempts attempts;
    uint64_t expired;
    size_t provider_count, source_count, path_count;
    struct summary_path *providers, *sources, *paths; /* most attempts first */
};

struct summary {
    struct arena *arena;
    bool from_history; /* of rows: lines_read, _parsed and _mail count those, others of lines_ are 0
                          and mean nothing; counts may be SUMMARY_NOT_KEPT where it says so */
    int64_t first_us, last_us; /* of the lines counted; STAMP_NONE when there were none */
    uint64_t lines_read, lines_parsed, lines_unknown, lines_cut, lines_without_time;
    uint64_t lines_mail;                     /* of programs of Postfix, of Dovecot or nginx */
    uint64_t lines_outside;                  /* left out by --since and --until */
    uint64_t lines_ever, lines_ever_unknown; /* from_history: since it began, whatever the time */
    struct summary_older older;
    uint64_t records[DELIVERY_STATUS_COUNT];
    uint64_t messages; /* queue ids seen to begin */
    uint64_t flushed;  /* open messages given up because the cap was hit */
    struct summary_attempts attempts;
    struct summary_outcomes outcomes;
    uint64_t reachability_good, reachability_bad; /* notifications (from=<>) and local left out */
    uint64_t bad_address, bad_ours, bad_other;    /* reachability_bad by whose fault */
    struct summary_latency latency;

    size_t program_count, provider_count, source_count, path_count, class_count, login_count;
    size_t slow_count, template_count, suffix_count, incident_count;
    struct summary_program *programs; /* most lines first */
    struct summary_path *providers;   /* most attempts first */
    struct summary_path *sources;
    struct summary_path *paths;
    struct summary_class *classes; /* most attempts first; sent is none */
    struct summary_login *logins;  /* surges first, then most recipients */
    uint64_t login_failures;       /* failed logins, whatever the name; or, as the next, NOT_KEPT */
    uint64_t login_failure_clients; /* distinct client addresses of them, estimated; at most 260 */
    uint64_t logins_distinct;       /* before the list was cut */
    struct summary_slow *slowest;   /* longest delay first */
    struct summary_full full;
    struct summary_template *templates; /* most first */
    struct summary_suffix *suffixes;    /* most first */
    struct incident *incidents;         /* open ones first, then newest */

    /* Timeline for charts: `bins` bins of bin_us from bin_start_us. Attempts by result, and blocks.
     */
    int64_t bin_start_us, bin_us;
    size_t bins;
    struct summary_bin *timeline;
};

const char *delivery_status_word(enum delivery_status status);

/* The status that a word of a log names; DELIVERY_OTHER for one we do not know. Case matters only
 * for SOFTBOUNCE. */
enum delivery_status delivery_status_from_word(struct slice word);

#endif
