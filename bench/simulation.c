/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop: take the next event, do its step. When the lines that were asked for are nearly
 * written, no new mail comes and no deferred mail is tried again; what is under way ends by itself,
 * and other programs' lines fill up to the exact number. A month ends by its time instead.
 */
#include "simulation.h"

#include "attack.h"
#include "base/memory.h"
#include "campaign.h"
#include "scene.h"
#include "traffic.h"

enum { TEXT_MAX = 2000, LINES_A_MESSAGE = 12 };
enum { MONTH_LIFETIME_DAYS = 5 };
enum { DEAD_SITE_MIN_US = 300 * 1000000, DEAD_SITE_MAX_US = 1200 * 1000000 };

#define X(name, function) function,
static void (*const steps[])(struct simulation *, uint32_t, uint32_t) = {STEPS(X)};
#undef X

void simulation_plan(struct simulation *sim, int64_t after_us, enum step step, uint32_t who,
                     uint32_t part)
{
    agenda_add(&sim->agenda,
               (struct event){sim->now_us + after_us, who, (uint16_t)step, (uint16_t)part});
}

uint32_t simulation_message_new(struct simulation *sim, uint32_t host)
{
    uint32_t number = sim->free_message;
    if (number == NO_MESSAGE) {
        if (sim->message_count == sim->message_room) {
            sim->message_room = sim->message_room ? sim->message_room * 2 : 1024;
            sim->messages = mem_resize(sim->messages, sim->message_room, sizeof(struct message));
        }
        number = sim->message_count++;
    } else {
        sim->free_message = sim->messages[number].next;
    }
    sim->messages[number] = (struct message){.host = (uint8_t)host, .next = NO_MESSAGE};
    sim->busy++;
    return number;
}

void simulation_message_free(struct simulation *sim, uint32_t number)
{
    struct message *message = &sim->messages[number];
    if (!message->waiting)
        sim->busy--;
    *message = (struct message){.next = sim->free_message};
    sim->free_message = number;
}

void simulation_wait(struct simulation *sim, struct message *message, bool waiting)
{
    if (message->waiting == waiting)
        return;
    message->waiting = waiting;
    if (waiting)
        sim->busy--;
    else
        sim->busy++;
}

struct line *simulation_line(struct simulation *sim, uint32_t host, enum program program,
                             uint32_t who)
{
    uint32_t pid = 1000 + host * 3000 + (uint32_t)program * 40 + who % 16;
    sim->line_host = host;
    fleet_begin_line(&sim->fleet, host, program, pid, sim->now_us, &sim->line);
    sim->text_at = sim->line.len;
    return &sim->line;
}

struct line *simulation_message_line(struct simulation *sim, const struct message *message,
                                     enum program program)
{
    uint32_t who = program == PROGRAM_QMGR ? 0 : (uint32_t)(message->token & 15);
    struct line *line = simulation_line(sim, message->host, program, who);
    line_put(line, message->id.text, message->id.len);
    line_str(line, ": ");
    return line;
}

/* What its log says does not arrive. */
static bool is_silent(const struct simulation *sim)
{
    const struct episode *episode =
        simulation_have(sim, FEATURE_MONTH)
            ? episode_now(&sim->episodes, INCIDENT_LOG_SILENT, sim->now_us)
            : NULL;
    return episode && episode->host == sim->line_host;
}

void simulation_emit(struct simulation *sim)
{
    struct line *line = &sim->line;
    if (is_silent(sim))
        return;
    if (line->len - sim->text_at > TEXT_MAX)
        line->len = sim->text_at + TEXT_MAX;
    line_char(line, '\n');
    logfile_write(sim->file, slice_of(line->bytes, line->len));
    sim->truth.lines++;
}

/* New mail or another try of waiting mail. */
static bool begins_anew(enum step step)
{
    return step == STEP_ARRIVAL || step == STEP_SURGE || step == STEP_RETRY ||
           step == STEP_SUPERVISE || step == STEP_CAMPAIGN || step == STEP_ATTACK;
}

static void check_end(struct simulation *sim)
{
    uint64_t under_way = (uint64_t)sim->busy * LINES_A_MESSAGE + 20;
    if (simulation_have(sim, FEATURE_MONTH))
        sim->draining = sim->now_us >= sim->end_us;
    else if (sim->truth.lines + under_way >= sim->options.lines)
        sim->draining = true;
}

static void count_open(struct simulation *sim)
{
    for (uint32_t i = 0; i < sim->message_count; i++) {
        const struct message *message = &sim->messages[i];
        for (uint32_t k = 0; message->waiting && k < message->recipients; k++)
            if (message->to[k].state == RECIPIENT_DEFERRED ||
                message->to[k].state == RECIPIENT_GREYLISTED)
                sim->truth.outcomes.open++;
    }
}

/* The time of some 400 arrivals: long enough for repeats in a small log, no more in a large one. */
static int64_t dead_site_us(int64_t span_us, uint64_t lines)
{
    int64_t time_us = span_us / (int64_t)(lines / 3000 + 1);
    if (time_us < DEAD_SITE_MIN_US)
        return DEAD_SITE_MIN_US;
    return time_us < DEAD_SITE_MAX_US ? time_us : DEAD_SITE_MAX_US;
}

static void init(struct simulation *sim, const struct options *options, struct logfile *file)
{
    int64_t span_us = (int64_t)options->hours * 3600 * 1000000;
    sim->options = *options;
    sim->file = file;
    sim->now_us = options->start_us;
    sim->end_us = options->start_us + span_us;
    bool month = options_have(options, FEATURE_MONTH);
    sim->lifetime_us = month ? MONTH_LIFETIME_DAYS * RHYTHM_DAY_US : span_us / 8;
    sim->dead_site_us = dead_site_us(span_us, options->lines);
    sim->free_message = NO_MESSAGE;
    random_init(&sim->random, options->seed);
    fleet_init(&sim->fleet, options);
    episode_plan(&sim->episodes, options);
    if (month)
        rhythm_init(&sim->rhythm, options);
}

static void plan_all(struct simulation *sim)
{
    simulation_plan(sim, 1000, STEP_ARRIVAL, 0, 0);
    traffic_plan_surge(sim);
    if (!simulation_have(sim, FEATURE_MONTH))
        return;
    campaign_plan_all(sim);
    attack_plan_all(sim);
}

void simulation_run(struct simulation *sim, const struct options *options, struct logfile *file)
{
    init(sim, options, file);
    plan_all(sim);
    struct event event;
    while (agenda_next(&sim->agenda, &event)) {
        if (!sim->draining)
            check_end(sim);
        if (sim->draining && begins_anew((enum step)event.step))
            continue;
        sim->now_us = event.time_us;
        steps[event.step](sim, event.who, event.part);
    }
    while (!simulation_have(sim, FEATURE_MONTH) && sim->truth.lines < options->lines) {
        sim->now_us += 20000;
        scene_filler(sim);
    }
    count_open(sim);
}

void simulation_done(struct simulation *sim)
{
    agenda_done(&sim->agenda);
    fleet_done(&sim->fleet);
    mem_free(sim->messages);
}
