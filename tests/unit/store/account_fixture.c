/* SPDX-License-Identifier: Apache-2.0
 *
 * See account_fixture.h.
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
#ifdef TD_TEST_SERVERS
#include "store/sql_servers.h"
#endif

/* ---- how accounts come to be, by driver ---- */

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

void run_sql(const char *path, const char *text)
{
    struct sql sql = {0};
    assert_true(sql_open(&sql, path, SQLITE_OPEN_READWRITE, 5000));
    assert_true(sql_exec(&sql, text));
    sql_close(&sql);
}

void ignore_name(void *context, const struct account_name *name)
{
    (void)context;
    (void)name;
}

struct account_source *source_of(const struct account_driver *driver, const char *path)
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

static void put_account(struct buf *to, const char *table, const struct name *name)
{
    buf_addf(to, "INSERT INTO %s VALUES('%s'", table, name->login);
    put_value(to, name->account_class);
    put_value(to, name->server);
    put_value(to, name->secret);
    put_value(to, name->protocols);
    put_value(to, name->networks);
    put_value(to, name->valid_until);
    put_value(to, name->flags);
    buf_add_str(to, ");");
}

void write_sqlite(const char *path, const struct name *names, size_t count)
{
    CLEANUP_BUF struct buf text = {0};
    if (access(path, F_OK) != 0) { /* the driver makes it */
        struct account_source *maker = source_of(&account_driver_sqlite, path);
        struct err err = {0};
        assert_true(account_driver_sqlite.read(maker, ignore_name, NULL, &err));
        account_driver_sqlite.free(maker);
    }
    buf_add_str(&text, "BEGIN; DELETE FROM account; DELETE FROM alias;");
    for (size_t i = 0; i < count; i++) {
        if (names[i].account[0] == '\0')
            put_account(&text, "account", &names[i]);
        else
            buf_addf(&text, "INSERT INTO alias VALUES('%s', '%s');", names[i].login,
                     names[i].account);
    }
    buf_add_str(&text, "COMMIT");
    run_sql(path, buf_str(&text));
}

/* ---- servers ---- */

#ifdef TD_TEST_SERVERS
static struct sql_server servers[2]; /* PostgreSQL, MariaDB */

/* Letters, digits and _ of a name. */
static void put_table(struct buf *to, const char *name)
{
    buf_add_str(to, "mail.t_");
    for (; *name != '\0'; name++)
        buf_add_char(to, *name == '-' ? '_' : *name);
}

static struct account_source *server_source(size_t i, const char *name)
{
    CLEANUP_BUF struct buf table = {0}, query = {0}, names = {0};
    struct account_place place = sql_server_place(&servers[i]);
    put_table(&table, name);
    buf_addf(&query,
             "WITH RECURSIVE t AS (SELECT * FROM %s), chain(login, account, steps) AS (SELECT "
             "login, account, 0 FROM t WHERE lower(login) = :login UNION ALL SELECT t.login, "
             "t.account, steps + 1 FROM t JOIN chain ON lower(t.login) = lower(chain.account) "
             "WHERE steps < 8) SELECT t.login, t.class, t.secret, t.server, t.protocols, "
             "t.networks, t.valid_until, t.flags FROM t JOIN chain ON t.login = chain.login WHERE "
             "t.account = ''",
             buf_str(&table));
    buf_addf(&names, "SELECT login, account, class FROM %s", buf_str(&table));
    place.query = buf_str(&query);
    place.names_query = buf_str(&names);
    return account_kinds[ACCOUNT_FILE_KINDS + i].driver->make(&place);
}

static void server_write(size_t i, const char *name, const struct name *names, size_t count)
{
    CLEANUP_BUF struct buf table = {0}, text = {0};
    put_table(&table, name);
    buf_addf(&text,
             "CREATE TABLE IF NOT EXISTS %s(login VARCHAR(100), class VARCHAR(50), server "
             "VARCHAR(50), secret VARCHAR(200), protocols VARCHAR(50), networks VARCHAR(100), "
             "valid_until VARCHAR(50), flags VARCHAR(50), account VARCHAR(100));"
             "BEGIN; DELETE FROM %s;",
             buf_str(&table), buf_str(&table));
    for (size_t k = 0; k < count; k++) {
        put_account(&text, buf_str(&table), &names[k]);
        text.len -= 2; /* what ends it */
        put_value(&text, names[k].account);
        buf_add_str(&text, ");");
    }
    buf_add_str(&text, "COMMIT");
    sql_server_do(&servers[i], buf_str(&text));
}

static struct account_source *postgresql_source(const char *name)
{
    return server_source(0, name);
}

static struct account_source *mysql_source(const char *name)
{
    return server_source(1, name);
}

static void postgresql_write(const char *name, const struct name *names, size_t count)
{
    server_write(0, name, names, count);
}

static void mysql_write(const char *name, const struct name *names, size_t count)
{
    server_write(1, name, names, count);
}

void account_servers_begin(void)
{
    sql_server_make(&servers[0], false);
    sql_server_make(&servers[1], true);
}

void account_servers_end(void)
{
    sql_server_kill(&servers[0]);
    sql_server_kill(&servers[1]);
}
#endif

static struct account_source *sqlite_source(const char *name)
{
    return source_of(&account_driver_sqlite, name);
}

static struct account_source *passwd_source(const char *name)
{
    return source_of(&account_driver_passwd_file, name);
}

const struct account_kind account_kinds[] = {
    {&account_driver_sqlite, write_sqlite, sqlite_source, true},
    {&account_driver_passwd_file, write_passwd, passwd_source, true},
#ifdef TD_TEST_SERVERS
    {&account_driver_postgresql, postgresql_write, postgresql_source, false},
    {&account_driver_mysql, mysql_write, mysql_source, false},
#endif
};

size_t account_kind_count(void)
{
    return sizeof(account_kinds) / sizeof(account_kinds[0]);
}

/* ---- what a driver says ---- */

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

void expect(const struct account_driver *driver, struct account_source *source, const char *wanted)
{
    CLEANUP_BUF struct buf said = {0};
    read_sorted(driver, source, &said);
    assert_string_equal(buf_str(&said), wanted);
}

void put_row(void *context, const struct account_row *row)
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
void expect_found(const struct account_driver *driver, struct account_source *source,
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

uint64_t state_of(const struct account_driver *driver, struct account_source *source)
{
    uint64_t state = 0;
    return driver->state(source, &state) ? state : 0;
}
