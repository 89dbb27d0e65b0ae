/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts by name: as many as there is room for, each apart, and none that is well.
 */
#include "app/part_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define TURN (PART_HEALTH_US)

static unsigned opened, closed;

static void take(void *data, const struct incident *incident)
{
    (void)data;
    opened += incident_is_open(incident);
    closed += !incident_is_open(incident);
}

static int enter(void **state)
{
    opened = closed = 0;
    *state = part_book_new(INCIDENT_AUTH_BACKEND_DOWN, SLICE("relay1"));
    return 0;
}

static int leave(void **state)
{
    part_book_free(*state);
    return 0;
}

static void say_each(struct part_book *book, const char *prefix, unsigned count)
{
    char name[100];
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "%s%u", prefix, i);
        part_book_say(
            book, &(struct part_ailment){slice_from_str(name), SLICE("away"), INCIDENT_WARNING});
    }
}

static void as_many_as_there_is_room_for(void **state)
{
    for (int turn = 0; turn < 3; turn++) {
        say_each(*state, "mb", 2 * PART_BOOK_MAX);
        part_book_tell(*state, NOON + turn * TURN, take, NULL);
    }
    assert_int_equal(opened, PART_BOOK_MAX);
    for (int turn = 3; turn < 5; turn++)
        part_book_tell(*state, NOON + turn * TURN, take, NULL);
    assert_int_equal(closed, PART_BOOK_MAX);
    for (int turn = 5; turn < 7; turn++) { /* there is room again */
        say_each(*state, "other", 3);
        part_book_tell(*state, NOON + turn * TURN, take, NULL);
    }
    assert_int_equal(opened, PART_BOOK_MAX + 3);
}

static void what_is_kept_neither_opens_nor_closes(void **state)
{
    say_each(*state, "mb", 2);
    part_book_tell(*state, NOON, take, NULL);
    part_book_keep(*state, SLICE("mb1"));
    say_each(*state, "mb", 1);
    part_book_tell(*state, NOON + TURN, take, NULL);
    assert_int_equal(opened, 1);
    assert_true(part_book_is_open(*state, SLICE("mb0")));
    assert_false(part_book_is_open(*state, SLICE("mb1")));
    for (int turn = 2; turn < 9; turn++) {
        part_book_keep_others(*state);
        part_book_tell(*state, NOON + turn * TURN, take, NULL);
    }
    assert_int_equal(opened, 1);
    assert_int_equal(closed, 0);
}

static void a_long_name_is_one_name(void **state)
{
    char name[PART_BOOK_NAME_MAX + 100];
    memset(name, 'x', sizeof(name));
    const struct part_ailment ailment = {slice_of(name, sizeof(name)), SLICE("away"),
                                         INCIDENT_WARNING};
    for (int turn = 0; turn < 3; turn++) {
        part_book_say(*state, &ailment);
        part_book_tell(*state, NOON + turn * TURN, take, NULL);
    }
    assert_int_equal(opened, 1);
    assert_true(part_book_is_open(*state, ailment.name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_as_there_is_room_for, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_kept_neither_opens_nor_closes, enter, leave),
        cmocka_unit_test_setup_teardown(a_long_name_is_one_name, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
