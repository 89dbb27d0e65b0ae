/* SPDX-License-Identifier: Apache-2.0
 *
 * An incident: something a person should know, with the evidence for it. Written by the detectors
 * of `watch`, read by the reports and by `respond`. A value type: strings are kept elsewhere and
 * outlive it. What it is called in a language and what to do about it: model/incident_words.h.
 */
#ifndef TD_MODEL_INCIDENT_H
#define TD_MODEL_INCIDENT_H

#include <stdbool.h>

#include "base/slice.h"
#include "model/reply_class.h"

#define INCIDENT_KINDS(X) \
    X(BLOCK, "block") /* a provider refuses this source (or our domain: see class) */ \
    X(SILENT_BLOCK, "silent-block") /* no reply tells, but only this source fails there */ \
    X(OUTAGE, "outage")             /* every source fails there: the provider's trouble */ \
    X(UNREACHABLE, "unreachable") /* fails there, and no other source tells whose trouble it is */ \
    X(SLOW_DOWN, "slow-down")     /* the provider asks for less */ \
    X(CONFIGURATION, "configuration")   /* TLS, or the protocol itself: ours to mend */ \
    X(SURGE, "surge")                   /* a login or domain sends far above its normal */ \
    X(CONTENT, "content")               /* the provider refuses what our mail says */ \
    X(AUTHENTICATION, "authentication") /* SPF, DKIM or DMARC does not hold */ \
    X(DNS, "dns")                       /* PTR, HELO or the names of our domains */ \
    X(GROWTH, "growth")                 /* more than double yesterday's volume to one provider */ \
    X(REACHABILITY, "reachability")     /* the error budget of deliveries burns */ \
    X(LATENCY, "latency")               /* the error budget of fast deliveries burns */ \
    X(QUEUE_AGE, "queue-age")           /* mail waits too long */ \
    X(BACKLOG, "backlog")               /* too much mail waits */ \
    X(BRUTE_FORCE, "brute-force")       /* passwords are guessed */ \
    X(LOG_SILENT, "log-silent")         /* a log says nothing, against its habit */ \
    X(LOG_UNREAD, "log-unread")         /* too many lines of a program are not understood */ \
    X(HISTORY, "history")               /* the history of deliveries cannot be written or read */ \
    X(NOTIFIER, "notifier")             /* a notifier does not take messages any more */ \
    X(ROUTING, "routing")               /* what is decided about routes cannot be done or kept */ \
    X(ACCOUNT_HIJACKED, "account-hijacked")   /* somebody else sends with an account */ \
    X(AUTH_BACKEND_DOWN, "auth-backend-down") /* logins fail for want of an answer */ \
    X(MAILBOX_SERVER_QUOTA_DOWN, "mailbox-server-quota-down") /* nobody says who is full */

enum incident_kind {
#define X(name, word) INCIDENT_##name,
    INCIDENT_KINDS(X)
#undef X
};

#define X(name, word) +1
enum { INCIDENT_KIND_COUNT = INCIDENT_KINDS(X) };
#undef X

/* How wide it reaches, as far as the logs tell. X(NAME, word, Japanese, rank): a higher rank
 * reaches farther. */
#define INCIDENT_SCOPES(X) \
    X(SOURCE, "one source", "1 つの送信元", 1) \
    X(SOURCES, "several sources", "複数の送信元", 2) \
    X(RELAY, "every source of the relay", "リレーの全送信元", 4) \
    X(EVERYONE, "every source", "全送信元", 5) \
    X(LOGIN, "one login", "1 つのログイン", 1) \
    X(SENDER_DOMAIN, "one sender domain", "1 つの送信ドメイン", 2) \
    X(POOL, "every source of the pool", "プールの全送信元", 3) \
    X(PROVIDER, "one provider", "1 つのプロバイダー", 1) \
    X(FLEET, "the whole fleet", "全体", 6)

enum incident_scope {
#define X(name, word, ja, rank) INCIDENT_SCOPE_##name,
    INCIDENT_SCOPES(X)
#undef X
};

#define X(name, word, ja, rank) +1
enum { INCIDENT_SCOPE_COUNT = INCIDENT_SCOPES(X) };
#undef X

/* In rising order. USUAL: what its kind has, see incident_severity. */
#define INCIDENT_SEVERITIES(X) \
    X(USUAL, "usual") \
    X(INFO, "info") \
    X(WARNING, "warning") \
    X(CRITICAL, "critical")

enum incident_severity {
#define X(name, word) INCIDENT_##name,
    INCIDENT_SEVERITIES(X)
#undef X
};

#define X(name, word) +1
enum { INCIDENT_SEVERITY_COUNT = INCIDENT_SEVERITIES(X) };
#undef X

#define INCIDENT_OPEN INT64_MAX
#define INCIDENT_EVIDENCE_MAX 2
#define INCIDENT_SUSPECTS_MAX 3

/* A login that may be the cause, and why it is thought so: what it did within the last one to two
 * hours. In words: model/suspect_words.h. */
struct incident_suspect {
    struct slice login;
    uint64_t recipients;      /* that it wrote to */
    uint64_t usual;           /* in an hour with mail */
    uint64_t hours;           /* with mail before; 0: it has no past */
    uint64_t new_percent;     /* of recipients: at domains that are new to it */
    uint64_t bounced_percent; /* of outcomes: hard bounces */
    uint64_t networks;        /* of clients, new to it */
    uint64_t refused;         /* failed logins */
};

struct incident {
    enum incident_kind kind;
    enum incident_scope scope;
    enum incident_severity severity;             /* set by a detector that knows better */
    struct slice relay, source, provider, login; /* those that apply; else empty */
    struct slice domain;                         /* sender domain, where it is about one */
    struct slice name; /* of a log, program, store, notifier or part, where it is about one */
    int64_t opened_us; /* first evidence */
    int64_t closed_us; /* first traffic of the recovery, or INCIDENT_OPEN */
    int64_t last_hit_us;
    uint64_t attempts;           /* delivery attempts from opened to closed (surge: recipients) */
    uint64_t hits;               /* those of them that are evidence (surge: above the limit) */
    uint64_t messages;           /* distinct messages among the hits */
    uint64_t recipients, logins; /* distinct ones among the hits; 0: not counted */
    double normal;               /* surge: recipients an hour that would have been normal; else 0 */
    enum reply_class class;      /* of most hits; REPLY_CLASS_UNKNOWN where there are no replies */
    struct slice list,
        url; /* named blocklist and link of the newest hit that named one; or empty */
    size_t evidence_count;
    struct slice evidence[INCIDENT_EVIDENCE_MAX];            /* raw log lines: first, then newest */
    struct incident_suspect suspects[INCIDENT_SUSPECTS_MAX]; /* top first; empty logins: fewer */
};

const char *incident_kind_word(enum incident_kind kind);
bool incident_kind_from_word(struct slice word, enum incident_kind *out);

/* Is each of its hits a failed attempt of a path, as opposed to a measure of many or of another
 * thing (surges, budgets, queues, logs)? */
bool incident_hits_are_failures(enum incident_kind kind);

/* Does this kind measure what trouble does to the mail, whatever the trouble is? */
bool incident_is_consequence(enum incident_kind kind);

const char *incident_scope_word(enum incident_scope scope);
bool incident_scope_from_word(struct slice word, enum incident_scope *out);
int incident_scope_rank(enum incident_scope scope);

const char *incident_severity_word(enum incident_severity severity);
bool incident_severity_from_word(struct slice word, enum incident_severity *out);

/* What the detector said, else what is usual for the kind; never INCIDENT_USUAL. */
enum incident_severity incident_severity(const struct incident *incident);

/* The reply inside a delivery record (`status=deferred (REPLY)`); empty when the line is none. */
struct slice incident_reply(struct slice line);

static inline bool incident_is_open(const struct incident *incident)
{
    return incident->closed_us == INCIDENT_OPEN;
}

#endif
