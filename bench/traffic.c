/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrivals are spread so that the lines asked for fill the hours asked for: the mean gap follows
 * from what is left of both. A month has its own rhythm.
 */
#include "traffic.h"

#include "base/memory.h"
#include "scene.h"
#include "sender.h"

enum { SURGE_FACTOR = 30, SURGE_GAP_S = 240 };
enum { GROWTH_FACTOR = 2 }; /* so much more than usual */

static int64_t next_gap_us(struct simulation *sim)
{
    if (simulation_have(sim, FEATURE_MONTH)) {
        int64_t mean_us = rhythm_mean_us(&sim->rhythm, sim->now_us);
        return 1 + (int64_t)random_below(&sim->random, (uint32_t)(2 * mean_us));
    }
    uint64_t lines = sim->truth.lines;
    uint64_t left = sim->options.lines > lines ? sim->options.lines - lines : 1;
    uint64_t each_milli = sim->arrivals > 50 ? lines * 1000 / sim->arrivals : 7500;
    uint64_t arrivals = left * 1000 / (each_milli ? each_milli : 1) + 1;
    int64_t span = sim->end_us > sim->now_us ? sim->end_us - sim->now_us : 1000000;
    uint32_t mean = (uint32_t)((uint64_t)span / arrivals) + 1;
    return 1 + (int64_t)random_below(&sim->random, 2 * (mean < 1u << 30 ? mean : 1u << 30));
}

uint32_t traffic_source(struct simulation *sim)
{
    uint32_t dice = random_below(&sim->random, 10);
    return dice < 5 ? 0 : dice < 8 ? 1 : 2;
}

static enum message_fate choose_fate(struct simulation *sim)
{
    uint32_t dice = random_below(&sim->random, 1000);
    if (dice < 50)
        return simulation_have(sim, FEATURE_FILTER) ? FATE_FILTER : FATE_DELIVER;
    if (dice < 65)
        return simulation_have(sim, FEATURE_FORWARD) ? FATE_FORWARD : FATE_DELIVER;
    if (dice < 80)
        return simulation_have(sim, FEATURE_FORWARD) ? FATE_LOCAL : FATE_DELIVER;
    if (dice < 85)
        return simulation_have(sim, FEATURE_DISCARD) ? FATE_DISCARD : FATE_DELIVER;
    if (dice < 90)
        return simulation_have(sim, FEATURE_MILTER) ? FATE_REJECT : FATE_DELIVER;
    return FATE_DELIVER;
}

static uint8_t choose_recipients(struct simulation *sim)
{
    uint32_t dice = random_below(&sim->random, 100);
    if (dice < 85)
        return 1;
    return dice < 95 ? 2 : (uint8_t)random_between(&sim->random, 3, RECIPIENTS_MAX);
}

/* Postfix drops the second of two equal recipients, so there is none. */
static bool is_double(const struct message *message, uint32_t number)
{
    const struct address *new = &message->to[number].to;
    for (uint32_t i = 0; i < number; i++) {
        const struct address *old = &message->to[i].to;
        bool hostile = old->flavour == FLAVOUR_HOSTILE && new->flavour == FLAVOUR_HOSTILE;
        bool same = old->receiver == new->receiver && old->domain == new->domain;
        if (hostile || (same && old->local == new->local))
            return true;
    }
    return false;
}

static void address_recipients(struct simulation *sim, struct message *message, uint32_t recipients)
{
    bool hostile = simulation_have(sim, FEATURE_HOSTILE);
    message->recipients = recipients ? (uint8_t)recipients : choose_recipients(sim);
    for (uint32_t i = 0; i < message->recipients; i++) {
        struct recipient *recipient = &message->to[i];
        do
            recipient->to = world_address(&sim->random, hostile);
        while (is_double(message, i));
        recipient->ipv6 = simulation_have(sim, FEATURE_IPV6) &&
                          recipient->to.receiver != RECEIVER_MAILBOX &&
                          random_chance(&sim->random, 80000);
    }
}

uint32_t traffic_message_new(struct simulation *sim, uint32_t host, uint32_t recipients)
{
    uint32_t number = simulation_message_new(sim, host);
    struct message *message = &sim->messages[number];
    uint32_t dice = random_below(&sim->random, 100);
    message->kind = dice < 72 ? MESSAGE_SUBMISSION : dice < 96 ? MESSAGE_RELAYED : MESSAGE_PICKUP;
    message->fate = (uint8_t)choose_fate(sim);
    message->source = (uint8_t)traffic_source(sim);
    message->login = random_zipf(&sim->random, LOGIN_COUNT);
    message->client = random_below(&sim->random, 1000000);
    message->size = 600 + random_below(&sim->random, 200) * random_below(&sim->random, 2000);
    message->token = random_next(&sim->random) >> 4;
    message->order = random_chance(&sim->random, 500000);
    if (simulation_have(sim, FEATURE_VIRTUAL) && random_chance(&sim->random, 60000))
        message->alias = 1 + random_below(&sim->random, 500);
    if (simulation_have(sim, FEATURE_MONTH))
        sender_choose(sim, message);
    address_recipients(sim, message, recipients);
    if (message->kind == MESSAGE_PICKUP && message->fate == FATE_REJECT)
        message->fate = FATE_DELIVER;
    return number;
}

static void probe_begin(struct simulation *sim, uint32_t host)
{
    uint32_t number = simulation_message_new(sim, host);
    struct message *message = &sim->messages[number];
    message->kind = MESSAGE_PROBE;
    message->source = (uint8_t)traffic_source(sim);
    message->size = 233;
    message->token = random_next(&sim->random) >> 4;
    message->recipients = 1;
    message->to[0].to = world_address(&sim->random, false);
    message->arrival_us = sim->now_us;
    message->id = fleet_id_new(&sim->fleet, host, sim->now_us, &sim->random);
    simulation_plan(sim, 0, STEP_MESSAGE_ID, number, 0);
}

static void scene_begin(struct simulation *sim, uint32_t host)
{
    uint32_t number = simulation_message_new(sim, host);
    sim->messages[number].fate = FATE_SCENE;
    sim->messages[number].token = random_next(&sim->random) >> 4;
    sim->messages[number].client = random_below(&sim->random, 1000000);
    if (simulation_have(sim, FEATURE_MONTH))
        sim->messages[number].client = CLIENT_OURS + sim->messages[number].client % CLIENT_RANGE;
    simulation_plan(sim, 0, STEP_SCENE, number, 0);
}

static void message_begin(struct simulation *sim, uint32_t host)
{
    uint32_t number = traffic_message_new(sim, host, 0);
    bool local = sim->messages[number].kind == MESSAGE_PICKUP;
    simulation_plan(sim, 0, local ? STEP_CLIENT : STEP_CONNECT, number, 0);
}

/* More mail for one provider, by everybody: for each of its messages some that would not be. */
static void grow(struct simulation *sim)
{
    const struct episode *episode = episode_now(&sim->episodes, INCIDENT_GROWTH, sim->now_us);
    if (!episode ||
        !random_chance(&sim->random, world_share(episode->receiver) * 1000u * GROWTH_FACTOR))
        return;
    uint32_t number = traffic_message_new(sim, random_below(&sim->random, sim->fleet.count), 1);
    sim->messages[number].to[0].to.receiver = episode->receiver;
    sim->messages[number].to[0].to.domain = 0;
    simulation_plan(sim, 0, STEP_CONNECT, number, 0);
}

void traffic_arrival(struct simulation *sim, uint32_t who, uint32_t part)
{
    (void)who;
    (void)part;
    uint32_t host = random_below(&sim->random, sim->fleet.count);
    uint32_t dice = random_below(&sim->random, 1000);
    sim->arrivals++;
    if (dice < 10 && simulation_have(sim, FEATURE_PROBES))
        probe_begin(sim, host);
    else if (dice >= 900 && scene_wanted(sim))
        scene_begin(sim, host);
    else
        message_begin(sim, host);
    grow(sim);
    simulation_plan(sim, next_gap_us(sim), STEP_ARRIVAL, 0, 0);
}

/* The episode of a login that runs wild, or NULL. */
static const struct episode *surge_of(const struct simulation *sim)
{
    for (size_t i = 0; i < sim->episodes.count; i++)
        if (sim->episodes.episodes[i].kind == INCIDENT_SURGE)
            return &sim->episodes.episodes[i];
    return NULL;
}

void traffic_plan_surge(struct simulation *sim)
{
    if (simulation_have(sim, FEATURE_SURGE) && !simulation_have(sim, FEATURE_MONTH))
        simulation_plan(sim, 5000000, STEP_SURGE, 0, 0);
}

void traffic_surge(struct simulation *sim, uint32_t who, uint32_t part)
{
    (void)who;
    (void)part;
    const struct episode *episode = surge_of(sim);
    ASSERT(episode);
    uint32_t number = traffic_message_new(sim, 0, 0);
    struct message *message = &sim->messages[number];
    message->kind = MESSAGE_SUBMISSION;
    message->login = episode->login;
    message->fate = FATE_DELIVER;
    simulation_plan(sim, 0, STEP_CONNECT, number, 0);
    bool wild = sim->now_us >= episode->start_us && sim->now_us < episode->end_us;
    uint32_t gap_us = SURGE_GAP_S * 1000000u / (wild ? SURGE_FACTOR : 1);
    int64_t after_us = gap_us / 2 + random_below(&sim->random, gap_us);
    int64_t start_us = episode->start_us - sim->now_us;
    if (start_us > 0 && start_us < after_us)
        after_us = start_us;
    simulation_plan(sim, after_us, STEP_SURGE, 0, 0);
}
