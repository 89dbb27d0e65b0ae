/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of recipients, counted: in all, by path and by login. See tally.h.
 */
#include "watch/tally_private.h"

static void count_outcome(struct summary_outcomes *counts, enum outcome outcome, uint64_t count)
{
    switch (outcome) {
    case OUTCOME_SENT:
        counts->sent += count;
        break;
    case OUTCOME_BOUNCED:
        counts->bounced += count;
        break;
    case OUTCOME_EXPIRED:
        counts->expired += count;
        break;
    case OUTCOME_OPEN:
        counts->open += count;
        break;
    case OUTCOME_DISCARDED:
        counts->discarded += count;
        break;
    case OUTCOME_LOST:
        counts->lost += count;
        break;
    }
}

static uint64_t *fault_of(struct tally *tally, enum reply_class class)
{
    switch (class) {
    case REPLY_CLASS_ADDR_DEAD:
    case REPLY_CLASS_ADDR_INACTIVE:
    case REPLY_CLASS_ADDR_QUOTA:
        return &tally->bad_address;
    case REPLY_CLASS_BLOCK_IP:
    case REPLY_CLASS_BLOCK_DOMAIN:
    case REPLY_CLASS_RATE:
    case REPLY_CLASS_AUTH:
    case REPLY_CLASS_DNS_PTR:
    case REPLY_CLASS_TLS:
    case REPLY_CLASS_PROTOCOL:
    case REPLY_CLASS_LOCAL:
        return &tally->bad_ours;
    case REPLY_CLASS_UNKNOWN:
    case REPLY_CLASS_RATE_RCPT:
    case REPLY_CLASS_GREYLIST:
    case REPLY_CLASS_POLICY:
    case REPLY_CLASS_CONTENT_SPAM:
    case REPLY_CLASS_CONTENT_SIZE:
    case REPLY_CLASS_CONTENT_MALFORMED:
    case REPLY_CLASS_NETWORK:
    case REPLY_CLASS_REMOTE_SYSTEM:
    case REPLY_CLASS_NOT_BOUNCE:
        break;
    }
    return &tally->bad_other;
}

static void count_sent_level(struct tally *tally, struct path *path, double delay_s)
{
    bool in_time = delay_s <= tally->settings.latency_target_s;
    tally->good++;
    tally->within_target += in_time;
    latency_add(&tally->latency, delay_s);
    path->within_target += in_time;
    latency_add(&path->latency, delay_s);
}

/* Waiting mail counts: accepted longer ago than the target and not delivered is late already. */
static void count_waiting(struct tally *tally, struct path *path, const struct outcome_event *event)
{
    double age_s = (double)(event->now_us - event->message->begin_us) / 1e6;
    if (age_s <= tally->settings.latency_target_s)
        return;
    tally->waiting_late += event->count;
    if (path != NULL)
        path->waiting_late += event->count;
}

/* Service levels leave out notifications (from=<>) and mail for this host's own users. */
static void count_level(struct tally *tally, struct path *path, const struct outcome_event *event)
{
    const struct recipient *recipient = event->recipient;
    if (event->message->null_sender || (recipient != NULL && recipient->is_local))
        return;
    if (event->outcome == OUTCOME_SENT)
        count_sent_level(tally, path, event->delay_s);
    else if (event->outcome == OUTCOME_OPEN)
        count_waiting(tally, path, event);
    else if (event->outcome == OUTCOME_BOUNCED || event->outcome == OUTCOME_EXPIRED) {
        tally->bad += event->count;
        enum reply_class class =
            recipient ? (enum reply_class)recipient->class : REPLY_CLASS_UNKNOWN;
        *fault_of(tally, class) += event->count;
    }
}

void tally_take_outcome(void *data, const struct outcome_event *event)
{
    struct tally *tally = data;
    struct path *path =
        event->recipient ? path_table_get(tally->paths, event->recipient->path) : NULL;
    if (!tally_counts_at(tally, event->message->touch_us))
        return;
    count_outcome(&tally->outcomes, event->outcome, event->count);
    if (path != NULL)
        count_outcome(&path->outcomes, event->outcome, event->count);
    login_table_end(tally->logins, event->message->login, event->outcome, event->count);
    count_level(tally, path, event);
    TALLY_TELL(tally, outcome, event);
}
