/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios of guessing in virtual time, each with somebody who must not suffer from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "gate/guess_fixture.h"

/* 300 users behind one address; a telephone with an old password, ten times an hour, a day long;
 * everybody mistypes now and then. */
static void an_office(void **state)
{
    (void)state;
    struct guess_guard *guard = guess_fixture_guard();
    struct guess_try phone = who_is("user7@example.jp", HOME);
    struct guess_outcome outcome;
    for (int user = 0; user < 300; user++) {
        char login[32];
        snprintf(login, sizeof(login), "user%d@example.jp", user);
        struct guess_try who = who_is(login, HOME);
        assert_true(log_in(guard, &who, NOW + user * SECOND));
    }
    for (int i = 0; i < 240; i++) {
        int64_t now = NOW + HOUR + i * 6 * MINUTE;
        assert_true(guess(guard, &phone, 0, now, &outcome)); /* always looked at */
        assert_int_equal(outcome.counted, i == 0);
        assert_int_equal(outcome.wait_s, 1);
        char login[32];
        snprintf(login, sizeof(login), "user%d@example.jp", i);
        struct guess_try other = who_is(login, HOME);
        assert_true(guess(guard, &other, i, now, NULL));
        assert_true(log_in(guard, &other, now));
    }
    assert_true(log_in(guard, &phone, NOW + 2 * DAY));
    struct guess_campaign news;
    assert_false(guess_guard_campaign(guard, NOW + 2 * DAY, &news));
    assert_int_equal(guess_guard_counts(guard).denied, 0);
    guess_guard_free(guard);
}

/* 5,000 networks guess one account, for two hours. Its owner has been at home before, and comes to
 * a hotel in the midst of it. */
static void a_botnet(void **state)
{
    enum { BOTS = 5000, TRIES = 20000, BOT_BEGIN = 10000 };
    (void)state;
    struct guess_guard *guard = guess_fixture_large();
    struct guess_try home = who_is("alice@example.jp", HOME);
    struct guess_try hotel = who_is("alice@example.jp", HOTEL);
    struct guess_campaign news, other;
    int opened = 0, looked_at = 0;
    assert_true(log_in(guard, &home, NOW));
    for (int i = 0; i < TRIES; i++) {
        int64_t now = NOW + HOUR + i * (2 * HOUR / TRIES);
        struct guess_try bot =
            who_is("alice@example.jp", (uint32_t)((BOT_BEGIN + i % BOTS) * NETWORK_SIZE));
        looked_at += guess(guard, &bot, i, now, NULL);
        if (i % 500 == 0) {
            struct guess_answer answer = look(guard, &home, now);
            assert_true(answer.verdict == GUESS_PASS && answer.trusted);
            guess_guard_pass(guard, &home, now);
        }
        if (guess_guard_campaign(guard, now, &news)) {
            opened++;
            assert_true(news.open && news.kind == GUESS_ON_ACCOUNT);
            assert_true(slice_eq(news.login, SLICE("alice@example.jp")));
            assert_in_range(news.networks, 18, 40);
        }
        if (i == TRIES / 2) {
            struct guess_outcome outcome;
            assert_int_equal(look(guard, &hotel, now).verdict, GUESS_SLOW);
            guess_guard_leave(guard, &hotel, now);
            assert_true(guess(guard, &hotel, 1, now, &outcome)); /* he mistypes twice */
            assert_int_equal(outcome.wait_s, 30);
            assert_true(guess(guard, &hotel, 2, now, NULL));
            assert_true(log_in(guard, &hotel, now));
            assert_true(look(guard, &hotel, now).trusted);
            guess_guard_pass(guard, &hotel, now);
        }
    }
    assert_int_equal(opened, 1);
    assert_in_range(looked_at, BOTS, TRIES);
    assert_int_equal(guess_guard_counts(guard).campaigns, 1);
    assert_false(guess_guard_campaign(guard, NOW + 3 * HOUR, &news));
    assert_true(guess_guard_campaign(guard, NOW + 5 * HOUR, &news));
    assert_false(news.open);
    assert_in_range(news.networks, BOTS * 3 / 4, BOTS * 5 / 4); /* base/distinct.h at its end */
    assert_in_range(news.failures, BOTS, TRIES);
    assert_true(news.until_us < NOW + 3 * HOUR);
    assert_false(guess_guard_campaign(guard, NOW + 6 * HOUR, &other));
    guess_guard_free(guard);
}

/* A quiet service for a day: 20 networks in ten minutes have a user who mistypes. */
static void quiet_until(struct guess_guard *guard, int64_t from, int64_t to)
{
    uint32_t number = 0;
    struct guess_campaign news;
    for (int64_t now = from; now < to; now += 30 * SECOND, number++) {
        char login[32];
        snprintf(login, sizeof(login), "user%u@example.jp", number % 5000);
        struct guess_try who = who_is(login, number % 5000 * NETWORK_SIZE);
        assert_true(guess(guard, &who, (int)number, now, NULL));
        assert_false(guess_guard_campaign(guard, now, &news));
    }
}

/* 2,000 networks try one password on each of 10,000 accounts, within an hour. */
static void spraying(void **state)
{
    enum { ACCOUNTS = 10000, NETWORKS = 2000 };
    (void)state;
    struct guess_guard *guard = guess_fixture_large();
    struct guess_campaign news;
    int64_t begin = NOW + DAY, opened_us = 0;
    int opened = 0;
    quiet_until(guard, NOW, begin);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        char login[32];
        int64_t now = begin + i * (HOUR / ACCOUNTS);
        snprintf(login, sizeof(login), "user%u@example.jp", i);
        struct guess_try who = who_is(login, (10000 + i % NETWORKS) * NETWORK_SIZE);
        assert_true(guess(guard, &who, 0, now, NULL));
        if (guess_guard_campaign(guard, now, &news)) {
            opened++;
            opened_us = now;
            assert_true(news.open && news.kind == GUESS_SPRAY);
            assert_in_range(news.usual, 15, 25);
            assert_in_range(news.accounts, 90, 1000);
        }
    }
    assert_int_equal(opened, 1);
    assert_true(opened_us < begin + 10 * MINUTE);
    assert_false(guess_guard_campaign(guard, begin + HOUR + 5 * MINUTE, &news));
    assert_true(guess_guard_campaign(guard, begin + 3 * HOUR, &news));
    assert_true(!news.open && news.kind == GUESS_SPRAY);
    assert_in_range(news.networks, NETWORKS * 9 / 10, NETWORKS * 11 / 10);
    assert_in_range(news.failures, ACCOUNTS * 9 / 10, ACCOUNTS * 11 / 10);
    quiet_until(guard, begin + 3 * HOUR, begin + 4 * HOUR);
    guess_guard_free(guard);
}

/* All telephones with an old password come at once after a start. */
static void a_start_is_no_campaign(void **state)
{
    (void)state;
    struct guess_guard *guard = guess_fixture_large();
    struct guess_campaign news;
    for (uint32_t i = 0; i < 600; i++) {
        char login[32];
        snprintf(login, sizeof(login), "user%u@example.jp", i);
        struct guess_try who = who_is(login, i * NETWORK_SIZE);
        assert_true(guess(guard, &who, 0, NOW + i * SECOND / 2, NULL));
    }
    assert_false(guess_guard_campaign(guard, NOW + 10 * MINUTE, &news));
    guess_guard_free(guard);
}

/* Hundreds fail behind webmail, one account is guessed there. */
static void webmail(void **state)
{
    struct ip_network exempt;
    struct guess_terms terms = guess_terms_default;
    (void)state;
    assert_true(ip_network_parse(SLICE("198.18.5.0/24"), &exempt));
    terms.exempt = &exempt;
    terms.exempt_count = 1;
    struct guess_guard *guard = guess_fixture_with(&terms);
    struct guess_try victim = who_is("victim@example.jp", 5 * NETWORK_SIZE + 80);
    struct guess_try other = who_is("other@example.jp", 5 * NETWORK_SIZE + 80);
    for (int i = 0; i < 500; i++) {
        char login[32];
        snprintf(login, sizeof(login), "user%d@example.jp", i);
        struct guess_try who = who_is(login, 5 * NETWORK_SIZE + 80);
        assert_true(guess(guard, &who, i, NOW, NULL));
    }
    int looked_at = 0;
    for (int i = 0; i < 100; i++)
        looked_at += guess(guard, &victim, i, NOW, NULL);
    assert_int_equal(looked_at, 15); /* the pair's count and half of it */
    assert_true(log_in(guard, &other, NOW));
    assert_false(look(guard, &other, NOW).trusted); /* it is everybody's */
    guess_guard_leave(guard, &other, NOW);
    for (uint32_t i = 0; i < 100; i++) { /* his account is guessed at elsewhere */
        struct guess_try bot = who_is("other@example.jp", (100 + i) * NETWORK_SIZE);
        assert_true(guess(guard, &bot, (int)i, NOW, NULL));
    }
    for (int i = 0; i < 10; i++) /* and here, but he has been here */
        assert_true(guess(guard, &other, i, NOW, NULL));
    assert_true(log_in(guard, &other, NOW));
    struct guess_counts counts = guess_guard_counts(guard);
    assert_int_equal(counts.networks, 100); /* none of them webmail's */
    assert_int_equal(counts.trusted_pairs, 1);
    guess_guard_free(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office), cmocka_unit_test(a_botnet),
        cmocka_unit_test(spraying),  cmocka_unit_test(a_start_is_no_campaign),
        cmocka_unit_test(webmail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
