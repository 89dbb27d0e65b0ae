/* SPDX-License-Identifier: Apache-2.0
 *
 * What operators write into the columns of an account.
 */
#include "store/account_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void ends(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: never; -2: no time */
    } rows[] = {
        {"", -1},
        {" infinity ", -1},
        {"-infinity", 0},
        {"0", 0},
        {"1798707600", 1798707600},
        {"253402300799", 253402300799},
        {"253402300800", -2},
        {"99999999999999999999", -2},
        {"2026-12-31", 1798761600}, /* the whole day */
        {"2024-02-29", 1709251200},
        {"2026-02-29", -2},
        {"2026-12-31 00:00:00", 1798675200},
        {"2026-12-31T18:00:00Z", 1798740000},
        {"2026-12-31 18:00", 1798740000},
        {"2026-12-31 18:00:00.999999", 1798740000},
        {"2026-12-31 18:00:00+09", 1798707600},
        {"2026-12-31 18:00:00.5+0900", 1798707600},
        {"2026-12-31T18:00:00-09:30", 1798774200},
        {"2026-12-31T18:00:00+9", -2},
        {"2026-12-31T18:00:00+16", -2},
        {"2026-12-31T18:00:00Zx", -2},
        {"2026-12-31T", -2},
        {"2026-12-31 25:00:00", -2},
        {"2026-12-31 18:00:00.", -2},
        {"2026-1-1", -2},
        {"0000-00-00 00:00:00", -2},
        {"1969-12-31 00:00:00", 0},
        {"-1", -2},
        {"soon", -2},
        {"31.12.2026", -2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t until = 1;
        bool good = account_text_until(slice_from_str(rows[i].text), &until);
        int64_t wanted = rows[i].seconds == -1   ? INT64_MAX
                         : rows[i].seconds == -2 ? 0
                                                 : rows[i].seconds * 1000000;
        if (good != (rows[i].seconds != -2) || until != wanted)
            fail_msg("`%s`: %d %lld", rows[i].text, good, (long long)until);
    }
}

static void protocols(void **state)
{
    static const struct {
        const char *text;
        unsigned bits;
        bool good;
        const char *written;
    } rows[] = {
        {"", ~0u, true, ""},
        {" , ", ~0u, true, ""},
        {"imap", 1, true, "imap"},
        {"POP3,imap", 3, true, "imap pop3"},
        {"submission", 4, true, "smtp"},
        {"imap pop3 smtp sieve", 15, true, ""},
        {"none", 0, true, "none"},
        {"imap imaps", 1, false, "imap"},
        {"all", 0, false, "none"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUF struct buf written = {0};
        unsigned bits = 99;
        assert_int_equal(account_text_protocols(slice_from_str(rows[i].text), &bits), rows[i].good);
        assert_int_equal(bits, rows[i].bits);
        account_text_put_protocols(bits, &written);
        assert_string_equal(buf_str(&written), rows[i].written);
    }
}

static void words(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},     {"a", "a"},      {"a b", "a b"},           {"a,b", "a b"},
        {" a ", "a"}, {"a  b", "a b"}, {",a,\t, b c,", "a b c"}, {" , ", ""},
    };
    (void)state;
    struct arena *arena = arena_new(512);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice said = account_text_words(slice_from_str(rows[i][0]), arena);
        if (!slice_eq(said, slice_from_str(rows[i][1])))
            fail_msg("`%s`: `%.*s`", rows[i][0], SLICE_ARG(said));
    }
    arena_free(arena);
}

/* What is too long is not cut: it is none, and nobody may log in by it. */
static void too_long(void **state)
{
    static char bytes[ACCOUNT_TEXT_MAX + 1];
    (void)state;
    struct arena *arena = arena_new(512);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = 'a';
    struct account_text text = {.login = SLICE("x"), .secret = slice_of(bytes, sizeof(bytes))};
    struct account_row row;
    account_text_read(&text, arena, &row);
    assert_int_equal(row.secret.len, 0);
    assert_true(slice_eq(row.fault, SLICE("secret")));
    assert_int_equal(row.valid_until_us, 0);
    text.secret.len--;
    account_text_read(&text, arena, &row);
    assert_int_equal(row.secret.len, ACCOUNT_TEXT_MAX);
    assert_int_equal(row.fault.len, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends),
        cmocka_unit_test(protocols),
        cmocka_unit_test(too_long),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests_name("store/account_text", tests, NULL, NULL);
}
