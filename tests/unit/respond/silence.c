/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences: what they match, when they end, what is refused.
 */
#include "respond/silence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/json_value.h"

#define T0 INT64_C(1772438400000000)
#define HOUR INT64_C(3600000000)

static void matches(void **state)
{
    const struct incident block = {.kind = INCIDENT_BLOCK,
                                   .relay = SLICE("relay1"),
                                   .source = SLICE("out-a"),
                                   .provider = SLICE("docomo"),
                                   .login = SLICE("shop@example.jp"),
                                   .closed_us = INCIDENT_OPEN};

    const struct {
        struct silence silence;
        int64_t at_us;
        bool hides;
    } rows[] = {
        {{.any_kind = true}, T0, true},
        {{.kind = INCIDENT_BLOCK}, T0, true},
        {{.kind = INCIDENT_SURGE}, T0, false},
        {{.any_kind = true, .relay = SLICE("relay1")}, T0, true},
        {{.any_kind = true, .relay = SLICE("relay")}, T0, false},
        {{.any_kind = true, .relay = SLICE("relay1"), .source = SLICE("out-b")}, T0, false},
        {{.any_kind = true, .source = SLICE("out-a"), .provider = SLICE("docomo")}, T0, true},
        {{.any_kind = true, .login = SLICE("shop@example.jp")}, T0, true},
        {{.any_kind = true, .login = SLICE("SHOP@example.jp")}, T0, false},
        {{.any_kind = true, .from_us = T0 + 1}, T0, false},
        {{.any_kind = true, .from_us = T0 + 1}, T0 + 1, true},
        {{.any_kind = true}, T0 + HOUR - 1, true},
        {{.any_kind = true}, T0 + HOUR, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct silence_list *list = silence_list_new();
        struct silence silence = rows[i].silence;
        struct err err;
        silence.until_us = T0 + HOUR;
        assert_non_null(silence_add(list, &silence, T0, &err));
        if ((silence_of(list, &block, rows[i].at_us) != NULL) != rows[i].hides)
            fail_msg("row %zu", i);
        silence_list_free(list);
    }
}

static void has_an_end(void **state)
{
    struct silence_list *list = silence_list_new();
    struct silence silence = {.any_kind = true, .from_us = T0 + HOUR, .until_us = T0 + 2 * HOUR};
    struct err err;
    (void)state;
    assert_string_equal(silence_add(list, &silence, T0, &err), "s1");
    assert_int_equal(silence_next(list, T0), T0 + HOUR);
    assert_int_equal(silence_next(list, T0 + HOUR), T0 + 2 * HOUR);
    assert_int_equal(silence_next(list, T0 + 2 * HOUR), INT64_MAX);
    assert_false(silence_expire(list, T0 + 2 * HOUR - 1));
    assert_true(silence_expire(list, T0 + 2 * HOUR));
    assert_int_equal(silence_count(list), 0);
    assert_string_equal(silence_add(list, &silence, T0, &err), "s2"); /* ids are not used again */
    silence_list_free(list);
}

static void refuses(void **state)
{
    static char longer[300];
    struct silence_list *list = silence_list_new();
    struct silence silence = {.any_kind = true, .until_us = T0};
    struct err err;
    (void)state;
    assert_null(silence_add(list, &silence, T0, &err)); /* over already */
    silence.until_us = T0 + SILENCE_LONGEST_US + 1;
    assert_null(silence_add(list, &silence, T0, &err));
    silence.until_us = T0 + HOUR;
    silence.from_us = T0 + HOUR;
    assert_null(silence_add(list, &silence, T0, &err));
    silence.from_us = 0;
    memset(longer, 'a', sizeof(longer));
    silence.relay = slice_of(longer, sizeof(longer));
    assert_null(silence_add(list, &silence, T0, &err));
    silence.relay = SLICE("");
    for (int i = 0; i < SILENCES_MAX; i++)
        assert_non_null(silence_add(list, &silence, T0, &err));
    assert_null(silence_add(list, &silence, T0, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(silence_remove(list, SLICE("s7")));
    assert_false(silence_remove(list, SLICE("s7")));
    assert_non_null(silence_add(list, &silence, T0, &err));
    silence_list_free(list);
}

static void survives_json(void **state)
{
    struct silence_list *list = silence_list_new(), *again = silence_list_new();
    struct silence silence = {.kind = INCIDENT_SURGE,
                              .relay = SLICE("r\xff"),
                              .login = SLICE("a@example.jp"),
                              .from_us = T0,
                              .until_us = T0 + HOUR,
                              .by = SLICE("kato"),
                              .why = SLICE("移行")};
    struct err err;
    (void)state;
    silence_add(list, &silence, T0, &err);
    silence.any_kind = true;
    silence_add(list, &silence, T0, &err);
    silence_remove(list, SLICE("s1"));
    json_t *object = silence_list_json(list);
    assert_true(silence_list_read(again, object));
    json_t *copy = silence_list_json(again);
    assert_true(json_equal(object, copy));
    json_decref(object);
    json_decref(copy);
    assert_int_equal(silence_count(again), 1);
    assert_true(silence_at(again, 0)->any_kind);
    assert_true(slice_eq(silence_at(again, 0)->why, SLICE("移行")));
    silence_list_free(list);
    silence_list_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches),
        cmocka_unit_test(has_an_end),
        cmocka_unit_test(refuses),
        cmocka_unit_test(survives_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
