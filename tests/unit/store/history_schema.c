/* SPDX-License-Identifier: Apache-2.0
 *
 * The form of the file: new, of an older todoku, damaged.
 */
#include "store/history_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/history_fixture.h"

/* The file as that form was written, from its statements: each form's are behind those before.
 * more: statements for its rows. */
static void make_old(unsigned form, const char *more)
{
    struct sql sql = {0};
    const char *folder = getenv("TD_TEST_DATA");
    assert_non_null(folder);
    mkdir("h", 0755);
    assert_true(sql_open(&sql, "h/history.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0));
    for (unsigned i = 1; i <= form; i++) {
        CLEANUP_BUF struct buf path = {0}, CLEANUP_BUF text = {0};
        buf_addf(&path, "%s/history/form-%u.sql", folder, i);
        sandbox_read(path.ptr, &text);
        assert_true(sql_exec(&sql, text.ptr));
    }
    assert_int_equal(sql_number(&sql, "PRAGMA user_version", 0), form);
    assert_true(sql_exec(&sql, more));
    sql_close(&sql);
}

static enum history_opened open_h(bool distrust, struct sql *sql, struct buf *aside)
{
    const struct history_opening opening = {.folder = "h",
                                            .now_us = 5000000,
                                            .busy_ms = 1000,
                                            .distrust = distrust,
                                            .check_us = 1000000};
    struct err err = {0};
    return history_schema_open(&opening, sql, aside, &err);
}

static void brought_up_to_date(unsigned form)
{
    struct err err = {0};
    make_old(form, "");
    assert_null(history_reader_open("h", &err));
    assert_non_null(strstr(err.text, "older todoku"));
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    assert_int_equal(fixture_position(), 7);
    fixture_check_rows(7);
    fixture_commit(history, 7, 2000);
    history_close(history);
    fixture_check_rows(2007);
    assert_int_equal(fixture_counter(), 2007);
}

static void form_1_is_brought_up_to_date(void **state)
{
    (void)state;
    brought_up_to_date(1);
}

struct told {
    uint64_t recipients[4];
    int64_t begin_us[4];
    size_t count;
};

static void take_volume(void *data, const struct history_volume *volume)
{
    struct told *told = data;
    assert_true(told->count < 4);
    told->begin_us[told->count] = volume->begin_us;
    told->recipients[told->count++] = volume->recipients;
}

/* More hours than are learned from; then 491664, 492336 and what a wrong clock may have left. */
#define MANY_HOURS \
    "WITH RECURSIVE h(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM h WHERE n < 900) INSERT INTO " \
    "rollup SELECT 490000 + n, 1, x'', 1, 1, 0, 0, 0 FROM h;"
#define FUTURE_HOURS \
    "INSERT INTO rollup VALUES(700000, 1, x'', 1, 1, 0, 0, 0), (700001, 1, x'', 1, 1, 0, 0, 0)," \
    "(9000000000000000000, 1, x'', 1, 1, 0, 0, 0), (-5, 1, x'', 1, 1, 0, 0, 0);"

/* Statements are kept by their address: a literal each. */
#define FIRST_OF(where) "SELECT sum(first) FROM rollup WHERE " where

/* Hours of the far future do not hide the weeks that are learned from; those before are left. */
static void form_2_with_hours_of_the_future(void **state)
{
    (void)state;
    struct sql sql = {0};
    CLEANUP_BUF struct buf aside = {0};
    make_old(2, MANY_HOURS FUTURE_HOURS);
    assert_int_equal(open_h(false, &sql, &aside), HISTORY_OPENED);
    assert_int_equal(sql_number(&sql, "PRAGMA user_version", 0), HISTORY_SCHEMA_VERSION);
    static const struct {
        const char *query;
        int64_t sum;
    } rows[] = {
        {FIRST_OF("hour = 492336"), 4 + 5 + 2 + 1},
        {FIRST_OF("hour = 491664"), 40},
        {FIRST_OF("hour BETWEEN 490001 AND 490900"), 744 - 2 - 3},
        {FIRST_OF("hour = 490161"), 0},
        {FIRST_OF("hour = 490162"), 1},
        {FIRST_OF("hour < 0"), 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(sql_number(&sql, rows[i].query, -1), rows[i].sum);
    sql_close(&sql);
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_volume_query weeks = {HISTORY_VOLUME_PATHS, FIXTURE_BEGIN_US - 3600000000,
                                         FIXTURE_BEGIN_US + 3600000000, 10000000};
    struct told told = {.count = 0};
    assert_true(history_volumes(reader, &weeks, take_volume, &told, &err));
    assert_int_equal(told.count, 2);
    history_reader_free(reader);
}

/* First tries are what ended; of senders nothing is known. */
static void form_2_is_brought_up_to_date(void **state)
{
    (void)state;
    struct err err = {0};
    struct sql sql = {0};
    CLEANUP_BUF struct buf aside = {0};
    make_old(2, "");
    assert_int_equal(open_h(false, &sql, &aside), HISTORY_OPENED);
    sql_close(&sql);
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_volume_query all = {HISTORY_VOLUME_PATHS, INT64_MIN / 2, INT64_MAX, 10000000};
    struct told told = {.count = 0};
    assert_true(history_volumes(reader, &all, take_volume, &told, &err));
    assert_int_equal(told.count, 3);
    assert_int_equal(told.recipients[0], 4);
    assert_int_equal(told.recipients[1], 5 + 2 + 1);
    assert_int_equal(told.begin_us[1], FIXTURE_BEGIN_US);
    assert_int_equal(told.recipients[2], 40);
    told.count = 0;
    all.kind = HISTORY_VOLUME_SENDERS;
    assert_true(history_volumes(reader, &all, take_volume, &told, &err));
    assert_int_equal(told.count, 0);
    history_reader_free(reader);
}

static void form_2_takes_rows(void **state)
{
    (void)state;
    brought_up_to_date(2);
}

static void new_file_has_the_newest_form(void **state)
{
    (void)state;
    struct sql sql = {0};
    CLEANUP_BUF struct buf aside = {0};
    assert_int_equal(mkdir("h", 0755), 0);
    assert_int_equal(open_h(false, &sql, &aside), HISTORY_OPENED);
    assert_int_equal(aside.len, 0);
    assert_int_equal(sql_number(&sql, "PRAGMA user_version", 0), HISTORY_SCHEMA_VERSION);
    assert_int_equal(sql_number(&sql, "PRAGMA auto_vacuum", 0), 2);
    assert_int_equal(sql_number(&sql, "PRAGMA synchronous", 0), 1);
    sqlite3_stmt *stmt = sql_take(&sql, "PRAGMA journal_mode");
    assert_true(sql_next(&sql, stmt));
    assert_true(slice_eq(sql_bytes(stmt, 0), SLICE("wal")));
    sql_done(stmt);
    sql_close(&sql);
}

/* Each time under another name; what is kept besides rows is taken over. */
static void distrusted_files_are_set_aside(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 20);
    history_close(history);
    static const char *const names[] = {"h/history.db.damaged-5", "h/history.db.damaged-5.1"};
    for (size_t i = 0; i < 2; i++) {
        struct sql sql = {0};
        CLEANUP_BUF struct buf aside = {0};
        assert_int_equal(open_h(true, &sql, &aside), HISTORY_RENEWED);
        assert_string_equal(buf_str(&aside), names[i]);
        assert_int_equal(access(names[i], F_OK), 0);
        sql_close(&sql);
        assert_int_equal(fixture_position(), 20);
        assert_int_equal(fixture_counter(), 20);
        fixture_check_rows(0);
    }
}

static void failed_transactions_are_undone(void **state)
{
    (void)state;
    struct sql sql = {0};
    assert_true(sql_open(&sql, "x.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0));
    assert_true(sql_exec(&sql, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES(1)"));
    sql_exec(&sql, "BEGIN");
    assert_true(sql_exec(&sql, "INSERT INTO t VALUES(2)"));
    sqlite3_stmt *stmt = sql_take(&sql, "INSERT INTO t VALUES(?1)");
    sql_bind_number(&sql, stmt, 1, 1);
    assert_false(sql_run(&sql, stmt));
    assert_false(sql_ok(&sql));
    assert_int_equal(sql_trouble(&sql), SQL_FAILED);
    assert_null(sql_take(&sql, "INSERT INTO t VALUES(4)"));
    assert_false(sql_exec(&sql, "COMMIT"));
    struct err err = {0};
    assert_false(sql_err(&sql, &err, "t"));
    assert_non_null(strstr(err.text, "UNIQUE"));
    sql_rollback(&sql);
    assert_true(sql_ok(&sql));
    assert_int_equal(sql_number(&sql, "SELECT count(*) FROM t", 0), 1);
    assert_int_equal(sql_number(&sql, "SELECT a FROM t WHERE a > 5", -3), -3);
    sql_close(&sql);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(form_1_is_brought_up_to_date),    CASE(form_2_is_brought_up_to_date),
        CASE(form_2_with_hours_of_the_future), CASE(form_2_takes_rows),
        CASE(new_file_has_the_newest_form),    CASE(distrusted_files_are_set_aside),
        CASE(failed_transactions_are_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
