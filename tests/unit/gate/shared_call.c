/* SPDX-License-Identifier: Apache-2.0
 *
 * A message as a call of the script: its words, its keys, and what its answer says of the rules;
 * answers that are none.
 */
#include "gate/shared_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define NOW_US (INT64_C(1790000000) * 1000000)
#define STILL(text) \
    { \
        text, sizeof(text) - 1 \
    } /* in a table */

static const struct limit_rule rules[] = {
    {.name = STILL("hour"),
     .key = LIMIT_LOGIN,
     .count = 500,
     .within_us = HOUR_US,
     .action = LIMIT_DEFER},
    {.name = STILL("day"),
     .key = LIMIT_LOGIN,
     .count = 2000,
     .within_us = 24 * HOUR_US,
     .action = LIMIT_HOLD},
    {.name = STILL("alike"),
     .key = LIMIT_LOGIN,
     .count = 400,
     .within_us = HOUR_US,
     .action = LIMIT_REJECT,
     .shadow = true},
    {.name = STILL("once"),
     .key = LIMIT_LOGIN,
     .unit = LIMIT_RECIPIENTS,
     .count = 100,
     .action = LIMIT_REJECT},
    {.name = STILL("bucket"),
     .key = LIMIT_SENDER_DOMAIN | LIMIT_CLIENT,
     .unit = LIMIT_MESSAGES,
     .window = LIMIT_BUCKET,
     .count = 60,
     .burst = 10,
     .within_us = HOUR_US,
     .action = LIMIT_REJECT},
    {.name = STILL("class"),
     .key = LIMIT_CLASS,
     .count = 1,
     .within_us = HOUR_US,
     .action = LIMIT_REJECT},
};

struct fixture {
    struct limit_gate *gate;
    struct shared_call call;
    struct limit_subject who;
    struct limit_load load;
    struct limit_answer answer;
};

static void make(struct fixture *fixture, uint32_t recipients)
{
    *fixture = (struct fixture){
        .gate = limit_gate_new(&(struct limit_rules){rules, sizeof(rules) / sizeof(rules[0])}, 100),
        .who = {.login = SLICE("t a*ro@jp.test"), .sender_domain = SLICE("jp.test")},
        .load = {.messages = 1, .recipients = recipients, .bytes = 2049}};
    assert_true(ip_address_parse(SLICE("192.0.2.7"), &fixture->who.client));
    const struct shared_message message = {.prefix = SLICE("p:"),
                                           .relay = SLICE("10.0.0.1"),
                                           .instance = SLICE("a.1:2"),
                                           .who = &fixture->who,
                                           .load = &fixture->load,
                                           .total = fixture->load,
                                           .now_us = NOW_US};
    shared_call_make(&fixture->call, fixture->gate, &message, &fixture->answer);
}

static void done(struct fixture *fixture)
{
    shared_words_done(&fixture->call.words);
    limit_gate_free(fixture->gate);
}

static void words_of_a_message(void **state)
{
    static const char *const expected[] = {
        "p:i:10.0.0.1:a.1%3A2",
        "p:m:01:t%20a%2Aro@jp.test",
        "p:m:06:jp.test%0A192.0.2.7%0A",
        "charge",
        "1500",
        "3600000",
        "1",
        "7",
        "1",
        "3",
        "0",
        "3",
        "95041001",
        "1",
        "601001",
        "rw3600000000",
        "1",
        "W",
        "500",
        "0",
        "360000000",
        "rw86400000000",
        "1",
        "w",
        "2000",
        "0",
        "8640000000",
        "rw3600000000#1",
        "1",
        "w",
        "400",
        "0",
        "360000000",
        "mb3600000000",
        "2",
        "B",
        "60",
        "10",
        "3600000000",
    };
    struct slice words[SHARED_WORDS_MAX];
    CLEANUP_BUF struct buf number = {0};
    struct fixture fixture;
    (void)state;
    make(&fixture, 7);
    size_t count = shared_words_list(&fixture.call.words, SHARED_CHARGE, 1500, &number, words);
    assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < count; i++)
        if (!slice_eq(words[i], slice_from_str(expected[i])))
            fail_msg("%zu: %.*s, expected %s", i, SLICE_ARG(words[i]), expected[i]);
    assert_int_equal(fixture.call.words.keys.count, 3);
    assert_true(fixture.answer.passes && !fixture.answer.over);
    done(&fixture);
}

/* What is about the message alone is known without Redis. */
static void a_message_by_itself(void **state)
{
    struct fixture fixture;
    (void)state;
    make(&fixture, 101);
    assert_false(fixture.answer.passes);
    assert_true(slice_eq(fixture.answer.sternest.rule->name, SLICE("once")));
    done(&fixture);
}

static void put_number(char *at, size_t bytes, uint64_t number)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (char)(number >> (8 * i));
}

/* Redis' clock is ten minutes ahead of ours. */
static void what_is_over(void **state)
{
    static const int64_t ahead_us = INT64_C(600000000);
    char window[52] = {0}, bucket[8];
    uint64_t part = (uint64_t)(NOW_US + ahead_us) / (uint64_t)(HOUR_US / 10);
    struct fixture fixture;
    (void)state;
    make(&fixture, 7);
    put_number(window, 8, part);
    put_number(window + 8, 4, 20);       /* in the part that runs */
    put_number(window + 8 + 12, 4, 475); /* three before it */
    put_number(bucket, 8, (uint64_t)(NOW_US + ahead_us + HOUR_US / 6));
    const struct shared_item items[] = {
        {.number = 0}, {.number = NOW_US + ahead_us},
        {.number = 0}, {true, 0, slice_of(window, sizeof(window))},
        {.number = 3}, {true, 0, slice_of(bucket, sizeof(bucket))},
    };
    assert_true(shared_call_read(&fixture.call, items, 6, &fixture.answer));
    assert_true(fixture.answer.over && !fixture.answer.passes);
    assert_int_equal(fixture.answer.hit_count, 2);
    const struct limit_hit *hour = &fixture.answer.hits[0], *stern = &fixture.answer.sternest;
    assert_true(slice_eq(hour->rule->name, SLICE("hour")));
    assert_int_equal(hour->used, 495);
    assert_int_equal(hour->most, 500);
    int64_t end_us = (int64_t)(part - 3 + METER_PARTS) * (HOUR_US / 10) - ahead_us;
    assert_int_equal(hour->room_us, end_us);
    assert_true(slice_eq(stern->rule->name, SLICE("bucket")));
    assert_int_equal(stern->used, 10);
    assert_int_equal(stern->room_us, NOW_US + HOUR_US / 60);
    done(&fixture);
}

static void answers_that_are_none(void **state)
{
    static const struct shared_item answers[][4] = {
        {{.number = 0}},
        {{.is_text = true, .text = STILL("1")}, {.number = NOW_US}},
        {{.number = 1}, {.number = -1}},
        {{.number = 1}, {.number = NOW_US}, {.number = 4}, {true, 0, STILL("")}},
        {{.number = 1}, {.number = NOW_US}, {.number = -1}, {true, 0, STILL("")}},
        {{.number = 1}, {.number = NOW_US}, {.number = 0}, {.number = 0}},
        {{.number = 1}, {.number = NOW_US}, {.number = 0}, {true, 0, STILL("12345678")}},
        {{.number = 1}, {.number = NOW_US}, {.number = 3}, {true, 0, STILL("1234567")}},
    };
    static const size_t counts[] = {1, 2, 2, 4, 4, 4, 4, 4};
    struct fixture fixture;
    (void)state;
    make(&fixture, 7);
    assert_false(shared_call_read(&fixture.call, answers[0], 0, &fixture.answer));
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        assert_false(shared_call_read(&fixture.call, answers[i], counts[i], &fixture.answer));
    assert_true(fixture.answer.passes && fixture.answer.hit_count == 0);
    done(&fixture);
}

/* Any bytes in the place of a meter end in numbers that can be said. */
static void meters_of_any_bytes(void **state)
{
    char window[52];
    struct fixture fixture;
    (void)state;
    make(&fixture, 7);
    for (unsigned seed = 0; seed < 1000; seed++) {
        struct limit_answer answer = fixture.answer;
        for (size_t i = 0; i < sizeof(window); i++)
            window[i] = (char)(seed * 2654435761u >> (i % 24) ^ seed % 7 * i);
        const struct shared_item items[] = {
            {.number = 0}, {.number = NOW_US},
            {.number = 0}, {true, 0, slice_of(window, 52)},
            {.number = 3}, {true, 0, slice_of(window, 8)},
        };
        assert_true(shared_call_read(&fixture.call, items, 6, &answer));
        assert_true(answer.hits[0].room_us > NOW_US && answer.hits[1].room_us > NOW_US);
    }
    done(&fixture);
}

/* Words of all keys, one key a line. */
struct forgotten {
    struct slice rule;
    struct buf text;
};

static void forget(void *context, const struct limit_group *group, struct slice key)
{
    struct forgotten *forgotten = context;
    CLEANUP_BUF struct buf number = {0};
    struct slice list[SHARED_WORDS_MAX];
    struct shared_words words;
    if (!shared_words_forget(&words, SLICE("p:"), group, key, forgotten->rule))
        return;
    size_t count = shared_words_list(&words, SHARED_FORGET, 0, &number, list);
    assert_int_equal(words.keys.count, 1);
    for (size_t i = 0; i < count; i++)
        buf_addf(&forgotten->text, "%.*s%c", SLICE_ARG(list[i]), i + 1 < count ? ' ' : '\n');
    shared_words_done(&words);
}

/* The login has its key whether or not something is counted here; others where there is a row. */
static void words_that_forget(void **state)
{
    static const struct limit_rule both[] = {
        {.name = STILL("hour"), .key = LIMIT_LOGIN, .count = 5, .within_us = HOUR_US},
        {.name = STILL("alike"), .key = LIMIT_LOGIN, .count = 4, .within_us = HOUR_US},
        {.name = STILL("once"), .key = LIMIT_LOGIN, .count = 9},
        {.name = STILL("zero"), .key = LIMIT_CLIENT, .count = 9, .within_us = HOUR_US},
        {.name = STILL("place"),
         .key = LIMIT_LOGIN | LIMIT_CLIENT,
         .count = 9,
         .within_us = HOUR_US},
    };
    static const struct {
        const char *rule, *words;
    } cases[] = {
        {"hour", "p:m:01:t%20a forget 0 rw3600000000\n"},
        {"alike", "p:m:01:t%20a forget 0 rw3600000000#1\n"},
        {"place", "p:m:05:t%20a%0A192.0.2.7%0A forget 0 rw3600000000\n"},
        {"once", ""},
        {"zero", ""},
        {"nothing", ""},
        {"", "p:m:01:t%20a forget 0 rw3600000000 rw3600000000#1\n"
             "p:m:05:t%20a%0A192.0.2.7%0A forget 0 rw3600000000\n"},
    };
    const struct limit_rules all = {both, sizeof(both) / sizeof(both[0])};
    const struct limit_load load = {1, 1, 0, 0};
    struct limit_gate *gate = limit_gate_new(&all, 100);
    struct limit_subject who = {.login = SLICE("t a")}, other = {.login = SLICE("t a2")};
    (void)state;
    assert_true(ip_address_parse(SLICE("192.0.2.7"), &who.client));
    other.client = who.client;
    limit_gate_count(gate, &who, &load, NOW_US);
    limit_gate_count(gate, &other, &load, NOW_US);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct forgotten forgotten = {.rule = slice_from_str(cases[i].rule)};
        limit_gate_keys(gate, who.login, forget, &forgotten);
        assert_string_equal(buf_str(&forgotten.text), cases[i].words);
        buf_done(&forgotten.text);
    }
    struct forgotten unseen = {.rule = SLICE("")};
    limit_gate_keys(gate, SLICE("new"), forget, &unseen);
    assert_string_equal(buf_str(&unseen.text), "p:m:01:new forget 0 rw3600000000 rw3600000000#1\n");
    buf_done(&unseen.text);
    limit_gate_free(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_a_message),  cmocka_unit_test(a_message_by_itself),
        cmocka_unit_test(what_is_over),        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(meters_of_any_bytes), cmocka_unit_test(words_that_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
