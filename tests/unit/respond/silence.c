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
                                   .domain = SLICE("example.jp"),
                                   .closed_us = INCIDENT_OPEN};

    const struct {
        struct silence silence;
        int64_t at_us;
        bool hides;
    } rows[] = {
        {{.kinds = 0}, T0, true},
        {{.kinds = SILENCE_KIND(INCIDENT_BLOCK)}, T0, true},
        {{.kinds = SILENCE_KIND(INCIDENT_SURGE)}, T0, false},
        {{.kinds = SILENCE_KIND(INCIDENT_SURGE) | SILENCE_KIND(INCIDENT_BLOCK)}, T0, true},
        {{.kinds = SILENCE_KIND(INCIDENT_SURGE), .relay = SLICE("relay1")}, T0, false},
        {{.relay = SLICE("relay1")}, T0, true},
        {{.relay = SLICE("relay")}, T0, false},
        {{.relay = SLICE("relay1"), .source = SLICE("out-b")}, T0, false},
        {{.source = SLICE("out-a"), .provider = SLICE("docomo")}, T0, true},
        {{.login = SLICE("shop@example.jp")}, T0, true},
        {{.login = SLICE("SHOP@example.jp")}, T0, false},
        {{.domain = SLICE("example.jp")}, T0, true},
        {{.domain = SLICE("example.com")}, T0, false},
        {{.name = SLICE("pager")}, T0, false},
        {{.from_us = T0 + 1}, T0, false},
        {{.from_us = T0 + 1}, T0 + 1, true},
        {{.kinds = 0}, T0 + HOUR - 1, true},
        {{.kinds = 0}, T0 + HOUR, false},
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

/* Of several the one that ends last: what people are told of the end then holds. */
static void the_last_end_counts(void **state)
{
    static const int64_t hours[] = {2, 3, 1};
    const struct incident block = {.kind = INCIDENT_BLOCK, .closed_us = INCIDENT_OPEN};
    struct silence_list *list = silence_list_new();
    struct err err;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct silence silence = {.until_us = T0 + hours[i] * HOUR};
        assert_non_null(silence_add(list, &silence, T0, &err));
    }
    assert_string_equal(silence_of(list, &block, T0)->id, "s2");
    assert_true(silence_find(list, SLICE("s2")) == silence_of(list, &block, T0));
    assert_true(silence_remove(list, SLICE("s2")));
    assert_null(silence_find(list, SLICE("s2")));
    assert_string_equal(silence_of(list, &block, T0)->id, "s1");
    silence_list_free(list);
}

static void knows_what_is_narrow(void **state)
{
    static const struct silence rows[] = {
        {.kinds = SILENCE_KIND(INCIDENT_NOTIFIER)},
        {.relay = {"r", 1}},
        {.source = {"r", 1}},
        {.provider = {"r", 1}},
        {.login = {"r", 1}},
        {.domain = {"r", 1}},
        {.name = {"r", 1}},
    };
    const struct silence wide = {.by = SLICE("kato"), .comment = SLICE("all")};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(silence_is_narrow(&rows[i]));
    assert_false(silence_is_narrow(&wide));
}

static void has_an_end(void **state)
{
    struct silence_list *list = silence_list_new();
    struct silence silence = {.from_us = T0 + HOUR, .until_us = T0 + 2 * HOUR};
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
    struct silence silence = {.until_us = T0};
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
    struct silence silence = {.kinds = SILENCE_KIND(INCIDENT_SURGE),
                              .relay = SLICE("r\xff"),
                              .login = SLICE("a@example.jp"),
                              .from_us = T0,
                              .until_us = T0 + HOUR,
                              .by = SLICE("kato"),
                              .comment = SLICE("移行")};
    struct err err;
    (void)state;
    silence_add(list, &silence, T0, &err);
    silence.kinds = SILENCE_KIND(INCIDENT_BLOCK) | SILENCE_KIND(INCIDENT_NOTIFIER);
    silence.domain = SLICE("example.jp");
    silence.name = SLICE("file:/var/log/mail.log");
    silence_add(list, &silence, T0, &err);
    silence_remove(list, SLICE("s1"));
    json_t *object = silence_list_json(list);
    assert_true(silence_list_read(again, object));
    json_t *copy = silence_list_json(again);
    assert_true(json_equal(object, copy));
    json_decref(object);
    json_decref(copy);
    assert_int_equal(silence_count(again), 1);
    assert_true(silence_at(again, 0)->kinds ==
                (SILENCE_KIND(INCIDENT_BLOCK) | SILENCE_KIND(INCIDENT_NOTIFIER)));
    assert_true(slice_eq(silence_at(again, 0)->domain, SLICE("example.jp")));
    assert_true(slice_eq(silence_at(again, 0)->name, SLICE("file:/var/log/mail.log")));
    assert_true(slice_eq(silence_at(again, 0)->comment, SLICE("移行")));
    silence_list_free(list);
    silence_list_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches),
        cmocka_unit_test(the_last_end_counts),
        cmocka_unit_test(knows_what_is_narrow),
        cmocka_unit_test(has_an_end),
        cmocka_unit_test(refuses),
        cmocka_unit_test(survives_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
