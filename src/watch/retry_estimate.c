/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue manager's rule. See retry_estimate.h. Peer documents: Postfix 3.7
 * src/qmgr/qmgr_active.c (qmgr_active_done_3_generic: the order of the two bounds matters when they
 * cross), postconf(5).
 */
#include "watch/retry_estimate.h"

#include "base/civil.h"
#include "base/duration.h"
#include "mail/stamp.h"

#define DAY_US (SECONDS_PER_DAY * US_PER_SECOND)

const struct retry_settings retry_default_settings = {
    .minimal_backoff_us = 300 * US_PER_SECOND,
    .maximal_backoff_us = 4000 * US_PER_SECOND,
    .queue_run_delay_us = 300 * US_PER_SECOND,
    .maximal_lifetime_us = 5 * DAY_US,
    .bounce_lifetime_us = 5 * DAY_US,
};

/* How long a message of this age waits after a try. */
static int64_t backoff(const struct retry_settings *settings, int64_t age_us)
{
    if (age_us > settings->maximal_backoff_us)
        age_us = settings->maximal_backoff_us;
    return age_us < settings->minimal_backoff_us ? settings->minimal_backoff_us : age_us;
}

static void estimate_deferred(const struct retry_settings *settings,
                              const struct retry_facts *facts, struct retry_estimate *out)
{
    bool known = facts->last_try_us != STAMP_NONE && facts->last_try_us >= facts->arrival_us;
    int64_t last_us = known ? facts->last_try_us : facts->now_us;
    out->from_us = last_us + backoff(settings, last_us - facts->arrival_us);
    out->to_us = out->from_us + settings->queue_run_delay_us;
    out->is_last = known && out->from_us >= out->gives_up_us;
    if (!known)
        out->kind = RETRY_BY;
    else
        out->kind = out->to_us < facts->now_us ? RETRY_OVERDUE : RETRY_BETWEEN;
}

struct retry_estimate retry_estimate_make(const struct retry_settings *settings,
                                          const struct retry_facts *facts)
{
    int64_t life_us =
        facts->is_notification ? settings->bounce_lifetime_us : settings->maximal_lifetime_us;
    struct retry_estimate estimate = {.gives_up_us = facts->arrival_us + life_us};
    switch (facts->queue) {
    case MAIL_QUEUE_MAILDROP:
    case MAIL_QUEUE_INCOMING:
    case MAIL_QUEUE_ACTIVE:
        estimate.kind = RETRY_NOW;
        break;
    case MAIL_QUEUE_HOLD:
        estimate.kind = RETRY_HELD;
        estimate.gives_up_us = 0; /* mail on hold does not expire */
        break;
    case MAIL_QUEUE_CORRUPT:
        estimate.kind = RETRY_NEVER;
        estimate.gives_up_us = 0;
        break;
    case MAIL_QUEUE_DEFERRED:
    case MAIL_QUEUE_OTHER:
        estimate_deferred(settings, facts, &estimate);
        break;
    }
    return estimate;
}

bool retry_time_parse(struct slice text, int64_t unit_us, int64_t *out_us)
{
    uint64_t number;
    text = slice_trim(text);
    if (!slice_to_u64(text, (uint64_t)(DURATION_MAX_US / unit_us), &number))
        return duration_parse(text, out_us);
    *out_us = (int64_t)number * unit_us;
    return true;
}
