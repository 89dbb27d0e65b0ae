/* SPDX-License-Identifier: Apache-2.0
 *
 * The history when things break: the process dies at any moment, the disk is full, the file is
 * locked, read-only, damaged or somebody else's. Rows and positions must agree whatever happens,
 * and what was taken must be there when the trouble is over.
 */
#include "store/history.h"

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
#include "store/history_fixture.h"
#include "store/sql.h"

static const int64_t MINUTE_US = INT64_C(60000000);

static struct history_batch *batch_of(uint32_t first, uint32_t count)
{
    char end[16];
    int len = snprintf(end, sizeof(end), "%u", first + count);
    struct history_batch *batch = history_batch_new();
    fixture_add(batch, first, count);
    history_batch_position(batch, SLICE("log"), slice_of(end, (size_t)len));
    history_batch_count(batch, SLICE("lines"), count);
    return batch;
}

/* Waits until the state is (or is not) `trouble`. */
static void await(struct history *history, enum history_trouble trouble, bool wanted)
{
    struct history_state state;
    for (int i = 0; i < 20000; i++) {
        history_state_get(history, &state);
        if ((state.trouble == trouble) == wanted)
            return;
        usleep(1000);
    }
    fail_msg("state is %s: %s", history_trouble_word(state.trouble), state.why.text);
}

/* Goes on from the position that the file has, until it is killed. */
static void daemon_until_killed(uint32_t from, uint32_t step)
{
    struct history_settings settings = fixture_settings();
    settings.queue_bytes = (size_t)4 << 20;
    struct err err = {0};
    struct history *history = history_open("h", &settings, &err);
    if (history == NULL)
        _exit(3);
    for (;;) {
        struct history_batch *batch = batch_of(from, step);
        while (!history_commit(history, batch))
            usleep(100);
        from += step;
        if (from % 7 == 0)
            usleep(2000);
    }
}

/* Waits until a child has written something behind `from`, however slow the machine is. */
static void await_progress(uint32_t from)
{
    for (int i = 0; i < 20000 && fixture_position() <= from; i++)
        usleep(1000);
    assert_true(fixture_position() > from);
}

static void killed_at_any_moment(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    history_close(fixture_open(&settings));
    for (uint32_t round = 0; round < 25; round++) {
        uint32_t from = fixture_position();
        pid_t child = fork();
        if (child == 0)
            daemon_until_killed(from, round % 3 == 0 ? 1 : round % 3 == 1 ? 37 : 1500);
        if (round % 2 == 0) /* the others may be killed while they open */
            await_progress(from);
        usleep(5000 + round * 7919 % 60000);
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(fixture_position(), fixture_counter());
        fixture_check_rows(fixture_position());
    }
}

/* Holds the file's write lock. */
static void hold(struct sql *sql)
{
    assert_true(sql_open(sql, "h/history.db", SQLITE_OPEN_READWRITE, 10000));
    assert_true(sql_exec(sql, "BEGIN IMMEDIATE"));
}

static void killed_with_a_spool(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 100);
    history_close(history);
    for (uint32_t round = 0; round < 6; round++) {
        uint32_t from = fixture_position();
        struct sql other = {0};
        hold(&other);
        pid_t child = fork();
        if (child == 0)
            daemon_until_killed(from, 100 + round * 500);
        struct stat spool;
        for (int i = 0; i < 20000; i++) {
            if (stat("h/history.spool", &spool) == 0 && spool.st_size > 100000)
                break;
            usleep(1000);
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        sql_close(&other);
        history = fixture_open(&settings); /* takes the spool in */
        struct history_state now;
        history_state_get(history, &now);
        assert_true(now.ready);
        assert_int_equal(now.spool_bytes, 0);
        assert_true(fixture_position() > from);
        assert_int_equal(fixture_position(), fixture_counter());
        fixture_check_rows(fixture_position());
        history_close(history);
    }
}

static void one_daemon_a_folder(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    struct err err = {0};
    assert_null(history_open("h", &settings, &err));
    char pid[24];
    snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    pid_t child = fork();
    if (child == 0)
        _exit(history_open("h", &settings, &err) == NULL ? 0 : 1);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    fixture_commit(history, 0, 10);
    history_close(history);
    history = fixture_open(&settings);
    fixture_commit(history, 10, 10);
    history_close(history);
    fixture_check_rows(20);
}

/* Gives batches until one is refused; the rows that were taken. The refused one is freed. */
static uint32_t fill(struct history *history, uint32_t from)
{
    for (int refused = 0; refused < 100;) {
        struct history_batch *batch = batch_of(from, 500);
        if (history_commit(history, batch)) {
            from += 500;
            refused = 0;
            continue;
        }
        history_batch_free(batch);
        refused++;
        usleep(1000);
    }
    return from;
}

static void locked_by_another_program(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.queue_bytes = (size_t)2 << 20;
    settings.spool_bytes = 200000;
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 100);
    struct sql other = {0};
    hold(&other);
    uint32_t rows = fill(history, 100);
    assert_true(rows > 100);
    await(history, HISTORY_TROUBLE_LOCKED, true);
    struct history_state full;
    history_state_get(history, &full);
    assert_true(full.since_us > 0);
    assert_in_range(full.spool_bytes, 100000, 200000);
    assert_true(full.queued_bytes <= full.queue_bytes);
    assert_false(history_flush(history, 1000));
    sql_close(&other);
    assert_true(history_flush(history, MINUTE_US));
    await(history, HISTORY_TROUBLE_NONE, true);
    fixture_commit(history, rows, 10);
    history_close(history);
    assert_int_equal(fixture_position(), rows + 10);
    fixture_check_rows(rows + 10);
}

/* A history that ends while the file is held: rows 0 .. 699 and `more` are two batches in the
 * spool.
 */
static void leave_in_spool(const struct history_settings *settings, uint32_t more)
{
    struct history *history = fixture_open(settings);
    struct sql other = {0};
    hold(&other);
    assert_true(history_commit(history, batch_of(0, 700)));
    assert_true(history_commit(history, batch_of(700, more)));
    history_close(history);
    assert_int_equal(fixture_position(), 0);
    sql_close(&other);
}

static void ended_while_locked(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    leave_in_spool(&settings, 7);
    history_close(fixture_open(&settings));
    assert_int_equal(fixture_position(), 707);
    fixture_check_rows(707);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void full_disk(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.queue_bytes = (size_t)3 << 20;
    settings.spool_bytes = 1 << 20;
    signal(SIGXFSZ, SIG_IGN);
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 100);
    limit_files(300000);
    uint32_t rows = fill(history, 100);
    await(history, HISTORY_TROUBLE_FULL, true);
    limit_files(RLIM_INFINITY);
    assert_true(history_flush(history, MINUTE_US));
    fixture_commit(history, rows, 10);
    history_close(history);
    assert_int_equal(fixture_position(), rows + 10);
    fixture_check_rows(rows + 10);
}

static int leave_file_system(void **state)
{
    umount2("h", MNT_DETACH);
    return sandbox_leave(state);
}

static void full_file_system(void **state)
{
    (void)state;
    assert_int_equal(mkdir("h", 0755), 0);
    if (mount("tmpfs", "h", "tmpfs", 0, "size=1m") != 0) {
        skip();
        return;
    }
    struct history_settings settings = fixture_settings();
    settings.queue_bytes = (size_t)3 << 20;
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 100);
    uint32_t rows = fill(history, 100);
    await(history, HISTORY_TROUBLE_FULL, true);
    assert_true(fixture_position() <= rows);
    fixture_check_rows(fixture_position());
    assert_int_equal(mount("tmpfs", "h", "tmpfs", MS_REMOUNT, "size=64m"), 0);
    assert_true(history_flush(history, MINUTE_US));
    history_close(history);
    assert_int_equal(fixture_position(), rows);
    fixture_check_rows(rows);
}

/* Makes "h" nobody's and becomes nobody, since root may write everything. */
static void be_nobody(void)
{
    static const char *const names[] = {"h", "h/history.db", "h/history.lock"};
    if (geteuid() != 0)
        return;
    assert_int_equal(chmod(".", 0711), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(chown(names[i], 65534, 65534), 0);
    assert_int_equal(seteuid(65534), 0);
}

static void read_only_folder(void **state)
{
    (void)state;
    uid_t self = geteuid();
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 100);
    history_close(history);
    be_nobody();
    assert_int_equal(chmod("h/history.db", 0444), 0);
    assert_int_equal(chmod("h", 0555), 0);
    fixture_check_rows(100); /* reading needs no more than that */
    history = fixture_open(&settings);
    struct history_state now;
    history_state_get(history, &now);
    assert_int_equal(now.trouble, HISTORY_TROUBLE_READ_ONLY);
    assert_false(now.ready);
    assert_true(history_commit(history, batch_of(100, 50)));
    assert_false(history_flush(history, 30000));
    assert_int_equal(chmod("h", 0755), 0);
    assert_int_equal(chmod("h/history.db", 0644), 0);
    assert_true(history_flush(history, MINUTE_US));
    history_state_get(history, &now);
    assert_true(now.ready);
    history_close(history);
    fixture_check_rows(150);
    assert_int_equal(seteuid(self), 0);
}

static void overwrite(const char *name, off_t at, size_t len)
{
    int fd = open(name, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    char junk[4096];
    for (size_t i = 0; i < sizeof(junk); i++)
        junk[i] = (char)(i * 31 + 7);
    for (size_t done = 0; done < len; done += sizeof(junk))
        assert_int_equal(pwrite(fd, junk, sizeof(junk), at + (off_t)done), sizeof(junk));
    close(fd);
}

/* Opens a damaged "h": it is set aside, told, kept, and a new one works. */
static void check_renewed(uint32_t position)
{
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    struct history_state now;
    history_state_get(history, &now);
    assert_int_equal(now.trouble, HISTORY_TROUBLE_NONE);
    assert_true(now.ready);
    assert_int_equal(now.set_aside, 1);
    assert_int_equal(access(now.aside, F_OK), 0);
    assert_int_equal(fixture_position(), position);
    fixture_check_rows(0);
    fixture_commit(history, 0, 600);
    history_close(history);
    fixture_check_rows(600);
}

/* A history of so many rows, closed. Its size in bytes is returned. */
static off_t write_history(uint32_t rows)
{
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    struct stat file;
    fixture_commit(history, 0, rows);
    history_close(history);
    assert_int_equal(stat("h/history.db", &file), 0);
    return file.st_size;
}

static void damaged_head(void **state)
{
    (void)state;
    write_history(3000);
    overwrite("h/history.db", 0, 4096);
    check_renewed(0);
}

static void damaged_inside(void **state)
{
    (void)state;
    off_t size = write_history(30000);
    overwrite("h/history.db", size / 8192 * 4096, 8 * 4096); /* in the blocks */
    check_renewed(30000);
}

static void cut_off(void **state)
{
    (void)state;
    off_t size = write_history(30000);
    assert_int_equal(truncate("h/history.db", size / 2), 0);
    check_renewed(0); /* SQLite reads nothing of such a file */
}

/* A block that the checks had no time for: the others are read, and it is told. */
static void one_damaged_block(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 4096);
    history_close(history);
    struct sql sql = {0};
    assert_true(sql_open(&sql, "h/history.db", SQLITE_OPEN_READWRITE, 1000));
    assert_true(sql_exec(&sql, "UPDATE block SET data = substr(data, 1, 5000) || x'00' || "
                               "substr(data, 5002) WHERE id = (SELECT min(id) + 1 FROM block)"));
    sql_close(&sql);
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_stream *stream = history_stream_open(reader, INT64_MIN, INT64_MAX, &err);
    uint32_t count = 0;
    while (history_stream_next(stream) != NULL)
        count++;
    assert_int_equal(count, 3072);
    assert_int_equal(history_stream_damaged(stream), 1);
    history_stream_free(stream);
    struct history_found found;
    const struct history_query query = {.key = HISTORY_KEY_SENDER,
                                        .text = SLICE("login4"),
                                        .since_us = INT64_MIN,
                                        .until_us = INT64_MAX,
                                        .limit = 100};
    assert_true(history_find(reader, &query, &found, &err));
    assert_int_equal(found.count, 8);
    assert_int_equal(found.damaged, 1);
    history_found_done(&found);
    history_reader_free(reader);
}

/* What is not ours, or newer, is left alone. */
static void foreign_file(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        "CREATE TABLE addresses(a); INSERT INTO addresses VALUES(1)",
        "PRAGMA application_id=0x74646831; PRAGMA user_version=99; CREATE TABLE later(a)",
    };
    struct history_settings settings = fixture_settings();
    for (size_t i = 0; i < 2; i++) {
        struct sql sql = {0};
        mkdir("h", 0755);
        unlink("h/history.db");
        assert_true(sql_open(&sql, "h/history.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0));
        assert_true(sql_exec(&sql, kinds[i]));
        sql_close(&sql);
        CLEANUP_BUF struct buf before = {0}, CLEANUP_BUF after = {0};
        sandbox_read("h/history.db", &before);
        struct history *history = fixture_open(&settings);
        struct history_state now;
        history_state_get(history, &now);
        assert_int_equal(now.trouble, HISTORY_TROUBLE_FOREIGN);
        assert_non_null(strstr(now.why.text, i == 0 ? "not of todoku" : "newer"));
        assert_int_equal(now.set_aside, 0);
        assert_true(history_commit(history, batch_of(0, 5)));
        history_close(history);
        sandbox_read("h/history.db", &after);
        assert_true(slice_eq(buf_slice(&before), buf_slice(&after)));
    }
}

static void spool_cut_off(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct stat spool;
    leave_in_spool(&settings, 300);
    assert_int_equal(stat("h/history.spool", &spool), 0);
    assert_int_equal(truncate("h/history.spool", spool.st_size - 10), 0);
    struct history *history = fixture_open(&settings);
    assert_int_equal(fixture_position(), 700);
    fixture_commit(history, 700, 5);
    history_close(history);
    fixture_check_rows(705);
}

static void file_removed(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.tidy_us = 1000;
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 100);
    assert_int_equal(unlink("h/history.db"), 0);
    unlink("h/history.db-wal");
    unlink("h/history.db-shm");
    for (int i = 0; i < 20000 && access("h/history.db", F_OK) != 0; i++)
        usleep(1000);
    fixture_commit(history, 0, 50);
    history_close(history);
    fixture_check_rows(50);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(killed_at_any_moment),
        CASE(killed_with_a_spool),
        CASE(one_daemon_a_folder),
        CASE(locked_by_another_program),
        CASE(ended_while_locked),
        CASE(full_disk),
        cmocka_unit_test_setup_teardown(full_file_system, sandbox_enter, leave_file_system),
        CASE(read_only_folder),
        CASE(damaged_head),
        CASE(damaged_inside),
        CASE(cut_off),
        CASE(one_damaged_block),
        CASE(foreign_file),
        CASE(spool_cut_off),
        CASE(file_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
