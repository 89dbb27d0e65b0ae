/* SPDX-License-Identifier: Apache-2.0
 *
 * Where an account sends from: what is new to it, what is its usual, who travels faster than
 * anybody can, and what is not learned of a thief.
 */
#include "watch/hijack_account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/civil.h"
#include "base/country.h"

#define MINUTE (60 * US_PER_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define BEGIN (INT64_C(20500) * DAY)

static struct hijack_fleet fleet;

static uint16_t of(const char *code)
{
    return country_from_text(slice_from_str(code));
}

static void send(struct hijack_account *account, const char *country, int64_t now_us)
{
    struct hijack_client client = {.pool = 7, .country = *country ? of(country) : COUNTRY_NONE};
    struct hijack_mail mail = {.origin = HIJACK_BY_LOG, .recipients = 1};
    hijack_account_advance(account, &fleet, now_us);
    hijack_account_client(account, &client, now_us);
    hijack_account_mail(account, &mail, now_us);
}

static void live(struct hijack_account *account, const char *country, int from_day, int to_day)
{
    for (int day = from_day; day < to_day; day++)
        send(account, country, BEGIN + day * DAY);
}

static struct hijack_facts facts_of(struct hijack_account *account, int64_t now_us)
{
    struct hijack_facts facts;
    hijack_account_advance(account, &fleet, now_us);
    hijack_account_facts(account, &fleet, &hijack_rule_default, now_us, &facts);
    return facts;
}

static void new_ones_beside_the_usual(void **state)
{
    (void)state;
    struct hijack_account account = {.login_len = 0};
    int64_t now_us = BEGIN + 10 * DAY;
    live(&account, "KR", 0, 2);
    live(&account, "JP", 2, 10);
    send(&account, "JP", now_us);
    send(&account, "KR", now_us + 1);
    send(&account, "VN", now_us + 2);
    send(&account, "VN", now_us + 3);
    send(&account, "", now_us + 4);
    send(&account, "BR", now_us + 5);
    struct hijack_facts facts = facts_of(&account, now_us + 6);
    assert_true(facts.has_countries);
    assert_int_equal(facts.countries, 2);
    assert_int_equal(facts.abroad, 3);
    assert_int_equal(facts.where.usual, of("JP"));
    assert_int_equal(facts.where.abroad[0], of("VN"));
    assert_int_equal(facts.where.abroad[1], of("BR"));
    assert_int_equal(facts.where.abroad[2], COUNTRY_NONE);
    hijack_account_done(&account);
}

/* The database came today: where it was before is not known, so nothing is new. */
static void a_past_without_countries(void **state)
{
    (void)state;
    struct hijack_account account = {.login_len = 0};
    live(&account, "", 0, 10);
    send(&account, "VN", BEGIN + 10 * DAY);
    struct hijack_facts facts = facts_of(&account, BEGIN + 10 * DAY);
    assert_true(facts.has_past && !facts.has_countries);
    assert_int_equal(facts.countries + facts.abroad, 0);
    hijack_account_done(&account);
}

static const struct {
    const char *home, *from, *to;
    int64_t gap_us;
    unsigned minutes; /* 0: it is no travel */
} travels[] = {
    {"JP", "JP", "VN", 10 * MINUTE, 10},
    {"JP", "VN", "BR", 1, 1},
    {"", "VN", "BR", 59 * MINUTE, 59}, /* a newcomer */
    {"JP", "JP", "VN", HOUR + 1, 0},
    {"JP", "JP", "KR", 10 * MINUTE, 0}, /* near */
    {"JP", "JP", "JP", 10 * MINUTE, 0},
    {"JP", "JP", "QQ", 10 * MINUTE, 0}, /* nobody knows where that is */
    {"JP", "JP", "", 10 * MINUTE, 0},
    {"JP", "JP", "VN", -5 * MINUTE, 5}, /* lines come in no order */
};

static void travel(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(travels) / sizeof(travels[0]); i++) {
        struct hijack_account account = {.login_len = 0};
        int64_t now_us = BEGIN + 10 * DAY + 6 * HOUR;
        if (travels[i].home[0] != '\0')
            live(&account, travels[i].home, 0, 10);
        send(&account, travels[i].from, now_us);
        send(&account, travels[i].to, now_us + travels[i].gap_us);
        struct hijack_facts facts = facts_of(&account, now_us + 2 * HOUR);
        if (facts.where.minutes != travels[i].minutes)
            fail_msg("%s to %s: %u min", travels[i].from, travels[i].to, facts.where.minutes);
        if (travels[i].minutes > 0)
            assert_int_equal(facts.where.from, of(travels[i].from));
        hijack_account_done(&account);
    }
}

/* Who is at home in both, by a relay of his telephone, does not travel. */
static void at_home_in_both(void **state)
{
    (void)state;
    struct hijack_account account = {.login_len = 0};
    live(&account, "JP", 0, 3);
    live(&account, "US", 3, 6);
    send(&account, "JP", BEGIN + 9 * DAY);
    send(&account, "US", BEGIN + 9 * DAY + 1);
    struct hijack_facts facts = facts_of(&account, BEGIN + 9 * DAY + 2);
    assert_int_equal(facts.where.from, COUNTRY_NONE);
    assert_int_equal(facts.countries, 0);
    hijack_account_done(&account);
}

static void a_thief_is_not_at_home(void **state)
{
    (void)state;
    struct hijack_account account = {.login_len = 0};
    live(&account, "JP", 0, 10);
    send(&account, "VN", BEGIN + 10 * DAY);
    hijack_account_taint(&account, 50);
    live(&account, "JP", 13, 14);
    send(&account, "VN", BEGIN + 14 * DAY);
    assert_int_equal(facts_of(&account, BEGIN + 14 * DAY).countries, 1);
    hijack_account_forgive(&account); /* it was the owner */
    send(&account, "VN", BEGIN + 17 * DAY);
    assert_int_equal(facts_of(&account, BEGIN + 17 * DAY).countries, 0);
    hijack_account_done(&account);
}

/* One of more countries than there is room for. The one of every day stays. */
static void bounded(void **state)
{
    (void)state;
    struct hijack_account account = {.login_len = 0};
    live(&account, "JP", 0, 10);
    for (uint16_t i = 1; i <= COUNTRY_MOST; i++) {
        int64_t now_us = BEGIN + 10 * DAY + (int64_t)i * 13 * HOUR;
        send(&account, "JP", now_us);
        send(&account, country_text(i).text, now_us);
    }
    struct hijack_facts facts = facts_of(&account, BEGIN + 1000 * DAY);
    assert_int_equal(facts.where.usual, COUNTRY_NONE); /* it is quiet: nothing is said */
    send(&account, "JP", BEGIN + 1001 * DAY);
    facts = facts_of(&account, BEGIN + 1001 * DAY);
    assert_int_equal(facts.where.usual, of("JP"));
    assert_int_equal(facts.countries, 0);
    hijack_account_done(&account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ones_beside_the_usual),
        cmocka_unit_test(a_past_without_countries),
        cmocka_unit_test(travel),
        cmocka_unit_test(at_home_in_both),
        cmocka_unit_test(a_thief_is_not_at_home),
        cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
