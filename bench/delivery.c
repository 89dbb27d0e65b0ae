/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries of recipients: when each ends, the record it writes, what it means for the truth, and what
 * follows when all tries of a round are over.
 */
#include "delivery.h"

#include "choice.h"
#include "message.h"

enum { TIMEOUT_US = 30000000 };

struct episode_attempt delivery_attempt(const struct simulation *sim, const struct message *message,
                                        const struct recipient *recipient)
{
    return (struct episode_attempt){
        .host = message->host,
        .source = message->source,
        .sender = message->kind == MESSAGE_SUBMISSION ? message->login : ANY_LOGIN,
        .domain = recipient->to.domain,
        .receiver = recipient->to.receiver,
        .time_us = sim->now_us,
    };
}

static bool wants_try(const struct recipient *recipient)
{
    return recipient->state == RECIPIENT_NEW || recipient->state == RECIPIENT_DEFERRED ||
           recipient->state == RECIPIENT_GREYLISTED;
}

static void begin_try(struct simulation *sim, uint32_t number, uint32_t part)
{
    struct message *message = &sim->messages[number];
    struct recipient *recipient = &message->to[part];
    recipient->qmgr_us = random_between(&sim->random, 1000, 30000);
    recipient->connect_us = random_between(&sim->random, 20000, 400000);
    recipient->transmit_us = random_between(&sim->random, 30000, 900000);
    recipient->waited = false;
    message->running++;
    simulation_plan(sim, recipient->qmgr_us + recipient->connect_us + recipient->transmit_us,
                    STEP_DELIVER, number, part);
}

void delivery_begin(struct simulation *sim, uint32_t number)
{
    const struct message *message = &sim->messages[number];
    if (message->fate == FATE_FILTER)
        delivery_to_filter(sim, number);
    else if (message->fate == FATE_FORWARD || message->fate == FATE_LOCAL)
        simulation_plan(sim, random_between(&sim->random, 4000, 30000), STEP_FORWARDED, number, 0);
    else
        for (uint32_t part = 0; part < message->recipients; part++)
            if (wants_try(&message->to[part]))
                begin_try(sim, number, part);
}

/* A connection that times out does so half a minute later; what it meets then decides. */
static bool must_wait(struct simulation *sim, uint32_t number, uint32_t part,
                      const struct choice *choice)
{
    struct recipient *recipient = &sim->messages[number].to[part];
    if (recipient->waited || choice->suspended || choice->reason != REASON_TIMED_OUT)
        return false;
    recipient->waited = true;
    recipient->connect_us += TIMEOUT_US;
    simulation_plan(sim, TIMEOUT_US, STEP_DELIVER, number, part);
    return true;
}

static void mark_dead(struct simulation *sim, const struct message *message,
                      const struct recipient *recipient, enum reason reason)
{
    bool connect = reason_row(reason)->form == REASON_CONNECT;
    if (!connect || recipient->to.receiver != RECEIVER_TAIL ||
        !simulation_have(sim, FEATURE_SUSPENDED))
        return;
    sim->dead[message->host][recipient->to.domain % DEAD_SLOTS] =
        (struct dead_site){.domain = recipient->to.domain,
                           .receiver = recipient->to.receiver,
                           .reason = (uint8_t)reason,
                           .ipv6 = recipient->ipv6,
                           .until_us = sim->now_us + sim->dead_site_us};
}

static void round_over(struct simulation *sim, uint32_t number)
{
    const struct message *message = &sim->messages[number];
    bool waits = false;
    for (uint32_t part = 0; part < message->recipients; part++)
        waits |= wants_try(&message->to[part]);
    bool old = sim->now_us - message->arrival_us > sim->lifetime_us;
    if (waits && old && simulation_have(sim, FEATURE_EXPIRED))
        notice_expire(sim, number, false);
    else if (message->bounced && !message->null_sender)
        simulation_plan(sim, random_between(&sim->random, 1000, 5000), STEP_NOTIFY, number, 0);
    else
        delivery_settle(sim, number);
}

void delivery_settle(struct simulation *sim, uint32_t number)
{
    struct message *message = &sim->messages[number];
    bool waits = false;
    for (uint32_t part = 0; part < message->recipients; part++)
        waits |= wants_try(&message->to[part]);
    message->bounced = 0;
    if (waits)
        message_defer(sim, number);
    else
        simulation_plan(sim, random_between(&sim->random, 200, 3000), STEP_REMOVED, number, 0);
}

static struct choice choose(struct simulation *sim, const struct message *message, uint32_t part)
{
    const struct recipient *recipient = &message->to[part];
    struct choice choice = choice_make(sim, message, part);
    /* Second look at a time-out that no episode asked for: it happened. */
    if (recipient->waited && !choice.cause && recipient->reason == REASON_TIMED_OUT)
        return (struct choice){.reason = REASON_TIMED_OUT};
    return choice;
}

void delivery_step(struct simulation *sim, uint32_t number, uint32_t part)
{
    struct message *message = &sim->messages[number];
    struct recipient *recipient = &message->to[part];
    struct choice choice = choose(sim, message, part);
    if (must_wait(sim, number, part, &choice)) {
        recipient->reason = choice.cause ? REASON_SENT : REASON_TIMED_OUT;
        return;
    }
    mark_dead(sim, message, recipient, choice.reason);
    record_write(sim, message, part, &choice);
    if (--message->running == 0)
        round_over(sim, number);
}
