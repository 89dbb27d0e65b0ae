/* SPDX-License-Identifier: Apache-2.0
 *
 * Which incidents are one page, in virtual time: by source, provider, relay, kind and cause.
 */
#include "respond/incident_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "respond/life.h"

static void paths_of_a_source_are_one_page(void **state)
{
    struct life *life = *state;
    char names[10][16];
    for (int i = 0; i < 10; i++) {
        snprintf(names[i], sizeof(names[i]), "provider%d", i);
        life_at(life, i * MIN / 60);
        life_say(life, life_block("out-a", names[i], i * MIN / 60));
    }
    life_expect(life, "opened");
    struct slice page = life_view(life).page;
    assert_true(slice_eq(page, life_last(life)->page));
    life_at(life, MIN);
    life_expect(life, "updated"); /* growth is gathered */
    assert_int_equal(life_last(life)->total, 10);
    assert_int_equal(life_last(life)->count, 10);
    assert_int_equal(life_last(life)->axis, NOTICE_AXIS_SOURCE);
    assert_int_equal(life_last(life)->items[0].incident.evidence_count, 0);
    for (int i = 0; i < 9; i++)
        life_close(life, life_block("out-a", names[i], i * MIN / 60));
    life_expect(life, "");
    life_close(life, life_block("out-a", names[9], 9 * MIN / 60));
    life_expect(life, "closed");
    assert_int_equal(incident_book_count(life->book).pages, 0);
}

static void what_is_still_open_leads(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    life_close(life, life_block("out-a", "docomo", 0));
    life_at(life, MIN);
    life_expect(life, "opened updated");
    const struct notice *updated = life_last(life);
    assert_true(slice_eq(updated->items[0].incident.provider, SLICE("google")));
    assert_int_equal(updated->items[0].state, INCIDENT_STATE_OPEN);
    assert_int_equal(updated->items[1].state, INCIDENT_STATE_CLOSED);
    assert_true(slice_eq(updated->page, life->notices[0]->page)); /* the page keeps its name */
}

static void sources_to_a_provider_are_one_page(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-b", "docomo", 0));
    life_say(life, life_block("out-c", "docomo", 0));
    life_at(life, MIN);
    life_expect(life, "opened updated");
    assert_int_equal(life_last(life)->axis, NOTICE_AXIS_PROVIDER);
    /* shares the first one's source, but the page is about the provider by now */
    life_say(life, life_block("out-a", "google", 0));
    life_expect(life, "opened");
    /* another kind of trouble is another page; a silent block is the same kind */
    struct incident slow = life_block("out-a", "docomo", 0);
    slow.kind = INCIDENT_SLOW_DOWN;
    life_say(life, slow);
    life_expect(life, "opened");
    struct incident silent = life_block("out-d", "docomo", 0);
    silent.kind = INCIDENT_SILENT_BLOCK;
    life_say(life, silent);
    life_expect(life, "");
}

static void logins_group_by_kind_and_time(void **state)
{
    struct life *life = *state;
    char names[3][32];
    life->settings.escalate_after_us = 0;
    life_configure(life);
    for (int i = 0; i < 3; i++) {
        struct incident surge = {.kind = INCIDENT_SURGE,
                                 .scope = INCIDENT_SCOPE_LOGIN,
                                 .opened_us = T0,
                                 .closed_us = INCIDENT_OPEN,
                                 .hits = 100,
                                 .attempts = 200};
        snprintf(names[i], sizeof(names[i]), "shop-%d@example.jp", i);
        surge.login = slice_from_str(names[i]);
        life_at(life, i * 50 * MIN + (i == 2 ? 20 * MIN : 0));
        life_say(life, surge);
    }
    /* the third came 70 minutes after the second: too late for its page */
    life_expect(life, "opened updated opened");
}

static void a_relay_without_network_is_one_page(void **state)
{
    struct life *life = *state;
    static const char *const sources[] = {"out-a", "out-b", "out-c"};
    static const char *const providers[] = {"docomo", "google", "au"};
    for (size_t i = 0; i < 9; i++) {
        struct incident silent = life_block(sources[i % 3], providers[i / 3], 0);
        silent.kind = INCIDENT_SILENT_BLOCK;
        life_say(life, silent);
    }
    life_expect(life, "opened");
    struct incident other = life_block("out-a", "softbank", 0);
    other.kind = INCIDENT_SILENT_BLOCK;
    other.relay = SLICE("relay2");
    life_say(life, other);
    life_expect(life, "opened");
}

static void a_source_that_follows_late_joins_its_relay(void **state)
{
    struct life *life = *state;
    life->settings.escalate_after_us = 0;
    life_configure(life);
    life_say(life, life_block("out-a", "docomo", 0));
    life_at(life, 2 * HOUR);
    life_say(life, life_block("out-b", "docomo", 2 * HOUR));
    life_at(life, 2 * HOUR + MIN);
    life_expect(life, "opened updated");
    life_say(life, life_block("out-b", "google", 2 * HOUR));
    life_expect(life, "opened");
}

static struct incident queue_age(uint64_t hits)
{
    return (struct incident){.kind = INCIDENT_QUEUE_AGE,
                             .scope = INCIDENT_SCOPE_FLEET,
                             .opened_us = T0,
                             .closed_us = INCIDENT_OPEN,
                             .attempts = hits,
                             .hits = hits};
}

static void what_a_block_does_is_told_on_its_page(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0), level = block;
    block.recipients = 60;
    life->settings.escalate_after_us = 0;
    life_configure(life);
    life_say(life, block);
    life_at(life, 3 * HOUR); /* long after pages take no more of their kind */
    life->seen = life->told;
    life_say(life, queue_age(100));
    level.kind = INCIDENT_LATENCY;
    level.source = (struct slice){NULL, 0};
    life_say(life, level);
    life_at(life, 3 * HOUR + MIN);
    life_expect(life, "updated updated"); /* wider at once, longer with the next */
    assert_int_equal(life_last(life)->total, 3);
}

/* What is new stands behind the lead and is marked, once. */
static void an_update_marks_what_is_new(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    assert_false(life_last(life)->items[0].fresh); /* a page that opens is new as a whole */
    life_say(life, life_block("out-a", "google", 0));
    life_at(life, MIN);
    life_say(life, life_block("out-a", "au", 0));
    life_at(life, 2 * MIN);
    life_expect(life, "opened updated updated");
    const struct notice *notice = life_last(life);
    assert_int_equal(notice->count, 3);
    assert_false(notice->items[0].fresh);
    assert_true(notice->items[1].fresh &&
                slice_eq(notice->items[1].incident.provider, SLICE("au")));
    assert_false(notice->items[2].fresh);
}

/* A delivery that a source, its provider and the fleet count is one: that more count it is no more
 * of it. */
static void what_several_count_is_no_growth(void **state)
{
    struct life *life = *state;
    struct incident fleet = queue_age(100), provider = fleet, source = fleet;
    fleet.kind = provider.kind = source.kind = INCIDENT_REACHABILITY;
    fleet.attempts = 1000;
    provider.attempts = source.attempts = 300;
    provider.hits = source.hits = 90;
    provider.provider = SLICE("docomo");
    source.source = SLICE("out-a");
    life->settings.escalate_after_us = 0;
    life_configure(life);
    life_say(life, fleet);
    life_say(life, provider);
    life_say(life, source);
    life_at(life, 2 * HOUR);
    life_expect(life, "opened updated"); /* the list, no second one for 280 hits */
    fleet.hits = 200;
    life_say(life, fleet);
    life_expect(life, "updated");
}

/* The same of a block and the budget that it burns. */
static void what_a_block_costs_is_no_growth(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0), level = block;
    block.hits = block.recipients = 100;
    level.kind = INCIDENT_REACHABILITY;
    level.hits = 120;
    life->settings.escalate_after_us = 0;
    life_configure(life);
    life_say(life, block);
    life_say(life, level);
    life_at(life, 2 * HOUR);
    life_expect(life, "opened updated");
    block.hits = 180;
    life_say(life, block);
    life_at(life, 3 * HOUR);
    life_expect(life, "");
    struct incident second = life_block("out-a", "google", 0);
    second.hits = 100; /* other mail */
    life_say(life, second);
    life_at(life, 4 * HOUR);
    life_expect(life, "opened");
}

/* Two blocks on two pages fill a queue together: on the page of the larger one. */
static void what_several_pages_explain_is_on_the_largest(void **state)
{
    struct life *life = *state;
    struct incident small = life_block("out-a", "docomo", 0), large = life_block("out-b", "au", 0);
    small.recipients = 20;
    large.recipients = 35;
    life_say(life, small);
    life_say(life, large);
    life_expect(life, "opened opened");
    life_say(life, queue_age(100));
    assert_int_equal(incident_book_count(life->book).pages, 2);
    life_at(life, MIN);
    life_expect(life, "updated");
    assert_true(slice_eq(life_last(life)->items[0].incident.provider, SLICE("au")));
    assert_int_equal(life_last(life)->total, 2);
    struct incident late = queue_age(1000); /* too large for all of that together */
    late.kind = INCIDENT_LATENCY;
    life_say(life, late);
    assert_int_equal(incident_book_count(life->book).pages, 3);
}

/* Bounces of a stolen login burn the budget before its volume is a surge: the surge is the title of
 * their page then, and told at once. */
static void a_cause_that_is_seen_later_leads_the_page(void **state)
{
    struct life *life = *state;
    struct incident level = queue_age(24), surge = queue_age(24);
    level.kind = INCIDENT_REACHABILITY;
    level.severity = INCIDENT_WARNING;
    surge.kind = INCIDENT_SURGE;
    surge.scope = INCIDENT_SCOPE_LOGIN;
    surge.login = SLICE("a@example.jp");
    surge.attempts = 139;
    life_say(life, level);
    life_say(life, surge);
    life_expect(life, "opened updated");
    const struct notice *notice = life_last(life);
    assert_int_equal(notice->items[0].incident.kind, INCIDENT_SURGE);
    assert_true(notice->items[0].fresh);
    assert_int_equal(notice->severity, INCIDENT_CRITICAL);
    assert_true(slice_eq(notice->page, life->notices[0]->page));
    surge.login = (struct slice){NULL, 0}; /* and takes what is like it */
    surge.domain = SLICE("example.jp");
    life_at(life, 30 * MIN);
    life->seen = life->told;
    life_say(life, surge);
    life_at(life, 31 * MIN);
    life_expect(life, "updated");
}

/* But not where it would be lost: it is too small, of another place, or somebody has taken the page
 * and is called by nothing any more; nor hours later. */
static void a_cause_that_is_another_has_its_own_page(void **state)
{
    static const struct {
        uint64_t reach;
        const char *provider;
        bool taken;
        int64_t after_us;
        uint64_t pages;
    } cases[] = {
        {50, "docomo", false, MIN, 1},      {49, "docomo", false, MIN, 2},
        {50, "google", false, MIN, 2},      {50, "docomo", true, MIN, 2},
        {50, "docomo", false, 2 * HOUR, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct life life;
        struct err err;
        struct incident level = queue_age(100);
        life_begin(&life);
        level.provider = SLICE("docomo");
        life_say(&life, level);
        if (cases[i].taken)
            assert_true(incident_book_acknowledge(life.book, life_view(&life).id, SLICE("kato"),
                                                  SLICE(""), life.now_us, &err));
        life_at(&life, cases[i].after_us);
        struct incident outage = life_block("out-a", cases[i].provider, cases[i].after_us);
        outage.recipients = cases[i].reach;
        life_say(&life, outage);
        assert_int_equal(incident_book_count(life.book).pages, cases[i].pages);
        life_end(&life);
    }
}

/* What a silent relay does to its mail is on its page, and keeps no source of it out. */
static void consequences_keep_no_source_out(void **state)
{
    struct life *life = *state;
    struct incident late = queue_age(10);
    struct incident paths[] = {life_block("out-a", "google", 0), life_block("out-a", "docomo", 0),
                               life_block("out-c", "google", 0), life_block("out-c", "au", 0)};
    late.kind = INCIDENT_LATENCY;
    for (size_t i = 0; i < 4; i++)
        paths[i].kind = INCIDENT_SILENT_BLOCK;
    life_say(life, paths[0]);
    life_say(life, paths[1]); /* one source */
    life_say(life, late);
    life_say(life, paths[2]);
    life_say(life, paths[3]);
    assert_int_equal(incident_book_count(life->book).pages, 1);
}

/* Blocks in words, too: another source of the relay at a provider of the page. */
static void a_page_of_a_source_takes_others_of_its_relay(void **state)
{
    struct life *life = *state;
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    life_say(life, life_block("out-b", "google", 0));
    assert_int_equal(incident_book_count(life->book).pages, 1);
    life_say(life, life_block("out-b", "au", 0));
    assert_int_equal(incident_book_count(life->book).pages, 2);
}

static void what_no_page_explains_has_its_own(void **state)
{
    struct life *life = *state;
    struct incident block = life_block("out-a", "docomo", 0), level = block;
    block.recipients = 40;
    life_say(life, block);
    life_say(life, queue_age(100)); /* far more waits than the block holds back */
    life_expect(life, "opened opened");
    level.kind = INCIDENT_REACHABILITY;
    level.provider = SLICE("google"); /* elsewhere */
    life_say(life, level);
    life_expect(life, "opened");
    struct incident growth = {
        .kind = INCIDENT_BRUTE_FORCE, .closed_us = INCIDENT_OPEN, .hits = 500};
    growth.opened_us = T0;
    growth.name = SLICE("192.0.2.0/24");
    life_say(life, growth);
    life_expect(life, "opened");
    level.provider = SLICE("au");
    life_say(life, level);
    life_expect(life, ""); /* of the kind that is open: with it */
}

static void one_ack_takes_the_page(void **state)
{
    struct life *life = *state;
    struct err err;
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    struct incident_view second = life_view(life);
    assert_true(incident_book_acknowledge(life->book, second.id, SLICE("kato"), SLICE(""),
                                          life->now_us, &err));
    assert_int_equal(incident_book_count(life->book).acknowledged, 2);
    life_at(life, DAY);
    life_expect(life, "opened acknowledged"); /* who acknowledges sees the list: no update */
}

/* Kinds share a page only where the table of families says so. */
static void kinds_do_not_mix(void **state)
{
    (void)state;
    for (int a = 0; a < INCIDENT_KIND_COUNT; a++) {
        for (int b = 0; b < INCIDENT_KIND_COUNT; b++) {
            struct life life;
            life_begin(&life);
            struct incident first = life_block("out-a", "docomo", 0), second = first;
            first.kind = (enum incident_kind)a;
            second.kind = (enum incident_kind)b;
            second.provider = SLICE("google");
            bool blocks = a <= INCIDENT_SILENT_BLOCK && b <= INCIDENT_SILENT_BLOCK;
            bool outages = a >= INCIDENT_OUTAGE && a <= INCIDENT_UNREACHABLE &&
                           b >= INCIDENT_OUTAGE && b <= INCIDENT_UNREACHABLE;
            life_say(&life, first);
            life_say(&life, second);
            uint64_t pages = a == b || blocks || outages ? 1 : 2;
            assert_int_equal(incident_book_count(life.book).pages, pages);
            life_end(&life);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE_TEST(paths_of_a_source_are_one_page),
        LIFE_TEST(what_is_still_open_leads),
        LIFE_TEST(sources_to_a_provider_are_one_page),
        LIFE_TEST(logins_group_by_kind_and_time),
        LIFE_TEST(a_relay_without_network_is_one_page),
        LIFE_TEST(a_source_that_follows_late_joins_its_relay),
        LIFE_TEST(what_a_block_does_is_told_on_its_page),
        LIFE_TEST(an_update_marks_what_is_new),
        LIFE_TEST(what_several_count_is_no_growth),
        LIFE_TEST(what_a_block_costs_is_no_growth),
        LIFE_TEST(what_several_pages_explain_is_on_the_largest),
        LIFE_TEST(a_cause_that_is_seen_later_leads_the_page),
        LIFE_TEST(a_cause_that_is_another_has_its_own_page),
        LIFE_TEST(consequences_keep_no_source_out),
        LIFE_TEST(a_page_of_a_source_takes_others_of_its_relay),
        LIFE_TEST(what_no_page_explains_has_its_own),
        LIFE_TEST(one_ack_takes_the_page),
        LIFE_TEST(kinds_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
