/* SPDX-License-Identifier: Apache-2.0
 *
 * Episodes of a month that write lines of their own. See attack.c.
 */
#ifndef TD_BENCH_ATTACK_H
#define TD_BENCH_ATTACK_H

#include "simulation.h"

void attack_plan_all(struct simulation *sim);

#endif
