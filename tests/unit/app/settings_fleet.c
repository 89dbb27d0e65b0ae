/* SPDX-License-Identifier: Apache-2.0
 *
 * A configured fleet becomes the one that the planner sees.
 */
#include "app/settings_fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/settings_fixture.h"

static void check_pool(const struct fleet *fleet, const char *name, enum fleet_purpose purpose,
                       size_t fallbacks)
{
    const struct fleet_pool *pool = fleet_pool_named(fleet, slice_from_str(name));
    assert_non_null(pool);
    assert_int_equal(pool->purpose, purpose);
    assert_int_equal(pool->fallback_count, fallbacks);
}

static void all_of_it(void **state)
{
    (void)state;
    struct settings *settings = settings_of(
        "fleet:\n"
        "  sources:\n"
        "    - { name: out-a, address: 192.0.2.11, helo: a.example.jp, pool: transactional }\n"
        "    - { name: out-b }\n"
        "    - { name: out-c, pool: news }\n"
        "    - { name: out-d, pool: news }\n"
        "    - { name: out-x, relay: relay2, next_hop: '[2001:db8::2]:10026' }\n"
        "  pools:\n"
        "    - { name: news, purpose: marketing, fallbacks: [shared] }\n");
    struct arena *arena = arena_new(1024);
    struct fleet fleet;
    settings_fleet_make(&settings->fleet, "relay9", arena, &fleet);
    assert_true(slice_eq(fleet.relay, SLICE("relay9")));
    assert_int_equal(fleet.source_count, 5);
    assert_int_equal(fleet.pool_count, 3);
    check_pool(&fleet, "transactional", FLEET_TRANSACTIONAL, 0);
    check_pool(&fleet, "shared", FLEET_SHARED, 0);
    check_pool(&fleet, "news", FLEET_MARKETING, 1);
    const struct fleet_source *a = fleet_source_named(&fleet, SLICE("out-a"));
    assert_true(slice_eq(a->helo, SLICE("a.example.jp")) && slice_eq(a->relay, SLICE("relay9")));
    assert_true(a->address.len == 4 && fleet_is_here(a));
    const struct fleet_source *x = fleet_source_named(&fleet, SLICE("out-x"));
    assert_true(slice_eq(x->relay, SLICE("relay2")) && !fleet_is_here(x));
    settings_free(settings);
    arena_free(arena);
}

static void an_empty_one(void **state)
{
    (void)state;
    struct settings *settings = settings_of("fleet: { relay: relay1 }\n");
    struct arena *arena = arena_new(1024);
    struct fleet fleet;
    settings_fleet_make(&settings->fleet, settings_fleet_host(arena), arena, &fleet);
    assert_true(slice_eq(fleet.relay, SLICE("relay1")));
    assert_int_equal(fleet.source_count + fleet.pool_count, 0);
    settings_free(settings);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(an_empty_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
