/* SPDX-License-Identifier: Apache-2.0
 *
 * What is each driver's own of those that read files, beside what all promise (account_driver.c).
 */
#include "store/account_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/sandbox.h"
#include "store/sql.h"

static const struct name some[] = {
    {.login = "taro@example.jp", .account = "", .account_class = "business"},
    {.login = "info@example.jp", .account = "taro@example.jp"},
    {.login = "Jiro", .account = ""},
};
#define SOME "Jiro>>\ninfo@example.jp>taro@example.jp>\ntaro@example.jp>>business\n"

static const struct name people[] = {
    {.login = "taro@example.jp", .account = "", .secret = "{PLAIN}taro"},
    {.login = "Jiro", .account = "", .secret = "{PLAIN}jiro"},
};

static void a_file_of_others(void **state)
{
    (void)state;
    struct account_source *source = source_of(&account_driver_sqlite, "others.db");
    sandbox_write("others.db", SLICE(""));
    run_sql("others.db", "CREATE TABLE account(login, class)");
    expect(&account_driver_sqlite, source, "!");
    run_sql("others.db", "DROP TABLE account; PRAGMA application_id=1952735587; "
                         "PRAGMA user_version=3");
    expect(&account_driver_sqlite, source, "!"); /* ours, but newer */
    sandbox_write("others.db", SLICE("This is no database, but it is long enough to be one."));
    expect(&account_driver_sqlite, source, "!");
    account_driver_sqlite.free(source);
}

/* `rm accounts.db; cp other accounts.db`, seen at each step: nobody loses his account by it, and
 * the copy is not written to. */
static void a_file_that_is_being_replaced(void **state)
{
    (void)state;
    struct account_source *source = source_of(&account_driver_sqlite, "replaced.db");
    CLEANUP_BUF struct buf bytes = {0};
    write_sqlite("replaced.db", some, 1);
    write_sqlite("copy.db", some, 3);
    expect(&account_driver_sqlite, source, "taro@example.jp>>business\n");
    assert_int_equal(unlink("replaced.db"), 0);
    assert_true(account_driver_sqlite.is_changed(source));
    expect(&account_driver_sqlite, source, "!");
    assert_int_not_equal(access("replaced.db", F_OK), 0);
    sandbox_write("replaced.db", SLICE(""));
    expect(&account_driver_sqlite, source, "!");
    sandbox_read("replaced.db", &bytes);
    assert_int_equal(bytes.len, 0);
    assert_true(account_driver_sqlite.is_changed(source));
    assert_int_equal(rename("copy.db", "replaced.db"), 0);
    expect(&account_driver_sqlite, source, SOME);
    account_driver_sqlite.free(source);
}

static void a_writer_who_has_not_committed(void **state)
{
    (void)state;
    struct sql sql = {0};
    struct account_source *source = source_of(&account_driver_sqlite, "busy.db");
    write_sqlite("busy.db", some, 1);
    assert_true(sql_open(&sql, "busy.db", SQLITE_OPEN_READWRITE, 5000));
    assert_true(sql_exec(&sql, "BEGIN IMMEDIATE; INSERT INTO account(login, class) "
                               "VALUES('x', '')"));
    expect(&account_driver_sqlite, source, "taro@example.jp>>business\n");
    assert_true(sql_exec(&sql, "COMMIT"));
    assert_true(account_driver_sqlite.is_changed(source));
    expect(&account_driver_sqlite, source, "taro@example.jp>>business\nx>>\n");
    sql_close(&sql);
    account_driver_sqlite.free(source);
}

static void lines_that_are_none(void **state)
{
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    buf_add_str(&text, "# accounts\n\ntaro:x\nnocolon\n");
    for (int i = 0; i < 70000; i++)
        buf_add_char(&text, 'a');
    buf_add_str(&text, ":x\njiro:y"); /* without an end of line */
    sandbox_write("lines", buf_slice(&text));
    struct account_source *source = source_of(&account_driver_passwd_file, "lines");
    expect(&account_driver_passwd_file, source, ">>\n>>\njiro>>\ntaro>>\n");
    account_driver_passwd_file.free(source);
}

/* Edited in place, many times within a tick of the file system's clock. */
static void edited_in_place(void **state)
{
    (void)state;
    struct account_source *source = source_of(&account_driver_passwd_file, "place");
    for (int turn = 0; turn < 50; turn++) {
        CLEANUP_BUF struct buf line = {0}, wanted = {0};
        buf_addf(&line, "taro:{PLAIN}%02d\n", turn);
        buf_addf(&wanted,
                 "taro class= server= secret={PLAIN}%02d protocols=ffffffff networks= "
                 "until=never flags= fault=",
                 turn);
        sandbox_write("place", buf_slice(&line));
        expect_found(&account_driver_passwd_file, source, "taro", buf_str(&wanted));
    }
    account_driver_passwd_file.free(source);
}

/* As Dovecot has it: another name logs in by its own password; both lines may forbid. */
static void other_names_of_a_file(void **state)
{
    (void)state;
    sandbox_write("names", SLICE("taro:{PLAIN}t::::::todoku_class=a todoku_flags=slow "
                                 "todoku_protocols=imap,pop3 todoku_server=one\n"
                                 "info:{PLAIN}i::::::user=taro allow_nets=192.0.2.1,local nologin "
                                 "todoku_protocols=pop3,smtp\n"
                                 "open:::::::user=taro\n"
                                 "far:{PLAIN}f::::::user=elsewhere\n"));
    struct account_source *source = source_of(&account_driver_passwd_file, "names");
    expect_found(&account_driver_passwd_file, source, "info",
                 "taro class=a server=one secret={PLAIN}i protocols=2 networks=192.0.2.1 "
                 "until=never flags=no-login slow fault=");
    expect_found(&account_driver_passwd_file, source, "open",
                 "taro class=a server=one secret={PLAIN}t protocols=3 networks= until=never "
                 "flags=slow fault=");
    expect_found(&account_driver_passwd_file, source, "far",
                 "elsewhere class= server= secret={PLAIN}f protocols=ffffffff networks= "
                 "until=never flags= fault=");
    account_driver_passwd_file.free(source);
}

/* A file of version 1 is brought to the form of today with all that stood there. */
static void an_older_file(void **state)
{
    (void)state;
    sandbox_write("older.db", SLICE(""));
    run_sql("older.db",
            "CREATE TABLE account(login TEXT NOT NULL PRIMARY KEY, class TEXT) WITHOUT ROWID;"
            "CREATE TABLE alias(alias TEXT NOT NULL PRIMARY KEY, login TEXT NOT NULL) WITHOUT "
            "ROWID;"
            "INSERT INTO account VALUES('taro@example.jp', 'business'), ('Taro@example.jp', 'x'), "
            "(CAST('jiro' AS BLOB), NULL);"
            "INSERT INTO alias VALUES('info@example.jp', 'taro@example.jp');"
            "PRAGMA application_id=1952735587; PRAGMA user_version=1");
    struct account_source *source = source_of(&account_driver_sqlite, "older.db");
    expect_found(&account_driver_sqlite, source, "info@example.jp",
                 "Taro@example.jp class=x server= secret= protocols=ffffffff networks= until=never "
                 "flags= fault=");
    expect(&account_driver_sqlite, source,
           "Taro@example.jp>>x\ninfo@example.jp>taro@example.jp>\njiro>>\n");
    expect_found(&account_driver_sqlite, source, "jiro@example.jp",
                 "jiro class= server= secret= protocols=ffffffff networks= until=never flags= "
                 "fault=");
    run_sql("older.db",
            "INSERT INTO app_password(login, name, secret) VALUES('JIRO', 'phone', 'x')");
    expect_found(&account_driver_sqlite, source, "jiro",
                 "jiro class= server= secret= protocols=ffffffff networks= until=never flags= "
                 "fault= app=phone");
    account_driver_sqlite.free(source);
}

/* A password that is changed does not have all names read again, and is seen all the same. */
static void what_is_changed_is_told_apart(void **state)
{
    (void)state;
    const struct account_driver *driver = &account_driver_sqlite;
    write_sqlite("apart.db", people, 2);
    run_sql("apart.db", "INSERT INTO app_password(login, name, secret) VALUES('jiro', 'x', 'y')");
    struct account_source *source = source_of(driver, "apart.db");
    assert_true(driver->read(source, ignore_name, NULL, NULL));
    uint64_t first = state_of(driver, source);
    run_sql("apart.db", "UPDATE app_password SET last_used = 1800000000");
    assert_int_equal(state_of(driver, source), first);
    assert_false(driver->is_changed(source));
    run_sql("apart.db", "UPDATE account SET server = 'mb2' WHERE login = 'jiro'");
    uint64_t second = state_of(driver, source);
    assert_int_not_equal(second, first);
    assert_false(driver->is_changed(source));
    run_sql("apart.db", "DELETE FROM app_password");
    assert_int_not_equal(state_of(driver, source), second);
    assert_false(driver->is_changed(source));
    run_sql("apart.db", "UPDATE account SET class = 'shop' WHERE login = 'jiro'");
    assert_true(driver->is_changed(source));
    assert_true(driver->read(source, ignore_name, NULL, NULL));
    run_sql("apart.db", "UPDATE account SET flags = 'suspended' WHERE login = 'jiro'");
    assert_true(driver->is_changed(source)); /* the policy listener goes by them */
    driver->free(source);
}

/* 64 are read; with one more nothing is permitted that nobody has looked at. */
static void too_many_app_passwords(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf said = {0};
    write_sqlite("apps.db", people, 2);
    run_sql("apps.db", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                       "65) INSERT INTO app_password(login, name, secret) SELECT 'jiro', i, 'x' "
                       "FROM n");
    struct account_source *source = source_of(&account_driver_sqlite, "apps.db");
    assert_int_equal(account_driver_sqlite.find(source, SLICE("jiro"), put_row, &said, NULL),
                     ACCOUNT_FOUND);
    assert_non_null(strstr(buf_str(&said), "until=0 flags= fault=app_password"));
    account_driver_sqlite.free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_others),
        cmocka_unit_test(a_file_that_is_being_replaced),
        cmocka_unit_test(a_writer_who_has_not_committed),
        cmocka_unit_test(an_older_file),
        cmocka_unit_test(edited_in_place),
        cmocka_unit_test(lines_that_are_none),
        cmocka_unit_test(other_names_of_a_file),
        cmocka_unit_test(too_many_app_passwords),
        cmocka_unit_test(what_is_changed_is_told_apart),
    };
    return cmocka_run_group_tests_name("store/account_files", tests, sandbox_enter, sandbox_leave);
}
