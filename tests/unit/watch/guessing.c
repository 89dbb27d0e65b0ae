/* SPDX-License-Identifier: Apache-2.0
 *
 * What is an attack on passwords, and what only looks like one.
 */
#include "watch/guessing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"
#include "told.h"

struct bench {
    struct guessing *guessing;
    struct told told;
    int64_t now_us;
};

static int begin(void **state)
{
    struct bench *bench = MEM_NEW(struct bench);
    bench->guessing = guessing_new(&guessing_default);
    bench->now_us = MONDAY;
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    guessing_free(bench->guessing);
    mem_free(bench);
    return 0;
}

static void login(struct bench *bench, const char *client, const char *name, bool failed)
{
    struct guessing_login login = {.client = slice_from_str(client),
                                   .login = slice_from_str(name),
                                   .relay = SLICE("mb1"),
                                   .line = SLICE("mb1 dovecot: imap-login: auth failed"),
                                   .times = 1,
                                   .failed = failed};
    guessing_take_login(bench->guessing, &login, bench->now_us);
}

/* The text with the number in place of a %u, if it has one. */
static void number_text(char *to, size_t size, const char *text, unsigned number)
{
    const char *place = strstr(text, "%u");
    if (place == NULL)
        (void)snprintf(to, size, "%s", text);
    else
        (void)snprintf(to, size, "%.*s%u%s", (int)(place - text), text, number, place + 2);
}

/* `count` failures, a second apart. */
static void guess(struct bench *bench, const char *client, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++, bench->now_us += SECOND) {
        char client_text[64], name_text[64];
        number_text(client_text, sizeof(client_text), client, i % 250);
        number_text(name_text, sizeof(name_text), name, i);
        login(bench, client_text, name_text, true);
    }
}

static void tell(struct bench *bench)
{
    guessing_tell(bench->guessing, bench->now_us, told_take, &bench->told);
}

static void test_network_of_address(void **state)
{
    (void)state;
    static const struct {
        const char *address, *network;
    } rows[] = {
        {"192.0.2.77", "192.0.2.0/24"},
        {"2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
        {"IPv6:2001:db8::1", "2001:db8::/64"},
        {"::ffff:192.0.2.9", "192.0.2.0/24"},
        {"unknown", NULL},
        {"", NULL},
        {"192.0.2", NULL},
        {"2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char network[GUESSING_NETWORK_LEN] = "";
        assert_int_equal(guessing_network(slice_from_str(rows[i].address), network),
                         rows[i].network != NULL);
        if (rows[i].network)
            assert_string_equal(network, rows[i].network);
    }
}

static void test_one_client_many_logins(void **state)
{
    struct bench *bench = *state;
    guess(bench, "198.51.100.7", "user%u@example.jp", 49);
    tell(bench);
    assert_int_equal(bench->told.count, 0);
    guess(bench, "198.51.100.8", "more%u@example.jp", 31);
    tell(bench);
    assert_int_equal(bench->told.count, 1);
    const struct incident *attack = told_of(&bench->told, INCIDENT_BRUTE_FORCE);
    assert_true(slice_eq(attack->name, SLICE("198.51.100.0/24")));
    assert_int_equal(attack->login.len, 0);
    assert_int_equal(attack->hits, 80);
    assert_int_equal(attack->opened_us, MONDAY);
    assert_int_equal(attack->evidence_count, 2);
    assert_in_range(attack->logins, 40, 120);
    bench->now_us += 15 * MINUTE;
    tell(bench);
    assert_int_equal(told_open(&bench->told), 0);
}

static void test_slow_is_no_attack(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < 500; i++) { /* 40 in ten minutes */
        guess(bench, "198.51.100.7", "user%u@example.jp", 1);
        bench->now_us += 14 * SECOND;
        tell(bench);
    }
    assert_int_equal(bench->told.count, 0);
}

static void test_old_password_in_a_phone(void **state)
{
    struct bench *bench = *state;
    login(bench, "203.0.113.5", "alice@example.jp", false);
    guess(bench, "203.0.113.6", "Alice@example.jp", 600);
    tell(bench);
    assert_int_equal(bench->told.count, 0);
    /* The same network tries others, too: that is no phone. */
    guess(bench, "203.0.113.6", "user%u@example.jp", 60);
    tell(bench);
    assert_int_equal(bench->told.count, 1);
}

static void test_office_gateway(void **state)
{
    struct bench *bench = *state;
    login(bench, "203.0.113.5", "first@example.jp", true);
    for (unsigned i = 0; i < 3000; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "u%u@example.jp", i % 700);
        login(bench, "203.0.113.5", name, i % 5 == 0); /* one in five mistypes */
        bench->now_us += SECOND;
        tell(bench);
    }
    assert_int_equal(bench->told.count, 0);
}

static void test_spread_over_clients(void **state)
{
    struct bench *bench = *state;
    guess(bench, "10.%u.0.1", "ceo@example.jp", 99);
    tell(bench);
    assert_int_equal(bench->told.count, 0);
    guess(bench, "10.%u.9.1", "ceo@example.jp", 20);
    tell(bench);
    assert_int_equal(bench->told.count, 1);
    const struct incident *attack = told_of(&bench->told, INCIDENT_BRUTE_FORCE);
    assert_true(slice_eq(attack->login, SLICE("ceo@example.jp")));
    assert_int_equal(attack->name.len, 0);
    assert_int_equal(attack->scope, INCIDENT_SCOPE_LOGIN);
}

static void test_more_networks_than_room(void **state)
{
    struct bench *bench = *state;
    guess(bench, "198.51.100.7", "user%u@example.jp", 60);
    tell(bench);
    assert_int_equal(told_open(&bench->told), 1);
    for (unsigned i = 0; i < 3 * GUESSING_MAX; i++) {
        char client[40];
        (void)snprintf(client, sizeof(client), "2001:db8:%x:%x::1", i >> 12, i & 0xfff);
        login(bench, client, client, true);
    }
    tell(bench);
    assert_int_equal(told_open(&bench->told), 0); /* forgotten, and said so */
    assert_int_equal(bench->told.count, 1);
}

static void test_without_names(void **state)
{
    struct bench *bench = *state;
    guess(bench, "", "", 500);
    guess(bench, "unknown", "", 500);
    tell(bench);
    assert_int_equal(bench->told.count, 0);
    guess(bench, "198.51.100.7", "", 60); /* nginx says no name at times */
    tell(bench);
    assert_int_equal(bench->told.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network_of_address),
        TEST(test_one_client_many_logins),
        TEST(test_slow_is_no_attack),
        TEST(test_old_password_in_a_phone),
        TEST(test_office_gateway),
        TEST(test_spread_over_clients),
        TEST(test_more_networks_than_room),
        TEST(test_without_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
