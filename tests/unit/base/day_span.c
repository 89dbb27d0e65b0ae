/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the day: forms, midnight, and what is inside.
 */
#include "base/day_span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed; /* printed NULL: refused */
        uint16_t from, to;
    } rows[] = {
        {"22:00-07:00", "22:00-07:00", 1320, 420},
        {"00:00-00:01", "00:00-00:01", 0, 1},
        {"09:30-18:00", "09:30-18:00", 570, 1080},
        {"18:00-24:00", "18:00-00:00", 1080, 0},
        {"23:59-00:00", "23:59-00:00", 1439, 0},
        {"00:00-24:00", NULL, 0, 0}, /* all day is no part of it */
        {"07:00-07:00", NULL, 0, 0},
        {"24:00-07:00", NULL, 0, 0},
        {"22:00-24:01", NULL, 0, 0},
        {"25:00-07:00", NULL, 0, 0},
        {"22:60-07:00", NULL, 0, 0},
        {"22-7", NULL, 0, 0},
        {"22:00", NULL, 0, 0},
        {"22:00-", NULL, 0, 0},
        {"-07:00", NULL, 0, 0},
        {"9:00-18:00", NULL, 0, 0},
        {"09:00 - 18:00", NULL, 0, 0},
        {"09:00-18:00-19:00", NULL, 0, 0},
        {"+9:00-18:00", NULL, 0, 0},
        {"", NULL, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct day_span span = {0};
        bool good = day_span_parse(slice_from_str(rows[i].text), &span);
        day_span_format(&span, &text);
        if (good != (rows[i].printed != NULL) || span.from != rows[i].from ||
            span.to != rows[i].to ||
            strcmp(buf_str(&text), rows[i].printed ? rows[i].printed : "") != 0)
            fail_msg("\"%s\": %d, %s", rows[i].text, good, buf_str(&text));
    }
}

static void test_contains(void **state)
{
    (void)state;
    static const struct {
        struct day_span span;
        unsigned minute;
        bool inside;
    } rows[] = {
        {{1320, 420}, 1320, true}, {{1320, 420}, 1319, false}, {{1320, 420}, 0, true},
        {{1320, 420}, 419, true},  {{1320, 420}, 420, false},  {{570, 1080}, 570, true},
        {{570, 1080}, 1079, true}, {{570, 1080}, 1080, false}, {{570, 1080}, 0, false},
        {{1080, 0}, 1439, true},   {{1080, 0}, 0, false},      {{0, 0}, 0, false},
        {{0, 0}, 1439, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (day_span_contains(&rows[i].span, rows[i].minute) != rows[i].inside)
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_contains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
