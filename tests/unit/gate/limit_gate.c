/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits together: all or nothing, whose number holds, what is done, what a reload and a refund
 * leave, and who is not concerned.
 */
#include "gate/limit_gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MINUTE_US (INT64_C(60) * 1000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define NOW_US (INT64_C(1790000000) * 1000000)
#define TEXT(text) ((struct slice){text, sizeof(text) - 1})

static struct limit_rule rule(unsigned key, uint32_t count, int64_t within_us,
                              enum limit_action action)
{
    return (struct limit_rule){
        .name = TEXT("a"),
        .key = key,
        .count = count,
        .burst = count,
        .within_us = within_us,
        .action = action,
    };
}

static struct limit_subject login(const char *name)
{
    return (struct limit_subject){.login = slice_from_str(name), .login_domain = TEXT("jp.test")};
}

/* Judged and, if it passes, counted. */
static bool take(struct limit_gate *gate, const char *name, uint32_t recipients, int64_t now_us)
{
    struct limit_answer answer;
    struct limit_subject who = login(name);
    struct limit_load load = {.messages = 1, .recipients = recipients, .bytes = 1};
    limit_gate_judge(gate, &who, &load, true, now_us, &answer);
    return answer.passes;
}

static uint64_t used(struct limit_gate *gate, const char *name, const struct limit_rule *rule)
{
    struct limit_subject who = login(name);
    return limit_gate_used(gate, &who, rule, NOW_US);
}

static void by_all_or_by_none(void **state)
{
    (void)state;
    struct limit_rule list[] = {
        rule(LIMIT_LOGIN, 30, MINUTE_US, LIMIT_DEFER),
        rule(LIMIT_LOGIN, 40, HOUR_US, LIMIT_DEFER),
        rule(0, 1000, HOUR_US, LIMIT_DEFER),
    };
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 3}, 100);
    assert_true(take(gate, "a", 30, NOW_US));
    assert_false(take(gate, "a", 1, NOW_US)); /* by the minute: the hour and all are as before */
    assert_int_equal(used(gate, "a", &list[0]), 30);
    assert_int_equal(used(gate, "a", &list[1]), 30);
    assert_int_equal(used(gate, "a", &list[2]), 30);
    assert_true(take(gate, "b", 5, NOW_US));
    assert_int_equal(used(gate, "b", &list[1]), 5);
    assert_int_equal(used(gate, "b", &list[2]), 35);
    assert_false(take(gate, "a", 11, NOW_US + 2 * MINUTE_US)); /* by the hour */
    assert_true(take(gate, "a", 10, NOW_US + 2 * MINUTE_US));
    limit_gate_free(gate);
}

/* What is asked at RCPT counts nothing. */
static void a_look_counts_nothing(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 3, HOUR_US, LIMIT_DEFER)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
    struct limit_subject who = login("a");
    struct limit_answer answer;
    for (int i = 0; i < 10; i++) {
        limit_gate_judge(gate, &who, &(struct limit_load){.messages = 1, .recipients = 1}, false,
                         NOW_US, &answer);
        assert_true(answer.passes && !answer.over);
    }
    struct limit_gate_counts counts;
    limit_gate_counts(gate, &counts);
    assert_int_equal(counts.keys, 0);
    assert_true(take(gate, "a", 3, NOW_US));
    limit_gate_judge(gate, &who, &(struct limit_load){.messages = 1, .recipients = 1}, false,
                     NOW_US, &answer);
    assert_true(answer.over && !answer.passes);
    assert_int_equal(answer.sternest.used, 3);
    assert_int_equal(answer.sternest.most, 3);
    assert_int_equal(answer.sternest.wanted, 1);
    assert_true(answer.sternest.room_us > NOW_US &&
                answer.sternest.room_us <= NOW_US + 2 * HOUR_US);
    limit_gate_free(gate);
}

static void who_is_counted_apart(void **state)
{
    (void)state;
    static const struct {
        unsigned key;
        const char *one_login, *one_domain, *one_ip, *one_class;
        const char *other_login, *other_domain, *other_ip, *other_class;
        bool same;
    } rows[] = {
        {LIMIT_LOGIN, "a", "x", "192.0.2.1", "", "a", "y", "192.0.2.2", "", true},
        {LIMIT_LOGIN, "a", "x", "192.0.2.1", "", "b", "x", "192.0.2.1", "", false},
        {LIMIT_SENDER_DOMAIN, "a", "x", "", "", "b", "x", "", "", true},
        {LIMIT_SENDER_DOMAIN, "a", "x", "", "", "a", "y", "", "", false},
        {LIMIT_CLIENT, "", "", "192.0.2.1", "", "", "", "::ffff:192.0.2.1", "", true},
        {LIMIT_CLIENT, "", "", "192.0.2.1", "", "", "", "192.0.2.2", "", false},
        {LIMIT_NETWORK, "", "", "192.0.2.1", "", "", "", "192.0.2.254", "", true},
        {LIMIT_NETWORK, "", "", "192.0.2.1", "", "", "", "192.0.3.1", "", false},
        {LIMIT_NETWORK, "", "", "2001:db8:1:2::1", "", "", "", "2001:db8:1:ffff::9", "", true},
        {LIMIT_NETWORK, "", "", "2001:db8:1::1", "", "", "", "2001:db8:2::1", "", false},
        {LIMIT_CLASS, "a", "", "", "free", "b", "", "", "free", true},
        {LIMIT_CLASS, "a", "", "", "free", "a", "", "", "paid", false},
        {0, "a", "x", "192.0.2.1", "", "b", "y", "2001:db8::1", "", true},
        {LIMIT_LOGIN | LIMIT_CLIENT, "a", "", "192.0.2.1", "", "a", "", "192.0.2.1", "", true},
        {LIMIT_LOGIN | LIMIT_CLIENT, "a", "", "192.0.2.1", "", "a", "", "192.0.2.2", "", false},
        {LIMIT_LOGIN | LIMIT_SENDER_DOMAIN, "ab", "c", "", "", "a", "bc", "", "", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct limit_rule list[] = {rule(rows[i].key, 1, HOUR_US, LIMIT_DEFER)};
        struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
        struct limit_subject one = {.login = slice_from_str(rows[i].one_login),
                                    .sender_domain = slice_from_str(rows[i].one_domain),
                                    .account_class = slice_from_str(rows[i].one_class)};
        struct limit_subject other = {.login = slice_from_str(rows[i].other_login),
                                      .sender_domain = slice_from_str(rows[i].other_domain),
                                      .account_class = slice_from_str(rows[i].other_class)};
        struct limit_load load = {.messages = 1, .recipients = 1};
        struct limit_answer answer;
        (void)ip_address_parse(slice_from_str(rows[i].one_ip), &one.client);
        (void)ip_address_parse(slice_from_str(rows[i].other_ip), &other.client);
        limit_gate_judge(gate, &one, &load, true, NOW_US, &answer);
        assert_true(answer.passes);
        limit_gate_judge(gate, &other, &load, true, NOW_US, &answer);
        if (answer.passes == rows[i].same)
            fail_msg("row %zu", i);
        limit_gate_free(gate);
    }
}

/* No login, no address: a rule about them has nothing to say. */
static void whom_it_does_not_concern(void **state)
{
    (void)state;
    const unsigned keys[] = {LIMIT_LOGIN,         LIMIT_CLIENT, LIMIT_NETWORK,
                             LIMIT_SENDER_DOMAIN, LIMIT_CLASS,  LIMIT_LOGIN | LIMIT_CLASS};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct limit_rule list[] = {rule(keys[i], 0, HOUR_US, LIMIT_REJECT),
                                    rule(keys[i], 0, 0, LIMIT_REJECT)};
        struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 2}, 100);
        struct limit_answer answer;
        limit_gate_judge(gate, &(struct limit_subject){0},
                         &(struct limit_load){.messages = 1, .recipients = 9}, true, NOW_US,
                         &answer);
        assert_true(answer.passes && !answer.over && answer.hit_count == 0);
        limit_gate_free(gate);
    }
}

static void units(void **state)
{
    (void)state;
    static const struct {
        enum limit_unit unit;
        struct limit_load load;
        uint32_t units;
    } rows[] = {
        {LIMIT_RECIPIENTS, {1, 7, 3, 2000}, 7},
        {LIMIT_MESSAGES, {1, 7, 3, 2000}, 1},
        {LIMIT_MESSAGES, {0, 7, 3, 2000}, 0},
        {LIMIT_KIBIBYTES, {1, 7, 3, 2000}, 2},
        {LIMIT_KIBIBYTES, {1, 7, 3, 2048}, 2},
        {LIMIT_KIBIBYTES, {1, 7, 3, 0}, 0},
        {LIMIT_KIBIBYTES, {1, 7, 3, UINT64_MAX}, UINT32_MAX},
        {LIMIT_NEW_RECIPIENTS, {1, 7, 3, 2000}, 3},
        {LIMIT_NEW_RECIPIENTS, {1, 7, 0, 2000}, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct limit_rule list[] = {rule(0, 0, HOUR_US, LIMIT_WARN)};
        list[0].unit = rows[i].unit;
        struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
        struct limit_answer answer;
        limit_gate_judge(gate, &(struct limit_subject){0}, &rows[i].load, true, NOW_US, &answer);
        assert_int_equal(answer.hit_count, rows[i].units > 0);
        assert_int_equal(answer.hit_count > 0 ? answer.hits[0].wanted : 0, rows[i].units);
        limit_gate_free(gate);
    }
}

/* Of each message by itself; nothing is kept for it. */
static void one_message(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 100, 0, LIMIT_REJECT)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
    struct limit_answer answer;
    struct limit_subject who = login("a");
    for (int i = 0; i < 5; i++)
        assert_true(take(gate, "a", 100, NOW_US));
    limit_gate_judge(gate, &who, &(struct limit_load){.messages = 1, .recipients = 101}, true,
                     NOW_US, &answer);
    assert_false(answer.passes);
    assert_int_equal(answer.sternest.room_us, INT64_MAX);
    limit_gate_free(gate);
}

static void whose_number_holds(void **state)
{
    (void)state;
    const struct limit_level levels[] = {
        {LIMIT_OF_DOMAIN, TEXT("jp.test"), 20},
        {LIMIT_OF_CLASS, TEXT("paid"), 30},
        {LIMIT_OF_DOMAIN, TEXT("shut.test"), 0},
    };
    static const struct {
        const char *domain, *class_name;
        uint32_t most;
    } rows[] = {
        {"other.test", "", 10}, {"jp.test", "", 20},      {"jp.test", "paid", 30},
        {"", "paid", 30},       {"shut.test", "free", 0}, {"", "", 10},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct limit_rule list[] = {rule(LIMIT_LOGIN, 10, HOUR_US, LIMIT_DEFER)};
        list[0].levels = levels;
        list[0].level_count = 3;
        struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
        struct limit_subject who = {.login = TEXT("a"),
                                    .login_domain = slice_from_str(rows[i].domain),
                                    .account_class = slice_from_str(rows[i].class_name)};
        uint32_t passed = 0;
        for (int k = 0; k < 40; k++) {
            struct limit_answer answer;
            limit_gate_judge(gate, &who, &(struct limit_load){.messages = 1, .recipients = 1}, true,
                             NOW_US, &answer);
            passed += answer.passes;
        }
        assert_int_equal(passed, rows[i].most);
        limit_gate_free(gate);
    }
}

static void what_is_done(void **state)
{
    (void)state;
    static const struct {
        enum limit_action first, second;
        bool first_shadow, second_shadow;
        bool over, passes;
        enum limit_action done;
    } rows[] = {
        {LIMIT_WARN, LIMIT_HOLD, false, false, true, true, LIMIT_HOLD},
        {LIMIT_DEFER, LIMIT_HOLD, false, false, true, false, LIMIT_DEFER},
        {LIMIT_DEFER, LIMIT_DISCARD, false, false, true, false, LIMIT_DISCARD},
        {LIMIT_REJECT, LIMIT_HOLD, true, false, true, true, LIMIT_HOLD},
        {LIMIT_REJECT, LIMIT_HOLD, true, true, false, true, LIMIT_WARN},
        {LIMIT_SLOW, LIMIT_REJECT, false, true, true, true, LIMIT_SLOW},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct limit_rule list[] = {rule(LIMIT_LOGIN, 1, HOUR_US, rows[i].first),
                                    rule(LIMIT_LOGIN, 1, DAY_US, rows[i].second)};
        list[0].shadow = rows[i].first_shadow;
        list[1].shadow = rows[i].second_shadow;
        struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 2}, 100);
        struct limit_subject who = login("a");
        struct limit_answer answer;
        assert_true(take(gate, "a", 1, NOW_US));
        limit_gate_judge(gate, &who, &(struct limit_load){.messages = 1, .recipients = 1}, true,
                         NOW_US, &answer);
        assert_int_equal(answer.hit_count, 2);
        assert_int_equal(answer.over, rows[i].over);
        assert_int_equal(answer.passes, rows[i].passes);
        if (answer.over)
            assert_int_equal(answer.sternest.rule->action, rows[i].done);
        assert_int_equal(used(gate, "a", &list[1]), rows[i].passes ? 2 : 1);
        limit_gate_free(gate);
    }
}

/* Of two that defer it is the later moment that helps. */
static void when_to_try_again(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 1, DAY_US, LIMIT_DEFER),
                                rule(LIMIT_LOGIN, 1, MINUTE_US, LIMIT_DEFER)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 2}, 100);
    struct limit_subject who = login("a");
    struct limit_answer answer;
    assert_true(take(gate, "a", 1, NOW_US));
    limit_gate_judge(gate, &who, &(struct limit_load){.messages = 1, .recipients = 1}, true, NOW_US,
                     &answer);
    assert_ptr_equal(answer.sternest.rule, &list[0]);
    assert_true(answer.sternest.room_us >= NOW_US + DAY_US);
    assert_true(take(gate, "a", 1, answer.sternest.room_us));
    limit_gate_free(gate);
}

static void given_back(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 10, HOUR_US, LIMIT_DEFER),
                                rule(LIMIT_LOGIN, 10, 0, LIMIT_DEFER),
                                rule(0, 100, HOUR_US, LIMIT_DEFER)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 3}, 100);
    struct limit_subject who = login("a");
    assert_true(take(gate, "a", 6, NOW_US));
    assert_true(take(gate, "a", 4, NOW_US));
    assert_false(take(gate, "a", 1, NOW_US));
    limit_gate_give_back(gate, &who, &(struct limit_load){.messages = 1, .recipients = 6}, NOW_US,
                         NOW_US + 1);
    assert_int_equal(used(gate, "a", &list[0]), 4);
    assert_int_equal(used(gate, "a", &list[2]), 4);
    assert_true(take(gate, "a", 6, NOW_US));
    who = login("never seen");
    limit_gate_give_back(gate, &who, &(struct limit_load){.messages = 1, .recipients = 6}, NOW_US,
                         NOW_US + 1);
    limit_gate_free(gate);
}

/* Rules come, go and change places and numbers; counts follow what they count. */
static void a_reload(void **state)
{
    (void)state;
    struct limit_rule before[] = {rule(LIMIT_LOGIN, 10, HOUR_US, LIMIT_DEFER),
                                  rule(LIMIT_LOGIN, 100, DAY_US, LIMIT_DEFER),
                                  rule(0, 1000, HOUR_US, LIMIT_DEFER)};
    struct limit_rule after[] = {rule(LIMIT_SENDER_DOMAIN, 5, HOUR_US, LIMIT_DEFER),
                                 rule(LIMIT_LOGIN, 200, DAY_US, LIMIT_HOLD),
                                 rule(LIMIT_LOGIN, 50, MINUTE_US, LIMIT_DEFER),
                                 rule(LIMIT_LOGIN, 8, HOUR_US, LIMIT_DEFER)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){before, 3}, 2);
    assert_true(take(gate, "old", 3, NOW_US));
    assert_true(take(gate, "a", 9, NOW_US));
    assert_true(take(gate, "b", 1, NOW_US));
    limit_gate_configure(gate, &(struct limit_rules){after, 4}, 2);
    assert_int_equal(used(gate, "a", &after[1]), 9);
    assert_int_equal(used(gate, "a", &after[2]), 0);
    assert_int_equal(used(gate, "a", &after[3]), 9);
    assert_false(take(gate, "a", 1, NOW_US)); /* 8 now */
    assert_true(take(gate, "b", 7, NOW_US));
    assert_true(take(gate, "new", 1, NOW_US)); /* the oldest is still the oldest */
    assert_int_equal(used(gate, "b", &after[3]), 8);
    limit_gate_configure(gate, &(struct limit_rules){NULL, 0}, 2);
    assert_true(take(gate, "a", 1000, NOW_US));
    limit_gate_configure(gate, &(struct limit_rules){before, 3}, 2);
    assert_int_equal(used(gate, "b", &before[0]), 0);
    limit_gate_free(gate);
}

/* Room for more or fewer of them; those that went last stay, and how many had to go is counted on.
 */
static void another_number_of_keys(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 10, HOUR_US, LIMIT_DEFER)};
    const struct limit_rules rules = {list, 1};
    struct limit_gate *gate = limit_gate_new(&rules, 2);
    struct limit_gate_counts counts;
    for (const char *name = "abc"; *name != '\0'; name++)
        assert_true(take(gate, (char[]){*name, '\0'}, 1, NOW_US));
    limit_gate_configure(gate, &rules, 4);
    for (const char *name = "de"; *name != '\0'; name++)
        assert_true(take(gate, (char[]){*name, '\0'}, 1, NOW_US));
    limit_gate_counts(gate, &counts);
    assert_int_equal(counts.keys, 4);
    assert_int_equal(counts.crowded_out, 1);
    limit_gate_configure(gate, &rules, 1);
    limit_gate_counts(gate, &counts);
    assert_int_equal(counts.keys, 1);
    assert_int_equal(counts.crowded_out, 4);
    assert_int_equal(used(gate, "e", &list[0]), 1);
    limit_gate_free(gate);
}

static void buckets_too(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 60, MINUTE_US, LIMIT_DEFER)};
    list[0].window = LIMIT_BUCKET;
    list[0].burst = 5;
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
    assert_true(take(gate, "a", 5, NOW_US));
    assert_false(take(gate, "a", 1, NOW_US));
    assert_true(take(gate, "a", 1, NOW_US + 1000000));
    assert_false(take(gate, "a", 6, NOW_US + HOUR_US));
    limit_gate_free(gate);
}

/* However long, two logins are two. */
static void long_logins(void **state)
{
    (void)state;
    static char one[5000], other[5000];
    memset(one, 'x', sizeof(one) - 1);
    memset(other, 'x', sizeof(other) - 1);
    other[4990] = 'y';
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 1, HOUR_US, LIMIT_DEFER)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 1}, 100);
    assert_true(take(gate, one, 1, NOW_US));
    assert_true(take(gate, other, 1, NOW_US));
    assert_false(take(gate, one, 1, NOW_US));
    limit_gate_free(gate);
}

static void swept(void **state)
{
    (void)state;
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 10, HOUR_US, LIMIT_DEFER),
                                rule(LIMIT_LOGIN, 0, DAY_US, LIMIT_WARN),
                                rule(LIMIT_LOGIN, 10, 0, LIMIT_DEFER)};
    struct limit_gate *gate = limit_gate_new(&(struct limit_rules){list, 3}, 2);
    struct limit_gate_counts counts;
    assert_true(take(gate, "a", 1, NOW_US));
    assert_true(take(gate, "b", 1, NOW_US));
    assert_true(take(gate, "c", 1, NOW_US));
    limit_gate_counts(gate, &counts);
    assert_int_equal(counts.keys, 2);
    assert_int_equal(counts.crowded_out, 1);
    assert_int_equal(limit_gate_sweep(gate, NOW_US + MINUTE_US), 0);
    assert_int_equal(limit_gate_sweep(gate, NOW_US + 2 * HOUR_US), 2);
    limit_gate_counts(gate, &counts);
    assert_int_equal(counts.keys, 0);
    limit_gate_free(gate);
}

static void put_back(void *context, size_t group, struct slice key, const union meter *meters)
{
    struct limit_gate *to = context;
    const union meter *row[] = {meters};
    limit_gate_restore(to, group, key, row, NOW_US);
}

/* A tenth of the burst is left to whose number is lower than the rule's: his row stays until his
 * bucket is full, after a restart too. */
static void who_has_less_is_not_swept(void **state)
{
    (void)state;
    static const struct limit_level levels[] = {{LIMIT_OF_DOMAIN, {"small.test", 10}, 20}};
    struct limit_rule list[] = {rule(LIMIT_LOGIN, 500, HOUR_US, LIMIT_DEFER)};
    list[0].window = LIMIT_BUCKET;
    list[0].burst = 100;
    list[0].levels = levels;
    list[0].level_count = 1;
    const struct limit_rules rules = {list, 1};
    struct limit_gate *gate = limit_gate_new(&rules, 100), *later = limit_gate_new(&rules, 100);
    const struct limit_subject who = {.login = TEXT("a"), .login_domain = TEXT("small.test")};
    const struct limit_load load = {.messages = 1, .recipients = 90};
    limit_gate_count(gate, &who, &load, NOW_US);
    limit_gate_watch(gate, put_back, later);
    limit_gate_count(gate, &who, &(struct limit_load){0}, NOW_US);
    assert_int_equal(limit_gate_sweep(gate, NOW_US), 0);
    assert_int_equal(limit_gate_used(gate, &who, &list[0], NOW_US), 90);
    assert_int_equal(limit_gate_used(later, &who, &list[0], NOW_US), 90);
    assert_int_equal(limit_gate_sweep(gate, NOW_US + 4 * HOUR_US), 0);
    assert_int_equal(limit_gate_used(gate, &who, &list[0], NOW_US + 4 * HOUR_US), 10);
    assert_int_equal(limit_gate_sweep(gate, NOW_US + 5 * HOUR_US), 1);
    limit_gate_free(gate);
    limit_gate_free(later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_all_or_by_none),
        cmocka_unit_test(a_look_counts_nothing),
        cmocka_unit_test(who_is_counted_apart),
        cmocka_unit_test(whom_it_does_not_concern),
        cmocka_unit_test(units),
        cmocka_unit_test(one_message),
        cmocka_unit_test(whose_number_holds),
        cmocka_unit_test(what_is_done),
        cmocka_unit_test(when_to_try_again),
        cmocka_unit_test(given_back),
        cmocka_unit_test(a_reload),
        cmocka_unit_test(another_number_of_keys),
        cmocka_unit_test(buckets_too),
        cmocka_unit_test(long_logins),
        cmocka_unit_test(swept),
        cmocka_unit_test(who_has_less_is_not_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
