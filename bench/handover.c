/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that go on under another id: through the content filter and by a local alias. The
 * delivery record of the first id names the second; only the second has outcomes.
 */
#include "delivery.h"
#include "message.h"

/* A message with the same sender and recipients, which have not been tried yet. */
static uint32_t copy_message(struct simulation *sim, uint32_t number, enum message_kind kind)
{
    uint32_t other = simulation_message_new(sim, sim->messages[number].host);
    struct message *first = &sim->messages[number];
    struct message *second = &sim->messages[other];
    *second = *first;
    second->kind = (uint8_t)kind;
    second->fate = FATE_DELIVER;
    second->peer = first->id;
    second->next = number;
    second->arrival_us = 0;
    second->size += 150;
    first->next = other;
    return other;
}

void delivery_to_filter(struct simulation *sim, uint32_t number)
{
    uint32_t other = copy_message(sim, number, MESSAGE_REINJECTED);
    simulation_plan(sim, random_between(&sim->random, 5000, 30000), STEP_CONNECT, other, 0);
}

static void write_filtered(struct simulation *sim, const struct message *message,
                           const struct recipient *recipient)
{
    bool xforward = message->order;
    struct line *line = simulation_message_line(sim, message, PROGRAM_SCAN);
    record_put_to(line, message, recipient);
    line_str(line, "127.0.0.1[127.0.0.1]:10024");
    record_put_delays(line, sim, message, 4000, 6000, sim->now_us - message->active_us - 10000);
    line_str(line, ", dsn=2.0.0, status=sent (250 2.0.0 ");
    line_str(line, xforward ? "Ok: queued as "
                            : "from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as ");
    line_put(line, message->peer.text, message->peer.len);
    line_char(line, ')');
    simulation_emit(sim);
    sim->truth.records[DELIVERY_SENT]++;
    sim->truth.attempts.reinjected++;
}

void delivery_filtered(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    struct message *message = &sim->messages[number];
    message->peer = sim->messages[message->next].id;
    for (uint32_t i = 0; i < message->recipients; i++) {
        write_filtered(sim, message, &message->to[i]);
        message->to[i].state = RECIPIENT_DONE;
    }
    delivery_settle(sim, number);
}

static void put_local(struct line *line, const struct simulation *sim,
                      const struct message *message)
{
    line_str(line, "to=<");
    line_str(line, message->fate == FATE_FORWARD ? "team" : "root");
    line_number(line, message->client % 20);
    line_char(line, '@');
    line_str(line, sim->fleet.hosts[message->host].name);
    line_str(line, ".example.jp>, relay=local");
    record_put_delays(line, sim, message, 2000, 0, 1000);
}

static void local_forwarded(struct simulation *sim, uint32_t number)
{
    uint32_t other = copy_message(sim, number, MESSAGE_FORWARDED);
    struct message *message = &sim->messages[number];
    struct message *second = &sim->messages[other];
    second->arrival_us = sim->now_us;
    second->alias = 1 + message->client % 20;
    second->id = fleet_id_new(&sim->fleet, second->host, sim->now_us, &sim->random);
    message->peer = second->id;
    sim->truth.messages++;
    message_id(sim, other, 0);
    message = &sim->messages[number];
    struct line *line = simulation_message_line(sim, message, PROGRAM_LOCAL);
    put_local(line, sim, message);
    line_str(line, ", dsn=2.0.0, status=sent (forwarded as ");
    line_put(line, message->peer.text, message->peer.len);
    line_char(line, ')');
    simulation_emit(sim);
    sim->truth.records[DELIVERY_SENT]++;
    sim->truth.attempts.reinjected++;
}

static void local_delivered(struct simulation *sim, struct message *message)
{
    bool sent = message->client % 8 != 0 || sim->fleet.hosts[message->host].soft_bounce;
    struct line *line = simulation_message_line(sim, message, PROGRAM_LOCAL);
    put_local(line, sim, message);
    struct truth *truth = &sim->truth;
    truth->attempts.total++;
    if (sent) {
        line_str(line, ", dsn=2.0.0, status=sent (delivered to mailbox)");
        truth->records[DELIVERY_SENT]++;
        truth->attempts.sent++;
        truth->outcomes.sent++;
    } else {
        line_str(line, ", dsn=5.1.1, status=bounced (unknown user: \"nobody\")");
        truth->records[DELIVERY_BOUNCED]++;
        truth->attempts.bounced++;
        truth->outcomes.bounced++;
        message->bounced = 1;
    }
    simulation_emit(sim);
}

void delivery_forwarded(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    if (sim->messages[number].fate == FATE_FORWARD)
        local_forwarded(sim, number);
    else
        local_delivered(sim, &sim->messages[number]);
    struct message *message = &sim->messages[number];
    for (uint32_t i = 0; i < message->recipients; i++)
        message->to[i].state = RECIPIENT_DONE;
    if (message->bounced)
        simulation_plan(sim, random_between(&sim->random, 1000, 5000), STEP_NOTIFY, number, 0);
    else
        delivery_settle(sim, number);
}
