/* SPDX-License-Identifier: Apache-2.0
 *
 * Trouble that a detector must find: a provider that refuses one source by its words or in
 * silence, for a broken SPF or a missing reverse name, one that is out of order for everybody, one
 * that asks for less, a login that runs wild.
 * An episode is planned at the start and keeps book of what it really did to the log.
 */
#ifndef TD_BENCH_EPISODE_H
#define TD_BENCH_EPISODE_H

#include <stdbool.h>

#include "fleet.h"
#include "model/incident.h"
#include "options.h"
#include "reason.h"
#include "world.h"

enum { EPISODES_MAX = 10, ANY_PATH = 255 };

/* What an episode did to one path. */
struct episode_path {
    uint64_t seen;     /* attempts from the first hit on */
    uint64_t hits;     /* attempts that failed so */
    uint64_t attempts; /* from the first hit to the last one */
    int64_t opened_us; /* first hit */
    int64_t closed_us; /* first delivery after the last hit; INCIDENT_OPEN: not yet */
};

struct episode {
    enum incident_kind kind;
    enum reply_class class;
    uint8_t host, source;             /* ANY_PATH: all of them */
    uint8_t receiver;                 /* enum receiver that stands for the provider */
    enum reason reason, other_reason; /* how an attempt fails; every third the other way */
    uint32_t spared;                  /* N: every Nth attempt is not refused; 0: all are */
    int64_t start_us, end_us;
    uint32_t login; /* of a surge */
    struct episode_path paths[HOSTS_MAX][SOURCE_COUNT];
};

struct episode_list {
    size_t count;
    struct episode episodes[EPISODES_MAX];
};

void episode_plan(struct episode_list *list, const struct options *options);

/* The episode that an attempt on this path at this time meets, or NULL. */
struct episode *episode_find(struct episode_list *list, uint32_t host, uint32_t source,
                             uint8_t receiver, int64_t now_us);

struct episode_attempt {
    uint32_t host, source;
    uint8_t receiver;
    bool sent;
    int64_t time_us;
    const struct episode *cause; /* the episode that made it fail, or NULL */
};

/* Keeps book of an attempt. */
void episode_count(struct episode_list *list, const struct episode_attempt *attempt);

#endif
