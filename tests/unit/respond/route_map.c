/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides as rows: what Postfix would find for a recipient, whose rows are whose, and what is
 * left when time has passed.
 */
#include "respond/route_map.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1000000)
#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }

static const struct fleet_source sources[] = {
    {.name = LIT("out-a"), .pool = LIT("p"), .relay = LIT("relay1")},
    {.name = LIT("out-b"), .pool = LIT("p"), .relay = LIT("relay1")},
    {.name = LIT("out-x"),
     .pool = LIT("p"),
     .relay = LIT("relay2"),
     .next_hop = LIT("[relay2]:10026")},
};
static const struct fleet fleet = {
    .relay = LIT("relay1"), .sources = sources, .source_count = COUNT(sources)};

static const struct slice g_domains[] = {LIT("g.example"), LIT("G2.Example")};
static const struct slice d_domains[] = {LIT("d.example")};
static const struct route_provider providers[] = {
    {.name = LIT("g"), .domains = g_domains, .domain_count = 2},
    {.name = LIT("d"), .domains = d_domains, .domain_count = 1},
};

/* An override for the provider g, active and with an hour to go. */
static struct override override_of(const char *id, enum override_kind kind)
{
    struct override override = {.kind = kind,
                                .state = OVERRIDE_ACTIVE,
                                .relay = SLICE("relay1"),
                                .provider = SLICE("g"),
                                .source = SLICE("out-a"),
                                .share_percent = 100,
                                .since_us = NOW - 10,
                                .expires_us = NOW + 3600};
    snprintf(override.id, sizeof(override.id), "%s", id);
    return override;
}

static void make(const struct override *overrides, size_t count, struct route_map *out)
{
    struct route_map_facts facts = {.overrides = overrides,
                                    .override_count = count,
                                    .fleet = &fleet,
                                    .providers = providers,
                                    .provider_count = COUNT(providers)};
    *out = (struct route_map){0};
    route_map_make(&facts, NOW, out);
}

static void put_rows(const struct row_set *rows, struct buf *to)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct slice key = rows->rows[i].key;
        bool ours = slice_take_prefix(&key, SLICE("\0"));
        buf_addf(to, "%s%.*s=%.*s ", ours ? "!" : "", SLICE_ARG(key),
                 SLICE_ARG(rows->rows[i].value));
    }
}

static void check_set(const struct row_set *rows, const char *expected)
{
    CLEANUP_BUF struct buf got = {0};
    put_rows(rows, &got);
    assert_string_equal(buf_str(&got), expected);
}

static void check(const struct override *overrides, size_t count, const char *routes,
                  const char *holds)
{
    struct route_map map;
    make(overrides, count, &map);
    check_set(&map.routes, routes);
    check_set(&map.holds, holds);
    route_map_done(&map);
}

#define OWNED "!eo1=1003600 !kg.example=o1 !kg2.example=o1 "

/* What trivial-rewrite finds: each form of the key in each table before the next form. */
static struct slice look_up(const struct route_map *map, const char *address, bool queue_manager)
{
    struct slice whole = slice_from_str(address);
    const char *at = slice_find_last_char(whole, '@');
    int character = route_character_of(whole);
    CLEANUP_BUF struct buf share = {0};
    if (character >= 0)
        buf_addf(&share, "%c%s", ROUTE_CHARACTERS[character], at);
    const struct slice keys[] = {whole, buf_slice(&share), slice_from_str(at + 1)};
    for (size_t i = 0; i < 3; i++) {
        const struct row *row = queue_manager ? row_set_find(&map->holds, keys[i]) : NULL;
        row = row != NULL ? row : row_set_find(&map->routes, keys[i]);
        if (row != NULL)
            return row->value;
    }
    return SLICE("default");
}

static void kinds(void **state)
{
    (void)state;
    struct override one = override_of("o1", OVERRIDE_DETOUR);
    one.target = SLICE("out-b");
    check(&one, 1, OWNED "g.example=out-b: g2.example=out-b: ", "");
    one.target = SLICE("out-x");
    check(&one, 1, OWNED "g.example=relay2:[relay2]:10026 g2.example=relay2:[relay2]:10026 ", "");
    one = override_of("o1", OVERRIDE_HOLD);
    check(&one, 1, "",
          OWNED "g.example=retry:4.7.1 held by todoku (o1) "
                "g2.example=retry:4.7.1 held by todoku (o1) ");
    one = override_of("o1", OVERRIDE_PROBE);
    one.recipient = SLICE("Who+x@G.example");
    check(&one, 1, "!eo1=1003600 !kwho+x@g.example=o1 who+x@g.example=out-a: ", "");
    one = override_of("o1", OVERRIDE_THROTTLE);
    one.per_hour = 700;
    check(&one, 1, OWNED "g.example=out-a-slow2: g2.example=out-a-slow2: ", "");
    one = override_of("o1", OVERRIDE_MANUAL);
    one.target = SLICE("out-b");
    check(&one, 1, OWNED "g.example=out-b: g2.example=out-b: ", "");
    one.target = SLICE("");
    check(&one, 1, "",
          OWNED "g.example=retry:4.7.1 held by todoku (o1) "
                "g2.example=retry:4.7.1 held by todoku (o1) ");
}

/* Nothing of these is in the tables. */
static void what_makes_no_row(void **state)
{
    (void)state;
    struct override rows[9];
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i] = override_of("o1", OVERRIDE_DETOUR);
        rows[i].target = SLICE("out-b");
    }
    rows[0].state = OVERRIDE_PROPOSED;
    rows[1].state = OVERRIDE_ENDED;
    rows[2].expires_us = NOW;
    rows[3].relay = SLICE("relay2");
    rows[4].provider = SLICE("unknown");
    rows[5].target = SLICE("out-z");
    rows[6].source = SLICE("out-z");
    rows[7].target = SLICE("");
    rows[8].kind = OVERRIDE_PROBE;
    rows[8].recipient = SLICE("nobody");
    for (size_t i = 0; i < COUNT(rows); i++)
        check(&rows[i], 1, "", "");
}

static void the_strongest_wins(void **state)
{
    (void)state;
    struct override rows[] = {override_of("o1", OVERRIDE_HOLD), override_of("o2", OVERRIDE_DETOUR),
                              override_of("o3", OVERRIDE_PROBE)};
    struct route_map map;
    rows[1].target = SLICE("out-b");
    rows[1].since_us++;
    rows[2].recipient = SLICE("who@g.example");
    make(rows, 3, &map);
    assert_int_equal(map.holds.count, 0);
    assert_true(slice_eq(look_up(&map, "who@g.example", true), SLICE("out-a:")));
    assert_true(slice_eq(look_up(&map, "oho@g.example", true), SLICE("out-b:")));
    route_map_done(&map);
    rows[0].since_us += 2; /* now the hold is the younger; the probe goes through it */
    make(rows, 3, &map);
    assert_true(slice_eq(look_up(&map, "who@g.example", true), SLICE("out-a:")));
    assert_true(slice_starts_with(look_up(&map, "oho@g.example", true), SLICE("retry:")));
    assert_true(slice_eq(look_up(&map, "oho@g.example", false), SLICE("default")));
    route_map_done(&map);
    rows[1].kind = OVERRIDE_MANUAL; /* a person's, though older */
    make(rows, 3, &map);
    assert_int_equal(map.holds.count, 0);
    assert_true(slice_eq(look_up(&map, "oho@g.example", true), SLICE("out-b:")));
    assert_true(slice_eq(look_up(&map, "oho@d.example", true), SLICE("default")));
    route_map_done(&map);
}

/* Recipients a@ ... with one character each, evenly; how many go by `value`, in percent. */
static unsigned share_of(const struct route_map *map, const char *value)
{
    unsigned found = 0;
    for (size_t i = 0; i < ROUTE_CHARACTER_COUNT; i++) {
        char address[] = "user?@g2.example";
        address[4] = ROUTE_CHARACTERS[i];
        found += slice_starts_with(look_up(map, address, true), slice_from_str(value));
    }
    return found * 100 / ROUTE_CHARACTER_COUNT;
}

static void assert_near(unsigned share, unsigned wanted)
{
    assert_in_range(share + 3, wanted, wanted + 6);
}

static void ramps(void **state)
{
    (void)state;
    static const unsigned shares[] = {1, 10, 25, 50, 99};
    for (size_t i = 0; i < COUNT(shares); i++) {
        struct override ramp = override_of("o1", OVERRIDE_RAMP);
        struct route_map map;
        ramp.share_percent = shares[i];
        make(&ramp, 1, &map); /* the rest waits */
        assert_near(share_of(&map, "out-a:"), shares[i]);
        assert_near(share_of(&map, "retry:"), 100 - shares[i]);
        assert_true(slice_eq(look_up(&map, "\"@g.example", false), SLICE("default")));
        route_map_done(&map);
        ramp.target = SLICE("out-b");
        make(&ramp, 1, &map);
        assert_near(share_of(&map, "out-a:"), shares[i]);
        assert_near(share_of(&map, "out-b:"), 100 - shares[i]);
        assert_int_equal(map.holds.count, 0);
        route_map_done(&map);
        ramp.kind = OVERRIDE_MANUAL;
        make(&ramp, 1, &map); /* the rest goes as it always does */
        assert_near(share_of(&map, "out-b:"), shares[i]);
        assert_near(share_of(&map, "default"), 100 - shares[i]);
        route_map_done(&map);
    }
}

static void shares_by_counts(void **state)
{
    (void)state;
    uint32_t seen[ROUTE_CHARACTER_COUNT] = {0};
    double met;
    assert_int_equal(route_share_characters(seen, 100, &met), ROUTE_CHARACTER_COUNT);
    assert_float_equal(met, 100, 0.01);
    size_t before = 0;
    for (size_t i = 0; i < ROUTE_CHARACTER_COUNT; i++)
        seen[i] = (uint32_t)(i * i);
    for (unsigned share = 1; share <= 100; share++) {
        size_t count = route_share_characters(seen, share, &met);
        assert_true(count >= before); /* who is in a share is in each larger one */
        assert_true(met > 0);
        assert_float_equal(met, share, 4);
        before = count;
    }
    memset(seen, 0, sizeof(seen));
    seen[30] = 900; /* one character is nearly all of it: there is no less than that */
    seen[35] = 100;
    assert_int_equal(route_share_characters(seen, 10, &met), 31);
    assert_float_equal(met, 90, 0.01);
}

static void characters(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        char character;
    } rows[] = {
        {"bob@x", 'b'},   {"BOZ@X", 'z'}, {"a+b@x", 'a'},        {"a1+b+c@x", '1'}, {"+x@x", 'x'},
        {"++x+y@x", 'x'}, {"a.@x", '.'},  {"\"a b\"@x", 0},      {"+@x", 0},        {"@x", 0},
        {"x", 0},         {"a@b@x", 0},   {"\xe5\xb1\x8a@x", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int got = route_character_of(slice_from_str(rows[i].address));
        char character = got < 0 ? '\0' : ROUTE_CHARACTERS[got];
        assert_int_equal(character, rows[i].character);
    }
    for (size_t i = 0; i < ROUTE_CHARACTER_COUNT; i++) /* each once, none that ends a key */
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(ROUTE_CHARACTERS[i], ROUTE_CHARACTERS[k]);
    assert_null(memchr(ROUTE_CHARACTERS, '@', ROUTE_CHARACTER_COUNT));
}

static void hostile_names(void **state)
{
    (void)state;
    char long_name[300];
    memset(long_name, 'a', sizeof(long_name));
    const struct slice names[] = {
        SLICE(""),
        SLICE("*"),
        SLICE(".example"),
        SLICE("a b.example"),
        SLICE("a\n.example"),
        SLICE("a@b.example"),
        SLICE("\0eo1"),
        SLICE("a:b"),
        SLICE("[192.0.2.1]"),
        SLICE("a\0b"),
        SLICE("届.example"),
        {long_name, 254},
    };
    const struct route_provider provider = {
        .name = SLICE("g"), .domains = names, .domain_count = COUNT(names)};
    struct override override = override_of("o1", OVERRIDE_HOLD);
    struct route_map_facts facts = {.overrides = &override,
                                    .override_count = 1,
                                    .fleet = &fleet,
                                    .providers = &provider,
                                    .provider_count = 1};
    struct route_map map = {0};
    route_map_make(&facts, NOW, &map);
    check_set(&map.holds, "!eo1=1003600 ");
    route_map_done(&map);
    static const char *const recipients[] = {"a b@g.example", "a\n@g.example", "@g.example",
                                             "a@g example",   "a@*",           ""};
    for (size_t i = 0; i < COUNT(recipients); i++) {
        struct override probe = override_of("o1", OVERRIDE_PROBE);
        probe.recipient = slice_from_str(recipients[i]);
        check(&probe, 1, "", "");
    }
}

/* ---- the end ---- */

static void check_expired(const struct row_set *rows, int64_t now_us, size_t over,
                          const char *expected)
{
    struct row_set left = {0};
    assert_int_equal(route_map_expire(rows, now_us, &left), over);
    check_set(&left, expected);
    row_set_done(&left);
}

static void what_is_over_goes(void **state)
{
    (void)state;
    struct override rows[] = {override_of("o1", OVERRIDE_DETOUR),
                              override_of("o2", OVERRIDE_MANUAL),
                              override_of("o3", OVERRIDE_PROBE)};
    struct route_map map;
    rows[0].target = SLICE("out-b");
    rows[1].provider = SLICE("d");
    rows[1].target = SLICE("out-b");
    rows[1].share_percent = 3;
    rows[1].expires_us = NOW + 10;
    rows[2].recipient = SLICE("w@g.example");
    rows[2].expires_us = NOW + 20;
    make(rows, 3, &map);
    const char *all = "!eo1=1003600 !eo2=1000010 !eo3=1000020 !kd.example=o2 !kg.example=o1 "
                      "!kg2.example=o1 !kw@g.example=o3 _@d.example=out-b: g.example=out-b: "
                      "g2.example=out-b: w@g.example=out-a: ";
    check_expired(&map.routes, NOW + 9, 0, all);
    check_expired(&map.routes, NOW + 10, 1,
                  "!eo1=1003600 !eo3=1000020 !kg.example=o1 !kg2.example=o1 !kw@g.example=o3 "
                  "g.example=out-b: g2.example=out-b: w@g.example=out-a: ");
    check_expired(
        &map.routes, NOW + 20, 2,
        "!eo1=1003600 !kg.example=o1 !kg2.example=o1 g.example=out-b: g2.example=out-b: ");
    check_expired(&map.routes, NOW + 3600, 3, "");
    route_map_done(&map);
}

static void what_nobody_owns_goes(void **state)
{
    (void)state;
    struct row_set rows = {0};
    const struct row odd[] = {
        {.key = SLICE("by-hand.example"), .value = SLICE("x:")},
        {.key = SLICE("a@by-hand.example"), .value = SLICE("x:")},
        {.key = SLICE("\0kno.example"), .value = SLICE("o9")},
        {.key = SLICE("no.example"), .value = SLICE("x:")},
        {.key = SLICE("\0eo8"), .value = SLICE("soon")},
        {.key = SLICE("\0ko8.example"), .value = SLICE("o8")},
        {.key = SLICE("o8.example"), .value = SLICE("x:")},
        {.key = SLICE("\0"), .value = SLICE("")},
        {.key = SLICE("\0x"), .value = SLICE("")},
        {.key = SLICE("@"), .value = SLICE("")},
    };
    for (size_t i = 0; i < COUNT(odd); i++)
        row_set_add(&rows, odd[i].key, odd[i].value);
    row_set_sort(&rows);
    check_expired(&rows, 0, 1, "");
    row_set_done(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(what_makes_no_row),
        cmocka_unit_test(the_strongest_wins),
        cmocka_unit_test(ramps),
        cmocka_unit_test(shares_by_counts),
        cmocka_unit_test(characters),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(what_is_over_goes),
        cmocka_unit_test(what_nobody_owns_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
