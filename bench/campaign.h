/* SPDX-License-Identifier: Apache-2.0
 *
 * Campaigns of shops, a week apart. Numbers of shops are 0 .. SHOP_COUNT - 1.
 */
#ifndef TD_BENCH_CAMPAIGN_H
#define TD_BENCH_CAMPAIGN_H

#include "simulation.h"

void campaign_plan_all(struct simulation *sim);

/* When the shop's next campaign begins, at least an hour after this time, and how long it takes. */
int64_t campaign_next_us(uint32_t shop, int64_t after_us);
int64_t campaign_length_us(uint32_t shop);

#endif
