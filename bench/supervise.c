/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator does to waiting mail with postsuper(1): delete, queue again, hold and release,
 * expire.
 */
#include "message.h"

static bool waits(const struct recipient *recipient)
{
    return recipient->state == RECIPIENT_DEFERRED || recipient->state == RECIPIENT_GREYLISTED;
}

/* The line of the message, and the sum that postsuper writes at its end. */
static void write_order(struct simulation *sim, const struct message *message, const char *done,
                        const char *sum)
{
    line_str(simulation_message_line(sim, message, PROGRAM_POSTSUPER), done);
    simulation_emit(sim);
    uint32_t who = (uint32_t)message->token & 15;
    line_str(simulation_line(sim, message->host, PROGRAM_POSTSUPER, who), sum);
    simulation_emit(sim);
}

static void order_delete(struct simulation *sim, uint32_t number)
{
    const struct message *message = &sim->messages[number];
    write_order(sim, message, "removed", "Deleted: 1 message");
    for (uint32_t i = 0; i < message->recipients; i++)
        sim->truth.outcomes.discarded += waits(&message->to[i]);
    fleet_id_free(&sim->fleet, message->host, &message->id, sim->now_us);
    simulation_message_free(sim, number);
}

static void order_requeue(struct simulation *sim, uint32_t number)
{
    write_order(sim, &sim->messages[number], "requeued", "Requeued: 1 message");
    uint32_t other = simulation_message_new(sim, sim->messages[number].host);
    const struct message *old = &sim->messages[number];
    struct message *again = &sim->messages[other];
    *again = *old;
    again->kind = MESSAGE_PICKUP;
    again->peer = old->id;
    again->waiting = false;
    again->recipients = 0;
    for (uint32_t i = 0; i < old->recipients; i++)
        if (waits(&old->to[i]))
            again->to[again->recipients++] = old->to[i];
    again->tries = 1;
    fleet_id_free(&sim->fleet, old->host, &old->id, sim->now_us);
    simulation_message_free(sim, number);
    simulation_plan(sim, random_between(&sim->random, 100000, 900000), STEP_CLIENT, other, 0);
}

static void order_expire(struct simulation *sim, uint32_t number)
{
    struct message *message = &sim->messages[number];
    write_order(sim, message, "expired", "Force-expired: 1 message");
    simulation_wait(sim, message, false);
    message_write_queued(sim, message);
    notice_expire(sim, number, true);
}

enum { PART_ORDER, PART_RELEASE };

static void order_hold(struct simulation *sim, uint32_t number)
{
    write_order(sim, &sim->messages[number], "placed on hold", "Placed on hold: 1 message");
    simulation_plan(sim, 600000000, STEP_SUPERVISE, number, PART_RELEASE);
}

void supervise_step(struct simulation *sim, uint32_t number, uint32_t part)
{
    if (part == PART_RELEASE) {
        write_order(sim, &sim->messages[number], "released from hold",
                    "Released from hold: 1 message");
        message_retry(sim, number, 0);
        return;
    }
    uint32_t dice = random_below(&sim->random, 4);
    if (dice == 0)
        order_delete(sim, number);
    else if (dice == 1)
        order_requeue(sim, number);
    else if (dice == 2)
        order_hold(sim, number);
    else
        order_expire(sim, number);
}
