/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures: grouping, ratios that do not lie by rounding, durations, times, verdicts.
 */
#include "app/report_words.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "app/report_fixture.h"
#include "mail/stamp.h"

static void assert_reads(struct buf *text, const char *expected)
{
    assert_string_equal(buf_str(text), expected);
    buf_clear(text);
}

static void numbers(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    report_number(0, &text);
    assert_reads(&text, "0");
    report_number(999, &text);
    assert_reads(&text, "999");
    report_number(12345, &text);
    assert_reads(&text, "12,345");
    report_number(UINT64_MAX, &text);
    assert_reads(&text, "18,446,744,073,709,551,615");
    report_count(1, "message", &text);
    assert_reads(&text, "1 message");
    report_count(2000, "message", &text);
    assert_reads(&text, "2,000 messages");
}

static void percents(void **state)
{
    (void)state;
    static const struct {
        uint64_t part, whole;
        const char *text;
    } cases[] = {
        {0, 0, "-"},        {0, 5, "0 %"},           {5, 5, "100 %"},
        {1, 2, "50.0 %"},   {1, 3, "33.3 %"},        {99, 100, "99.00 %"},
        {1, 100, "1.00 %"}, {1, 1000000, "<0.01 %"}, {999999, 1000000, "99.99 %"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf CLEANUP_BUF text = {0};
        report_percent(cases[i].part, cases[i].whole, &text);
        assert_reads(&text, cases[i].text);
    }
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {-1, "0 s"},      {0, "0 s"},          {.04, "0.04 s"},     {1.26, "1.3 s"},
        {9.96, "10 s"},   {60, "60 s"},        {119.6, "2 min"},    {310, "5 min 10 s"},
        {1800, "30 min"}, {3599, "59 min"},    {3600, "1 h"},       {11520, "3 h 12 min"},
        {172800, "2 d"},  {187200, "2 d 4 h"}, {5 * 86400., "5 d"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf CLEANUP_BUF text = {0};
        report_duration(cases[i].seconds, &text);
        assert_reads(&text, cases[i].text);
    }
}

static void times(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    report_time(FIXTURE_START_US, STAMP_NONE, &text);
    assert_reads(&text, "2026-03-02 00:00");
    report_time(FIXTURE_START_US + 9 * FIXTURE_HOUR_US, FIXTURE_START_US, &text);
    assert_reads(&text, "09:00");
    report_time(FIXTURE_START_US - 1, FIXTURE_START_US, &text);
    assert_reads(&text, "2026-03-01 23:59");
    report_time(STAMP_NONE, FIXTURE_START_US, &text);
    assert_reads(&text, "-");
}

static void verdicts(void **state)
{
    (void)state;
    assert_int_equal(report_judge(29, 0, .99), REPORT_TOO_FEW);
    assert_int_equal(report_judge(100, 0, .99), REPORT_UNSURE);
    assert_int_equal(report_judge(10000, 10, .99), REPORT_MET);
    assert_int_equal(report_judge(900, 100, .99), REPORT_MISSED);
}

static void states(void **state)
{
    (void)state;
    struct summary *summary = report_fixture_calm();
    struct buf CLEANUP_BUF text = {0};
    assert_int_equal(report_state_of(summary), REPORT_WELL);
    summary->reachability_bad = summary->reachability_good;
    assert_int_equal(report_state_of(summary), REPORT_BEHIND);
    report_state_say(summary, &text);
    assert_reads(&text, "No incident is open, yet only 50.0 % of the recipients were reached: the "
                        "target is 99 %.");
    summary->attempts.total = 0;
    assert_int_equal(report_state_of(summary), REPORT_NO_MAIL);
    report_fixture_free(summary);
}

static void replies_inside_evidence(void **state)
{
    (void)state;
    struct slice reply = incident_reply(SLICE(
        "x postfix/smtp[1]: A: to=<a@b>, status=deferred (host m[1.2.3.4] said: 421 no (x))"));
    assert_true(slice_eq(reply, SLICE("host m[1.2.3.4] said: 421 no (x)")));
    assert_int_equal(incident_reply(SLICE("no delivery record")).len, 0);
    assert_int_equal(incident_reply(SLICE("to=<a>, status=sent")).len, 0);
}

static void unread_programs_most_first(void **state)
{
    (void)state;
    struct summary *summary = report_fixture_busy();
    const struct summary_program *found[2] = {NULL, NULL};
    assert_int_equal(report_unread_programs(summary, 2, found), 3);
    assert_int_equal(found[0]->unknown, 81204);
    assert_int_equal(found[1]->unknown, 3);
    report_fixture_free(summary);
}

static void odd_logins(void **state)
{
    (void)state;
    struct summary *summary = report_fixture_busy();
    static const char *const expected[] = {"unusual volume", "", "many bounces",
                                           "password guessing", ""};
    for (size_t i = 0; i < summary->login_count; i++)
        assert_string_equal(report_login_oddity(&summary->logins[i]), expected[i]);
    report_fixture_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(percents),
        cmocka_unit_test(durations),
        cmocka_unit_test(times),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(replies_inside_evidence),
        cmocka_unit_test(odd_logins),
        cmocka_unit_test(states),
        cmocka_unit_test(unread_programs_most_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
