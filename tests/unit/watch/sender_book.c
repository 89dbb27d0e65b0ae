/* SPDX-License-Identifier: Apache-2.0
 *
 * Which domain sends a message.
 */
#include "watch/sender_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_domain(const struct sender_book *book, uint32_t number, uint64_t serial,
                          const char *domain)
{
    assert_true(slice_eq(sender_book_domain(book, number, serial), slice_from_str(domain)));
}

static void test_domains(void **state)
{
    (void)state;
    static const struct {
        const char *from, *domain;
    } rows[] = {
        {"news@shop.example", "shop.example"},
        {"News@SHOP.example", "shop.example"},
        {"\"a@b\"@shop.example", "shop.example"},
        {"root", ""},
        {"", ""},
        {"nobody@", ""},
    };
    struct sender_book *book = sender_book_new();
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sender_book_note(book, i * 1000, i + 1, slice_from_str(rows[i].from));
        assert_domain(book, i * 1000, i + 1, rows[i].domain);
    }
    sender_book_free(book);
}

static void test_another_message(void **state)
{
    (void)state;
    struct sender_book *book = sender_book_new();
    assert_domain(book, 7, 1, "");
    sender_book_note(book, 7, 1, SLICE("a@one.example"));
    assert_domain(book, 7, 2, ""); /* the place was taken over, and nothing is known yet */
    sender_book_note(book, 7, 2, SLICE("a@two.example"));
    assert_domain(book, 7, 2, "two.example");
    assert_domain(book, 7, 1, "");
    sender_book_note(book, 7, 2, SLICE("a"));
    assert_domain(book, 7, 2, "");
    sender_book_free(book);
}

static void test_more_domains_than_room(void **state)
{
    (void)state;
    struct sender_book *book = sender_book_new();
    char from[64];
    for (unsigned i = 0; i <= SENDER_DOMAINS; i++) {
        (void)snprintf(from, sizeof(from), "a@d%u.example", i);
        sender_book_note(book, 0, i + 1, slice_from_str(from));
    }
    assert_domain(book, 0, SENDER_DOMAINS + 1, "");
    assert_int_equal(sender_book_left_out(book), 1);
    sender_book_note(book, 0, 1, SLICE("a@d5.example"));
    assert_domain(book, 0, 1, "d5.example");
    sender_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_another_message),
        cmocka_unit_test(test_more_domains_than_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
