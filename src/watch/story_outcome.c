/* SPDX-License-Identifier: Apache-2.0
 *
 * The final word on a recipient. See story.h. Where the lines end without one, it is told apart
 * whether the message waits or whether lines are missing: Postfix tries again within little more
 * than an hour (maximal_backoff_time, 4000 s), so a day without a line while the host's log goes on
 * means that the rest is elsewhere.
 */
#include "watch/story_private.h"

#include "base/civil.h"

#define SILENT_US (24 * 3600 * US_PER_SECOND)
#define LOG_ENDS_US (3600 * US_PER_SECOND) /* this much before the others: it is missing */

static bool lines_are_missing(const struct story_work *work, const struct hop *hop)
{
    const struct trace_found *found = &work->story->found;
    if (hop->removed)
        return true;
    return hop->seen.host_last_us - hop->seen.last_us > SILENT_US ||
           found->last_us - hop->seen.host_last_us > LOG_ENDS_US;
}

/* Of a recipient without a final record. */
static enum story_outcome outcome_of_hop(const struct story_work *work, const struct hop *hop,
                                         bool tried)
{
    if (hop->rejected && !hop->queued)
        return STORY_OUTCOME_REJECTED;
    if (hop->deleted)
        return STORY_OUTCOME_DELETED;
    if (hop->expired)
        return STORY_OUTCOME_EXPIRED;
    if (hop->discarded && !tried)
        return STORY_OUTCOME_DISCARDED;
    if (hop->held && !hop->removed)
        return STORY_OUTCOME_HELD;
    bool began_here = hop->parent == NULL && hop->born;
    if (!hop->queued && !tried && began_here)
        return STORY_OUTCOME_UNFINISHED;
    return lines_are_missing(work, hop) ? STORY_OUTCOME_LOST : STORY_OUTCOME_WAITING;
}

/* STORED, STORE_FAILED or SORTED by Dovecot. */
static enum story_outcome outcome_in_mailbox(const struct story_step *step)
{
    if (step->kind == STORY_STORE_FAILED)
        return STORY_OUTCOME_REFUSED;
    if (step->kind != STORY_SORTED)
        return STORY_OUTCOME_DELIVERED;
    if (slice_starts_with(step->detail, SLICE("rejected ")))
        return STORY_OUTCOME_REFUSED;
    bool dropped = slice_find(step->detail, SLICE("discarded")) != NULL;
    return dropped ? STORY_OUTCOME_DISCARDED : STORY_OUTCOME_DELIVERED;
}

enum story_outcome story_outcome_of(const struct story_work *work, const struct story_goal *goal)
{
    const struct story_step *last = goal->last ? goal->last->step : NULL;
    if (goal->next != NULL)
        return STORY_OUTCOME_HANDED_ON;
    if (last == NULL)
        return outcome_of_hop(work, goal->hop, false);
    if (goal->hop->seen.is_mailbox && goal->seen.stored != NULL)
        return outcome_in_mailbox(goal->seen.stored);
    if (last->kind == STORY_HANDED_ON)
        return STORY_OUTCOME_HANDED_ON;
    if (last->kind == STORY_SENT)
        return STORY_OUTCOME_ACCEPTED;
    if (last->kind == STORY_DELIVERED)
        return goal->seen.stored ? outcome_in_mailbox(goal->seen.stored) : STORY_OUTCOME_DELIVERED;
    if (last->kind == STORY_BOUNCED)
        return STORY_OUTCOME_REFUSED;
    if (last->kind == STORY_REJECTED)
        return STORY_OUTCOME_REJECTED;
    if (last->kind == STORY_CHECKED)
        return STORY_OUTCOME_CHECKED;
    if (last->kind == STORY_DISCARDED && goal->final)
        return STORY_OUTCOME_DISCARDED;
    return outcome_of_hop(work, goal->hop, last->kind == STORY_DEFERRED);
}
