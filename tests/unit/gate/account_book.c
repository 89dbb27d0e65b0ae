/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a login is and of which class: names in any letters, aliases of aliases and rings, rows
 * that are none, classes by pattern, many names.
 */
#include "gate/account_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define TEXT(text) \
    { \
        text, sizeof(text) - 1 \
    }

static const struct account_class_rule rules[] = {
    {TEXT("vip@shop.example.jp"), TEXT("vip")},
    {TEXT("*@shop.example.jp"), TEXT("shop")},
};
static const struct account_book_options options = {TEXT("example.jp"), rules, 2};

static void add(struct account_book *book, const char *login, const char *account,
                const char *account_class)
{
    const struct account_name name = {.login = slice_from_str(login),
                                      .account = slice_from_str(account),
                                      .account_class = slice_from_str(account_class)};
    account_book_add(book, &name);
}

static void expect(const struct account_book *book, const char *login, const char *account,
                   const char *account_class)
{
    CLEANUP_BUF struct buf said = {0}, wanted = {0};
    struct account found = account_book_find(book, slice_from_str(login));
    buf_addf(&said, "%.*s %.*s", SLICE_ARG(found.login), SLICE_ARG(found.account_class));
    buf_addf(&wanted, "%s %s", account, account_class);
    assert_string_equal(buf_str(&said), buf_str(&wanted));
}

static void names_and_classes(void **state)
{
    (void)state;
    struct account_book *book = account_book_new(&options);
    add(book, "info", "TARO@example.jp", ""); /* before its account */
    add(book, "Taro", "", "Business");
    add(book, "jiro@example.jp", "", "");
    add(book, "a@shop.example.jp", "", "");
    add(book, "b@shop.example.jp", "", "private");
    add(book, "sales@shop.example.jp", "taro", "shop"); /* of the account, not its own */
    add(book, "gone", "nobody@shop.example.jp", "");
    account_book_finish(book);
    expect(book, "taro@example.jp", "taro@example.jp", "business");
    expect(book, "info@example.jp", "taro@example.jp", "business");
    expect(book, "sales@shop.example.jp", "taro@example.jp", "business");
    expect(book, "jiro@example.jp", "jiro@example.jp", "");
    expect(book, "a@shop.example.jp", "a@shop.example.jp", "shop");
    expect(book, "b@shop.example.jp", "b@shop.example.jp", "private");
    expect(book, "vip@shop.example.jp", "vip@shop.example.jp", "vip"); /* nobody knows it */
    expect(book, "x@shop.example.jp", "x@shop.example.jp", "shop");
    expect(book, "x@example.jp", "x@example.jp", "");
    expect(book, "gone@example.jp", "nobody@shop.example.jp", "shop");
    struct account_book_counts counts = account_book_counts(book);
    assert_int_equal(counts.accounts, 4);
    assert_int_equal(counts.aliases, 3);
    assert_int_equal(counts.left_out, 0);
    account_book_unref(book);
}

static void chains_and_rings(void **state)
{
    (void)state;
    struct account_book *book = account_book_new(&options);
    add(book, "c", "b", "");
    add(book, "b", "a", "");
    add(book, "a", "", "one");
    add(book, "ring1", "ring2", "");
    add(book, "ring2", "ring1", "");
    add(book, "self", "Self@example.jp", "two");
    for (int i = 0; i < ACCOUNT_ALIAS_DEPTH + 1; i++) {
        char from[16], to[16];
        snprintf(from, sizeof(from), "deep%d", i);
        snprintf(to, sizeof(to), "deep%d", i + 1);
        add(book, from, to, "");
    }
    account_book_finish(book);
    expect(book, "c@example.jp", "a@example.jp", "one");
    expect(book, "ring1@example.jp", "ring1@example.jp", "");
    expect(book, "ring2@example.jp", "ring2@example.jp", "");
    expect(book, "self@example.jp", "self@example.jp", "two");
    expect(book, "deep1@example.jp", "deep9@example.jp", ""); /* eight steps */
    expect(book, "deep0@example.jp", "deep0@example.jp", ""); /* nine */
    account_book_unref(book);
}

static void what_is_no_account(void **state)
{
    (void)state;
    char longest[600];
    struct account_book *book = account_book_new(&options);
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    add(book, "", "", "");
    add(book, longest, "", "");
    add(book, "a", longest, "");
    add(book, "taro", "", "first");
    add(book, "TARO@example.jp", "", "second");
    add(book, "taro", "jiro", "");
    account_book_finish(book);
    assert_int_equal(account_book_counts(book).left_out, 5);
    expect(book, "taro@example.jp", "taro@example.jp", "first");
    expect(book, "a@example.jp", "a@example.jp", "");
    expect(book, "", "", "");
    account_book_unref(book);
}

static void without_anything(void **state)
{
    static const struct account_book_options none;
    (void)state;
    struct account_book *book = account_book_new(&none), *same = account_book_ref(book);
    account_book_finish(book);
    expect(book, "taro", "taro", "");
    account_book_unref(book);
    expect(same, "taro", "taro", "");
    account_book_unref(same);
    account_book_unref(NULL);
}

static void many(void **state)
{
    enum { COUNT = 50000 };
    char login[32], alias[32];
    (void)state;
    struct account_book *book = account_book_new(&options);
    for (int i = 0; i < COUNT; i++) {
        snprintf(login, sizeof(login), "user%d@example.jp", i);
        snprintf(alias, sizeof(alias), "alias%d@example.jp", i);
        add(book, login, "", i % 2 == 0 ? "even" : "odd");
        add(book, alias, login, "");
    }
    account_book_finish(book);
    for (int i = 0; i < COUNT; i += 97) {
        snprintf(login, sizeof(login), "user%d@example.jp", i);
        snprintf(alias, sizeof(alias), "alias%d@example.jp", i);
        expect(book, alias, login, i % 2 == 0 ? "even" : "odd");
    }
    account_book_unref(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_classes),
        cmocka_unit_test(chains_and_rings),
        cmocka_unit_test(what_is_no_account),
        cmocka_unit_test(without_anything),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests_name("gate/account_book", tests, NULL, NULL);
}
