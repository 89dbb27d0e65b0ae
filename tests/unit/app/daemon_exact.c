/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of exact mode's server in the daemon: on, off and elsewhere by a reload, when the tables
 * are to be written anew, and a socket that cannot be had. Time is an argument.
 */
#include "app/daemon_exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/civil.h"
#include "io/sandbox.h"

#define NOW (INT64_C(1700000000) * US_PER_SECOND)
#define S US_PER_SECOND
#define LIT(text) \
    { \
        "" text, sizeof(text) - 1 \
    }

static const struct fleet_source sources[] = {{.name = LIT("out-a"), .relay = LIT("relay1")}};
static const struct fleet fleet = {.relay = LIT("relay1"), .sources = sources, .source_count = 1};
static const struct slice domains[] = {LIT("g.example")};
static const struct route_provider providers[] = {
    {.name = LIT("g"), .domains = domains, .domain_count = 1}};
static const struct override share = {.id = "o1",
                                      .kind = OVERRIDE_MANUAL,
                                      .state = OVERRIDE_ACTIVE,
                                      .relay = LIT("relay1"),
                                      .provider = LIT("g"),
                                      .target = LIT("out-a"),
                                      .share_percent = 17,
                                      .expires_us = INT64_MAX};

static char here[108], there[108];

static int enter(void **state)
{
    char folder[64];
    sandbox_enter(state);
    assert_non_null(getcwd(folder, sizeof(folder)));
    snprintf(here, sizeof(here), "%s/here", folder);
    snprintf(there, sizeof(there), "%s/there", folder);
    return 0;
}

/* Tables are made at now; returns the lease in them. */
static int64_t tell(struct daemon_exact *exact, size_t overrides, int64_t now_us)
{
    struct route_map_facts facts = {.overrides = &share,
                                    .override_count = overrides,
                                    .fleet = &fleet,
                                    .providers = providers,
                                    .provider_count = 1};
    daemon_exact_tell(exact, &facts, now_us);
    assert_int_equal(daemon_exact_state(exact).lease_us, facts.exact_until_us);
    return facts.exact_until_us;
}

static bool is_socket(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* It is wanted here, open, and told at NOW. */
static struct daemon_exact *opened(size_t overrides)
{
    struct daemon_exact *exact = daemon_exact_new();
    daemon_exact_want(exact, here, NULL);
    assert_true(daemon_exact_turn(exact, true, NOW));
    assert_true(is_socket(here));
    assert_int_equal(tell(exact, overrides, NOW), NOW + EXACT_ROUTES_LEASE_US);
    return exact;
}

static void off_is_nothing(void **state)
{
    struct daemon_exact *exact = daemon_exact_new();
    struct exact_counts counts;
    (void)state;
    daemon_exact_want(exact, NULL, "nobody-has-this-group");
    assert_false(daemon_exact_turn(exact, true, NOW));
    assert_int_equal(tell(exact, 1, NOW), 0);
    assert_false(daemon_exact_turn(exact, false, NOW + S));
    struct daemon_exact_state now = daemon_exact_state(exact);
    assert_false(now.on || now.answers || now.failing);
    assert_string_equal(now.socket, "");
    assert_int_equal(daemon_exact_next_due(exact), INT64_MAX);
    daemon_exact_counts(exact, &counts);
    assert_int_equal(counts.found + counts.missing + counts.server.connections, 0);
    daemon_exact_end(NULL);
    daemon_exact_end(exact);
    daemon_exact_free(exact);
    daemon_exact_free(NULL);
}

static void the_lease_is_renewed_while_there_is_something_to_ask(void **state)
{
    (void)state;
    static const struct {
        size_t overrides;
        int64_t after_us;
        bool anew;
    } rows[] = {
        {1, 1 * S, false},  {1, 9 * S, false},    {1, 10 * S, true},
        {1, 31 * S, true},  {1, 3600 * S, true},  {1, -3600 * S, true}, /* a clock that was set */
        {0, 10 * S, false}, {0, 3600 * S, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct daemon_exact *exact = opened(rows[i].overrides);
        int64_t now_us = NOW + rows[i].after_us;
        assert_int_equal(daemon_exact_next_due(exact), NOW + S);
        assert_int_equal(daemon_exact_state(exact).overrides, rows[i].overrides);
        if (daemon_exact_turn(exact, false, now_us) != rows[i].anew)
            fail_msg("row %zu", i);
        assert_int_equal(tell(exact, rows[i].overrides, now_us), now_us + EXACT_ROUTES_LEASE_US);
        assert_false(daemon_exact_turn(exact, false, now_us));
        daemon_exact_free(exact);
        assert_false(is_socket(here));
    }
}

/* Of a reload that says the same again. */
static void the_same_place_goes_on(void **state)
{
    struct daemon_exact *exact = opened(1);
    struct stat before, after;
    (void)state;
    assert_int_equal(lstat(here, &before), 0);
    daemon_exact_want(exact, here, NULL);
    assert_false(daemon_exact_turn(exact, true, NOW + S));
    assert_int_equal(lstat(here, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_true(daemon_exact_state(exact).answers);
    daemon_exact_free(exact);
}

/* Postfix asks as long as there are rows. */
static void it_leaves_when_the_rows_are_out(void **state)
{
    (void)state;
    for (int ends = 0; ends < 2; ends++) {
        struct daemon_exact *exact = opened(1);
        if (ends)
            daemon_exact_end(exact);
        else
            daemon_exact_want(exact, NULL, NULL);
        assert_int_equal(daemon_exact_is_ending(exact), ends);
        assert_true(daemon_exact_turn(exact, false, NOW + S));
        assert_int_equal(tell(exact, 1, NOW + S), 0);
        assert_false(daemon_exact_turn(exact, false, NOW + 2 * S));
        assert_true(is_socket(here));
        struct daemon_exact_state now = daemon_exact_state(exact);
        assert_true(now.on && !now.answers && !now.failing);
        assert_int_equal(daemon_exact_next_due(exact), NOW + 3 * S);
        assert_false(daemon_exact_turn(exact, true, NOW + 3 * S));
        assert_true(is_socket(here)); /* somebody may have read a row */
        assert_false(daemon_exact_turn(exact, true, NOW + 4 * S));
        assert_false(is_socket(here));
        assert_false(daemon_exact_state(exact).on);
        assert_int_equal(daemon_exact_next_due(exact), INT64_MAX);
        daemon_exact_free(exact);
    }
}

static void it_moves_when_the_rows_are_out(void **state)
{
    struct daemon_exact *exact = opened(1);
    (void)state;
    daemon_exact_want(exact, there, NULL);
    assert_true(daemon_exact_turn(exact, false, NOW + S));
    assert_int_equal(tell(exact, 1, NOW + S), 0);
    assert_true(is_socket(here) && !is_socket(there));
    assert_string_equal(daemon_exact_state(exact).socket, here);
    assert_false(daemon_exact_turn(exact, true, NOW + 2 * S));
    assert_true(daemon_exact_turn(exact, true, NOW + 3 * S));
    assert_true(is_socket(there) && !is_socket(here));
    assert_string_equal(daemon_exact_state(exact).socket, there);
    assert_int_equal(tell(exact, 1, NOW + 3 * S), NOW + 3 * S + EXACT_ROUTES_LEASE_US);
    daemon_exact_want(exact, NULL, NULL);
    assert_true(daemon_exact_turn(exact, false, NOW + 4 * S));
    daemon_exact_want(exact, there, NULL); /* and back again, before it has left */
    assert_false(daemon_exact_turn(exact, true, NOW + 5 * S));
    assert_true(is_socket(there) && daemon_exact_state(exact).answers);
    daemon_exact_free(exact);
}

static void a_socket_that_cannot_be_had_is_tried_again(void **state)
{
    struct daemon_exact *exact = daemon_exact_new();
    (void)state;
    sandbox_write("here", SLICE("in the way"));
    daemon_exact_want(exact, here, NULL);
    assert_false(daemon_exact_turn(exact, true, NOW));
    assert_int_equal(tell(exact, 1, NOW), 0);
    struct daemon_exact_state now = daemon_exact_state(exact);
    assert_true(now.on && now.failing && !now.answers);
    assert_non_null(strstr(now.why->text, "/here: is no socket"));
    assert_int_equal(now.since_us, NOW);
    assert_string_equal(now.socket, here);
    assert_int_equal(unlink("here"), 0);
    assert_false(daemon_exact_turn(exact, true, NOW + 9 * S));
    now = daemon_exact_state(exact);
    assert_true(now.failing);
    assert_non_null(strstr(now.why->text, "/here: is no socket"));
    assert_int_equal(now.since_us, NOW);
    assert_true(daemon_exact_turn(exact, true, NOW + 10 * S));
    assert_false(daemon_exact_state(exact).failing);
    daemon_exact_want(exact, here, "nobody-has-this-group");
    assert_false(daemon_exact_turn(exact, true, NOW + 10 * S));
    assert_false(daemon_exact_turn(exact, true, NOW + 11 * S));
    assert_non_null(strstr(daemon_exact_state(exact).why->text, "there is no group"));
    daemon_exact_want(exact, NULL, NULL);
    assert_false(daemon_exact_turn(exact, true, NOW + 12 * S));
    assert_false(daemon_exact_state(exact).failing);
    daemon_exact_free(exact);
}

/* One question over the socket; what comes back begins with `answer`. */
static void ask(const char *path, const char *answer)
{
    static const char question[] = "20:transport @g.example,";
    char got[64] = {0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, question, strlen(question), MSG_NOSIGNAL), strlen(question));
    assert_true(recv(fd, got, strlen(answer), MSG_WAITALL) > 0);
    assert_string_equal(got, answer);
    close(fd);
}

static void counts_outlive_a_server(void **state)
{
    struct daemon_exact *exact = opened(0);
    struct exact_counts counts;
    (void)state;
    ask(here, "9:NOTFOUND ,");
    daemon_exact_want(exact, there, NULL);
    assert_true(daemon_exact_turn(exact, true, NOW));     /* the lease is over */
    assert_true(daemon_exact_turn(exact, true, NOW + S)); /* it is to be told */
    ask(there, "9:NOTFOUND ,");
    daemon_exact_counts(exact, &counts);
    assert_int_equal(counts.missing, 2);
    assert_int_equal(counts.found + counts.unfed, 0);
    assert_int_equal(counts.server.connections, 2);
    daemon_exact_want(exact, NULL, NULL);
    assert_false(daemon_exact_turn(exact, true, NOW + 2 * S));
    assert_false(daemon_exact_turn(exact, true, NOW + 3 * S));
    daemon_exact_counts(exact, &counts);
    assert_int_equal(counts.missing, 2);
    assert_int_equal(counts.server.open, 0);
    daemon_exact_free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(off_is_nothing),
        cmocka_unit_test(the_lease_is_renewed_while_there_is_something_to_ask),
        cmocka_unit_test(the_same_place_goes_on),
        cmocka_unit_test(it_leaves_when_the_rows_are_out),
        cmocka_unit_test(it_moves_when_the_rows_are_out),
        cmocka_unit_test(a_socket_that_cannot_be_had_is_tried_again),
        cmocka_unit_test(counts_outlive_a_server),
    };
    return cmocka_run_group_tests(tests, enter, sandbox_leave);
}
