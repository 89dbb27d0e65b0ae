/* SPDX-License-Identifier: Apache-2.0
 *
 * What the queue manager is told: exact shares of each hundred and of parts of it, paces that no
 * hour exceeds, keys of every kind, and what goes on when a table follows another.
 */
#include "respond/route_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/civil.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1700000000000000)
#define HOUR (3600 * US_PER_SECOND)
#define DAY (24 * HOUR)
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

static struct override override_of(const char *id, enum override_kind kind)
{
    struct override override = {.kind = kind,
                                .state = OVERRIDE_ACTIVE,
                                .relay = SLICE("relay1"),
                                .provider = SLICE("g"),
                                .source = SLICE("out-a"),
                                .share_percent = 100,
                                .since_us = NOW - 10,
                                .expires_us = NOW + DAY};
    snprintf(override.id, sizeof(override.id), "%s", id);
    return override;
}

static struct override ramp_of(unsigned percent)
{
    struct override ramp = override_of("o1", OVERRIDE_RAMP);
    ramp.share_percent = percent;
    ramp.target = SLICE("out-x");
    return ramp;
}

static struct override throttle_of(uint32_t per_hour)
{
    struct override throttle = override_of("o1", OVERRIDE_THROTTLE);
    throttle.per_hour = per_hour;
    return throttle;
}

/* A table, and what counts for it. */
struct world {
    struct route_answer_table *table;
    struct route_answer_counters *counters;
};

static void follow(struct world *world, const struct override *overrides, size_t count)
{
    struct route_map_facts facts = {.overrides = overrides,
                                    .override_count = count,
                                    .fleet = &fleet,
                                    .providers = providers,
                                    .provider_count = COUNT(providers)};
    route_answer_table_free(world->table);
    world->table = route_answer_table_new(&facts, NOW);
    route_answer_counters_follow(world->counters, world->table);
}

static struct world begin(const struct override *overrides, size_t count)
{
    struct world world = {.counters = route_answer_counters_new()};
    follow(&world, overrides, count);
    return world;
}

static void end(struct world *world)
{
    route_answer_table_free(world->table);
    route_answer_counters_free(world->counters);
}

static bool goes(struct world *world, const char *key, int64_t now_us, const char *to)
{
    struct slice answer = route_answer(world->table, world->counters, slice_from_str(key), now_us);
    return slice_eq(answer, slice_from_str(to));
}

/* How many of `count` questions are told to go by out-a:; all others must be told `rest`. */
static unsigned chosen(struct world *world, unsigned count, const char *rest)
{
    unsigned by_a = 0;
    for (unsigned i = 0; i < count; i++) {
        struct slice answer = route_answer(world->table, world->counters, SLICE("@g.example"), NOW);
        by_a += slice_eq(answer, SLICE("out-a:"));
        if (!slice_eq(answer, SLICE("out-a:")))
            assert_true(slice_eq(answer, slice_from_str(rest)));
    }
    return by_a;
}

/* ---- shares ---- */

static void of_each_hundred_exactly_the_share(void **state)
{
    (void)state;
    for (unsigned percent = 1; percent < 100; percent++) {
        struct override ramp = ramp_of(percent);
        struct world world = begin(&ramp, 1);
        for (unsigned hundred = 0; hundred < 20; hundred++)
            assert_int_equal(chosen(&world, 100, "relay2:[relay2]:10026"), percent);
        end(&world);
    }
}

/* Of any run of questions nearly the share: what comes in a burst is spread as well. */
static void every_part_is_spread(void **state)
{
    (void)state;
    for (int percent = 1; percent < 100; percent += 7) {
        struct override ramp = ramp_of((unsigned)percent);
        struct world world = begin(&ramp, 1);
        int sums[501] = {0};
        for (unsigned i = 0; i < 500; i++)
            sums[i + 1] = sums[i] + (int)chosen(&world, 1, "relay2:[relay2]:10026");
        for (int from = 0; from < 500; from++)
            for (int to = from + 1; to <= 500; to++) {
                double off = sums[to] - sums[from] - (to - from) * percent / 100.0;
                if (off > 6 || off < -6)
                    fail_msg("%d %%: %d to %d is off by %.1f", percent, from, to, off);
            }
        end(&world);
    }
}

/* Who asks in a rhythm of its own does not fall into step with the die. */
static void no_rhythm_is_left_out(void **state)
{
    (void)state;
    static const unsigned rhythms[] = {2, 3, 5, 7, 10, 20, 25, 50, 61, 99, 100};
    struct override ramp = ramp_of(10);
    for (size_t r = 0; r < COUNT(rhythms); r++) {
        unsigned every = rhythms[r];
        struct world world = begin(&ramp, 1);
        unsigned hits = 0, asked = 2000;
        for (unsigned i = 0; i < asked * every; i++) {
            unsigned one = chosen(&world, 1, "relay2:[relay2]:10026");
            hits += i % every == 0 ? one : 0;
        }
        if (hits < asked / 10 * 7 / 10 || hits > asked / 10 * 13 / 10)
            fail_msg("of each %u. question %u of %u", every, hits, asked);
        end(&world);
    }
}

static void kinds(void **state)
{
    (void)state;
    struct override ramp = ramp_of(30), manual = override_of("o2", OVERRIDE_MANUAL);
    ramp.target = SLICE("");
    struct world world = begin(&ramp, 1);
    assert_int_equal(chosen(&world, 100, "retry:4.7.1 held by todoku (o1)"), 30);
    manual.share_percent = 40;
    manual.target = SLICE("out-a");
    follow(&world, &manual, 1);
    assert_int_equal(chosen(&world, 100, ""), 40);
    manual.target = SLICE("");
    follow(&world, &manual, 1);
    unsigned waits = 0;
    for (unsigned i = 0; i < 100; i++)
        waits += goes(&world, "@g.example", NOW, "retry:4.7.1 held by todoku (o2)");
    assert_int_equal(waits, 40);
    end(&world);
}

/* ---- paces ---- */

/* Questions every `step_us` for ten hours; the most that went in any hour. */
static unsigned most_in_an_hour(struct world *world, int64_t step_us, unsigned *all)
{
    static int64_t went[200000];
    unsigned count = 0, from = 0, most = 0;
    for (int64_t at = NOW; at < NOW + 10 * HOUR; at += step_us) {
        if (!goes(world, "@g.example", at, "out-a:")) {
            assert_true(goes(world, "@d.example", at, ""));
            continue;
        }
        assert_true(count < COUNT(went));
        went[count++] = at;
        while (went[from] <= at - HOUR)
            from++;
        most = count - from > most ? count - from : most;
    }
    *all = count;
    return most;
}

static void no_hour_exceeds_the_pace(void **state)
{
    (void)state;
    static const uint32_t paces[] = {1, 2, 20, 59, 60, 61, 100, 600, 3600};
    for (size_t i = 0; i < COUNT(paces); i++) {
        struct override throttle = throttle_of(paces[i]);
        struct world world = begin(&throttle, 1);
        unsigned all, most = most_in_an_hour(&world, 250000, &all);
        if (most > paces[i] || all < paces[i] * 9)
            fail_msg("%u an hour: %u in one, %u in ten", paces[i], most, all);
        end(&world);
    }
}

static void above_the_pace_it_waits(void **state)
{
    (void)state;
    struct override throttle = throttle_of(60);
    struct world world = begin(&throttle, 1);
    assert_true(goes(&world, "@g.example", NOW, "out-a:"));
    assert_true(goes(&world, "@g.example", NOW, "out-a:"));
    assert_true(goes(&world, "@g.example", NOW, "retry:4.7.1 held by todoku (o1)"));
    assert_true(goes(&world, "@g.example", NOW + 62 * US_PER_SECOND, "out-a:"));
    assert_true(
        goes(&world, "@g.example", NOW + 62 * US_PER_SECOND, "retry:4.7.1 held by todoku (o1)"));
    /* The clock is set back: nothing is given for it, and it goes on from there. */
    assert_true(goes(&world, "@g.example", NOW - HOUR, "retry:4.7.1 held by todoku (o1)"));
    assert_true(goes(&world, "@g.example", NOW - HOUR + 62 * US_PER_SECOND, "out-a:"));
    end(&world);
}

/* ---- probes ---- */

/* One of whatever comes, then one a minute; the others as if there were none. */
static void a_probe_of_any_message(void **state)
{
    (void)state;
    struct override overrides[] = {override_of("o1", OVERRIDE_PROBE),
                                   override_of("o2", OVERRIDE_DETOUR)};
    overrides[1].target = SLICE("out-b");
    struct world world = begin(overrides, COUNT(overrides));
    assert_int_equal(route_answer_table_count(world.table), 1); /* the detour is in the tables */
    assert_int_equal(chosen(&world, 50, ""), 1);
    follow(&world, overrides, COUNT(overrides)); /* renewed: it is the same probe */
    assert_int_equal(chosen(&world, 50, ""), 0);
    assert_true(goes(&world, "@g2.example", NOW + 62 * US_PER_SECOND, "out-a:"));
    assert_true(goes(&world, "@g.example", NOW + 62 * US_PER_SECOND, ""));
    assert_true(goes(&world, "@d.example", NOW, ""));
    end(&world);
}

/* Two probes, and a ramp of a third source. */
static void probes_come_before_what_else_holds(void **state)
{
    (void)state;
    struct override overrides[] = {ramp_of(99), override_of("o2", OVERRIDE_PROBE),
                                   override_of("o3", OVERRIDE_PROBE)};
    overrides[0].target = SLICE("");
    overrides[1].source = SLICE("out-b");
    overrides[2].source = SLICE("out-x");
    overrides[2].expires_us = NOW + 1;
    struct world world = begin(overrides, COUNT(overrides));
    assert_true(goes(&world, "@g.example", NOW, "relay2:[relay2]:10026"));
    assert_true(goes(&world, "@g.example", NOW, "out-b:"));
    assert_int_equal(chosen(&world, 100, "retry:4.7.1 held by todoku (o1)"), 99);
    follow(&world, overrides, COUNT(overrides));
    assert_false(goes(&world, "@g.example", NOW + HOUR, "relay2:[relay2]:10026")); /* over */
    end(&world);
}

/* ---- keys ---- */

static void keys(void **state)
{
    (void)state;
    struct override overrides[] = {ramp_of(99), override_of("o2", OVERRIDE_PROBE)};
    overrides[0].source = SLICE("out-b");
    overrides[1].recipient = SLICE("Who+x@G.example");
    static const struct {
        const char *key, *to; /* NULL: by the rule */
    } rows[] = {
        {"@g.example", NULL},
        {"user@g.example", NULL},
        {"USER@G.EXAMPLE", NULL},
        {"user+extension@g2.example", NULL},
        {"\"q r\"@g.example", NULL},
        {"\"odd@local.example\"@g.example", NULL},
        {"a@b@g.example", NULL},
        {"who+x@g.example", "out-a:"},
        {"WHO+X@g.example", "out-a:"},
        {"*", ""},
        {"", ""},
        {"@", ""},
        {"g.example", ""}, /* as other tables are asked; this one is not */
        {".g.example", ""},
        {"user@sub.g.example", ""}, /* may be a local one */
        {"user@example", ""},
        {"user@notg.example", ""},
        {"user@g.example.", ""},
        {"shop@local.example", ""},
        {"user@d.example", ""},
        {"g.example@", ""},
    };
    struct world world = begin(overrides, COUNT(overrides));
    assert_int_equal(route_answer_table_count(world.table), 2);
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool fits = rows[i].to != NULL ? goes(&world, rows[i].key, NOW, rows[i].to)
                                       : goes(&world, rows[i].key, NOW, "out-b:") ||
                                             goes(&world, rows[i].key, NOW, "out-b:");
        if (!fits)
            fail_msg("%s", rows[i].key);
    }
    CLEANUP_BUF struct buf longest = {0};
    memset(buf_reserve(&longest, 9000), 'x', 9000);
    longest.len = 9000;
    buf_add_str(&longest, "@g.example");
    assert_true(goes(&world, buf_str(&longest), NOW, "out-b:") ||
                goes(&world, buf_str(&longest), NOW, "out-b:"));
    assert_true(goes(&world, buf_str(&longest) + 5000, NOW, "out-b:") ||
                goes(&world, buf_str(&longest) + 5000, NOW, "out-b:"));
    end(&world);
}

/* ---- what is answered for at all ---- */

static void what_is_not_asked_about(void **state)
{
    (void)state;
    struct override rows[] = {
        override_of("o1", OVERRIDE_DETOUR),
        override_of("o1", OVERRIDE_HOLD),
        override_of("o1", OVERRIDE_MANUAL),
        override_of("o1", OVERRIDE_PROBE),
        ramp_of(10),
        ramp_of(10),
        ramp_of(10),
        ramp_of(10),
        ramp_of(10),
        throttle_of(10),
    };
    rows[3].recipient = SLICE("who@g.example");
    rows[4].state = OVERRIDE_PROPOSED;
    rows[5].expires_us = NOW;
    rows[6].relay = SLICE("relay2");
    rows[7].provider = SLICE("unknown");
    rows[8].target = SLICE("out-z");
    rows[9].source = SLICE("out-z");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = begin(&rows[i], 1);
        if (route_answer_table_count(world.table) != 0)
            fail_msg("row %zu", i);
        assert_true(goes(&world, "@g.example", NOW, ""));
        end(&world);
    }
}

static void it_ends_by_itself(void **state)
{
    (void)state;
    struct override ramp = ramp_of(99);
    struct world world = begin(&ramp, 1);
    assert_false(goes(&world, "@g.example", ramp.expires_us - 1, ""));
    assert_true(goes(&world, "@g.example", ramp.expires_us, ""));
    end(&world);
}

/* A manual one wins; what the tables say alone is not asked about then. */
static void the_strongest_counts(void **state)
{
    (void)state;
    struct override overrides[] = {override_of("o1", OVERRIDE_MANUAL), ramp_of(50)};
    struct world world = begin(overrides, COUNT(overrides));
    assert_int_equal(route_answer_table_count(world.table), 0);
    overrides[0].share_percent = 99;
    follow(&world, overrides, COUNT(overrides));
    assert_int_equal(route_answer_table_count(world.table), 1);
    assert_true(goes(&world, "@g.example", NOW, "retry:4.7.1 held by todoku (o1)") ||
                goes(&world, "@g.example", NOW, "retry:4.7.1 held by todoku (o1)"));
    end(&world);
}

/* ---- one table after the other ---- */

static void counting_goes_on(void **state)
{
    (void)state;
    struct override overrides[] = {ramp_of(10), throttle_of(60)};
    snprintf(overrides[1].id, sizeof(overrides[1].id), "o2");
    overrides[1].provider = SLICE("d");
    struct world world = begin(overrides, 1);
    unsigned by_a = 0;
    for (unsigned i = 0; i < 100; i++) { /* a new table each time, with another one in it or not */
        by_a += chosen(&world, 1, "relay2:[relay2]:10026");
        overrides[0].expires_us += US_PER_SECOND; /* renewed */
        follow(&world, overrides, 1 + i % 2);
    }
    assert_int_equal(by_a, 10);
    follow(&world, overrides, 2);
    assert_true(goes(&world, "@d.example", NOW, "out-a:"));
    assert_true(goes(&world, "@d.example", NOW, "out-a:"));
    follow(&world, overrides, 2);
    assert_false(goes(&world, "@d.example", NOW, "out-a:")); /* no new pace with a new table */
    overrides[0].share_percent = 25;                         /* the next step */
    follow(&world, overrides, 2);
    assert_int_equal(chosen(&world, 100, "relay2:[relay2]:10026"), 25);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_each_hundred_exactly_the_share),
        cmocka_unit_test(every_part_is_spread),
        cmocka_unit_test(no_rhythm_is_left_out),
        cmocka_unit_test(kinds),
        cmocka_unit_test(no_hour_exceeds_the_pace),
        cmocka_unit_test(above_the_pace_it_waits),
        cmocka_unit_test(a_probe_of_any_message),
        cmocka_unit_test(probes_come_before_what_else_holds),
        cmocka_unit_test(keys),
        cmocka_unit_test(what_is_not_asked_about),
        cmocka_unit_test(it_ends_by_itself),
        cmocka_unit_test(the_strongest_counts),
        cmocka_unit_test(counting_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
