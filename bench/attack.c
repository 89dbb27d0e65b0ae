/* SPDX-License-Identifier: Apache-2.0
 *
 * What a month's trouble itself writes: mail of a stolen login, guessed passwords, lines that
 * nobody understands. One step an event, as long as the episode lasts.
 */
#include "attack.h"

#include "sender.h"
#include "traffic.h"

enum { STOLEN_GAP_US = 10000000, GUESS_GAP_US = 3000000, UNREAD_GAP_US = 6000000 };

static void send_stolen(struct simulation *sim, const struct episode *episode)
{
    uint32_t recipients = random_between(&sim->random, 2, RECIPIENTS_MAX);
    uint32_t number =
        traffic_message_new(sim, random_below(&sim->random, sim->fleet.count), recipients);
    sender_set_thief(sim, &sim->messages[number], episode->login);
    simulation_plan(sim, 0, STEP_CONNECT, number, 0);
}

/* By one network, whose number is the episode's login, against many logins. */
static void guess_submission(struct simulation *sim, const struct episode *episode)
{
    uint32_t client = CLIENT_FOREIGN + episode->login % 256 * 256 + random_below(&sim->random, 254);
    uint32_t host = random_below(&sim->random, sim->fleet.count), who = client % 16;
    struct line *line = simulation_line(sim, host, PROGRAM_SUBMISSION, who);
    line_str(line, "connect from ");
    world_put_client(line, client);
    simulation_emit(sim);
    line = simulation_line(sim, host, PROGRAM_SUBMISSION, who);
    line_str(line, "warning: ");
    world_put_client(line, client);
    line_str(line, ": SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=");
    world_put_login(line, random_below(&sim->random, LOGIN_COUNT));
    simulation_emit(sim);
    line = simulation_line(sim, host, PROGRAM_SUBMISSION, who);
    line_str(line, "disconnect from ");
    world_put_client(line, client);
    line_str(line, " ehlo=1 auth=0/1 commands=1/2");
    simulation_emit(sim);
}

/* Against one login, by many networks. */
static void guess_imap(struct simulation *sim, const struct episode *episode)
{
    uint32_t client = random_below(&sim->random, CLIENT_RANGE);
    uint32_t host = random_below(&sim->random, sim->fleet.count);
    struct line *line = simulation_line(sim, host, PROGRAM_DOVECOT, 0);
    line_str(line, "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 "
                   "secs): user=<");
    world_put_login(line, episode->login);
    line_str(line, ">, method=PLAIN, rip=198.19.");
    line_number(line, client / 256);
    line_char(line, '.');
    line_number(line, client % 256);
    line_str(line, ", lip=192.0.2.21, session=<AbCdEfGhIjKl>");
    simulation_emit(sim);
}

/* As after an update that writes its lines in a new form. */
static void write_unread(struct simulation *sim)
{
    uint32_t host = random_below(&sim->random, sim->fleet.count);
    struct line *line = simulation_line(sim, host, PROGRAM_CLEANUP, 0);
    line_str(line, "event=stored id=");
    line_hex(line, random_next(&sim->random) >> 30, 9);
    line_str(line, " form=2");
    simulation_emit(sim);
}

/* 0: episodes of this kind write nothing by themselves. */
static int64_t gap_of(const struct episode *episode)
{
    if (episode->kind == INCIDENT_SURGE)
        return STOLEN_GAP_US;
    if (episode->kind == INCIDENT_BRUTE_FORCE)
        return GUESS_GAP_US;
    return episode->kind == INCIDENT_LOG_UNREAD ? UNREAD_GAP_US : 0;
}

void attack_plan_all(struct simulation *sim)
{
    for (size_t i = 0; i < sim->episodes.count; i++) {
        const struct episode *episode = &sim->episodes.episodes[i];
        if (gap_of(episode) > 0)
            simulation_plan(sim, episode->start_us - sim->now_us, STEP_ATTACK, (uint32_t)i, 0);
    }
}

void attack_step(struct simulation *sim, uint32_t number, uint32_t part)
{
    (void)part;
    const struct episode *episode = &sim->episodes.episodes[number];
    if (sim->now_us >= episode->end_us)
        return;
    if (episode->kind == INCIDENT_SURGE)
        send_stolen(sim, episode);
    else if (episode->kind == INCIDENT_LOG_UNREAD)
        write_unread(sim);
    else if (episode->scope == INCIDENT_SCOPE_LOGIN)
        guess_imap(sim, episode);
    else
        guess_submission(sim, episode);
    uint32_t gap_us = (uint32_t)gap_of(episode);
    simulation_plan(sim, gap_us / 2 + random_below(&sim->random, gap_us), STEP_ATTACK, number, 0);
}
