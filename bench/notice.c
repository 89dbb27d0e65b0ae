/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounce notifications: a new message from=<> to the sender. Its first lines and the line that
 * links it to its cause come in either order, as in real logs.
 */
#include "message.h"

void notice_step(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    uint32_t host = sim->messages[number].host;
    uint32_t other = simulation_message_new(sim, host);
    struct message *cause = &sim->messages[number];
    struct message *notice = &sim->messages[other];
    notice->kind = MESSAGE_NOTICE;
    notice->null_sender = true;
    notice->source = cause->source;
    notice->size = 2000 + cause->size % 3000;
    notice->arrival_us = sim->now_us;
    notice->token = random_next(&sim->random) >> 4;
    notice->recipients = 1;
    notice->to[0].to = (struct address){.receiver = RECEIVER_MAILBOX, .local = cause->login};
    notice->id = fleet_id_new(&sim->fleet, host, sim->now_us, &sim->random);
    cause->peer = notice->id;
    sim->truth.messages++;
    bool edge_first = cause->order;
    message_id(sim, other, 0);
    simulation_plan(sim, edge_first ? 1000 : 3000, STEP_EDGE, number, 0);
    simulation_plan(sim, edge_first ? 3000 : 1000, STEP_QUEUED, other, 0);
}

void notice_edge(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    struct message *message = &sim->messages[number];
    struct line *line = simulation_message_line(sim, message, PROGRAM_BOUNCE);
    line_str(line, "sender non-delivery notification: ");
    line_put(line, message->peer.text, message->peer.len);
    simulation_emit(sim);
    delivery_settle(sim, number);
}

static void count_expired(struct simulation *sim, struct message *message, bool forced)
{
    sim->truth.records[forced ? DELIVERY_FORCE_EXPIRED : DELIVERY_EXPIRED]++;
    for (uint32_t i = 0; i < message->recipients; i++) {
        struct recipient *recipient = &message->to[i];
        if (recipient->state != RECIPIENT_DEFERRED && recipient->state != RECIPIENT_GREYLISTED)
            continue;
        recipient->state = RECIPIENT_DONE;
        sim->truth.outcomes.expired++;
        sim->truth.bad += !message->null_sender;
    }
}

void notice_expire(struct simulation *sim, uint32_t number, bool forced)
{
    struct message *message = &sim->messages[number];
    struct line *line = simulation_message_line(sim, message, PROGRAM_QMGR);
    line_str(line, "from=<");
    message_put_sender(line, message, sim);
    line_str(line, forced ? ">, status=force-expired, returned to sender"
                          : ">, status=expired, returned to sender");
    simulation_emit(sim);
    count_expired(sim, message, forced);
    if (message->null_sender)
        delivery_settle(sim, number);
    else
        simulation_plan(sim, random_between(&sim->random, 1000, 5000), STEP_NOTIFY, number, 0);
}
