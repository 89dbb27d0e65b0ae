/* SPDX-License-Identifier: Apache-2.0
 *
 * Slips of the pen: how far, and how near is near enough.
 */
#include "base/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_distance(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"state", "state", 0},
        {"stat", "state", 1},
        {"sate", "state", 1},
        {"satte", "state", 1},
        {"stqte", "state", 1},
        {"STATE", "state", 0},
        {"keep", "kepe", 1},
        {"max-size", "max_size", 0},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3}, /* restricted: no change inside a swap */
        {"abcdefghijklmnopqrstuvwxyz0123456abcdefghijklmnopqrstuvwxyz0123456", "a", SPELLING_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t distance = spelling_distance(slice_from_str(rows[i].a), slice_from_str(rows[i].b));
        if (distance != rows[i].distance)
            fail_msg("%s, %s: %zu", rows[i].a, rows[i].b, distance);
    }
}

static void test_near(void **state)
{
    (void)state;
    static const struct {
        const char *word, *known;
        bool near;
    } rows[] = {
        {"stat", "state", true},      {"log", "logs", true},
        {"notfy", "notify", true},    {"min_severty", "min_severity", true},
        {"accounts", "state", false}, {"x", "web", false},
        {"", "web", false},           {"wbe", "web", true},
        {"policy", "notify", false},  {"detectors", "detect", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (spelling_is_near(slice_from_str(rows[i].word), slice_from_str(rows[i].known)) !=
            rows[i].near)
            fail_msg("%s, %s", rows[i].word, rows[i].known);
}

static void test_suggest(void **state)
{
    (void)state;
    static const struct {
        const char *word, *known[4], *text;
    } rows[] = {
        {"docmo", {"au", "docomo", "softbank"}, ", did you mean docomo?"},
        {"jsno", {"text", "json"}, ", did you mean json?"},
        {"inc", {"income", "incident"}, ", did you mean income?"}, /* the nearest, not the first */
        {"inc", {"incident", "income"}, ", did you mean income?"},
        {"cat", {"bat", "rat"}, ", did you mean bat?"},         /* the first of equals */
        {"out-a", {"Out-A", "out-a"}, ", did you mean out-a?"}, /* the word itself */
        {"zzz", {"text", "json"}, ""},
        {"", {"text", ""}, ""},
        {"json", {NULL}, ""},
        {"abcdefghijklmnopqrstuvwxyz0123456abcdefghijklmnopqrstuvwxyz0123456",
         {"abcdefghijklmnopqrstuvwxyz"},
         ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct spelling search = {.word = slice_from_str(rows[i].word)};
        for (size_t k = 0; k < 4 && rows[i].known[k] != NULL; k++)
            spelling_offer(&search, slice_from_str(rows[i].known[k]));
        spelling_suggest(&search, &text);
        assert_string_equal(buf_str(&text), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_suggest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
