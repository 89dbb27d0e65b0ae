/* SPDX-License-Identifier: Apache-2.0
 *
 * An incident: something a person should know, with the evidence for it. Written by the detectors
 * of `watch`, read by the reports. A value type: strings are interned elsewhere and outlive it.
 */
#ifndef TD_MODEL_INCIDENT_H
#define TD_MODEL_INCIDENT_H

#include "base/slice.h"
#include "model/reply_class.h"

#define INCIDENT_KINDS(X) \
    X(BLOCK, "block") /* a provider refuses this source (or our domain: see class) */ \
    X(SILENT_BLOCK, "silent-block") /* no reply tells, but only this source fails there */ \
    X(OUTAGE, "outage")             /* every source fails there: the provider's trouble */ \
    X(UNREACHABLE, "unreachable") /* fails there, and no other source tells whose trouble it is */ \
    X(SLOW_DOWN, "slow-down")     /* the provider asks for less */ \
    X(CONFIGURATION, "configuration") /* SPF, DKIM, DMARC, PTR, HELO, TLS: ours to mend */ \
    X(SURGE, "surge")                 /* a login sends far above its and the fleet's normal */

enum incident_kind {
#define X(name, word) INCIDENT_##name,
    INCIDENT_KINDS(X)
#undef X
};

/* How wide it reaches, as far as the logs tell. */
#define INCIDENT_SCOPES(X) \
    X(SOURCE, "one source") \
    X(SOURCES, "several sources") \
    X(RELAY, "every source of the relay") \
    X(EVERYONE, "every source") \
    X(LOGIN, "one login")

enum incident_scope {
#define X(name, word) INCIDENT_SCOPE_##name,
    INCIDENT_SCOPES(X)
#undef X
};

#define INCIDENT_OPEN INT64_MAX
#define INCIDENT_EVIDENCE_MAX 2

struct incident {
    enum incident_kind kind;
    enum incident_scope scope;
    struct slice relay, source, provider, login; /* those that apply; else empty */
    int64_t opened_us;                           /* first evidence */
    int64_t closed_us; /* first traffic of the recovery, or INCIDENT_OPEN */
    int64_t last_hit_us;
    uint64_t attempts;      /* delivery attempts from opened to closed (surge: recipients sent) */
    uint64_t hits;          /* those of them that are evidence (surge: above the limit of normal) */
    uint64_t messages;      /* distinct messages among the hits */
    double normal;          /* surge: recipients an hour that would have been normal; else 0 */
    enum reply_class class; /* of most hits; REPLY_CLASS_UNKNOWN for a surge */
    struct slice list,
        url; /* named blocklist and link of the newest hit that named one; or empty */
    size_t evidence_count;
    struct slice evidence[INCIDENT_EVIDENCE_MAX]; /* raw log lines: first, then newest */
};

const char *incident_kind_word(enum incident_kind kind);
const char *incident_scope_word(enum incident_scope scope);

/* One sentence for an on-call engineer: what to do now. Literal text, no markup. */
const char *incident_advice(const struct incident *incident);

#endif
