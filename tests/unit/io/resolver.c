/* SPDX-License-Identifier: Apache-2.0
 *
 * The resolver with a name server that is a socket of this test: answers, silence, refusals, bounds
 * and ends. Waits are for conditions; a time is bounded from below only.
 */
#include "io/resolver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/clock.h"

#define DEADLINE_US INT64_C(1000000)
#define PATIENCE_US INT64_C(60000000)

struct heard {
    unsigned count;
    enum dns_result result;
    char why[128];
};

static void hear(void *data, const struct dns_answer *answer)
{
    struct heard *heard = data;
    heard->count++;
    heard->result = answer->result;
    snprintf(heard->why, sizeof(heard->why), "%s", answer->why ? answer->why : "");
}

static int server;
static struct endpoint where;

static int set_up(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    (void)state;
    server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &len), 0);
    assert_true(endpoint_parse(SLICE("127.0.0.1:53"), &where));
    where.port = ntohs(address.sin_port);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(server);
    return 0;
}

static struct resolver *make(uint32_t pace)
{
    struct err err;
    struct resolver *resolver = resolver_new(&(struct resolver_options){.servers = &where,
                                                                        .server_count = 1,
                                                                        .deadline_us = DEADLINE_US,
                                                                        .pace = {pace, 1000000}},
                                             &err);
    if (resolver == NULL)
        fail_msg("%s", err.text);
    return resolver;
}

/* Answers one question with a code of the header; false: there is none. */
static bool serve(unsigned char code)
{
    unsigned char message[512];
    struct sockaddr_in peer;
    socklen_t len = sizeof(peer);
    ssize_t got = recvfrom(server, message, sizeof(message), 0, (struct sockaddr *)&peer, &len);
    if (got < 12)
        return false;
    message[2] = 0x81;
    message[3] = (unsigned char)(0x80 | code);
    message[11] = 0; /* what it asks for stands behind; the record of EDNS is not repeated */
    for (ssize_t i = 12; i < got; i++)
        if (message[i] == 0) { /* the end of the name */
            got = i + 5;
            break;
        }
    assert_int_equal(sendto(server, message, (size_t)got, 0, (struct sockaddr *)&peer, len), got);
    return true;
}

/* One turn of a loop, no longer than the resolver wants. */
static void turn(struct resolver *resolver)
{
    int64_t wait_us = resolver_wait_us(resolver);
    struct pollfd fds[] = {{.fd = resolver_fd(resolver), .events = POLLIN},
                           {.fd = server, .events = POLLIN}};
    poll(fds, 2, wait_us < 50000 ? (int)(wait_us / 1000) : 50);
    resolver_advance(resolver);
}

static void test_answers(void **state)
{
    static const struct {
        unsigned char code;
        enum dns_result result;
    } cases[] = {{0, DNS_NO_DATA}, {2, DNS_FAILED}, {3, DNS_NO_NAME}, {5, DNS_UNANSWERED}};
    struct resolver *resolver = make(1000);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct heard heard = {0};
        assert_true(resolver_ask(resolver, SLICE("a.test"), DNS_MX, hear, &heard));
        assert_int_equal(heard.count, 0); /* never inside of the call */
        for (int64_t end = clock_steady_us() + PATIENCE_US; heard.count == 0;) {
            assert_true(clock_steady_us() < end);
            turn(resolver);
            (void)serve(cases[i].code);
        }
        assert_int_equal(heard.result, cases[i].result);
    }
    struct resolver_state now = resolver_state(resolver);
    assert_int_equal(now.answers[DNS_FAILED], 1);
    assert_int_equal(now.under_way, 0);
    assert_false(now.silent);
    resolver_free(resolver);
}

/* Each ends by its deadline, the pace falls while nobody answers, and rises again. */
static void test_silence(void **state)
{
    struct heard heard[RESOLVER_SILENT + 2] = {{0}};
    struct resolver *resolver = make(1000);
    int64_t begin = clock_steady_us();
    (void)state;
    for (size_t i = 0; i < RESOLVER_SILENT; i++)
        assert_true(resolver_ask(resolver, SLICE("a.test"), DNS_A, hear, &heard[i]));
    while (!resolver_state(resolver).silent) {
        assert_true(clock_steady_us() < begin + PATIENCE_US);
        turn(resolver);
    }
    assert_true(clock_steady_us() - begin >= DEADLINE_US / 5);
    assert_string_equal(heard[0].why, "no name server answered in time");
    while (serve(0)) /* nobody listens to that any more */
        continue;
    assert_true(resolver_ask(resolver, SLICE("b.test"), DNS_A, hear, &heard[RESOLVER_SILENT]));
    assert_true(resolver_ask(resolver, SLICE("c.test"), DNS_A, hear, &heard[RESOLVER_SILENT + 1]));
    for (int64_t end = clock_steady_us() + PATIENCE_US; heard[RESOLVER_SILENT].count == 0;) {
        assert_true(clock_steady_us() < end);
        turn(resolver);
        assert_true(resolver_state(resolver).waiting == 1 || heard[RESOLVER_SILENT].count == 1);
        (void)serve(3);
    }
    assert_false(resolver_state(resolver).silent);
    for (size_t i = 0; i < RESOLVER_SILENT; i++)
        assert_int_equal(heard[i].count, 1);
    resolver_free(resolver); /* with a question that waits */
}

static void test_refused(void **state)
{
    struct heard heard = {0};
    struct resolver *resolver = make(1000);
    (void)state;
    close(server); /* nobody is at the port */
    server = -1;
    assert_true(resolver_ask(resolver, SLICE("a.test"), DNS_MX, hear, &heard));
    for (int64_t end = clock_steady_us() + PATIENCE_US; heard.count == 0;) {
        assert_true(clock_steady_us() < end);
        turn(resolver);
    }
    assert_int_equal(heard.result, DNS_UNANSWERED);
    resolver_free(resolver);
}

/* No more under way than there may be, no faster than the pace, no more waiting than there may. */
static void test_bounds(void **state)
{
    struct heard heard = {0};
    struct resolver *resolver = make(1000000);
    (void)state;
    for (size_t i = 0; i < RESOLVER_WAITING_MAX; i++) {
        assert_int_equal(resolver_room(resolver), RESOLVER_WAITING_MAX - i);
        assert_true(resolver_ask(resolver, SLICE("a.test"), DNS_MX, hear, &heard));
    }
    assert_false(resolver_ask(resolver, SLICE("a.test"), DNS_MX, hear, &heard));
    for (size_t i = 0; i < 100; i++) {
        resolver_advance(resolver);
        assert_true(resolver_state(resolver).under_way <= RESOLVER_AT_ONCE);
    }
    resolver_free(resolver); /* with questions under way */
    assert_int_equal(heard.count, 0);
    resolver = make(1);
    for (size_t i = 0; i < 3; i++)
        assert_true(resolver_ask(resolver, SLICE("a.test"), DNS_MX, hear, &heard));
    resolver_advance(resolver);
    resolver_advance(resolver);
    assert_int_equal(resolver_state(resolver).under_way + resolver_state(resolver).answers[0], 1);
    resolver_free(resolver);
    resolver_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
