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

static void check_all(const struct override *overrides, size_t count, const char *routes,
                      const char *holds, const char *shares)
{
    struct route_map map;
    make(overrides, count, &map);
    check_set(&map.routes, routes);
    check_set(&map.holds, holds);
    check_set(&map.shares, shares);
    route_map_done(&map);
}

static void check(const struct override *overrides, size_t count, const char *routes,
                  const char *holds)
{
    check_all(overrides, count, routes, holds, "");
}

#define OWNED "!eo1=1003600 !kg.example=o1 !kg2.example=o1 "

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
    rows[6].kind = OVERRIDE_RAMP;
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
    struct override rows[] = {override_of("o9", OVERRIDE_HOLD), override_of("o1", OVERRIDE_DETOUR),
                              override_of("o3", OVERRIDE_PROBE)};
    rows[1].target = SLICE("out-b");
    rows[1].since_us++;
    rows[2].recipient = SLICE("who@g.example");
    const char *const detoured =
        "!eo1=1003600 !eo3=1003600 !kg.example=o1 !kg2.example=o1 !kwho@g.example=o3 "
        "g.example=out-b: g2.example=out-b: who@g.example=out-a: ";
    check(rows, 3, detoured, "");
    rows[0].since_us += 2; /* now the hold is the younger; the probe goes through it */
    check(rows, 3, "!eo3=1003600 !kwho@g.example=o3 who@g.example=out-a: ",
          "!eo9=1003600 !kg.example=o9 !kg2.example=o9 g.example=retry:4.7.1 held by todoku (o9) "
          "g2.example=retry:4.7.1 held by todoku (o9) ");
    rows[1].kind = OVERRIDE_MANUAL; /* a person's, though older */
    check(rows, 3, detoured, "");
}

static void shares(void **state)
{
    (void)state;
    struct override one = override_of("o1", OVERRIDE_RAMP);
    one.share_percent = 25;
    const char *const quarter = OWNED "g.example=out-a:25 g2.example=out-a:25 ";
    check_all(&one, 1, "",
              OWNED "g.example=retry:4.7.1 held by todoku (o1) "
                    "g2.example=retry:4.7.1 held by todoku (o1) ",
              quarter);
    one.target = SLICE("out-b");
    check_all(&one, 1, OWNED "g.example=out-b: g2.example=out-b: ", "", quarter);
    one.share_percent = 60; /* the nearest that there is */
    check_all(&one, 1, OWNED "g.example=out-b: g2.example=out-b: ", "",
              OWNED "g.example=out-a:50 g2.example=out-a:50 ");
    one.kind = OVERRIDE_MANUAL; /* the rest goes as ever */
    check_all(&one, 1, "", "", OWNED "g.example=out-b:50 g2.example=out-b:50 ");
    one.target = SLICE("");
    check_all(&one, 1, "", "", OWNED "g.example=*:50 g2.example=*:50 ");
}

/* Beside the other rows, which hold when the daemon is gone, and no longer than its lease. */
static void questions(void **state)
{
    (void)state;
    struct override one = override_of("o1", OVERRIDE_RAMP);
    struct route_map_facts facts = {.overrides = &one,
                                    .override_count = 1,
                                    .fleet = &fleet,
                                    .providers = providers,
                                    .provider_count = COUNT(providers),
                                    .exact_until_us = NOW + 30};
    static const char asked[] = "!eo1=1000030 !kg.example=o1 !kg2.example=o1 "
                                "g.example=@g.example g2.example=@g2.example ";
    static const struct {
        enum override_kind kind;
        unsigned share_percent;
        int64_t until_us;
        const char *exact;
        bool shares, routes, holds;
    } rows[] = {
        {OVERRIDE_RAMP, 17, NOW + 30, asked, true, false, true},
        {OVERRIDE_RAMP, 17, NOW, "", true, false, true},
        {OVERRIDE_RAMP, 17, 0, "", true, false, true},
        {OVERRIDE_THROTTLE, 100, NOW + 30, asked, false, true, false},
        {OVERRIDE_HOLD, 100, NOW + 30, "", false, false, true},
        {OVERRIDE_MANUAL, 100, NOW + 30, "", false, false, true},
        {OVERRIDE_MANUAL, 17, NOW + 30, asked, false, false, false},
        {OVERRIDE_MANUAL, 17, 0, "", true, false, false},
        {OVERRIDE_PROBE, 100, NOW + 30, asked, false, false, false}, /* of any message */
        {OVERRIDE_PROBE, 100, 0, "", true, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route_map map = {0};
        one.kind = rows[i].kind;
        one.share_percent = rows[i].share_percent;
        one.per_hour = 100;
        facts.exact_until_us = rows[i].until_us;
        route_map_make(&facts, NOW, &map);
        check_set(&map.exact, rows[i].exact);
        assert_int_equal(map.shares.count > 0, rows[i].shares);
        assert_int_equal(map.routes.count > 0, rows[i].routes);
        assert_int_equal(map.holds.count > 0, rows[i].holds);
        route_map_done(&map);
    }
    struct route_map map = {0};
    one.expires_us = NOW + 10; /* before the lease */
    facts.exact_until_us = NOW + 30;
    route_map_make(&facts, NOW, &map);
    struct row_set left = {0};
    assert_int_equal(route_map_expire(&map.exact, NOW + 9, &left), 0);
    assert_int_equal(left.count, map.exact.count);
    row_set_done(&left);
    assert_int_equal(route_map_expire(&map.exact, NOW + 10, &left), 1);
    assert_int_equal(left.count, 0);
    row_set_done(&left);
    route_map_done(&map);
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
                                             "a@g example", "a@*"};
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
    rows[1].expires_us = NOW + 10;
    rows[2].recipient = SLICE("w@g.example");
    rows[2].expires_us = NOW + 20;
    make(rows, 3, &map);
    const char *all = "!eo1=1003600 !eo2=1000010 !eo3=1000020 !kd.example=o2 !kg.example=o1 "
                      "!kg2.example=o1 !kw@g.example=o3 d.example=out-b: g.example=out-b: "
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
        cmocka_unit_test(shares),
        cmocka_unit_test(questions),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(what_is_over_goes),
        cmocka_unit_test(what_nobody_owns_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
