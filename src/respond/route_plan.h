/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides by which source the mail of this relay reaches a provider that refuses one. A path (one
 * source at one provider) goes through stages:
 *
 *     ok -----> throttled ----+         too fast: the pace is cut, and rises again
 *      |            |         |
 *      +-----> blocked <------+------+  its mail leaves by another source, or is held
 *                | ^                 |
 *      +---------+ +---- refused -+  |
 *      v                          |  |
 *     probing -- some in a row -> ramping --> ok      one message at a time; 10, 25, 50, 100 %
 *
 *     quarantined: what was given back and lost again too often waits for a person
 *
 * Postfix chooses a route by recipient alone, so there is one override a provider at a time; beside
 * it, probes for single recipients. Content, authentication, DNS and dead addresses are no reason
 * to move mail. Modes, approval and caps stand between what is wanted and what is done. A person's
 * route always wins. What is decided, and what was thought and not done, is told as audit entries.
 * Why it is so: docs/decisions/0044-the-loop.md; all thresholds: docs/guide/route-plan.md.
 *
 * Pure: `now` is an argument, evidence comes in as values. Time in which it was not asked, and
 * steps of the clock, count for nothing: waits and gates go on where they were. Texts are copied
 * unless said otherwise. Bounded: 512 providers, 64 sources each, OVERRIDES_MAX overrides. One
 * thread.
 */
#ifndef TD_RESPOND_ROUTE_PLAN_H
#define TD_RESPOND_ROUTE_PLAN_H

#include "base/err.h"
#include "model/fleet.h"
#include "model/incident.h"
#include "model/override.h"
#include "respond/audit_trail.h"
#include "respond/route_evidence.h"
#include "respond/route_rules.h"

#define ROUTE_STAGES(X) \
    X(OK, "ok") \
    X(THROTTLED, "throttled") \
    X(BLOCKED, "blocked") \
    X(PROBING, "probing") \
    X(RAMPING, "ramping") \
    X(QUARANTINED, "quarantined")

enum route_stage {
#define X(name, word) ROUTE_STAGE_##name,
    ROUTE_STAGES(X)
#undef X
};

#define X(name, word) +1
enum { ROUTE_STAGE_COUNT = ROUTE_STAGES(X) };
#undef X

const char *route_stage_word(enum route_stage stage);
bool route_stage_from_word(struct slice word, enum route_stage *out);

/* Told of each decision inside the call that made it; the entry lives until the function returns
 * and has no number yet. It must not call the plan. */
typedef void (*route_tell)(void *data, const struct audit_entry *entry);

struct route_plan;

/* rules and fleet are borrowed until route_plan_configure or the end. tell may be NULL. */
struct route_plan *route_plan_new(const struct route_rules *rules, const struct fleet *fleet,
                                  route_tell tell, void *data);
void route_plan_free(struct route_plan *plan);

/* After a reload; what does not fit any more ends with the next route_plan_advance. */
void route_plan_configure(struct route_plan *plan, const struct route_rules *rules,
                          const struct fleet *fleet);

/* ---- evidence; takes effect with the next route_plan_advance ---- */

/* An incident that opened, changed or closed, under the id that people know: of a source that is
 * the fleet's (names of other relays' own sources, which may be the same, are the caller's to keep
 * away) at a provider, or an outage of a provider. Others are no concern of the plan. False: there
 * is no room for another provider. */
bool route_plan_incident(struct route_plan *plan, const struct incident *incident, struct slice id);

/* Of a provider that the plan has (route_plan_provider); else it is ignored. Volumes are to be told
 * of every source before the advance that follows an incident: one whose volume is not known sends
 * nothing there, so nobody asks whether its mail may be moved or held. */
void route_plan_count(struct route_plan *plan, const struct route_path *path,
                      const struct route_count *count);
void route_plan_volume(struct route_plan *plan, const struct route_path *path,
                       const struct route_volume *volume);
void route_plan_waiting(struct route_plan *plan, struct slice provider,
                        const struct route_waiting *waiting);

/* All mail of the relay: recipients a day, mean of 7 days. 0: not known. */
void route_plan_total(struct route_plan *plan, double usual_day);

/* What is wrong with the standing of a source (PTR, HELO, a blocklist), in words; empty: nothing
 * that is known. */
void route_plan_standing(struct route_plan *plan, struct slice source, struct slice fault);

/* The same where it depends on the provider's mail: SPF of those who send it. Of a provider that
 * the plan has; not kept over restarts. */
void route_plan_spf(struct route_plan *plan, const struct route_path *path, struct slice fault);

/* What an override did since the last time this was told. */
void route_plan_work(struct route_plan *plan, struct slice id, const struct override_work *more);

/* ---- probes ---- */

/* A path that waits for a message to probe with, of index from 0; false: no more. Slices live until
 * the plan is told something. */
bool route_plan_wants(const struct route_plan *plan, size_t index, struct route_path *out);

/* Gives it one: the recipient of a real message of low risk that waits or is about to come; empty:
 * none is known, the least share of the provider's mail goes until one says something of the path.
 * The override is there at once. Returns its id; NULL: the path does not want one now. */
const char *route_plan_candidate(struct route_plan *plan, const struct route_path *path,
                                 struct slice recipient, int64_t now_us);

/* id: of the probe. False: no such probe (any more). */
bool route_plan_probe_result(struct route_plan *plan, struct slice id,
                             enum route_probe_result result, int64_t now_us);

/* ---- time ---- */

/* Decides. Call it after evidence, when due, and once a minute: what lies longer between two calls
 * is a time in which nobody watched. */
void route_plan_advance(struct route_plan *plan, int64_t now_us);
#define ROUTE_PLAN_GAP_US INT64_C(300000000)

/* When it has something to do next without being told anything; INT64_MAX: never. */
int64_t route_plan_next_due(const struct route_plan *plan);

/* ---- people; by: who. False and err: why not. ---- */

bool route_plan_approve(struct route_plan *plan, struct slice id, struct slice by, int64_t now_us,
                        struct err *err);

/* Not for this block of the path. */
bool route_plan_deny(struct route_plan *plan, struct slice id, struct slice by, int64_t now_us,
                     struct err *err);

/* Ends an override that is in force. One of the plan does not come again for this block. */
bool route_plan_undo(struct route_plan *plan, struct slice id, struct slice by, int64_t now_us,
                     struct err *err);

/* A person's route: provider, target (empty: hold), share_percent, expires_us and reason of `wish`
 * count, actor is who. It replaces an earlier one for the provider. NULL and err, or its id. */
const char *route_plan_set(struct route_plan *plan, const struct override *wish, int64_t now_us,
                           struct err *err);

/* ---- what there is; slices and pointers live until the plan is told something ---- */

/* Proposed and active ones; NULL: index is past the last. */
const struct override *route_plan_override(const struct route_plan *plan, size_t index);

/* Providers that volumes and waiting mail are asked for; false: no more. */
bool route_plan_provider(const struct route_plan *plan, size_t index, struct slice *out);

struct route_path_view {
    struct route_path path;
    enum route_stage stage;
    int64_t since_us;       /* of the stage */
    int64_t due_us;         /* next probe or step at the earliest; INT64_MAX: waits for something */
    unsigned successes;     /* PROBING: in a row */
    unsigned share_percent; /* RAMPING: of the provider's mail that it has; 100: all of its own */
    uint32_t per_hour;      /* THROTTLED */
    unsigned flaps;         /* returns within the window that did not last */
    enum route_mode mode;
    struct slice incident; /* id of the one that it is for; or empty */
    struct slice left;     /* why nothing is done for it; empty: it is, or nothing is to be */
    struct route_volume volume;
    int64_t moved_us; /* since when none of its mail leaves by it but probes; 0: some does */
};

/* Paths that have a trouble or had one lately; false: no more. */
bool route_plan_path(const struct route_plan *plan, size_t index, struct route_path_view *out);

/* For our own state. route_plan_read fills a plan that was told nothing yet; false: not of the
 * form, the plan is then as it was. NULL: as if nothing had been kept. What was in force is so
 * again. */
json_t *route_plan_json(const struct route_plan *plan);
bool route_plan_read(struct route_plan *plan, const json_t *object);

#endif
