/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_hijack.h.
 */
#include "app/daemon_hijack.h"

#include "app/settings_hijack.h"
#include "app/wish_actor.h"
#include "watch/hijack_account.h"

enum { PARDONED = 64 };

/* Orders of before may still be on their way. */
struct pardoned {
    uint64_t login; /* hash */
    int64_t at_us;
};

struct daemon_hijack {
    struct daemon_hijack_options options;
    struct pardoned pardoned[PARDONED];
    size_t next_pardoned;
    uint64_t dropped; /* as of the last turn */
};

static const enum account_flag_kind kinds[HIJACK_STEP_COUNT] = {
    [HIJACK_NOTE] = ACCOUNT_NOTE,         [HIJACK_SLOW] = ACCOUNT_SLOW,
    [HIJACK_HOLD] = ACCOUNT_HOLD,         [HIJACK_DEFER] = ACCOUNT_DEFER,
    [HIJACK_SUSPEND] = ACCOUNT_SUSPENDED,
};

static void on_cleared(void *context, const struct account_flag *before, struct slice by,
                       int64_t now_us);

struct daemon_hijack *daemon_hijack_new(const struct daemon_hijack_options *options)
{
    struct daemon_hijack *hijack = MEM_NEW(struct daemon_hijack);
    hijack->options = *options;
    hijack->dropped = hijack_channel_dropped(options->channel);
    daemon_hijack_want(hijack, options->settings);
    daemon_accounts_on_cleared(options->accounts, on_cleared, hijack);
    return hijack;
}

void daemon_hijack_free(struct daemon_hijack *hijack)
{
    if (hijack == NULL)
        return;
    daemon_accounts_on_cleared(hijack->options.accounts, NULL, NULL);
    mem_free(hijack);
}

void daemon_hijack_want(struct daemon_hijack *hijack, const struct settings *settings)
{
    hijack->options.settings = settings;
    hijack_channel_want(hijack->options.channel,
                        settings->policy.hijack.mode != SETTINGS_HIJACK_OFF);
}

/* ---- orders ---- */

static void tell(const struct daemon_hijack *hijack, const struct hijack_verdict *verdict,
                 const char *done, struct slice evidence)
{
    OWN_LOG(hijack->options.log, OWN_LOG_WARNING, "account_verdict",
            log_text("login", verdict->login), log_str("step", hijack_step_word(verdict->step)),
            log_number("score", (int64_t)verdict->score), log_str("done", done),
            log_text("evidence", evidence));
}

static bool is_of_verdict(const struct account_flag *flag)
{
    return flag != NULL && slice_eq(flag->actor, WISH_ACTOR_ITSELF);
}

/* What was done; login: in its one form. A person's flag is not made shorter by ours. */
static const char *act(struct daemon_hijack *hijack, const struct hijack_verdict *verdict,
                       struct slice login, struct slice evidence, int64_t now_us)
{
    struct err err = {0};
    int64_t cool_down_us = hijack->options.settings->policy.hijack.cool_down_us;
    struct account_flag flag = {
        .kind = kinds[verdict->step],
        .since_us = now_us,
        .until_us = verdict->step == HIJACK_SUSPEND ? INT64_MAX : now_us + cool_down_us,
        .login = login,
        .actor = WISH_ACTOR_ITSELF,
        .reason = slice_first(evidence, ACCOUNT_REASON_MAX),
    };
    const struct account_flag *there = account_flags_find(
        daemon_accounts_flags(hijack->options.accounts), login, kinds[verdict->step]);
    if (verdict->login.len >= HIJACK_LOGIN_MAX)
        return "cut_name";
    if (there != NULL && !is_of_verdict(there) && there->until_us >= flag.until_us)
        return "persons_flag";
    if (!daemon_accounts_set(hijack->options.accounts, &flag, 1, now_us, &err) &&
        err.code != ERR_IO)
        return "refused";
    return "flag";
}

static bool is_pardoned(const struct daemon_hijack *hijack, struct slice login, int64_t at_us)
{
    for (size_t i = 0; i < PARDONED; i++)
        if (hijack->pardoned[i].login == slice_hash(login) && at_us <= hijack->pardoned[i].at_us)
            return true;
    return false;
}

static void take_order(struct daemon_hijack *hijack, const struct hijack_verdict *verdict,
                       int64_t now_us)
{
    static const char *const said[] = {[ROUTE_OBSERVE] = "nothing", [ROUTE_PROPOSE] = "proposed"};
    enum route_mode mode = settings_hijack_mode(hijack->options.settings);
    CLEANUP_BUF struct buf evidence = {0}, login = {0};
    struct slice step = slice_from_str(hijack_step_word(verdict->step));
    hijack_verdict_text(verdict, &evidence);
    daemon_accounts_login(hijack->options.accounts, verdict->login, &login);
    daemon_metrics_add(hijack->options.metrics, DAEMON_METRIC_ACCOUNT_VERDICTS, &step, 1);
    if (verdict->step == HIJACK_NONE)
        tell(hijack, verdict, "ended", SLICE(""));
    else if (is_pardoned(hijack, buf_slice(&login), verdict->at_us))
        tell(hijack, verdict, "pardoned", buf_slice(&evidence));
    else if (mode == ROUTE_AUTO)
        tell(hijack, verdict, act(hijack, verdict, buf_slice(&login), buf_slice(&evidence), now_us),
             buf_slice(&evidence));
    else
        tell(hijack, verdict, said[mode], buf_slice(&evidence));
}

/* ---- people ---- */

void daemon_hijack_pardon(struct daemon_hijack *hijack, struct slice login, struct slice by,
                          int64_t now_us)
{
    struct err err = {0};
    CLEANUP_BUF struct buf form = {0};
    struct account_flag clear[HIJACK_STEP_COUNT];
    size_t count = 0;
    daemon_accounts_login(hijack->options.accounts, login, &form);
    const struct account_flags *flags = daemon_accounts_flags(hijack->options.accounts);
    for (size_t step = HIJACK_NOTE; step < HIJACK_STEP_COUNT; step++) {
        const struct account_flag *flag = account_flags_find(flags, buf_slice(&form), kinds[step]);
        if (is_of_verdict(flag))
            clear[count++] = (struct account_flag){.kind = kinds[step],
                                                   .since_us = now_us,
                                                   .login = buf_slice(&form),
                                                   .actor = by,
                                                   .reason = SLICE("it was the owner")};
    }
    if (count > 0)
        (void)daemon_accounts_set(hijack->options.accounts, clear, count, now_us, &err);
    hijack->pardoned[hijack->next_pardoned++ % PARDONED] =
        (struct pardoned){slice_hash(buf_slice(&form)), now_us};
    hijack_channel_pardon(hijack->options.channel, buf_slice(&form),
                          now_us + hijack->options.settings->policy.hijack.forgive_us);
    OWN_LOG(hijack->options.log, OWN_LOG_INFO, "account_pardoned",
            log_text("login", buf_slice(&form)), log_text("by", by));
}

/* On another relay: what a person pardons there is pardoned here, too. */
static void on_cleared(void *context, const struct account_flag *before, struct slice by,
                       int64_t now_us)
{
    if (is_of_verdict(before) && !slice_eq(by, WISH_ACTOR_ITSELF))
        daemon_hijack_pardon(context, before->login, by, now_us);
}

/* Bits of the kinds of which the account has a flag of the verdict. */
static unsigned flags_of(const struct daemon_hijack *hijack, struct slice login)
{
    const struct account_flags *flags = daemon_accounts_flags(hijack->options.accounts);
    CLEANUP_BUF struct buf form = {0};
    unsigned bits = 0;
    daemon_accounts_login(hijack->options.accounts, login, &form);
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++)
        if (is_of_verdict(account_flags_find(flags, buf_slice(&form), (enum account_flag_kind)i)))
            bits |= ACCOUNT_FLAG_BIT(i);
    return bits;
}

void daemon_hijack_answer(struct daemon_hijack *hijack, struct daemon_request *request,
                          int64_t now_us)
{
    const struct account_wish *wish = &request->account;
    unsigned theirs = flags_of(hijack, wish->login) & wish->clear;
    daemon_accounts_answer(hijack->options.accounts, request, now_us);
    if ((theirs & ~flags_of(hijack, wish->login)) != 0)
        daemon_hijack_pardon(hijack, wish->login, wish->actor, now_us);
}

/* ---- turns ---- */

void daemon_hijack_turn(struct daemon_hijack *hijack, int64_t now_us)
{
    uint64_t dropped = hijack_channel_dropped(hijack->options.channel);
    const struct slice facts = SLICE("verdict_facts");
    for (struct hijack_order *order;
         (order = hijack_channel_take_order(hijack->options.channel)) != NULL;) {
        take_order(hijack, &order->verdict, now_us);
        mem_free(order);
    }
    if (dropped > hijack->dropped)
        daemon_metrics_add(hijack->options.metrics, DAEMON_METRIC_LEFT_OUT, &facts,
                           (int64_t)(dropped - hijack->dropped));
    hijack->dropped = dropped;
}
