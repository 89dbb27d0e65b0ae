/* SPDX-License-Identifier: Apache-2.0
 *
 * What Postfix and its client read: the right codes, the moment to try again, the operator's own
 * words.
 */
#include "gate/policy_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define NOW_US (INT64_C(1790000000) * SECOND_US) /* 2026-09-21 14:13:20 UTC */
#define TEXT(text) \
    { \
        text, sizeof(text) - 1 \
    }

static const struct {
    enum limit_action action;
    enum limit_unit unit;
    int64_t within_us, room_us;
    uint32_t most;
    struct slice text, slow;
    enum language language;
    const char *said;
} rows[] = {
    {LIMIT_DEFER, LIMIT_RECIPIENTS, HOUR_US, NOW_US + 90 * SECOND_US, 500, TEXT(""), TEXT(""),
     LANGUAGE_EN,
     "450 4.7.1 limit user-hour: 498 of 500 recipients in 1h are used; try again in 2m (after "
     "14:15 UTC)"},
    {LIMIT_DEFER, LIMIT_RECIPIENTS, HOUR_US, NOW_US + 40 * SECOND_US, 500, TEXT(""), TEXT(""),
     LANGUAGE_EN,
     "450 4.7.1 limit user-hour: 498 of 500 recipients in 1h are used; try again in 1m (after "
     "14:14 UTC)"},
    {LIMIT_DEFER, LIMIT_RECIPIENTS, 24 * HOUR_US, NOW_US + 25 * HOUR_US + 58 * 60 * SECOND_US, 500,
     TEXT(""), TEXT(""), LANGUAGE_EN,
     "450 4.7.1 limit user-hour: 498 of 500 recipients in 1d are used; try again in 26h (after "
     "2026-09-22 16:12 UTC)"},
    {LIMIT_DEFER, LIMIT_RECIPIENTS, 24 * HOUR_US, NOW_US + 20 * HOUR_US, 500, TEXT(""), TEXT(""),
     LANGUAGE_JA,
     "450 4.7.1 送信制限 user-hour: 1dあたり500宛先のうち498を使用済みです。20h後(UTC "
     "2026-09-22 10:14以降)に再送してください"},
    {LIMIT_DEFER, LIMIT_RECIPIENTS, HOUR_US, NOW_US + 2 * HOUR_US, 500, TEXT(""), TEXT(""),
     LANGUAGE_EN,
     "450 4.7.1 limit user-hour: 498 of 500 recipients in 1h are used; try again in 2h (after "
     "16:14 UTC)"},
    {LIMIT_REJECT, LIMIT_RECIPIENTS, 0, INT64_MAX, 500, TEXT(""), TEXT(""), LANGUAGE_EN,
     "550 5.7.1 limit user-hour: 7 recipients at once, no more than 500 can pass"},
    {LIMIT_REJECT, LIMIT_MESSAGES, HOUR_US, INT64_MAX, 0, TEXT(""), TEXT(""), LANGUAGE_EN,
     "550 5.7.1 limit user-hour: sending is not allowed"},
    {LIMIT_HOLD, LIMIT_MESSAGES, HOUR_US, NOW_US + HOUR_US, 500, TEXT("{login} over {rule}"),
     TEXT(""), LANGUAGE_EN, "HOLD taro@jp.test over user-hour"},
    {LIMIT_DISCARD, LIMIT_KIBIBYTES, HOUR_US, NOW_US + HOUR_US, 500,
     TEXT("{used}/{most}+{wanted} {unit} {wait} {time} {within} {other}"), TEXT(""), LANGUAGE_EN,
     "DISCARD 498/500+7 KiB 1h 15:14 1h {other}"},
    {LIMIT_DEFER, LIMIT_NEW_RECIPIENTS, 24 * HOUR_US, INT64_MAX, 5, TEXT("{wait}|{time}"), TEXT(""),
     LANGUAGE_EN, "450 4.7.1 |"},
    {LIMIT_WARN, LIMIT_RECIPIENTS, HOUR_US, NOW_US + 600 * SECOND_US, 500, TEXT(""), TEXT("slow"),
     LANGUAGE_JA,
     "WARN 送信制限 user-hour: 1hあたり500宛先のうち498を使用済みです。10m後(UTC "
     "14:24以降)に再送してください"},
    {LIMIT_SLOW, LIMIT_RECIPIENTS, HOUR_US, NOW_US + HOUR_US, 500, TEXT(""), TEXT("slow"),
     LANGUAGE_EN, "FILTER slow:"},
    {LIMIT_SLOW, LIMIT_RECIPIENTS, HOUR_US, NOW_US + HOUR_US, 500, TEXT("x"), TEXT(""), LANGUAGE_EN,
     "WARN x"},
};

static void what_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf said = {0};
        const struct limit_rule rule = {.name = TEXT("user-hour"),
                                        .unit = rows[i].unit,
                                        .within_us = rows[i].within_us,
                                        .action = rows[i].action,
                                        .text = rows[i].text};
        const struct limit_hit hit = {&rule, 498, rows[i].most, 7, rows[i].room_us};
        policy_words_over(&hit, SLICE("taro@jp.test"), rows[i].slow, rows[i].language, NOW_US,
                          &said);
        assert_string_equal(buf_str(&said), rows[i].said);
    }
}

/* A brace in a login is a brace. */
static void a_hostile_login(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf said = {0};
    const struct limit_rule rule = {
        .name = TEXT("r"), .action = LIMIT_DEFER, .text = TEXT("{login}")};
    const struct limit_hit hit = {&rule, 1, 1, 1, NOW_US};
    policy_words_over(&hit, SLICE("{used}{rule}"), SLICE(""), LANGUAGE_EN, NOW_US, &said);
    assert_string_equal(buf_str(&said), "450 4.7.1 {used}{rule}");
}

/* Every sentence fits into a reply, and no gap is left open in any language. */
static void every_language(void **state)
{
    (void)state;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        const int64_t rooms[] = {NOW_US + HOUR_US, INT64_MAX};
        for (int i = 0; i < 4; i++) {
            CLEANUP_BUF struct buf said = {0};
            const struct limit_rule rule = {.name = TEXT("r"), .within_us = HOUR_US};
            const struct limit_hit hit = {&rule, 1, i < 2 ? 1 : 0, 1, rooms[i % 2]};
            policy_words_over(&hit, SLICE("a"), SLICE(""), (enum language)language, NOW_US, &said);
            assert_null(slice_find_char(buf_slice(&said), '{'));
            assert_true(said.len > 20 && said.len < 200);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said),
        cmocka_unit_test(a_hostile_login),
        cmocka_unit_test(every_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
