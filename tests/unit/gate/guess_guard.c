/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the guard one by one, clocks that go wrong, what survives a restart, and how much
 * memory it takes. See guess_scenarios.c for how they work together.
 */
#include "gate/guess_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "gate/guess_fixture.h"

/* ---- rules ---- */

static void how_waits_grow(void **state)
{
    static const uint32_t waits[] = {1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30};
    (void)state;
    struct guess_guard *guard = guess_fixture_guard();
    struct guess_try who = who_is("alice", 0);
    struct guess_outcome outcome;
    for (int i = 0; i < 15; i++) {
        struct guess_answer answer = look(guard, &who, NOW);
        assert_int_equal(answer.verdict, i == 0 ? GUESS_PASS : GUESS_SLOW);
        assert_int_equal(answer.wait_s, waits[i]);
        guess_guard_leave(guard, &who, NOW);
        assert_true(guess(guard, &who, i, NOW, &outcome));
        assert_int_equal(outcome.wait_s, waits[i]);
        assert_int_equal(outcome.news_count, 2);
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
    struct guess_guard *guard = guess_fixture_with(&terms);
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
    struct guess_guard *guard = guess_fixture_guard();
    struct guess_try who = who_is("alice", 0), other = who_is("bob", 0);
    struct guess_outcome outcome;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 4; i++) {
            assert_true(guess(guard, &who, i, NOW, &outcome));
            assert_int_equal(outcome.counted, round == 0);
            assert_int_equal(outcome.news_count, round == 0 ? 2 : 0);
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
    struct guess_try who = who_is("alice", 0);
    for (int i = 0; i < 15; i++)
        assert_true(guess(guard, &who, i, NOW, NULL));
    assert_false(guess(guard, &who, 50, NOW, NULL));
    guess_guard_forget(guard, SLICE("alice"), false, NOW + SECOND);
    assert_int_equal(look(guard, &who, NOW + 2 * SECOND).verdict, GUESS_PASS);
    guess_guard_free(guard);
}

/* Two relays by what a third place keeps: when each bucket is full again. */
struct kept {
    enum guess_kind kind;
    uint64_t name;
    int64_t full_us;
};

static void keep_news(struct kept kept[GUESS_NEWS_MAX], const struct guess_outcome *outcome,
                      int64_t now_us)
{
    for (size_t i = 0; i < outcome->news_count; i++) {
        const struct guess_news *news = &outcome->news[i];
        int64_t from_us = kept[i].full_us > now_us ? kept[i].full_us : now_us;
        int64_t full_us = from_us + news->fill_us, most_us = now_us + news->most_us;
        kept[i] = (struct kept){news->kind, news->name, full_us < most_us ? full_us : most_us};
    }
}

static void take_kept(struct guess_guard *guard, const struct kept kept[GUESS_NEWS_MAX],
                      int64_t now_us)
{
    for (size_t i = 0; i < GUESS_NEWS_MAX; i++) {
        const struct guess_news news = {kept[i].kind, kept[i].name, kept[i].full_us - now_us, 0};
        (void)guess_guard_take_shared(guard, &news, now_us);
    }
}

/* The account's and the network's failures of another relay count, by names under the key of both;
 * the pair's do not, and who is trusted feels nothing. */
static void shared(void **state)
{
    static const struct hash_key both = {{70, 80}}, tables = {{1, 1}};
    (void)state;
    struct guess_guard *one = guess_fixture_guard();
    struct guess_guard *two = guess_guard_new(&guess_terms_default, &guess_fixture_small, NOW);
    struct guess_try who = who_is("alice", 0), elsewhere = who_is("alice", HOTEL),
                     home = who_is("alice", HOME);
    struct guess_outcome outcome;
    struct kept kept[GUESS_NEWS_MAX] = {0};
    guess_guard_hash_by(two, &tables);
    guess_guard_share_by(one, &both);
    guess_guard_share_by(two, &both);
    (void)look(two, &home, NOW);
    guess_guard_pass(two, &home, NOW);
    for (int i = 0; i < 15; i++) {
        assert_true(guess(one, &who, i, NOW, &outcome));
        assert_int_equal(outcome.news_count, 2);
        keep_news(kept, &outcome, NOW);
    }
    take_kept(two, kept, NOW);
    assert_int_equal(look(two, &who, NOW).verdict, GUESS_PASS);
    for (int i = 0; i < 16; i++) {
        struct guess_try next = who_is("alice", (uint32_t)(5000 + 256 * i));
        guess_guard_fail(one, &next, SLICE(""), true, NOW, &outcome);
        outcome.news_count = 1; /* the account's */
        assert_int_equal(outcome.news[0].kind, GUESS_ACCOUNT);
        keep_news(kept, &outcome, NOW);
    }
    take_kept(two, kept, NOW);
    take_kept(two, kept, NOW); /* twice is once */
    assert_int_equal(look(two, &elsewhere, NOW).reason, GUESS_BY_ACCOUNT);
    assert_int_equal(look(two, &elsewhere, NOW).verdict, GUESS_SLOW);
    struct guess_answer own = look(two, &home, NOW);
    assert_true(own.trusted && own.verdict == GUESS_PASS);
    assert_int_equal(look(two, &elsewhere, NOW + 2 * HOUR).verdict, GUESS_PASS);
    assert_int_equal(guess_guard_counts(two).shared, 3);
    guess_guard_free(one);
    guess_guard_free(two);
}

/* A network that is full there is full here; more than a bucket holds is what it holds. */
static void shared_bounds(void **state)
{
    static const struct guess_news none[] = {
        {GUESS_NETWORK, 0, HOUR, 0},
        {GUESS_NETWORK, 7, 0, 0},
        {GUESS_NETWORK, 7, -HOUR, 0},
        {GUESS_PAIR, 7, HOUR, 0},
    };
    (void)state;
    struct guess_guard *guard = guess_fixture_guard();
    struct guess_try who = who_is("alice", 0), other = who_is("bob", 0);
    struct guess_outcome outcome;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(guess_guard_take_shared(guard, &none[i], NOW));
    assert_true(guess(guard, &who, 0, NOW, &outcome));
    assert_int_equal(outcome.news[1].kind, GUESS_NETWORK);
    struct guess_news much = outcome.news[1];
    much.fill_us = 900 * DAY;
    assert_true(guess_guard_take_shared(guard, &much, NOW));
    assert_false(guess_guard_take_shared(guard, &much, NOW));
    struct guess_answer answer = look(guard, &other, NOW);
    assert_true(answer.verdict == GUESS_DENY && answer.reason == GUESS_BY_NETWORK);
    assert_int_equal(look(guard, &other, NOW + 2 * HOUR).verdict, GUESS_PASS);
    guess_guard_free(guard);
}

static void clocks(void **state)
{
    static const int64_t steps[] = {-DAY, -HOUR, -1, 0, DAY, 400 * DAY, -NOW, -2 * NOW};
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
        guard = guess_fixture_guard();
        assert_false(guess_guard_restore(guard, slice_first(buf_slice(&image), cut)));
        image.ptr[cut] = (char)(image.ptr[cut] ^ 4);
        assert_false(guess_guard_restore(guard, buf_slice(&image)));
        image.ptr[cut] = (char)(image.ptr[cut] ^ 4);
        assert_int_equal(guess_guard_counts(guard).trusted_pairs, 0);
        guess_guard_free(guard);
    }
    guard = guess_guard_new(&guess_terms_default, &guess_fixture_small, NOW);
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
    struct guess_guard *guard = guess_fixture_guard();
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
    struct guess_guard *guard = guess_fixture_guard();
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
        cmocka_unit_test(how_waits_grow),   cmocka_unit_test(no_waits),
        cmocka_unit_test(the_same_again),   cmocka_unit_test(a_stranger),
        cmocka_unit_test(a_full_network),   cmocka_unit_test(six),
        cmocka_unit_test(at_the_same_time), cmocka_unit_test(trust_ends),
        cmocka_unit_test(forgiven),         cmocka_unit_test(shared),
        cmocka_unit_test(shared_bounds),    cmocka_unit_test(clocks),
        cmocka_unit_test(the_worst),        cmocka_unit_test(a_restart),
        cmocka_unit_test(configured_anew),  cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
