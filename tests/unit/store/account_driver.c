/* SPDX-License-Identifier: Apache-2.0
 *
 * What every driver of accounts promises, asked of each (store/account_driver.h): a new driver is a
 * row of DRIVERS and a way to write accounts for it. Then what is each one's own.
 */
#include "store/account_driver.h"

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

struct name {
    const char *login, *account, *account_class; /* account "": one itself */
};

/* ---- how accounts come to be, by driver ---- */

/* Each replaces all that is there. */
typedef void (*write_fn)(const char *path, const struct name *names, size_t count);

static void write_passwd(const char *path, const struct name *names, size_t count)
{
    CLEANUP_BUF struct buf text = {0}, next = {0};
    for (size_t i = 0; i < count; i++) {
        buf_addf(&text, "%s:{PLAIN}secret:1000:1000::/home/x::", names[i].login);
        if (names[i].account[0] != '\0')
            buf_addf(&text, "user=%s ", names[i].account);
        if (names[i].account_class[0] != '\0')
            buf_addf(&text, "todoku_class=%s", names[i].account_class);
        buf_add_char(&text, '\n');
    }
    buf_addf(&next, "%s.new", path);
    sandbox_write(buf_str(&next), buf_slice(&text));
    assert_int_equal(rename(buf_str(&next), path), 0);
}

/* As the operator does it with sqlite3(1), beside a reader that has the file open. */
static void run_sql(const char *path, const char *text)
{
    struct sql sql = {0};
    assert_true(sql_open(&sql, path, SQLITE_OPEN_READWRITE, 5000));
    assert_true(sql_exec(&sql, text));
    sql_close(&sql);
}

static void ignore(void *context, const struct account_name *name)
{
    (void)context;
    (void)name;
}

static void write_sqlite(const char *path, const struct name *names, size_t count)
{
    CLEANUP_BUF struct buf text = {0};
    if (access(path, F_OK) != 0) { /* the driver makes it */
        struct account_source *maker = account_driver_sqlite.make(path);
        struct err err = {0};
        assert_true(account_driver_sqlite.read(maker, ignore, NULL, &err));
        account_driver_sqlite.free(maker);
    }
    buf_add_str(&text, "BEGIN; DELETE FROM account; DELETE FROM alias;");
    for (size_t i = 0; i < count; i++) {
        if (names[i].account[0] == '\0')
            buf_addf(&text, "INSERT INTO account VALUES('%s', '%s');", names[i].login,
                     names[i].account_class);
        else
            buf_addf(&text, "INSERT INTO alias VALUES('%s', '%s');", names[i].login,
                     names[i].account);
    }
    buf_add_str(&text, "COMMIT");
    run_sql(path, buf_str(&text));
}

static const struct {
    const struct account_driver *driver;
    write_fn write;
} DRIVERS[] = {
    {&account_driver_sqlite, write_sqlite},
    {&account_driver_passwd_file, write_passwd},
};
enum { DRIVER_COUNT = sizeof(DRIVERS) / sizeof(DRIVERS[0]) };

/* ---- what each promises ---- */

static void add_name(void *context, const struct account_name *name)
{
    buf_addf(context, "%.*s>%.*s>%.*s\n", SLICE_ARG(name->login), SLICE_ARG(name->account),
             SLICE_ARG(name->account_class));
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is read, its lines sorted; "!" when it cannot be read. */
static void read_sorted(const struct account_driver *driver, struct account_source *source,
                        struct buf *to)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err = {0};
    char *lines[64], *rest = NULL;
    size_t count = 0;
    buf_clear(to);
    if (!driver->read(source, add_name, &text, &err)) {
        assert_int_not_equal(err.code, ERR_NONE);
        assert_true(err.text[0] != '\0');
        buf_add_char(to, '!');
        return;
    }
    buf_add_str(&text, "");
    for (char *line = strtok_r((char *)(uintptr_t)buf_str(&text), "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        lines[count++] = line;
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t i = 0; i < count; i++)
        buf_addf(to, "%s\n", lines[i]);
}

static void expect(const struct account_driver *driver, struct account_source *source,
                   const char *wanted)
{
    CLEANUP_BUF struct buf said = {0};
    read_sorted(driver, source, &said);
    assert_string_equal(buf_str(&said), wanted);
}

static const struct name some[] = {
    {"taro@example.jp", "", "business"},
    {"info@example.jp", "taro@example.jp", ""},
    {"Jiro", "", ""},
};
#define SOME "Jiro>>\ninfo@example.jp>taro@example.jp>\ntaro@example.jp>>business\n"

static void reads_and_notices(size_t i)
{
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "notices-%s", driver->word);
    DRIVERS[i].write(buf_str(&path), some, 3);
    struct account_source *source = driver->make(buf_str(&path));
    assert_true(driver->is_changed(source)); /* nothing was read */
    expect(driver, source, SOME);
    assert_false(driver->is_changed(source));
    expect(driver, source, SOME); /* again all of it */
    assert_false(driver->is_changed(source));
    DRIVERS[i].write(buf_str(&path), some, 1);
    assert_true(driver->is_changed(source));
    assert_true(driver->is_changed(source)); /* until it is read */
    expect(driver, source, "taro@example.jp>>business\n");
    assert_false(driver->is_changed(source));
    DRIVERS[i].write(buf_str(&path), some, 0);
    expect(driver, source, "");
    driver->free(source);
}

/* Another file in its place, while the old one is open. */
static void notices_another_file(size_t i)
{
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0}, other = {0};
    buf_addf(&path, "place-%s", driver->word);
    buf_addf(&other, "other-%s", driver->word);
    DRIVERS[i].write(buf_str(&path), some, 1);
    DRIVERS[i].write(buf_str(&other), some, 3);
    struct account_source *source = driver->make(buf_str(&path));
    expect(driver, source, "taro@example.jp>>business\n");
    assert_int_equal(rename(buf_str(&other), buf_str(&path)), 0);
    assert_true(driver->is_changed(source));
    expect(driver, source, SOME);
    driver->free(source);
}

/* What cannot be read is said, is still to be read, and is read once it can be. */
static void cannot_be_read(size_t i)
{
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "wrong-%s", driver->word);
    struct account_source *source = driver->make(buf_str(&path));
    assert_int_equal(mkdir(buf_str(&path), 0700), 0);
    expect(driver, source, "!");
    assert_true(driver->is_changed(source));
    assert_int_equal(rmdir(buf_str(&path)), 0);
    assert_int_equal(mkfifo(buf_str(&path), 0600), 0);
    expect(driver, source, "!"); /* and does not wait for a writer */
    assert_int_equal(unlink(buf_str(&path)), 0);
    DRIVERS[i].write(buf_str(&path), some, 3);
    expect(driver, source, SOME);
    assert_false(driver->is_changed(source));
    driver->free(source);
    driver->free(NULL);
}

static void all(void **state)
{
    (void)state;
    for (size_t i = 0; i < DRIVER_COUNT; i++) {
        reads_and_notices(i);
        notices_another_file(i);
        cannot_be_read(i);
    }
}

/* ---- each one's own ---- */

static void a_file_of_others(void **state)
{
    (void)state;
    struct account_source *source = account_driver_sqlite.make("others.db");
    sandbox_write("others.db", SLICE(""));
    run_sql("others.db", "CREATE TABLE account(login, class)");
    expect(&account_driver_sqlite, source, "!");
    run_sql("others.db", "DROP TABLE account; PRAGMA application_id=1952735587; "
                         "PRAGMA user_version=2");
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
    struct account_source *source = account_driver_sqlite.make("replaced.db");
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
    struct account_source *source = account_driver_sqlite.make("busy.db");
    write_sqlite("busy.db", some, 1);
    assert_true(sql_open(&sql, "busy.db", SQLITE_OPEN_READWRITE, 5000));
    assert_true(sql_exec(&sql, "BEGIN IMMEDIATE; INSERT INTO account VALUES('x', '')"));
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
    struct account_source *source = account_driver_passwd_file.make("lines");
    expect(&account_driver_passwd_file, source, ">>\n>>\njiro>>\ntaro>>\n");
    account_driver_passwd_file.free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all),
        cmocka_unit_test(a_file_of_others),
        cmocka_unit_test(a_file_that_is_being_replaced),
        cmocka_unit_test(a_writer_who_has_not_committed),
        cmocka_unit_test(lines_that_are_none),
    };
    return cmocka_run_group_tests_name("store/account_driver", tests, sandbox_enter, sandbox_leave);
}
