/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of every kind by what lookup_table.h promises: the same questions have the same answers,
 * files are read again when they changed, and whatever breaks is told and changes nothing.
 */
#include "store/lookup_table.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/lmdb_table.h"
#include "io/sandbox.h"

static const struct lookup_options options = {.key = {{3, 4}}};

/* KIND:<the sandbox>/NAME and what is behind. */
static struct buf spec_of(const char *kind, const char *name, const char *more)
{
    char folder[200];
    struct buf spec = {0};
    assert_non_null(getcwd(folder, sizeof(folder)));
    buf_addf(&spec, "%s:%s/%s%s", kind, folder, name, more);
    return spec;
}

static struct lookup_table *open_as(const char *kind, const char *name, const char *more,
                                    struct err *err)
{
    CLEANUP_BUF struct buf spec = spec_of(kind, name, more);
    return lookup_table_open(buf_slice(&spec), &options, err);
}

static struct lookup_table *must_open(const char *kind, const char *name, const char *more)
{
    struct err err;
    struct lookup_table *table = open_as(kind, name, more, &err);
    if (table == NULL)
        fail_msg("%s", err.text);
    return table;
}

static void check_find(struct lookup_table *table, const char *key, const char *expected)
{
    CLEANUP_BUF struct buf value = {0};
    struct err err = {0};
    buf_add_str(&value, "<");
    switch (lookup_table_find(table, slice_from_str(key), true, &value, &err)) {
    case LOOKUP_FOUND:
        assert_string_equal(buf_str(&value) + 1, expected);
        return;
    case LOOKUP_MISSING:
        assert_string_equal("-", expected);
        break;
    case LOOKUP_WAITS:
        fail();
        break;
    case LOOKUP_TROUBLE:
        if (expected[0] != '!' || strstr(err.text, expected + 1) == NULL)
            fail_msg("%s: %s", key, err.text);
        break;
    }
    assert_int_equal(value.len, 1);
}

static void write_lmdb(const char *name, const struct row *rows, size_t count)
{
    struct err err;
    struct lmdb_table *table = lmdb_table_open(name, LMDB_TABLE_WRITE, &err);
    assert_non_null(table);
    assert_true(lmdb_table_write(table, rows, count, &err));
    lmdb_table_close(table);
}

static void write_sqlite(const char *name, const char *statements)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(name, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

#define QUERY "?SELECT value FROM t WHERE key = :key"

/* ---- every kind ---- */

static void conforms(struct lookup_table *table, bool answers_at_once)
{
    CLEANUP_BUF struct buf value = {0};
    struct err err;
    enum lookup_found found = lookup_table_find(table, SLICE("b"), false, &value, &err);
    assert_int_equal(found, answers_at_once ? LOOKUP_FOUND : LOOKUP_WAITS);
    check_find(table, "taro@example.jp", "mb1");
    check_find(table, "TARO@Example.JP", "mb1");
    check_find(table, "b", "mb2");
    check_find(table, "taro", "-");
    check_find(table, "", "-");
    check_find(table, "'; DROP TABLE t", "-");
    char large[LOOKUP_KEY_MAX + 2] = {0};
    memset(large, 'k', LOOKUP_KEY_MAX);
    check_find(table, large, "-");
    large[LOOKUP_KEY_MAX] = 'k';
    check_find(table, large, "-");
    struct lookup_table *twin = lookup_table_twin(table);
    check_find(twin, "b", "mb2");
    lookup_table_unref(table);
    check_find(twin, "taro@example.jp", "mb1");
    lookup_table_unref(twin);
}

static void every_kind_answers_alike(void **state)
{
    (void)state;
    const struct row rows[] = {{.key = SLICE("taro@example.jp"), .value = SLICE("mb1")},
                               {.key = SLICE("b\0"), .value = SLICE("mb2\0")}};
    sandbox_write("t", SLICE("Taro@example.jp mb1\nb mb2\n"));
    sandbox_write("aliases", SLICE("b: mb2\n\"taro\": no\n"));
    sandbox_write("users", SLICE("taro@example.jp:{PLAIN}x::::::todoku_server=mb1\n"
                                 "b:::::::todoku_server=mb2\ninfo:::::::user=b\n"));
    write_lmdb("t.lmdb", rows, 2);
    write_sqlite("t.db", "CREATE TABLE t(key TEXT, value TEXT);"
                         "INSERT INTO t VALUES('taro@example.jp', 'mb1'), ('b', 'mb2')");
    conforms(must_open("text", "t", ""), true);
    conforms(must_open("lmdb", "t", ""), true);
    conforms(must_open("sqlite", "t.db", QUERY), false);
    conforms(must_open("passwd-file", "users", ""), true);
    conforms(lookup_table_open(SLICE("inline:{taro@example.jp=mb1 b=mb2}"), &options, NULL), true);
    lookup_table_unref(NULL);
}

static void aliases_and_static(void **state)
{
    (void)state;
    sandbox_write("aliases", SLICE("Root: taro, \"|cmd a\"\n"));
    struct lookup_table *table = must_open("alias", "aliases", "");
    check_find(table, "root", "taro, \"|cmd a\"");
    lookup_table_unref(table);
    table = lookup_table_open(SLICE("static:mb9"), &options, NULL);
    check_find(table, "whoever", "mb9");
    assert_false(lookup_table_is_old(table));
    lookup_table_unref(table);
}

static void a_passwd_file_has_users_or_accounts(void **state)
{
    (void)state;
    struct err err;
    const struct lookup_options users = {.wants_users = true};
    sandbox_write("users", SLICE("taro:{PLAIN}secret\ninfo:{PLAIN}x::::::user=taro\nbad line\n"));
    struct lookup_table *table = must_open("passwd-file", "users", "");
    check_find(table, "taro", "");
    check_find(table, "info", "-");
    struct lookup_numbers numbers = lookup_table_numbers(table);
    assert_int_equal(numbers.rows, 1);
    assert_int_equal(numbers.faults, 1);
    assert_int_equal(numbers.first_line, 3);
    lookup_table_unref(table);
    CLEANUP_BUF struct buf spec = spec_of("passwd-file", "users", "");
    table = lookup_table_open(buf_slice(&spec), &users, &err);
    check_find(table, "taro", "-");
    check_find(table, "info", "taro");
    lookup_table_unref(table);
}

static void only_memory_has_patterns(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf value = {0};
    const struct row rows[] = {{.key = SLICE("*@a"), .value = SLICE("mb1")}};
    sandbox_write("t", SLICE("*@a mb1\n"));
    write_lmdb("p.lmdb", rows, 1);
    struct lookup_table *text = must_open("text", "t", ""), *lmdb = must_open("lmdb", "p", "");
    assert_true(lookup_table_find_pattern(text, SLICE("x@a"), &value));
    assert_string_equal(buf_str(&value), "mb1");
    assert_false(lookup_table_find_pattern(text, SLICE("x@b"), &value));
    assert_false(lookup_table_find_pattern(lmdb, SLICE("x@a"), &value));
    lookup_table_unref(text);
    lookup_table_unref(lmdb);
}

/* ---- files change ---- */

static void a_file_that_changed_is_old(void **state)
{
    (void)state;
    struct err err;
    sandbox_write("t", SLICE("a 1\n"));
    struct lookup_table *table = must_open("text", "t", "");
    sandbox_write("u", SLICE("a 2\n"));
    assert_int_equal(rename("u", "t"), 0);
    assert_true(lookup_table_is_old(table));
    check_find(table, "a", "1");
    struct lookup_table *next = lookup_table_again(table, &err);
    check_find(next, "a", "2");
    check_find(table, "a", "1"); /* who still has it sees it whole */
    lookup_table_unref(table);
    unlink("t");
    assert_true(lookup_table_is_old(next));
    assert_null(lookup_table_again(next, &err));
    assert_non_null(strstr(err.text, "No such file"));
    check_find(next, "a", "2");
    lookup_table_unref(next);
}

static void replaced_files_are_asked_anew(void **state)
{
    (void)state;
    const struct row before[] = {{.key = SLICE("a"), .value = SLICE("1")}};
    const struct row after[] = {{.key = SLICE("a"), .value = SLICE("2")}};
    write_lmdb("r.lmdb", before, 1);
    write_lmdb("s.lmdb", after, 1);
    struct lookup_table *table = must_open("lmdb", "r", "");
    check_find(table, "a", "1");
    assert_int_equal(rename("s.lmdb", "r.lmdb"), 0);
    check_find(table, "a", "2");
    unlink("r.lmdb");
    check_find(table, "a", "!No such file");
    lookup_table_unref(table);
    write_sqlite("r.db", "CREATE TABLE t(key, value); INSERT INTO t VALUES('a', '1')");
    write_sqlite("s.db", "CREATE TABLE t(key, value); INSERT INTO t VALUES('a', '2'), ('a', '3')");
    table = must_open("sqlite", "r.db", QUERY);
    check_find(table, "a", "1");
    assert_int_equal(rename("s.db", "r.db"), 0);
    check_find(table, "a", "2,3");
    unlink("r.db");
    check_find(table, "a", "!is not there");
    lookup_table_unref(table);
}

/* ---- what breaks ---- */

static void check_refused(const char *kind, const char *name, const char *more, const char *why)
{
    struct err err = {0};
    struct lookup_table *table = open_as(kind, name, more, &err);
    assert_null(table);
    if (strstr(err.text, why) == NULL)
        fail_msg("%s:%s%s: %s", kind, name, more, err.text);
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const char *const files[] = {"text", "alias", "passwd-file", "lmdb"};
    mkdir("folder", 0755);
    mkdir("folder.lmdb", 0755);
    mkfifo("fifo", 0600);
    sandbox_write("text.db", SLICE("no database at all, but a text that is long enough"));
    sandbox_write("text.lmdb", SLICE("no table"));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        check_refused(files[i], "none", "", "No such file");
    for (size_t i = 0; i < 3; i++) {
        check_refused(files[i], "folder", "", "directory");
        check_refused(files[i], "fifo", "", "FIFO");
    }
    check_refused("lmdb", "text", "", "no LMDB file");
    check_refused("sqlite", "none.db", QUERY, "is not there");
    check_refused("sqlite", "folder", QUERY, "no file");
    check_refused("sqlite", "text.db", QUERY, "not a database");
    assert_int_not_equal(access("none.db", F_OK), 0);
}

static void wrong_queries_are_refused(void **state)
{
    (void)state;
    write_sqlite("q.db", "CREATE TABLE t(key, value)");
    check_refused("sqlite", "q.db", "?SELECT value FROM absent WHERE key = :key", "no such table");
    check_refused("sqlite", "q.db", "?SELEC", "syntax error");
    check_refused("sqlite", "q.db", "?SELECT value FROM t WHERE key = '%s'", "no :key");
    check_refused("sqlite", "q.db", "?SELECT value FROM t WHERE key = ?", "none of :key");
    check_refused("sqlite", "q.db", "?SELECT value FROM t WHERE key = :mail", "none of :key");
    check_refused("sqlite", "q.db", "?DELETE FROM t WHERE key = :key", "no SELECT");
    struct lookup_table *table =
        must_open("sqlite", "q.db", "?SELECT :user || '|' || :domain || '|' || :key");
    check_find(table, "Taro@Example.JP", "taro|example.jp|taro@example.jp");
    check_find(table, "taro", "taro||taro");
    check_find(table, "@a", "|a|@a");
    lookup_table_unref(table);
}

static void a_query_has_a_deadline_and_bounds(void **state)
{
    (void)state;
    const struct lookup_options quick = {.timeout_us = 20000};
    write_sqlite("d.db", "CREATE TABLE t(key, value)");
    CLEANUP_BUF struct buf spec = spec_of(
        "sqlite", "d.db",
        "?WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CASE :key WHEN "
        "'slow' THEN 1000000000000 WHEN 'many' THEN 1001 ELSE 3 END) SELECT CASE :key WHEN 'slow' "
        "THEN max(i) OVER () WHEN 'large' THEN hex(zeroblob(40000)) ELSE i END FROM n");
    struct lookup_table *table = lookup_table_open(buf_slice(&spec), &quick, NULL);
    assert_non_null(table);
    check_find(table, "slow", "!took longer than 20 ms");
    check_find(table, "few", "1,2,3");
    lookup_table_unref(table);
    table = lookup_table_open(buf_slice(&spec), &options, NULL);
    check_find(table, "many", "!more than 1000 rows");
    check_find(table, "large", "!more than 65536 bytes");
    check_find(table, "few", "1,2,3");
    lookup_table_unref(table);
}

/* A process that writes it holds the whole file. */
static void a_locked_table_says_that_it_waits(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf value = {0};
    struct err err;
    const struct row rows[] = {{.key = SLICE("a"), .value = SLICE("1")}};
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    write_lmdb("l.lmdb", rows, 1);
    struct lookup_table *table = must_open("lmdb", "l", "");
    int fd = open("l.lmdb", O_RDWR | O_CLOEXEC);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
    assert_int_equal(lookup_table_find(table, SLICE("a"), false, &value, &err), LOOKUP_WAITS);
    close(fd);
    assert_int_equal(lookup_table_find(table, SLICE("a"), false, &value, &err), LOOKUP_FOUND);
    lookup_table_unref(table);
}

/* ---- threads ---- */

enum { ROUNDS = 200, PAIRS = 50 };

struct reader {
    struct lookup_table *table; /* its own reference */
};

static void *read_whole(void *argument)
{
    struct reader *reader = argument;
    char name[16];
    CLEANUP_BUF struct buf first = {0}, each = {0};
    bool whole = true;
    for (int i = 0; i < PAIRS; i++) {
        snprintf(name, sizeof(name), "k%d", i);
        buf_clear(&each);
        whole = whole && lookup_table_find(reader->table, slice_from_str(name), false, &each,
                                           NULL) == LOOKUP_FOUND;
        if (i == 0)
            buf_add(&first, buf_slice(&each));
        whole = whole && slice_eq(buf_slice(&first), buf_slice(&each));
    }
    lookup_table_unref(reader->table);
    reader->table = NULL;
    return whole ? reader : NULL;
}

/* Readers that have one table while others take its place. */
static void readers_see_one_table(void **state)
{
    (void)state;
    struct lookup_table *table = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        CLEANUP_BUF struct buf text = {0};
        for (int i = 0; i < PAIRS; i++)
            buf_addf(&text, "k%d v%d\n", i, round);
        sandbox_write("new", buf_slice(&text));
        assert_int_equal(rename("new", "t"), 0);
        struct lookup_table *before = table;
        table = before != NULL ? lookup_table_again(before, NULL) : must_open("text", "t", "");
        lookup_table_unref(before);
        struct reader readers[2];
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) {
            readers[i].table = lookup_table_ref(table);
            assert_int_equal(pthread_create(&threads[i], NULL, read_whole, &readers[i]), 0);
        }
        if (round % 2 == 0) { /* gone while they read */
            lookup_table_unref(table);
            table = NULL;
        }
        for (int i = 0; i < 2; i++) {
            void *whole;
            assert_int_equal(pthread_join(threads[i], &whole), 0);
            assert_non_null(whole);
        }
    }
    lookup_table_unref(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_answers_alike),
        cmocka_unit_test(aliases_and_static),
        cmocka_unit_test(a_passwd_file_has_users_or_accounts),
        cmocka_unit_test(only_memory_has_patterns),
        cmocka_unit_test(a_file_that_changed_is_old),
        cmocka_unit_test(replaced_files_are_asked_anew),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(wrong_queries_are_refused),
        cmocka_unit_test(a_query_has_a_deadline_and_bounds),
        cmocka_unit_test(a_locked_table_says_that_it_waits),
        cmocka_unit_test(readers_see_one_table),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
