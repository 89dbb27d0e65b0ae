/* SPDX-License-Identifier: Apache-2.0
 *
 * Campaigns of a month: each shop sends one a week, on its own work day at its own hour, to more or
 * fewer recipients each time.
 */
#include "campaign.h"

#include "sender.h"
#include "traffic.h"

enum { SIZE_LEAST = 20, SIZE_MOST = 60000 };

static uint32_t size_of(const struct simulation *sim, uint32_t shop)
{
    uint32_t mean = sim->rhythm.campaigns / SHOP_COUNT;
    uint32_t size = mean * (40 + shop * 7 % 120) / 100;
    return size < SIZE_LEAST ? SIZE_LEAST : size > SIZE_MOST ? SIZE_MOST : size;
}

int64_t campaign_length_us(uint32_t shop)
{
    return (60 + shop % 7 * 10) * INT64_C(60000000);
}

int64_t campaign_next_us(uint32_t shop, int64_t after_us)
{
    uint32_t weekday = shop % 5, hour = 10 + shop / 5 % 8;
    int64_t time_us = after_us / RHYTHM_HOUR_US * RHYTHM_HOUR_US + shop % 6 * INT64_C(600000000);
    do
        time_us += RHYTHM_HOUR_US;
    while (rhythm_weekday(time_us) != weekday || rhythm_hour(time_us) != hour);
    return time_us;
}

static void plan_next(struct simulation *sim, uint32_t shop)
{
    int64_t begin_us = campaign_next_us(shop, sim->now_us);
    simulation_plan(sim, begin_us - sim->now_us, STEP_CAMPAIGN, shop, 0);
}

void campaign_plan_all(struct simulation *sim)
{
    for (uint32_t shop = 0; shop < SHOP_COUNT; shop++)
        plan_next(sim, shop);
}

/* part: messages left; 0: it begins. */
void campaign_step(struct simulation *sim, uint32_t shop, uint32_t part)
{
    uint32_t size = size_of(sim, shop);
    if (part == 0) {
        plan_next(sim, shop);
        part = size * random_between(&sim->random, 85, 115) / 100;
    }
    uint32_t number = traffic_message_new(sim, random_below(&sim->random, sim->fleet.count), 1);
    sender_set_shop(&sim->messages[number], shop);
    simulation_plan(sim, 0, STEP_CONNECT, number, 0);
    uint32_t mean_us = (uint32_t)(campaign_length_us(shop) / size);
    if (part > 1)
        simulation_plan(sim, 1 + (int64_t)random_below(&sim->random, 2 * mean_us), STEP_CAMPAIGN,
                        shop, part - 1);
}
