/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of what is set on accounts: kept, all or nothing; the trail; damage; files of others.
 */
#include "store/account_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/sql.h"

#define TEXT(text) ((struct slice){text, sizeof(text) - 1})

static struct account_state *open_state(void)
{
    CLEANUP_BUF struct buf aside = {0};
    struct err err = {0};
    struct account_state *state = account_state_open(".", 5000000, &aside, &err);
    assert_non_null(state);
    assert_int_equal(aside.len, 0);
    return state;
}

static void put(struct account_state *state, const char *login, int64_t until_us)
{
    const struct account_state_flag flag = {.login = slice_from_str(login),
                                            .flag = TEXT("suspended"),
                                            .actor = TEXT("kato"),
                                            .reason = TEXT("a\0b\xff"),
                                            .since_us = 7,
                                            .until_us = until_us};
    const struct account_state_entry entry = {.time_us = until_us,
                                              .login = flag.login,
                                              .action = TEXT("set"),
                                              .what = flag.flag,
                                              .until_us = until_us};
    account_state_put_flag(state, &flag);
    account_state_add(state, &entry);
}

static bool commit(struct account_state *state)
{
    struct err err = {0};
    return account_state_commit(state, &err);
}

static void add_flag(void *context, const struct account_state_flag *flag)
{
    buf_addf(context, "%.*s %.*s %lld;", SLICE_ARG(flag->login), SLICE_ARG(flag->flag),
             (long long)flag->until_us);
    assert_true(slice_eq(flag->actor, TEXT("kato")) && slice_eq(flag->reason, TEXT("a\0b\xff")));
}

static void add_entry(void *context, const struct account_state_entry *entry)
{
    buf_addf(context, "%lld %.*s %lld;", (long long)entry->number, SLICE_ARG(entry->login),
             (long long)entry->time_us);
}

static void expect(struct account_state *state, const char *flags)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err = {0};
    assert_true(account_state_flags(state, add_flag, &text, &err));
    assert_string_equal(buf_str(&text), flags);
}

static void expect_trail(struct account_state *state, struct slice login, size_t most,
                         const char *entries)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err = {0};
    assert_true(account_state_trail(state, login, most, add_entry, &text, &err));
    assert_string_equal(buf_str(&text), entries);
}

static void kept(void **context)
{
    (void)context;
    struct account_state *state = open_state();
    account_state_begin(state);
    put(state, "taro", 100);
    put(state, "jiro", INT64_MAX);
    assert_true(commit(state));
    account_state_begin(state);
    put(state, "taro", 200);                                    /* in the place of the old one */
    account_state_drop_flag(state, TEXT("jiro"), TEXT("held")); /* another flag */
    assert_true(commit(state));
    account_state_close(state);
    state = open_state();
    expect(state, "jiro suspended 9223372036854775807;taro suspended 200;");
    expect_trail(state, TEXT("taro"), 10, "3 taro 200;1 taro 100;");
    expect_trail(state, TEXT(""), 2, "3 taro 200;2 jiro 9223372036854775807;");
    account_state_begin(state);
    account_state_drop_flag(state, TEXT("jiro"), TEXT("suspended"));
    assert_true(commit(state));
    expect(state, "taro suspended 200;");
    account_state_begin(state);
    account_state_clear_flags(state);
    assert_true(commit(state));
    expect(state, "");
    account_state_close(state);
    unlink(ACCOUNT_STATE_FILE);
}

static void all_or_nothing(void **context)
{
    (void)context;
    struct account_state *state = open_state();
    struct sql other = {0};
    account_state_begin(state);
    put(state, "taro", 100);
    account_state_close(state); /* as a crash would */
    state = open_state();
    expect(state, "");
    assert_true(sql_open(&other, ACCOUNT_STATE_FILE, SQLITE_OPEN_READWRITE, 0));
    assert_true(sql_exec(&other, "BEGIN IMMEDIATE"));
    account_state_begin(state);
    put(state, "taro", 100);
    assert_false(commit(state)); /* held by another */
    assert_true(sql_exec(&other, "COMMIT"));
    sql_close(&other);
    expect(state, "");
    account_state_begin(state);
    put(state, "taro", 100);
    assert_true(commit(state));
    expect(state, "taro suspended 100;");
    account_state_close(state);
    unlink(ACCOUNT_STATE_FILE);
}

static void add_limit(void *context, const struct account_state_limit *limit)
{
    buf_addf(context, "%.*s %.*s %lld %lld;", SLICE_ARG(limit->login), SLICE_ARG(limit->limit),
             (long long)limit->count, (long long)(limit->temporary ? limit->until_us : 0));
    assert_true(slice_eq(limit->actor, TEXT("kato")) && slice_eq(limit->reason, TEXT("a\0b\xff")));
}

static void expect_limits(struct account_state *state, const char *limits)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err = {0};
    assert_true(account_state_limits(state, add_limit, &text, &err));
    assert_string_equal(buf_str(&text), limits);
}

static void put_limit(struct account_state *state, int64_t count, int64_t until_us)
{
    const struct account_state_limit limit = {.login = TEXT("taro"),
                                              .limit = TEXT("hour"),
                                              .actor = TEXT("kato"),
                                              .reason = TEXT("a\0b\xff"),
                                              .temporary = until_us != INT64_MAX,
                                              .count = count,
                                              .since_us = 7,
                                              .until_us = until_us};
    account_state_put_limit(state, &limit);
}

static void limits_kept(void **context)
{
    (void)context;
    struct account_state *state = open_state();
    account_state_begin(state);
    put_limit(state, 50, INT64_MAX);
    put_limit(state, 1000, 80);
    put_limit(state, 2000, 90); /* in the place of the one for a time */
    account_state_drop_limit(state, TEXT("taro"), TEXT("day"), true);
    assert_true(commit(state));
    account_state_close(state);
    state = open_state();
    expect_limits(state, "taro hour 50 0;taro hour 2000 90;");
    account_state_begin(state);
    account_state_drop_limit(state, TEXT("taro"), TEXT("hour"), false);
    assert_true(commit(state));
    expect_limits(state, "taro hour 2000 90;");
    account_state_begin(state);
    account_state_clear_limits(state);
    assert_true(commit(state));
    expect_limits(state, "");
    account_state_close(state);
    unlink(ACCOUNT_STATE_FILE);
}

/* A file of the version before has flags and trail, and no limits. */
static void of_version_1(void **context)
{
    (void)context;
    struct sql sql = {0};
    struct account_state *state = open_state();
    account_state_begin(state);
    put(state, "taro", 100);
    assert_true(commit(state));
    account_state_close(state);
    assert_true(sql_open(&sql, ACCOUNT_STATE_FILE, SQLITE_OPEN_READWRITE, 0));
    assert_true(sql_exec(&sql, "DROP TABLE account_limit; ALTER TABLE flag DROP COLUMN stamp; "
                               "ALTER TABLE flag DROP COLUMN relay; ALTER TABLE trail DROP COLUMN "
                               "relay; DROP TABLE ruling_end; PRAGMA user_version=1"));
    sql_close(&sql);
    state = open_state();
    expect(state, "taro suspended 100;");
    expect_trail(state, TEXT("taro"), 10, "1 taro 100;");
    account_state_begin(state);
    put_limit(state, 50, INT64_MAX);
    assert_true(commit(state));
    account_state_close(state);
    state = open_state();
    expect_limits(state, "taro hour 50 0;");
    account_state_close(state);
    unlink(ACCOUNT_STATE_FILE);
}

static void see_end(void *context, const struct account_state_end *end)
{
    buf_addf(context, "%.*s=%.*s;", SLICE_ARG(end->key), SLICE_ARG(end->text));
}

static void expect_ends(struct account_state *state, const char *text)
{
    CLEANUP_BUF struct buf ends = {0};
    struct err err = {0};
    assert_true(account_state_ends(state, see_end, &ends, &err));
    assert_string_equal(buf_str(&ends), text);
}

/* What is over is kept, one of a thing; also in a file of the version before, whose flags are as
 * old as they say. */
static void ends_kept_and_of_version_2(void **context)
{
    (void)context;
    struct sql sql = {0};
    struct account_state *state = open_state();
    account_state_begin(state);
    put(state, "taro", 100);
    assert_true(commit(state));
    account_state_close(state);
    assert_true(sql_open(&sql, ACCOUNT_STATE_FILE, SQLITE_OPEN_READWRITE, 0));
    assert_true(sql_exec(&sql, "ALTER TABLE flag DROP COLUMN stamp; ALTER TABLE flag DROP COLUMN "
                               "relay; ALTER TABLE account_limit DROP COLUMN stamp; ALTER TABLE "
                               "account_limit DROP COLUMN relay; ALTER TABLE trail DROP COLUMN "
                               "relay; DROP TABLE ruling_end; PRAGMA user_version=2"));
    sql_close(&sql);
    state = open_state();
    expect(state, "taro suspended 100;");
    expect_trail(state, TEXT("taro"), 10, "1 taro 100;");
    const struct account_state_end ends[] = {
        {TEXT("a"), TEXT("1")}, {TEXT("b"), TEXT("2")}, {TEXT("a"), TEXT("3")}};
    account_state_begin(state);
    for (size_t i = 0; i < 3; i++)
        account_state_put_end(state, &ends[i]);
    account_state_drop_end(state, TEXT("b"));
    assert_true(commit(state));
    account_state_close(state);
    assert_true(sql_open(&sql, ACCOUNT_STATE_FILE, SQLITE_OPEN_READWRITE, 0));
    assert_int_equal(sql_number(&sql, "SELECT count(*) FROM flag WHERE stamp = since_us", 0), 1);
    sql_close(&sql);
    state = open_state();
    expect_ends(state, "a=3;");
    account_state_begin(state);
    account_state_clear_ends(state);
    assert_true(commit(state));
    expect_ends(state, "");
    account_state_close(state);
    unlink(ACCOUNT_STATE_FILE);
}

static void damaged(void **context)
{
    (void)context;
    CLEANUP_BUF struct buf aside = {0};
    struct err err = {0};
    sandbox_write(ACCOUNT_STATE_FILE, TEXT("this is no database, whatever its name says ........"));
    struct account_state *state = account_state_open(".", 5000000, &aside, &err);
    assert_non_null(state);
    assert_string_equal(buf_str(&aside), "./" ACCOUNT_STATE_FILE ".damaged-5");
    assert_int_equal(access(buf_str(&aside), F_OK), 0);
    expect(state, "");
    account_state_close(state);
    unlink(ACCOUNT_STATE_FILE);
}

static void of_others(void **context)
{
    (void)context;
    static const char *const makes[] = {"CREATE TABLE x(y)",
                                        "PRAGMA application_id=0x74646131; PRAGMA user_version=99"};
    static const char *const says[] = {"not of todoku", "newer todoku"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf aside = {0};
        struct err err = {0};
        struct sql sql = {0};
        unlink(ACCOUNT_STATE_FILE);
        assert_true(
            sql_open(&sql, ACCOUNT_STATE_FILE, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0));
        assert_true(sql_exec(&sql, makes[i]));
        sql_close(&sql);
        assert_null(account_state_open(".", 5000000, &aside, &err));
        assert_non_null(strstr(err.text, says[i]));
        assert_int_equal(aside.len, 0);
    }
    CLEANUP_BUF struct buf aside = {0};
    struct err err = {0};
    assert_null(account_state_open("/nowhere/at/all", 5000000, &aside, &err));
    assert_int_not_equal(err.code, ERR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(limits_kept),
        cmocka_unit_test(of_version_1),
        cmocka_unit_test(ends_kept_and_of_version_2),
        cmocka_unit_test(damaged),
        cmocka_unit_test(of_others),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
