/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_spray.h.
 */
#include "app/auth_spray.h"

#include "base/civil.h"

static const int64_t AGAIN_US = 60 * US_PER_SECOND;

#define NAME SLICE("many accounts")

void auth_spray_done(struct auth_spray *spray)
{
    buf_done(&spray->first);
    buf_done(&spray->newest);
}

static void set(struct buf *to, struct slice text)
{
    buf_clear(to);
    buf_add(to, text);
}

void auth_spray_resume(struct auth_spray *spray, struct slice relay, const struct incident *known,
                       int64_t now_us)
{
    if (known->kind != INCIDENT_BRUTE_FORCE || !incident_is_open(known) ||
        !slice_eq(known->relay, relay) || !slice_eq(known->name, NAME) || spray->opened_us != 0)
        return;
    if (known->evidence_count > 0) {
        set(&spray->first, known->evidence[0]);
        set(&spray->newest, known->evidence[known->evidence_count - 1]);
    }
    spray->opened_us = known->opened_us;
    spray->last_us = known->last_hit_us;
    spray->told_us = now_us;
    spray->hits = spray->old_hits = known->hits;
    spray->old_passed = known->attempts - known->hits;
    spray->passed = 0;
    spray->accounts = known->logins;
    spray->inherited = true;
}

static void describe(const struct auth_spray *spray, uint64_t passed, int64_t closed_us,
                     struct incident *out)
{
    *out = (struct incident){
        .kind = INCIDENT_BRUTE_FORCE,
        .scope = INCIDENT_SCOPE_RELAY,
        .name = NAME,
        .opened_us = spray->opened_us,
        .closed_us = closed_us,
        .last_hit_us = spray->last_us,
        .hits = spray->hits,
        .attempts = spray->hits + spray->old_passed + passed - spray->passed,
        .logins = spray->accounts,
    };
    const struct buf *texts[] = {&spray->first, &spray->newest};
    for (size_t i = 0; i < 2; i++)
        if (texts[i]->len > 0 && (i == 0 || !slice_eq(buf_slice(texts[0]), buf_slice(texts[1]))))
            out->evidence[out->evidence_count++] = buf_slice(texts[i]);
}

static void begin(struct auth_spray *spray, const struct guess_campaign *campaign, uint64_t passed)
{
    spray->opened_us = campaign->since_us;
    spray->accounts = spray->old_hits = spray->old_passed = 0;
    spray->passed = passed;
    buf_clear(&spray->first);
}

static void see(struct auth_spray *spray, const struct guess_campaign *campaign)
{
    int64_t minutes = (campaign->until_us - campaign->since_us) / AGAIN_US;
    spray->inherited = false;
    spray->hits = spray->old_hits + campaign->failures;
    spray->last_us = campaign->until_us;
    if (campaign->accounts > spray->accounts)
        spray->accounts = campaign->accounts;
    buf_clear(&spray->newest);
    buf_addf(
        &spray->newest,
        "todoku: %llu failed logins from some %u networks on some %u accounts within %lld min; "
        "networks in ten minutes on other days: %u",
        (unsigned long long)campaign->failures, campaign->networks, campaign->accounts,
        (long long)minutes + 1, campaign->usual);
    if (spray->first.len == 0)
        set(&spray->first, buf_slice(&spray->newest));
}

/* When the guard says so; what it knows nothing of, after a while. */
static bool is_over(const struct auth_spray *spray, const struct guess_campaign *campaign,
                    int64_t now_us)
{
    bool known = !spray->inherited && campaign != NULL;
    return known ? !campaign->open : now_us - spray->told_us >= AUTH_SPRAY_GONE_US;
}

bool auth_spray_take(struct auth_spray *spray, const struct guess_campaign *campaign,
                     uint64_t passed, int64_t now_us, struct incident *out)
{
    bool is_new = spray->opened_us == 0;
    bool open = campaign != NULL && campaign->open;
    if (is_new && !open)
        return false;
    if (is_new)
        begin(spray, campaign, passed);
    if (open || (campaign != NULL && !spray->inherited))
        see(spray, campaign);
    bool over = is_over(spray, campaign, now_us);
    bool due = now_us - spray->told_us >= AGAIN_US || now_us < spray->told_us;
    if (!is_new && !over && (spray->inherited || !due))
        return false;
    if (!spray->inherited)
        spray->told_us = now_us;
    describe(spray, passed, over ? now_us : INCIDENT_OPEN, out);
    if (over)
        spray->opened_us = 0;
    return true;
}
