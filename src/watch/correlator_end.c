/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of messages: what became of their recipients, and when they leave. See correlator.h.
 */
#include "watch/correlator_private.h"

#include <stdlib.h>

#include "base/civil.h"
#include "base/memory.h"

#define LIST_AGAIN_US (30 * US_PER_SECOND)
#define AGAIN_CLOSED_MAX 250000 /* while lines come again: a minute of 4,000 a second, 60 MB */

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
static enum outcome outcome_of_rest(const struct message *message, enum message_leave leave)
{
    if (message->ordered_end)
        return OUTCOME_DISCARDED;
    if (message->expired)
        return OUTCOME_EXPIRED;
    return leave == LEAVE_LOGS_ENDED && !message->closed ? OUTCOME_OPEN : OUTCOME_LOST;
}

static enum outcome outcome_of(const struct message *message, const struct recipient *recipient,
                               enum message_leave leave)
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
    return outcome_of_rest(message, leave);
}

/* Recipients that the queue manager counted and no agent has tried. */
static uint32_t untried(const struct message *message)
{
    return message->queued && message->expected > message->recipient_count
               ? message->expected - message->recipient_count
               : 0;
}

static bool was_told(const struct correlator *correlator, const struct message *message,
                     enum message_leave leave)
{
    const struct correlator_past *past = &correlator->past;
    return past->told != NULL && past->told(past->data, message, leave);
}

void correlator_end(struct correlator *correlator, struct message *message,
                    enum message_leave leave)
{
    message->told = was_told(correlator, message, leave);
    struct recipient *all = message_recipients(message);
    for (uint32_t i = 0; i < message->recipient_count; i++) {
        message_hops_settle(correlator->hops, message, &all[i]);
        if (all[i].state != RECIPIENT_MOVED)
            say_outcome(correlator, message, &all[i], outcome_of(message, &all[i], leave), 1);
    }
    uint32_t rest = untried(message);
    enum outcome outcome = outcome_of_rest(message, leave);
    if (rest > 0 && outcome != OUTCOME_LOST)
        say_outcome(correlator, message, NULL, outcome, rest);
    if (correlator->sink.ended != NULL)
        correlator->sink.ended(correlator->sink.data, message, leave);
    open_table_remove(correlator->table, message);
}

/* While lines come again: of the first two those that were told, so that fewer wait after each
 * that ends. The others go to the end; correlator_again_end puts them in order. */
static void make_room_again(struct correlator *correlator)
{
    for (int i = 0; i < 2; i++) {
        struct message *message = open_table_oldest_closed(correlator->table);
        if (was_told(correlator, message, LEAVE_SETTLED))
            correlator_end(correlator, message, LEAVE_SETTLED);
        else
            open_table_close(correlator->table, message);
    }
}

void correlator_make_room(struct correlator *correlator)
{
    uint32_t closed = open_table_count_closed(correlator->table);
    if (correlator->again_us != STAMP_NONE && closed > AGAIN_CLOSED_MAX)
        make_room_again(correlator);
    if (open_table_count_closed(correlator->table) > correlator->limits.max_open)
        correlator_end(correlator, open_table_oldest_closed(correlator->table), LEAVE_SETTLED);
}

/* ---- time ---- */

/* The OPEN list is kept in order lazily: a head that had lines since moves to the end, one a call.
 */
static bool is_listed_early(const struct message *message)
{
    return message->touch_us > message->listed_us + LIST_AGAIN_US;
}

/* Apart from correlator_retire, which finds nothing to do at nearly every line. */
static __attribute__((noinline)) void retire_before(struct correlator *correlator,
                                                    int64_t closed_before, int64_t idle_before)
{
    struct message *message;
    while ((message = open_table_oldest_closed(correlator->table)) != NULL &&
           message->touch_us < closed_before)
        correlator_end(correlator, message, LEAVE_SETTLED);
    while ((message = open_table_oldest_open(correlator->table)) != NULL &&
           message->touch_us < idle_before)
        correlator_end(correlator, message, LEAVE_IDLE);
    if (message != NULL && is_listed_early(message))
        open_table_touch(correlator->table, message, message->touch_us);
}

void correlator_retire(struct correlator *correlator)
{
    if (correlator->again_us != STAMP_NONE)
        return; /* a log that is read later may have more of it */
    int64_t idle_before = correlator->now_us - correlator->limits.idle_us;
    int64_t closed_before = correlator->now_us - correlator->limits.linger_us;
    if (closed_before < correlator->settle_before_us)
        closed_before = correlator->settle_before_us;
    const struct message *closed = open_table_oldest_closed(correlator->table);
    const struct message *open = open_table_oldest_open(correlator->table);
    if ((closed != NULL && closed->touch_us < closed_before) ||
        (open != NULL && (open->touch_us < idle_before || is_listed_early(open))))
        retire_before(correlator, closed_before, idle_before);
}

/* What ended by a clock that was days ahead, as the lines since say, would keep all others back. */
static void retire_ahead(struct correlator *correlator)
{
    struct message *message;
    while ((message = open_table_oldest_closed(correlator->table)) != NULL &&
           message->touch_us > correlator->now_us + CLOCK_WRONG_US)
        correlator_end(correlator, message, LEAVE_SETTLED);
}

void correlator_tick(struct correlator *correlator, int64_t now_us)
{
    int64_t line_us = correlator->now_us;
    retire_ahead(correlator);
    if (now_us <= line_us)
        return;
    correlator->now_us = now_us;
    correlator_retire(correlator);
    correlator->now_us = line_us;
}

void correlator_settle_before(struct correlator *correlator, int64_t us)
{
    if (us == correlator->settle_before_us)
        return;
    correlator->settle_before_us = us;
    correlator_retire(correlator);
}

void correlator_at(struct correlator *correlator, uint64_t line)
{
    correlator->line = line;
}

void correlator_set_past(struct correlator *correlator, const struct correlator_past *past)
{
    correlator->past = *past;
}

void correlator_again(struct correlator *correlator, int64_t log_us)
{
    correlator->again_us = log_us;
}

static int by_line(const void *left, const void *right)
{
    uint64_t a = (*(struct message *const *)left)->line;
    uint64_t b = (*(struct message *const *)right)->line;
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
    qsort(closed, count, sizeof(struct message *), by_line);
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
        correlator_end(correlator, message, LEAVE_LOGS_ENDED);
    while ((message = open_table_oldest_open(correlator->table)) != NULL)
        correlator_end(correlator, message, LEAVE_LOGS_ENDED);
}
