/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a log is read on: what is kept is what comes back, marks stay within their bounds, lines
 * that were not counted are known as such.
 */
#include "app/daemon_source.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define SECOND US_PER_SECOND
#define WARM_MINUTES (WARM_US / (60 * SECOND))
#define LINE "2026-03-02T12:00:00+00:00 relay1 postfix/qmgr[1]: ABC123: removed"

static const struct settings_log file_log = {.kind = SETTINGS_LOG_FILE, .file = "/var/log/mail"};

static struct daemon_source source;
static struct log_parser *parser;

static int enter(void **state)
{
    (void)state;
    parser = log_parser_new(2026, NULL, NULL);
    daemon_source_init(&source, &file_log, NULL, NULL);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    daemon_source_done(&source);
    log_parser_free(parser);
    return 0;
}

static struct log_position at(int64_t offset)
{
    struct log_position position = {.count = 1};
    position.places[0] = (struct log_place){
        .device = 1, .inode = 7, .head_len = 20, .head_hash = 99, .offset = offset};
    return position;
}

static void read_lines(size_t count)
{
    struct log_record record;
    for (size_t i = 0; i < count; i++)
        daemon_source_read(&source, parser, SLICE(LINE), NOON, &record);
}

static void mark(int64_t offset, int64_t steady_us)
{
    struct log_position here = at(offset);
    daemon_source_mark(&source, &here, steady_us, NOON + steady_us);
}

/* As a restart at steady_us, with what was kept at `offset`. */
static bool restart(int64_t offset, int64_t kept_us, int64_t steady_us)
{
    struct err err;
    CLEANUP_BUF struct buf kept = {0};
    struct log_position here = at(offset);
    buf_add(&kept, daemon_source_format(&source, &here, kept_us));
    daemon_source_done(&source);
    daemon_source_init(&source, &file_log, NULL, NULL);
    return daemon_source_resume(&source, buf_slice(&kept), steady_us, &err);
}

static int64_t oldest(void)
{
    return daemon_source_mark_kept(&source)->places[0].offset;
}

static void a_name_tells_the_kind(void **state)
{
    (void)state;
    assert_string_equal(buf_str(&source.name), "file:/var/log/mail");
    static const struct settings_log journal = {.kind = SETTINGS_LOG_JOURNALD, .journald = true};
    struct daemon_source other;
    daemon_source_init(&other, &journal, NULL, NULL);
    assert_string_equal(buf_str(&other.name), "journald");
    assert_int_equal(other.stage, SOURCE_EXACT);
    daemon_source_done(&other);
}

static void a_restart_warms_up_from_the_oldest_mark(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(3);
    mark(200, SECOND); /* too near to the one before */
    read_lines(2);
    assert_true(restart(500, 2 * SECOND, 0));
    assert_int_equal(source.stage, SOURCE_WARM);
    assert_int_equal(source.warm_left, 5);
    assert_int_equal(oldest(), 100);
    assert_int_equal(source.exact.places[0].offset, 500);
    assert_int_equal(daemon_source_warm_us(&source, SECOND), 3 * SECOND);
    daemon_source_hold(&source);
    assert_int_equal(daemon_source_warm_us(&source, SECOND), 0);
    /* Again before it was exact: from the same mark. */
    read_lines(1);
    mark(150, SECOND);
    assert_int_equal(oldest(), 100);
}

/* Ends of messages are told then, and kept with the place of what was counted. */
static void what_is_held_is_where_it_will_be_exact(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(5);
    assert_true(restart(500, 0, 0));
    read_lines(3);
    mark(300, SECOND);
    assert_int_equal(source.here.places[0].offset, 300);
    daemon_source_hold(&source);
    assert_int_equal(source.here.places[0].offset, 500);
}

static void without_lines_it_is_only_held(void **state)
{
    (void)state;
    assert_null(daemon_source_mark_kept(&source));
    assert_true(restart(500, 0, 0));
    assert_int_equal(source.stage, SOURCE_HELD);
    assert_int_equal(oldest(), 500);
}

/* Each restart reads from the same mark, which ages on, until it is too old. */
static void a_mark_ages_over_restarts(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(1);
    int64_t age_us = 0;
    for (int i = 0; i < 3; i++, age_us += WARM_US / 4) {
        assert_true(restart(500, WARM_US / 4, 0));
        assert_int_equal(oldest(), 100);
        assert_int_equal(daemon_source_mark_kept(&source) != NULL, 1);
        assert_int_equal(source.marks[0].steady_us, -age_us - WARM_US / 4);
        read_lines(source.warm_left);
    }
    mark(400, WARM_US / 5);
    mark(450, WARM_US / 2);
    assert_int_equal(oldest(), 400);
}

static void marks_are_within_their_time_and_lines(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 1000; i++) {
        mark(i, i * 60 * SECOND);
        assert_in_range(source.mark_count, 1, WARM_MARKS);
        assert_in_range(i - oldest(), 0, WARM_MINUTES + 1);
    }
    assert_in_range(999 - oldest(), WARM_MINUTES - 10, WARM_MINUTES + 1);
    source.lines += 2 * (uint64_t)WARM_LINES;
    mark(5000, 1000 * 60 * SECOND);
    mark(5001, 1000 * 60 * SECOND + 1);
    assert_in_range(oldest(), 999, 5000);
}

static void texts_of_another_form_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "5",
        "5 6",
        "5 6 1 1",
        "x 6 1 1 files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
        "5 x 1 1 files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
        "5 6 x 1 files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
        "5 6 1 x files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
        "-1 6 1 1 files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
        "5 6 files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
        "5 6 1 1 files 1.2.3.4.5\nfiles 1.2.3.4.5.6",
        "5 6 1 1 files 1.2.3.4.5.6\nfiles 1.2",
        "99999999999999999999 6 1 1 files 1.2.3.4.5.6\nfiles 1.2.3.4.5.6",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct err err = {0};
        CLEANUP_BUF struct buf text = {0};
        buf_add_str(&text, texts[i]);
        uint64_t sum = log_head_hash(buf_slice(&text));
        buf_addf(&text, "\n%016" PRIx64, sum);
        if (daemon_source_resume(&source, buf_slice(&text), 0, &err))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(err.code, ERR_INPUT);
        assert_non_null(strstr(err.text, "/var/log/mail"));
        assert_int_equal(source.stage, SOURCE_EXACT);
        assert_null(daemon_source_mark_kept(&source));
    }
}

/* Each byte of it counts: a digit that changed is a place like any other. */
static void a_text_that_changed_is_refused(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(3);
    struct log_position here = at(500);
    CLEANUP_BUF struct buf kept = {0};
    buf_add(&kept, daemon_source_format(&source, &here, SECOND));
    for (size_t i = 0; i < kept.len; i++) {
        struct daemon_source other;
        struct err err = {0};
        daemon_source_init(&other, &file_log, NULL, NULL);
        kept.ptr[i] ^= 1;
        if (daemon_source_resume(&other, buf_slice(&kept), 0, &err))
            fail_msg("taken with byte %zu changed: %s", i, buf_str(&kept));
        kept.ptr[i] ^= 1;
        daemon_source_done(&other);
    }
    const char *end = slice_find_last_char(buf_slice(&kept), '\n');
    assert_false(daemon_source_resume(&source, slice_between(kept.ptr, end), 0, &(struct err){0}));
}

/* By the number of its line, as it was and as it comes again. */
static void ends_that_were_told_are_known_after_a_restart(void **state)
{
    (void)state;
    read_lines(10);
    mark(100, 0);
    read_lines(5);
    daemon_source_tell(&source, 13, LEAVE_SETTLED);
    daemon_source_tell(&source, 11, LEAVE_SETTLED);
    daemon_source_tell(&source, 12, LEAVE_IDLE);
    daemon_source_tell(&source, 15, LEAVE_FOR_ROOM);
    assert_true(source.ends_told);
    assert_false(daemon_source_has_told(&source, 1, LEAVE_SETTLED)); /* by this run, not before */
    assert_true(restart(500, 0, 0));
    assert_false(source.ends_told);
    assert_true(daemon_source_has_told(&source, 3, LEAVE_SETTLED));
    assert_false(daemon_source_has_told(&source, 4, LEAVE_SETTLED));
    assert_true(daemon_source_has_told(&source, 2, LEAVE_IDLE));
    assert_false(daemon_source_has_told(&source, 3, LEAVE_IDLE));
    /* Once more, with nothing read in between. */
    assert_true(restart(500, 0, 0));
    assert_true(daemon_source_has_told(&source, 3, LEAVE_SETTLED));
    assert_false(daemon_source_has_told(&source, 4, LEAVE_SETTLED));
}

/* So that each is either told or read again. */
static void what_ends_settles_within_half_the_lines(void **state)
{
    (void)state;
    source.warm_lines = 3000;
    for (int64_t i = 0; i < 10; i++) {
        mark(i, i * SECOND);
        read_lines(101);
    }
    assert_int_equal(daemon_source_settle_before(&source), INT64_MIN);
    for (int64_t i = 10; i < 100; i++) {
        mark(i, i * SECOND);
        read_lines(101);
    }
    int64_t before_us = daemon_source_settle_before(&source);
    assert_in_range(before_us, NOON + 83 * SECOND, NOON + 86 * SECOND);
    assert_true(oldest() < 80);
}

/* A relay whose clock is days ahead must not end what waits on others. */
static void no_time_is_far_ahead_of_the_wall_clock(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        bool taken;
    } cases[] = {{"02", true}, {"03", true}, {"04", false}, {"12", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        struct log_record record;
        struct daemon_source one;
        daemon_source_init(&one, &file_log, NULL, NULL);
        snprintf(text, sizeof(text),
                 "2026-03-%sT11:59:59+00:00 relay1 postfix/qmgr[1]: ABC123: removed", cases[i].day);
        int64_t time_us = daemon_source_read(&one, parser, slice_from_str(text), NOON, &record);
        assert_int_equal(time_us == record.line.time_us, cases[i].taken);
        if (!cases[i].taken)
            assert_int_equal(time_us, NOON);
        daemon_source_done(&one);
    }
}

static void ends_before_the_mark_are_behind(void **state)
{
    (void)state;
    read_lines(10);
    daemon_source_tell(&source, 7, LEAVE_SETTLED);
    mark(100, 0);
    read_lines(5);
    assert_true(restart(500, 0, 0));
    assert_false(daemon_source_has_told(&source, 1, LEAVE_SETTLED));
}

/* The first lines are those that go: a rotated file that was deleted. */
static void lines_that_are_gone_move_the_others(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(10);
    daemon_source_tell(&source, 6, LEAVE_SETTLED);
    assert_true(restart(500, 0, 0));
    read_lines(7);
    source.warm_left -= 7;
    daemon_source_hold(&source);
    assert_true(daemon_source_has_told(&source, 3, LEAVE_SETTLED));
    assert_false(daemon_source_has_told(&source, 4, LEAVE_SETTLED));
}

/* What a line had no room for, it has none for when it comes again. */
static void room_that_a_line_took_is_taken_again(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(2);
    assert_false(daemon_source_has_told(&source, 1, LEAVE_FOR_ROOM));
    assert_true(restart(500, 0, 0));
    assert_true(daemon_source_has_told(&source, 1, LEAVE_FOR_ROOM));
    source.stage = SOURCE_EXACT;
    assert_false(daemon_source_has_told(&source, 1, LEAVE_FOR_ROOM));
}

static void what_the_history_has_is_known_until_a_later_line(void **state)
{
    (void)state;
    assert_false(daemon_source_is_known(&source, NOON));
    source.known_until_us = NOON;
    assert_true(daemon_source_is_known(&source, STAMP_NONE));
    assert_true(daemon_source_is_known(&source, NOON - SECOND));
    assert_true(daemon_source_is_known(&source, NOON));
    assert_false(daemon_source_is_known(&source, NOON + 1));
    assert_false(daemon_source_is_known(&source, NOON - SECOND)); /* a late line of now */
    assert_true(daemon_source_has_told(&source, 0, LEAVE_SETTLED));
    assert_false(daemon_source_has_told(&source, 1, LEAVE_SETTLED));
    source.known_until_us = NOON;
    daemon_source_forget(&source);
    assert_false(daemon_source_is_known(&source, NOON - SECOND));
}

static void lines_behind_the_exact_place_are_ahead(void **state)
{
    (void)state;
    mark(100, 0);
    read_lines(1);
    assert_true(restart(500, 0, 0));
    struct log_position after = at(500), other = at(900);
    assert_false(daemon_source_is_ahead(&source, &after));
    after = at(501);
    assert_true(daemon_source_is_ahead(&source, &after));
    other.places[0].inode = 8; /* a file that was not there */
    assert_false(daemon_source_is_ahead(&source, &other));
    other.count = 2;
    other.places[1] = after.places[0];
    assert_true(daemon_source_is_ahead(&source, &other));
}

static void a_stamp_without_a_year_is_of_the_past(void **state)
{
    (void)state;
    static const struct {
        int64_t now_us;
        const char *line;
        int year;
    } cases[] = {
        {NOON, "Mar  2 11:59:00 relay1 postfix/qmgr[1]: ABC123: removed", 2026},
        {NOON, "Mar  3 11:59:00 relay1 postfix/qmgr[1]: ABC123: removed", 2026},
        {NOON, "Dec 31 23:59:00 relay1 postfix/qmgr[1]: ABC123: removed", 2025},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct daemon_source one;
        struct log_record record;
        daemon_source_init(&one, &file_log, NULL, NULL);
        int64_t time_us = daemon_source_read(&one, parser, slice_from_str(cases[i].line),
                                             cases[i].now_us, &record);
        assert_int_equal(civil_from_seconds(time_us / SECOND).year, cases[i].year);
        daemon_source_done(&one);
    }
}

/* On a central box many hosts write one log: the clock of one may be of any month. */
static void no_line_tells_the_year_of_the_next(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Mar  5 12:00:00 relay1 postfix/qmgr[1]: ABC123: removed", /* three days ahead */
        "Mar  2 12:00:00 relay1 postfix/qmgr[1]: ABC123: removed",
        "Nov  1 00:00:01 relay2 postfix/qmgr[1]: ABC123: removed",
        "Jan  1 00:00:01 relay2 postfix/qmgr[1]: ABC123: removed",
        "Mar  2 12:00:00 relay1 postfix/qmgr[1]: ABC123: removed",
    };
    static const int years[] = {2025, 2026, 2025, 2026, 2026};
    struct log_record record;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        daemon_source_read(&source, parser, slice_from_str(lines[i]), NOON, &record);
        assert_int_equal(civil_from_seconds(record.line.time_us / SECOND).year, years[i]);
    }
}

static void what_the_history_took_is_known(void **state)
{
    (void)state;
    struct log_position here = at(500);
    daemon_source_commit(&source);
    assert_int_equal(source.committed.len, 0);
    CLEANUP_BUF struct buf first = {0};
    buf_add(&first, daemon_source_format(&source, &here, 0));
    daemon_source_commit(&source);
    here = at(600);
    daemon_source_format(&source, &here, 0); /* never taken */
    assert_string_equal(buf_str(&source.committed), buf_str(&first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_tells_the_kind, enter, leave),
        cmocka_unit_test_setup_teardown(a_restart_warms_up_from_the_oldest_mark, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_held_is_where_it_will_be_exact, enter, leave),
        cmocka_unit_test_setup_teardown(without_lines_it_is_only_held, enter, leave),
        cmocka_unit_test_setup_teardown(a_mark_ages_over_restarts, enter, leave),
        cmocka_unit_test_setup_teardown(marks_are_within_their_time_and_lines, enter, leave),
        cmocka_unit_test_setup_teardown(texts_of_another_form_are_refused, enter, leave),
        cmocka_unit_test_setup_teardown(a_text_that_changed_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(ends_that_were_told_are_known_after_a_restart, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(what_ends_settles_within_half_the_lines, enter, leave),
        cmocka_unit_test_setup_teardown(no_time_is_far_ahead_of_the_wall_clock, enter, leave),
        cmocka_unit_test_setup_teardown(ends_before_the_mark_are_behind, enter, leave),
        cmocka_unit_test_setup_teardown(lines_that_are_gone_move_the_others, enter, leave),
        cmocka_unit_test_setup_teardown(room_that_a_line_took_is_taken_again, enter, leave),
        cmocka_unit_test_setup_teardown(what_the_history_has_is_known_until_a_later_line, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(lines_behind_the_exact_place_are_ahead, enter, leave),
        cmocka_unit_test_setup_teardown(a_stamp_without_a_year_is_of_the_past, enter, leave),
        cmocka_unit_test_setup_teardown(no_line_tells_the_year_of_the_next, enter, leave),
        cmocka_unit_test_setup_teardown(what_the_history_took_is_known, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
