/* SPDX-License-Identifier: Apache-2.0
 *
 * The mix: of all records about 88 % sent, 8 % deferred, 4 % bounced; less trouble in a month's
 * log, and far more bounces of mail that goes to made-up addresses. Failures to connect happen only
 * in the long tail of small domains, so that providers fail only when an episode says so.
 */
#include "choice.h"

#include "delivery.h"

enum {
    DEFER_FIRST = 50000,  /* per million first tries */
    DEFER_AGAIN = 300000, /* per million later tries */
    BOUNCE = 40000,
};

/* A month in which nothing happens keeps its service levels. */
enum {
    MONTH_DEFER_FIRST = 15000,
    MONTH_DEFER_AGAIN = 40000,
    MONTH_BOUNCE = 5000,
    STOLEN_BOUNCE = 250000
};

static enum reason sent_by(const struct address to)
{
    switch ((enum receiver)to.receiver) {
    case RECEIVER_GOOGLE:
    case RECEIVER_WORKSPACE:
        return REASON_SENT_GOOGLE;
    case RECEIVER_MICROSOFT:
        return REASON_SENT_MICROSOFT;
    case RECEIVER_AU:
        return REASON_SENT_SHORT;
    case RECEIVER_MAILBOX:
        return REASON_SENT_SAVED;
    case RECEIVER_DOCOMO:
    case RECEIVER_SOFTBANK:
    case RECEIVER_YAHOO:
    case RECEIVER_APPLE:
    case RECEIVER_TAIL:
        break;
    }
    return REASON_SENT;
}

static enum reason dead_by(const struct address to)
{
    static const enum reason reasons[RECEIVER_COUNT] = {
        [RECEIVER_GOOGLE] = REASON_DEAD_GOOGLE,
        [RECEIVER_WORKSPACE] = REASON_DEAD_GOOGLE,
        [RECEIVER_MICROSOFT] = REASON_DEAD_MICROSOFT,
        [RECEIVER_DOCOMO] = REASON_DEAD_DOCOMO,
        [RECEIVER_AU] = REASON_DEAD_AU,
        [RECEIVER_SOFTBANK] = REASON_DEAD_SOFTBANK,
        [RECEIVER_YAHOO] = REASON_DEAD_YAHOO,
        [RECEIVER_APPLE] = REASON_DEAD_APPLE,
        [RECEIVER_TAIL] = REASON_DEAD,
        [RECEIVER_MAILBOX] = REASON_DEAD_LMTP,
    };
    return reasons[to.receiver];
}

static enum reason bounced_by(struct simulation *sim, const struct address to)
{
    uint32_t dice = random_below(&sim->random, 100);
    if (simulation_have(sim, FEATURE_CUT) && dice >= 98)
        return REASON_LONG_WINDED;
    if (dice < 6 && to.receiver != RECEIVER_MAILBOX)
        return REASON_SPAM;
    if (dice < 9)
        return REASON_TOO_LARGE;
    if (to.receiver == RECEIVER_TAIL && dice < 30)
        return REASON_NO_DOMAIN;
    return dead_by(to);
}

static enum reason deferred_by_tail(struct simulation *sim)
{
    static const enum reason reasons[] = {
        REASON_TIMED_OUT,     REASON_TIMED_OUT, REASON_NOT_LISTENING, REASON_NO_ROUTE,
        REASON_LOST_GREETING, REASON_LOST_DATA, REASON_NO_ANSWER,     REASON_FULL,
    };
    if (simulation_have(sim, FEATURE_GREYLIST) && random_chance(&sim->random, 600000))
        return REASON_GREYLISTED;
    return reasons[random_below(&sim->random, sizeof(reasons) / sizeof(*reasons))];
}

static enum reason deferred_by(struct simulation *sim, const struct address to)
{
    if (to.receiver == RECEIVER_TAIL)
        return deferred_by_tail(sim);
    if (to.receiver == RECEIVER_GOOGLE || to.receiver == RECEIVER_WORKSPACE)
        return random_chance(&sim->random, 500000) ? REASON_FULL_GOOGLE : REASON_BUSY_GOOGLE;
    bool full = to.receiver == RECEIVER_MAILBOX || random_chance(&sim->random, 700000);
    return full ? REASON_FULL : REASON_OUT_OF_ORDER;
}

static enum reason by_dice(struct simulation *sim, const struct message *message,
                           const struct recipient *recipient)
{
    if (message->kind == MESSAGE_PROBE)
        return random_chance(&sim->random, 700000) ? REASON_PROBE_GOOD : REASON_PROBE_BAD;
    if (recipient->state == RECIPIENT_GREYLISTED)
        return sent_by(recipient->to);
    if (recipient->stubborn)
        return REASON_FULL;
    uint32_t dice = random_below(&sim->random, 1000000);
    uint32_t tail = recipient->to.receiver == RECEIVER_TAIL && !message->tries ? 2 : 1;
    bool month = simulation_have(sim, FEATURE_MONTH);
    uint32_t first = month ? MONTH_DEFER_FIRST : DEFER_FIRST;
    uint32_t bounce = message->stolen ? STOLEN_BOUNCE : month ? MONTH_BOUNCE : BOUNCE;
    uint32_t again = month ? MONTH_DEFER_AGAIN : DEFER_AGAIN;
    uint32_t defer = (message->tries ? again : first) * tail;
    if (dice < defer)
        return deferred_by(sim, recipient->to);
    if (dice < defer + bounce && !message->tries)
        return bounced_by(sim, recipient->to);
    return sent_by(recipient->to);
}

static const struct dead_site *dead_site_of(const struct simulation *sim,
                                            const struct message *message,
                                            const struct recipient *recipient)
{
    const struct dead_site *site = &sim->dead[message->host][recipient->to.domain % DEAD_SLOTS];
    bool same = site->domain == recipient->to.domain && site->receiver == recipient->to.receiver;
    return same && sim->now_us < site->until_us ? site : NULL;
}

static enum reason by_episode(struct simulation *sim, const struct episode *episode)
{
    return random_chance(&sim->random, 333333) ? episode->other_reason : episode->reason;
}

static bool is_spared(const struct episode *episode, const struct message *message)
{
    uint64_t seen = episode->paths[message->host][message->source].seen;
    return episode->spared && seen % episode->spared == episode->spared - 1;
}

struct choice choice_make(struct simulation *sim, const struct message *message, uint32_t part)
{
    const struct recipient *recipient = &message->to[part];
    if (message->fate == FATE_DISCARD)
        return (struct choice){.reason = REASON_SENT_DISCARD};
    bool outside = message->kind != MESSAGE_PROBE && recipient->to.receiver != RECEIVER_MAILBOX;
    struct episode_attempt attempt = delivery_attempt(sim, message, recipient);
    struct episode *episode = outside ? episode_find(&sim->episodes, &attempt) : NULL;
    if (episode && !is_spared(episode, message))
        return (struct choice){.reason = by_episode(sim, episode), .cause = episode};
    const struct dead_site *site = dead_site_of(sim, message, recipient);
    if (site && outside && recipient->state != RECIPIENT_GREYLISTED)
        return (struct choice){.reason = (enum reason)site->reason, .suspended = true};
    return (struct choice){.reason = by_dice(sim, message, recipient)};
}
