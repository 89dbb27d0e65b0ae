/* SPDX-License-Identifier: Apache-2.0
 *
 * When Postfix tries again, by the rule of its queue manager (src/qmgr/qmgr_active.c): the times
 * here are worked out by hand from that rule.
 */
#include "watch/retry_estimate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/civil.h"
#include "mail/stamp.h"

#define S US_PER_SECOND
#define ARRIVAL (INT64_C(1772402400) * S)

static struct retry_estimate estimate(const struct retry_settings *settings, enum mail_queue queue,
                                      int64_t last_s, int64_t now_s)
{
    struct retry_facts facts = {
        .queue = queue,
        .arrival_us = ARRIVAL,
        .last_try_us = last_s < 0 ? STAMP_NONE : ARRIVAL + last_s * S,
        .now_us = ARRIVAL + now_s * S,
    };
    return retry_estimate_make(settings, &facts);
}

static void the_wait_grows_with_the_age(void **state)
{
    (void)state;
    static const struct {
        int64_t last_s, now_s, from_s;
        enum retry_kind kind;
    } cases[] = {
        {1, 2, 301, RETRY_BETWEEN},           /* minimal_backoff_time */
        {301, 302, 602, RETRY_BETWEEN},       /* the age, just above it */
        {1000, 1001, 2000, RETRY_BETWEEN},    /* doubles */
        {3999, 4000, 7998, RETRY_BETWEEN},    /* still the age */
        {4001, 4002, 8001, RETRY_BETWEEN},    /* maximal_backoff_time */
        {90000, 90001, 94000, RETRY_BETWEEN}, /* and no more */
        {1000, 2299, 2000, RETRY_BETWEEN},    /* due, the queue run is awaited */
        {1000, 2300, 2000, RETRY_BETWEEN},    {1000, 2301, 2000, RETRY_OVERDUE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct retry_estimate found =
            estimate(&retry_default_settings, MAIL_QUEUE_DEFERRED, cases[i].last_s, cases[i].now_s);
        assert_int_equal(found.kind, cases[i].kind);
        assert_int_equal((found.from_us - ARRIVAL) / S, cases[i].from_s);
        assert_int_equal((found.to_us - ARRIVAL) / S, cases[i].from_s + 300);
        assert_int_equal((found.gives_up_us - ARRIVAL) / S, 5 * SECONDS_PER_DAY);
        assert_false(found.is_last);
    }
}

/* Postfix applies maximal_backoff_time first. */
static void crossed_bounds_give_the_minimum(void **state)
{
    (void)state;
    struct retry_settings settings = retry_default_settings;
    settings.minimal_backoff_us = 600 * S;
    settings.maximal_backoff_us = 60 * S;
    struct retry_estimate found = estimate(&settings, MAIL_QUEUE_DEFERRED, 10000, 10001);
    assert_int_equal((found.from_us - ARRIVAL) / S, 10600);
}

static void without_a_last_try_there_is_only_an_end(void **state)
{
    (void)state;
    struct retry_estimate found = estimate(&retry_default_settings, MAIL_QUEUE_DEFERRED, -1, 1000);
    assert_int_equal(found.kind, RETRY_BY);
    assert_int_equal((found.to_us - ARRIVAL) / S, 1000 + 1000 + 300);
    /* A line of another message under this id: before it arrived. */
    struct retry_facts facts = {.queue = MAIL_QUEUE_DEFERRED,
                                .arrival_us = ARRIVAL,
                                .last_try_us = ARRIVAL - 5 * S,
                                .now_us = ARRIVAL + 10 * S};
    assert_int_equal(retry_estimate_make(&retry_default_settings, &facts).kind, RETRY_BY);
}

static void the_last_chance_is_told(void **state)
{
    (void)state;
    int64_t day = SECONDS_PER_DAY;
    struct retry_estimate found =
        estimate(&retry_default_settings, MAIL_QUEUE_DEFERRED, 5 * day - 3000, 5 * day - 2000);
    assert_true(found.is_last);
    struct retry_settings settings = retry_default_settings;
    settings.bounce_lifetime_us = day * S;
    struct retry_facts facts = {.queue = MAIL_QUEUE_DEFERRED,
                                .arrival_us = ARRIVAL,
                                .last_try_us = ARRIVAL + 10 * S,
                                .now_us = ARRIVAL + 20 * S,
                                .is_notification = true};
    found = retry_estimate_make(&settings, &facts);
    assert_int_equal((found.gives_up_us - ARRIVAL) / S, day);
}

static void other_queues_do_not_wait_for_a_time(void **state)
{
    (void)state;
    static const struct {
        enum mail_queue queue;
        enum retry_kind kind;
        bool ends;
    } cases[] = {
        {MAIL_QUEUE_ACTIVE, RETRY_NOW, true},     {MAIL_QUEUE_INCOMING, RETRY_NOW, true},
        {MAIL_QUEUE_MAILDROP, RETRY_NOW, true},   {MAIL_QUEUE_HOLD, RETRY_HELD, false},
        {MAIL_QUEUE_CORRUPT, RETRY_NEVER, false}, {MAIL_QUEUE_OTHER, RETRY_BETWEEN, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct retry_estimate found = estimate(&retry_default_settings, cases[i].queue, 10, 20);
        assert_int_equal(found.kind, cases[i].kind);
        assert_int_equal(found.gives_up_us != 0, cases[i].ends);
    }
}

static void times_are_read_as_postconf_prints_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t unit_s, seconds; /* -1: refused */
    } cases[] = {
        {"300s", 1, 300},
        {"4000s", 1, 4000},
        {"5d", 86400, 432000},
        {"5", 86400, 432000},
        {"300", 1, 300},
        {" 1h ", 1, 3600},
        {"0", 1, 0},
        {"2w", 86400, 1209600},
        {"", 1, -1},
        {"soon", 1, -1},
        {"-5s", 1, -1},
        {"5x", 1, -1},
        {"99999999999d", 1, -1},
        {"99999999999999999999", 86400, -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t us = -S;
        bool good = retry_time_parse(slice_from_str(cases[i].text), cases[i].unit_s * S, &us);
        assert_int_equal(good, cases[i].seconds >= 0);
        assert_int_equal(us, cases[i].seconds * S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_grows_with_the_age),
        cmocka_unit_test(crossed_bounds_give_the_minimum),
        cmocka_unit_test(without_a_last_try_there_is_only_an_end),
        cmocka_unit_test(the_last_chance_is_told),
        cmocka_unit_test(other_queues_do_not_wait_for_a_time),
        cmocka_unit_test(times_are_read_as_postconf_prints_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
