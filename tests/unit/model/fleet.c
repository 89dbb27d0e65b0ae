/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may stand in for whom, and how a route to a source is written.
 */
#include "model/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct slice transactional_too[] = {{"orders", 6}, {"shared", 6}};
static const struct slice shared_then_orders[] = {{"news", 4}, {"orders", 6}};

static const struct fleet_pool pools[] = {
    {.name = {"orders", 6}, .purpose = FLEET_TRANSACTIONAL},
    {.name = {"codes", 5}, .purpose = FLEET_TRANSACTIONAL},
    {.name = {"news", 4},
     .purpose = FLEET_MARKETING,
     .fallbacks = transactional_too,
     .fallback_count = 2},
    {.name = {"shared", 6},
     .purpose = FLEET_SHARED,
     .fallbacks = shared_then_orders,
     .fallback_count = 2},
};

static const struct fleet_source sources[] = {
    {.name = {"out-a", 5}, .pool = {"orders", 6}, .relay = {"relay1", 6}},
    {.name = {"out-x", 5},
     .pool = {"orders", 6},
     .relay = {"relay2", 6},
     .next_hop = {"[relay2]:10026", 14}},
};

static const struct fleet fleet = {.relay = {"relay1", 6},
                                   .sources = sources,
                                   .source_count = COUNT(sources),
                                   .pools = pools,
                                   .pool_count = COUNT(pools)};

static void stand_ins(void **state)
{
    (void)state;
    static const struct {
        const char *pool, *other;
        size_t rank;
    } rows[] = {
        {"orders", "orders", 0},
        {"orders", "codes", 1},
        {"codes", "orders", 1},
        {"orders", "shared", FLEET_NEVER}, /* not allowed by anybody */
        {"news", "shared", 3},
        {"shared", "news", 2},
        {"shared", "orders", 3},
        {"news", "orders", FLEET_NEVER}, /* configured, and never done */
        {"news", "codes", FLEET_NEVER},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fleet_pool *pool = fleet_pool_named(&fleet, slice_from_str(rows[i].pool));
        const struct fleet_pool *other = fleet_pool_named(&fleet, slice_from_str(rows[i].other));
        if (fleet_stand_in(pool, other) != rows[i].rank)
            fail_msg("%s for %s: %zu", rows[i].other, rows[i].pool, fleet_stand_in(pool, other));
    }
}

static void check_text(struct buf *text, const char *expected)
{
    assert_string_equal(buf_str(text), expected);
    buf_clear(text);
}

static void routes(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    const struct fleet_source *here = fleet_source_named(&fleet, SLICE("out-a"));
    const struct fleet_source *there = fleet_source_named(&fleet, SLICE("out-x"));
    assert_true(fleet_is_here(here));
    assert_false(fleet_is_here(there));
    fleet_route(here, &text);
    check_text(&text, "out-a:");
    fleet_route(there, &text);
    check_text(&text, "relay2:[relay2]:10026");
    fleet_transport(there, &text);
    check_text(&text, "relay2");
    assert_null(fleet_source_named(&fleet, SLICE("out")));
    assert_null(fleet_pool_named(&fleet, SLICE("")));
}

static void tiers(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    for (size_t i = 0; i < FLEET_TIERS; i++) {
        assert_int_equal(fleet_tier_within(fleet_tier_per_hour[i]), i);
        assert_int_equal(3600 % fleet_tier_per_hour[i], 0); /* whole seconds */
        if (i + 1 < FLEET_TIERS)
            assert_int_equal(fleet_tier_within(fleet_tier_per_hour[i] - 1), i + 1);
    }
    assert_int_equal(fleet_tier_within(UINT32_MAX), 0);
    assert_int_equal(fleet_tier_within(1), FLEET_TIERS - 1);
    fleet_tier_transport(&sources[0], 1, &text);
    check_text(&text, "out-a-slow2");
}

static void shares(void **state)
{
    (void)state;
    static const unsigned rows[][2] = {{1, 5},   {7, 5},   {8, 10},  {10, 10}, {17, 10}, {18, 25},
                                       {37, 25}, {38, 50}, {62, 50}, {63, 75}, {99, 75}};
    CLEANUP_BUF struct buf text = {0};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(fleet_share_percent[fleet_share_near(rows[i][0])], rows[i][1]);
    for (size_t i = 0; i < FLEET_SHARES; i++) /* as so many of at most 20 */
        assert_true(20 * fleet_share_percent[i] % 100 == 0);
    fleet_share_token(&sources[0], 2, &text);
    check_text(&text, "out-a:25");
    fleet_share_token(NULL, 0, &text);
    check_text(&text, "*:5");
}

static void purposes(void **state)
{
    (void)state;
    enum fleet_purpose purpose;
    for (int i = 0; i <= FLEET_SHARED; i++) {
        const char *word = fleet_purpose_word((enum fleet_purpose)i);
        assert_true(fleet_purpose_from_word(slice_from_str(word), &purpose));
        assert_int_equal(purpose, i);
    }
    assert_false(fleet_purpose_from_word(SLICE("news"), &purpose));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stand_ins), cmocka_unit_test(routes),   cmocka_unit_test(tiers),
        cmocka_unit_test(shares),    cmocka_unit_test(purposes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
