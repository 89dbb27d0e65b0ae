/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of a scenario of the planner, for route_scenario.c, route_words.c and route_check.c.
 */
#ifndef TD_SCENARIO_ROUTE_SCENARIO_PRIVATE_H
#define TD_SCENARIO_ROUTE_SCENARIO_PRIVATE_H

#include "base/err.h"
#include "base/memory.h"
#include "route_scenario.h"
#include "route_world.h"

#define SOURCES_MAX 32
#define POOLS_MAX 16
#define FALLBACKS_MAX 4

struct route_scenario {
    const char *name;
    struct slice title, fails;
    struct fleet fleet;
    struct fleet_source sources[SOURCES_MAX];
    struct fleet_pool pools[POOLS_MAX];
    struct slice fallbacks[POOLS_MAX][FALLBACKS_MAX];
    struct route_rules rules;
    struct route_mode_rule modes[ROUTE_MODES_MAX];
    struct audit_trail *trail;
    struct world world;
    unsigned expectations;
    struct buf *problems;
};

/* `mode=auto probe.first=5m ...` */
bool route_rule_take(struct route_rules *rules, struct slice rest, struct err *err);

/* What stands behind `expect`. False and err: the words are wrong; what is not so is added to the
 * problems, after `where`. */
bool route_check(struct route_scenario *scenario, struct slice rest, const char *where,
                 struct err *err);

#endif
