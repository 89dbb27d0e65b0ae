/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents of paths: which kind, with which evidence and counts.
 */
#include "watch/incident_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

struct fleet {
    struct incident_watch *watch;
    struct path paths[3]; /* of one provider: the first is in trouble */
    int64_t now_us;
    uint64_t messages, attempts[3];
    struct incident incidents[8];
    uint32_t incident_paths[8];
    size_t count;
};

static void fleet_begin(struct fleet *fleet)
{
    static const struct detector_rule reply = DETECTOR_RULE_REPLY, silent = DETECTOR_RULE_SILENT;
    *fleet = (struct fleet){.watch = incident_watch_new(&reply, &silent), .now_us = SECOND};
    for (uint32_t i = 0; i < 3; i++)
        fleet->paths[i].provider = 5;
}

static void take(struct fleet *fleet, uint32_t path, struct path_event event)
{
    fleet->now_us += SECOND;
    event.path = path;
    event.time_us = fleet->now_us;
    event.message = ++fleet->messages;
    event.prior_attempts = fleet->attempts[path]++;
    incident_watch_take(fleet->watch, &fleet->paths[path], &event);
}

static void deliver(struct fleet *fleet, uint32_t path, int count)
{
    for (int i = 0; i < count; i++)
        take(fleet, path, (struct path_event){.delivered = true, .answered = true});
}

static void refuse(struct fleet *fleet, uint32_t path, int count, enum reply_class class)
{
    for (int i = 0; i < count; i++)
        take(fleet, path, (struct path_event){.answered = true, .class = class});
}

static void time_out(struct fleet *fleet, uint32_t path, int count)
{
    for (int i = 0; i < count; i++)
        take(fleet, path, (struct path_event){.class = REPLY_CLASS_NETWORK});
}

static void note(void *data, uint32_t path, struct incident *incident)
{
    struct fleet *fleet = data;
    assert_true(fleet->count < 8);
    fleet->incident_paths[fleet->count] = path;
    fleet->incidents[fleet->count++] = *incident;
}

static void fleet_end(struct fleet *fleet, size_t expected)
{
    incident_watch_visit(fleet->watch, note, fleet);
    assert_int_equal(fleet->count, expected);
}

static void test_block(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    deliver(&fleet, 0, 100);
    int64_t first_us = fleet.now_us + SECOND;
    take(&fleet, 0,
         (struct path_event){.answered = true,
                             .class = REPLY_CLASS_BLOCK_IP,
                             .line = SLICE("one"),
                             .list = SLICE("old"),
                             .url = SLICE("u1")});
    refuse(&fleet, 0, 8, REPLY_CLASS_BLOCK_IP);
    take(&fleet, 0,
         (struct path_event){.answered = true,
                             .class = REPLY_CLASS_BLOCK_DOMAIN,
                             .line = SLICE("ten"),
                             .list = SLICE("new"),
                             .url = SLICE("u2")});
    deliver(&fleet, 0, 100);
    fleet_end(&fleet, 1);
    const struct incident *incident = &fleet.incidents[0];
    assert_int_equal(incident->kind, INCIDENT_BLOCK);
    assert_int_equal(incident->class, REPLY_CLASS_BLOCK_IP);
    assert_int_equal(incident->attempts, 10);
    assert_int_equal(incident->hits, 10);
    assert_int_equal(incident->messages, 10);
    assert_int_equal(incident->opened_us, first_us);
    assert_int_equal(incident->last_hit_us, first_us + 9 * SECOND);
    assert_int_equal(incident->closed_us, first_us + 10 * SECOND);
    assert_true(slice_eq(incident->list, SLICE("new")) && slice_eq(incident->url, SLICE("u2")));
    assert_int_equal(incident->evidence_count, 2);
    assert_true(slice_eq(incident->evidence[0], SLICE("one")));
    assert_true(slice_eq(incident->evidence[1], SLICE("ten")));
    incident_watch_free(fleet.watch);
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        enum reply_class class;
        int kind; /* -1: no trouble of the path */
    } rows[] = {
        {REPLY_CLASS_BLOCK_IP, INCIDENT_BLOCK},
        {REPLY_CLASS_BLOCK_DOMAIN, INCIDENT_BLOCK},
        {REPLY_CLASS_RATE, INCIDENT_SLOW_DOWN},
        {REPLY_CLASS_AUTH, INCIDENT_AUTHENTICATION},
        {REPLY_CLASS_TLS, INCIDENT_CONFIGURATION},
        {REPLY_CLASS_PROTOCOL, INCIDENT_CONFIGURATION},
        {REPLY_CLASS_DNS_PTR, INCIDENT_DNS},
        {REPLY_CLASS_CONTENT_SPAM, INCIDENT_CONTENT},
        {REPLY_CLASS_CONTENT_SIZE, INCIDENT_CONTENT},
        {REPLY_CLASS_CONTENT_MALFORMED, INCIDENT_CONTENT},
        {REPLY_CLASS_ADDR_DEAD, -1},
        {REPLY_CLASS_ADDR_QUOTA, -1},
        {REPLY_CLASS_GREYLIST, -1},
        {REPLY_CLASS_POLICY, -1},
        {REPLY_CLASS_LOCAL, -1},
        {REPLY_CLASS_RATE_RCPT, -1},
        {REPLY_CLASS_UNKNOWN, -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fleet fleet;
        fleet_begin(&fleet);
        deliver(&fleet, 0, 50);
        refuse(&fleet, 0, 30, rows[i].class);
        fleet_end(&fleet, rows[i].kind >= 0);
        if (rows[i].kind >= 0) {
            assert_int_equal(fleet.incidents[0].kind, rows[i].kind);
            assert_int_equal(fleet.incidents[0].closed_us, INCIDENT_OPEN);
            assert_int_equal(fleet.incidents[0].class, rows[i].class);
        }
        incident_watch_free(fleet.watch);
    }
}

/* Each way the provider's other paths may fare while the first one only times out. */
static void test_silence(void **state)
{
    (void)state;
    static const struct {
        bool used, works;
        enum incident_kind kind;
    } rows[] = {
        {false, false, INCIDENT_UNREACHABLE},
        {true, true, INCIDENT_SILENT_BLOCK},
        {true, false, INCIDENT_OUTAGE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fleet fleet;
        fleet_begin(&fleet);
        for (int k = 0; k < 30; k++)
            for (uint32_t path = 0; path < 3; path++)
                deliver(&fleet, path, 1);
        for (int k = 0; k < 20; k++) {
            time_out(&fleet, 0, 1);
            if (!rows[i].used)
                continue;
            if (rows[i].works)
                deliver(&fleet, 1, 1);
            else
                time_out(&fleet, 1, 1);
        }
        incident_watch_visit(fleet.watch, note, &fleet);
        assert_int_equal(fleet.count, rows[i].used && !rows[i].works ? 2 : 1);
        for (size_t k = 0; k < fleet.count; k++)
            assert_int_equal(fleet.incidents[k].kind, rows[i].kind);
        assert_int_equal(fleet.incidents[0].class, REPLY_CLASS_NETWORK);
        incident_watch_free(fleet.watch);
    }
}

/* A refusal in words is an answer, also from a server that another path cannot reach. */
static void test_peers_that_refuse(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    for (int k = 0; k < 30; k++)
        deliver(&fleet, (uint32_t)k % 2, 1);
    for (int k = 0; k < 20; k++) {
        time_out(&fleet, 0, 1);
        refuse(&fleet, 1, 1, REPLY_CLASS_ADDR_DEAD);
    }
    fleet_end(&fleet, 1);
    assert_int_equal(fleet.incidents[0].kind, INCIDENT_SILENT_BLOCK);
    incident_watch_free(fleet.watch);
}

static void test_twice(void **state)
{
    (void)state;
    struct fleet fleet;
    fleet_begin(&fleet);
    deliver(&fleet, 0, 50);
    refuse(&fleet, 0, 10, REPLY_CLASS_BLOCK_IP);
    deliver(&fleet, 0, 200);
    refuse(&fleet, 0, 20, REPLY_CLASS_BLOCK_DOMAIN);
    refuse(&fleet, 1, 20, REPLY_CLASS_RATE);
    fleet_end(&fleet, 3);
    assert_int_equal(fleet.incidents[0].hits, 10);
    assert_int_not_equal(fleet.incidents[0].closed_us, INCIDENT_OPEN);
    assert_int_equal(fleet.incidents[1].hits, 20);
    assert_int_equal(fleet.incidents[1].class, REPLY_CLASS_BLOCK_DOMAIN);
    assert_int_equal(fleet.incidents[1].closed_us, INCIDENT_OPEN);
    assert_int_equal(fleet.incident_paths[2], 1);
    incident_watch_free(fleet.watch);
    incident_watch_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block),   cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_silence), cmocka_unit_test(test_peers_that_refuse),
        cmocka_unit_test(test_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
