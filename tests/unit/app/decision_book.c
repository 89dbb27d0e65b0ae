/* SPDX-License-Identifier: Apache-2.0
 *
 * The last decisions: the newest of an account, the same again, those in shadow apart, and accounts
 * that make room.
 */
#include "app/decision_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

struct what {
    const char *login, *rule, *instance;
    int64_t at_us;
    bool shadow;
};

static void put(struct decision_book *book, struct what what)
{
    struct policy_event *event = mem_new(1, sizeof(*event) + 1);
    event->action = LIMIT_DEFER;
    event->shadow = what.shadow;
    event->at_us = what.at_us;
    event->login = slice_from_str(what.login);
    event->rule = slice_from_str(what.rule);
    event->instance = slice_from_str(what.instance);
    decision_book_put(book, event);
}

static void add(void *context, const struct policy_event *event, uint32_t times)
{
    buf_addf(context, "%lldx%u%s ", (long long)event->at_us, times, event->shadow ? "s" : "");
}

static void expect(const struct decision_book *book, const char *login, const char *decisions)
{
    CLEANUP_BUF struct buf text = {0};
    decision_book_each(book, slice_from_str(login), add, &text);
    assert_string_equal(buf_str(&text), decisions);
}

static void the_newest_of_each(void **state)
{
    (void)state;
    struct decision_book *book = decision_book_new();
    expect(book, "taro", "");
    for (int64_t i = 1; i <= 8; i++)
        put(book, (struct what){"taro", "hour", "", i, false});
    put(book, (struct what){"jiro", "hour", "", 9, false});
    put(book, (struct what){"", "web", "", 10, false}); /* nobody's */
    expect(book, "taro", "8x1 7x1 6x1 5x1 4x1 3x1 ");
    expect(book, "jiro", "9x1 ");
    expect(book, "", "");
    decision_book_free(book);
}

static void the_same_again(void **state)
{
    (void)state;
    struct decision_book *book = decision_book_new();
    put(book, (struct what){"taro", "hour", "a.1", 1, false});
    put(book, (struct what){"taro", "hour", "a.1", 2, false});
    put(book, (struct what){"taro", "hour", "a.1", 3, false});
    put(book, (struct what){"taro", "day", "a.1", 4, false});
    put(book, (struct what){"taro", "day", "a.2", 5, false});
    expect(book, "taro", "5x1 4x1 3x3 ");
    decision_book_free(book);
}

static void shadow_crowds_nothing_out(void **state)
{
    (void)state;
    struct decision_book *book = decision_book_new();
    put(book, (struct what){"saburo", "web", "", 1, true});
    expect(book, "saburo", "1x1s ");
    put(book, (struct what){"taro", "hour", "", 1, false});
    for (int64_t i = 2; i <= 9; i++)
        put(book, (struct what){"taro", "web", "", i, true});
    expect(book, "taro", "1x1 9x1s 8x1s 7x1s 6x1s 5x1s 4x1s ");
    decision_book_free(book);
}

static void the_quietest_makes_room(void **state)
{
    (void)state;
    struct decision_book *book = decision_book_new();
    static char names[DECISION_LOGINS + 1][8];
    for (unsigned i = 0; i <= DECISION_LOGINS; i++) {
        snprintf(names[i], sizeof(names[i]), "u%u", i);
        put(book, (struct what){names[i], "hour", "", (int64_t)i, false});
    }
    expect(book, "u0", "");
    expect(book, "u1", "1x1 ");
    expect(book, names[DECISION_LOGINS], "5000x1 ");
    decision_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_of_each),
        cmocka_unit_test(the_same_again),
        cmocka_unit_test(shadow_crowds_nothing_out),
        cmocka_unit_test(the_quietest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
