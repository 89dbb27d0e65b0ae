/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_rulings.h. Its state for the API is {state, relay, since, reason, unheard}; state:
 * "shares" or "alone".
 */
#include "app/daemon_rulings.h"

#include "app/daemon_accounts_private.h"
#include "app/daemon_limits_private.h"
#include "app/daemon_shared.h"
#include "base/memory.h"
#include "io/clock.h"
#include "model/json_value.h"

static const int64_t DEADLINE_US = 500000, /* at least */
    EXPIRE_US = INT64_C(3600) * 1000000;

/* ---- the file ---- */

struct reading {
    struct daemon_accounts *accounts;
    struct buf space;
    int64_t left_out;
};

static void see_stamp(struct daemon_rulings *rulings, int64_t stamp)
{
    if (stamp > rulings->stamp)
        rulings->stamp = stamp;
}

/* What is known already is newer than the file. */
static void read_end(void *context, const struct account_state_end *row)
{
    struct reading *reading = context;
    struct daemon_rulings *rulings = &reading->accounts->rulings;
    struct ruling ruling;
    if (!ruling_parse(row->text, &reading->space, &ruling)) {
        reading->left_out++;
        return;
    }
    see_stamp(rulings, ruling.stamp);
    if (ruling_ends_find(rulings->ends, &ruling) == NULL)
        (void)ruling_ends_put(rulings->ends, &ruling);
}

static void see_flag(void *context, const struct account_flag *flag)
{
    see_stamp(context, flag->stamp);
}

static void see_override(void *context, const struct limit_override *one)
{
    see_stamp(context, one->stamp);
}

bool daemon_rulings_read(struct daemon_accounts *accounts, int64_t *left_out, struct err *err)
{
    struct reading reading = {.accounts = accounts};
    bool good = account_state_ends(accounts->state, read_end, &reading, err);
    account_flags_each(accounts->flags, see_flag, &accounts->rulings);
    limit_overrides_each(accounts->overrides, see_override, &accounts->rulings);
    *left_out += reading.left_out;
    buf_done(&reading.space);
    return good;
}

static void put_end(void *context, const struct ruling *ruling)
{
    CLEANUP_BUF struct buf key = {0}, text = {0};
    ruling_key(ruling, &key);
    ruling_format(ruling, &text);
    const struct account_state_end end = {buf_slice(&key), buf_slice(&text)};
    account_state_put_end(context, &end);
}

static void drop_end(void *context, const struct ruling *ruling)
{
    CLEANUP_BUF struct buf key = {0};
    ruling_key(ruling, &key);
    account_state_drop_end(context, buf_slice(&key));
}

void daemon_rulings_write(struct daemon_accounts *accounts)
{
    account_state_clear_ends(accounts->state);
    ruling_ends_each(accounts->rulings.ends, put_end, accounts->state);
}

void daemon_rulings_write_one(struct daemon_accounts *accounts, const struct ruling *ruling)
{
    if (ruling_clears(ruling))
        put_end(accounts->state, ruling);
    else
        drop_end(accounts->state, ruling);
}

/* ---- what is decided here ---- */

/* The time of Redis, so that relays' clocks do not decide; and later than all that was seen. */
int64_t daemon_rulings_stamp(struct daemon_accounts *accounts, int64_t now_us)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    int64_t time_us = rulings->share != NULL ? ruling_share_time(rulings->share, now_us) : now_us;
    int64_t stamp = time_us > rulings->stamp ? time_us : rulings->stamp + 1;
    rulings->stamp = stamp < RULING_STAMP_MAX ? stamp : RULING_STAMP_MAX;
    return rulings->stamp;
}

void daemon_rulings_note(struct daemon_accounts *accounts, const struct ruling *ruling,
                         bool is_news)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    see_stamp(rulings, ruling->stamp);
    if (ruling_clears(ruling))
        rulings->left_out += ruling_ends_put(rulings->ends, ruling);
    else
        ruling_ends_drop(rulings->ends, ruling);
    if (is_news && rulings->share != NULL)
        ruling_share_put(rulings->share, ruling);
}

void daemon_rulings_flush(struct daemon_accounts *accounts)
{
    if (accounts->rulings.share != NULL)
        (void)ruling_share_flush(accounts->rulings.share);
}

/* ---- what others decide ---- */

/* Of two about the same the newer one holds. */
static bool is_newer(const struct daemon_accounts *accounts, const struct ruling *ruling)
{
    const struct ruling *over = ruling_ends_find(accounts->rulings.ends, ruling);
    struct ruling there = {0};
    if (over != NULL && ruling_compare(ruling, over) <= 0)
        return false;
    if (ruling->kind == RULING_FLAG) {
        const struct account_flag *flag =
            account_flags_find(accounts->flags, ruling->login, ruling_flag(ruling).kind);
        if (flag != NULL)
            there = ruling_of_flag(flag);
    } else {
        const struct limit_override *one = limit_overrides_find(
            accounts->overrides, ruling->login, ruling->name, ruling->kind == RULING_RAISE);
        if (one != NULL)
            there = ruling_of_override(one);
    }
    return ruling_compare(ruling, &there) > 0;
}

/* A ruling of another relay. */
struct taken {
    struct ruling *ruling;
    struct account_flag *before; /* that it clears; or NULL */
    bool changed;
};

static void take_one(struct daemon_accounts *accounts, struct taken *taken, int64_t now_us)
{
    struct ruling *ruling = taken->ruling;
    const struct account_book *book = daemon_account_book_now(accounts->options.book);
    if (ruling->until_us <= now_us)
        ruling->until_us = 0; /* it is over before it was heard of */
    if (ruling->kind == RULING_FLAG) {
        const struct account_flag flag = ruling_flag(ruling);
        const struct account_flag *before =
            account_flags_find(accounts->flags, flag.login, flag.kind);
        if (before != NULL && ruling_clears(ruling) && ruling->actor.len > 0)
            taken->before = account_flag_new(before);
        taken->changed = daemon_accounts_take(accounts, &flag);
    } else {
        const struct limit_override one = ruling_override(ruling);
        taken->changed = daemon_limits_take(accounts, &one);
    }
    if (!taken->changed && !ruling_clears(ruling)) {
        accounts->rulings.left_out++; /* no room */
        return;
    }
    daemon_rulings_note(accounts, ruling, false);
    if (book != NULL && !slice_eq(account_book_find(book, ruling->login).login, ruling->login))
        accounts->followed = 0;
}

static void write_one(struct daemon_accounts *accounts, const struct taken *taken)
{
    const struct ruling *ruling = taken->ruling;
    if (!taken->changed) {
        if (ruling_clears(ruling))
            daemon_rulings_write_one(accounts, ruling);
    } else if (ruling->kind == RULING_FLAG) {
        const struct account_flag flag = ruling_flag(ruling);
        daemon_accounts_write(accounts, &flag);
    } else {
        const struct limit_override one = ruling_override(ruling);
        daemon_limits_write_one(accounts, &one);
    }
}

static void end_one(struct daemon_accounts *accounts, struct taken *taken, int64_t now_us)
{
    if (taken->changed && taken->before != NULL && accounts->cleared != NULL)
        accounts->cleared(accounts->cleared_context, taken->before, taken->ruling->actor, now_us);
    mem_free(taken->before);
    mem_free(taken->ruling);
}

static void write_all(struct daemon_accounts *accounts, const struct taken *taken, size_t count,
                      int64_t now_us)
{
    struct err err;
    if (count == 0 || !daemon_accounts_begin(accounts, now_us, &err))
        return;
    for (size_t i = 0; i < count; i++)
        write_one(accounts, &taken[i]);
    (void)daemon_accounts_commit(accounts, now_us, &err);
}

/* They hold, whether they can be written or not, as those that are decided here. */
void daemon_rulings_take(struct daemon_accounts *accounts, const struct slice *texts, size_t count,
                         int64_t now_us)
{
    struct taken taken[RULING_PAGE] = {0};
    CLEANUP_BUF struct buf space = {0};
    size_t news = 0;
    for (size_t i = 0; i < count && i < RULING_PAGE; i++) {
        struct ruling ruling;
        if (!ruling_parse(texts[i], &space, &ruling)) {
            accounts->rulings.left_out++;
        } else if (is_newer(accounts, &ruling)) {
            taken[news].ruling = ruling_new(&ruling);
            take_one(accounts, &taken[news++], now_us);
        }
    }
    accounts->rulings.taken += news;
    write_all(accounts, taken, news, now_us);
    for (size_t i = 0; i < news; i++)
        end_one(accounts, &taken[i], now_us);
}

static void take(void *context, const struct slice *texts, size_t count)
{
    daemon_rulings_take(context, texts, count, clock_now_us());
}

struct showing {
    ruling_see see;
    void *context;
};

static void show_flag(void *context, const struct account_flag *flag)
{
    const struct showing *showing = context;
    const struct ruling ruling = ruling_of_flag(flag);
    showing->see(showing->context, &ruling);
}

static void show_override(void *context, const struct limit_override *one)
{
    const struct showing *showing = context;
    const struct ruling ruling = ruling_of_override(one);
    showing->see(showing->context, &ruling);
}

static void each(void *context, ruling_see see, void *see_context)
{
    struct daemon_accounts *accounts = context;
    struct showing showing = {see, see_context};
    account_flags_each(accounts->flags, show_flag, &showing);
    limit_overrides_each(accounts->overrides, show_override, &showing);
    ruling_ends_each(accounts->rulings.ends, see, see_context);
}

/* ---- life ---- */

static struct ruling_share *share_of(struct daemon_accounts *accounts,
                                     const struct settings_store *store)
{
    CLEANUP_BUF struct buf prefix = {0};
    struct redis_address address;
    struct err err;
    if (!daemon_shared_address(store, &address, &prefix))
        return NULL;
    int64_t deadline_us = (int64_t)store->redis.deadline_ms * 1000;
    const struct ruling_share_options options = {
        .address = &address,
        .prefix = buf_slice(&prefix),
        .deadline_us = deadline_us > DEADLINE_US ? deadline_us : DEADLINE_US,
        .take = take,
        .each = each,
        .context = accounts};
    struct ruling_share *share = ruling_share_new(&options, &err);
    if (share == NULL)
        OWN_LOG(accounts->options.log, OWN_LOG_ERROR, "accounts_not_shared",
                log_str("reason", err.text));
    return share;
}

/* Nothing is shared (any more), or not yet. */
static void show_none(struct daemon_accounts *accounts)
{
    struct buf nothing = {0};
    buf_add_str(&nothing, "null");
    daemon_metrics_set(accounts->options.metrics, DAEMON_METRIC_RULINGS_UNHEARD, NULL, 0);
    daemon_metrics_set(accounts->options.metrics, DAEMON_METRIC_RULINGS_TROUBLE, NULL, 0);
    if (accounts->options.shown != NULL)
        snapshot_place_put(accounts->options.shown, snapshot_new(&nothing));
    else
        buf_done(&nothing);
}

void daemon_rulings_want(struct daemon_accounts *accounts, const struct settings_store *store)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    CLEANUP_BUF struct buf wanted = {0};
    daemon_shared_key(store, &wanted);
    buf_clear(&rulings->relay);
    daemon_shared_relay(store, &rulings->relay);
    if (slice_eq(buf_slice(&wanted), buf_slice(&rulings->wanted)))
        return;
    buf_clear(&rulings->wanted);
    buf_add(&rulings->wanted, buf_slice(&wanted));
    ruling_share_free(rulings->share);
    rulings->shown = (struct ruling_share_counts){0};
    rulings->told = false;
    rulings->share = share_of(accounts, store);
    show_none(accounts);
}

void daemon_rulings_begin(struct daemon_accounts *accounts, const struct settings_store *store)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    rulings->ends = ruling_ends_new(RULING_ENDS_MAX);
    if (store != NULL)
        daemon_rulings_want(accounts, store);
    else
        daemon_shared_relay(NULL, &rulings->relay);
}

void daemon_rulings_end(struct daemon_accounts *accounts)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    ruling_share_free(rulings->share);
    ruling_ends_free(rulings->ends);
    buf_done(&rulings->relay);
    buf_done(&rulings->wanted);
}

/* ---- showing ---- */

static const char *reason_of(const struct ruling_share_counts *now)
{
    return now->fault.code != ERR_NONE ? now->fault.text : "what is there is being read";
}

void daemon_rulings_doubt(const struct daemon_accounts *accounts, struct buf *to)
{
    struct ruling_share_counts now;
    if (accounts->rulings.share == NULL)
        return;
    ruling_share_counts(accounts->rulings.share, &now);
    if (now.up && now.unheard == 0)
        return;
    buf_addf(to,
             "this relay alone: others hear of what is set here, and this one of what they set, "
             "when Redis can be asked: %s",
             reason_of(&now));
}

static void publish(const struct daemon_accounts *accounts, const struct ruling_share_counts *now)
{
    struct buf text = {0};
    json_t *object = json_value_object();
    json_value_put_word(object, "state", now->up ? "shares" : "alone");
    json_value_put_text(object, "relay", buf_slice(&accounts->rulings.relay));
    json_value_put_time(object, "since", now->since_us);
    if (!now->up)
        json_value_put_text(object, "reason", slice_from_str(reason_of(now)));
    json_value_put_count(object, "unheard", now->unheard);
    json_value_print(object, true, &text);
    snapshot_place_put(accounts->options.shown, snapshot_new(&text));
}

static void tell(struct daemon_accounts *accounts, const struct ruling_share_counts *now)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    if ((rulings->told && rulings->was_up == now->up) || (!now->up && now->fault.code == ERR_NONE))
        return;
    rulings->told = true;
    rulings->was_up = now->up;
    if (now->up)
        OWN_LOG(accounts->options.log, OWN_LOG_INFO, "accounts_shared",
                log_text("relay", buf_slice(&rulings->relay)),
                log_number("taken", (int64_t)rulings->taken),
                log_number("sent", (int64_t)now->sent));
    else
        OWN_LOG(accounts->options.log, OWN_LOG_WARNING, "accounts_not_shared",
                log_str("reason", now->fault.text));
}

static void grow(const struct daemon_accounts *accounts, const char *way, uint64_t by)
{
    if (by > 0)
        daemon_metrics_grow(accounts->options.metrics, DAEMON_METRIC_RULINGS, way, by);
}

static void show(struct daemon_accounts *accounts)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    struct daemon_metrics *metrics = accounts->options.metrics;
    struct ruling_share_counts now, before = rulings->shown;
    ruling_share_counts(rulings->share, &now);
    uint64_t left_out =
        now.left_out - before.left_out + rulings->left_out - rulings->left_out_shown;
    if (left_out > 0)
        daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "account_rulings", left_out);
    grow(accounts, "sent", now.sent - before.sent);
    grow(accounts, "taken", rulings->taken - rulings->taken_shown);
    rulings->left_out_shown = rulings->left_out;
    rulings->taken_shown = rulings->taken;
    rulings->shown = now;
    daemon_metrics_set(metrics, DAEMON_METRIC_RULINGS_UNHEARD, NULL, (int64_t)now.unheard);
    daemon_metrics_set(metrics, DAEMON_METRIC_RULINGS_TROUBLE, NULL, !now.up);
    tell(accounts, &now);
    if (accounts->options.shown != NULL)
        publish(accounts, &now);
}

/* ---- */

void daemon_rulings_turn(struct daemon_accounts *accounts, int64_t now_us)
{
    struct daemon_rulings *rulings = &accounts->rulings;
    struct err err;
    if (rulings->share != NULL) {
        ruling_share_turn(rulings->share);
        show(accounts);
    }
    int64_t left_us = rulings->expire_us - now_us;
    if ((left_us > 0 && left_us <= EXPIRE_US) || accounts->unsaved)
        return;
    rulings->expire_us = now_us + EXPIRE_US;
    if (!daemon_accounts_begin(accounts, now_us, &err))
        return;
    ruling_ends_expire(rulings->ends, now_us, drop_end, accounts->state);
    (void)daemon_accounts_commit(accounts, now_us, &err);
}
