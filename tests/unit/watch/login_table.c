/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of logins, and their surges as they are told while the logs go on.
 */
#include "watch/login_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000000)
#define FLEET 20 /* other logins, each of which sends a little */

struct bench {
    struct login_table *table;
    int64_t now_us;
    struct incident told[8];
    uint32_t told_logins[8];
    size_t count;
};

static void send(struct bench *bench, uint32_t login, uint32_t recipients)
{
    struct message message = {.login = login, .expected = recipients};
    login_table_accept(bench->table, &message, bench->now_us);
}

/* A fleet that everyone's first volume is held against. */
static void begin(struct bench *bench)
{
    static const struct surge_rule rule = SURGE_RULE;
    *bench = (struct bench){.table = login_table_new(&rule), .now_us = 1000000 * MINUTE};
    for (uint32_t login = 10; login < 10 + FLEET; login++)
        send(bench, login, 5);
}

static void note(void *data, uint32_t login, struct incident *incident)
{
    struct bench *bench = data;
    assert_true(bench->count < 8);
    bench->told_logins[bench->count] = login;
    bench->told[bench->count++] = *incident;
}

static size_t tell(struct bench *bench)
{
    bench->count = 0;
    login_table_tell_surges(bench->table, bench->now_us, note, bench);
    return bench->count;
}

static void test_goes_on_and_fades(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    assert_int_equal(tell(&bench), 0);
    send(&bench, 1, 30);
    int64_t opened_us = bench.now_us;
    bench.now_us += MINUTE;
    send(&bench, 1, 200);
    assert_int_equal(tell(&bench), 1);
    assert_int_equal(bench.told_logins[0], 1);
    assert_int_equal(bench.told[0].kind, INCIDENT_SURGE);
    assert_int_equal(bench.told[0].opened_us, opened_us);
    assert_int_equal(bench.told[0].attempts, 230);
    assert_true(incident_is_open(&bench.told[0]));
    assert_int_equal(tell(&bench), 0);
    send(&bench, 2, 5); /* somebody else */
    assert_int_equal(tell(&bench), 0);
    bench.now_us += MINUTE;
    send(&bench, 1, 100);
    int64_t last_us = bench.now_us;
    assert_int_equal(tell(&bench), 1);
    assert_int_equal(bench.told[0].attempts, 330);
    bench.now_us += 59 * MINUTE;
    assert_int_equal(tell(&bench), 0);
    bench.now_us += MINUTE;
    assert_int_equal(tell(&bench), 1); /* an hour without mail ends it */
    assert_int_equal(bench.told[0].opened_us, opened_us);
    assert_int_equal(bench.told[0].closed_us, last_us);
    assert_int_equal(bench.told[0].attempts, 330);
    assert_int_equal(tell(&bench), 0);
    login_table_free(bench.table);
}

/* Its own next message ends it: told, whether or not the opening was. */
static void test_ends_by_traffic(void **state)
{
    (void)state;
    for (int seen = 0; seen < 2; seen++) {
        struct bench bench;
        begin(&bench);
        send(&bench, 1, 500);
        if (seen)
            assert_int_equal(tell(&bench), 1);
        bench.now_us += 70 * MINUTE;
        send(&bench, 1, 1);
        assert_int_equal(tell(&bench), 1);
        assert_false(incident_is_open(&bench.told[0]));
        assert_int_equal(bench.told[0].attempts, 500);
        assert_int_equal(tell(&bench), 0);
        login_table_free(bench.table);
    }
}

/* Day after day for a year: each surge is told as begun and as ended, once. */
static void test_many_days(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    for (int day = 0; day < 365; day++) {
        for (uint32_t login = 10; login < 10 + FLEET; login++)
            send(&bench, login, 5);
        send(&bench, 1, 3000);
        assert_int_equal(tell(&bench), 1);
        assert_true(incident_is_open(&bench.told[0]));
        assert_int_equal(bench.told[0].opened_us, bench.now_us);
        bench.now_us += 24 * 60 * MINUTE;
        assert_int_equal(tell(&bench), 1);
        assert_false(incident_is_open(&bench.told[0]));
    }
    login_table_free(bench.table);
    login_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_and_fades),
        cmocka_unit_test(test_ends_by_traffic),
        cmocka_unit_test(test_many_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
