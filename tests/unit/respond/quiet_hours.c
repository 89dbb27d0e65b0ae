/* SPDX-License-Identifier: Apache-2.0
 *
 * Quiet hours: the windows themselves, and what the book holds back during them.
 */
#include "respond/quiet_hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "respond/life.h"

#define AT(day, hour, minute) (T0 - 8 * HOUR + (day)*DAY + (hour)*HOUR + (minute)*MIN)

static int32_t fixed(void *data, int64_t utc_seconds)
{
    (void)utc_seconds;
    return *(const int32_t *)data;
}

static int32_t east_9 = 9 * 3600, west_5 = -5 * 3600, east_5_30 = 5 * 3600 + 1800;

static const struct {
    const char *what;
    int32_t *offset;
    struct quiet_window windows[2];
    int64_t now_us, end_us; /* end 0: not quiet */
} rows[] = {
    {"before", NULL, {{1320, 420, 0x7f}}, AT(0, 21, 59), 0},
    {"begins", NULL, {{1320, 420, 0x7f}}, AT(0, 22, 0), AT(1, 7, 0)},
    {"over midnight", NULL, {{1320, 420, 0x7f}}, AT(1, 0, 0), AT(1, 7, 0)},
    {"last minute", NULL, {{1320, 420, 0x7f}}, AT(1, 6, 59), AT(1, 7, 0)},
    {"ended", NULL, {{1320, 420, 0x7f}}, AT(1, 7, 0), 0},
    {"inside a day", NULL, {{720, 780, 0x7f}}, AT(0, 12, 30), AT(0, 13, 0)},
    {"Tokyo", &east_9, {{1320, 420, 0x7f}}, AT(0, 13, 0), AT(0, 22, 0)},
    {"Tokyo's day", &east_9, {{1320, 420, 0x7f}}, AT(0, 22, 0), 0},
    {"New York", &west_5, {{1320, 420, 0x7f}}, AT(0, 3, 0), AT(0, 12, 0)},
    {"Delhi", &east_5_30, {{1320, 420, 0x7f}}, AT(0, 16, 30), AT(1, 1, 30)},
    {"Monday's night", NULL, {{1320, 420, 0x01}}, AT(1, 3, 0), AT(1, 7, 0)},
    {"Tuesday's evening", NULL, {{1320, 420, 0x01}}, AT(1, 23, 0), 0},
    {"Sunday before", NULL, {{1320, 420, 0x40}}, AT(0, 3, 0), AT(0, 7, 0)},
    {"two that meet", NULL, {{1320, 420, 0x7f}, {420, 540, 0x7f}}, AT(0, 23, 0), AT(1, 9, 0)},
    {"equal ends: a day", NULL, {{600, 600, 0x01}}, AT(0, 10, 0), AT(1, 10, 0)},
    {"weekend", NULL, {{0, 0, 0x60}}, AT(5, 12, 0), AT(7, 0, 0)},
};

static void windows_on_the_wall_clock(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct quiet_hours quiet = {.count = rows[i].windows[1].days ? 2 : 1};
        if (rows[i].offset)
            quiet.zone = (struct local_time){fixed, rows[i].offset};
        quiet.windows[0] = rows[i].windows[0];
        quiet.windows[1] = rows[i].windows[1];
        bool active = quiet_hours_at(&quiet, rows[i].now_us);
        int64_t end_us = quiet_hours_end(&quiet, rows[i].now_us);
        if (active != (rows[i].end_us != 0) || (active && end_us != rows[i].end_us))
            fail_msg("%s: active %d, end %+lld s", rows[i].what, active,
                     (long long)((end_us - rows[i].end_us) / 1000000));
    }
}

static void quiet_without_end_wakes_once_a_week(void **state)
{
    struct quiet_hours quiet = {.count = 1, .windows = {{0, 0, QUIET_EVERY_DAY}}};
    (void)state;
    int64_t end_us = quiet_hours_end(&quiet, T0);
    assert_true(end_us > T0 + 7 * DAY && end_us <= T0 + 10 * DAY);
    struct quiet_hours never = {0};
    assert_false(quiet_hours_at(&never, T0));
    assert_int_equal(quiet_hours_end(&never, T0), T0);
}

/* 22:00 to 07:00 in Tokyo, which is 13:00 to 22:00 UTC; T0 is 17:00 there. */
static void begin_quiet(struct life *life)
{
    life_begin(life);
    life->settings.escalate_after_us = 0;
    life->settings.quiet = (struct quiet_hours){
        .zone = {fixed, &east_9}, .count = 1, .windows = {{1320, 420, QUIET_EVERY_DAY}}};
    life_configure(life);
}

static struct incident warning(const char *provider, int64_t opened_us)
{
    struct incident incident = life_block("out-a", provider, opened_us);
    incident.kind = INCIDENT_SLOW_DOWN;
    incident.source = slice_from_str(provider); /* another page each */
    return incident;
}

static void warnings_wait_for_one_digest(void **state)
{
    struct life life;
    (void)state;
    begin_quiet(&life);
    life_say(&life, warning("before", 0));
    life_expect(&life, "opened");
    life_at(&life, 6 * HOUR); /* 23:00 */
    life_say(&life, warning("docomo", 6 * HOUR));
    life_say(&life, warning("google", 6 * HOUR));
    life_say(&life, life_block("out-b", "yahoo-japan", 6 * HOUR)); /* critical */
    life_expect(&life, "opened");
    life_at(&life, 8 * HOUR);
    life_close(&life, warning("google", 6 * HOUR));
    life_close(&life, warning("before", 0));
    life_close(&life, life_block("out-b", "yahoo-japan", 6 * HOUR));
    life_expect(&life, "closed");
    life_at(&life, 14 * HOUR - 1);
    life_expect(&life, "");
    life_at(&life, 14 * HOUR); /* 07:00 */
    life_expect(&life, "digest");
    const struct notice *digest = life_last(&life);
    assert_int_equal(digest->total, 3);
    assert_int_equal(digest->items[0].transition, NOTICE_CLOSED); /* before */
    assert_int_equal(digest->items[1].transition, NOTICE_OPENED); /* docomo */
    assert_int_equal(digest->items[2].transition, NOTICE_CLOSED); /* came and went */
    assert_int_equal(digest->severity, INCIDENT_WARNING);
    life_at(&life, 15 * HOUR);
    life_close(&life, warning("docomo", 6 * HOUR));
    life_expect(&life, "closed");
    life_at(&life, 2 * DAY);
    life_expect(&life, "");
    life_end(&life);
}

static void what_is_as_it_was_is_no_news(void **state)
{
    struct life life;
    (void)state;
    begin_quiet(&life);
    life_say(&life, warning("docomo", 0));
    life_expect(&life, "opened");
    life_at(&life, 8 * HOUR);
    life_close(&life, warning("docomo", 0));
    life_at(&life, 8 * HOUR + 10 * MIN);
    life_say(&life, warning("docomo", 8 * HOUR + 10 * MIN));
    life_at(&life, DAY);
    life_expect(&life, "");
    assert_int_equal(incident_book_next_due(life.book), INT64_MAX);
    life_end(&life);
}

static void what_becomes_critical_wakes(void **state)
{
    struct life life;
    (void)state;
    begin_quiet(&life);
    life_at(&life, 10 * HOUR); /* 03:00 */
    struct incident slow = warning("docomo", 10 * HOUR);
    life_say(&life, slow);
    life_expect(&life, "");
    slow.severity = INCIDENT_CRITICAL;
    life_say(&life, slow);
    life_expect(&life, "opened");
    life_at(&life, DAY);
    life_expect(&life, ""); /* no digest of what was told */
    life_end(&life);
}

static void new_settings_end_the_quiet(void **state)
{
    struct life life;
    (void)state;
    begin_quiet(&life);
    life_at(&life, 10 * HOUR);
    life_say(&life, warning("docomo", 10 * HOUR));
    life.settings.quiet.count = 0;
    life_configure(&life);
    life_expect(&life, "digest");
    life_end(&life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_on_the_wall_clock),
        cmocka_unit_test(quiet_without_end_wakes_once_a_week),
        cmocka_unit_test(warnings_wait_for_one_digest),
        cmocka_unit_test(what_is_as_it_was_is_no_news),
        cmocka_unit_test(what_becomes_critical_wakes),
        cmocka_unit_test(new_settings_end_the_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
