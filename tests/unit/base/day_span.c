/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the day: forms, days, midnight, and the way back.
 */
#include "base/day_span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define EVERY DAY_SPAN_EVERY_DAY

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed; /* printed NULL: refused */
        struct day_span span;
    } rows[] = {
        {"22:00-07:00", "22:00-07:00", {1320, 420, EVERY}},
        {"00:00-00:01", "00:00-00:01", {0, 1, EVERY}},
        {"09:30-18:00", "09:30-18:00", {570, 1080, EVERY}},
        {"18:00-24:00", "18:00-24:00", {1080, 0, EVERY}},
        {"18:00-00:00", "18:00-24:00", {1080, 0, EVERY}},
        {"23:59-00:00", "23:59-24:00", {1439, 0, EVERY}},
        {"00:00-24:00", "00:00-24:00", {0, 0, EVERY}},
        {"Mon 22:00-07:00", "Mon 22:00-07:00", {1320, 420, 0x01}},
        {"Sun 00:00-24:00", "Sun 00:00-24:00", {0, 0, 0x40}},
        {"Mon-Fri 22:00-07:00", "Mon-Fri 22:00-07:00", {1320, 420, 0x1f}},
        {"Sat-Sun 00:00-24:00", "Sat-Sun 00:00-24:00", {0, 0, 0x60}},
        {"Sat-Mon 00:00-24:00", "Sat-Mon 00:00-24:00", {0, 0, 0x61}},
        {"Fri-Thu 01:00-02:00", "01:00-02:00", {60, 120, EVERY}},
        {"Mon-Mon 01:00-02:00", "Mon 01:00-02:00", {60, 120, 0x01}},
        {"07:00-07:00", NULL, {0}},
        {"00:00-00:00", NULL, {0}},
        {"24:00-07:00", NULL, {0}},
        {"24:00-24:00", NULL, {0}},
        {"22:00-24:01", NULL, {0}},
        {"25:00-07:00", NULL, {0}},
        {"22:60-07:00", NULL, {0}},
        {"22-7", NULL, {0}},
        {"22:00", NULL, {0}},
        {"22:00-", NULL, {0}},
        {"-07:00", NULL, {0}},
        {"9:00-18:00", NULL, {0}},
        {"09:00 - 18:00", NULL, {0}},
        {"09:00-18:00-19:00", NULL, {0}},
        {"+9:00-18:00", NULL, {0}},
        {"mon 22:00-07:00", NULL, {0}},
        {"Monday 22:00-07:00", NULL, {0}},
        {"Mon,Tue 22:00-07:00", NULL, {0}},
        {"Mon- 22:00-07:00", NULL, {0}},
        {"Mon-Xyz 22:00-07:00", NULL, {0}},
        {"Mon  22:00-07:00", NULL, {0}},
        {" 22:00-07:00", NULL, {0}},
        {"22:00-07:00 Mon", NULL, {0}},
        {"Mon", NULL, {0}},
        {"", NULL, {0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct day_span span = {0};
        bool good = day_span_parse(slice_from_str(rows[i].text), &span);
        if (good)
            day_span_format(&span, &text);
        if (good != (rows[i].printed != NULL) || span.from != rows[i].span.from ||
            span.to != rows[i].span.to || span.days != rows[i].span.days ||
            strcmp(buf_str(&text), rows[i].printed ? rows[i].printed : "") != 0)
            fail_msg("\"%s\": %d, %s", rows[i].text, good, buf_str(&text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
