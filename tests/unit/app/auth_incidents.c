/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps logins from being answered, second by second: one incident a part, none for a moment,
 * none for a few of many, and closed when it is well.
 */
#include "app/auth_incidents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/part_health.h"
#include "base/memory.h"

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define SECOND INT64_C(1000000)
#define LONG (PART_HEALTH_US / SECOND)

enum { SERVERS = 4 };

static struct {
    struct auth_incidents *incidents;
    struct auth_incidents_view view;
    struct auth_service_counts counts;
    struct auth_servers *servers;
    unsigned told;
    struct incident last;
    char name[100], words[2][300];
} bench;

static int enter(void **state)
{
    (void)state;
    memset(&bench, 0, sizeof(bench));
    bench.servers = mem_new(1, sizeof(struct auth_servers) + SERVERS * sizeof(struct auth_server));
    bench.incidents = auth_incidents_new(SLICE("relay1"));
    bench.view = (struct auth_incidents_view){
        .wanted = true, .servers = bench.servers, .counts = &bench.counts};
    return 0;
}

static int leave(void **state)
{
    (void)state;
    auth_incidents_free(bench.incidents);
    mem_free(bench.servers);
    return 0;
}

static void take(void *data, const struct incident *incident)
{
    (void)data;
    bench.told++;
    bench.last = *incident;
    assert_int_equal(incident->kind, INCIDENT_AUTH_BACKEND_DOWN);
    assert_true(slice_eq(incident->relay, SLICE("relay1")));
    (void)snprintf(bench.name, sizeof(bench.name), "%.*s", SLICE_ARG(incident->name));
    for (size_t i = 0; i < incident->evidence_count; i++)
        (void)snprintf(bench.words[i], sizeof(bench.words[i]), "%.*s",
                       SLICE_ARG(incident->evidence[i]));
}

/* Each second of [from, to) so much is found out; how often something was told. */
struct found {
    uint64_t good, bad;
};

static unsigned accounts(struct found found, int64_t from_s, int64_t to_s)
{
    unsigned before = bench.told;
    for (int64_t s = from_s; s < to_s; s++) {
        bench.counts.found += found.good;
        bench.counts.unfound += found.bad;
        auth_incidents_look(bench.incidents, &bench.view, NOON + s * SECOND, take, NULL);
    }
    return bench.told - before;
}

static unsigned pass(int64_t from_s, int64_t to_s)
{
    return accounts((struct found){0, 0}, from_s, to_s);
}

static void server(const char *name, unsigned protocol, enum backend_health health)
{
    assert_true(bench.servers->count < SERVERS);
    bench.servers->list[bench.servers->count++] =
        (struct auth_server){.name = slice_from_str(name),
                             .protocol = protocol,
                             .health = health,
                             .reason = health == BACKEND_IS_DOWN ? SLICE("refused") : SLICE("")};
}

static void assert_told(const char *name, enum incident_severity severity, bool open)
{
    assert_string_equal(bench.name, name);
    assert_int_equal(incident_severity(&bench.last), severity);
    assert_int_equal(incident_is_open(&bench.last), open);
}

/* ---- mailbox servers ---- */

static void a_server_that_is_down_for_long_is_told_and_its_return(void **state)
{
    (void)state;
    server("mb1", AUTH_IMAP, BACKEND_IS_DOWN);
    server("mb2", AUTH_IMAP, BACKEND_UP);
    assert_int_equal(pass(0, LONG), 0);
    assert_int_equal(pass(LONG, 600), 1);
    assert_told("mb1 (imap)", INCIDENT_WARNING, true);
    assert_int_equal(bench.last.opened_us, NOON);
    assert_string_equal(bench.words[0], "the mailbox server does not greet by imap: refused");
    bench.servers->list[0].health = BACKEND_UP;
    assert_int_equal(pass(600, 600 + LONG), 0);
    assert_int_equal(pass(600 + LONG, 1200), 1);
    assert_told("mb1 (imap)", INCIDENT_WARNING, false);
}

static void the_last_of_a_protocol_is_critical(void **state)
{
    (void)state;
    server("mb1", AUTH_IMAP, BACKEND_IS_DOWN);
    server("mb1", AUTH_POP3, BACKEND_UP);
    server("mb2", AUTH_IMAP, BACKEND_UP);
    assert_int_equal(pass(0, 60), 1);
    assert_told("mb1 (imap)", INCIDENT_WARNING, true);
    bench.servers->list[2].draining = true; /* takes nobody anew */
    assert_int_equal(pass(60, 120), 1);
    assert_told("mb1 (imap)", INCIDENT_CRITICAL, true);
    assert_int_equal(bench.last.opened_us, NOON);
}

static void a_server_without_a_name_is_that_of_the_defaults(void **state)
{
    (void)state;
    server("", BACKEND_INBOUND, BACKEND_IS_DOWN);
    server("mb1", BACKEND_INBOUND, BACKEND_UP); /* takes nobody who belongs to the other */
    assert_int_equal(pass(0, 60), 1);
    assert_told("auth.backends (inbound)", INCIDENT_CRITICAL, true);
}

static void a_server_that_is_no_more_configured_is_no_trouble(void **state)
{
    (void)state;
    server("mb1", AUTH_SMTP, BACKEND_IS_DOWN);
    assert_int_equal(pass(0, 60), 1);
    bench.servers->count = 0;
    assert_int_equal(pass(60, 120), 1);
    assert_false(incident_is_open(&bench.last));
}

static void one_that_comes_and_goes_within_moments_is_none(void **state)
{
    (void)state;
    server("mb1", AUTH_IMAP, BACKEND_UP);
    for (int64_t s = 0; s < 300; s += LONG) {
        bench.servers->list[0].health = BACKEND_IS_DOWN;
        assert_int_equal(pass(s, s + LONG - 1), 0);
        bench.servers->list[0].health = BACKEND_UP;
        assert_int_equal(pass(s + LONG - 1, s + LONG), 0);
    }
}

/* ---- accounts, passwords ---- */

static void accounts_that_cannot_be_looked_up(void **state)
{
    (void)state;
    const struct auth_event event = {.result = AUTH_RESULT_TROUBLE,
                                     .detail = SLICE("no such file")};
    auth_incidents_hear(bench.incidents, &event);
    assert_int_equal(accounts((struct found){0, 1}, 0, 60), 1);
    assert_told("accounts", INCIDENT_CRITICAL, true);
    assert_non_null(strstr(bench.words[0], ": no such file"));
    assert_int_equal(pass(60, 120), 0); /* nobody logs in: nothing is known */
    assert_int_equal(accounts((struct found){1, 0}, 120, 121), 0);
    assert_int_equal(pass(121, 121 + LONG - 1), 0);
    assert_int_equal(pass(121 + LONG - 1, 200), 1);
    assert_told("accounts", INCIDENT_CRITICAL, false);
}

static void one_failure_and_silence_is_none(void **state)
{
    (void)state;
    assert_int_equal(accounts((struct found){0, 1}, 0, 1), 0);
    assert_int_equal(pass(1, 4000), 0);
    assert_int_equal(accounts((struct found){0, 1}, 4000, 4001), 0); /* it begins anew */
}

static void failures_with_long_silence_between_are_one(void **state)
{
    (void)state;
    assert_int_equal(accounts((struct found){0, 1}, 0, 1), 0);
    assert_int_equal(pass(1, 300), 0);
    assert_int_equal(accounts((struct found){0, 1}, 300, 301), 1);
    assert_int_equal(bench.last.opened_us, NOON);
}

static void a_few_of_many_are_none(void **state)
{
    (void)state;
    assert_int_equal(accounts((struct found){100, 10}, 0, 300), 0);
    assert_int_equal(accounts((struct found){90, 10}, 300, 400), 1);
}

static void every_other_one_is_trouble(void **state)
{
    (void)state;
    unsigned told = 0;
    for (int64_t s = 0; s < 60; s += 2) {
        told += accounts((struct found){0, 1}, s, s + 1);
        told += accounts((struct found){1, 0}, s + 1, s + 2);
    }
    assert_int_equal(told, 1);
    assert_true(incident_is_open(&bench.last));
}

static void silence_for_long_closes(void **state)
{
    (void)state;
    assert_int_equal(accounts((struct found){0, 1}, 0, 60), 1);
    assert_int_equal(pass(60, 600), 0);
    assert_int_equal(pass(600, 700), 1);
    assert_false(incident_is_open(&bench.last));
}

static void passwords_that_wait_too_long(void **state)
{
    (void)state;
    unsigned told = bench.told;
    for (int64_t s = 0; s < 60; s++) {
        bench.counts.checked += 50;
        bench.counts.logins[AUTH_IMAP][AUTH_PLAIN][AUTH_RESULT_BUSY] += 20;
        (void)accounts((struct found){70, 0}, s, s + 1);
    }
    assert_int_equal(bench.told - told, 1);
    assert_told("passwords", INCIDENT_WARNING, true);
}

/* ---- all ---- */

static void a_listener_that_does_not_answer(void **state)
{
    (void)state;
    bench.view.trouble = "the thread that answers stands still";
    assert_int_equal(pass(0, 60), 1);
    assert_told("auth listener", INCIDENT_CRITICAL, true);
    bench.view.wanted = false; /* it is given up */
    assert_int_equal(pass(60, 120), 1);
    assert_false(incident_is_open(&bench.last));
}

static struct incident known(const char *name)
{
    return (struct incident){
        .kind = INCIDENT_AUTH_BACKEND_DOWN,
        .severity = INCIDENT_WARNING,
        .relay = SLICE("relay1"),
        .name = slice_from_str(name),
        .opened_us = NOON - 3600 * SECOND,
        .closed_us = INCIDENT_OPEN,
        .last_hit_us = NOON - 1800 * SECOND,
        .evidence_count = 1,
        .evidence = {SLICE("before")},
    };
}

static void resume(const struct incident *one)
{
    auth_incidents_resume(bench.incidents, one, NOON);
}

static void of_the_run_before_nothing_is_known_at_first(void **state)
{
    (void)state;
    struct incident of_server = known("mb1 (imap)"), of_accounts = known("accounts");
    resume(&of_server);
    resume(&of_accounts);
    bench.view.servers = NULL; /* not looked at yet */
    assert_int_equal(pass(0, 60), 0);
    server("mb1", AUTH_IMAP, BACKEND_HEALTH_UNKNOWN);
    bench.view.servers = bench.servers;
    assert_int_equal(pass(60, 120), 0);
    bench.servers->list[0].health = BACKEND_IS_DOWN;
    assert_int_equal(pass(120, 240), 1); /* the book is to hear that it goes on */
    assert_told("mb1 (imap)", INCIDENT_CRITICAL, true);
    assert_int_equal(bench.last.opened_us, of_server.opened_us);
    assert_string_equal(bench.words[0], "before");
    bench.servers->list[0].health = BACKEND_UP;
    assert_int_equal(pass(240, 300), 1);
    assert_int_equal(accounts((struct found){1, 0}, 300, 330), 1);
    assert_told("accounts", INCIDENT_WARNING, false);
    assert_int_equal(bench.last.opened_us, of_accounts.opened_us);
}

static void what_is_no_concern_of_it(void **state)
{
    (void)state;
    struct incident others[] = {known("mb1 (imap)"), known("mb1 (imap)"), known("mb1 (imap)")};
    others[0].relay = SLICE("relay2");
    others[1].closed_us = NOON;
    others[2].kind = INCIDENT_ROUTING;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        resume(&others[i]);
    assert_int_equal(pass(0, 100), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(a_server_that_is_down_for_long_is_told_and_its_return),
        TEST(the_last_of_a_protocol_is_critical),
        TEST(a_server_without_a_name_is_that_of_the_defaults),
        TEST(a_server_that_is_no_more_configured_is_no_trouble),
        TEST(one_that_comes_and_goes_within_moments_is_none),
        TEST(accounts_that_cannot_be_looked_up),
        TEST(one_failure_and_silence_is_none),
        TEST(failures_with_long_silence_between_are_one),
        TEST(a_few_of_many_are_none),
        TEST(every_other_one_is_trouble),
        TEST(silence_for_long_closes),
        TEST(passwords_that_wait_too_long),
        TEST(a_listener_that_does_not_answer),
        TEST(of_the_run_before_nothing_is_known_at_first),
        TEST(what_is_no_concern_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
