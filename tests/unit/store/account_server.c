/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in real database servers: what is the servers' own beside account_driver.c, queries
 * that are wrong, and servers that are slow, stand still, die and come back.
 */
#include "store/account_server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/sql_servers.h"

static struct sql_server servers[2]; /* PostgreSQL, MariaDB */
enum { SERVERS = 2 };

static const struct account_driver *driver_of(size_t i)
{
    return i == 0 ? &account_driver_postgresql : &account_driver_mysql;
}

#define QUERY \
    "SELECT login, secret, klass AS class, flags, valid_until FROM mail.account " \
    "WHERE lower(login) = :login -- not :login, nor ':login'"
#define NAMES "SELECT login, NULL AS account, klass AS class FROM mail.account ORDER BY login"

static int enter(void **state)
{
    int code = sandbox_enter(state);
    for (size_t i = 0; i < SERVERS; i++) {
        sql_server_make(&servers[i], i == 1);
        sql_server_do(&servers[i],
                      "CREATE TABLE mail.account(login VARCHAR(200), secret VARCHAR(6000), klass "
                      "VARCHAR(50), flags VARCHAR(50), valid_until TIMESTAMP NULL);"
                      "INSERT INTO mail.account VALUES('Taro@example.jp', '{PLAIN}t', 'business', "
                      "'slow', '2026-12-31 18:00:00'), ('jiro', '{PLAIN}j', NULL, NULL, NULL), "
                      "('two@example.jp', 'x', '', '', NULL), ('two@example.jp', 'y', '', '', "
                      "NULL), ('\xe3\x81\x82@example.jp', '{PLAIN}a', '', '', NULL)");
    }
    return code;
}

static int leave(void **state)
{
    for (size_t i = 0; i < SERVERS; i++)
        sql_server_kill(&servers[i]);
    return sandbox_leave(state);
}

static struct account_source *source_of(size_t i, const char *query)
{
    struct account_place place = sql_server_place(&servers[i]);
    place.query = query;
    place.names_query = NAMES;
    return driver_of(i)->make(&place);
}

static void put_row(void *context, const struct account_row *row)
{
    buf_addf(context, "%.*s|%.*s|%.*s|%.*s|%lld|%.*s", SLICE_ARG(row->login),
             SLICE_ARG(row->secret), SLICE_ARG(row->account_class), SLICE_ARG(row->flags),
             row->valid_until_us == INT64_MAX ? -1LL : (long long)row->valid_until_us / 1000000,
             SLICE_ARG(row->fault));
}

static void find(size_t i, struct account_source *source, const char *login, struct buf *said)
{
    struct err err = {0};
    buf_clear(said);
    switch (driver_of(i)->find(source, slice_from_str(login), put_row, said, &err)) {
    case ACCOUNT_FOUND:
        break;
    case ACCOUNT_UNKNOWN:
        buf_add_str(said, "unknown");
        break;
    case ACCOUNT_TROUBLE:
        assert_int_not_equal(err.code, ERR_NONE);
        assert_null(strstr(err.text, SQL_SERVER_PASSWORD));
        buf_addf(said, "trouble: %s", err.text);
        break;
    }
}

/* Begins with that. */
static void expect(size_t i, struct account_source *source, const char *login, const char *wanted)
{
    CLEANUP_BUF struct buf said = {0};
    find(i, source, login, &said);
    if (!slice_starts_with(buf_slice(&said), slice_from_str(wanted)))
        fail_msg("%s: %s: `%s` is not `%s`", driver_of(i)->word, login, buf_str(&said), wanted);
}

static void rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct account_source *source = source_of(i, QUERY);
        expect(i, source, "taro@example.jp", "Taro@example.jp|{PLAIN}t|business|slow|1798740000|");
        expect(i, source, "jiro@example.jp", "jiro|{PLAIN}j|||-1|");
        expect(i, source, "\xe3\x81\x82@example.jp", "\xe3\x81\x82@example.jp|{PLAIN}a|||-1|");
        expect(i, source, "nobody@example.jp", "unknown");
        expect(i, source, "' OR 1=1 -- ", "unknown");
        expect(i, source, "\\' OR 1=1 -- ", "unknown");
        expect(i, source, "\xff", "unknown");
        expect(i, source, "two@example.jp", "trouble: accounts.query: gives more than one row");
        expect(i, source, "taro@example.jp", "Taro@example.jp|"); /* and goes on */
        driver_of(i)->free(source);
        source = source_of(i, "SELECT secret FROM mail.account WHERE lower(login) = :login AND "
                              "lower(login) LIKE CONCAT(CAST(:user AS CHAR(4)), '@%') AND :domain "
                              "= 'example.jp'");
        expect(i, source, "taro@example.jp", "taro@example.jp|{PLAIN}t|");
        driver_of(i)->free(source);
    }
}

/* What is longer than any secret is none; the connection goes on. */
static void a_long_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        sql_server_do(&servers[i], "INSERT INTO mail.account(login, secret) VALUES('long', "
                                   "repeat('a', 5000))");
        struct account_source *source = source_of(i, QUERY);
        expect(i, source, "long", "long||||0|secret");
        expect(i, source, "jiro", "jiro|{PLAIN}j|");
        driver_of(i)->free(source);
    }
}

static void queries_that_are_wrong(void **state)
{
    static const struct {
        const char *query, *names, *words;
    } wrong[] = {
        {"SELECT secret FROM mail.nowhere WHERE login = :login", NAMES, "nowhere"},
        {"SELEKT secret", NAMES, "accounts.query: "},
        {"SELECT secret, login, quota FROM (SELECT 'x' AS secret, :login AS login, 1 AS quota) AS "
         "t WHERE login = :login",
         NAMES, "accounts.query: there is no column `quota`, but login, secret"},
        {"SELECT login FROM mail.account WHERE login = :login", NAMES,
         "accounts.query: the column `secret` is missing"},
        {"SELECT secret, secret FROM mail.account WHERE login = :login", NAMES,
         "accounts.query: the column `secret` comes twice"},
        {"SELECT secret FROM mail.account", NAMES, "accounts.query: has no :login"},
        {"SELECT secret FROM mail.account WHERE login = ':login'", NAMES, "has no :login"},
        {"DELETE FROM mail.account WHERE login = :login", NAMES, "accounts.query: "},
        {QUERY, "SELECT login, secret FROM mail.account",
         "accounts.names_query: there is no column `secret`, but login, account, class"},
        {QUERY, "SELECT klass AS class FROM mail.account",
         "accounts.names_query: the column `login` is missing"},
    };
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
            struct err err = {0};
            struct account_place place = sql_server_place(&servers[i]);
            place.query = wrong[k].query;
            place.names_query = wrong[k].names;
            struct account_source *source = driver_of(i)->make(&place);
            enum account_check said = driver_of(i)->check(source, &err);
            if (said != ACCOUNT_CHECK_WRONG || strstr(err.text, wrong[k].words) == NULL)
                fail_msg("%s: `%s`: %d `%s`", driver_of(i)->word, wrong[k].words, (int)said,
                         err.text);
            driver_of(i)->free(source);
        }
        struct account_source *source = source_of(i, QUERY);
        struct err err = {0};
        assert_int_equal(driver_of(i)->check(source, &err), ACCOUNT_CHECK_GOOD);
        expect(i, source, "jiro", "jiro|");
        driver_of(i)->free(source);
    }
}

static void count_name(void *context, const struct account_name *name)
{
    buf_addf(context, "%.*s>%.*s ", SLICE_ARG(name->login), SLICE_ARG(name->account_class));
}

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        CLEANUP_BUF struct buf said = {0};
        struct err err = {0};
        struct account_source *source = source_of(i, QUERY);
        assert_true(driver_of(i)->is_changed(source));
        assert_true(driver_of(i)->read(source, count_name, &said, &err));
        assert_non_null(strstr(buf_str(&said), "Taro@example.jp>business "));
        assert_non_null(strstr(buf_str(&said), "jiro> "));
        assert_false(driver_of(i)->is_changed(source)); /* for an hour */
        driver_of(i)->free(source);
    }
}

static void a_slow_statement(void **state)
{
    static const char *const slow[] = {
        "SELECT 'x' AS secret, pg_sleep(30)::text AS flags WHERE :login <> ''",
        "SELECT 'x' AS secret, sleep(30) AS flags FROM mail.account WHERE login <> :login"};
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct account_place place = sql_server_place(&servers[i]);
        place.query = slow[i];
        place.timeout_us = 300000;
        struct account_source *source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "trouble: ");
        driver_of(i)->free(source);
    }
}

/* As with a server that swaps, or a network that swallows. */
static void a_server_that_stands_still(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct err err = {0};
        assert_int_equal(kill(servers[i].pid, SIGSTOP), 0);
        struct account_place place = sql_server_place(&servers[i]);
        place.query = QUERY;
        place.timeout_us = 300000;
        struct account_source *source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "trouble: ");
        expect(i, source, "jiro", "trouble: "); /* at once */
        assert_int_equal(driver_of(i)->check(source, &err), ACCOUNT_CHECK_LATER);
        assert_int_equal(kill(servers[i].pid, SIGCONT), 0);
        driver_of(i)->free(source);
    }
}

static void wrong_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct account_place place = sql_server_place(&servers[i]);
        struct err err = {0};
        place.query = QUERY;
        place.password = "not-" SQL_SERVER_PASSWORD;
        struct account_source *source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "trouble: ");
        assert_int_equal(driver_of(i)->check(source, &err), ACCOUNT_CHECK_LATER);
        assert_null(strstr(err.text, SQL_SERVER_PASSWORD));
        driver_of(i)->free(source);
    }
}

/* verify takes nobody whom the authorities do not know. */
static void encrypted(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        CLEANUP_BUF struct buf ca = {0};
        struct account_place place = sql_server_place(&servers[i]);
        buf_addf(&ca, "%s/cert.pem", servers[i].folder);
        place.host = "127.0.0.1";
        place.query = QUERY;
        place.tls = ACCOUNT_TLS_ON;
        struct account_source *source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "jiro|");
        driver_of(i)->free(source);
        place.tls = ACCOUNT_TLS_VERIFY;
        place.tls_ca = buf_str(&ca);
        source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "jiro|");
        driver_of(i)->free(source);
        place.host = "localhost"; /* it is not named so */
        source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "trouble: ");
        driver_of(i)->free(source);
        place.host = "127.0.0.1";
        buf_clear(&ca);
        buf_addf(&ca, "%s/cert.pem", servers[1 - i].folder);
        place.tls_ca = buf_str(&ca);
        source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "trouble: ");
        driver_of(i)->free(source);
    }
}

/* Also by TCP. It is asked again until it is back, and is not restarted for it. */
static void a_server_that_dies_and_comes_back(void **state)
{
    const struct timespec turn = {.tv_nsec = 20000000};
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        CLEANUP_BUF struct buf said = {0};
        struct account_place place = sql_server_place(&servers[i]);
        place.query = QUERY;
        place.host = "127.0.0.1";
        struct account_source *source = driver_of(i)->make(&place);
        expect(i, source, "jiro", "jiro|");
        sql_server_kill(&servers[i]);
        expect(i, source, "jiro", "trouble: ");
        expect(i, source, "nobody", "trouble: ");
        sql_server_start(&servers[i]);
        for (int turns = 0; turns < 500; turns++) {
            find(i, source, "jiro", &said);
            if (!slice_starts_with(buf_slice(&said), SLICE("trouble")))
                break;
            nanosleep(&turn, NULL);
        }
        assert_string_equal(buf_str(&said), "jiro|{PLAIN}j|||-1|");
        sql_server_kill(&servers[i]); /* between two finds: one that was kept is lost */
        sql_server_start(&servers[i]);
        expect(i, source, "jiro", "jiro|");
        driver_of(i)->free(source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(a_long_text),
        cmocka_unit_test(queries_that_are_wrong),
        cmocka_unit_test(names),
        cmocka_unit_test(a_slow_statement),
        cmocka_unit_test(a_server_that_stands_still),
        cmocka_unit_test(wrong_password),
        cmocka_unit_test(encrypted),
        cmocka_unit_test(a_server_that_dies_and_comes_back),
    };
    return cmocka_run_group_tests_name("store/account_server", tests, enter, leave);
}
