/* SPDX-License-Identifier: Apache-2.0
 *
 * Who sends most of the mail: by provider and of all, within bounds, the newest counts most.
 */
#include "app/route_senders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void note(struct route_senders *senders, const char *provider, const char *domain,
                 unsigned times)
{
    while (times-- > 0)
        route_senders_note(senders, slice_from_str(provider), slice_from_str(domain));
}

static void expect(const struct route_senders *senders, const char *provider, size_t at,
                   const char *domain, uint64_t recipients)
{
    struct route_sender_list list;
    route_senders_list(senders, slice_from_str(provider), &list);
    assert_true(at < list.count);
    assert_true(slice_eq(list.rows[at].domain, slice_from_str(domain)));
    assert_int_equal(list.rows[at].recipients, recipients);
}

static void expect_all(const struct route_senders *senders, const char *provider, size_t count,
                       uint64_t total)
{
    struct route_sender_list list;
    route_senders_list(senders, slice_from_str(provider), &list);
    assert_int_equal(list.count, count);
    assert_int_equal(list.total, total);
}

static void by_provider_and_of_all(void **state)
{
    struct route_senders *senders = route_senders_new();
    (void)state;
    note(senders, "google", "a.example", 3);
    note(senders, "google", "b.example", 5);
    note(senders, "docomo", "a.example", 4);
    note(senders, "docomo", "", 2); /* bounces */
    expect(senders, "google", 0, "b.example", 5);
    expect(senders, "google", 1, "a.example", 3);
    expect(senders, "", 0, "a.example", 7);
    expect_all(senders, "docomo", 1, 6);
    expect_all(senders, "nobody", 0, 0);
    expect_all(senders, "", 2, 14);
    route_senders_free(senders);
}

/* Of many the frequent ones are kept, and no more is said of one than was seen. */
static void the_frequent_ones_stay(void **state)
{
    struct route_senders *senders = route_senders_new();
    char name[32];
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "d%u.example", i);
        note(senders, "google", name, 1);
        note(senders, "google", "shop.example", 1);
    }
    expect_all(senders, "google", SENDERS_KEPT, 4000);
    expect(senders, "google", 0, "shop.example", 2000);
    struct route_sender_list list;
    route_senders_list(senders, SLICE("google"), &list);
    assert_true(list.rows[1].recipients <= 1);
    route_senders_free(senders);
}

static void what_is_old_fades(void **state)
{
    struct route_senders *senders = route_senders_new();
    (void)state;
    note(senders, "google", "old.example", SENDERS_FADE - 1);
    note(senders, "google", "new.example", SENDERS_FADE * 3 / 4);
    expect(senders, "google", 0, "new.example", 50000); /* halved once */
    expect(senders, "google", 1, "old.example", 24999); /* twice */
    route_senders_free(senders);
    route_senders_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_provider_and_of_all),
        cmocka_unit_test(the_frequent_ones_stay),
        cmocka_unit_test(what_is_old_fades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
