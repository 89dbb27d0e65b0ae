/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail comes in: how often, from whom, to whom and with which fate.
 */
#ifndef TD_BENCH_TRAFFIC_H
#define TD_BENCH_TRAFFIC_H

#include "simulation.h"

/* Plans the steady mail of the login that will run wild, when there is such an episode. */
void traffic_plan_surge(struct simulation *sim);

/* A new message of this host, with so many recipients (0: as usual). Its number. */
uint32_t traffic_message_new(struct simulation *sim, uint32_t host, uint32_t recipients);

/* One of the three sources, some more often. */
uint32_t traffic_source(struct simulation *sim);

#endif
