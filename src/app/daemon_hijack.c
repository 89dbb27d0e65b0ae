/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_hijack.h.
 */
#include "app/daemon_hijack.h"

#include "app/settings_hijack.h"

enum { PARDONED = 64 };

/* An account with a flag of the verdict. */
struct acted {
    char *login; /* owned; in its one form */
    size_t login_len;
    enum account_flag_kind kind;
    int64_t until_us;
};

/* Orders of before may still be on their way. */
struct pardoned {
    uint64_t login; /* hash */
    int64_t at_us;
};

struct daemon_hijack {
    struct daemon_hijack_options options;
    struct pardoned pardoned[PARDONED];
    size_t next_pardoned;
    struct acted *acted;
    size_t count;
    uint64_t dropped; /* as of the last turn */
};

static const enum account_flag_kind kinds[HIJACK_STEP_COUNT] = {
    [HIJACK_NOTE] = ACCOUNT_NOTE,         [HIJACK_SLOW] = ACCOUNT_SLOW,
    [HIJACK_HOLD] = ACCOUNT_HOLD,         [HIJACK_DEFER] = ACCOUNT_DEFER,
    [HIJACK_SUSPEND] = ACCOUNT_SUSPENDED,
};

#define ACTOR SLICE("todoku")

struct daemon_hijack *daemon_hijack_new(const struct daemon_hijack_options *options)
{
    struct daemon_hijack *hijack = MEM_NEW(struct daemon_hijack);
    hijack->options = *options;
    hijack->acted = MEM_NEW_ARRAY(struct acted, HIJACK_ACTED_MAX);
    hijack->dropped = hijack_channel_dropped(options->channel);
    daemon_hijack_want(hijack, options->settings);
    return hijack;
}

void daemon_hijack_free(struct daemon_hijack *hijack)
{
    if (hijack == NULL)
        return;
    for (size_t i = 0; i < hijack->count; i++)
        mem_free(hijack->acted[i].login);
    mem_free(hijack->acted);
    mem_free(hijack);
}

void daemon_hijack_want(struct daemon_hijack *hijack, const struct settings *settings)
{
    hijack->options.settings = settings;
    hijack_channel_want(hijack->options.channel,
                        settings->policy.hijack.mode != SETTINGS_HIJACK_OFF);
}

/* ---- what was done ---- */

static struct slice login_of(const struct acted *acted)
{
    return slice_of(acted->login, acted->login_len);
}

static struct acted *find(const struct daemon_hijack *hijack, struct slice login)
{
    for (size_t i = 0; i < hijack->count; i++)
        if (slice_eq(login_of(&hijack->acted[i]), login))
            return &hijack->acted[i];
    return NULL;
}

static void remember(struct daemon_hijack *hijack, const struct account_flag *flag)
{
    struct acted *one = find(hijack, flag->login);
    if (one == NULL && hijack->count == HIJACK_ACTED_MAX)
        return;
    if (one == NULL) {
        one = &hijack->acted[hijack->count++];
        one->login = mem_new(1, flag->login.len + 1);
        one->login_len = flag->login.len;
        memcpy(one->login, flag->login.ptr, flag->login.len);
    }
    one->kind = flag->kind;
    one->until_us = flag->until_us;
}

static void forget(struct daemon_hijack *hijack, struct acted *one)
{
    mem_free(one->login);
    *one = hijack->acted[--hijack->count];
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

static const char *act(struct daemon_hijack *hijack, const struct hijack_verdict *verdict,
                       struct slice evidence, int64_t now_us)
{
    struct err err = {0};
    int64_t cool_down_us = hijack->options.settings->policy.hijack.cool_down_us;
    CLEANUP_BUF struct buf form = {0};
    daemon_accounts_login(hijack->options.accounts, verdict->login, &form);
    struct account_flag flag = {
        .kind = kinds[verdict->step],
        .since_us = now_us,
        .until_us = verdict->step == HIJACK_SUSPEND ? INT64_MAX : now_us + cool_down_us,
        .login = buf_slice(&form),
        .actor = ACTOR,
        .reason = slice_first(evidence, ACCOUNT_REASON_MAX),
    };
    if (!daemon_accounts_set(hijack->options.accounts, &flag, 1, now_us, &err) &&
        err.code == ERR_USAGE)
        return "refused";
    remember(hijack, &flag);
    return "flag";
}

static bool is_pardoned(const struct daemon_hijack *hijack, const struct hijack_verdict *verdict)
{
    for (size_t i = 0; i < PARDONED; i++)
        if (hijack->pardoned[i].login == slice_hash(verdict->login) &&
            verdict->at_us <= hijack->pardoned[i].at_us)
            return true;
    return false;
}

static void take_order(struct daemon_hijack *hijack, const struct hijack_verdict *verdict,
                       int64_t now_us)
{
    static const char *const said[] = {[ROUTE_OBSERVE] = "nothing", [ROUTE_PROPOSE] = "proposed"};
    enum route_mode mode = settings_hijack_mode(hijack->options.settings);
    CLEANUP_BUF struct buf evidence = {0};
    struct slice step = slice_from_str(hijack_step_word(verdict->step));
    hijack_verdict_text(verdict, &evidence);
    daemon_metrics_add(hijack->options.metrics, DAEMON_METRIC_ACCOUNT_VERDICTS, &step, 1);
    if (verdict->step == HIJACK_NONE)
        tell(hijack, verdict, "ended", SLICE(""));
    else if (is_pardoned(hijack, verdict))
        tell(hijack, verdict, "pardoned", buf_slice(&evidence));
    else if (mode == ROUTE_AUTO)
        tell(hijack, verdict, act(hijack, verdict, buf_slice(&evidence), now_us),
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
        if (flag != NULL && slice_eq(flag->actor, ACTOR))
            clear[count++] = (struct account_flag){.kind = kinds[step],
                                                   .since_us = now_us,
                                                   .login = buf_slice(&form),
                                                   .actor = by,
                                                   .reason = SLICE("it was the owner")};
    }
    if (count > 0)
        (void)daemon_accounts_set(hijack->options.accounts, clear, count, now_us, &err);
    struct acted *one = find(hijack, buf_slice(&form));
    if (one != NULL)
        forget(hijack, one);
    hijack->pardoned[hijack->next_pardoned++ % PARDONED] =
        (struct pardoned){slice_hash(buf_slice(&form)), now_us};
    hijack_channel_pardon(hijack->options.channel, buf_slice(&form),
                          now_us + hijack->options.settings->policy.hijack.forgive_us);
    OWN_LOG(hijack->options.log, OWN_LOG_INFO, "account_pardoned",
            log_text("login", buf_slice(&form)), log_text("by", by));
}

/* A flag that is gone before its end was cleared by a person. */
static void look_after(struct daemon_hijack *hijack, int64_t now_us)
{
    const struct account_flags *flags = daemon_accounts_flags(hijack->options.accounts);
    for (size_t i = hijack->count; i-- > 0;) {
        struct acted *one = &hijack->acted[i];
        CLEANUP_BUF struct buf login = {0};
        if (now_us >= one->until_us) {
            forget(hijack, one);
            continue;
        }
        if (account_flags_find(flags, login_of(one), one->kind) != NULL)
            continue;
        buf_add(&login, login_of(one));
        daemon_hijack_pardon(hijack, buf_slice(&login), SLICE("who cleared the flag"), now_us);
    }
}

void daemon_hijack_turn(struct daemon_hijack *hijack, int64_t now_us)
{
    uint64_t dropped = hijack_channel_dropped(hijack->options.channel);
    const struct slice facts = SLICE("verdict_facts");
    look_after(hijack, now_us);
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
