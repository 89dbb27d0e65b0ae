/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences with gaps.
 */
#include "base/text_template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *pattern, *result;
} rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"{a}", "1"},
    {"{b} of {a}", "{a} of 1"}, /* a value is not read again */
    {"{a}{a}", "11"},
    {"{unknown}", "{unknown}"},
    {"{", "{"},
    {"x{a", "x{a"},
    {"}{a}", "}1"},
    {"{}", "{}"},
    {"試行 {a} 回", "試行 1 回"},
    {"{empty}", ""},
};

static void fills_gaps(void **state)
{
    const struct text_value values[] = {
        {"a", SLICE("1")}, {"b", SLICE("{a}")}, {"empty", {NULL, 0}}, {NULL, SLICE("")}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        text_template(rows[i].pattern, values, &text);
        assert_string_equal(buf_str(&text), rows[i].result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fills_gaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
