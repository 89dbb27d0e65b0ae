/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a message before and between its deliveries: session, cleanup, queue manager, the
 * wait in the deferred queue, removal.
 */
#include "message.h"

enum { BACKOFF_MIN_S = 300, BACKOFF_MAX_S = 4000 };

static enum program door(const struct message *message)
{
    if (message->kind == MESSAGE_SUBMISSION)
        return PROGRAM_SUBMISSION;
    return message->kind == MESSAGE_REINJECTED ? PROGRAM_REINJECT : PROGRAM_SMTPD;
}

static void put_client(struct line *line, const struct message *message)
{
    if (message->kind == MESSAGE_REINJECTED) {
        line_str(line, "localhost[127.0.0.1]");
    } else if (message->kind == MESSAGE_RELAYED) {
        line_str(line, "app");
        line_number(line, message->client % 40);
        line_str(line, ".shop.example.jp[192.0.2.");
        line_number(line, 200 + message->client % 40);
        line_char(line, ']');
    } else {
        world_put_client(line, message->client);
    }
}

void message_put_sender(struct line *line, const struct message *message,
                        const struct simulation *sim)
{
    if (message->null_sender)
        return;
    if (message->kind == MESSAGE_PROBE) {
        line_str(line, "double-bounce@");
        line_str(line, sim->fleet.hosts[message->host].name);
        line_str(line, ".example.jp");
        return;
    }
    world_put_login(line, message->login);
}

void message_connect(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    const struct message *message = &sim->messages[number];
    struct line *line =
        simulation_line(sim, message->host, door(message), (uint32_t)message->token & 15);
    line_str(line, "connect from ");
    put_client(line, message);
    simulation_emit(sim);
    simulation_plan(sim, random_between(&sim->random, 20000, 200000), STEP_CLIENT, number, 0);
}

static void put_origin(struct line *line, const struct message *message)
{
    if (message->kind == MESSAGE_SUBMISSION) {
        line_str(line, ", sasl_method=PLAIN, sasl_username=");
        world_put_login(line, message->login);
    } else if (message->kind == MESSAGE_REINJECTED && message->order) {
        line_str(line, ", orig_queue_id=");
        line_put(line, message->peer.text, message->peer.len);
        line_str(line, ", orig_client=");
        world_put_client(line, message->client);
    }
}

static void write_pickup(struct simulation *sim, const struct message *message)
{
    struct line *line = simulation_message_line(sim, message, PROGRAM_PICKUP);
    line_str(line, "uid=");
    line_number(line, message->peer.len ? 102 : 1000 + message->client % 20);
    line_str(line, " from=<");
    message_put_sender(line, message, sim);
    line_char(line, '>');
    if (message->peer.len) {
        line_str(line, " orig_id=");
        line_put(line, message->peer.text, message->peer.len);
    }
    simulation_emit(sim);
}

void message_client(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    struct message *message = &sim->messages[number];
    message->id = fleet_id_new(&sim->fleet, message->host, sim->now_us, &sim->random);
    if (!message->arrival_us)
        message->arrival_us = sim->now_us;
    sim->truth.messages++;
    if (message->kind == MESSAGE_PICKUP) {
        write_pickup(sim, message);
    } else {
        struct line *line = simulation_message_line(sim, message, door(message));
        line_str(line, "client=");
        put_client(line, message);
        put_origin(line, message);
        simulation_emit(sim);
    }
    simulation_plan(sim, random_between(&sim->random, 2000, 30000), STEP_MESSAGE_ID, number, 0);
}

static void put_message_id(struct line *line, const struct simulation *sim,
                           const struct message *message)
{
    bool ours = message->kind == MESSAGE_NOTICE || message->kind == MESSAGE_PROBE;
    line_char(line, '<');
    line_in_base(line, ours ? (uint64_t)sim->now_us / 1000000 : message->token, 36,
                 "0123456789abcdefghijklmnopqrstuvwxyz", 0);
    if (ours) {
        line_char(line, '.');
        line_put(line, message->id.text, message->id.len);
        line_char(line, '@');
        line_str(line, sim->fleet.hosts[message->host].name);
        line_str(line, ".example.jp>");
    } else {
        line_str(line, "@client.example.jp>");
    }
}

void message_id(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    const struct message *message = &sim->messages[number];
    struct line *line = simulation_message_line(sim, message, PROGRAM_CLEANUP);
    line_str(line, "message-id=");
    put_message_id(line, sim, message);
    simulation_emit(sim);
    uint8_t kind = message->kind;
    bool session =
        kind == MESSAGE_SUBMISSION || kind == MESSAGE_RELAYED || kind == MESSAGE_REINJECTED;
    if (session)
        simulation_plan(sim, random_between(&sim->random, 1000, 25000), STEP_DISCONNECT, number, 0);
    if (message->fate != FATE_REJECT && kind != MESSAGE_NOTICE)
        simulation_plan(sim, random_between(&sim->random, 2000, 20000), STEP_QUEUED, number, 0);
}

static void write_reject(struct simulation *sim, const struct message *message)
{
    struct line *line = simulation_message_line(sim, message, PROGRAM_CLEANUP);
    line_str(line, message->order ? "milter-reject: END-OF-MESSAGE from "
                                  : "reject: header Subject: cheap watches from ");
    put_client(line, message);
    line_str(line, message->order ? ": 5.7.1 Spam message rejected; from=<" : "; from=<");
    message_put_sender(line, message, sim);
    line_str(line, "> to=<");
    world_put_address(line, message->to[0].to);
    line_str(line, "> proto=ESMTP helo=<client.example.jp>");
    if (!message->order)
        line_str(line, ": 5.7.1 message content rejected");
    simulation_emit(sim);
}

void message_disconnect(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    const struct message *message = &sim->messages[number];
    bool rejected = message->fate == FATE_REJECT;
    if (rejected)
        write_reject(sim, message);
    struct line *line =
        simulation_line(sim, message->host, door(message), (uint32_t)message->token & 15);
    line_str(line, "disconnect from ");
    put_client(line, message);
    line_str(line, message->kind == MESSAGE_SUBMISSION   ? " ehlo=2 starttls=1 auth=1 mail=1 rcpt="
                   : message->kind == MESSAGE_REINJECTED ? " ehlo=1 xforward=2 mail=1 rcpt="
                                                         : " ehlo=1 mail=1 rcpt=");
    line_number(line, message->recipients);
    line_str(line, rejected ? " data=0/1 quit=1 commands=" : " data=1 quit=1 commands=");
    uint32_t commands = message->recipients + (message->kind == MESSAGE_SUBMISSION ? 7u : 4u);
    line_number(line, commands - rejected);
    if (rejected) {
        line_char(line, '/');
        line_number(line, commands);
    }
    simulation_emit(sim);
    if (!rejected)
        return;
    fleet_id_free(&sim->fleet, message->host, &message->id, sim->now_us);
    simulation_message_free(sim, number);
}

void message_write_queued(struct simulation *sim, const struct message *message)
{
    struct line *line = simulation_message_line(sim, message, PROGRAM_QMGR);
    line_str(line, "from=<");
    message_put_sender(line, message, sim);
    line_str(line, ">, size=");
    line_number(line, message->size);
    line_str(line, ", nrcpt=");
    bool one = message->fate == FATE_FORWARD || message->fate == FATE_LOCAL;
    line_number(line, one ? 1 : message->recipients);
    line_str(line, " (queue active)");
    simulation_emit(sim);
}

void message_queued(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    struct message *message = &sim->messages[number];
    message->active_us = sim->now_us;
    message_write_queued(sim, message);
    if (message->kind == MESSAGE_REINJECTED && !message->tries)
        simulation_plan(sim, 3000, STEP_FILTERED, message->next, 0);
    delivery_begin(sim, number);
}

void message_defer(struct simulation *sim, uint32_t number)
{
    struct message *message = &sim->messages[number];
    int64_t backoff = (sim->now_us - message->arrival_us) / 1000000;
    if (backoff < BACKOFF_MIN_S)
        backoff = BACKOFF_MIN_S;
    if (backoff > BACKOFF_MAX_S)
        backoff = BACKOFF_MAX_S;
    simulation_wait(sim, message, true);
    message->tries = (uint8_t)(message->tries < 255 ? message->tries + 1 : 255);
    bool helped = simulation_have(sim, FEATURE_POSTSUPER) && random_chance(&sim->random, 60000);
    simulation_plan(sim, backoff * 1000000 + random_below(&sim->random, 300000000),
                    helped ? STEP_SUPERVISE : STEP_RETRY, number, 0);
}

void message_retry(struct simulation *sim, uint32_t number, uint32_t part)
{
    simulation_wait(sim, &sim->messages[number], false);
    message_queued(sim, number, part);
}

void message_removed(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    const struct message *message = &sim->messages[number];
    line_str(simulation_message_line(sim, message, PROGRAM_QMGR), "removed");
    simulation_emit(sim);
    fleet_id_free(&sim->fleet, message->host, &message->id, sim->now_us);
    simulation_message_free(sim, number);
}
