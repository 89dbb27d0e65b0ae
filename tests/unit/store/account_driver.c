/* SPDX-License-Identifier: Apache-2.0
 *
 * What every driver of accounts promises, asked of each (store/account_driver.h): a new driver is a
 * row of account_kinds and a way to write accounts for it.
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

/* ---- names ---- */

static const struct name some[] = {
    {.login = "taro@example.jp", .account = "", .account_class = "business"},
    {.login = "info@example.jp", .account = "taro@example.jp"},
    {.login = "Jiro", .account = ""},
};
#define SOME "Jiro>>\ninfo@example.jp>taro@example.jp>\ntaro@example.jp>>business\n"

/* As often as it is asked for. */
static void reads_all(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "reads-%s", kind->driver->word);
    kind->write(buf_str(&path), some, 3);
    struct account_source *source = kind->source(buf_str(&path));
    assert_true(kind->driver->is_changed(source)); /* nothing was read */
    expect(kind->driver, source, SOME);
    expect(kind->driver, source, SOME);
    kind->write(buf_str(&path), some, 1);
    expect(kind->driver, source, "taro@example.jp>>business\n");
    kind->driver->free(source);
}

static void reads_and_notices(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    const struct account_driver *driver = kind->driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "notices-%s", driver->word);
    kind->write(buf_str(&path), some, 3);
    struct account_source *source = kind->source(buf_str(&path));
    assert_true(driver->is_changed(source)); /* nothing was read */
    expect(driver, source, SOME);
    assert_false(driver->is_changed(source));
    expect(driver, source, SOME); /* again all of it */
    assert_false(driver->is_changed(source));
    kind->write(buf_str(&path), some, 1);
    assert_true(driver->is_changed(source));
    assert_true(driver->is_changed(source)); /* until it is read */
    expect(driver, source, "taro@example.jp>>business\n");
    assert_false(driver->is_changed(source));
    kind->write(buf_str(&path), some, 0);
    expect(driver, source, "");
    driver->free(source);
}

/* Another file in its place, while the old one is open. */
static void notices_another_file(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    const struct account_driver *driver = kind->driver;
    CLEANUP_BUF struct buf path = {0}, other = {0};
    buf_addf(&path, "place-%s", driver->word);
    buf_addf(&other, "other-%s", driver->word);
    kind->write(buf_str(&path), some, 1);
    kind->write(buf_str(&other), some, 3);
    struct account_source *source = kind->source(buf_str(&path));
    expect(driver, source, "taro@example.jp>>business\n");
    assert_int_equal(rename(buf_str(&other), buf_str(&path)), 0);
    assert_true(driver->is_changed(source));
    expect(driver, source, SOME);
    driver->free(source);
}

/* What cannot be read is said, is still to be read, and is read once it can be. */
static void cannot_be_read(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    const struct account_driver *driver = kind->driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "wrong-%s", driver->word);
    struct account_source *source = kind->source(buf_str(&path));
    assert_int_equal(mkdir(buf_str(&path), 0700), 0);
    expect(driver, source, "!");
    assert_true(driver->is_changed(source));
    assert_int_equal(rmdir(buf_str(&path)), 0);
    assert_int_equal(mkfifo(buf_str(&path), 0600), 0);
    expect(driver, source, "!"); /* and does not wait for a writer */
    assert_int_equal(unlink(buf_str(&path)), 0);
    kind->write(buf_str(&path), some, 3);
    expect(driver, source, SOME);
    assert_false(driver->is_changed(source));
    driver->free(source);
    driver->free(NULL);
}

/* ---- finding ---- */

static const struct name people[] = {
    {"taro@example.jp", "", "business", "{PLAIN}taro", "mx-1", "imap smtp",
     "192.0.2.0/24 2001:db8::/32", "2026-12-31", "no-send slow"},
    {"info@example.jp", "taro@example.jp", "", "", "", "", "", "", ""},
    {"hello@example.jp", "info@example.jp", "", "", "", "", "", "", ""},
    {"Jiro", "", "", "{PLAIN}jiro", "", "", "", "", ""},
    {"local@example.jp", "Jiro", "", "", "", "", "", "", ""},
    {"sabu@example.org", "", "", "{PLAIN}it's", NULL, NULL, NULL, NULL, NULL},
    {"typo@example.jp", "", "", "{PLAIN}x", "", "imap pop", "", "", ""},
    {"noend@example.jp", "", "", "{PLAIN}x", "", "", "", "soon", ""},
    {"nobody@example.jp", "", "", "", "", "none", "", "", ""},
    {"ring@example.jp", "ring-2@example.jp", "", "", "", "", "", "", ""},
    {"ring-2@example.jp", "ring@example.jp", "", "", "", "", "", "", ""},
};
#define TARO \
    "taro@example.jp class=business server=mx-1 secret={PLAIN}taro protocols=5 " \
    "networks=192.0.2.0/24 2001:db8::/32 until=1798761600 flags=no-send slow fault="
#define JIRO \
    "Jiro class= server= secret={PLAIN}jiro protocols=ffffffff networks= until=never flags= " \
    "fault="

static void finds(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    const struct account_driver *driver = kind->driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "finds-%s", driver->word);
    kind->write(buf_str(&path), people, sizeof(people) / sizeof(people[0]));
    struct account_source *source = kind->source(buf_str(&path));
    expect_found(driver, source, "taro@example.jp", TARO);
    expect_found(driver, source, "info@example.jp", TARO);
    expect_found(driver, source, "hello@example.jp", TARO);
    expect_found(driver, source, "jiro", JIRO);
    expect_found(driver, source, "jiro@example.jp", JIRO);
    expect_found(driver, source, "local@example.jp", JIRO);
    expect_found(driver, source, "jiro@example.org", "unknown");
    expect_found(driver, source, "taro", "unknown");
    expect_found(driver, source, "sabu@example.org",
                 "sabu@example.org class= server= secret={PLAIN}it's protocols=ffffffff networks= "
                 "until=never flags= fault=");
    expect_found(driver, source, "' OR 1=1 --", "unknown");
    expect_found(driver, source, "%", "unknown");
    expect_found(driver, source, "taro@example.jp\xff", "unknown");
    expect_found(driver, source, "typo@example.jp",
                 "typo@example.jp class= server= secret={PLAIN}x protocols=1 networks= until=0 "
                 "flags= fault=protocols");
    expect_found(driver, source, "noend@example.jp",
                 "noend@example.jp class= server= secret={PLAIN}x protocols=ffffffff networks= "
                 "until=0 flags= fault=valid_until");
    expect_found(driver, source, "nobody@example.jp",
                 "nobody@example.jp class= server= secret= protocols=0 networks= until=never "
                 "flags= fault=");
    driver->free(source);
}

/* What was written before a find is found, as often as it is asked, and however quickly. */
static void finds_what_is_there_now(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    const struct account_driver *driver = kind->driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "now-%s", driver->word);
    kind->write(buf_str(&path), people, 1);
    struct account_source *source = kind->source(buf_str(&path));
    struct account_source *other = kind->source(buf_str(&path));
    expect_found(driver, source, "jiro", "unknown");
    for (int turn = 0; turn < 20; turn++) {
        struct name changed = people[3];
        uint64_t before = state_of(driver, source);
        changed.flags = turn % 2 == 0 ? "suspended" : "";
        kind->write(buf_str(&path), &changed, 1);
        expect_found(driver, source, "jiro",
                     turn % 2 == 0 ? "Jiro class= server= secret={PLAIN}jiro protocols=ffffffff "
                                     "networks= until=never flags=suspended fault="
                                   : JIRO);
        expect_found(driver, other, "taro@example.jp", "unknown");
        assert_true(before == 0 || state_of(driver, source) != before);
    }
    driver->free(source);
    driver->free(other);
}

/* No account and no answer are never the same. */
static void finds_nothing_where_nothing_is(size_t i)
{
    const struct account_kind *kind = &account_kinds[i];
    const struct account_driver *driver = kind->driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "gone-%s", driver->word);
    struct account_source *source = kind->source(buf_str(&path));
    assert_int_equal(mkdir(buf_str(&path), 0700), 0);
    expect_found(driver, source, "jiro", "trouble");
    assert_int_equal(state_of(driver, source) != 0 && driver == &account_driver_sqlite, 0);
    assert_int_equal(rmdir(buf_str(&path)), 0);
    kind->write(buf_str(&path), people, 4);
    expect_found(driver, source, "jiro", JIRO);
    assert_int_equal(unlink(buf_str(&path)), 0);
    expect_found(driver, source, "jiro", "trouble");
    expect_found(driver, source, "nobody", "trouble");
    driver->free(source);
}

static void names_that_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < account_kind_count(); i++) {
        reads_all(i);
        if (account_kinds[i].is_file) {
            reads_and_notices(i);
            notices_another_file(i);
            cannot_be_read(i);
        }
    }
}

static void accounts_that_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < account_kind_count(); i++) {
        finds(i);
        finds_what_is_there_now(i);
        if (account_kinds[i].is_file)
            finds_nothing_where_nothing_is(i);
    }
}

static void by_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < account_kind_count(); i++) {
        const struct account_driver *driver = account_kinds[i].driver;
        assert_ptr_equal(account_driver_of(slice_from_str(driver->word)), driver);
        driver->free(NULL);
    }
    assert_null(account_driver_of(SLICE("ldap")));
}

static int enter(void **state)
{
    int code = sandbox_enter(state);
#ifdef TD_TEST_SERVERS
    account_servers_begin();
#endif
    return code;
}

static int leave(void **state)
{
#ifdef TD_TEST_SERVERS
    account_servers_end();
#endif
    return sandbox_leave(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_read),
        cmocka_unit_test(accounts_that_are_found),
        cmocka_unit_test(by_their_words),
    };
    return cmocka_run_group_tests_name("store/account_driver", tests, enter, leave);
}
