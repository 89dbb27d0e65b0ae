/* SPDX-License-Identifier: Apache-2.0
 *
 * One thing to tell people: a transition of a page. A page is what is told together: one incident,
 * or several that share a source, a provider or a kind; its id is that of its first incident.
 *
 * A notice is neutral: no language, no receiver. respond/message.h makes words of it.
 */
#ifndef TD_RESPOND_NOTICE_H
#define TD_RESPOND_NOTICE_H

#include "base/memory.h"
#include "respond/audit_trail.h"
#include "respond/incident_record.h"

#define NOTICE_TRANSITIONS(X) \
    X(OPENED, "opened") \
    X(UPDATED, "updated")           /* worse, or more incidents on the page */ \
    X(ACKNOWLEDGED, "acknowledged") /* a person has taken it */ \
    X(ESCALATED, "escalated")       /* nobody has, for too long */ \
    X(REOPENED, "reopened")         /* came back soon, and has stayed since */ \
    X(CLOSED, "closed") \
    X(ROUTE, "route")     /* what was decided about its mail, or waits for a yes */ \
    X(DIGEST, "digest")   /* what quiet hours held back; no page of its own */ \
    X(CURRENT, "current") /* nothing new: for receivers that forget what is not repeated */

enum notice_transition {
#define X(name, word) NOTICE_##name,
    NOTICE_TRANSITIONS(X)
#undef X
};

#define INCIDENT_STATES(X) \
    X(OPEN, "open") \
    X(ACKNOWLEDGED, "acknowledged") \
    X(CLOSED, "closed")

enum incident_state {
#define X(name, word) INCIDENT_STATE_##name,
    INCIDENT_STATES(X)
#undef X
};

/* What the incidents of a page share beside their kind. */
#define NOTICE_AXES(X) \
    X(NONE, "none") /* there is one */ \
    X(SOURCE, "source") \
    X(PROVIDER, "provider") \
    X(KIND, "kind")

enum notice_axis {
#define X(name, word) NOTICE_AXIS_##name,
    NOTICE_AXES(X)
#undef X
};

#define NOTICE_ITEMS_MAX 50 /* listed; the others are counted */

struct notice_item {
    struct slice id, page; /* page: of a digest, the page it stands for */
    struct incident incident;
    uint64_t serial; /* of a digest: the page's serial for it */
    enum incident_state state;
    bool fresh; /* open, and not on the page when people were told of it last */
    enum notice_transition transition; /* of a digest: what the page's own notice would have been */
};

struct notice {
    enum notice_transition transition;
    enum incident_state state; /* of the page */
    enum incident_severity severity;
    enum notice_axis axis;
    int64_t at_us;
    struct slice page;               /* id; "digest" for a digest */
    uint64_t serial;                 /* notices of this page so far, this one too */
    unsigned flaps;                  /* how often it came back */
    unsigned escalation;             /* 1: first call */
    struct slice by, note;           /* of a person's acknowledging or closing; else empty */
    const struct audit_entry *route; /* of NOTICE_ROUTE; else NULL */
    size_t total;                    /* incidents of the page */
    size_t count;                    /* listed in items; at least 1 */
    struct notice_item
        *items;          /* the first that is still open leads, then fresh, open and closed ones */
    struct arena *arena; /* owns all strings of a copy; NULL: they are borrowed */
};

const char *notice_transition_word(enum notice_transition transition);
const char *incident_state_word(enum incident_state state);
const char *notice_axis_word(enum notice_axis axis);
bool notice_axis_from_word(struct slice word, enum notice_axis *out);

/* Can a person say yes, or no, to what it tells? The override has the id of the entry. */
bool notice_may_approve(const struct notice *notice);
bool notice_may_deny(const struct notice *notice);

/* A copy that stands alone. Free it with notice_free. */
struct notice *notice_copy(const struct notice *notice);
void notice_free(struct notice *notice);

/* The notice that a digest holds back for one page, as a copy: for receivers that keep a state for
 * each page. index < count. */
struct notice *notice_of_digest(const struct notice *digest, size_t index);

/* "3k9d0q2m-4": the same for the same notice in every run, so that a receiver sees a second try. */
void notice_key(const struct notice *notice, struct buf *to);

/* For our own state. notice_read gives a copy or NULL. */
json_t *notice_json(const struct notice *notice);
struct notice *notice_read(const json_t *object);

#endif
