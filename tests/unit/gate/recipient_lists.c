/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients by message: each once, in their order; the bounds of a message, of messages and of all
 * of them together.
 */
#include "gate/recipient_lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint32_t count_of(const struct recipient_lists *lists, uint64_t message)
{
    struct recipient_list list;
    bool found = recipient_lists_find(lists, message, &list);
    assert_int_equal(found, list.count > 0);
    return list.count;
}

static void each_once(void **state)
{
    static const uint64_t added[] = {7, 8, 7, 9, 8, 0};
    static const uint64_t kept[] = {7, 8, 9, 0};
    (void)state;
    struct recipient_lists *lists = recipient_lists_new(3);
    struct recipient_list list;
    assert_int_equal(count_of(lists, 1), 0);
    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
        recipient_lists_add(lists, 1, added[i]);
    recipient_lists_add(lists, 17, 7); /* in the same chain */
    assert_true(recipient_lists_find(lists, 1, &list));
    assert_int_equal(list.count, 4);
    assert_int_equal(list.more, 0);
    assert_memory_equal(list.recipients, kept, sizeof(kept));
    assert_int_equal(count_of(lists, 17), 1);
    recipient_lists_free(lists);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct recipient_lists *lists = recipient_lists_new(3);
    for (uint64_t message = 0; message < 100; message++) {
        recipient_lists_add(lists, message, 1);
        recipient_lists_add(lists, message, 2);
        for (uint64_t before = 0; before < message; before++)
            assert_int_equal(count_of(lists, before), message - before < 3 ? 2 : 0);
    }
    recipient_lists_free(lists);
}

static void a_long_one(void **state)
{
    (void)state;
    struct recipient_lists *lists = recipient_lists_new(3);
    struct recipient_list list;
    for (uint64_t i = 0; i < RECIPIENT_LIST_MAX + 5; i++)
        recipient_lists_add(lists, 1, i);
    recipient_lists_add(lists, 1, 3);
    assert_true(recipient_lists_find(lists, 1, &list));
    assert_int_equal(list.count, RECIPIENT_LIST_MAX);
    assert_int_equal(list.more, 5);
    recipient_lists_free(lists);
}

static void all_together(void **state)
{
    enum { MESSAGES = 1100 };
    (void)state;
    struct recipient_lists *lists = recipient_lists_new(4 * MESSAGES);
    uint64_t all = 0;
    for (uint64_t message = 0; message < MESSAGES; message++)
        for (uint64_t i = 0; i < RECIPIENT_LIST_MAX; i++)
            recipient_lists_add(lists, message, i);
    for (uint64_t message = 0; message < MESSAGES; message++)
        all += count_of(lists, message);
    assert_in_range(all, RECIPIENT_LISTS_ALL / 4, RECIPIENT_LISTS_ALL);
    assert_int_equal(count_of(lists, 0), 0);
    assert_int_equal(count_of(lists, MESSAGES - 1), RECIPIENT_LIST_MAX);
    recipient_lists_free(lists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_once),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(a_long_one),
        cmocka_unit_test(all_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
