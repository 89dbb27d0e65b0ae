/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of messages: what became of their recipients, and when they leave. See correlator.h.
 */
#include "watch/correlator_private.h"

#include <stdlib.h>

#include "base/civil.h"
#include "base/memory.h"

#define LIST_AGAIN_US (30 * US_PER_SECOND)
#define AGAIN_CLOSED_MAX 65536 /* kept while lines come again: some 20 MB */

/* ---- outcomes ---- */

static void say_outcome(struct correlator *correlator, const struct message *message,
                        const struct recipient *recipient, enum outcome outcome, uint32_t count)
{
    double delay = recipient ? (double)recipient->delay_s : 0;
    struct outcome_event event = {
        .outcome = outcome,
        .message = message,
        .recipient = recipient,
        .count = count,
        .delay_s = delay + (double)message->prior_s,
        .now_us = correlator->now_us,
    };
    correlator->sink.outcome(correlator->sink.data, &event);
}

/* What became of recipients that have no final record. */
static enum outcome outcome_of_rest(const struct message *message, bool logs_ended)
{
    if (message->ordered_end)
        return OUTCOME_DISCARDED;
    if (message->expired)
        return OUTCOME_EXPIRED;
    return logs_ended && !message->closed ? OUTCOME_OPEN : OUTCOME_LOST;
}

static enum outcome outcome_of(const struct message *message, const struct recipient *recipient,
                               bool logs_ended)
{
    switch ((enum recipient_state)recipient->state) {
    case RECIPIENT_SENT:
        return OUTCOME_SENT;
    case RECIPIENT_BOUNCED:
        return OUTCOME_BOUNCED;
    case RECIPIENT_DISCARDED:
        return OUTCOME_DISCARDED;
    case RECIPIENT_WAITING:
    case RECIPIENT_MOVED:
        break;
    }
    return outcome_of_rest(message, logs_ended);
}

/* Recipients that the queue manager counted and no agent has tried. */
static uint32_t untried(const struct message *message)
{
    return message->queued && message->expected > message->recipient_count
               ? message->expected - message->recipient_count
               : 0;
}

void correlator_end(struct correlator *correlator, struct message *message, bool logs_ended)
{
    struct recipient *all = message_recipients(message);
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        message_hops_settle(correlator->hops, message, &all[i]);
        if (all[i].state != RECIPIENT_MOVED)
            say_outcome(correlator, message, &all[i], outcome_of(message, &all[i], logs_ended), 1);
    }
    uint32_t rest = untried(message);
    enum outcome outcome = outcome_of_rest(message, logs_ended);
    if (rest > 0 && outcome != OUTCOME_LOST)
        say_outcome(correlator, message, NULL, outcome, rest);
    if (correlator->sink.ended != NULL)
        correlator->sink.ended(correlator->sink.data, message, logs_ended);
    open_table_remove(correlator->table, message);
}

/* ---- time ---- */

void correlator_retire(struct correlator *correlator)
{
    struct message *message;
    if (correlator->again_us != STAMP_NONE &&
        open_table_count_closed(correlator->table) < AGAIN_CLOSED_MAX)
        return; /* a log that is read later may have more of it */
    int64_t closed_before = correlator->now_us - correlator->limits.linger_us;
    while ((message = open_table_oldest_closed(correlator->table)) != NULL &&
           message->touch_us < closed_before)
        correlator_end(correlator, message, false);
    /* The OPEN list is kept in order lazily: a head that had lines since moves to the end, one a
     * call. */
    int64_t idle_before = correlator->now_us - correlator->limits.idle_us;
    while ((message = open_table_oldest_open(correlator->table)) != NULL &&
           message->touch_us < idle_before)
        correlator_end(correlator, message, false);
    if (message != NULL && message->touch_us > message->listed_us + LIST_AGAIN_US)
        open_table_touch(correlator->table, message, message->touch_us);
}

static uint32_t held(const struct correlator *correlator)
{
    return open_table_count_open(correlator->table) + open_table_count_closed(correlator->table);
}

bool correlator_tick(struct correlator *correlator, int64_t now_us)
{
    int64_t line_us = correlator->now_us;
    uint32_t before = held(correlator);
    if (now_us <= line_us || before == 0)
        return false;
    correlator->now_us = now_us;
    correlator_retire(correlator);
    correlator->now_us = line_us;
    return held(correlator) < before;
}

void correlator_again(struct correlator *correlator, int64_t log_us)
{
    correlator->again_us = log_us;
}

static int by_touch(const void *left, const void *right)
{
    int64_t a = (*(struct message *const *)left)->touch_us;
    int64_t b = (*(struct message *const *)right)->touch_us;
    return (a > b) - (a < b);
}

void correlator_again_end(struct correlator *correlator)
{
    if (correlator->again_us == STAMP_NONE)
        return;
    correlator->again_us = STAMP_NONE;
    uint32_t count = open_table_count_closed(correlator->table);
    struct message **closed = MEM_NEW_ARRAY(struct message *, count + 1);
    for (uint32_t i = 0; i < count; i++) { /* once around */
        closed[i] = open_table_oldest_closed(correlator->table);
        open_table_close(correlator->table, closed[i]);
    }
    qsort(closed, count, sizeof(struct message *), by_touch);
    for (uint32_t i = 0; i < count; i++)
        open_table_close(correlator->table, closed[i]);
    mem_free(closed);
    correlator_retire(correlator);
}

void correlator_finish(struct correlator *correlator, int64_t now_us)
{
    if (now_us > correlator->now_us)
        correlator->now_us = now_us;
    struct message *message;
    while ((message = open_table_oldest_closed(correlator->table)) != NULL)
        correlator_end(correlator, message, true);
    while ((message = open_table_oldest_open(correlator->table)) != NULL)
        correlator_end(correlator, message, true);
}
