/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of overrides there and back, and which two route alike.
 */
#include "model/override.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void words_are_read_back(void **state)
{
    enum override_kind kind;
    enum override_state stage;
    (void)state;
    for (int i = 0; i < OVERRIDE_KIND_COUNT; i++) {
        const char *word = override_kind_word((enum override_kind)i);
        assert_true(override_kind_from_word(slice_from_str(word), &kind));
        assert_int_equal(kind, i);
    }
    for (int i = 0; i < OVERRIDE_STATE_COUNT; i++) {
        const char *word = override_state_word((enum override_state)i);
        assert_true(override_state_from_word(slice_from_str(word), &stage));
        assert_int_equal(stage, i);
    }
}

static void other_words_are_refused(void **state)
{
    static const char *const words[] = {"", "Detour", "detour ", "detou", "active\n"};
    enum override_kind kind = OVERRIDE_RAMP;
    enum override_state stage = OVERRIDE_ENDED;
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_false(override_kind_from_word(slice_from_str(words[i]), &kind));
        assert_false(override_state_from_word(slice_from_str(words[i]), &stage));
    }
    assert_int_equal(kind, OVERRIDE_RAMP); /* untouched */
    assert_int_equal(stage, OVERRIDE_ENDED);
}

static const struct override sample = {.id = "o1",
                                       .kind = OVERRIDE_RAMP,
                                       .state = OVERRIDE_ACTIVE,
                                       .relay = {"relay1", 6},
                                       .provider = {"google", 6},
                                       .source = {"out-a", 5},
                                       .target = {"out-b", 5},
                                       .share_percent = 10,
                                       .since_us = 1000,
                                       .expires_us = 2000};

static void what_the_map_would_not_show_makes_no_other_route(void **state)
{
    struct override other = sample;
    (void)state;
    other.id[1] = '2';
    other.since_us = 1;
    other.expires_us = 3000;
    other.actor = SLICE("alice");
    other.reason = SLICE("because");
    other.incident = SLICE("abcd1234");
    other.work.delivered = 5;
    assert_true(override_same_route(&sample, &other));
}

static void what_the_map_shows_makes_another_route(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        struct override other = sample;
        if (i == 0)
            other.kind = OVERRIDE_DETOUR;
        if (i == 1)
            other.state = OVERRIDE_PROPOSED;
        if (i == 2)
            other.relay = SLICE("relay2");
        if (i == 3)
            other.provider = SLICE("yahoo");
        if (i == 4)
            other.source = SLICE("out-c");
        if (i == 5)
            other.target = SLICE("");
        if (i == 6)
            other.recipient = SLICE("a@example.jp");
        if (i == 7)
            other.share_percent = 25;
        if (i == 8)
            other.per_hour = 60;
        assert_false(override_same_route(&sample, &other));
    }
}

static void only_an_active_one_before_its_end_is_in_force(void **state)
{
    struct override one = sample;
    (void)state;
    assert_true(override_is_in_force(&one, 1999));
    assert_false(override_is_in_force(&one, 2000));
    one.state = OVERRIDE_PROPOSED;
    assert_false(override_is_in_force(&one, 1500));
    one.state = OVERRIDE_ENDED;
    assert_false(override_is_in_force(&one, 1500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_back),
        cmocka_unit_test(other_words_are_refused),
        cmocka_unit_test(what_the_map_would_not_show_makes_no_other_route),
        cmocka_unit_test(what_the_map_shows_makes_another_route),
        cmocka_unit_test(only_an_active_one_before_its_end_is_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
