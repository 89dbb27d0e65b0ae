/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in table of providers, an operator's rows over it, and the organisation's part of a
 * host name.
 */
#include "mail/provider.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

static const char *name_of(const struct provider *provider)
{
    return provider ? provider->name.ptr : "";
}

static void built_in(void **state)
{
    (void)state;
    static const char *const hosts[][2] = {
        {"gmail-smtp-in.l.google.com", "google"},
        {"ASPMX.L.GOOGLE.COM.", "google"},
        {"notgoogle.com", ""},
        {"outlook-com.olc.protection.outlook.com", "microsoft-consumer"},
        {"example-jp.mail.protection.outlook.com", "microsoft-365"},
        {"example-jp.a-v1.mx.microsoft", "microsoft-365"},
        {"protection.outlook.com", ""},
        {"mta5.am0.yahoodns.net", "yahoo-aol"},
        {"mx1.mail.yahoo.co.jp", "yahoo-japan"},
        {"mfsmax.docomo.ne.jp", "docomo"},
        {"msmx.au.com", "kddi-au"},
        {"lsean.ezweb.ne.jp", "kddi-au"},
        {"mx.softbank.ne.jp", "softbank"},
        {"mx1.softbank.jp", "softbank"},
        {"mx01.mail.icloud.com", "apple-icloud"},
        {"mx00.gmx.net", "gmx/web.de"},
        {"none", ""},
        {"192.0.2.1", ""},
        {"", ""},
    };
    static const char *const domains[][2] = {
        {"gmail.com", "google"},      {"Hotmail.co.jp", "microsoft-consumer"},
        {"yahoo.co.uk", "yahoo-aol"}, {"yahoo.co.jp", "yahoo-japan"},
        {"bar.ocn.ne.jp", "ocn"},     {"x.gmail.com", ""},
        {"example.jp", ""},
    };
    struct provider_table *table = provider_table_new((struct slice){NULL, 0}, NULL);
    assert_non_null(table);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_string_equal(name_of(provider_of_host(table, slice_from_str(hosts[i][0]))),
                            hosts[i][1]);
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
        assert_string_equal(name_of(provider_of_domain(table, slice_from_str(domains[i][0]))),
                            domains[i][1]);
    assert_null(provider_named(table, SLICE("nobody")));
    assert_true(provider_count(table) > 40);
    for (size_t i = 0; i < provider_count(table); i++) {
        const struct provider *row = provider_at(table, i);
        assert_ptr_equal(provider_named(table, row->name), row);
        assert_true(row->title.len > 0);
    }
    provider_table_free(table);
    provider_table_free(NULL);
}

static void operators_rows_win(void **state)
{
    (void)state;
    struct provider_table *table = provider_table_new(
        SLICE("# ours\n"
              "google\t.special.example\t-\tGoogle, says the operator\n"
              "customer\t mx.customer.example  .l.google.com\tcustomer.example *.shop.example\t"
              "A customer\t-\tmailto:post@customer.example\r\n"),
        NULL);
    assert_non_null(table);
    const struct provider *google = provider_named(table, SLICE("google"));
    assert_true(slice_eq(google->title, SLICE("Google, says the operator")));
    assert_true(google->postmaster.len > 0);
    assert_string_equal(name_of(provider_of_host(table, SLICE("a.special.example"))), "google");
    assert_string_equal(name_of(provider_of_host(table, SLICE("smtp.google.com"))), "google");
    assert_string_equal(name_of(provider_of_host(table, SLICE("aspmx.l.google.com"))), "customer");
    assert_string_equal(name_of(provider_of_domain(table, SLICE("a.shop.example"))), "customer");
    assert_string_equal(name_of(provider_of_domain(table, SLICE("shop.example"))), "customer");
    assert_null(provider_of_domain(table, SLICE("a.customer.example")));
    const struct provider *customer = provider_named(table, SLICE("customer"));
    assert_true(slice_eq(customer->delist, SLICE("mailto:post@customer.example")));
    assert_int_equal(customer->postmaster.len, 0);
    provider_table_free(table);
}

static void bad_rows(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "name",
        "name\tonly",
        ".a\tx.jp\t-",
        "a/\tx.jp\t-",
        "a\tb\tc\td\te\tf\tg",
        "UPPER\tx.jp\t-",
        "two words\tx.jp\t-",
        "\tx.jp\t-",
        "a\tx y/z\t-",
        "a\t*\t*",
        "a\tx.jp\t-\tT\tjavascript:alert(1)\t-",
        "a\tx.jp\t-\tT\t-\tnot a link",
        "a\t\xe3\x81\x82.jp\t-",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct err err = {0};
        buf_addf(&text, "# first\ngood\tx.jp\t-\n%s\n", rows[i]);
        if (provider_table_new(buf_slice(&text), &err) != NULL)
            fail_msg("taken: %s", rows[i]);
        assert_non_null(strstr(err.text, "line 3: expected "));
    }
}

static void suffix(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"mx1.mail.example.com", "example.com"},
        {"mx1.example.co.jp.", "example.co.jp"},
        {"example.co.jp", "example.co.jp"},
        {"co.jp", "co.jp"},
        {"mx.Example.NE.JP", "Example.NE.JP"},
        {"mx.example.jp", "example.jp"},
        {"localhost", "localhost"},
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"", ""},
        {".", ""},
        {"mx.com.example", "com.example"},
        {"a.b.com.au", "b.com.au"},
        {"..jp", ".jp"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice got = provider_suffix(slice_from_str(cases[i][0]));
        if (!slice_eq(got, slice_from_str(cases[i][1])))
            fail_msg("'%.*s' of %s", SLICE_ARG(got), cases[i][0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in),
        cmocka_unit_test(operators_rows_win),
        cmocka_unit_test(bad_rows),
        cmocka_unit_test(suffix),
    };
    return cmocka_run_group_tests_name("mail/provider", tests, NULL, NULL);
}
