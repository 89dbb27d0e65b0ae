/* SPDX-License-Identifier: Apache-2.0
 *
 * One log over what is done to logs: each line once and in order, live and over restarts.
 */
#include "io/log_tail.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/follow_fixture.h"
#include "io/sandbox.h"

#define SECOND INT64_C(1000000)

static const int64_t LINGER = 600 * SECOND;

/* A log of its own in the sandbox, and who follows it. */
struct fixture {
    struct follow follow;
    struct log_source *tail;
    int64_t now_us;
};

static void start_at(struct fixture *f, const char *path, int64_t since_us)
{
    struct log_tail_options options = {.path = path, .since_us = since_us, .linger_us = LINGER};
    struct log_position position = follow_saved(&f->follow);
    struct log_sink sink = follow_sink(&f->follow);
    f->tail = log_tail_new(&options, &position, &sink);
}

static void start(struct fixture *f)
{
    start_at(f, "mail.log", 0);
}

static void stop(struct fixture *f)
{
    f->tail->class->free(f->tail);
    f->tail = NULL;
}

static void restart(struct fixture *f)
{
    stop(f);
    start(f);
}

#define EXPECT(f, lines, events) \
    do { \
        follow_run((f)->tail, (f)->now_us); \
        follow_check(&(f)->follow, lines, events); \
    } while (0)

/* Each test has an empty folder. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char folder[] = "/tmp/todoku-tail-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char folder[200];
    if (f->tail != NULL)
        stop(f);
    follow_done(&f->follow);
    assert_non_null(getcwd(folder, sizeof(folder)));
    void *path = strdup(folder);
    free(f);
    return sandbox_leave(&path);
}

static void grows(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\nb\n");
    start(f);
    EXPECT(f, "a|b|", "");
    EXPECT(f, "", "");
    sandbox_append("mail.log", "c\r\nd");
    EXPECT(f, "c|", "");
    sandbox_append("mail.log", "d\n\n");
    EXPECT(f, "dd||", "");
    assert_int_equal(f->tail->class->behind(f->tail), 0);
}

static void begins_at_the_end(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\nb\npart");
    start_at(f, "mail.log", LOG_TAIL_FROM_END);
    EXPECT(f, "", "");
    sandbox_append("mail.log", "ial\nc\n");
    EXPECT(f, "partial|c|", "");
}

/* Without any line given, the place where it began is kept all the same. */
static void begins_once(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start_at(f, "mail.log", LOG_TAIL_FROM_END);
    EXPECT(f, "", "");
    stop(f);
    sandbox_append("mail.log", "b\n");
    start_at(f, "mail.log", LOG_TAIL_FROM_END);
    EXPECT(f, "b|", "");
}

static void begins_with_rotations(void **state)
{
    struct fixture *f = *state;
    struct buf CLEANUP_BUF packed = {0};
    struct stat st;
    pack(PACKED_GZIP, SLICE("b\n"), &packed);
    sandbox_append("mail.log.3", "a\n");
    sandbox_write("mail.log.2.gz", buf_slice(&packed));
    sandbox_append("mail.log.1", "c\n");
    sandbox_append("mail.log", "d\n");
    sandbox_append("mail.log.bak", "x\n");
    sandbox_append("mail.err.1", "x\n");
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, "mail.log.3", old, 0), 0);
    assert_int_equal(stat("mail.log.2.gz", &st), 0);
    start_at(f, "mail.log", 1001 * SECOND);
    EXPECT(f, "b|c|d|", "RR");
    restart(f);
    EXPECT(f, "", "");
}

static void appears_later(void **state)
{
    struct fixture *f = *state;
    start_at(f, "mail.log", LOG_TAIL_FROM_END);
    EXPECT(f, "", "W");
    EXPECT(f, "", "");
    sandbox_append("mail.log", "a\n");
    EXPECT(f, "a|", "");
}

static void renamed_with_late_lines(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start(f);
    EXPECT(f, "a|", "");
    sandbox_append("mail.log", "b\n");
    assert_int_equal(rename("mail.log", "mail.log.1"), 0);
    sandbox_append("mail.log.1", "c\n");
    EXPECT(f, "b|c|", "");
    sandbox_append("mail.log", "d\n");
    sandbox_append("mail.log.1", "late\n");
    EXPECT(f, "late|d|", "R");
    sandbox_append("mail.log", "e\n");
    sandbox_append("mail.log.1", "later\n");
    EXPECT(f, "later|e|", "");
    restart(f);
    EXPECT(f, "", "");
    sandbox_append("mail.log.1", "latest\n");
    sandbox_append("mail.log", "f\n");
    EXPECT(f, "latest|f|", "");
    f->now_us += LINGER + 1;
    EXPECT(f, "", "");
    assert_null(strchr(buf_str(&f->follow.saved) + strlen("files "), ' '));
}

static void unfinished_line_of_a_rotated_file(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\nhal");
    start(f);
    EXPECT(f, "a|", "");
    assert_int_equal(rename("mail.log", "mail.log.1"), 0);
    sandbox_append("mail.log", "b\n");
    EXPECT(f, "b|", "R");
    f->now_us += 9 * SECOND;
    sandbox_append("mail.log.1", "f");
    EXPECT(f, "", "");
    f->now_us += 11 * SECOND;
    EXPECT(f, "half|", "");
    restart(f);
    EXPECT(f, "", "");
}

/* Every way to find the rest after a stop in the middle of the oldest file. */
static void rotated_while_away(void **state)
{
    struct fixture *f = *state;
    struct buf CLEANUP_BUF packed = {0};
    sandbox_append("mail.log", "first line of the log\n");
    start(f);
    EXPECT(f, "first line of the log|", "");
    stop(f);
    pack(PACKED_ZSTD, SLICE("first line of the log\nb\nc\n"), &packed);
    assert_int_equal(unlink("mail.log"), 0);
    sandbox_write("mail.log.3.zst", buf_slice(&packed));
    sandbox_append("mail.log.2", "d\n");
    sandbox_append("mail.log.1", "e\nf");
    sandbox_append("mail.log", "g\n");
    start(f);
    EXPECT(f, "b|c|d|e|g|", "RRR");
    f->now_us += 11 * SECOND;
    EXPECT(f, "f|", "");
    restart(f);
    EXPECT(f, "", "");
}

static void dated_names(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start(f);
    EXPECT(f, "a|", "");
    stop(f);
    sandbox_append("mail.log", "b\n");
    assert_int_equal(rename("mail.log", "mail.log-20261119"), 0);
    sandbox_append("mail.log-20261120", "c\n");
    sandbox_append("mail.log-20261118", "old\n");
    start(f);
    EXPECT(f, "b|", "");
    sandbox_append("mail.log", "d\n");
    EXPECT(f, "c|d|", "RR");
}

/* A kill behind any line leaves the position that came with it. */
static void restart_at_every_line(void **state)
{
    struct fixture *f = *state;
    struct buf CLEANUP_BUF packed = {0};
    pack(PACKED_XZ, SLICE("1st\n2nd\n3rd\n"), &packed);
    sandbox_write("mail.log.2.xz", buf_slice(&packed));
    sandbox_write("mail.log.1", SLICE("4th\n5th\n"));
    sandbox_write("mail.log", SLICE("6th\n7th\n8th\n"));
    for (size_t done = 0; done < 8; done++) {
        start(f);
        f->follow.only_one = true;
        follow_run(f->tail, f->now_us);
        stop(f);
        assert_int_equal(f->follow.lines.ptr[0], '1' + (int)done);
        buf_clear(&f->follow.lines);
        buf_clear(&f->follow.events);
        buf_clear(&f->follow.saved);
        buf_add(&f->follow.saved, buf_slice(&f->follow.after));
    }
    f->follow.only_one = false;
    start(f);
    EXPECT(f, "", "");
}

static void copied_and_truncated(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "first line\n");
    start(f);
    EXPECT(f, "first line|", "");
    sandbox_append("mail.log", "b\npart");
    EXPECT(f, "b|", "");
    sandbox_append("mail.log", "ial\n");
    sandbox_write("mail.log.1", SLICE("first line\nb\npartial\n"));
    assert_int_equal(truncate("mail.log", 0), 0);
    sandbox_append("mail.log", "another line, longer than all that was there\n");
    EXPECT(f, "partial|another line, longer than all that was there|", "TR");
    restart(f);
    EXPECT(f, "", "");
}

/* Somebody who comes late meets a copy, whole or begun, whose original is not yet truncated. */
static void copied_and_not_yet_truncated(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log.2", "first line\n");
    sandbox_append("mail.log.1", "");
    sandbox_append("mail.log", "a\nb\nc\n");
    start(f);
    EXPECT(f, "first line|", "R");
    sandbox_append("mail.log.1", "a\nb");
    EXPECT(f, "a|b|c|", "R");
    sandbox_append("mail.log.1", "\nc\n");
    EXPECT(f, "", "");
    sandbox_append("mail.log.1", "d\n");
    sandbox_write("mail.log", SLICE("e, after the truncation\n"));
    restart(f);
    EXPECT(f, "d|e, after the truncation|", "R");
    restart(f);
    EXPECT(f, "", "");
}

/* A whole life of the file between two looks: empty, written, copied, truncated, written. */
static void filled_and_truncated_between_two_looks(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "first line\n");
    start(f);
    EXPECT(f, "first line|", "");
    sandbox_write("mail.log.1", SLICE("first line\nb\n"));
    assert_int_equal(truncate("mail.log", 0), 0);
    f->now_us += SECOND;
    EXPECT(f, "", "");
    f->now_us += 2 * SECOND;
    EXPECT(f, "b|", "TR");
    assert_int_equal(rename("mail.log.1", "mail.log.2"), 0);
    sandbox_append("mail.log.1", "c\n");
    sandbox_append("mail.log", "d\n");
    EXPECT(f, "c|d|", "RR");
}

static void truncated_to_nothing(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "first line\nb\n");
    start(f);
    EXPECT(f, "first line|b|", "");
    assert_int_equal(truncate("mail.log", 0), 0);
    EXPECT(f, "", "");
    f->now_us += 3 * SECOND;
    EXPECT(f, "", "GT");
    sandbox_append("mail.log", "c\n");
    EXPECT(f, "c|", "");
}

static void truncated_while_away(void **state)
{
    struct fixture *f = *state;
    struct buf CLEANUP_BUF packed = {0};
    sandbox_append("mail.log", "first line\n");
    start(f);
    EXPECT(f, "first line|", "");
    stop(f);
    pack(PACKED_GZIP, SLICE("first line\nb\n"), &packed);
    sandbox_write("mail.log.1.gz", buf_slice(&packed));
    sandbox_write("mail.log", SLICE("other line\n")); /* the same inode */
    start(f);
    EXPECT(f, "b|other line|", "R");
}

/* What a network file system may tell for a moment. */
static void old_size_for_a_moment(void **state)
{
    struct fixture *f = *state;
    char line[1500];
    memset(line, 'x', sizeof(line));
    sandbox_write("mail.log", slice_of(line, sizeof(line)));
    sandbox_append("mail.log", "\nb\nc\n");
    start(f);
    follow_run(f->tail, 0);
    assert_int_equal(f->follow.count, 3);
    buf_clear(&f->follow.lines);
    assert_int_equal(truncate("mail.log", sizeof(line) + 1), 0);
    f->now_us += SECOND;
    EXPECT(f, "", "");
    sandbox_append("mail.log", "b\nc\nd\n");
    EXPECT(f, "d|", "");
    assert_int_equal(truncate("mail.log", sizeof(line) + 1), 0);
    EXPECT(f, "", "");
    f->now_us += 3 * SECOND;
    EXPECT(f, "", "T");
    sandbox_append("mail.log", "e\n");
    EXPECT(f, "e|", "");
}

/* A daemon without O_APPEND leaves a hole where the truncated lines were. */
static void truncated_under_a_writer_with_an_offset(void **state)
{
    struct fixture *f = *state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 1000, &text);
    FILE *daemon = fopen("mail.log", "wb");
    assert_non_null(daemon);
    assert_int_equal(fwrite(text.ptr, 1, text.len, daemon), text.len);
    assert_int_equal(fflush(daemon), 0);
    start(f);
    follow_run(f->tail, 0);
    assert_int_equal(f->follow.count, 1000);
    buf_clear(&f->follow.lines);
    sandbox_write("mail.log.1", buf_slice(&text));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(truncate("mail.log", 0), 0);
        fprintf(daemon, "after %d\n", i);
        assert_int_equal(fflush(daemon), 0);
        follow_run(f->tail, 0);
        restart(f);
        follow_run(f->tail, 0);
    }
    follow_check(&f->follow, "after 0|after 1|after 2|", "TR");
    fclose(daemon);
}

/* Pages of a network file system may come in another order. */
static void pages_come_later(void **state)
{
    struct fixture *f = *state;
    sandbox_write("mail.log", SLICE("a\nb\0\0\0\0\0\0\nd\n"));
    start(f);
    EXPECT(f, "a|", "");
    f->now_us += SECOND;
    EXPECT(f, "", "");
    FILE *file = fopen("mail.log", "r+b");
    assert_non_null(file);
    fputs("a\nb12\nc12\nd\n", file);
    assert_int_equal(fclose(file), 0);
    EXPECT(f, "b12|c12|d|", "");
    FILE *more = fopen("mail.log", "ab"); /* these stay */
    fwrite("x\0y\nz\0\n", 1, 8, more);
    assert_int_equal(fclose(more), 0);
    EXPECT(f, "", "");
    f->now_us += 3 * SECOND;
    follow_run(f->tail, f->now_us);
    assert_int_equal(f->follow.lines.len, 7);
    assert_memory_equal(f->follow.lines.ptr, "x\0y|z\0|", 7);
}

static void deleted_and_made_again(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start(f);
    EXPECT(f, "a|", "");
    sandbox_append("mail.log", "b\n");
    assert_int_equal(unlink("mail.log"), 0);
    EXPECT(f, "b|", "");
    f->now_us += 59 * SECOND;
    EXPECT(f, "", "");
    f->now_us += 2 * SECOND;
    EXPECT(f, "", "W");
    sandbox_append("mail.log", "c\n");
    EXPECT(f, "c|", "R");
    stop(f);
    assert_int_equal(unlink("mail.log"), 0);
    start(f);
    EXPECT(f, "", "W");
    sandbox_append("mail.log", "d\n");
    EXPECT(f, "d|", "G");
}

static void several_rotations_at_once(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start(f);
    EXPECT(f, "a|", "");
    sandbox_append("mail.log", "b\n");
    assert_int_equal(rename("mail.log", "mail.log.6"), 0);
    for (int i = 5; i > 0; i--) {
        char name[20], text[20];
        snprintf(name, sizeof(name), "mail.log.%d", i);
        snprintf(text, sizeof(text), "file %d\n", i);
        sandbox_append(name, text);
    }
    sandbox_append("mail.log", "c\n");
    EXPECT(f, "b|file 5|file 4|file 3|file 2|file 1|c|", "RRRRRR");
    restart(f);
    EXPECT(f, "", "");
}

static void cannot_be_read(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start(f);
    EXPECT(f, "a|", "");
    stop(f);
    assert_int_equal(rename("mail.log", "mail.log.1"), 0);
    assert_int_equal(mkfifo("mail.log", 0600), 0);
    start(f);
    EXPECT(f, "", "");
    assert_int_equal(unlink("mail.log"), 0);
    if (geteuid() == 0)
        return; /* may read everything */
    sandbox_append("mail.log", "b\n");
    assert_int_equal(chmod("mail.log", 0), 0);
    EXPECT(f, "", "B");
    assert_non_null(strstr(buf_str(&f->follow.said), "mail.log: cannot open: Permission denied"));
    EXPECT(f, "", "");
    assert_int_equal(chmod("mail.log", 0600), 0);
    EXPECT(f, "b|", "RO");
}

static void packed_in_a_way_not_read(void **state)
{
    struct fixture *f = *state;
    sandbox_append("mail.log", "a\n");
    start(f);
    EXPECT(f, "a|", "");
    stop(f);
    assert_int_equal(rename("mail.log", "mail.log.3"), 0);
    sandbox_write("mail.log.2.lz4", SLICE("\x04\x22\x4d\x18 and so on"));
    sandbox_write("mail.log.1.gz", SLICE("\x1f\x8b\x08 damaged"));
    sandbox_append("mail.log", "b\n");
    start(f);
    EXPECT(f, "b|", "GRGR");
}

static void long_lines(void **state)
{
    struct fixture *f = *state;
    enum { LONG = 1 << 20 };
    char *text = malloc(LONG);
    memset(text, 'x', LONG);
    sandbox_write("mail.log", slice_of(text, LONG));
    start(f);
    EXPECT(f, "", "");
    sandbox_append("mail.log", "\nb\n");
    follow_run(f->tail, 0);
    assert_int_equal(f->follow.count, 2);
    assert_int_equal(f->follow.lines.len, 65536 + 3);
    assert_int_equal(f->tail->class->cut_lines(f->tail), 1);
    buf_clear(&f->follow.lines);
    restart(f);
    EXPECT(f, "", "");
    free(text);
}

static void says_how_far_behind(void **state)
{
    struct fixture *f = *state;
    struct buf CLEANUP_BUF text = {0};
    struct block block;
    make_lines(0, 5000, &text);
    int64_t whole = (int64_t)text.len;
    sandbox_write("mail.log.1", buf_slice(&text));
    buf_clear(&text);
    make_lines(5000, 5000, &text);
    whole += (int64_t)text.len;
    sandbox_write("mail.log", buf_slice(&text));
    start(f);
    block_init(&block, LOG_SOURCE_BLOCK_BYTES);
    for (int i = 0; i < 2; i++)
        assert_int_equal(f->tail->class->turn(f->tail, 0, &block), LOG_TURN_MORE);
    int64_t behind = f->tail->class->behind(f->tail);
    assert_true(behind >= whole - LOG_SOURCE_BLOCK_BYTES && behind < whole - 200000);
    follow_run(f->tail, 0);
    assert_int_equal(f->follow.count, 10000);
    assert_int_equal(f->tail->class->behind(f->tail), 0);
    block_done(&block);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(grows),
        TEST(begins_at_the_end),
        TEST(begins_once),
        TEST(begins_with_rotations),
        TEST(appears_later),
        TEST(renamed_with_late_lines),
        TEST(unfinished_line_of_a_rotated_file),
        TEST(rotated_while_away),
        TEST(dated_names),
        TEST(restart_at_every_line),
        TEST(copied_and_truncated),
        TEST(copied_and_not_yet_truncated),
        TEST(filled_and_truncated_between_two_looks),
        TEST(truncated_to_nothing),
        TEST(truncated_while_away),
        TEST(old_size_for_a_moment),
        TEST(truncated_under_a_writer_with_an_offset),
        TEST(pages_come_later),
        TEST(deleted_and_made_again),
        TEST(several_rotations_at_once),
        TEST(cannot_be_read),
        TEST(packed_in_a_way_not_read),
        TEST(long_lines),
        TEST(says_how_far_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
