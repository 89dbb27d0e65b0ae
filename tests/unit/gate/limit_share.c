/* SPDX-License-Identifier: Apache-2.0
 *
 * A gate whose limits are counted elsewhere: what it is asked and shows, and the part of a relay
 * when nobody can be asked.
 */
#include "gate/limit_gate.h"

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

static const struct limit_level levels[] = {{LIMIT_OF_DOMAIN, STILL("small.test"), 2}};
static const struct limit_rule rules[] = {
    {.name = STILL("hour"),
     .key = LIMIT_LOGIN,
     .count = 500,
     .within_us = HOUR_US,
     .action = LIMIT_DEFER,
     .levels = levels,
     .level_count = 1},
    {.name = STILL("once"), .key = LIMIT_LOGIN, .count = 300, .action = LIMIT_REJECT},
    {.name = STILL("bucket"),
     .unit = LIMIT_MESSAGES,
     .window = LIMIT_BUCKET,
     .count = 3600,
     .burst = 9,
     .within_us = HOUR_US,
     .action = LIMIT_DEFER},
};

struct elsewhere {
    bool knows, waits;
    uint32_t relays;
    unsigned asked;
    bool counts;
};

static bool ask(void *context, const struct limit_question *question, uint32_t *relays,
                struct limit_answer *out)
{
    struct elsewhere *elsewhere = context;
    elsewhere->asked++;
    elsewhere->counts = question->counts;
    *relays = elsewhere->relays;
    if (elsewhere->knows)
        *out = (struct limit_answer){
            .now_us = question->now_us, .passes = true, .waits = elsewhere->waits};
    return elsewhere->knows;
}

static struct limit_gate *new_gate(void)
{
    return limit_gate_new(&(struct limit_rules){rules, sizeof(rules) / sizeof(rules[0])}, 100);
}

static struct limit_answer judge(struct limit_gate *gate, const struct limit_subject *who,
                                 uint32_t recipients)
{
    struct limit_answer answer;
    const struct limit_load load = {.messages = 1, .recipients = recipients};
    limit_gate_judge(gate, who, &load, true, NOW_US, &answer);
    return answer;
}

static void asked_elsewhere(void **state)
{
    (void)state;
    struct limit_gate *gate = new_gate();
    const struct limit_subject who = {.login = SLICE("a")};
    struct elsewhere elsewhere = {.knows = true, .waits = true, .relays = 3};
    limit_gate_elsewhere(gate, ask, &elsewhere);
    assert_true(judge(gate, &who, 299).waits);
    elsewhere.waits = false;
    for (int i = 0; i < 20; i++)
        assert_true(judge(gate, &who, 299).passes);
    assert_int_equal(elsewhere.asked, 21);
    assert_true(elsewhere.counts);
    assert_int_equal(limit_gate_used(gate, &who, &rules[0], NOW_US),
                     0); /* nothing is counted here */
    limit_gate_elsewhere(gate, NULL, NULL);
    assert_true(judge(gate, &who, 300).passes);
    assert_int_equal(elsewhere.asked, 21);
    limit_gate_free(gate);
}

/* Rounded down, but 1 at least; of a message by itself the number is whole. */
static void the_part_of_a_relay(void **state)
{
    (void)state;
    struct limit_gate *gate = new_gate();
    const struct limit_subject who = {.login = SLICE("a")},
                               small = {.login = SLICE("b@small.test"),
                                        .login_domain = SLICE("small.test")};
    struct elsewhere elsewhere = {.relays = 3};
    limit_gate_elsewhere(gate, ask, &elsewhere);
    struct limit_answer answer = judge(gate, &who, 167);
    assert_false(answer.passes);
    assert_int_equal(answer.sternest.most, 166);
    assert_true(judge(gate, &who, 166).passes);
    assert_false(judge(gate, &who, 1).passes);
    assert_true(judge(gate, &small, 1).passes);
    assert_false(judge(gate, &small, 1).passes);
    answer = judge(gate, &who, 301);
    assert_int_equal(answer.sternest.most, 300);
    elsewhere.relays = 1;
    assert_true(judge(gate, &who, 299).passes);
    assert_false(judge(gate, &who, 36).passes);
    limit_gate_free(gate);
}

static void the_part_of_a_bucket(void **state)
{
    (void)state;
    struct limit_gate *gate = new_gate();
    const struct limit_subject who = {.login = SLICE("")};
    struct elsewhere elsewhere = {.relays = 3};
    limit_gate_elsewhere(gate, ask, &elsewhere);
    for (int i = 0; i < 3; i++)
        assert_true(judge(gate, &who, 1).passes);
    assert_false(judge(gate, &who, 1).passes);
    limit_gate_free(gate);
}

/* What passed elsewhere is counted here for the part, and given back like any. */
static void counted_here_too(void **state)
{
    (void)state;
    struct limit_gate *gate = new_gate();
    const struct limit_subject who = {.login = SLICE("a")};
    const struct limit_load load = {.messages = 1, .recipients = 400};
    struct elsewhere elsewhere = {.relays = 2};
    limit_gate_count(gate, &who, &load, NOW_US);
    assert_int_equal(limit_gate_used(gate, &who, &rules[0], NOW_US), 400);
    limit_gate_elsewhere(gate, ask, &elsewhere);
    assert_false(judge(gate, &who, 1).passes);
    limit_gate_give_back(gate, &who, &load, NOW_US, NOW_US);
    assert_true(judge(gate, &who, 250).passes);
    limit_gate_free(gate);
}

struct shown {
    size_t count;
    struct limit_demand demands[4];
    char keys[4][40];
};

static void see(void *context, const struct limit_demand *demand)
{
    struct shown *shown = context;
    assert_in_range(shown->count, 0, 3);
    if (demand->key.len > 0)
        memcpy(shown->keys[shown->count], demand->key.ptr, demand->key.len);
    shown->demands[shown->count++] = *demand;
}

static void what_is_shown(void **state)
{
    (void)state;
    struct limit_gate *gate = new_gate();
    const struct limit_subject who = {.login = SLICE("b@small.test"),
                                      .login_domain = SLICE("small.test"),
                                      .relays = 3}; /* and yet it is shown whole */
    const struct limit_load load = {.messages = 1, .recipients = 301};
    struct shown shown = {0};
    struct limit_answer answer;
    limit_gate_ask(gate, &who, &load, &(struct limit_asker){NOW_US, see, &shown}, &answer);
    assert_int_equal(shown.count, 2);
    assert_ptr_equal(shown.demands[0].rule, &rules[0]);
    assert_int_equal(shown.demands[0].parts, LIMIT_LOGIN);
    assert_int_equal(shown.demands[0].plan.limit, 2);
    assert_int_equal(shown.demands[0].wanted, 301);
    assert_string_equal(shown.keys[0], "b@small.test");
    assert_int_equal(shown.demands[1].plan.burst, 9);
    assert_int_equal(shown.demands[1].wanted, 1);
    assert_false(answer.passes);
    assert_ptr_equal(answer.sternest.rule, &rules[1]);
    limit_gate_free(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_elsewhere),      cmocka_unit_test(the_part_of_a_relay),
        cmocka_unit_test(the_part_of_a_bucket), cmocka_unit_test(counted_here_too),
        cmocka_unit_test(what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
