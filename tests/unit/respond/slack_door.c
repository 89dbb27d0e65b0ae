/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is let in: Slack's own example, every way to be wrong, and that nothing is let in twice,
 * whatever the clock and however many come.
 */
#include "respond/slack_door.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/hmac.h"

#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define STAMP_S INT64_C(1531420618)
#define BODY \
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=" \
    "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-" \
    "collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%" \
    "2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d" \
    "10d2c447fce8b6703c"
#define SIGNATURE "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

#define S INT64_C(1000000)

static enum slack_verdict judge(struct slack_door *door, const char *stamp, const char *signature,
                                const char *body, int64_t now_s)
{
    static const char *const words[] = {"another-secret-0123456789", SECRET};
    const struct slice secrets[] = {slice_from_str(words[0]), slice_from_str(words[1])};
    const struct slack_request request = {slice_from_str(stamp), slice_from_str(signature),
                                          slice_from_str(body)};
    size_t which = 77;
    enum slack_verdict verdict =
        slack_door_judge(door, &request, secrets, 2, now_s * S + 999999, &which);
    assert_int_equal(which, verdict == SLACK_VERDICT_TAKEN ? 1 : 77);
    return verdict;
}

/* As judge, of a body that is signed as it should be. */
static enum slack_verdict judge_signed(struct slack_door *door, int64_t stamp_s, const char *body,
                                       int64_t now_s)
{
    char stamp[24], hex[HMAC_SHA256_HEX + 1], signature[HMAC_SHA256_HEX + 4], text[200];
    snprintf(stamp, sizeof(stamp), "%lld", (long long)stamp_s);
    int len = snprintf(text, sizeof(text), "v0:%s:%s", stamp, body);
    hmac_sha256_hex(SLICE(SECRET), slice_of(text, (size_t)len), hex);
    snprintf(signature, sizeof(signature), "v0=%s", hex);
    return judge(door, stamp, signature, body, now_s);
}

/* https://api.slack.com/authentication/verifying-requests-from-slack */
static void the_example_of_slack(void **state)
{
    struct slack_door *door = slack_door_new((STAMP_S - 60) * S);
    (void)state;
    assert_int_equal(judge(door, "1531420618", SIGNATURE, BODY, STAMP_S + 3), SLACK_VERDICT_TAKEN);
    assert_int_equal(judge(door, "1531420618", SIGNATURE, BODY, STAMP_S + 3),
                     SLACK_VERDICT_REPLAYED);
    slack_door_free(door);
}

static const struct {
    const char *stamp, *signature, *body;
    int64_t after_s;
    enum slack_verdict verdict;
} wrong[] = {
    {"", SIGNATURE, BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"1531420618", "", BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"1531420618", "v0=", BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"1531420618", SIGNATURE "0", BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"1531420618", "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", BODY, 0,
     SLACK_VERDICT_UNSIGNED},
    {"1531420618", "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503v0=", BODY, 0,
     SLACK_VERDICT_UNSIGNED},
    {"1531420618x", SIGNATURE, BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"-1531420618", SIGNATURE, BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"99999999999999999999", SIGNATURE, BODY, 0, SLACK_VERDICT_UNSIGNED},
    {"1531420618", SIGNATURE, BODY, 301, SLACK_VERDICT_STALE},
    {"1531420618", SIGNATURE, BODY, -301, SLACK_VERDICT_STALE},
    {"0", SIGNATURE, BODY, 0, SLACK_VERDICT_STALE},
    {"1531420619", SIGNATURE, BODY, 0, SLACK_VERDICT_FORGED},
    {"01531420618", SIGNATURE, BODY, 0, SLACK_VERDICT_FORGED},
    {"1531420618", "v0=A2114D57B48EAC39B9AD189DD8316235A7B4A8D21A10BD27519666489C69B503", BODY, 0,
     SLACK_VERDICT_FORGED},
    {"1531420618", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b504", BODY, 0,
     SLACK_VERDICT_FORGED},
    {"1531420618", SIGNATURE, BODY "&", 0, SLACK_VERDICT_FORGED},
    {"1531420618", SIGNATURE, "", 0, SLACK_VERDICT_FORGED},
    {"1531420618", SIGNATURE, BODY, 300, SLACK_VERDICT_TAKEN},
    {"1531420618", SIGNATURE, BODY, -300, SLACK_VERDICT_TAKEN},
};

static void every_way_to_be_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct slack_door *door = slack_door_new((STAMP_S - 600) * S);
        enum slack_verdict verdict = judge(door, wrong[i].stamp, wrong[i].signature, wrong[i].body,
                                           STAMP_S + wrong[i].after_s);
        if (verdict != wrong[i].verdict)
            fail_msg("row %zu: %s", i, slack_verdict_word(verdict));
        slack_door_free(door);
    }
}

static void without_a_secret_nobody_is_let_in(void **state)
{
    struct slack_door *door = slack_door_new((STAMP_S - 60) * S);
    const struct slack_request request = {SLICE("1531420618"), SLICE(SIGNATURE), SLICE(BODY)};
    size_t which;
    (void)state;
    assert_int_equal(slack_door_judge(door, &request, NULL, 0, STAMP_S * S, &which),
                     SLACK_VERDICT_FORGED);
    slack_door_free(door);
}

static void what_is_older_than_the_door_stays_out(void **state)
{
    struct slack_door *door = slack_door_new(STAMP_S * S + 500000);
    (void)state;
    assert_int_equal(judge_signed(door, STAMP_S - 1, "a", STAMP_S + 1), SLACK_VERDICT_STALE);
    assert_int_equal(judge_signed(door, STAMP_S, "b", STAMP_S + 1), SLACK_VERDICT_TAKEN);
    slack_door_free(door);
}

/* A machine that starts with the clock of tomorrow lets people in once it is set right. */
static void a_door_of_tomorrow(void **state)
{
    struct slack_door *door = slack_door_new((STAMP_S + 86400) * S);
    (void)state;
    assert_int_equal(judge_signed(door, STAMP_S, "a", STAMP_S + 86400), SLACK_VERDICT_STALE);
    assert_int_equal(judge_signed(door, STAMP_S - 1, "b", STAMP_S), SLACK_VERDICT_STALE);
    assert_int_equal(judge_signed(door, STAMP_S, "c", STAMP_S), SLACK_VERDICT_TAKEN);
    assert_int_equal(judge_signed(door, STAMP_S, "c", STAMP_S), SLACK_VERDICT_REPLAYED);
    slack_door_free(door);
}

/* For all the time that a stamp is good, and when the clock is set back afterwards. */
static void nothing_is_let_in_twice_by_any_clock(void **state)
{
    static const int64_t moments[] = {0, 1, 299, 300, 301, 900, 301, 10, 0, -250};
    struct slack_door *door = slack_door_new((STAMP_S - 600) * S);
    char body[32];
    (void)state;
    assert_int_equal(judge_signed(door, STAMP_S, "it", STAMP_S), SLACK_VERDICT_TAKEN);
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        int64_t now_s = STAMP_S + moments[i];
        assert_int_not_equal(judge_signed(door, STAMP_S, "it", now_s), SLACK_VERDICT_TAKEN);
        snprintf(body, sizeof(body), "other %zu", i); /* makes the door forget what is old */
        (void)judge_signed(door, now_s, body, now_s);
    }
    slack_door_free(door);
}

/* The oldest makes room, and is not let in again. */
static void more_than_can_be_remembered(void **state)
{
    struct slack_door *door = slack_door_new((STAMP_S - 600) * S);
    char body[32];
    (void)state;
    for (int i = 0; i < 2 * SLACK_DOOR_MAX; i++) {
        snprintf(body, sizeof(body), "press %d", i);
        assert_int_equal(judge_signed(door, STAMP_S + i / 16, body, STAMP_S + i / 16),
                         SLACK_VERDICT_TAKEN);
    }
    for (int i = 0; i < 2 * SLACK_DOOR_MAX; i++) {
        snprintf(body, sizeof(body), "press %d", i);
        assert_int_not_equal(judge_signed(door, STAMP_S + i / 16, body, STAMP_S + 128),
                             SLACK_VERDICT_TAKEN);
    }
    slack_door_free(door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_slack),
        cmocka_unit_test(every_way_to_be_wrong),
        cmocka_unit_test(without_a_secret_nobody_is_let_in),
        cmocka_unit_test(what_is_older_than_the_door_stays_out),
        cmocka_unit_test(a_door_of_tomorrow),
        cmocka_unit_test(nothing_is_let_in_twice_by_any_clock),
        cmocka_unit_test(more_than_can_be_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
