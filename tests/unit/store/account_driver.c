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

/* NULL: not said. */
struct name {
    const char *login, *account, *account_class; /* account "": one itself */
    const char *secret, *server, *protocols, *networks, *valid_until, *flags;
};

/* ---- how accounts come to be, by driver ---- */

/* Each replaces all that is there. */
typedef void (*write_fn)(const char *path, const struct name *names, size_t count);

/* Words with commas between them. */
static void put_extra(struct buf *to, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    buf_addf(to, "%s=", name);
    for (; *value != '\0'; value++)
        buf_add_char(to, *value == ' ' ? ',' : *value);
    buf_add_char(to, ' ');
}

static void write_passwd(const char *path, const struct name *names, size_t count)
{
    CLEANUP_BUF struct buf text = {0}, next = {0};
    for (size_t i = 0; i < count; i++) {
        const struct name *name = &names[i];
        buf_addf(&text, "%s:%s:1000:1000::/home/x::", name->login,
                 name->secret ? name->secret : "");
        put_extra(&text, "user", name->account);
        put_extra(&text, "todoku_class", name->account_class);
        put_extra(&text, "todoku_server", name->server);
        put_extra(&text, "todoku_protocols", name->protocols);
        put_extra(&text, "allow_nets", name->networks);
        put_extra(&text, "todoku_valid_until", name->valid_until);
        put_extra(&text, "todoku_flags", name->flags);
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

static struct account_source *source_of(const struct account_driver *driver, const char *path)
{
    const struct account_place place = {.path = path, .default_domain = SLICE("example.jp")};
    return driver->make(&place);
}

/* Quoted, with a comma before it. */
static void put_value(struct buf *to, const char *value)
{
    if (value == NULL) {
        buf_add_str(to, ", NULL");
        return;
    }
    buf_add_str(to, ", '");
    for (; *value != '\0'; value++)
        buf_addf(to, "%s%c", *value == '\'' ? "'" : "", *value);
    buf_add_char(to, '\'');
}

static void put_account(struct buf *to, const struct name *name)
{
    buf_addf(to, "INSERT INTO account VALUES('%s'", name->login);
    put_value(to, name->account_class);
    put_value(to, name->server);
    put_value(to, name->secret);
    put_value(to, name->protocols);
    put_value(to, name->networks);
    put_value(to, name->valid_until);
    put_value(to, name->flags);
    buf_add_str(to, ");");
}

static void write_sqlite(const char *path, const struct name *names, size_t count)
{
    CLEANUP_BUF struct buf text = {0};
    if (access(path, F_OK) != 0) { /* the driver makes it */
        struct account_source *maker = source_of(&account_driver_sqlite, path);
        struct err err = {0};
        assert_true(account_driver_sqlite.read(maker, ignore, NULL, &err));
        account_driver_sqlite.free(maker);
    }
    buf_add_str(&text, "BEGIN; DELETE FROM account; DELETE FROM alias;");
    for (size_t i = 0; i < count; i++) {
        if (names[i].account[0] == '\0')
            put_account(&text, &names[i]);
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
    {.login = "taro@example.jp", .account = "", .account_class = "business"},
    {.login = "info@example.jp", .account = "taro@example.jp"},
    {.login = "Jiro", .account = ""},
};
#define SOME "Jiro>>\ninfo@example.jp>taro@example.jp>\ntaro@example.jp>>business\n"

static void reads_and_notices(size_t i)
{
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "notices-%s", driver->word);
    DRIVERS[i].write(buf_str(&path), some, 3);
    struct account_source *source = source_of(driver, buf_str(&path));
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
    struct account_source *source = source_of(driver, buf_str(&path));
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
    struct account_source *source = source_of(driver, buf_str(&path));
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

/* ---- finding ---- */

static void put_row(void *context, const struct account_row *row)
{
    buf_addf(context, "%.*s class=%.*s server=%.*s secret=%.*s protocols=%x networks=%.*s until=",
             SLICE_ARG(row->login), SLICE_ARG(row->account_class), SLICE_ARG(row->server),
             SLICE_ARG(row->secret), row->protocols, SLICE_ARG(row->networks));
    if (row->valid_until_us == INT64_MAX)
        buf_add_str(context, "never");
    else
        buf_addf(context, "%lld", (long long)(row->valid_until_us / 1000000));
    buf_addf(context, " flags=%.*s fault=%.*s", SLICE_ARG(row->flags), SLICE_ARG(row->fault));
    for (size_t i = 0; i < row->app_count; i++)
        buf_addf(context, " app=%.*s", SLICE_ARG(row->apps[i].name));
}

/* The row as text; "unknown", or "trouble". */
static void expect_found(const struct account_driver *driver, struct account_source *source,
                         const char *login, const char *wanted)
{
    CLEANUP_BUF struct buf said = {0};
    struct err err = {0};
    switch (driver->find(source, slice_from_str(login), put_row, &said, &err)) {
    case ACCOUNT_FOUND:
        assert_int_equal(err.code, ERR_NONE);
        break;
    case ACCOUNT_UNKNOWN:
        assert_int_equal(said.len, 0);
        assert_int_equal(err.code, ERR_NONE);
        buf_add_str(&said, "unknown");
        break;
    case ACCOUNT_TROUBLE:
        assert_int_equal(said.len, 0);
        assert_int_not_equal(err.code, ERR_NONE);
        buf_add_str(&said, "trouble");
        break;
    }
    assert_string_equal(buf_str(&said), wanted);
}

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
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "finds-%s", driver->word);
    DRIVERS[i].write(buf_str(&path), people, sizeof(people) / sizeof(people[0]));
    struct account_source *source = source_of(driver, buf_str(&path));
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

static uint64_t state_of(const struct account_driver *driver, struct account_source *source)
{
    uint64_t state = 0;
    return driver->state(source, &state) ? state : 0;
}

/* What was written before a find is found, as often as it is asked, and however quickly. */
static void finds_what_is_there_now(size_t i)
{
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "now-%s", driver->word);
    DRIVERS[i].write(buf_str(&path), people, 1);
    struct account_source *source = source_of(driver, buf_str(&path));
    struct account_source *other = source_of(driver, buf_str(&path));
    expect_found(driver, source, "jiro", "unknown");
    for (int turn = 0; turn < 20; turn++) {
        struct name changed = people[3];
        uint64_t before = state_of(driver, source);
        changed.flags = turn % 2 == 0 ? "suspended" : "";
        DRIVERS[i].write(buf_str(&path), &changed, 1);
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
    const struct account_driver *driver = DRIVERS[i].driver;
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "gone-%s", driver->word);
    struct account_source *source = source_of(driver, buf_str(&path));
    assert_int_equal(mkdir(buf_str(&path), 0700), 0);
    expect_found(driver, source, "jiro", "trouble");
    assert_int_equal(state_of(driver, source) != 0 && driver == &account_driver_sqlite, 0);
    assert_int_equal(rmdir(buf_str(&path)), 0);
    DRIVERS[i].write(buf_str(&path), people, 4);
    expect_found(driver, source, "jiro", JIRO);
    assert_int_equal(unlink(buf_str(&path)), 0);
    expect_found(driver, source, "jiro", "trouble");
    expect_found(driver, source, "nobody", "trouble");
    driver->free(source);
}

static void all(void **state)
{
    (void)state;
    for (size_t i = 0; i < DRIVER_COUNT; i++) {
        reads_and_notices(i);
        notices_another_file(i);
        cannot_be_read(i);
        finds(i);
        finds_what_is_there_now(i);
        finds_nothing_where_nothing_is(i);
    }
}

/* ---- each one's own ---- */

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
    write_sqlite("apart.db", people, 4);
    run_sql("apart.db", "INSERT INTO app_password(login, name, secret) VALUES('jiro', 'x', 'y')");
    struct account_source *source = source_of(driver, "apart.db");
    assert_true(driver->read(source, ignore, NULL, NULL));
    uint64_t first = state_of(driver, source);
    run_sql("apart.db", "UPDATE app_password SET last_used = 1800000000");
    assert_int_equal(state_of(driver, source), first);
    assert_false(driver->is_changed(source));
    run_sql("apart.db", "UPDATE account SET flags = 'suspended' WHERE login = 'jiro'");
    uint64_t second = state_of(driver, source);
    assert_int_not_equal(second, first);
    assert_false(driver->is_changed(source));
    run_sql("apart.db", "DELETE FROM app_password");
    assert_int_not_equal(state_of(driver, source), second);
    assert_false(driver->is_changed(source));
    run_sql("apart.db", "UPDATE account SET class = 'shop' WHERE login = 'jiro'");
    assert_true(driver->is_changed(source));
    driver->free(source);
}

/* 64 are read; with one more nothing is permitted that nobody has looked at. */
static void too_many_app_passwords(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf said = {0};
    write_sqlite("apps.db", people, 4);
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
        cmocka_unit_test(all),
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
    return cmocka_run_group_tests_name("store/account_driver", tests, sandbox_enter, sandbox_leave);
}
