/* SPDX-License-Identifier: Apache-2.0
 *
 * The table that Postfix reads, with our own reader in other processes: all or nothing, whatever
 * breaks. tests/e2e/test_lmdb_table.py does it with Postfix' readers.
 */
#include "io/lmdb_table.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/sandbox.h"

#define FILE_NAME "routes.lmdb"

static struct lmdb_table *open_table(enum lmdb_table_use use)
{
    struct err err;
    struct lmdb_table *table = lmdb_table_open(FILE_NAME, use, &err);
    if (table == NULL)
        fail_msg("%s", err.text);
    return table;
}

/* `count` rows k0 ... with the value of a round. */
static struct row_set rows_of(unsigned count, unsigned round, size_t padding)
{
    struct row_set set = {0};
    char key[32];
    CLEANUP_BUF struct buf value = {0};
    buf_addf(&value, "round%u:", round);
    for (size_t i = 0; i < padding; i++)
        buf_add_char(&value, 'x');
    for (unsigned i = 0; i < count; i++) {
        int len = snprintf(key, sizeof(key), "k%u.example", i);
        row_set_add(&set, slice_of(key, (size_t)len), buf_slice(&value));
    }
    row_set_sort(&set);
    return set;
}

static bool write_set(struct lmdb_table *table, const struct row_set *set, struct err *err)
{
    return lmdb_table_write(table, set->rows, set->count, err);
}

static void write_round(struct lmdb_table *table, unsigned count, unsigned round, size_t padding)
{
    struct err err;
    struct row_set set = rows_of(count, round, padding);
    if (!write_set(table, &set, &err))
        fail_msg("%s", err.text);
    row_set_done(&set);
}

/* All rows have the value of one round; returns how many there are. For children too. */
static size_t read_round(struct lmdb_table *table, bool *whole)
{
    struct row_set set = {0};
    struct err err;
    *whole = lmdb_table_read(table, &set, &err);
    for (size_t i = 1; *whole && i < set.count; i++)
        *whole = slice_eq(set.rows[i].value, set.rows[0].value);
    size_t count = set.count;
    row_set_done(&set);
    return count;
}

static void check_count(struct lmdb_table *table, size_t count)
{
    bool whole;
    size_t got = read_round(table, &whole);
    assert_true(whole);
    assert_int_equal(got, count);
}

static int enter_empty(void **state)
{
    (void)state;
    unlink(FILE_NAME);
    return 0;
}

/* ---- what it does ---- */

static void rows_come_and_go(void **state)
{
    (void)state;
    struct err err;
    assert_null(lmdb_table_open(FILE_NAME, LMDB_TABLE_READ, &err));
    assert_int_equal(err.code, ERR_IO);
    mode_t before = umask(077);
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    umask(before);
    struct stat facts;
    assert_int_equal(stat(FILE_NAME, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0644);
    check_count(table, 0);
    const struct row rows[] = {
        {.key = SLICE("b"), .value = SLICE("out-b:")},
        {.key = SLICE("\0k"), .value = SLICE("\0v")},
        {.key = SLICE("a"), .value = SLICE("")},
        {.key = SLICE("never there")},
    };
    assert_true(lmdb_table_write(table, rows, 4, &err));
    struct row_set set = {0};
    assert_true(lmdb_table_read(table, &set, &err));
    assert_int_equal(set.count, 3);
    assert_true(slice_eq(set.rows[0].key, SLICE("\0k")));
    assert_true(slice_eq(row_set_find(&set, SLICE("b"))->value, SLICE("out-b:")));
    assert_int_equal(row_set_find(&set, SLICE("a"))->value.len, 0);
    row_set_done(&set);
    assert_true(lmdb_table_write(table, &(struct row){.key = SLICE("b")}, 1, &err));
    assert_true(lmdb_table_write(table, NULL, 0, &err));
    lmdb_table_close(table);
    table = open_table(LMDB_TABLE_READ);
    assert_true(lmdb_table_read(table, &set, &err));
    assert_int_equal(set.count, 2);
    row_set_done(&set);
    lmdb_table_close(table);
    lmdb_table_close(NULL);
}

static void keys_are_bounded(void **state)
{
    (void)state;
    struct err err;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    char key[LMDB_TABLE_KEY_MAX + 1];
    memset(key, 'a', sizeof(key));
    struct row rows[] = {
        {.key = SLICE("b"), .value = SLICE("v")},
        {.key = {key, sizeof(key)}, .value = SLICE("v")},
    };
    assert_false(lmdb_table_write(table, rows, 2, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    rows[1].key.len = 0;
    assert_false(lmdb_table_write(table, rows, 2, &err));
    check_count(table, 0);
    rows[1].key.len = LMDB_TABLE_KEY_MAX;
    assert_true(lmdb_table_write(table, rows, 2, &err));
    check_count(table, 2);
    lmdb_table_close(table);
}

/* 16 MiB are what it begins with; another process has it open with a map of that size. */
static void the_map_grows_under_readers(void **state)
{
    (void)state;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    struct lmdb_table *reader = open_table(LMDB_TABLE_READ);
    struct lmdb_table *writer = open_table(LMDB_TABLE_WRITE);
    write_round(table, 2000, 1, 10000);
    struct stat facts;
    assert_int_equal(stat(FILE_NAME, &facts), 0);
    assert_true(facts.st_size > (off_t)16 << 20);
    check_count(reader, 2000);
    write_round(writer, 2000, 2, 10);
    check_count(table, 2000);
    check_count(reader, 2000);
    lmdb_table_close(table);
    lmdb_table_close(reader);
    lmdb_table_close(writer);
}

/* ---- what breaks ---- */

static void a_full_map_is_told_and_changes_nothing(void **state)
{
    (void)state;
    struct err err;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    write_round(table, 10, 1, 0);
    char *large = mem_new(1, (size_t)64 << 20);
    struct row rows[20];
    char keys[20][8];
    for (size_t i = 0; i < 20; i++) {
        int len = snprintf(keys[i], sizeof(keys[i]), "l%zu", i);
        rows[i] = (struct row){.key = {keys[i], (size_t)len}, .value = {large, (size_t)64 << 20}};
    }
    assert_false(lmdb_table_write(table, rows, 20, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    mem_free(large);
    check_count(table, 10);
    write_round(table, 11, 2, 0);
    check_count(table, 11);
    lmdb_table_close(table);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void writes_that_the_system_refuses(void **state)
{
    (void)state;
    struct err err;
    struct rlimit before;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    write_round(table, 10, 1, 0);
    struct row_set large = rows_of(1000, 2, 1000);
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t bytes = 0; bytes < 1000000; bytes += 70000) {
        limit_files(bytes);
        assert_false(write_set(table, &large, &err));
        assert_int_equal(err.code, ERR_IO);
        limit_files(before.rlim_cur);
        check_count(table, 10);
    }
    assert_true(write_set(table, &large, &err));
    check_count(table, 1000);
    signal(SIGXFSZ, SIG_DFL);
    row_set_done(&large);
    lmdb_table_close(table);
}

static void a_full_disk(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(mkdir("disk", 0755), 0);
    if (mount("tmpfs", "disk", "tmpfs", 0, "size=256k") != 0) {
        rmdir("disk");
        skip();
        return;
    }
    struct lmdb_table *table = lmdb_table_open("disk/" FILE_NAME, LMDB_TABLE_WRITE, &err);
    assert_non_null(table);
    write_round(table, 10, 1, 0);
    struct row_set large = rows_of(1000, 2, 1000);
    assert_false(write_set(table, &large, &err));
    assert_non_null(strstr(err.text, "full"));
    check_count(table, 10);
    assert_int_equal(mount("tmpfs", "disk", "tmpfs", MS_REMOUNT, "size=64m"), 0);
    assert_true(write_set(table, &large, &err));
    check_count(table, 1000);
    row_set_done(&large);
    lmdb_table_close(table);
    assert_int_equal(umount("disk"), 0);
}

static void what_is_no_table(void **state)
{
    (void)state;
    struct err err;
    CLEANUP_BUF struct buf junk = {0};
    for (int i = 0; i < 1000; i++)
        buf_add_str(&junk, "no table at all\n");
    sandbox_write(FILE_NAME, buf_slice(&junk));
    assert_null(lmdb_table_open(FILE_NAME, LMDB_TABLE_WRITE, &err));
    assert_int_equal(err.code, ERR_INPUT);
    assert_null(lmdb_table_open(FILE_NAME "/below", LMDB_TABLE_WRITE, &err));
    assert_non_null(strstr(err.text, strerror(ENOTDIR)));
    assert_null(lmdb_table_open("/", LMDB_TABLE_WRITE, &err));
    assert_null(lmdb_table_open("/proc/version", LMDB_TABLE_WRITE, &err));
}

static void a_file_that_was_replaced(void **state)
{
    (void)state;
    struct err err;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    write_round(table, 5, 1, 0);
    assert_int_equal(unlink(FILE_NAME), 0);
    check_count(table, 0); /* made anew */
    write_round(table, 6, 2, 0);
    struct lmdb_table *reader = open_table(LMDB_TABLE_READ);
    check_count(reader, 6);
    assert_int_equal(unlink(FILE_NAME), 0);
    struct row_set set = {0};
    assert_false(lmdb_table_read(reader, &set, &err));
    assert_int_equal(err.code, ERR_IO);
    write_round(table, 7, 3, 0);
    check_count(reader, 7);
    lmdb_table_close(reader);
    lmdb_table_close(table);
}

/* A reader that hangs in the middle of a look-up, with a lock as Postfix has it. */
static void a_lock_has_a_deadline(void **state)
{
    (void)state;
    struct err err;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    write_round(table, 5, 1, 0);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        int fd = open(FILE_NAME, O_RDONLY);
        bool locked = fcntl(fd, F_SETLK, &whole) == 0;
        if (write(ready[1], locked ? "y" : "n", 1) != 1 || !locked)
            _exit(1);
        for (;;)
            pause();
    }
    char said = 0;
    assert_int_equal(read(ready[0], &said, 1), 1);
    assert_int_equal(said, 'y');
    check_count(table, 5); /* readers do not keep each other out */
    struct row_set set = rows_of(6, 2, 0);
    assert_false(write_set(table, &set, &err));
    assert_non_null(strstr(err.text, "locked by another process"));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(write_set(table, &set, &err));
    check_count(table, 6);
    row_set_done(&set);
    close(ready[0]);
    close(ready[1]);
    lmdb_table_close(table);
}

/* ---- several processes ---- */

static void write_until_killed(void)
{
    struct err err;
    struct lmdb_table *table = lmdb_table_open(FILE_NAME, LMDB_TABLE_WRITE, &err);
    if (table == NULL)
        _exit(1);
    for (unsigned round = 1;; round++) {
        struct row_set set = rows_of(300, round, round % 400);
        if (!write_set(table, &set, &err))
            _exit(2);
        row_set_done(&set);
    }
}

static void killed_in_the_middle(void **state)
{
    (void)state;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    write_round(table, 300, 0, 0);
    for (unsigned i = 0; i < 30; i++) {
        pid_t child = fork();
        if (child == 0)
            write_until_killed();
        usleep(2000 + i * 997 % 20000);
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        check_count(table, 300);
    }
    lmdb_table_close(table);
}

static void read_until(unsigned reads)
{
    struct err err;
    struct lmdb_table *table = lmdb_table_open(FILE_NAME, LMDB_TABLE_READ, &err);
    bool whole = table != NULL;
    for (unsigned i = 0; whole && i < reads; i++)
        whole = read_round(table, &whole) == 300 && whole;
    lmdb_table_close(table);
    _exit(whole ? 0 : 1);
}

static void readers_and_two_writers(void **state)
{
    (void)state;
    struct lmdb_table *table = open_table(LMDB_TABLE_WRITE);
    write_round(table, 300, 0, 0);
    pid_t writer = fork(), readers[3];
    if (writer == 0)
        write_until_killed();
    for (size_t i = 0; i < 3; i++)
        if ((readers[i] = fork()) == 0)
            read_until(300);
    for (unsigned round = 1; round < 100; round++)
        write_round(table, 300, round, round);
    for (size_t i = 0; i < 3; i++) {
        int status;
        waitpid(readers[i], &status, 0);
        assert_int_equal(status, 0);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    check_count(table, 300);
    lmdb_table_close(table);
}

/* Who opens a table while it is made finds none, or a whole one. */
static void a_new_file_is_whole(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct err err = {0};
        (void)unlink("new.lmdb");
        pid_t child = fork();
        if (child == 0) {
            struct lmdb_table *made = lmdb_table_open("new.lmdb", LMDB_TABLE_WRITE, &err);
            _exit(made != NULL ? 0 : 1);
        }
        struct lmdb_table *table;
        while ((table = lmdb_table_open("new.lmdb", LMDB_TABLE_READ, &err)) == NULL)
            if (strstr(err.text, "No such file") == NULL)
                fail_msg("%s", err.text);
        check_count(table, 0);
        lmdb_table_close(table);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rows_come_and_go, enter_empty),
        cmocka_unit_test_setup(keys_are_bounded, enter_empty),
        cmocka_unit_test_setup(the_map_grows_under_readers, enter_empty),
        cmocka_unit_test_setup(a_full_map_is_told_and_changes_nothing, enter_empty),
        cmocka_unit_test_setup(writes_that_the_system_refuses, enter_empty),
        cmocka_unit_test_setup(a_full_disk, enter_empty),
        cmocka_unit_test_setup(what_is_no_table, enter_empty),
        cmocka_unit_test_setup(a_file_that_was_replaced, enter_empty),
        cmocka_unit_test_setup(a_lock_has_a_deadline, enter_empty),
        cmocka_unit_test_setup(killed_in_the_middle, enter_empty),
        cmocka_unit_test_setup(a_new_file_is_whole, enter_empty),
        cmocka_unit_test_setup(readers_and_two_writers, enter_empty),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
