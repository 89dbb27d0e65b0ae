/* SPDX-License-Identifier: Apache-2.0
 *
 * What was decided about routes, by whom, why, and what came of it. The planner tells entries; the
 * trail keeps the newest ones for people to read, and gives each as a line of JSON for a file that
 * only grows. A decision and its outcome are two entries that name the same override.
 *
 * Bounded: AUDIT_ENTRIES_MAX entries of some 3 KiB at most; the oldest goes first. One thread.
 */
#ifndef TD_RESPOND_AUDIT_TRAIL_H
#define TD_RESPOND_AUDIT_TRAIL_H

#include "model/json_field.h"
#include "model/override.h"

#define AUDIT_ENTRIES_MAX 2000
#define AUDIT_INCIDENTS_MAX 4
#define AUDIT_ROUTE_MAX 512 /* bytes of before and after */

/* X(NAME, word) */
#define AUDIT_ACTIONS(X) \
    X(DETOUR, "detour") \
    X(HOLD, "hold") \
    X(THROTTLE, "throttle") \
    X(PROBE, "probe") \
    X(RAMP, "ramp") \
    X(RETURN, "return")         /* the path has its mail back */ \
    X(END, "end")               /* an override ended, and what it did */ \
    X(QUARANTINE, "quarantine") /* it flaps: a person decides */ \
    X(LEAVE, "leave")           /* nothing is done, and why */ \
    X(OBSERVE, "observe")       /* what would have been done */ \
    X(PROPOSE, "propose") \
    X(WARN, "warn") \
    X(APPROVE, "approve") /* from here on: by a person */ \
    X(DENY, "deny") \
    X(UNDO, "undo") \
    X(SET, "set") \
    X(CLEAR, "clear")

enum audit_action {
#define X(name, word) AUDIT_##name,
    AUDIT_ACTIONS(X)
#undef X
};

#define X(name, word) +1
enum { AUDIT_ACTION_COUNT = AUDIT_ACTIONS(X) };
#undef X

/* Strings are borrowed for the call; a trail keeps its own. */
struct audit_entry {
    uint64_t number; /* given by the trail: 1, 2, 3 ... */
    int64_t time_us;
    enum audit_action action;
    bool urgent; /* somebody should look now */
    struct slice relay, provider;
    struct slice source;        /* that it is about; may be empty */
    struct slice override_id;   /* or empty */
    struct slice before, after; /* what the map says of the provider: "default", "out-b:" */
    struct slice actor;
    struct slice reason;                         /* one sentence */
    struct slice incidents[AUDIT_INCIDENTS_MAX]; /* evidence; ids of the book; empty: fewer */
    bool measured;                               /* END: work says what came of it */
    struct override_work work;
};

const char *audit_action_word(enum audit_action action);
bool audit_action_from_word(struct slice word, enum audit_action *out);

struct audit_trail;

struct audit_trail *audit_trail_new(void);
void audit_trail_free(struct audit_trail *trail);

/* Copies the entry, with texts made valid UTF-8 and cut to their bounds; returns the copy, which
 * has a number and lives until it is the oldest of too many. */
const struct audit_entry *audit_trail_add(struct audit_trail *trail,
                                          const struct audit_entry *entry);

/* The oldest first; index < count. */
size_t audit_trail_count(const struct audit_trail *trail);
const struct audit_entry *audit_trail_at(const struct audit_trail *trail, size_t index);

/* {"number", "time", "action", "urgent", "relay", "provider", "source", "override", "before",
 * "after", "actor", "reason", "incidents": [], "work": {...}}; what is empty is left out. */
json_t *audit_entry_json(const struct audit_entry *entry);

/* Reads what audit_entry_json wrote. False: not of the form; *out then holds nothing of use. Slices
 * are of the object. */
bool audit_entry_read(const json_t *object, struct audit_entry *out);

/* For our own state. audit_trail_read fills the trail, which must be empty; false: not of the form,
 * the trail is then still empty. NULL: as if nothing had been kept. */
json_t *audit_trail_json(const struct audit_trail *trail);
bool audit_trail_read(struct audit_trail *trail, const json_t *object);

#endif
