/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting recipients by provider. See route_queue_count.h. Whose a recipient is does not change
 * while it waits: that of its last attempt, whatever the next one is taken for.
 */
#include "app/route_queue_count.h"

#include "base/intern.h"
#include "base/memory.h"

struct route_queue_count {
    const struct tally *tally;
    struct intern *providers;
    uint64_t waiting[QUEUE_COUNT_PROVIDERS + 1]; /* by number of the name */
};

struct route_queue_count *route_queue_count_new(const struct tally *tally)
{
    struct route_queue_count *count = MEM_NEW(struct route_queue_count);
    count->tally = tally;
    count->providers = intern_new(QUEUE_COUNT_PROVIDERS);
    return count;
}

void route_queue_count_free(struct route_queue_count *count)
{
    if (count == NULL)
        return;
    intern_free(count->providers);
    mem_free(count);
}

static void add(struct route_queue_count *count, struct slice provider, bool more)
{
    uint32_t number = intern_id(count->providers, provider);
    if (number == INTERN_OTHER || (!more && count->waiting[number] == 0))
        return;
    count->waiting[number] += more ? 1 : UINT64_MAX;
}

/* Of a recipient that waits: where it was tried last. */
static void leave(struct route_queue_count *count, const struct recipient *recipient)
{
    if (recipient->path != 0)
        add(count, tally_path_names(count->tally, recipient->path).provider, false);
}

void route_queue_count_attempt(struct route_queue_count *count, const struct tally_attempt *told)
{
    const struct attempt *attempt = told->attempt;
    const struct recipient *recipient = attempt->recipient;
    bool defers = attempt->status == DELIVERY_DEFERRED || attempt->status == DELIVERY_SOFTBOUNCE;
    bool counts = attempt->exclusion == ATTEMPT_COUNTS;
    if (recipient->state != RECIPIENT_WAITING ||
        (!counts && attempt->exclusion != ATTEMPT_REINJECTED))
        return;
    if (recipient->attempts > 0)
        leave(count, recipient);
    if (counts && defers)
        add(count, told->names.provider, true);
}

void route_queue_count_outcome(struct route_queue_count *count, const struct outcome_event *event)
{
    const struct recipient *recipient = event->recipient;
    if (event->outcome == OUTCOME_SENT || event->outcome == OUTCOME_BOUNCED)
        return; /* the attempt told */
    if (recipient != NULL && recipient->attempts > 0)
        leave(count, recipient);
}

uint64_t route_queue_count_get(const struct route_queue_count *count, struct slice provider)
{
    uint32_t number = intern_find(count->providers, provider);
    return number == INTERN_OTHER ? 0 : count->waiting[number];
}
