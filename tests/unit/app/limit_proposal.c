/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits that the past speaks for: percentiles by nearest rank, the number, and whom it touches.
 */
#include "app/limit_proposal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define T0 INT64_C(1772409600000000)

static struct limit_proposal make(uint32_t first, uint32_t step, size_t count,
                                  enum volume_span span)
{
    struct limit_proposal out;
    uint32_t numbers[1000];
    for (size_t i = 0; i < count; i++) /* not in order */
        numbers[i] = first + step * (uint32_t)((i * 7) % count);
    limit_proposal_make(numbers, count, span, &out);
    return out;
}

static void percentiles_are_of_the_nearest_rank(void **state)
{
    (void)state;
    struct limit_proposal out = make(1, 1, 1000, VOLUME_HOUR); /* 1 to 1000 */
    assert_int_equal(out.half, 500);
    assert_int_equal(out.ninety, 900);
    assert_int_equal(out.ninety_nine, 990);
    assert_int_equal(out.most, 1000);
    assert_int_equal(out.count, 2000); /* 1980, as people write it */
    assert_int_equal(out.touched, 0);
}

static void few_logins_go_by_ninety(void **state)
{
    (void)state;
    struct limit_proposal out = make(10, 10, 100, VOLUME_HOUR); /* 10 to 1000 */
    assert_int_equal(out.percent, 90);
    assert_int_equal(out.base, 900);
    assert_int_equal(out.count, 2700);
}

static void too_few_logins_say_nothing(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf reason = {0};
    struct limit_proposal out = make(10, 10, PROPOSAL_LOGINS - 1, VOLUME_DAY);
    assert_int_equal(out.count, 0);
    assert_int_equal(out.most, 190);
    limit_proposal_reason(&out, &reason);
    assert_string_equal(buf_str(&reason), "fewer than 20 logins say nothing");
    out = make(0, 0, 0, VOLUME_DAY);
    assert_int_equal(out.most, 0);
    assert_int_equal(out.count, 0);
}

/* A stolen account, or a few, do not lift the limit to where they are; they are the touched ones.
 */
static void thieves_do_not_set_the_limit(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf reason = {0};
    struct limit_proposal out;
    uint32_t numbers[300];
    for (size_t i = 0; i < 300; i++)
        numbers[i] = i < 3 ? 50000 : 143;
    limit_proposal_make(numbers, 300, VOLUME_HOUR, &out);
    assert_int_equal(out.count, 290);
    assert_int_equal(out.touched, 3);
    limit_proposal_reason(&out, &reason);
    assert_string_equal(buf_str(&reason),
                        "twice what 99 of 100 logins had in their busiest hour (143)");
}

static void no_limit_is_in_everybodys_way(void **state)
{
    static const uint32_t least[] = {20, 50, 200};
    (void)state;
    for (enum volume_span span = VOLUME_MESSAGE; span < VOLUME_SPANS; span++) {
        CLEANUP_BUF struct buf reason = {0};
        struct limit_proposal out = make(1, 0, 500, span);
        assert_int_equal(out.count, least[span]);
        assert_true(out.least);
        limit_proposal_reason(&out, &reason);
        assert_non_null(strstr(buf_str(&reason), "(1) is less"));
    }
}

static void numbers_beyond_all_limits(void **state)
{
    (void)state;
    struct limit_proposal out = make(UINT32_MAX, 0, 500, VOLUME_DAY);
    assert_int_equal(out.count, 1000000000);
    assert_int_equal(out.touched, 500);
}

static void take(struct login_volume *volume, const char *domain, int logins, uint32_t recipients)
{
    for (int i = 0; i < logins; i++) {
        char name[64];
        int len = snprintf(name, sizeof(name), "u%d%s", i, domain);
        login_volume_take(volume, slice_of(name, (size_t)len), recipients, T0);
    }
}

static void domains_with_enough_logins_have_their_own(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct login_volume *volume = login_volume_new(1000);
    take(volume, "@small.jp", PROPOSAL_LOGINS - 1, 5);
    take(volume, "@shop.jp", PROPOSAL_LOGINS, 400);
    take(volume, "@school.jp", 50, 30);
    take(volume, "", 60, 1); /* no domain: no domain's */
    size_t count;
    struct limit_proposal *list = limit_proposal_list(volume, NULL, arena, &count);
    assert_int_equal(count, 3 * VOLUME_SPANS);
    assert_int_equal(list[VOLUME_HOUR].domain.len, 0);
    assert_int_equal(list[VOLUME_HOUR].logins, 149);
    assert_true(slice_eq(list[VOLUME_SPANS + VOLUME_HOUR].domain, SLICE("school.jp")));
    assert_int_equal(list[VOLUME_SPANS + VOLUME_HOUR].count, 90);
    assert_true(slice_eq(list[2 * VOLUME_SPANS + VOLUME_DAY].domain, SLICE("shop.jp")));
    assert_int_equal(list[2 * VOLUME_SPANS + VOLUME_DAY].count, 1200);
    login_volume_free(volume);
    arena_free(arena);
}

static void classes_come_before_domains(void **state)
{
    (void)state;
    const struct account_class_rule rules[] = {{SLICE("*@shop.jp"), SLICE("business")},
                                               {SLICE("u1*@school.jp"), SLICE("small")}};
    const struct account_book_options options = {.rules = rules, .rule_count = 2};
    struct account_book *accounts = account_book_new(&options);
    struct arena *arena = arena_new(1024);
    struct login_volume *volume = login_volume_new(1000);
    account_book_finish(accounts);
    take(volume, "@shop.jp", 30, 400);
    take(volume, "@mall.shop.jp", 30, 900); /* of no class */
    take(volume, "@school.jp", 15, 30);     /* too few of `small` */
    size_t count;
    struct limit_proposal *list = limit_proposal_list(volume, accounts, arena, &count);
    assert_int_equal(count, 4 * VOLUME_SPANS);
    assert_true(slice_eq(list[VOLUME_SPANS].account_class, SLICE("business")));
    assert_int_equal(list[VOLUME_SPANS].domain.len, 0);
    assert_int_equal(list[VOLUME_SPANS + VOLUME_DAY].logins, 30);
    assert_int_equal(list[VOLUME_SPANS + VOLUME_DAY].count, 1200);
    assert_int_equal(list[2 * VOLUME_SPANS].account_class.len, 0);
    assert_true(slice_eq(list[2 * VOLUME_SPANS].domain, SLICE("mall.shop.jp")));
    assert_true(slice_eq(list[3 * VOLUME_SPANS].domain, SLICE("shop.jp")));
    login_volume_free(volume);
    account_book_unref(accounts);
    arena_free(arena);
}

static void one_domain_is_all(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct login_volume *volume = login_volume_new(1000);
    size_t count;
    struct limit_proposal *list = limit_proposal_list(volume, NULL, arena, &count);
    assert_int_equal(count, VOLUME_SPANS);
    assert_int_equal(list[VOLUME_DAY].count, 0);
    take(volume, "@shop.jp", 40, 400);
    list = limit_proposal_list(volume, NULL, arena, &count);
    assert_int_equal(count, VOLUME_SPANS);
    assert_int_equal(list[VOLUME_DAY].count, 1200);
    login_volume_free(volume);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_of_the_nearest_rank),
        cmocka_unit_test(few_logins_go_by_ninety),
        cmocka_unit_test(too_few_logins_say_nothing),
        cmocka_unit_test(thieves_do_not_set_the_limit),
        cmocka_unit_test(no_limit_is_in_everybodys_way),
        cmocka_unit_test(numbers_beyond_all_limits),
        cmocka_unit_test(domains_with_enough_logins_have_their_own),
        cmocka_unit_test(classes_come_before_domains),
        cmocka_unit_test(one_domain_is_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
