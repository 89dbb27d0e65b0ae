/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact mode as Postfix sees it: questions and answers over the socket, while tables come from
 * another thread.
 */
#include "app/exact_routes.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/civil.h"
#include "io/clock.h"
#include "io/sandbox.h"

enum { PATIENCE_MS = 20000, TABLES = 300, QUESTIONS = 2000 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }

static const struct fleet_source sources[] = {
    {.name = LIT("out-a"), .pool = LIT("p"), .relay = LIT("relay1")},
    {.name = LIT("out-b"), .pool = LIT("p"), .relay = LIT("relay1")},
};
static const struct fleet fleet = {
    .relay = LIT("relay1"), .sources = sources, .source_count = COUNT(sources)};
static const struct slice domains[] = {LIT("g.example")};
static const struct route_provider providers[] = {
    {.name = LIT("g"), .domains = domains, .domain_count = 1}};

static char socket_path[108];

static struct exact_routes *start(void)
{
    char folder[64];
    struct err err = {0};
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(socket_path, sizeof(socket_path), "%s/routes", folder);
    struct exact_routes *exact = exact_routes_start(socket_path, NULL, &err);
    if (exact == NULL)
        fail_msg("%s", err.text);
    return exact;
}

/* Half of the mail by out-a, the other by out-b; percent 0: no override at all. */
static struct route_answer_table *table_of(unsigned percent)
{
    struct override ramp = {.id = "o1",
                            .kind = OVERRIDE_RAMP,
                            .state = OVERRIDE_ACTIVE,
                            .relay = SLICE("relay1"),
                            .provider = SLICE("g"),
                            .source = SLICE("out-a"),
                            .target = SLICE("out-b"),
                            .share_percent = percent,
                            .expires_us = clock_now_us() + SECONDS_PER_DAY * US_PER_SECOND};
    struct route_map_facts facts = {.overrides = &ramp,
                                    .override_count = percent > 0,
                                    .fleet = &fleet,
                                    .providers = providers,
                                    .provider_count = COUNT(providers)};
    return route_answer_table_new(&facts, clock_now_us());
}

static int connect_to(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* One answer, up to its comma. */
static void ask(int fd, const char *question, char *answer, size_t size)
{
    size_t len = 0;
    assert_int_equal(send(fd, question, strlen(question), MSG_NOSIGNAL), strlen(question));
    while (len + 1 < size && (len == 0 || answer[len - 1] != ',')) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
        if (recv(fd, answer + len, 1, 0) != 1)
            break;
        len++;
    }
    answer[len] = '\0';
}

static void check(int fd, const char *question, const char *expected)
{
    char answer[200];
    ask(fd, question, answer, sizeof(answer));
    assert_string_equal(answer, expected);
}

static void questions(void **state)
{
    (void)state;
    struct exact_routes *exact = start();
    struct exact_counts counts;
    int fd = connect_to(), bad = connect_to();
    check(fd, "20:transport @g.example,", "9:NOTFOUND ,"); /* there is no table yet */
    exact_routes_put(exact, table_of(99));
    for (int i = 0, by_b = 0; i < 100; i++) {
        char answer[200];
        ask(fd, "20:transport @g.example,", answer, sizeof(answer));
        by_b += strcmp(answer, "9:OK out-b:,") == 0;
        assert_true(strcmp(answer, "9:OK out-a:,") == 0 || by_b == 1);
    }
    check(fd, "11:transport *,", "9:NOTFOUND ,");
    check(fd, "26:transport shop@lab.example,", "9:NOTFOUND ,");
    check(fd, "25:transport shop@lab.example,", ""); /* a wrong length ends it */
    close(fd);
    fd = connect_to();
    check(fd, "26:transport shop@l.example.x,", "9:NOTFOUND ,");
    check(fd, "18:virtual @g.example,", "9:NOTFOUND ,"); /* another table's question */
    check(fd, "5:abcde,", "9:NOTFOUND ,");
    check(bad, "get x\n", "");
    exact_routes_put(exact, table_of(0));
    check(fd, "20:transport @g.example,", "9:NOTFOUND ,");
    assert_true(exact_routes_feed(exact));
    exact_routes_counts(exact, &counts);
    assert_int_equal(counts.found, 100);
    assert_int_equal(counts.unfed, 0);
    assert_true(counts.server.bad >= 1);
    close(fd);
    close(bad);
    exact_routes_stop(exact);
}

static void the_lease(void **state)
{
    (void)state;
    struct exact_routes *exact = start();
    assert_int_equal(exact_routes_lease_us(NULL, 1000), 0);
    assert_int_equal(exact_routes_lease_us(exact, 1000), 1000 + EXACT_ROUTES_LEASE_US);
    exact_routes_stop(exact);
}

static void *ask_much(void *data)
{
    char answer[200];
    int fd = connect_to();
    unsigned *by_b = data;
    for (int i = 0; i < QUESTIONS; i++) {
        ask(fd, "20:transport @g.example,", answer, sizeof(answer));
        *by_b += strcmp(answer, "9:OK out-b:,") == 0;
    }
    close(fd);
    return NULL;
}

/* Tables of the same override one after the other: nothing is lost of what was counted. */
static void tables_come_while_it_answers(void **state)
{
    (void)state;
    struct exact_routes *exact = start();
    unsigned by_b = 0;
    pthread_t asker;
    exact_routes_put(exact, table_of(75));
    assert_int_equal(pthread_create(&asker, NULL, ask_much, &by_b), 0);
    for (int i = 0; i < TABLES; i++) {
        exact_routes_put(exact, table_of(75));
        (void)exact_routes_feed(exact);
    }
    pthread_join(asker, NULL);
    assert_int_equal(by_b, QUESTIONS / 4);
    exact_routes_put(exact, table_of(10)); /* never taken */
    exact_routes_stop(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions),
        cmocka_unit_test(the_lease),
        cmocka_unit_test(tables_come_while_it_answers),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
