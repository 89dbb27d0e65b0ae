/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents of paths while the logs go on: what is told, and when again.
 */
#include "watch/incident_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define PATHS 4
#define TOLD_MAX 16

/* Two relays of two sources each, one provider. */
struct fleet {
    struct incident_watch *watch;
    struct path_table *table;
    uint32_t paths[PATHS];
    int64_t now_us;
    uint64_t messages;
    struct incident told[TOLD_MAX];
    uint32_t told_paths[TOLD_MAX];
    size_t count;
};

static void fleet_begin(struct fleet *fleet)
{
    static const struct detector_rule reply = DETECTOR_RULE_REPLY, silent = DETECTOR_RULE_SILENT;
    *fleet = (struct fleet){.watch = incident_watch_new(&reply, &silent),
                            .table = path_table_new(),
                            .now_us = 1000000 * SECOND};
    for (uint32_t i = 0; i < PATHS; i++)
        fleet->paths[i] = path_table_number(fleet->table, 1 + i / 2, 1 + i % 2, 5, PATHS_MAX);
}

static void fleet_end(struct fleet *fleet)
{
    incident_watch_free(fleet->watch);
    path_table_free(fleet->table);
}

static void take(struct fleet *fleet, uint32_t number, struct path_event event)
{
    struct path *path = path_table_get(fleet->table, fleet->paths[number]);
    fleet->now_us += SECOND;
    path->last_us = fleet->now_us;
    event.path = fleet->paths[number];
    event.time_us = fleet->now_us;
    event.message = ++fleet->messages;
    event.prior_attempts = path->reached + path->unreached;
    incident_watch_take(fleet->watch, path, &event);
}

static void deliver(struct fleet *fleet, uint32_t path, int count)
{
    for (int i = 0; i < count; i++)
        take(fleet, path, (struct path_event){.delivered = true, .answered = true});
}

static void refuse(struct fleet *fleet, uint32_t path, int count, enum reply_class class,
                   const char *line)
{
    for (int i = 0; i < count; i++)
        take(fleet, path,
             (struct path_event){.answered = true, .class = class, .line = slice_from_str(line)});
}

static void time_out(struct fleet *fleet, uint32_t path, int count)
{
    for (int i = 0; i < count; i++)
        take(fleet, path, (struct path_event){.class = REPLY_CLASS_NETWORK, .line = SLICE("t")});
}

static void note(void *data, uint32_t path, struct incident *incident)
{
    struct fleet *fleet = data;
    assert_true(fleet->count < TOLD_MAX);
    fleet->told_paths[fleet->count] = path;
    fleet->told[fleet->count++] = *incident;
}

static size_t tell(struct fleet *fleet)
{
    fleet->count = 0;
    incident_watch_tell(fleet->watch, fleet->table, note, fleet);
    return fleet->count;
}

/* The first that was told of this path. */
static const struct incident *told_of(const struct fleet *fleet, uint32_t path)
{
    size_t i = 0;
    while (i < fleet->count && fleet->told_paths[i] != fleet->paths[path])
        i++;
    assert_in_range(i, 0, fleet->count - 1);
    return &fleet->told[i];
}

static void test_life(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    deliver(&fleet, 0, 100);
    assert_int_equal(tell(&fleet), 0);
    refuse(&fleet, 0, 1, REPLY_CLASS_BLOCK_IP, "one");
    int64_t opened_us = fleet.now_us;
    assert_int_equal(tell(&fleet), 0);
    refuse(&fleet, 0, 9, REPLY_CLASS_BLOCK_IP, "ten");
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].kind, INCIDENT_BLOCK);
    assert_int_equal(fleet.told[0].opened_us, opened_us);
    assert_int_equal(fleet.told[0].hits, 10);
    assert_true(incident_is_open(&fleet.told[0]));
    assert_true(slice_eq(fleet.told[0].evidence[0], SLICE("one")));
    assert_true(slice_eq(fleet.told[0].evidence[1], SLICE("ten")));
    assert_int_equal(tell(&fleet), 0);
    deliver(&fleet, 0, 1); /* no evidence, no news */
    int64_t closed_us = fleet.now_us;
    assert_int_equal(tell(&fleet), 0);
    deliver(&fleet, 0, 100);
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].opened_us, opened_us);
    assert_int_equal(fleet.told[0].closed_us, closed_us);
    assert_int_equal(fleet.told[0].hits, 10);
    assert_true(slice_eq(fleet.told[0].evidence[1], SLICE("ten")));
    assert_int_equal(tell(&fleet), 0);
    fleet_end(&fleet);
}

/* Again and again, told and untold: what was closed is told once and never again. */
static void test_many_lives(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    int64_t opened_us = 0;
    for (int round = 0; round < 2000; round++) {
        refuse(&fleet, 0, 12, REPLY_CLASS_BLOCK_IP, "no");
        if (round % 2 == 0) {
            assert_int_equal(tell(&fleet), 1);
            assert_true(incident_is_open(&fleet.told[0]));
        }
        deliver(&fleet, 0, 100);
        assert_int_equal(tell(&fleet), 1);
        assert_false(incident_is_open(&fleet.told[0]));
        assert_true(fleet.told[0].opened_us > opened_us);
        opened_us = fleet.told[0].opened_us;
    }
    fleet_end(&fleet);
}

/* Closed and open again between two tellings: the end is told first. */
static void test_reopened_unseen(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    deliver(&fleet, 0, 50);
    refuse(&fleet, 0, 10, REPLY_CLASS_BLOCK_IP, "first");
    tell(&fleet);
    deliver(&fleet, 0, 100);
    refuse(&fleet, 0, 10, REPLY_CLASS_BLOCK_IP, "second");
    assert_int_equal(tell(&fleet), 2);
    assert_false(incident_is_open(&fleet.told[0]));
    assert_true(slice_eq(fleet.told[0].evidence[1], SLICE("first")));
    assert_true(incident_is_open(&fleet.told[1]));
    assert_true(fleet.told[1].opened_us > fleet.told[0].closed_us);
    fleet_end(&fleet);
}

/* One source, then both of its relay, then all; and back. */
static void test_scope(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    for (uint32_t i = 0; i < PATHS; i++)
        deliver(&fleet, i, 50);
    refuse(&fleet, 0, 10, REPLY_CLASS_BLOCK_IP, "0");
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].scope, INCIDENT_SCOPE_SOURCE);
    refuse(&fleet, 2, 10, REPLY_CLASS_BLOCK_IP, "2");
    assert_int_equal(tell(&fleet), 2);
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_SOURCES);
    assert_int_equal(told_of(&fleet, 0)->hits, 10);
    assert_int_equal(told_of(&fleet, 2)->scope, INCIDENT_SCOPE_SOURCES);
    refuse(&fleet, 1, 10, REPLY_CLASS_BLOCK_IP, "1");
    assert_int_equal(tell(&fleet), 2); /* path 2: nothing new */
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_RELAY);
    assert_int_equal(told_of(&fleet, 1)->scope, INCIDENT_SCOPE_RELAY);
    refuse(&fleet, 3, 10, REPLY_CLASS_BLOCK_IP, "3");
    assert_int_equal(tell(&fleet), 4);
    for (uint32_t i = 0; i < PATHS; i++)
        assert_int_equal(told_of(&fleet, i)->scope, INCIDENT_SCOPE_EVERYONE);
    for (uint32_t i = 1; i < PATHS; i++)
        deliver(&fleet, i, 100);
    assert_int_equal(tell(&fleet), 4);
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_SOURCE);
    assert_true(incident_is_open(told_of(&fleet, 0)));
    fleet_end(&fleet);
}

/* Sources 0 and 2, one a relay, form a pool: less than a relay's both, more than two of any. */
static void test_pool(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    for (uint32_t i = 0; i < PATHS; i++) {
        path_table_get(fleet.table, fleet.paths[i])->pool = i % 2 ? 0 : 7;
        deliver(&fleet, i, 50);
    }
    refuse(&fleet, 0, 10, REPLY_CLASS_BLOCK_IP, "0");
    refuse(&fleet, 2, 10, REPLY_CLASS_BLOCK_IP, "2");
    assert_int_equal(tell(&fleet), 2);
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_POOL);
    assert_int_equal(told_of(&fleet, 2)->scope, INCIDENT_SCOPE_POOL);
    refuse(&fleet, 1, 10, REPLY_CLASS_BLOCK_IP, "1");
    tell(&fleet);
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_RELAY);
    assert_int_equal(told_of(&fleet, 1)->scope, INCIDENT_SCOPE_RELAY);
    fleet_end(&fleet);
}

/* Sources that send there no more have no say in what "every source" is. */
static void test_unused_sources(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    for (uint32_t i = 0; i < PATHS; i++)
        deliver(&fleet, i, 50);
    fleet.now_us += 48 * 3600 * SECOND;
    deliver(&fleet, 0, 10);
    deliver(&fleet, 2, 10);
    refuse(&fleet, 0, 10, REPLY_CLASS_RATE, "0");
    refuse(&fleet, 2, 10, REPLY_CLASS_RATE, "2");
    assert_int_equal(tell(&fleet), 2);
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_EVERYONE);
    fleet_end(&fleet);
}

/* What the hits themselves tell goes before who else suffers. */
static void test_scope_of_hits(void **state)
{
    (void)state;
    static const struct {
        enum reply_class class;
        uint32_t logins[2]; /* of every other hit */
        enum incident_scope scope;
        uint64_t count;
    } rows[] = {
        {REPLY_CLASS_BLOCK_DOMAIN, {3, 4}, INCIDENT_SCOPE_SENDER_DOMAIN, 2},
        {REPLY_CLASS_BLOCK_IP, {3, 3}, INCIDENT_SCOPE_SOURCE, 1},
        {REPLY_CLASS_CONTENT_SPAM, {3, 3}, INCIDENT_SCOPE_LOGIN, 1},
        {REPLY_CLASS_CONTENT_SPAM, {3, 4}, INCIDENT_SCOPE_SOURCE, 2},
        {REPLY_CLASS_CONTENT_SPAM, {3, 0}, INCIDENT_SCOPE_SOURCE, 1},
        {REPLY_CLASS_CONTENT_SPAM, {0, 0}, INCIDENT_SCOPE_SOURCE, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fleet fleet;
        fleet_begin(&fleet);
        deliver(&fleet, 0, 50);
        for (uint32_t k = 0; k < 20; k++)
            take(&fleet, 0,
                 (struct path_event){.answered = true,
                                     .class = rows[i].class,
                                     .login = rows[i].logins[k % 2],
                                     .recipient = 1000 + k / 2});
        assert_int_equal(tell(&fleet), 1);
        assert_int_equal(fleet.told[0].scope, rows[i].scope);
        assert_int_equal(fleet.told[0].logins, rows[i].count);
        assert_int_equal(fleet.told[0].recipients, 10);
        fleet_end(&fleet);
    }
}

/* An outage is one incident of the provider: its sums grow, it ends with the last path. */
static void test_outage(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    for (uint32_t i = 0; i < PATHS; i++)
        deliver(&fleet, i, 50);
    int64_t opened_us = fleet.now_us + SECOND;
    for (int k = 0; k < 10; k++)
        for (uint32_t i = 0; i < PATHS; i++)
            time_out(&fleet, i, 1);
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].kind, INCIDENT_OUTAGE);
    assert_int_equal(fleet.told[0].scope, INCIDENT_SCOPE_EVERYONE);
    assert_in_range(fleet.told[0].opened_us, opened_us, opened_us + 3 * SECOND);
    assert_int_equal(fleet.told[0].hits, 40);
    opened_us = fleet.told[0].opened_us;
    for (uint32_t i = 0; i < PATHS - 1; i++)
        deliver(&fleet, i, 100);
    assert_int_equal(tell(&fleet), 0);
    deliver(&fleet, PATHS - 1, 1);
    int64_t closed_us = fleet.now_us;
    deliver(&fleet, PATHS - 1, 100);
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].closed_us, closed_us);
    assert_int_equal(fleet.told[0].opened_us, opened_us);
    assert_int_equal(fleet.told[0].hits, 40);
    fleet_end(&fleet);
}

/* Nobody could tell whose trouble it is, until other paths were used: the one ends with its newest
 * hit, the other goes on. */
static void test_other_kind(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    deliver(&fleet, 0, 50);
    time_out(&fleet, 0, 12);
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].kind, INCIDENT_UNREACHABLE);
    int64_t opened_us = fleet.told[0].opened_us;
    deliver(&fleet, 1, 10);
    time_out(&fleet, 0, 1);
    assert_int_equal(tell(&fleet), 2);
    assert_int_equal(fleet.told[0].kind, INCIDENT_UNREACHABLE);
    assert_int_equal(fleet.told[0].closed_us, fleet.now_us);
    assert_int_equal(fleet.told[1].kind, INCIDENT_SILENT_BLOCK);
    assert_true(incident_is_open(&fleet.told[1]));
    assert_int_equal(fleet.told[1].opened_us, opened_us);
    assert_int_equal(fleet.told[1].hits, 13);
    /* Ten of twenty-one say otherwise: not plain. Then it is. */
    time_out(&fleet, 1, 11);
    time_out(&fleet, 0, 1);
    tell(&fleet);
    assert_int_equal(told_of(&fleet, 0)->kind, INCIDENT_SILENT_BLOCK);
    assert_true(incident_is_open(told_of(&fleet, 0)));
    time_out(&fleet, 1, 20);
    time_out(&fleet, 0, 1);
    tell(&fleet);
    assert_int_equal(fleet.told[0].kind, INCIDENT_SILENT_BLOCK);
    assert_false(incident_is_open(&fleet.told[0]));
    assert_int_equal(fleet.told[1].kind, INCIDENT_OUTAGE);
    assert_true(incident_is_open(&fleet.told[1]));
    fleet_end(&fleet);
}

/* Silence and replies without sense on one path are one silent block: same kind, same names. */
static void test_two_troubles(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    for (uint32_t i = 0; i < PATHS; i++)
        deliver(&fleet, i, 50);
    for (int k = 0; k < 20; k++) {
        time_out(&fleet, 0, 1);
        deliver(&fleet, 1, 1);
    }
    for (int k = 0; k < 50; k++) {
        refuse(&fleet, 0, 1, REPLY_CLASS_UNKNOWN, "?");
        deliver(&fleet, 1, 1);
    }
    assert_int_equal(tell(&fleet), 1);
    assert_int_equal(fleet.told[0].kind, INCIDENT_SILENT_BLOCK);
    assert_int_equal(fleet.told[0].hits, 70);
    assert_true(slice_eq(fleet.told[0].evidence[0], SLICE("t")));
    assert_true(slice_eq(fleet.told[0].evidence[1], SLICE("?")));
    deliver(&fleet, 0, 100);
    assert_int_equal(tell(&fleet), 1);
    assert_false(incident_is_open(&fleet.told[0]));
    assert_int_equal(fleet.told[0].hits, 70);
    fleet_end(&fleet);
}

/* Every path had its trouble once: what is new is watched all the same, when the old is long ago,
 * and what is open stays. */
static void test_all_watches_taken(void **state)
{
    (void)state;
    static const enum reply_class classes[] = {REPLY_CLASS_BLOCK_IP, REPLY_CLASS_RATE,
                                               REPLY_CLASS_AUTH, REPLY_CLASS_CONTENT_SPAM};
    struct fleet fleet;
    struct path elsewhere = {.provider = 6};
    fleet_begin(&fleet);
    refuse(&fleet, 0, 10, REPLY_CLASS_BLOCK_IP, "open");
    assert_int_equal(tell(&fleet), 1);
    for (uint32_t i = 0; i < 20000; i++)
        incident_watch_take(fleet.watch, &elsewhere,
                            &(struct path_event){.path = 100 + i / 4,
                                                 .time_us = fleet.now_us,
                                                 .message = ++fleet.messages,
                                                 .answered = true,
                                                 .class = classes[i % 4],
                                                 .line = SLICE("once")});
    refuse(&fleet, 1, 10, REPLY_CLASS_BLOCK_IP, "no room yet");
    assert_int_equal(tell(&fleet), 0);
    fleet.now_us += 25 * 3600 * SECOND;
    refuse(&fleet, 1, 12, REPLY_CLASS_BLOCK_IP, "room");
    refuse(&fleet, 1, 12, REPLY_CLASS_RATE, "more room");
    assert_int_equal(tell(&fleet), 3);
    assert_int_equal(told_of(&fleet, 0)->scope, INCIDENT_SCOPE_EVERYONE);
    assert_int_equal(told_of(&fleet, 0)->hits, 10);
    fleet_end(&fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_many_lives),
        cmocka_unit_test(test_reopened_unseen),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_unused_sources),
        cmocka_unit_test(test_scope_of_hits),
        cmocka_unit_test(test_outage),
        cmocka_unit_test(test_other_kind),
        cmocka_unit_test(test_two_troubles),
        cmocka_unit_test(test_all_watches_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
