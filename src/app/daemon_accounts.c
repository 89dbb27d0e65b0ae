/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_accounts.h.
 */
#include "app/daemon_accounts_private.h"

#include "app/daemon_limits_private.h"

#include "app/wish_actor.h"
#include "base/civil.h"
#include "base/memory.h"
#include "model/login_form.h"

#define SAVE_AGAIN_US INT64_C(10000000)

/* ---- showing ---- */

static void count_flag(void *context, const struct account_flag *flag)
{
    int64_t *counts = context;
    counts[flag->kind]++;
}

static void measure(const struct daemon_accounts *accounts)
{
    int64_t counts[ACCOUNT_FLAG_KINDS] = {0};
    account_flags_each(accounts->flags, count_flag, counts);
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++) {
        struct slice word = slice_from_str(account_flag_word((enum account_flag_kind)i));
        daemon_metrics_set(accounts->options.metrics, DAEMON_METRIC_FLAGS, &word, counts[i]);
    }
}

static void note_trouble(struct daemon_accounts *accounts, bool unsaved, const char *why)
{
    if (unsaved && !accounts->unsaved)
        OWN_LOG(accounts->options.log, OWN_LOG_ERROR, "account_state_not_saved",
                log_str("reason", why));
    else if (!unsaved && accounts->unsaved)
        OWN_LOG(accounts->options.log, OWN_LOG_INFO, "account_state_saved",
                log_number("accounts", (int64_t)account_flags_count(accounts->flags)));
    accounts->unsaved = unsaved;
    daemon_metrics_set(accounts->options.metrics, DAEMON_METRIC_FLAGS_UNSAVED, NULL, unsaved);
}

static void log_change(const struct daemon_accounts *accounts, const char *event,
                       const struct account_flag *flag)
{
    char until[24] = "never";
    if (flag->until_us != INT64_MAX)
        civil_format_utc(flag->until_us, until);
    OWN_LOG(accounts->options.log, OWN_LOG_INFO, event, log_text("login", flag->login),
            log_str("flag", account_flag_word(flag->kind)),
            log_str("until", flag->until_us > 0 ? until : ""), log_text("by", flag->actor),
            log_text("reason", flag->reason));
}

/* ---- the file ---- */

struct reading {
    struct daemon_accounts *accounts;
    int64_t left_out;
};

/* What is set already is newer than the file. */
static void read_flag(void *context, const struct account_state_flag *row)
{
    struct reading *reading = context;
    struct account_flags *flags = reading->accounts->flags;
    struct account_flag flag = {.since_us = row->since_us,
                                .until_us = row->until_us,
                                .login = row->login,
                                .actor = row->actor,
                                .reason = row->reason,
                                .stamp = row->stamp,
                                .relay = row->relay};
    if (flag.relay.len == 0) /* of before that was kept */
        flag.relay = buf_slice(&reading->accounts->rulings.relay);
    bool good = row->login.len > 0 && row->login.len <= ACCOUNT_LOGIN_MAX &&
                row->until_us > row->since_us && account_flag_from_word(row->flag, &flag.kind);
    if (good && account_flags_find(flags, flag.login, flag.kind) == NULL)
        good = account_flags_put(flags, account_flag_new(&flag));
    reading->left_out += !good;
}

static void tell_policy(const struct daemon_accounts *accounts)
{
    daemon_policy_put_flags(accounts->options.policy, accounts->flags);
    daemon_auth_put_flags(accounts->options.auth, accounts->flags);
    (void)daemon_policy_order(accounts->options.policy,
                              policy_order_overrides(accounts->overrides));
}

static bool open_state(struct daemon_accounts *accounts, int64_t now_us, struct err *err)
{
    CLEANUP_BUF struct buf aside = {0};
    struct reading reading = {.accounts = accounts};
    struct own_log *log = accounts->options.log;
    accounts->state = account_state_open(buf_str(&accounts->folder), now_us, &aside, err);
    if (accounts->state == NULL)
        return false;
    if (aside.len > 0)
        OWN_LOG(log, OWN_LOG_ERROR, "account_state_damaged",
                log_text("kept_as", buf_slice(&aside)));
    accounts->due_us = 0;   /* ends are looked for anew */
    accounts->followed = 0; /* and names */
    if (!account_state_flags(accounts->state, read_flag, &reading, err) ||
        !daemon_limits_read(accounts, &reading.left_out, err) ||
        !daemon_rulings_read(accounts, &reading.left_out, err)) {
        account_state_close(accounts->state);
        accounts->state = NULL;
        return false;
    }
    if (reading.left_out > 0)
        OWN_LOG(log, OWN_LOG_WARNING, "account_flags_left_out",
                log_number("rows", reading.left_out));
    return true;
}

static struct account_state_flag row_of(const struct account_flag *flag)
{
    return (struct account_state_flag){.login = flag->login,
                                       .flag = slice_from_str(account_flag_word(flag->kind)),
                                       .actor = flag->actor,
                                       .reason = flag->reason,
                                       .since_us = flag->since_us,
                                       .until_us = flag->until_us,
                                       .stamp = flag->stamp,
                                       .relay = flag->relay};
}

static void put_row(void *context, const struct account_flag *flag)
{
    struct account_state_flag row = row_of(flag);
    account_state_put_flag(context, &row);
}

static void write_change(struct daemon_accounts *accounts, const struct account_flag *flag,
                         bool is_end)
{
    struct account_state *state = accounts->state;
    const struct ruling ruling = ruling_of_flag(flag);
    bool sets = flag->until_us > flag->since_us;
    struct account_state_flag row = row_of(flag);
    const struct account_state_entry entry = {.time_us = flag->since_us,
                                              .login = row.login,
                                              .action = is_end ? SLICE("ended")
                                                        : sets ? SLICE("set")
                                                               : SLICE("cleared"),
                                              .what = row.flag,
                                              .actor = row.actor,
                                              .reason = row.reason,
                                              .relay = row.relay,
                                              .until_us = sets ? row.until_us : 0};
    daemon_rulings_write_one(accounts, &ruling);
    if (sets)
        account_state_put_flag(state, &row);
    else
        account_state_drop_flag(state, row.login, row.flag);
    account_state_add(state, &entry);
}

bool daemon_accounts_commit(struct daemon_accounts *accounts, int64_t now_us, struct err *err)
{
    bool good = account_state_commit(accounts->state, err);
    note_trouble(accounts, !good, err->text);
    if (!good)
        accounts->save_again_us = now_us + SAVE_AGAIN_US;
    if (!good)
        err->code = ERR_IO;
    return good;
}

/* Of a file that could not be read before nobody has been told. */
static bool open_late(struct daemon_accounts *accounts, int64_t now_us, struct err *err)
{
    if (!open_state(accounts, now_us, err))
        return false;
    tell_policy(accounts);
    return true;
}

/* All flags, in place of those of the file. */
static void save_all(struct daemon_accounts *accounts, int64_t now_us)
{
    struct err err = {0};
    if (accounts->state == NULL && !open_late(accounts, now_us, &err)) {
        accounts->save_again_us = now_us + SAVE_AGAIN_US;
        note_trouble(accounts, true, err.text);
        return;
    }
    account_state_begin(accounts->state);
    account_state_clear_flags(accounts->state);
    account_flags_each(accounts->flags, put_row, accounts->state);
    daemon_limits_write(accounts);
    daemon_rulings_write(accounts);
    (void)daemon_accounts_commit(accounts, now_us, &err);
}

/* Each try may wait for who has the file. Also after a clock's step back. */
static bool may_try(const struct daemon_accounts *accounts, int64_t now_us)
{
    int64_t wait_us = accounts->save_again_us - now_us;
    return wait_us <= 0 || wait_us > SAVE_AGAIN_US;
}

bool daemon_accounts_begin(struct daemon_accounts *accounts, int64_t now_us, struct err *err)
{
    if (accounts->unsaved && may_try(accounts, now_us))
        save_all(accounts, now_us);
    if (accounts->unsaved)
        return err_set(err, ERR_IO, "the state of accounts cannot be written");
    account_state_begin(accounts->state);
    return true;
}

/* Written at once. */
static bool save(struct daemon_accounts *accounts, const struct account_flag *flags, size_t count,
                 bool are_ends, int64_t now_us, struct err *err)
{
    if (!daemon_accounts_begin(accounts, now_us, err))
        return false;
    for (size_t i = 0; i < count; i++)
        write_change(accounts, &flags[i], are_ends);
    return daemon_accounts_commit(accounts, now_us, err);
}

/* ---- life ---- */

struct daemon_accounts *daemon_accounts_new(const struct daemon_accounts_options *options,
                                            int64_t now_us)
{
    struct daemon_accounts *accounts = MEM_NEW(struct daemon_accounts);
    struct err err = {0};
    accounts->options = *options;
    buf_add_str(&accounts->folder, options->folder);
    accounts->flags = account_flags_new(ACCOUNT_FLAGS_MAX);
    daemon_limits_begin(accounts);
    daemon_rulings_begin(accounts, options->store);
    if (!open_state(accounts, now_us, &err)) {
        note_trouble(accounts, true, err.text);
        accounts->save_again_us = now_us + SAVE_AGAIN_US;
    }
    measure(accounts);
    return accounts;
}

void daemon_accounts_free(struct daemon_accounts *accounts)
{
    if (accounts == NULL)
        return;
    daemon_limits_end(accounts);
    daemon_rulings_end(accounts);
    account_state_close(accounts->state);
    account_flags_free(accounts->flags);
    buf_done(&accounts->folder);
    buf_done(&accounts->default_domain);
    mem_free(accounts);
}

void daemon_accounts_want(struct daemon_accounts *accounts, const struct settings_policy *settings)
{
    buf_clear(&accounts->default_domain);
    buf_add(&accounts->default_domain, slice_from_str(settings->default_domain));
    accounts->settings = settings;
    tell_policy(accounts);
}

void daemon_accounts_share(struct daemon_accounts *accounts, const struct settings_store *store)
{
    daemon_rulings_want(accounts, store);
}

const struct account_flags *daemon_accounts_flags(const struct daemon_accounts *accounts)
{
    return accounts->flags;
}

void daemon_accounts_login(const struct daemon_accounts *accounts, struct slice login,
                           struct buf *to)
{
    const struct account_book *book = daemon_account_book_now(accounts->options.book);
    CLEANUP_BUF struct buf form = {0};
    login_form(buf_slice(&accounts->default_domain), login, &form);
    buf_add(to, book != NULL ? account_book_find(book, buf_slice(&form)).login : buf_slice(&form));
}

/* ---- changing ---- */

static bool clears(const struct account_flag *flag)
{
    return flag->until_us <= flag->since_us;
}

/* What holds is what is told: a change that is none is left out. Returns whether it is one. */
static bool apply(struct daemon_accounts *accounts, const struct account_flag *flag)
{
    bool is_set = account_flags_find(accounts->flags, flag->login, flag->kind) != NULL;
    if ((clears(flag) && !is_set) || !account_flags_put(accounts->flags, account_flag_new(flag)))
        return false;
    daemon_policy_flag(accounts->options.policy, flag);
    daemon_auth_flag(accounts->options.auth, flag);
    if (!clears(flag) && flag->until_us < accounts->due_us)
        accounts->due_us = flag->until_us;
    return true;
}

/* The same of one that is decided here; by the clock, every relay does it for itself. */
static bool decide(struct daemon_accounts *accounts, const struct account_flag *flag, bool is_end)
{
    const struct ruling ruling = ruling_of_flag(flag);
    if (!apply(accounts, flag))
        return false;
    daemon_rulings_note(accounts, &ruling, !is_end);
    return true;
}

bool daemon_accounts_take(struct daemon_accounts *accounts, const struct account_flag *flag)
{
    if (!apply(accounts, flag))
        return false;
    log_change(accounts, clears(flag) ? "account_flag_cleared" : "account_flag_set", flag);
    return true;
}

void daemon_accounts_write(struct daemon_accounts *accounts, const struct account_flag *flag)
{
    write_change(accounts, flag, false);
}

void daemon_accounts_on_cleared(struct daemon_accounts *accounts, daemon_accounts_cleared cleared,
                                void *context)
{
    accounts->cleared = cleared;
    accounts->cleared_context = context;
}

/* In its one form, within its bounds. */
static bool make_change(struct daemon_accounts *accounts, const struct account_flag *wish,
                        int64_t now_us, struct buf *login, struct account_flag *out)
{
    *out = *wish;
    daemon_accounts_login(accounts, wish->login, login);
    out->login = buf_slice(login);
    out->since_us = now_us;
    out->actor = slice_first(wish->actor, ACCOUNT_ACTOR_MAX);
    out->reason = slice_first(wish->reason, ACCOUNT_REASON_MAX);
    out->stamp = daemon_rulings_stamp(accounts, now_us);
    out->relay = buf_slice(&accounts->rulings.relay);
    return out->login.len > 0 && out->login.len <= ACCOUNT_LOGIN_MAX;
}

static void change(struct daemon_accounts *accounts, const struct account_flag *changes,
                   size_t *count, struct account_flag *done)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!decide(accounts, &changes[i], false))
            continue;
        log_change(accounts, clears(&changes[i]) ? "account_flag_cleared" : "account_flag_set",
                   &changes[i]);
        done[kept++] = changes[i];
    }
    *count = kept;
}

static bool has_flag(const struct account_flags *flags, struct slice login)
{
    for (size_t i = 0; i < ACCOUNT_FLAG_KINDS; i++)
        if (account_flags_find(flags, login, (enum account_flag_kind)i) != NULL)
            return true;
    return false;
}

/* Of logins that have no flag yet: whoever clears one needs none. Flags of a login follow each
 * other. */
static bool has_room(const struct daemon_accounts *accounts, const struct account_flag *changes,
                     size_t count)
{
    size_t added = 0;
    struct slice last = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        if (clears(&changes[i]) || slice_eq(changes[i].login, last) ||
            has_flag(accounts->flags, changes[i].login))
            continue;
        last = changes[i].login;
        added++;
    }
    return added <= ACCOUNT_FLAGS_MAX - account_flags_count(accounts->flags);
}

bool daemon_accounts_set(struct daemon_accounts *accounts, const struct account_flag *flags,
                         size_t count, int64_t now_us, struct err *err)
{
    struct account_flag *changes = MEM_NEW_ARRAY(struct account_flag, 2 * count + 1);
    struct account_flag *done = changes + count;
    struct buf *logins = MEM_NEW_ARRAY(struct buf, count + 1);
    bool good = true;
    size_t changed = count;
    for (size_t i = 0; good && i < count; i++)
        good = make_change(accounts, &flags[i], now_us, &logins[i], &changes[i]) ||
               err_set(err, ERR_USAGE, "a login is a text of 1 to %d bytes", ACCOUNT_LOGIN_MAX);
    if (good && !has_room(accounts, changes, count))
        good = err_set(err, ERR_LIMIT, "%d accounts have flags: clear some", ACCOUNT_FLAGS_MAX);
    if (good)
        change(accounts, changes, &changed, done);
    if (good && changed > 0) {
        good = save(accounts, done, changed, false, now_us, err);
        measure(accounts);
        daemon_rulings_flush(accounts);
    }
    for (size_t i = 0; i < count; i++)
        buf_done(&logins[i]);
    mem_free(logins);
    mem_free(changes);
    return good;
}

/* ---- turns ---- */

enum { ENDINGS_MAX = 64 }; /* of a turn */

struct endings {
    int64_t now_us, due_us; /* due_us: of the first one that is left */
    struct account_flag *over[ENDINGS_MAX];
    size_t count;
};

static void see_end(void *context, const struct account_flag *flag)
{
    struct endings *endings = context;
    if (flag->until_us > endings->now_us || endings->count == ENDINGS_MAX) {
        endings->due_us = flag->until_us < endings->due_us ? flag->until_us : endings->due_us;
        return;
    }
    struct account_flag *over = account_flag_new(flag);
    over->since_us = endings->now_us;
    over->until_us = 0;
    over->actor = over->reason = (struct slice){NULL, 0};
    endings->over[endings->count++] = over;
}

static void end_those_over(struct daemon_accounts *accounts, int64_t now_us)
{
    struct endings endings = {.now_us = now_us, .due_us = INT64_MAX};
    struct err err;
    account_flags_each(accounts->flags, see_end, &endings);
    accounts->due_us = endings.due_us;
    for (size_t i = 0; i < endings.count; i++) {
        struct account_flag *over = endings.over[i];
        (void)decide(accounts, over, true);
        log_change(accounts, "account_flag_ended", over);
        (void)save(accounts, over, 1, true, now_us, &err);
        mem_free(over);
    }
    if (endings.count > 0)
        measure(accounts);
}

/* ---- other names ---- */

enum { MOVES_MAX = 64 }; /* of a turn */

struct moves {
    const struct account_book *book;
    struct account_flag *flags[MOVES_MAX];
    size_t count;
    bool more;
};

static void see_move(void *context, const struct account_flag *flag)
{
    struct moves *moves = context;
    if (slice_eq(account_book_find(moves->book, flag->login).login, flag->login))
        return;
    moves->more = moves->count == MOVES_MAX;
    if (!moves->more)
        moves->flags[moves->count++] = account_flag_new(flag);
}

/* Every relay that has this name of the account does the same, so each makes the same ruling. */
static int64_t next_stamp(const struct daemon_accounts *accounts, const struct account_flag *from,
                          const struct account_flag *to, const struct account_flag *there)
{
    const struct ruling about = ruling_of_flag(to);
    const struct ruling *over = ruling_ends_find(accounts->rulings.ends, &about);
    int64_t last = there != NULL ? there->stamp : 0;
    return ruling_next_stamp(from->stamp, over != NULL && over->stamp > last ? over->stamp : last);
}

/* To the account, unless it has one of the kind that lasts as long. */
static void move_flag(struct daemon_accounts *accounts, const struct account_book *book,
                      const struct account_flag *flag, int64_t now_us)
{
    struct account_flag changes[] = {*flag, *flag}, *from = &changes[0], *to = &changes[1];
    struct err err;
    to->login = account_book_find(book, flag->login).login;
    const struct account_flag *there = account_flags_find(accounts->flags, to->login, flag->kind);
    bool moves = there == NULL || there->until_us < flag->until_us;
    CLEANUP_BUF struct buf reason = {0};
    buf_addf(&reason, "another name of %.*s", SLICE_ARG(to->login));
    from->actor = WISH_ACTOR_ITSELF;
    from->reason = buf_slice(&reason);
    from->until_us = 0;
    from->since_us = to->since_us = now_us;
    from->stamp = to->stamp = next_stamp(accounts, flag, to, there);
    if (moves && !decide(accounts, to, false))
        return; /* no room there */
    (void)decide(accounts, from, false);
    log_change(accounts, "account_flag_moved", to);
    (void)save(accounts, changes, moves ? 2 : 1, false, now_us, &err);
}

/* A flag or a number of a login that turns out to be another name of an account becomes the
 * account's: by that name it would neither act any more nor be found by who wants to clear it. */
static void follow_names(struct daemon_accounts *accounts, int64_t now_us)
{
    struct moves moves = {.book = daemon_account_book_now(accounts->options.book)};
    uint64_t number = daemon_account_book_number(accounts->options.book);
    if (accounts->followed == number)
        return;
    account_flags_each(accounts->flags, see_move, &moves);
    for (size_t i = 0; i < moves.count; i++) {
        move_flag(accounts, moves.book, moves.flags[i], now_us);
        mem_free(moves.flags[i]);
    }
    if (moves.count > 0)
        measure(accounts);
    if (daemon_limits_follow(accounts, moves.book, now_us) && !moves.more)
        accounts->followed = number;
}

/* ---- */

int daemon_accounts_fd(const struct daemon_accounts *accounts)
{
    const struct ruling_share *share = accounts->rulings.share;
    return share != NULL ? ruling_share_fd(share) : -1;
}

int daemon_accounts_wait_ms(const struct daemon_accounts *accounts)
{
    const struct ruling_share *share = accounts->rulings.share;
    return share != NULL ? ruling_share_wait_ms(share) : -1;
}

void daemon_accounts_turn(struct daemon_accounts *accounts, int64_t now_us)
{
    uint64_t taken = accounts->rulings.taken_shown;
    daemon_rulings_turn(accounts, now_us);
    if (accounts->rulings.taken_shown != taken)
        measure(accounts);
    follow_names(accounts, now_us);
    daemon_limits_turn(accounts, now_us);
    if (now_us >= accounts->due_us)
        end_those_over(accounts, now_us);
    if (accounts->unsaved && may_try(accounts, now_us)) {
        save_all(accounts, now_us);
        measure(accounts);
    }
}
