/* SPDX-License-Identifier: Apache-2.0
 *
 * Which signs make which step: the gate of volume, the families, the bounds of what one sign buys.
 */
#include "watch/hijack_score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* An account with a past, four times above its normal, and nothing else. */
#define LOUD_AT(hour_, day_, normal_hour_, normal_day_) \
    .has_past = true, .hour = hour_, .day = day_, .normal_hour = normal_hour_, \
    .normal_day = normal_day_, .recipients = 200, .addresses = 200, .new_addresses = 200, \
    .new_domains = 200
#define LOUD LOUD_AT(200, 200, 50, 100)
#define CLIENTS .foreign = 200, .networks = 9
#define DEAD .tried = 200, .dead = 90
#define SENDERS .senders = 30, .new_sender_domains = 9

static const struct {
    const char *name;
    struct hijack_facts facts;
    enum hijack_step step;
    unsigned families;
} rows[] = {
    {"nothing", {.normal_hour = 50, .normal_day = 100}, HIJACK_NONE, 0},
    {"a campaign: loud, everybody new, of one size, by night",
     {LOUD, .odd = 200, .sized = 200, .size_spread = 0},
     HIJACK_NONE,
     0},
    {"one new client", {LOUD, .foreign = 200, .networks = 1}, HIJACK_HOLD, 1},
    {"many new clients", {LOUD, CLIENTS}, HIJACK_HOLD, 1},
    {"dead addresses", {LOUD, DEAD}, HIJACK_HOLD, 1},
    {"dead addresses, as ever", {LOUD, DEAD, .usual_dead = 0.4}, HIJACK_NONE, 0},
    {"four dead ones", {LOUD, .tried = 4, .dead = 4}, HIJACK_NONE, 0},
    {"clients and dead addresses", {LOUD, CLIENTS, DEAD}, HIJACK_SUSPEND, 2},
    {"clients, dead addresses and senders", {LOUD, CLIENTS, DEAD, SENDERS}, HIJACK_SUSPEND, 3},
    {"the same, at the normal",
     {LOUD_AT(200, 200, 200, 200), CLIENTS, DEAD, SENDERS},
     HIJACK_NONE,
     0},
    {"few by new clients, the rest by its own",
     {LOUD, .foreign = 20, .networks = 1},
     HIJACK_NONE,
     0},
    {"a newcomer's first client",
     {.hour = 400,
      .day = 400,
      .normal_hour = 100,
      .normal_day = 200,
      .recipients = 400,
      .foreign = 400,
      .networks = 1},
     HIJACK_NONE,
     0},
    {"new countries, by networks that it knows",
     {LOUD, .abroad = 200, .countries = 2, .has_countries = true},
     HIJACK_HOLD,
     1},
    {"a new country, and a network in it: one family",
     {LOUD, .foreign = 200, .networks = 1, .abroad = 200, .countries = 1, .has_countries = true},
     HIJACK_HOLD,
     1},
    {"countries of an account whose own nobody knows", {LOUD, .abroad = 200, .countries = 2}, 0, 0},
    {"as fast as nobody travels, by what was sent at home",
     {LOUD, .has_countries = true, .where = {.from = 1, .to = 2, .minutes = 9}},
     HIJACK_NONE,
     0},
    {"as fast as nobody travels, of a newcomer",
     {.hour = 400,
      .day = 400,
      .normal_hour = 100,
      .normal_day = 200,
      .recipients = 400,
      .where = {.from = 1, .to = 2, .minutes = 9}},
     HIJACK_SLOW,
     1},
    {"the same, at the normal",
     {.hour = 100,
      .day = 100,
      .normal_hour = 100,
      .normal_day = 200,
      .where = {.from = 1, .to = 2, .minutes = 9}},
     HIJACK_NONE,
     0},
    {"by the day", {LOUD_AT(5, 400, 50, 100), CLIENTS, DEAD}, HIJACK_SUSPEND, 2},
};

static void steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hijack_verdict verdict = {0};
        CLEANUP_BUF struct buf text = {0};
        hijack_judge(&hijack_rule_default, &rows[i].facts, &verdict);
        hijack_verdict_text(&verdict, &text);
        if (verdict.step != rows[i].step || verdict.families != rows[i].families)
            fail_msg("%s: %s, %u families", rows[i].name, buf_str(&text), verdict.families);
    }
}

static void evidence_is_sorted_and_sums_to_the_score(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hijack_verdict verdict = {0};
        double sum = 0;
        hijack_judge(&hijack_rule_default, &rows[i].facts, &verdict);
        for (size_t k = 0; k < verdict.evidence_count; k++) {
            sum += verdict.evidence[k].points;
            assert_true(k == 0 || verdict.evidence[k - 1].points >= verdict.evidence[k].points);
        }
        assert_true(sum - verdict.score < 1e-9 && verdict.score - sum < 1e-9);
    }
}

static void a_sign_without_points_says_nothing(void **state)
{
    (void)state;
    struct hijack_rule rule = hijack_rule_default;
    struct hijack_facts facts = {LOUD, DEAD};
    struct hijack_verdict verdict = {0};
    rule.points[HIJACK_SIGN_DEAD] = 0;
    hijack_judge(&rule, &facts, &verdict);
    assert_int_equal(verdict.step, HIJACK_NONE);
    assert_int_equal(verdict.families, 0);
}

static void words(void **state)
{
    (void)state;
    enum hijack_step step;
    for (int i = 0; i < HIJACK_STEP_COUNT; i++) {
        assert_true(
            hijack_step_from_word(slice_from_str(hijack_step_word((enum hijack_step)i)), &step));
        assert_int_equal(step, i);
    }
    assert_false(hijack_step_from_word(SLICE("suspended"), &step));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps),
        cmocka_unit_test(evidence_is_sorted_and_sums_to_the_score),
        cmocka_unit_test(a_sign_without_points_says_nothing),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
