/* SPDX-License-Identifier: Apache-2.0
 *
 * Trouble that a detector must find: a provider that refuses one source by its words or in
 * silence, for a broken SPF or a missing reverse name, one that is out of order for everybody, one
 * that asks for less, a login that runs wild.
 * An episode is planned at the start and keeps book of what it really did to the log. The plan is
 * the same in every log, or that of a month by its seed (month.c).
 */
#ifndef TD_BENCH_EPISODE_H
#define TD_BENCH_EPISODE_H

#include <stdbool.h>

#include "fleet.h"
#include "model/incident.h"
#include "options.h"
#include "reason.h"
#include "world.h"

enum { EPISODES_MAX = 48, ANY_PATH = 255, ANY_DOMAIN = 65535 };

#define ANY_LOGIN UINT32_MAX

/* What an episode did to one path. */
struct episode_path {
    uint64_t seen;     /* attempts from the first hit on */
    uint64_t hits;     /* attempts that failed so */
    uint64_t attempts; /* from the first hit to the last one */
    uint64_t messages; /* distinct ones among the hits */
    int64_t last_us;   /* last hit */
    int64_t opened_us; /* first hit */
    int64_t closed_us; /* first delivery after the last hit; INCIDENT_OPEN: not yet */
};

struct episode {
    const char *name; /* of the month's; else NULL */
    enum incident_kind kind;
    enum incident_scope scope; /* of the month's */
    enum reply_class class;
    bool fails;                       /* attempts on its paths fail by it */
    uint8_t host, source;             /* ANY_PATH: all of them */
    uint8_t receiver;                 /* enum receiver that stands for the provider, or ANY_PATH */
    uint16_t domain;                  /* of RECEIVER_TAIL; ANY_DOMAIN: its whole provider */
    uint32_t sender;                  /* login whose mail it meets; ANY_LOGIN: everybody's */
    enum reason reason, other_reason; /* how an attempt fails; every third the other way */
    uint32_t spared;                  /* N: every Nth attempt is not refused; 0: all are */
    int64_t start_us, end_us;
    uint32_t login; /* of a surge, or attacked */
    struct episode_path paths[HOSTS_MAX][SOURCE_COUNT];
};

struct episode_list {
    size_t count;
    bool month; /* planned by month.c, and by nothing else */
    struct episode episodes[EPISODES_MAX];
};

void episode_plan(struct episode_list *list, const struct options *options);

struct episode_attempt {
    uint32_t host, source;
    uint32_t sender; /* login, or ANY_LOGIN */
    uint16_t domain;
    uint8_t receiver;
    bool sent;
    bool again; /* the cause has met this message before */
    int64_t time_us;
    const struct episode *cause; /* the episode that made it fail, or NULL */
};

/* The episode that an attempt meets by its path, sender and time; NULL: none. */
struct episode *episode_find(struct episode_list *list, const struct episode_attempt *attempt);

/* The first episode of this kind that lasts at this time, or NULL. */
const struct episode *episode_now(const struct episode_list *list, enum incident_kind kind,
                                  int64_t now_us);

/* Keeps book of an attempt. */
void episode_count(struct episode_list *list, const struct episode_attempt *attempt);

#endif
