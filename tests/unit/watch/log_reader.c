/* SPDX-License-Identifier: Apache-2.0
 *
 * Many logs as one: rotations, hosts, years, and files that cannot be read.
 */
#include "watch/log_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/civil.h"
#include "io/sandbox.h"

#define US US_PER_SECOND

enum { ROOM = 4 };

/* Appends `HOST.TEXT@YYYY-MM-DDThh:mm:ssZ `. */
static void tell(const struct log_record *record, int64_t time_us, struct buf *to)
{
    char stamp[24] = "?";
    if (time_us != STAMP_NONE)
        civil_format_utc(time_us, stamp);
    buf_addf(to, "%.*s.%.*s@%s ", SLICE_ARG(record->line.host), SLICE_ARG(record->line.text),
             stamp);
}

/* Reads all, `room` records at a time; 0: one by one. */
static void read_all(struct log_reader *reader, size_t room, struct buf *to)
{
    struct timed_record records[ROOM];
    size_t count;
    do {
        count = room ? log_reader_take(reader, records, room)
                     : log_reader_next(reader, &records[0].record, &records[0].time_us);
        assert_true(count <= (room ? room : 1));
        assert_true(count == 0 || strlen(log_reader_name(reader)) > 0);
        for (size_t i = 0; i < count; i++)
            tell(&records[i].record, records[i].time_us, to);
    } while (count > 0);
}

static void check_by(const char *const *paths, size_t count, size_t room, const char *expected,
                     bool failed)
{
    struct buf got = {0};
    struct log_reader *reader = log_reader_new(paths, count, NULL, NULL);
    read_all(reader, room, &got);
    assert_string_equal(buf_str(&got), expected);
    assert_int_equal(log_reader_failed(reader), failed);
    if (failed)
        assert_true(log_reader_problem_count(reader) > 0);
    for (size_t i = 0; i < log_reader_problem_count(reader); i++)
        assert_true(strlen(log_reader_problem(reader, i)) > 0);
    log_reader_free(reader);
    buf_done(&got);
}

static void check(const char *const *paths, size_t count, const char *expected, bool failed)
{
    for (size_t room = 0; room <= ROOM; room++)
        check_by(paths, count, room, expected, failed);
}

static void put(const char *name, const char *text)
{
    sandbox_write(name, slice_from_str(text));
}

static void test_rotations(void **state)
{
    (void)state;
    put("mail.log", "2026-03-01T12:00:00Z h t[1]: c\n2026-03-01T12:00:01Z h t[1]: d\n");
    put("mail.log.1", "2026-03-01T06:00:00Z h t[1]: b");
    struct buf packed = {0};
    pack(PACKED_GZIP, SLICE("2026-03-01T00:00:00Z h t[1]: a\n"), &packed);
    sandbox_write("mail.log.2.gz", buf_slice(&packed));
    buf_done(&packed);
    static const char *const paths[] = {"mail.log", "mail.log.1", "mail.log.2.gz"};
    check(paths, 3,
          "h.a@2026-03-01T00:00:00Z h.b@2026-03-01T06:00:00Z h.c@2026-03-01T12:00:00Z "
          "h.d@2026-03-01T12:00:01Z ",
          false);
}

static void test_merge(void **state)
{
    (void)state;
    put("one.log", "2026-03-01T00:00:00Z h t[1]: a\n2026-03-01T00:00:02Z h t[1]: c\n"
                   "no stamp\n2026-03-01T00:00:09Z h t[1]: e\n");
    put("two.log", "2026-03-01T09:00:01+09:00 g t[1]: b\n2026-03-01T09:00:03+09:00 g t[1]: d\n");
    static const char *const paths[] = {"one.log", "two.log"};
    check(paths, 2,
          "h.a@2026-03-01T00:00:00Z g.b@2026-03-01T00:00:01Z h.c@2026-03-01T00:00:02Z "
          ".no stamp@2026-03-01T00:00:02Z g.d@2026-03-01T00:00:03Z h.e@2026-03-01T00:00:09Z ",
          false);
}

static void test_years(void **state)
{
    (void)state;
    /* 4jX2vK2WbVz1bY4J arrived 2026-11-21T19:53:33Z. */
    put("id.log", "Nov 21 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed\n"
                  "Dec 31 23:59:59 h t[1]: b\nJan  1 00:00:00 h t[1]: c\n"
                  "Dec 31 23:59:59 h t[1]: late\n");
    static const char *const id[] = {"id.log"};
    check(id, 1,
          "h.removed@2026-11-21T19:53:33Z h.b@2026-11-21T19:53:33Z h.c@2026-11-21T19:53:33Z "
          "h.late@2026-12-31T23:59:59Z ",
          false);
    put("y.log.1", "Nov 21 19:53:33 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed\n"
                   "Nov 22 07:00:00 h t[1]: b\n");
    put("y.log", "Nov 22 08:00:00 h t[1]: c\n");
    static const char *const two[] = {"y.log", "y.log.1"};
    check(two, 2,
          "h.removed@2026-11-21T19:53:33Z h.b@2026-11-22T07:00:00Z h.c@2026-11-22T08:00:00Z ",
          false);
}

/* Lines of a program's trace, more than is looked at before reading begins. */
static void add_trace(struct buf *to)
{
    for (int i = 0; i < 3000; i++)
        buf_add_str(to, "    at some.place.of.a.program (line 1)\n");
}

/* Packed as a.gz, last written at the end of 2026-02-02; the trace in front is left out of what is
 * compared. */
static void check_packed(const char *lines, const char *expected)
{
    CLEANUP_BUF struct buf text = {0}, packed = {0}, got = {0};
    const struct timespec times[2] = {{.tv_sec = 1770076799}, {.tv_sec = 1770076799}};
    add_trace(&text);
    buf_add_str(&text, lines);
    pack(PACKED_GZIP, buf_slice(&text), &packed);
    sandbox_write("a.gz", buf_slice(&packed));
    assert_int_equal(utimensat(AT_FDCWD, "a.gz", times, 0), 0);
    for (size_t room = 0; room <= ROOM; room += ROOM) {
        struct log_reader *reader = log_reader_new((const char *const[]){"a.gz"}, 1, NULL, NULL);
        buf_clear(&got);
        read_all(reader, room, &got);
        const char *begin = strstr(buf_str(&got), "h.");
        assert_non_null(begin);
        assert_string_equal(begin, expected);
        log_reader_free(reader);
    }
}

/* The year is not in the first bytes, nor are the last ones at hand: it is that of the file's time,
 * by the first stamp that comes; a queue id behind it knows better. */
static void test_years_behind_what_is_no_log(void **state)
{
    (void)state;
    check_packed("Feb  2 08:00:00 h t[1]: a\nFeb  2 09:00:00 h t[1]: b\n",
                 "h.a@2026-02-02T08:00:00Z h.b@2026-02-02T09:00:00Z ");
    check_packed("Dec 31 23:59:59 h t[1]: a\nJan  1 00:00:00 h t[1]: b\n"
                 "Dec 31 23:59:58 h t[1]: late\nFeb  1 00:00:00 h t[1]: c\n",
                 "h.a@2025-12-31T23:59:59Z h.b@2026-01-01T00:00:00Z "
                 "h.late@2025-12-31T23:59:58Z h.c@2026-01-01T00:00:00Z ");
    check_packed("Feb 29 08:00:00 h t[1]: a\n", "h.a@2024-02-29T08:00:00Z ");
    /* 4jX2vK2WbVz1bY4J arrived 2026-11-21T19:53:33Z: the file's time is wrong. */
    check_packed("Nov 21 19:53:34 h postfix/qmgr[1]: 4jX2vK2WbVz1bY4J: removed\n"
                 "Nov 21 20:00:00 h t[1]: b\n",
                 "h.removed@2026-11-21T19:53:34Z h.b@2026-11-21T20:00:00Z ");
    check_packed("2026-02-02T08:00:00Z h t[1]: a\n", "h.a@2026-02-02T08:00:00Z ");
}

static void test_problems(void **state)
{
    (void)state;
    put("good.log", "2026-03-01T00:00:00Z h t[1]: a\n");
    static const char *const missing[] = {"good.log", "missing.log"};
    check(missing, 2, "h.a@2026-03-01T00:00:00Z ", true);
    struct buf packed = {0};
    pack(PACKED_GZIP, SLICE("2026-03-01T00:00:01Z h t[1]: b\n2026-03-01T00:00:02Z h t[1]: c\n"),
         &packed);
    sandbox_write("broken.log.gz", slice_first(buf_slice(&packed), packed.len - 6));
    buf_done(&packed);
    static const char *const broken[] = {"broken.log.gz", "good.log"};
    struct log_reader *reader = log_reader_new(broken, 2, NULL, NULL);
    struct buf got = {0};
    read_all(reader, 0, &got);
    assert_non_null(strstr(buf_str(&got), "h.a@"));
    assert_true(log_reader_failed(reader));
    assert_int_equal(log_reader_problem_count(reader), 1);
    assert_non_null(strstr(log_reader_problem(reader, 0), "broken.log.gz"));
    log_reader_free(reader);
    buf_done(&got);
}

static void test_empty(void **state)
{
    (void)state;
    put("empty.log", "");
    put("blank.log", "\n\n");
    static const char *const paths[] = {"empty.log"};
    check(paths, 1, "", false);
    static const char *const blank[] = {"blank.log"};
    check(blank, 1, ".@? .@? ", false);
}

/* More tags than the parser keeps: each record still has its own. */
static void test_tags(void **state)
{
    (void)state;
    enum { TAGS = LOG_TAGS_MAX + 200 };
    struct buf text = {0};
    for (int i = 0; i < TAGS; i++)
        buf_addf(&text, "2026-03-01T00:00:00Z h tag%d[1]: text\n", i);
    put("tags.log", buf_str(&text));
    buf_done(&text);
    static const char *const paths[] = {"tags.log"};
    struct log_reader *reader = log_reader_new(paths, 1, NULL, NULL);
    static struct timed_record records[LOG_LINES_HELD + 1];
    size_t count, seen = 0;
    while ((count = log_reader_take(reader, records, LOG_LINES_HELD + 1)) > 0) {
        for (size_t i = 0; i < count; i++) {
            char name[16];
            snprintf(name, sizeof(name), "tag%zu", seen++);
            assert_true(slice_eq(records[i].record.line.tag->text, slice_from_str(name)));
        }
    }
    assert_int_equal(seen, TAGS);
    log_reader_free(reader);
}

/* Freed in the middle, with files open. */
static void test_abandoned(void **state)
{
    (void)state;
    put("mail.log", "2026-03-03T00:00:00Z h t[1]: c\n2026-03-03T00:00:01Z h t[1]: d\n");
    static const char *const paths[] = {"mail.log"};
    struct log_reader *reader = log_reader_new(paths, 1, NULL, NULL);
    struct log_record record;
    int64_t time_us;
    assert_int_equal(log_reader_position(reader), 0);
    assert_int_equal(log_reader_size(reader), 62);
    assert_true(log_reader_next(reader, &record, &time_us));
    log_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotations), cmocka_unit_test(test_merge),
        cmocka_unit_test(test_years),     cmocka_unit_test(test_years_behind_what_is_no_log),
        cmocka_unit_test(test_problems),  cmocka_unit_test(test_empty),
        cmocka_unit_test(test_abandoned), cmocka_unit_test(test_tags),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
