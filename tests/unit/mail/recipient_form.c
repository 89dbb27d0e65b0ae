/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipients in their one form: letters, quotes, extensions, domains, and what is none.
 */
#include "mail/recipient_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

struct row {
    struct slice said;
    const char *delimiters;
    const char *form; /* user|extension|domain|mailbox; NULL: none */
};

#define TEXT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }

static const struct row rows[] = {
    {TEXT("taro@example.jp"), "+", "taro||example.jp|taro@example.jp"},
    {TEXT("Taro@Example.JP"), "+", "taro||example.jp|taro@example.jp"},
    {TEXT("Taro+News@example.jp"), "+", "taro|+news|example.jp|taro@example.jp"},
    {TEXT("taro+a+b@example.jp"), "+", "taro|+a+b|example.jp|taro@example.jp"},
    {TEXT("taro+news@example.jp"), "", "taro+news||example.jp|taro+news@example.jp"},
    {TEXT("taro-a+b@example.jp"), "+-", "taro|-a+b|example.jp|taro@example.jp"},
    {TEXT("taro+a-b@example.jp"), "-+", "taro|+a-b|example.jp|taro@example.jp"},
    {TEXT("taro+@example.jp"), "+", "taro|+|example.jp|taro@example.jp"},
    {TEXT("+news@example.jp"), "+", "+news||example.jp|+news@example.jp"},
    /* split_addr.c */
    {TEXT("postmaster@example.jp"), "t", "postmaster||example.jp|postmaster@example.jp"},
    {TEXT("MAILER-DAEMON"), "-", "mailer-daemon||d.test|mailer-daemon@d.test"},
    {TEXT("double-bounce"), "-", "double-bounce||d.test|double-bounce@d.test"},
    {TEXT("owner-list@example.jp"), "-", "owner-list||example.jp|owner-list@example.jp"},
    {TEXT("list-request@example.jp"), "-", "list-request||example.jp|list-request@example.jp"},
    {TEXT("list-owner@example.jp"), "-", "list|-owner|example.jp|list@example.jp"},
    {TEXT("owner+list@example.jp"), "+", "owner|+list|example.jp|owner@example.jp"},
    {TEXT("-request@example.jp"), "-", "-request||example.jp|-request@example.jp"},
    /* domains */
    {TEXT("taro"), "+", "taro||d.test|taro@d.test"},
    {TEXT("taro@"), "+", "taro||d.test|taro@d.test"},
    {TEXT("taro@example.jp."), "+", "taro||example.jp|taro@example.jp"},
    {TEXT("taro@[192.0.2.1]"), "+", "taro||[192.0.2.1]|taro@[192.0.2.1]"},
    {TEXT("taro@[IPv6:2001:DB8::1]"), "+", "taro||[ipv6:2001:db8::1]|taro@[ipv6:2001:db8::1]"},
    /* quotes */
    {TEXT("\"taro\"@example.jp"), "+", "taro||example.jp|taro@example.jp"},
    {TEXT("\"Taro+x\"@example.jp"), "+", "taro|+x|example.jp|taro@example.jp"},
    {TEXT("\"john doe\"@example.jp"), "+", "john doe||example.jp|\"john doe\"@example.jp"},
    {TEXT("john doe@example.jp"), "+", "john doe||example.jp|\"john doe\"@example.jp"},
    {TEXT("\"a@b\"@example.jp"), "+", "a@b||example.jp|\"a@b\"@example.jp"},
    {TEXT("a@b@example.jp"), "+", "a@b||example.jp|\"a@b\"@example.jp"},
    {TEXT("\"a\\\"b\"@example.jp"), "+", "a\"b||example.jp|\"a\\\"b\"@example.jp"},
    {TEXT("\"a\\\\\"@example.jp"), "+", "a\\||example.jp|\"a\\\\\"@example.jp"},
    {TEXT("\"taro\""), "+", "taro||d.test|taro@d.test"},
    {TEXT("a..b@example.jp"), "+", "a..b||example.jp|\"a..b\"@example.jp"},
    {TEXT(".a@example.jp"), "+", ".a||example.jp|\".a\"@example.jp"},
    {TEXT("a.@example.jp"), "+", "a.||example.jp|\"a.\"@example.jp"},
    /* quotes that are none: the bytes themselves */
    {TEXT("\"a\"b@example.jp"), "+", "\"a\"b||example.jp|\"\\\"a\\\"b\"@example.jp"},
    {TEXT("\"a@example.jp"), "+", "\"a||example.jp|\"\\\"a\"@example.jp"},
    {TEXT("\xe5\xa4\xaa\xe9\x83\x8e@example.jp"), "+",
     "\xe5\xa4\xaa\xe9\x83\x8e||example.jp|\xe5\xa4\xaa\xe9\x83\x8e@example.jp"},
    {TEXT("\xff@example.jp"), "+", "\xff||example.jp|\xff@example.jp"},
    /* none */
    {TEXT(""), "+", NULL},
    {TEXT("@example.jp"), "+", NULL},
    {TEXT("@"), "+", NULL},
    {TEXT("\"\"@example.jp"), "+", NULL},
    {TEXT("taro@exa mple.jp"), "+", NULL},
    {TEXT("taro@example.jp.."), "+", NULL},
    {TEXT("taro@.."), "+", NULL},
    {TEXT("\"taro\"@a@example.jp"), "+", NULL},
    {TEXT("ta\0ro@example.jp"), "+", NULL},
    {TEXT("taro@example.jp\n"), "+", NULL},
    {TEXT("ta\rro@example.jp"), "+", NULL},
    {TEXT("\"ta\\\nro\"@example.jp"), "+", NULL},
    {TEXT("ta\x7fro@example.jp"), "+", NULL},
};

static void table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(4096);
        CLEANUP_BUF struct buf said = {0};
        struct recipient_form found;
        const struct recipient_terms terms = {slice_from_str(rows[i].delimiters), SLICE("d.test")};
        if (recipient_parse(rows[i].said, &terms, arena, &found)) {
            buf_add(&said, recipient_user(&found));
            buf_add_char(&said, '|');
            buf_add(&said, recipient_extension(&found));
            buf_addf(&said, "|%.*s|", SLICE_ARG(found.domain));
            recipient_add_mailbox(&found, &said);
            assert_non_null(rows[i].form);
            assert_string_equal(buf_str(&said), rows[i].form);
        } else if (rows[i].form != NULL) {
            fail_msg("%.*s: none", SLICE_ARG(rows[i].said));
        }
        arena_free(arena);
    }
}

/* The form of a mailbox is its own form. */
static void once_is_enough(void **state)
{
    (void)state;
    const struct recipient_terms terms = {SLICE("+"), SLICE("d.test")};
    struct arena *arena = arena_new(4096);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf first = {0}, second = {0};
        struct recipient_form found;
        if (!recipient_parse(rows[i].said, &terms, arena, &found))
            continue;
        recipient_add_mailbox(&found, &first);
        assert_true(recipient_parse(buf_slice(&first), &terms, arena, &found));
        recipient_add_mailbox(&found, &second);
        assert_string_equal(buf_str(&first), buf_str(&second));
    }
    arena_free(arena);
}

static void who_has_no_domain_stays_without(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    CLEANUP_BUF struct buf said = {0};
    struct recipient_form found;
    assert_true(recipient_parse(
        SLICE("Taro"), &(struct recipient_terms){.default_domain = SLICE("")}, arena, &found));
    assert_int_equal(found.domain.len, 0);
    recipient_add_mailbox(&found, &said);
    assert_string_equal(buf_str(&said), "taro");
    arena_free(arena);
}

static void length_is_bounded(void **state)
{
    (void)state;
    char text[RECIPIENT_MAX + 1];
    struct arena *arena = arena_new(4096);
    struct recipient_form found;
    const struct recipient_terms terms = {.default_domain = SLICE("d.test")};
    memset(text, 'a', sizeof(text));
    assert_true(recipient_parse(slice_of(text, RECIPIENT_MAX), &terms, arena, &found));
    assert_false(recipient_parse(slice_of(text, RECIPIENT_MAX + 1), &terms, arena, &found));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(once_is_enough),
        cmocka_unit_test(who_has_no_domain_stays_without),
        cmocka_unit_test(length_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
