/* SPDX-License-Identifier: Apache-2.0
 *
 * See guess_campaigns.h. A campaign is told when it is open and was not, and the other way round;
 * it ends only when it is asked for, so none ends before it was told.
 */
#include "gate/guess_campaigns.h"

#include "base/distinct.h"
#include "base/memory.h"

enum { SPANS_QUIET = 3, SPANS_MISSED_MAX = 1000, USUAL_TIMES = 4, LEARN = 36, LEARN_OPEN = 720 };

#define SPAN_US (INT64_C(600) * 1000000)
#define EARLY_US (3 * SPAN_US)

/* Of a campaign, or of what may become one. */
struct extent {
    bool open, told;
    int64_t since_us, until_us;
    uint64_t failures;
    uint32_t earlier; /* networks that failed before it was looked at */
    struct distinct networks, accounts;
};

struct target {
    uint64_t account; /* 0: free */
    struct buf login;
    struct guess_breadth breadth;
    struct extent extent;
};

struct guess_campaigns {
    struct target targets[GUESS_CAMPAIGNS_MAX];
    int64_t begun_us;
    int64_t span;                       /* number of the ten minutes */
    struct distinct networks, accounts; /* of this span */
    uint64_t failures;                  /* of this span */
    int64_t first_us;
    struct extent spray;
    uint32_t quiet; /* spans, one after the other */
    double usual;   /* -1: not known */
};

struct guess_campaigns *guess_campaigns_new(int64_t now_us)
{
    struct guess_campaigns *campaigns = MEM_NEW(struct guess_campaigns);
    campaigns->begun_us = now_us;
    campaigns->span = now_us / SPAN_US;
    campaigns->usual = -1;
    return campaigns;
}

void guess_campaigns_free(struct guess_campaigns *campaigns)
{
    if (campaigns == NULL)
        return;
    for (size_t i = 0; i < GUESS_CAMPAIGNS_MAX; i++)
        buf_done(&campaigns->targets[i].login);
    mem_free(campaigns);
}

static void extend(struct extent *extent, const struct guess_failure *failure, int64_t now_us)
{
    if (extent->since_us == 0)
        extent->since_us = now_us;
    extent->until_us = now_us;
    extent->failures++;
    distinct_add(&extent->networks, failure->network);
    distinct_add(&extent->accounts, failure->account);
}

/* ---- one account ---- */

static void let_go(struct target *target)
{
    buf_clear(&target->login);
    *target = (struct target){.login = target->login};
}

/* Its place; else a free one, or that of who has not failed for longest. NULL: all are campaigns.
 */
static struct target *target_of(struct guess_campaigns *campaigns,
                                const struct guess_failure *failure)
{
    struct target *oldest = NULL;
    for (size_t i = 0; i < GUESS_CAMPAIGNS_MAX; i++) {
        struct target *target = &campaigns->targets[i];
        if (target->account == failure->account)
            return target;
        if (!target->extent.open &&
            (oldest == NULL || target->extent.until_us < oldest->extent.until_us))
            oldest = target;
    }
    if (oldest == NULL)
        return NULL;
    let_go(oldest);
    oldest->account = failure->account;
    buf_add(&oldest->login, slice_first(failure->login, GUESS_LOGIN_MAX));
    return oldest;
}

static void note_account(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                         const struct guess_failure *failure, int64_t now_us)
{
    if (!failure->strange && 2 * failure->networks < terms->campaign_networks)
        return;
    struct target *target = target_of(campaigns, failure);
    if (target == NULL)
        return;
    extend(&target->extent, failure, now_us);
    guess_breadth_add(&target->breadth, failure->network, now_us);
    if (target->extent.open || failure->networks < terms->campaign_networks)
        return;
    uint64_t seen = distinct_count(&target->extent.networks, target->extent.failures);
    target->extent.open = true;
    target->extent.earlier = failure->networks > seen ? failure->networks - (uint32_t)seen : 0;
}

static void look_at_target(struct target *target, const struct guess_terms *terms, int64_t now_us)
{
    uint32_t networks = guess_breadth_count(&target->breadth, now_us);
    if (target->extent.told && networks < terms->campaign_networks / 2)
        target->extent.open = false;
}

/* ---- all of them ---- */

/* Networks and accounts in a span that are too many. */
static uint64_t too_many(const struct guess_campaigns *campaigns, const struct guess_terms *terms,
                         int64_t now_us)
{
    double usual = USUAL_TIMES * campaigns->usual;
    uint64_t limit = terms->spray_networks;
    if (usual > (double)limit)
        limit = (uint64_t)usual;
    int64_t age_us = now_us - campaigns->begun_us;
    return age_us >= 0 && age_us < EARLY_US ? limit * GUESS_EARLY_TIMES : limit;
}

static uint64_t count_of(const struct distinct *distinct)
{
    return distinct_count(distinct, UINT32_MAX);
}

static void end_span(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                     int64_t now_us)
{
    double networks = (double)count_of(&campaigns->networks);
    double part = campaigns->spray.open ? LEARN_OPEN : LEARN;
    bool quiet = 2 * networks < (double)too_many(campaigns, terms, now_us);
    campaigns->quiet = quiet ? campaigns->quiet + 1 : 0;
    if (campaigns->usual < 0)
        campaigns->usual = networks;
    else
        campaigns->usual += (networks - campaigns->usual) / part;
    campaigns->networks = campaigns->accounts = (struct distinct){0};
    campaigns->failures = 0;
    if (campaigns->quiet >= SPANS_QUIET && campaigns->spray.told)
        campaigns->spray.open = false;
}

/* Ends the spans that are over; after a step of the clock it begins with the one that is now. */
static void roll(struct guess_campaigns *campaigns, const struct guess_terms *terms, int64_t now_us)
{
    int64_t span = now_us / SPAN_US;
    if (span < campaigns->span || span - campaigns->span > SPANS_MISSED_MAX)
        campaigns->span = span - 1;
    for (; campaigns->span < span; campaigns->span++)
        end_span(campaigns, terms, now_us);
}

static void note_spray(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                       const struct guess_failure *failure, int64_t now_us)
{
    if (campaigns->failures++ == 0)
        campaigns->first_us = now_us;
    distinct_add(&campaigns->networks, failure->network);
    distinct_add(&campaigns->accounts, failure->account);
    struct extent *spray = &campaigns->spray;
    if (spray->open) {
        extend(spray, failure, now_us);
        return;
    }
    uint64_t limit = too_many(campaigns, terms, now_us);
    if (spray->told || count_of(&campaigns->networks) < limit ||
        count_of(&campaigns->accounts) < limit)
        return;
    *spray = (struct extent){.open = true,
                             .since_us = campaigns->first_us,
                             .until_us = now_us,
                             .failures = campaigns->failures,
                             .networks = campaigns->networks,
                             .accounts = campaigns->accounts};
    campaigns->quiet = 0;
}

void guess_campaigns_note(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                          const struct guess_failure *failure, int64_t now_us)
{
    roll(campaigns, terms, now_us);
    note_account(campaigns, terms, failure, now_us);
    note_spray(campaigns, terms, failure, now_us);
}

/* ---- told ---- */

static struct guess_campaign said(const struct extent *extent, enum guess_campaign_kind kind,
                                  struct slice login)
{
    return (struct guess_campaign){
        .kind = kind,
        .open = extent->open,
        .login = login,
        .since_us = extent->since_us,
        .until_us = extent->until_us,
        .failures = extent->failures,
        .networks = extent->earlier + (uint32_t)distinct_count(&extent->networks, extent->failures),
        .accounts = (uint32_t)distinct_count(&extent->accounts, extent->failures),
    };
}

static struct guess_campaign said_of_spray(const struct guess_campaigns *campaigns)
{
    struct guess_campaign said_now = said(&campaigns->spray, GUESS_SPRAY, SLICE(""));
    said_now.usual = campaigns->usual > 0 ? (uint32_t)(campaigns->usual + 0.5) : 0;
    return said_now;
}

bool guess_campaigns_news(struct guess_campaigns *campaigns, const struct guess_terms *terms,
                          int64_t now_us, struct guess_campaign *news)
{
    roll(campaigns, terms, now_us);
    for (size_t i = 0; i < GUESS_CAMPAIGNS_MAX; i++) {
        struct target *target = &campaigns->targets[i];
        look_at_target(target, terms, now_us);
        if (target->extent.open == target->extent.told)
            continue;
        target->extent.told = target->extent.open;
        *news = said(&target->extent, GUESS_ON_ACCOUNT, buf_slice(&target->login));
        if (!target->extent.open)
            target->extent = (struct extent){.until_us = target->extent.until_us};
        return true;
    }
    if (campaigns->spray.open == campaigns->spray.told)
        return false;
    campaigns->spray.told = campaigns->spray.open;
    *news = said_of_spray(campaigns);
    return true;
}

void guess_campaigns_each(const struct guess_campaigns *campaigns, guess_campaign_see see,
                          void *context)
{
    for (size_t i = 0; i < GUESS_CAMPAIGNS_MAX; i++) {
        const struct target *target = &campaigns->targets[i];
        if (!target->extent.open)
            continue;
        struct guess_campaign one =
            said(&target->extent, GUESS_ON_ACCOUNT, buf_slice(&target->login));
        see(context, &one);
    }
    if (campaigns->spray.open) {
        struct guess_campaign spray = said_of_spray(campaigns);
        see(context, &spray);
    }
}

uint32_t guess_campaigns_open(const struct guess_campaigns *campaigns)
{
    uint32_t open = campaigns->spray.open;
    for (size_t i = 0; i < GUESS_CAMPAIGNS_MAX; i++)
        open += campaigns->targets[i].extent.open;
    return open;
}

bool guess_campaigns_account(const struct guess_campaigns *campaigns, size_t number,
                             uint64_t *account, struct slice *login)
{
    if (number >= GUESS_CAMPAIGNS_MAX)
        return false;
    *account = campaigns->targets[number].account;
    *login = buf_slice(&campaigns->targets[number].login);
    return true;
}

double guess_campaigns_usual(const struct guess_campaigns *campaigns)
{
    return campaigns->usual;
}

void guess_campaigns_set_usual(struct guess_campaigns *campaigns, double usual)
{
    campaigns->usual = usual;
}
