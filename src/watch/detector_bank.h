/* SPDX-License-Identifier: Apache-2.0
 *
 * The detectors beside the tally's own (blocks, surges of logins), fed from one tally and asked
 * together: service levels, habits of logs, guessed passwords, waiting mail, volumes, growth. Pure.
 */
#ifndef TD_WATCH_DETECTOR_BANK_H
#define TD_WATCH_DETECTOR_BANK_H

#include "watch/growth_guard.h"
#include "watch/guessing.h"
#include "watch/log_habit.h"
#include "watch/queue_watch.h"
#include "watch/service_level.h"
#include "watch/tally.h"
#include "watch/volume.h"

struct detector_rules {
    struct service_rule service;
    struct log_habit_rule habit;
    struct guessing_rule guessing;
    struct queue_rule queue;
    struct volume_rule volume;
    struct growth_rule growth;
};

#define DETECTOR_RULES \
    { \
        service_default, log_habit_default, guessing_default, queue_default, volume_default, \
            growth_default \
    }

/* Whose mail is transactional: its delivery within the target of latency is a promise. */
struct transactional {
    const struct slice *logins;
    size_t login_count;
    const struct slice *pools;
    size_t pool_count;
    const struct source_pool *sources;
    size_t source_count;
};

struct detector_bank;

/* tally: borrowed, outlives the bank, which observes it. The texts of `transactional` are copied.
 */
struct detector_bank *detector_bank_new(const struct detector_rules *rules,
                                        const struct transactional *transactional,
                                        struct tally *tally);
void detector_bank_free(struct detector_bank *bank);

/* A log that should speak. */
void detector_bank_expect(struct detector_bank *bank, struct slice source, int64_t now_us);

/* The record that the tally is given next: what comes of it is of this time and line. */
void detector_bank_begin(struct detector_bank *bank, const struct log_record *record,
                         int64_t now_us);

/* The same record, after the tally has taken it; source: the name of its log. */
void detector_bank_take(struct detector_bank *bank, const struct log_record *record,
                        struct slice source, int64_t now_us);

/* Tells each incident that opened, changed or closed since the last call, those of the tally too.
 */
void detector_bank_tell(struct detector_bank *bank, int64_t now_us, incident_tell tell, void *data);

/* Recipients that wait. */
struct queue_count detector_bank_queue(const struct detector_bank *bank, int64_t now_us);

#endif
