/* SPDX-License-Identifier: Apache-2.0
 *
 * Suffixes on label boundaries, against a plain search over the same rows.
 */
#include "base/suffix_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static uint32_t find(const struct suffix_map *map, const char *name)
{
    return suffix_map_find(map, slice_from_str(name));
}

static void boundaries(void **state)
{
    (void)state;
    struct suffix_map *map = suffix_map_new();
    assert_int_equal(find(map, "google.com"), SUFFIX_MAP_NONE);
    suffix_map_put(map, SLICE(".google.com"), SUFFIX_BELOW, 1);
    suffix_map_put(map, SLICE("mx.example.jp."), SUFFIX_EXACT, 2);
    suffix_map_put(map, SLICE("example.jp"), SUFFIX_BELOW, 3);
    suffix_map_put(map, SLICE("deep.below.l.google.com"), SUFFIX_BELOW, 4);
    suffix_map_put(map, SLICE("jp"), SUFFIX_EXACT, 5);
    suffix_map_put(map, SLICE(""), SUFFIX_BELOW, 6);
    suffix_map_put(map, SLICE("."), SUFFIX_BELOW, 7);
    assert_int_equal(find(map, "google.com"), 1);
    assert_int_equal(find(map, "ASPMX.L.Google.COM"), 1);
    assert_int_equal(find(map, "aspmx.l.google.com."), 1);
    assert_int_equal(find(map, "notgoogle.com"), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, "google.com.evil"), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, "google.comx"), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, "com"), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, "x.deep.below.l.google.com"), 4);
    assert_int_equal(find(map, "a.b.c.d.e.f.g.deep.below.l.google.com"), 4);
    assert_int_equal(find(map, "mx.example.jp"), 2);
    assert_int_equal(find(map, "a.mx.example.jp"), 3);
    assert_int_equal(find(map, "jp"), 5);
    assert_int_equal(find(map, "other.jp"), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, ""), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, "."), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, "..."), SUFFIX_MAP_NONE);
    assert_int_equal(find(map, ".google.com"), 1);
    assert_int_equal(suffix_map_find(map, (struct slice){NULL, 0}), SUFFIX_MAP_NONE);
    suffix_map_put(map, SLICE("GOOGLE.com"), SUFFIX_BELOW, 8);
    assert_int_equal(find(map, "smtp.google.com"), 8);
    suffix_map_free(map);
    suffix_map_free(NULL);
}

static void many(void **state)
{
    (void)state;
    struct suffix_map *map = suffix_map_new();
    char name[64];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "host%u.%s", i * 7919, i % 2 ? "example.jp" : "test");
        suffix_map_put(map, slice_from_str(name), SUFFIX_BELOW, i);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "MX.Host%u.%s", i * 7919, i % 2 ? "example.jp" : "test");
        assert_int_equal(find(map, name), i);
        snprintf(name, sizeof(name), "xhost%u.%s", i * 7919, i % 2 ? "example.jp" : "test");
        assert_int_equal(find(map, name), SUFFIX_MAP_NONE);
    }
    suffix_map_free(map);
}

static void long_names(void **state)
{
    (void)state;
    struct suffix_map *map = suffix_map_new();
    static char dots[100000];
    memset(dots, '.', sizeof(dots));
    suffix_map_put(map, slice_of(dots, 300), SUFFIX_BELOW, 1);
    suffix_map_put(map, SLICE("example.jp"), SUFFIX_BELOW, 2);
    assert_int_equal(suffix_map_find(map, slice_of(dots, sizeof(dots))), SUFFIX_MAP_NONE);
    memcpy(dots + sizeof(dots) - 10, "example.jp", 10);
    assert_int_equal(suffix_map_find(map, slice_of(dots, sizeof(dots))), 2);
    suffix_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries),
        cmocka_unit_test(many),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests_name("base/suffix_map", tests, NULL, NULL);
}
