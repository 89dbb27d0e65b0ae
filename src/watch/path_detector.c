/* SPDX-License-Identifier: Apache-2.0
 *
 * The sequential test behind path incidents. See path_detector.h.
 */
#include "watch/path_detector.h"

#include <math.h>
#include <string.h>

#include "base/proportion.h"

#define THRESHOLD 4.6      /* ln 100: a hundred to one for the alternative */
#define TURN 100.0         /* calm attempts that count as one turn of chance */
#define RECOVERY_ODDS 1e-5 /* chance of this many misses in a row while still blocked */
#define RECOVERY_LEAST 5
#define BASELINE_MOST 0.5 /* of the alternative: a path that always fails a little stays judged */
#define BASELINE_MEMORY 20000 /* attempts; older ones fade by halving */

void path_detector_init(struct path_detector *detector, uint64_t attempts)
{
    *detector = (struct path_detector){.calm_attempts = attempts, .recovered_us = INT64_MIN};
}

static double baseline(const struct path_detector *detector, const struct detector_rule *rule)
{
    double learned = detector->calm_attempts == 0
                         ? 0
                         : (double)detector->calm_hits / (double)detector->calm_attempts;
    double most = rule->alternative * BASELINE_MOST;
    if (learned < rule->least_baseline)
        return rule->least_baseline;
    return learned < most ? learned : most;
}

static void learn(struct path_detector *detector, uint64_t attempts, uint64_t hits)
{
    detector->calm_attempts += attempts;
    detector->calm_hits += hits;
    if (detector->calm_attempts > BASELINE_MEMORY) {
        detector->calm_attempts /= 2;
        detector->calm_hits /= 2;
    }
}

/* Ends run or incident; its counts stay readable until the next call. */
static void settle(struct path_detector *detector)
{
    detector->score = 0;
    detector->open = false;
}

static bool in_run(const struct path_detector *detector)
{
    return detector->open || detector->score > 0;
}

/* Whether the message is new to the run. One that began after all seen so far surely is. */
static bool note_message(struct path_detector *detector, uint64_t message)
{
    uint64_t *word = &detector->messages[message % DETECTOR_MESSAGES / 64];
    uint64_t bit = UINT64_C(1) << (message % 64);
    bool newest = message > detector->newest_message, seen = (*word & bit) != 0;
    *word |= bit;
    if (newest)
        detector->newest_message = message;
    return newest || !seen;
}

static void forget_messages(struct path_detector *detector)
{
    detector->newest_message = 0;
    memset(detector->messages, 0, sizeof(detector->messages));
}

static void count_hit(struct path_detector *detector, const struct detector_sample *sample)
{
    detector->run.attempts += detector->since_hit + 1;
    detector->run.hits++;
    detector->run.messages += note_message(detector, sample->message);
    detector->since_hit = 0;
    detector->last_hit_us = sample->time_us;
    detector->recovered_us = INT64_MIN;
    detector->recovered_count = 0;
}

/* The longer a path was calm, the more often chance had its turn: it must be beaten by more. */
static double threshold(const struct path_detector *detector)
{
    double turns = (double)detector->calm_attempts / TURN;
    return THRESHOLD + (turns > 1 ? log(turns) : 0);
}

static bool is_enough(const struct path_detector *detector, const struct detector_rule *rule)
{
    return detector->score >= threshold(detector) && detector->run.hits >= rule->min_hits &&
           detector->run.messages >= rule->min_messages &&
           proportion_lower(detector->run.hits, detector->run.attempts) >= rule->min_ratio;
}

static enum detector_event take_hit(struct path_detector *detector,
                                    const struct detector_rule *rule,
                                    const struct detector_sample *sample)
{
    bool begins = !in_run(detector);
    if (begins) {
        detector->run = (struct detector_counts){0};
        forget_messages(detector);
        detector->since_hit = 0;
        detector->first_hit_us = sample->time_us;
    }
    count_hit(detector, sample);
    if (detector->open)
        return DETECTOR_HIT;
    detector->score += log(rule->alternative / baseline(detector, rule));
    if (!is_enough(detector, rule))
        return begins ? DETECTOR_RUN : DETECTOR_HIT;
    detector->open = true;
    return DETECTOR_OPENED;
}

/* How many attempts without a hit end an incident of this rate. */
static uint64_t misses_to_recover(const struct path_detector *detector)
{
    double rate = (double)detector->run.hits / ((double)detector->run.attempts + 1);
    double misses = ceil(log(RECOVERY_ODDS) / log(1 - rate));
    return misses < RECOVERY_LEAST ? RECOVERY_LEAST : (uint64_t)misses;
}

static void note_delivery(struct path_detector *detector, const struct detector_sample *sample)
{
    if (detector->recovered_us == INT64_MIN)
        detector->recovered_us = sample->time_us;
    for (uint32_t i = 0; i < detector->recovered_count; i++)
        if (detector->recovered[i] == sample->message)
            return;
    if (detector->recovered_count < DETECTOR_RECOVERED)
        detector->recovered[detector->recovered_count++] = sample->message;
}

static bool has_recovered(const struct path_detector *detector, const struct detector_rule *rule)
{
    uint64_t least =
        rule->min_messages < DETECTOR_RECOVERED ? rule->min_messages : DETECTOR_RECOVERED;
    if (least > detector->run.messages)
        least = detector->run.messages; /* it opened with fewer: see incident_watch.c */
    return detector->recovered_us != INT64_MIN && detector->recovered_count >= least &&
           detector->since_hit >= misses_to_recover(detector);
}

static enum detector_event take_miss_of_incident(struct path_detector *detector,
                                                 const struct detector_rule *rule,
                                                 const struct detector_sample *sample)
{
    if (sample->delivered)
        note_delivery(detector, sample);
    if (!has_recovered(detector, rule))
        return DETECTOR_QUIET;
    learn(detector, detector->since_hit, 0);
    settle(detector);
    return DETECTOR_CLOSED;
}

static enum detector_event take_miss(struct path_detector *detector,
                                     const struct detector_rule *rule,
                                     const struct detector_sample *sample)
{
    if (!in_run(detector)) {
        learn(detector, 1, 0);
        return DETECTOR_QUIET;
    }
    detector->since_hit++;
    if (detector->open)
        return take_miss_of_incident(detector, rule, sample);
    double base = baseline(detector, rule);
    detector->score += log((1 - rule->alternative) / (1 - base));
    if (detector->score <= 0) {
        learn(detector, detector->run.attempts + detector->since_hit, detector->run.hits);
        settle(detector);
    }
    return DETECTOR_QUIET;
}

enum detector_event path_detector_take(struct path_detector *detector,
                                       const struct detector_rule *rule,
                                       const struct detector_sample *sample)
{
    bool stale = !detector->open && detector->score > 0 &&
                 sample->time_us - detector->last_hit_us > rule->patience_us;
    if (stale)
        settle(detector);
    return sample->hit ? take_hit(detector, rule, sample) : take_miss(detector, rule, sample);
}
