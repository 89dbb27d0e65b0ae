/* SPDX-License-Identifier: Apache-2.0
 *
 * Which mailbox servers become incidents, second by second.
 */
#include "app/quota_incidents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

#define SECOND INT64_C(1000000)
#define BEGIN (INT64_C(1000000) * SECOND)

enum { SERVERS = 2 };

struct told {
    size_t count;
    struct incident last;
    char name[64], words[256];
};

struct bench {
    struct part_book *book;
    struct quota_state *state;
    struct quota_incidents_view view;
    struct told told;
    int64_t now_us;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->book = part_book_new(INCIDENT_MAILBOX_SERVER_QUOTA_DOWN, SLICE("mx1"));
    bench->state =
        mem_new(1, sizeof(struct quota_state) + SERVERS * sizeof(struct quota_server_state));
    memset(bench->state, 0,
           sizeof(struct quota_state) + SERVERS * sizeof(struct quota_server_state));
    bench->state->count = SERVERS;
    bench->state->servers[0].name = SLICE("mb01");
    bench->state->servers[0].address = SLICE("192.0.2.1:12340");
    bench->state->servers[1].name = SLICE("mb02");
    bench->view = (struct quota_incidents_view){.wanted = true, .state = bench->state};
    bench->now_us = BEGIN;
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    part_book_free(bench->book);
    mem_free(bench->state);
    mem_free(bench);
    return 0;
}

static void tell(void *data, const struct incident *incident)
{
    struct told *told = data;
    struct slice words = incident->evidence_count > 0 ? incident->evidence[0] : SLICE("");
    told->count++;
    told->last = *incident;
    (void)snprintf(told->name, sizeof(told->name), "%.*s", SLICE_ARG(incident->name));
    (void)snprintf(told->words, sizeof(told->words), "%.*s", SLICE_ARG(words));
}

static void seconds(struct bench *bench, int count)
{
    for (int i = 0; i < count; i++) {
        quota_incidents_look(bench->book, &bench->view, bench->now_us, tell, &bench->told);
        bench->now_us += SECOND;
    }
}

static void a_server_that_is_down_and_back(void **state)
{
    struct bench *bench = *state;
    seconds(bench, 60);
    assert_int_equal(bench->told.count, 0);
    bench->state->servers[0].is_down = true;
    seconds(bench, 15);
    assert_int_equal(bench->told.count, 0); /* it may be a restart */
    seconds(bench, 5);
    assert_int_equal(bench->told.count, 1);
    assert_int_equal(bench->told.last.kind, INCIDENT_MAILBOX_SERVER_QUOTA_DOWN);
    assert_int_equal(bench->told.last.severity, INCIDENT_WARNING);
    assert_string_equal(bench->told.name, "mb01");
    assert_string_equal(bench->told.words,
                        "mb01 at 192.0.2.1:12340 does not say who is full: no answer in time");
    bench->state->servers[0].is_down = false;
    seconds(bench, 20);
    assert_int_equal(bench->told.count, 2);
    assert_false(incident_is_open(&bench->told.last));
}

static void all_servers_are_critical(void **state)
{
    struct bench *bench = *state;
    bench->state->servers[0].is_down = bench->state->servers[1].is_down = true;
    bench->state->servers[1].reason = SLICE("connection refused");
    seconds(bench, 20);
    assert_int_equal(bench->told.count, 2);
    assert_int_equal(bench->told.last.severity, INCIDENT_CRITICAL);
}

static void the_listener_and_the_tables(void **state)
{
    struct bench *bench = *state;
    bench->view.trouble = "address in use";
    seconds(bench, 20);
    assert_string_equal(bench->told.name, "quota listener");
    assert_string_equal(bench->told.words, "address in use");
    bench->view.trouble = NULL;
    bench->view.tables = "/etc/postfix/transport: no such file";
    seconds(bench, 20);
    assert_int_equal(bench->told.count, 3); /* the one closed, the other opened */
    bench->view.wanted = false;             /* a reload took it away */
    seconds(bench, 20);
    assert_int_equal(bench->told.count, 4);
    assert_false(incident_is_open(&bench->told.last));
}

/* Nothing is known of the servers: what was open stays. */
static void not_known_is_not_well(void **state)
{
    struct bench *bench = *state;
    bench->state->servers[0].is_down = true;
    seconds(bench, 20);
    assert_int_equal(bench->told.count, 1);
    bench->view.state = NULL;
    seconds(bench, 60);
    assert_int_equal(bench->told.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_that_is_down_and_back, begin, end),
        cmocka_unit_test_setup_teardown(all_servers_are_critical, begin, end),
        cmocka_unit_test_setup_teardown(the_listener_and_the_tables, begin, end),
        cmocka_unit_test_setup_teardown(not_known_is_not_well, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
