/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios of guessing in virtual time, each with somebody who must not suffer from it; then the
 * rules one by one, clocks that go wrong, what survives a restart, and how much memory it takes.
 */
#include "gate/guess_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW (INT64_C(1790000000) * SECOND)

static const struct guess_room small = {4096, 4096, 8192, 4096};
static const struct guess_room middle = {65536, 65536, 131072, 65536};

static struct guess_guard *guard_with(const struct guess_terms *terms,
                                      const struct guess_room *room)
{
    static const struct hash_key key = {{7, 8}};
    struct guess_guard *guard = guess_guard_new(terms, room, NOW);
    guess_guard_hash_by(guard, &key);
    return guard;
}

static struct guess_guard *new_guard(void)
{
    return guard_with(&guess_terms_default, &small);
}

/* ip: 198.18.0.0 and so many further; one network each 256. */
static struct guess_try who_is(const char *login, uint32_t ip)
{
    struct guess_try who = {.login = slice_from_str(login), .ip = {.len = 4}};
    ip += UINT32_C(0xC6120000);
    for (int i = 0; i < 4; i++)
        who.ip.bytes[i] = (uint8_t)(ip >> (24 - 8 * i));
    return who;
}

enum { NETWORK_SIZE = 256, HOME = 1000 * NETWORK_SIZE, HOTEL = 2000 * NETWORK_SIZE };

static struct guess_answer look(struct guess_guard *guard, const struct guess_try *who,
                                int64_t now_us)
{
    struct guess_answer answer;
    guess_guard_look(guard, who, now_us, &answer);
    return answer;
}

/* A wrong password is tried. False: it was not looked at. */
static bool guess(struct guess_guard *guard, const struct guess_try *who, int number,
                  int64_t now_us, struct guess_outcome *outcome)
{
    char secret[32];
    struct guess_outcome unused;
    int length = snprintf(secret, sizeof(secret), "guess%d", number);
    if (look(guard, who, now_us).verdict == GUESS_DENY)
        return false;
    guess_guard_fail(guard, who, slice_of(secret, (size_t)length), true, now_us,
                     outcome != NULL ? outcome : &unused);
    return true;
}

/* The right one. False: it was not looked at. */
static bool log_in(struct guess_guard *guard, const struct guess_try *who, int64_t now_us)
{
    if (look(guard, who, now_us).verdict == GUESS_DENY)
        return false;
    guess_guard_pass(guard, who, now_us);
    return true;
}

/* ---- scenarios ---- */

/* 300 users behind one address; a telephone with an old password, ten times an hour, a day long;
 * everybody mistypes now and then. */
static void an_office(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
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
    struct guess_guard *guard = guard_with(&guess_terms_default, &middle);
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
    struct guess_guard *guard = guard_with(&guess_terms_default, &middle);
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
    struct guess_guard *guard = guard_with(&guess_terms_default, &middle);
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
    struct guess_guard *guard = guard_with(&terms, &small);
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
    struct guess_counts counts = guess_guard_counts(guard);
    assert_int_equal(counts.networks, 0);
    assert_int_equal(counts.trusted_pairs, 0);
    guess_guard_free(guard);
}

/* ---- rules ---- */

static void how_waits_grow(void **state)
{
    static const uint32_t waits[] = {1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30};
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", 0);
    struct guess_outcome outcome;
    for (int i = 0; i < 15; i++) {
        struct guess_answer answer = look(guard, &who, NOW);
        assert_int_equal(answer.verdict, i == 0 ? GUESS_PASS : GUESS_SLOW);
        assert_int_equal(answer.wait_s, waits[i]);
        guess_guard_leave(guard, &who, NOW);
        assert_true(guess(guard, &who, i, NOW, &outcome));
        assert_int_equal(outcome.wait_s, waits[i]);
        assert_int_equal(outcome.share_count, 3);
    }
    struct guess_answer answer = look(guard, &who, NOW);
    assert_true(answer.verdict == GUESS_DENY && answer.reason == GUESS_BY_PAIR);
    assert_int_equal(answer.wait_s, 30);
    assert_true(answer.until_us == NOW + 90 * SECOND); /* a tenth of 15 minutes */
    assert_int_equal(look(guard, &who, answer.until_us - 1).verdict, GUESS_DENY);
    assert_true(guess(guard, &who, 99, answer.until_us, NULL));
    assert_false(guess(guard, &who, 98, answer.until_us, NULL));
    assert_int_equal(look(guard, &who, NOW + HOUR).verdict, GUESS_PASS);
    guess_guard_free(guard);
}

static void no_waits(void **state)
{
    struct guess_terms terms = guess_terms_default;
    (void)state;
    terms.wait_us = 0;
    struct guess_guard *guard = guard_with(&terms, &small);
    struct guess_try who = who_is("alice", 0);
    struct guess_outcome outcome;
    for (int i = 0; i < 15; i++) {
        assert_true(guess(guard, &who, i, NOW, &outcome));
        assert_int_equal(outcome.wait_s, 0);
    }
    assert_int_equal(look(guard, &who, NOW).wait_s, 0);
    guess_guard_free(guard);
}

/* The last four are remembered, per pair. */
static void the_same_again(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", 0), other = who_is("bob", 0);
    struct guess_outcome outcome;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 4; i++) {
            assert_true(guess(guard, &who, i, NOW, &outcome));
            assert_int_equal(outcome.counted, round == 0);
            assert_int_equal(outcome.share_count, round == 0 ? 3 : 0);
        }
    assert_true(guess(guard, &other, 0, NOW, &outcome));
    assert_true(outcome.counted);
    assert_int_equal(guess_guard_counts(guard).repeated, 8);
    for (int i = 0; i < 3; i++) { /* nothing to compare: each counts */
        guess_guard_fail(guard, &other, SLICE(""), true, NOW, &outcome);
        assert_true(outcome.counted);
    }
    guess_guard_free(guard);
}

/* Strangers of an account that is guessed at have three tries, and again when they have let it be
 * for an hour. */
static void a_stranger(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", HOTEL);
    for (uint32_t i = 0; i < 40; i++) {
        struct guess_try bot = who_is("alice", i * NETWORK_SIZE);
        assert_true(guess(guard, &bot, (int)i, NOW, NULL));
    }
    for (int i = 0; i < 3; i++)
        assert_true(guess(guard, &who, i, NOW, NULL));
    struct guess_answer answer = look(guard, &who, NOW + SECOND);
    assert_true(answer.verdict == GUESS_DENY && answer.reason == GUESS_BY_ACCOUNT);
    assert_true(answer.until_us == NOW + HOUR);
    for (uint32_t i = 0; i < 40; i++) { /* it goes on */
        struct guess_try bot = who_is("alice", i * NETWORK_SIZE);
        (void)guess(guard, &bot, 100 + (int)i, NOW + HOUR - SECOND, NULL);
    }
    assert_false(guess(guard, &who, 4, NOW + HOUR - SECOND, NULL));
    assert_int_equal(look(guard, &who, NOW + HOUR).verdict, GUESS_SLOW);
    assert_int_equal(look(guard, &who, NOW + HOUR).verdict, GUESS_SLOW);
    assert_int_equal(look(guard, &who, NOW + HOUR).verdict, GUESS_SLOW);
    assert_int_equal(look(guard, &who, NOW + HOUR).reason, GUESS_UNDER_WAY);
    guess_guard_pass(guard, &who, NOW + HOUR);
    assert_true(look(guard, &who, NOW + HOUR).trusted);
    guess_guard_free(guard);
}

/* A network that tries accounts that there are not is full three times as soon; who has been there
 * goes on. */
static void a_full_network(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try owner = who_is("alice", 3), stranger = who_is("bob", 4);
    struct guess_outcome outcome;
    struct guess_answer answer;
    int tries = 0;
    assert_true(log_in(guard, &owner, NOW));
    for (; tries < 200; tries++) {
        char login[32];
        snprintf(login, sizeof(login), "nobody%d", tries);
        struct guess_try who = who_is(login, (uint32_t)tries % NETWORK_SIZE);
        answer = look(guard, &who, NOW);
        if (answer.verdict == GUESS_DENY)
            break;
        guess_guard_fail(guard, &who, SLICE("x"), false, NOW, &outcome);
    }
    assert_int_equal(tries, 30);
    assert_true(answer.reason == GUESS_BY_NETWORK && answer.until_us == NOW + MINUTE);
    assert_int_equal(look(guard, &stranger, NOW).verdict, GUESS_DENY);
    assert_int_equal(look(guard, &owner, NOW).verdict, GUESS_PASS);
    assert_int_equal(look(guard, &stranger, NOW + MINUTE).verdict, GUESS_SLOW);
    guess_guard_free(guard);
}

/* IPv6 of one /64 is one network, the next is another. */
static void six(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = {.login = SLICE("alice")}, near = who, far = who;
    assert_true(ip_address_parse(SLICE("2001:db8:1:2::3"), &who.ip));
    assert_true(ip_address_parse(SLICE("2001:db8:1:2:ffff::9"), &near.ip));
    assert_true(ip_address_parse(SLICE("2001:db8:1:3::3"), &far.ip));
    assert_true(log_in(guard, &who, NOW));
    assert_true(look(guard, &near, NOW).trusted);
    assert_false(look(guard, &far, NOW).trusted);
    struct guess_try unsaid = {.login = SLICE("alice")};
    struct guess_answer answer = look(guard, &unsaid, NOW);
    assert_true(answer.exempt && !answer.trusted);
    guess_guard_free(guard);
}

static void at_the_same_time(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", 0);
    for (int i = 0; i < 15; i++)
        assert_int_equal(look(guard, &who, NOW).verdict, GUESS_PASS);
    struct guess_answer answer = look(guard, &who, NOW);
    assert_true(answer.verdict == GUESS_DENY && answer.reason == GUESS_UNDER_WAY);
    guess_guard_leave(guard, &who, NOW);
    assert_int_equal(look(guard, &who, NOW).verdict, GUESS_PASS);
    assert_int_equal(look(guard, &who, NOW).verdict, GUESS_DENY);
    /* Those that nobody ended are not under way for ever. */
    assert_int_equal(look(guard, &who, NOW + 2 * MINUTE).verdict, GUESS_PASS);
    guess_guard_free(guard);
}

static void trust_ends(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", 0);
    assert_true(log_in(guard, &who, NOW));
    assert_true(look(guard, &who, NOW + 30 * DAY).trusted);
    assert_false(look(guard, &who, NOW + 30 * DAY + 2 * SECOND).trusted);
    guess_guard_forget(guard, SLICE("alice"), true, NOW);
    assert_false(look(guard, &who, NOW).trusted);
    /* An account has so many places; the newest stay. */
    for (uint32_t i = 0; i < 40; i++) {
        struct guess_try at = who_is("bob", i * NETWORK_SIZE);
        guess_guard_pass(guard, &at, NOW + i * MINUTE);
    }
    assert_int_equal(guess_guard_counts(guard).trusted_pairs, 12);
    struct guess_try last = who_is("bob", 39 * NETWORK_SIZE), first = who_is("bob", 0);
    assert_true(look(guard, &last, NOW + HOUR).trusted);
    assert_false(look(guard, &first, NOW + HOUR).trusted);
    guess_guard_free(guard);
}

static void forgiven(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", 0);
    for (int i = 0; i < 15; i++)
        assert_true(guess(guard, &who, i, NOW, NULL));
    assert_false(guess(guard, &who, 50, NOW, NULL));
    guess_guard_forget(guard, SLICE("alice"), false, NOW + SECOND);
    assert_int_equal(look(guard, &who, NOW + 2 * SECOND).verdict, GUESS_PASS);
    guess_guard_free(guard);
}

/* Failures of another relay: by names under the key of both. */
static void shared(void **state)
{
    static const struct hash_key both = {{70, 80}}, tables = {{1, 1}};
    (void)state;
    struct guess_guard *one = new_guard();
    struct guess_guard *two = guess_guard_new(&guess_terms_default, &small, NOW);
    struct guess_try who = who_is("alice", 0), elsewhere = who_is("alice", HOTEL);
    struct guess_outcome outcome;
    guess_guard_hash_by(two, &tables);
    guess_guard_share_by(one, &both);
    guess_guard_share_by(two, &both);
    for (int i = 0; i < 15; i++) {
        assert_true(guess(one, &who, i, NOW, &outcome));
        for (size_t j = 0; j < outcome.share_count; j++)
            guess_guard_take_shared(two, &outcome.shares[j], NOW);
    }
    assert_int_equal(look(two, &who, NOW).reason, GUESS_BY_PAIR);
    assert_int_equal(look(two, &elsewhere, NOW).verdict, GUESS_PASS);
    struct guess_share much = outcome.shares[1];
    assert_int_equal(much.kind, GUESS_ACCOUNT);
    much.level = UINT32_MAX; /* bounded by what a bucket holds */
    guess_guard_take_shared(two, &much, NOW);
    assert_int_equal(look(two, &elsewhere, NOW).reason, GUESS_BY_ACCOUNT);
    assert_int_equal(look(two, &elsewhere, NOW + 2 * HOUR).verdict, GUESS_PASS);
    assert_int_equal(guess_guard_counts(two).shared, 46);
    guess_guard_free(one);
    guess_guard_free(two);
}

static void clocks(void **state)
{
    static const int64_t steps[] = {-DAY, -HOUR, -1, 0, DAY, 400 * DAY, -NOW, -2 * NOW};
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct guess_guard *guard = new_guard();
        struct guess_try who = who_is("alice", 0), home = who_is("alice", HOME);
        struct guess_campaign news;
        int64_t then = NOW + steps[i];
        assert_true(log_in(guard, &home, NOW));
        for (int j = 0; j < 20; j++)
            (void)guess(guard, &who, j, NOW, NULL);
        int looked_at = 0;
        for (int j = 100; j < 200; j++)
            looked_at += guess(guard, &who, j, then, NULL);
        assert_true(looked_at <= 15);
        assert_true(log_in(guard, &home, then)); /* the owner in any case */
        (void)guess_guard_campaign(guard, then, &news);
        assert_true(guess(guard, &who, 300, then + HOUR, NULL)); /* and it is over in time */
        guess_guard_free(guard);
    }
}

/* ---- shown, kept ---- */

struct seen {
    size_t count;
    struct guess_worst rows[8];
};

static void see(void *context, const struct guess_worst *worst)
{
    struct seen *seen = context;
    assert_true(seen->count < 8);
    seen->rows[seen->count++] = *worst;
}

static void the_worst(void **state)
{
    (void)state;
    struct guess_guard *guard = new_guard();
    struct seen seen = {0};
    for (uint32_t network = 0; network < 10; network++)
        for (uint32_t i = 0; i <= network * 4; i++) {
            char login[32];
            snprintf(login, sizeof(login), "user%u", i);
            struct guess_try who = who_is(login, network * NETWORK_SIZE);
            assert_true(guess(guard, &who, (int)i, NOW, NULL));
        }
    for (uint32_t i = 0; i < 40; i++) {
        struct guess_try who = who_is("alice", (100 + i) * NETWORK_SIZE);
        (void)guess(guard, &who, 1, NOW, NULL);
    }
    guess_guard_each(guard, 3, NOW, see, &seen);
    assert_in_range(seen.count, 4, 6);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(seen.rows[i].kind, GUESS_NETWORK);
        assert_int_equal(seen.rows[i].network.ip.bytes[2], 9 - i);
        assert_int_equal(seen.rows[i].network.bits, 24);
        assert_int_equal(seen.rows[i].used, (9 - i) * 4 + 1);
    }
    assert_int_equal(seen.rows[3].kind, GUESS_ACCOUNT);
    assert_true(slice_eq(seen.rows[3].login, SLICE("alice")));
    assert_true(seen.rows[3].until_us > NOW);
    assert_in_range(seen.rows[3].others, 30, 55);
    guess_guard_free(guard);
}

static void a_restart(void **state)
{
    static const struct hash_key other_key = {{100, 101}};
    (void)state;
    struct guess_guard *guard = new_guard();
    struct buf image = {0};
    for (uint32_t i = 0; i < 500; i++) {
        char login[32];
        snprintf(login, sizeof(login), "user%u", i);
        struct guess_try who = who_is(login, i * NETWORK_SIZE);
        guess_guard_pass(guard, &who, NOW - (i % 2 ? 0 : 40 * DAY)); /* half of them is over */
    }
    guess_guard_save(guard, NOW, &image);
    guess_guard_free(guard);
    assert_in_range(image.len, 250 * 16, 250 * 16 + 64);
    for (size_t cut = 0; cut < image.len; cut += 101) { /* damaged: nothing is taken */
        guard = new_guard();
        assert_false(guess_guard_restore(guard, slice_first(buf_slice(&image), cut)));
        image.ptr[cut] = (char)(image.ptr[cut] ^ 4);
        assert_false(guess_guard_restore(guard, buf_slice(&image)));
        image.ptr[cut] = (char)(image.ptr[cut] ^ 4);
        assert_int_equal(guess_guard_counts(guard).trusted_pairs, 0);
        guess_guard_free(guard);
    }
    guard = guess_guard_new(&guess_terms_default, &small, NOW);
    guess_guard_hash_by(guard, &other_key);
    assert_true(guess_guard_restore(guard, buf_slice(&image)));
    for (uint32_t i = 0; i < 500; i++) {
        char login[32];
        snprintf(login, sizeof(login), "user%u", i);
        struct guess_try who = who_is(login, i * NETWORK_SIZE);
        assert_int_equal(look(guard, &who, NOW).trusted, i % 2);
    }
    guess_guard_free(guard);
    buf_done(&image);
}

static void configured_anew(void **state)
{
    struct guess_terms terms = guess_terms_default;
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try who = who_is("alice", 0), home = who_is("alice", HOME);
    assert_true(log_in(guard, &home, NOW));
    for (int i = 0; i < 10; i++)
        assert_true(guess(guard, &who, i, NOW, NULL));
    terms.wait_max_us = 5 * SECOND;
    guess_guard_configure(guard, &terms);
    assert_int_equal(look(guard, &who, NOW).wait_s, 5);
    assert_true(look(guard, &home, NOW).trusted);
    terms.bits_v4 = 32;
    guess_guard_configure(guard, &terms);
    assert_int_equal(look(guard, &who, NOW).verdict, GUESS_PASS);
    assert_false(look(guard, &home, NOW).trusted);
    guess_guard_free(guard);
    guess_guard_free(NULL);
}

/* Addresses without end: so many rows and no more, and who was trusted before still is. */
static void memory(void **state)
{
    enum { ADDRESSES = 1000000 }; /* ten times as many change nothing but the time it takes */
    (void)state;
    struct guess_guard *guard = new_guard();
    struct guess_try home = who_is("alice", 0);
    struct guess_outcome outcome;
    home.ip.bytes[0] = 1;
    assert_true(log_in(guard, &home, NOW));
    for (uint32_t i = 0; i < ADDRESSES; i++) {
        struct guess_try who = {.login = slice_of((const char *)&i, sizeof(i)), .ip = {.len = 16}};
        memcpy(who.ip.bytes, &i, sizeof(i));
        guess_guard_fail(guard, &who, SLICE("x"), true, NOW + i * 100, &outcome);
    }
    struct guess_counts counts = guess_guard_counts(guard);
    assert_true(counts.networks <= 4096 && counts.accounts <= 4096 && counts.pairs <= 8192);
    assert_in_range(counts.crowded_out, ADDRESSES * 2, ADDRESSES * 3);
    assert_true(look(guard, &home, NOW + MINUTE).trusted);
    guess_guard_free(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_office),
        cmocka_unit_test(a_botnet),
        cmocka_unit_test(spraying),
        cmocka_unit_test(a_start_is_no_campaign),
        cmocka_unit_test(webmail),
        cmocka_unit_test(how_waits_grow),
        cmocka_unit_test(no_waits),
        cmocka_unit_test(the_same_again),
        cmocka_unit_test(a_stranger),
        cmocka_unit_test(a_full_network),
        cmocka_unit_test(six),
        cmocka_unit_test(at_the_same_time),
        cmocka_unit_test(trust_ends),
        cmocka_unit_test(forgiven),
        cmocka_unit_test(shared),
        cmocka_unit_test(clocks),
        cmocka_unit_test(the_worst),
        cmocka_unit_test(a_restart),
        cmocka_unit_test(configured_anew),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
