/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the planner, for the route_*.c files. A route is what the plan knows of one provider at
 * this relay; its paths are sources that had trouble there, or whose volume was told. Each advance
 * asks every path for its stage (route_path.c), each route for the override that it should have
 * (route_wish.c), and brings what there is in line with that (route_settle.c).
 */
#ifndef TD_RESPOND_ROUTE_PLAN_PRIVATE_H
#define TD_RESPOND_ROUTE_PLAN_PRIVATE_H

#include "respond/override_record.h"
#include "respond/route_plan.h"

#define PLAN_ROUTES_MAX 512
#define PLAN_PATHS_MAX 64 /* of a route */
#define PLAN_FLAPS_MAX 16
#define PLAN_INCIDENT_ID_MAX 31

/* An incident of a path, one a kind. */
struct plan_cause {
    bool open, left; /* left: it was said why nothing is done for it */
    enum reply_class class;
    char id[PLAN_INCIDENT_ID_MAX + 1];
    int64_t last_hit_us;
    uint64_t attempts, hits;
};

struct plan_path {
    char *source;
    char *note; /* why it is in its stage; NULL: OK from the beginning */
    char *spf;  /* what stands against it where mail goes there; NULL: nothing that is known */
    enum route_stage stage;
    int64_t stage_us; /* since when; RAMPING: since its step */
    struct plan_cause causes[INCIDENT_KIND_COUNT];
    int64_t away_us;    /* it lost its mail; 0: never */
    int64_t settled_us; /* hits until then are answered: mail was given back after them */
    struct route_volume volume;
    struct route_count counts; /* since the stage or its step began */
    int64_t due_us;            /* BLOCKED, PROBING: next probe; THROTTLED: next look */
    int64_t wait_us;           /* between a failure and the next probe */
    unsigned successes;
    size_t step;                   /* RAMPING: index of the rule's steps, or their count: all */
    int64_t flaps[PLAN_FLAPS_MAX]; /* oldest first */
    size_t flap_count;
    int64_t returned_us;          /* its mail was given back; 0: not within memory */
    double pace, usual_pace;      /* THROTTLED: deliveries an hour */
    int64_t slowest_us;           /* THROTTLED: refused at the slowest since; 0: not so */
    bool reopened;                /* a detector found the block anew since the stage began */
    struct override_record probe; /* QUARANTINED: a proposal to probe again */
};

struct plan_route {
    char *provider;
    struct plan_path *paths[PLAN_PATHS_MAX];
    size_t path_count;
    struct plan_cause outage;
    struct route_waiting waiting;
    struct override_record current, proposal, manual;
    struct override_record watched; /* OBSERVE: what was last said that would be done */
    char *approved;                 /* name of the target that a person said yes to; or NULL */
    char *approved_by;
    bool denied;   /* a person wants nothing done for this block */
    bool released; /* the deadline passed: held mail tries again */
    bool resort;   /* the deadline passed: by the source of last resort */
    bool old_told; /* mail comes near the end of its life */
    bool deadline_told;
    int64_t held_us;   /* mail has nowhere to go since; 0: it has, or there is no block */
    int64_t chosen_us; /* the last target; 0: none yet */
    bool choose_anew;  /* a path came back: perhaps there is a better target now */
};

struct plan_standing {
    char *source, *fault;
};

struct route_plan {
    const struct route_rules *rules;
    const struct fleet *fleet;
    route_tell tell;
    void *data;
    struct plan_route *routes[PLAN_ROUTES_MAX];
    size_t route_count;
    struct plan_standing *standings;
    size_t standing_count;
    double total_day;
    uint64_t last_number; /* of overrides */
    int64_t now_us;       /* of the last advance; 0: none yet */
    bool dirty;           /* told something since */
};

/* ---- route_state.c: finding and making ---- */
struct plan_route *plan_route_find(const struct route_plan *plan, struct slice provider);
struct plan_route *plan_route_get(struct route_plan *plan, struct slice provider); /* NULL: full */
void plan_route_free(struct plan_route *route);
struct plan_path *plan_path_find(const struct plan_route *route, struct slice source);
struct plan_path *plan_path_get(struct plan_route *route, struct slice source); /* NULL: full */
bool plan_is_here(const struct route_plan *plan, const struct plan_path *path);
bool plan_is_full(const struct route_plan *plan); /* of overrides */
void plan_follow_clock(struct route_plan *plan, int64_t now_us);
void plan_forget_idle(struct route_plan *plan);

/* ---- route_path.c: stages ---- */
/* Id of what it is in its stage for: open ones first, else the last that was; or empty. */
struct slice plan_path_incident(const struct plan_path *path);
bool plan_path_is_blocking(const struct plan_path *path); /* evidence that was not answered yet */
bool plan_path_is_away(const struct route_plan *plan, const struct plan_path *path);
bool plan_path_is_refused(const struct plan_path *path); /* the provider does not want it now */
size_t plan_path_flaps(const struct route_plan *plan, const struct plan_path *path);
void plan_path_advance(struct route_plan *plan, struct plan_route *route, struct plan_path *path);
void plan_path_probed(struct route_plan *plan, struct plan_route *route, struct plan_path *path,
                      enum route_probe_result result);
bool plan_path_wants(const struct route_plan *plan, const struct plan_route *route,
                     const struct plan_path *path);
int64_t plan_path_due(const struct route_plan *plan, const struct plan_route *route,
                      const struct plan_path *path);
/* note: a format and what belongs to it. */
void plan_path_enter(struct route_plan *plan, struct plan_path *path, enum route_stage stage,
                     const char *note, ...) __attribute__((format(printf, 4, 5)));

/* ---- route_target.c: who may take the mail ---- */
/* Does each pool that sends to the provider let it leave by this source? */
bool plan_pools_allow(const struct route_plan *plan, const struct plan_route *route,
                      const struct fleet_source *source);
bool plan_has_traffic(const struct route_plan *plan, const struct plan_path *path);
/* Why no more of a pool is to be detoured at this provider; NULL: nothing stands against it. */
const char *plan_pool_limit(const struct route_plan *plan, const struct plan_route *route);
/* `why`: gets the reasons against the others when there is none. */
const struct fleet_source *plan_target_choose(const struct route_plan *plan,
                                              const struct plan_route *route, struct buf *why);
/* The pools fit better, or it is at this relay and the other is not. */
bool plan_target_is_closer(const struct route_plan *plan, const struct plan_route *route,
                           const struct fleet_source *a, const struct fleet_source *b);
/* NULL: it may take the mail, anew or on; else why not. */
const char *plan_target_fault(const struct route_plan *plan, const struct plan_route *route,
                              const struct fleet_source *source, bool new);

/* ---- route_wish.c: the override that a route should have ---- */
struct plan_wish {
    bool any;
    enum override_kind kind;
    const struct plan_path *lead; /* for whose sake; NULL: no path has a trouble */
    struct slice target;
    unsigned share_percent;
    uint32_t per_hour;
    bool may_hold; /* no sound source would be held with it */
};
void plan_wish(struct route_plan *plan, struct plan_route *route, struct plan_wish *out,
               struct buf *reason);

/* ---- route_settle.c: from wish to deed ---- */
void plan_settle(struct route_plan *plan, struct plan_route *route);
/* What the map says now, beside probes; NULL: nothing. A person's route goes before all. */
const struct override *plan_in_force(const struct plan_route *route);
/* Tells what it did and drops it. */
void plan_end(struct route_plan *plan, struct plan_route *route, struct override_record *record,
              struct slice reason);
void plan_number(struct route_plan *plan, struct override *override);
void plan_renew(const struct route_plan *plan, struct override_record *record);

/* ---- route_caps.c ---- */
/* Why another override of this route is too much to do without a person; NULL: it is not. */
const char *plan_caps_limit(const struct route_plan *plan, const struct plan_route *route);

/* ---- route_words.c: telling ---- */
/* What the map says of the provider: "default", "out-b:", "10 % out-a:, else out-b:". */
void plan_route_words(const struct route_plan *plan, const struct override *override,
                      struct buf *to);
struct plan_news {
    enum audit_action action;
    bool urgent;
    const struct plan_path *path;          /* or NULL */
    const struct override *about;          /* whose id and work it has; or NULL */
    const struct override *before, *after; /* what is in the map; NULL: nothing */
    struct slice actor;                    /* empty: the plan itself */
    struct slice reason;
};
void plan_tell(struct route_plan *plan, const struct plan_route *route,
               const struct plan_news *news);

#endif
