/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_limits.h.
 */
#include "app/daemon_limits_private.h"

#include "app/wish_actor.h"
#include "base/civil.h"
#include "base/memory.h"
#include "base/spelling.h"
#include "gate/meter.h"

#define ASK_US INT64_C(2000000)
#define CHANGES_MAX 2  /* of a wish: the one for good, the one for a time */
#define ENDINGS_MAX 64 /* of a turn */
#define MOVES_MAX 64   /* the same */

/* ---- the file ---- */

static struct account_state_limit row_of(const struct limit_override *one)
{
    return (struct account_state_limit){.login = one->login,
                                        .limit = one->rule,
                                        .actor = one->actor,
                                        .reason = one->reason,
                                        .temporary = one->temporary,
                                        .count = one->count,
                                        .since_us = one->since_us,
                                        .until_us = one->until_us,
                                        .stamp = one->stamp,
                                        .relay = one->relay};
}

struct reading {
    struct limit_overrides *overrides;
    struct slice relay; /* this one */
    int64_t left_out;
};

/* What is set already is newer than the file. */
static void read_row(void *context, const struct account_state_limit *row)
{
    struct reading *reading = context;
    struct limit_override one = {.temporary = row->temporary,
                                 .count = (uint32_t)row->count,
                                 .since_us = row->since_us,
                                 .until_us = row->until_us,
                                 .login = row->login,
                                 .rule = row->limit,
                                 .actor = row->actor,
                                 .reason = row->reason,
                                 .stamp = row->stamp,
                                 .relay = row->relay.len > 0 ? row->relay : reading->relay};
    bool good = row->login.len > 0 && row->login.len <= ACCOUNT_LOGIN_MAX && row->limit.len > 0 &&
                row->limit.len <= LIMIT_NAME_MAX && row->count >= 0 &&
                row->count <= METER_LIMIT_MAX && !limit_override_clears(&one);
    if (good &&
        limit_overrides_find(reading->overrides, one.login, one.rule, one.temporary) == NULL)
        good = limit_overrides_put(reading->overrides, limit_override_new(&one));
    reading->left_out += !good;
}

bool daemon_limits_read(struct daemon_accounts *accounts, int64_t *left_out, struct err *err)
{
    struct reading reading = {.overrides = accounts->overrides,
                              .relay = buf_slice(&accounts->rulings.relay)};
    bool good = account_state_limits(accounts->state, read_row, &reading, err);
    accounts->limits_due_us = 0; /* ends are looked for anew */
    *left_out += reading.left_out;
    return good;
}

static void put_row(void *context, const struct limit_override *one)
{
    const struct account_state_limit row = row_of(one);
    account_state_put_limit(context, &row);
}

void daemon_limits_write(struct daemon_accounts *accounts)
{
    account_state_clear_limits(accounts->state);
    limit_overrides_each(accounts->overrides, put_row, accounts->state);
}

/* ---- life ---- */

static void take_report(void *context, struct policy_report *report);

void daemon_limits_begin(struct daemon_accounts *accounts)
{
    accounts->overrides = limit_overrides_new(LIMIT_OVERRIDES_MAX);
    daemon_policy_report_to(accounts->options.policy, take_report, accounts);
}

/* ---- who waits for a report ---- */

static struct slice login_of(const struct daemon_accounts *accounts,
                             const struct daemon_request *request, struct buf *to)
{
    bool shows = request->kind == DAEMON_REQUEST_SHOW_LIMITS;
    daemon_accounts_login(accounts, shows ? buf_slice(&request->id) : request->limit.login, to);
    return buf_slice(to);
}

static void finish(struct daemon_accounts *accounts, struct accounts_waiting *waiting,
                   const struct policy_report *report, int64_t now_us)
{
    CLEANUP_BUF struct buf login = {0};
    struct daemon_request *request = waiting->request;
    daemon_limits_show_one(accounts, login_of(accounts, request, &login), report, request, now_us);
    waiting->request = NULL;
    daemon_request_answer(request);
    daemon_request_unref(request);
}

static void take_report(void *context, struct policy_report *report)
{
    struct daemon_accounts *accounts = context;
    for (size_t i = 0; i < ACCOUNTS_WAITING_MAX; i++)
        if (accounts->waiting[i].request != NULL && accounts->waiting[i].number == report->number)
            finish(accounts, &accounts->waiting[i], report, report->at_us);
    policy_report_free(report);
}

/* True: the request waits for the report. */
static bool ask(struct daemon_accounts *accounts, struct slice login,
                struct daemon_request *request, int64_t now_us)
{
    for (size_t i = 0; i < ACCOUNTS_WAITING_MAX; i++) {
        struct accounts_waiting *waiting = &accounts->waiting[i];
        if (waiting->request != NULL)
            continue;
        accounts->asked++;
        if (!daemon_policy_order(accounts->options.policy,
                                 policy_order_report(login, accounts->asked)))
            return false;
        *waiting = (struct accounts_waiting){request, accounts->asked, now_us + ASK_US};
        return true;
    }
    return false;
}

void daemon_limits_end(struct daemon_accounts *accounts)
{
    daemon_policy_report_to(accounts->options.policy, NULL, NULL);
    for (size_t i = 0; i < ACCOUNTS_WAITING_MAX; i++)
        if (accounts->waiting[i].request != NULL)
            finish(accounts, &accounts->waiting[i], NULL, accounts->waiting[i].until_us);
    limit_overrides_free(accounts->overrides);
}

/* ---- changing ---- */

static void log_change(const struct daemon_accounts *accounts, const char *event,
                       const struct limit_override *one)
{
    char until[24] = "never";
    if (one->until_us != INT64_MAX)
        civil_format_utc(one->until_us, until);
    bool clears = limit_override_clears(one);
    OWN_LOG(accounts->options.log, OWN_LOG_INFO, event, log_text("login", one->login),
            log_text("limit", one->rule), log_number("count", clears ? -1 : (int64_t)one->count),
            log_str("until", clears ? "" : until), log_text("by", one->actor),
            log_text("reason", one->reason));
}

/* One that is taken off and is not there is no change. */
static bool apply(struct daemon_accounts *accounts, const struct limit_override *one)
{
    struct limit_overrides *table = accounts->overrides;
    bool clears = limit_override_clears(one);
    if (clears && limit_overrides_find(table, one->login, one->rule, one->temporary) == NULL)
        return false;
    if (!limit_overrides_put(table, limit_override_new(one)))
        return false;
    (void)daemon_policy_order(accounts->options.policy, policy_order_override(one));
    if (!clears && one->until_us < accounts->limits_due_us)
        accounts->limits_due_us = one->until_us;
    return true;
}

/* A row of the trail, and what the file keeps. */
static void write_change(struct daemon_accounts *accounts, const struct limit_override *one,
                         const char *action)
{
    CLEANUP_BUF struct buf what = {0};
    const struct account_state_limit row = row_of(one);
    bool clears = limit_override_clears(one);
    const struct ruling ruling = ruling_of_override(one);
    daemon_rulings_write_one(accounts, &ruling);
    buf_addf(&what, "limit %.*s", SLICE_ARG(one->rule));
    if (clears)
        account_state_drop_limit(accounts->state, one->login, one->rule, one->temporary);
    else
        account_state_put_limit(accounts->state, &row);
    if (!clears)
        buf_addf(&what, " to %u", one->count);
    const struct account_state_entry entry = {.time_us = one->since_us,
                                              .login = one->login,
                                              .action = slice_from_str(action),
                                              .what = buf_slice(&what),
                                              .actor = one->actor,
                                              .reason = one->reason,
                                              .relay = one->relay,
                                              .until_us = clears ? 0 : one->until_us};
    account_state_add(accounts->state, &entry);
}

static const char *action_of(const struct limit_override *one)
{
    return limit_override_clears(one) ? "cleared" : "set";
}

static void log_decision(const struct daemon_accounts *accounts, const struct limit_override *one)
{
    log_change(accounts, limit_override_clears(one) ? "account_limit_cleared" : "account_limit_set",
               one);
}

/* Of one that is decided here; by the clock, every relay does it for itself. */
static bool decide(struct daemon_accounts *accounts, const struct limit_override *one, bool is_end)
{
    const struct ruling ruling = ruling_of_override(one);
    if (!apply(accounts, one))
        return false;
    daemon_rulings_note(accounts, &ruling, !is_end);
    return true;
}

bool daemon_limits_take(struct daemon_accounts *accounts, const struct limit_override *one)
{
    if (!apply(accounts, one))
        return false;
    log_decision(accounts, one);
    return true;
}

void daemon_limits_write_one(struct daemon_accounts *accounts, const struct limit_override *one)
{
    write_change(accounts, one, action_of(one));
}

/* A number for good ends the raise: who lowers a limit means it. */
static size_t make_changes(const struct limit_wish *wish, struct slice login, int64_t now_us,
                           struct limit_override changes[CHANGES_MAX])
{
    bool for_good = wish->standard || wish->until_us == INT64_MAX;
    const struct limit_override one = {.count = wish->count,
                                       .since_us = now_us,
                                       .until_us = wish->standard ? 0 : wish->until_us,
                                       .temporary = !for_good,
                                       .login = login,
                                       .rule = wish->limit,
                                       .actor = wish->actor,
                                       .reason = wish->reason};
    changes[0] = changes[1] = one;
    changes[1].temporary = true;
    changes[1].until_us = 0;
    return for_good ? 2 : 1;
}

static bool set(struct daemon_accounts *accounts, const struct limit_wish *wish, struct slice login,
                int64_t now_us, struct err *err)
{
    struct limit_override changes[CHANGES_MAX];
    size_t count = make_changes(wish, login, now_us, changes), done = 0;
    if (!wish->standard && limit_overrides_count(accounts->overrides) >= LIMIT_OVERRIDES_MAX)
        return err_set(err, ERR_LIMIT, "%d numbers are set for accounts: take some off",
                       LIMIT_OVERRIDES_MAX);
    for (size_t i = 0; i < count; i++) {
        changes[i].stamp = daemon_rulings_stamp(accounts, now_us);
        changes[i].relay = buf_slice(&accounts->rulings.relay);
        if (decide(accounts, &changes[i], false))
            changes[done++] = changes[i];
    }
    for (size_t i = 0; i < done; i++)
        log_decision(accounts, &changes[i]);
    if (done == 0)
        return true;
    if (!daemon_accounts_begin(accounts, now_us, err))
        return false;
    for (size_t i = 0; i < done; i++)
        write_change(accounts, &changes[i], action_of(&changes[i]));
    bool good = daemon_accounts_commit(accounts, now_us, err);
    daemon_rulings_flush(accounts);
    return good;
}

static bool reset(struct daemon_accounts *accounts, const struct limit_wish *wish,
                  struct slice login, int64_t now_us, struct err *err)
{
    CLEANUP_BUF struct buf what = {0};
    buf_add_str(&what, "counts");
    if (wish->limit.len > 0)
        buf_addf(&what, " of %.*s", SLICE_ARG(wish->limit));
    (void)daemon_policy_order(accounts->options.policy, policy_order_forget(login, wish->limit));
    OWN_LOG(accounts->options.log, OWN_LOG_INFO, "account_counts_forgotten",
            log_text("login", login), log_text("limit", wish->limit), log_text("by", wish->actor),
            log_text("reason", wish->reason));
    const struct account_state_entry entry = {.time_us = now_us,
                                              .login = login,
                                              .action = SLICE("forgot"),
                                              .what = buf_slice(&what),
                                              .actor = wish->actor,
                                              .reason = wish->reason,
                                              .relay = buf_slice(&accounts->rulings.relay)};
    if (!daemon_accounts_begin(accounts, now_us, err))
        return false;
    account_state_add(accounts->state, &entry);
    return daemon_accounts_commit(accounts, now_us, err);
}

/* ---- turns ---- */

struct endings {
    int64_t now_us, due_us; /* due_us: of the first one that is left */
    struct limit_override *over[ENDINGS_MAX];
    size_t count;
};

static void see_end(void *context, const struct limit_override *one)
{
    struct endings *endings = context;
    if (one->until_us > endings->now_us || endings->count == ENDINGS_MAX) {
        endings->due_us = one->until_us < endings->due_us ? one->until_us : endings->due_us;
        return;
    }
    struct limit_override *over = limit_override_new(one);
    over->since_us = endings->now_us;
    over->until_us = 0;
    over->actor = over->reason = (struct slice){NULL, 0};
    endings->over[endings->count++] = over;
}

static void end_one(struct daemon_accounts *accounts, const struct limit_override *over,
                    int64_t now_us)
{
    struct err err;
    (void)decide(accounts, over, true);
    log_change(accounts, "account_limit_ended", over);
    if (!daemon_accounts_begin(accounts, now_us, &err))
        return;
    write_change(accounts, over, "ended");
    (void)daemon_accounts_commit(accounts, now_us, &err);
}

static void end_those_over(struct daemon_accounts *accounts, int64_t now_us)
{
    struct endings endings = {.now_us = now_us, .due_us = INT64_MAX};
    limit_overrides_each(accounts->overrides, see_end, &endings);
    accounts->limits_due_us = endings.due_us;
    for (size_t i = 0; i < endings.count; i++) {
        end_one(accounts, endings.over[i], now_us);
        mem_free(endings.over[i]);
    }
}

/* ---- other names ---- */

struct moves {
    const struct account_book *book;
    struct limit_override *list[MOVES_MAX];
    size_t count;
    bool more;
};

static void see_move(void *context, const struct limit_override *one)
{
    struct moves *moves = context;
    if (slice_eq(account_book_find(moves->book, one->login).login, one->login))
        return;
    moves->more = moves->count == MOVES_MAX;
    if (!moves->more)
        moves->list[moves->count++] = limit_override_new(one);
}

/* To the account, unless it has one of its own. */
static void move_one(struct daemon_accounts *accounts, const struct account_book *book,
                     const struct limit_override *one, int64_t now_us)
{
    struct limit_override from = *one, to = *one;
    struct err err;
    CLEANUP_BUF struct buf reason = {0};
    to.login = account_book_find(book, one->login).login;
    const struct ruling about = ruling_of_override(&to);
    const struct ruling *over = ruling_ends_find(accounts->rulings.ends, &about);
    bool moves = limit_overrides_find(accounts->overrides, to.login, to.rule, to.temporary) == NULL;
    buf_addf(&reason, "another name of %.*s", SLICE_ARG(to.login));
    from.actor = WISH_ACTOR_ITSELF;
    from.reason = buf_slice(&reason);
    from.until_us = 0;
    from.since_us = to.since_us = now_us;
    from.stamp = to.stamp = ruling_next_stamp(one->stamp, over != NULL ? over->stamp : 0);
    (void)decide(accounts, &from, false);
    if (moves)
        (void)decide(accounts, &to, false);
    log_change(accounts, "account_limit_moved", &to);
    if (!daemon_accounts_begin(accounts, now_us, &err))
        return;
    write_change(accounts, &from, "cleared");
    if (moves)
        write_change(accounts, &to, "set");
    (void)daemon_accounts_commit(accounts, now_us, &err);
}

bool daemon_limits_follow(struct daemon_accounts *accounts, const struct account_book *book,
                          int64_t now_us)
{
    struct moves moves = {.book = book};
    limit_overrides_each(accounts->overrides, see_move, &moves);
    for (size_t i = 0; i < moves.count; i++) {
        move_one(accounts, book, moves.list[i], now_us);
        mem_free(moves.list[i]);
    }
    return !moves.more;
}

/* ---- */

/* Whoever has waited for too long is answered without numbers; also after a clock's step back. */
void daemon_limits_turn(struct daemon_accounts *accounts, int64_t now_us)
{
    if (now_us >= accounts->limits_due_us)
        end_those_over(accounts, now_us);
    for (size_t i = 0; i < ACCOUNTS_WAITING_MAX; i++) {
        struct accounts_waiting *waiting = &accounts->waiting[i];
        int64_t left_us = waiting->until_us - now_us;
        if (waiting->request != NULL && (left_us <= 0 || left_us > ASK_US))
            finish(accounts, waiting, NULL, now_us);
    }
}

/* ---- requests ---- */

static bool counts_logins(const struct settings_limit *limit)
{
    for (size_t i = 0; i < limit->key_count; i++)
        if (limit->key[i] == SETTINGS_KEY_LOGIN)
            return true;
    return false;
}

static bool refuse_name(const struct settings_policy *settings, struct slice name, struct err *err)
{
    CLEANUP_BUF struct buf near = {0}, all = {0};
    struct spelling search = {.word = name};
    for (size_t i = 0; i < settings->limit_count; i++) {
        spelling_offer(&search, slice_from_str(settings->limits[i].name));
        buf_addf(&all, "%s%.60s", i > 0 ? ", " : ": there are ", settings->limits[i].name);
    }
    spelling_suggest(&search, &near);
    return err_set(err, ERR_USAGE, "there is no limit \"%.*s\"%s", SLICE_ARG(slice_first(name, 60)),
                   near.len > 0  ? buf_str(&near)
                   : all.len > 0 ? buf_str(&all)
                                 : ": policy.limits is empty");
}

/* What is taken off may be of a limit that is gone. */
static bool check_name(const struct daemon_accounts *accounts, const struct limit_wish *wish,
                       struct slice login, struct err *err)
{
    const struct settings_policy *settings = accounts->settings;
    bool known = limit_overrides_find(accounts->overrides, login, wish->limit, false) != NULL ||
                 limit_overrides_find(accounts->overrides, login, wish->limit, true) != NULL;
    if (wish->limit.len == 0 || (wish->standard && known))
        return true;
    for (size_t i = 0; i < settings->limit_count; i++) {
        const struct settings_limit *limit = &settings->limits[i];
        if (!slice_eq(slice_from_str(limit->name), wish->limit))
            continue;
        return counts_logins(limit) ||
               err_set(err, ERR_USAGE,
                       "limit \"%s\" does not count by login (sasl_username is not in its key): "
                       "there is nothing of one account in it",
                       limit->name);
    }
    return refuse_name(settings, wish->limit, err);
}

static bool change(struct daemon_accounts *accounts, const struct daemon_request *request,
                   struct slice login, int64_t now_us, struct err *err)
{
    const struct limit_wish *wish = &request->limit;
    if (login.len > ACCOUNT_LOGIN_MAX)
        return err_set(err, ERR_USAGE, "a login is a text of 1 to %d bytes", ACCOUNT_LOGIN_MAX);
    if (!check_name(accounts, wish, login, err))
        return false;
    return request->kind == DAEMON_REQUEST_SET_LIMIT ? set(accounts, wish, login, now_us, err)
                                                     : reset(accounts, wish, login, now_us, err);
}

bool daemon_limits_answer(struct daemon_accounts *accounts, struct daemon_request *request,
                          int64_t now_us)
{
    CLEANUP_BUF struct buf text = {0};
    bool shows = request->kind == DAEMON_REQUEST_SHOW_LIMITS;
    request->found = true;
    if (shows && request->id.len == 0) {
        daemon_limits_show_all(accounts, request);
        return false;
    }
    struct slice login = login_of(accounts, request, &text);
    if (!shows && !change(accounts, request, login, now_us, &request->err))
        return false;
    if (ask(accounts, login, request, now_us))
        return true;
    daemon_limits_show_one(accounts, login, NULL, request, now_us);
    return false;
}
