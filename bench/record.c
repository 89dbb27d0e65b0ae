/* SPDX-License-Identifier: Apache-2.0
 *
 * A delivery record, field by field in the order of Postfix src/global/log_adhoc.c, and the counts
 * that a reader of it must arrive at.
 */
#include "delivery.h"

static void put_alias(struct line *line, uint32_t alias)
{
    line_str(line, "list");
    line_number(line, alias);
    line_str(line, "@lists.example.jp");
}

void record_put_to(struct line *line, const struct message *message,
                   const struct recipient *recipient)
{
    line_str(line, "to=<");
    world_put_address(line, recipient->to);
    line_str(line, ">, ");
    if (message->alias) {
        line_str(line, "orig_to=<");
        put_alias(line, message->alias);
        line_str(line, ">, ");
    }
    line_str(line, "relay=");
}

void record_put_delays(struct line *line, const struct simulation *sim,
                       const struct message *message, int64_t b_us, int64_t c_us, int64_t d_us)
{
    int64_t total = sim->now_us - message->arrival_us;
    int64_t a = total - b_us - c_us - d_us;
    line_str(line, ", delay=");
    line_delay(line, total);
    line_str(line, ", delays=");
    line_delay(line, a > 0 ? a : 0);
    line_char(line, '/');
    line_delay(line, b_us);
    line_char(line, '/');
    line_delay(line, c_us);
    line_char(line, '/');
    line_delay(line, d_us);
}

static bool without_relay(enum reason reason, const struct choice *choice)
{
    return choice->suspended || reason_row(reason)->form == REASON_CONNECT ||
           reason == REASON_NO_DOMAIN || reason == REASON_NO_ANSWER ||
           reason == REASON_SENT_DISCARD;
}

static void put_relay(struct line *line, const struct recipient *recipient, bool none)
{
    if (none) {
        line_str(line, "none");
        return;
    }
    world_put_mx(line, recipient->to);
    line_char(line, '[');
    world_put_ip(line, recipient->to, recipient->ipv6);
    line_str(line, recipient->to.receiver == RECEIVER_MAILBOX ? "]:24" : "]:25");
}

static void put_extras(struct simulation *sim, struct line *line)
{
    if (simulation_have(sim, FEATURE_CONN_USE) && random_chance(&sim->random, 60000)) {
        line_str(line, ", conn_use=");
        line_number(line, random_between(&sim->random, 2, 40));
    }
}

static void put_tls(struct simulation *sim, struct line *line, bool none)
{
    static const char *const forms[] = {"may",          "verified",           "encrypt/requiretls",
                                        "dane:encrypt", "secure/!requiretls", "may/requiretls?"};
    if (none || !simulation_have(sim, FEATURE_TLS) || random_chance(&sim->random, 200000))
        return;
    line_str(line, ", tls=");
    line_str(line, forms[random_below(&sim->random, 6)]);
}

static enum program agent(const struct message *message, const struct recipient *recipient,
                          const struct choice *choice)
{
    if (message->fate == FATE_DISCARD)
        return PROGRAM_DISCARD;
    if (choice->suspended)
        return PROGRAM_ERROR;
    if (recipient->to.receiver == RECEIVER_MAILBOX)
        return PROGRAM_LMTP;
    return PROGRAM_OUT_A + message->source;
}

static void put_status(const struct simulation *sim, struct line *line,
                       const struct message *message, const struct reason_row *row)
{
    bool soft =
        sim->fleet.hosts[message->host].soft_bounce && slice_eq(row->status, SLICE("bounced"));
    line_str(line, ", dsn=");
    if (soft) {
        line_char(line, '4');
        line_slice(line, slice_skip(row->dsn, 1));
        line_str(line, ", status=SOFTBOUNCE (");
        return;
    }
    line_slice(line, row->dsn);
    line_str(line, ", status=");
    line_slice(line, row->status);
    line_str(line, " (");
}

static struct reason_facts facts_of(const struct simulation *sim, const struct message *message,
                                    const struct recipient *recipient, const struct choice *choice)
{
    const struct dead_site *site = &sim->dead[message->host][recipient->to.domain % DEAD_SLOTS];
    return (struct reason_facts){.to = recipient->to,
                                 .ipv6 = choice->suspended ? site->ipv6 : recipient->ipv6,
                                 .our_ip = (uint8_t)(11 + message->host * 10 + message->source),
                                 .token = message->token ^ (uint64_t)sim->now_us};
}

/* Lines that look like results and are none. */
static void write_before(struct simulation *sim, const struct message *message,
                         const struct recipient *recipient, const struct choice *choice,
                         const struct reason_facts *facts)
{
    const struct reason_row *row = reason_row(choice->reason);
    enum program program = agent(message, recipient, choice);
    if (choice->suspended || program == PROGRAM_DISCARD)
        return;
    if (row->form == REASON_CONNECT) {
        reason_put(simulation_line(sim, message->host, program, (uint32_t)message->token & 15),
                   choice->reason, facts);
        simulation_emit(sim);
    } else if (choice->reason == REASON_OUT_OF_ORDER && message->order) {
        reason_put(simulation_message_line(sim, message, program), choice->reason, facts);
        simulation_emit(sim);
    } else if (simulation_have(sim, FEATURE_TLS) && random_chance(&sim->random, 50000)) {
        struct line *line =
            simulation_line(sim, message->host, program, (uint32_t)message->token & 15);
        line_str(line, "Untrusted TLS connection established to ");
        put_relay(line, recipient, false);
        line_str(line, ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange "
                       "X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256");
        simulation_emit(sim);
    }
}

static void write_line(struct simulation *sim, const struct message *message,
                       const struct recipient *recipient, const struct choice *choice)
{
    const struct reason_row *row = reason_row(choice->reason);
    struct reason_facts facts = facts_of(sim, message, recipient, choice);
    bool none = without_relay(choice->reason, choice);
    write_before(sim, message, recipient, choice, &facts);
    struct line *line = simulation_message_line(sim, message, agent(message, recipient, choice));
    record_put_to(line, message, recipient);
    put_relay(line, recipient, none);
    if (!none)
        put_extras(sim, line);
    record_put_delays(line, sim, message, recipient->qmgr_us, recipient->connect_us,
                      recipient->transmit_us);
    put_tls(sim, line, none);
    put_status(sim, line, message, row);
    if (choice->suspended)
        line_str(line, "delivery temporarily suspended: ");
    reason_put(line, choice->reason, &facts);
    line_char(line, ')');
    simulation_emit(sim);
}

static enum delivery_status status_of(const struct simulation *sim, const struct message *message,
                                      enum reason reason)
{
    enum delivery_status status = delivery_status_from_word(reason_row(reason)->status);
    bool soft = sim->fleet.hosts[message->host].soft_bounce;
    return soft && status == DELIVERY_BOUNCED ? DELIVERY_SOFTBOUNCE : status;
}

static void count_attempt(struct simulation *sim, struct message *message,
                          const struct recipient *recipient, enum delivery_status status,
                          const struct episode *cause)
{
    struct summary_attempts *attempts = &sim->truth.attempts;
    bool sent = status == DELIVERY_SENT;
    attempts->total++;
    attempts->sent += sent;
    attempts->bounced += status == DELIVERY_BOUNCED;
    attempts->deferred += status == DELIVERY_DEFERRED || status == DELIVERY_SOFTBOUNCE;
    sim->truth.receivers[recipient->to.receiver]++;
    struct episode_attempt attempt = delivery_attempt(sim, message, recipient);
    attempt.sent = sent;
    attempt.cause = cause;
    if (cause) {
        uint8_t number = (uint8_t)(cause - sim->episodes.episodes + 1);
        attempt.again = message->met == number;
        message->met = number;
    }
    episode_count(&sim->episodes, &attempt);
}

static void count_outcome(struct simulation *sim, const struct message *message,
                          enum delivery_status status)
{
    sim->truth.outcomes.sent += status == DELIVERY_SENT;
    sim->truth.outcomes.bounced += status == DELIVERY_BOUNCED;
    if (message->null_sender)
        return;
    sim->truth.good += status == DELIVERY_SENT;
    sim->truth.bad += status == DELIVERY_BOUNCED;
}

static void settle(struct recipient *recipient, struct message *message,
                   enum delivery_status status, enum reason reason, bool stubborn)
{
    recipient->state = RECIPIENT_DONE;
    if (status == DELIVERY_SENT)
        recipient->state = RECIPIENT_SENT;
    if (status == DELIVERY_DEFERRED || status == DELIVERY_SOFTBOUNCE)
        recipient->state = reason == REASON_GREYLISTED ? RECIPIENT_GREYLISTED : RECIPIENT_DEFERRED;
    recipient->stubborn |= stubborn && reason == REASON_FULL;
    if (status == DELIVERY_BOUNCED) {
        recipient->state = RECIPIENT_BOUNCED;
        message->bounced++;
    }
}

void record_write(struct simulation *sim, struct message *message, uint32_t part,
                  const struct choice *choice)
{
    struct recipient *recipient = &message->to[part];
    enum delivery_status status = status_of(sim, message, choice->reason);
    write_line(sim, message, recipient, choice);
    sim->truth.records[status]++;
    bool stubborn = simulation_have(sim, FEATURE_EXPIRED) && random_chance(&sim->random, 80000);
    settle(recipient, message, status, choice->reason, stubborn);
    if (message->kind == MESSAGE_PROBE) {
        sim->truth.attempts.probes++;
    } else if (message->fate == FATE_DISCARD) {
        sim->truth.attempts.discarded++;
        sim->truth.outcomes.discarded++;
    } else {
        if (choice->suspended)
            sim->truth.attempts.repeated++;
        else
            count_attempt(sim, message, recipient, status, choice->cause);
        count_outcome(sim, message, status);
    }
}
