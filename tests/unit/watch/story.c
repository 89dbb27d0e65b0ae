/* SPDX-License-Identifier: Apache-2.0
 *
 * Stories: what belongs together, what does not, and the final words. tests/e2e/test_trace.py has
 * the same through the program, with many more cases.
 */
#include "watch/story.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "watch/trace_fixture.h"

static const struct story_message *only(const struct trace_fixture *fixture)
{
    assert_int_equal(fixture->story.message_count, 1);
    return &fixture->story.messages[0];
}

static void assert_ids(const struct story_message *message, const char *wanted)
{
    CLEANUP_BUF struct buf ids = {0};
    trace_fixture_ids(message, &ids);
    assert_string_equal(buf_str(&ids), wanted);
}

static void assert_outcome(const struct trace_fixture *fixture, enum story_outcome outcome)
{
    assert_int_equal(only(fixture)->recipient_count, 1);
    assert_int_equal(only(fixture)->recipients[0]->outcome, outcome);
}

static void a_used_again_id_begins_another_message(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(
        &fixture, "A00000001", 20,
        BORN("00", "A00000001", "a@x", "m1@x") TRIED("01", "A00000001", "bob@y", "sent", "250 ok")
            REMOVED("02", "A00000001") BORN("03", "A00000001", "b@x", "m2@x")
                TRIED("04", "A00000001", "rob@y", "sent", "250 ok") REMOVED("05", "A00000001"));
    assert_int_equal(fixture.story.message_count, 2);
    assert_true(slice_eq(fixture.story.messages[0].from, SLICE("a@x")));
    assert_true(slice_eq(fixture.story.messages[1].from, SLICE("b@x")));
    trace_fixture_done(&fixture);
}

/* `removed` brought by syslog before the delivery of the same second. */
static void a_late_line_belongs_to_the_ended_message(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(&fixture, "A00000001", 20,
                      BORN("00", "A00000001", "a@x", "m1@x") REMOVED("02", "A00000001")
                          TRIED("02", "A00000001", "bob@y", "sent", "250 ok"));
    assert_outcome(&fixture, STORY_OUTCOME_ACCEPTED);
    trace_fixture_done(&fixture);
}

/* Another server may name any id it likes. */
static void a_foreign_queued_as_joins_nothing(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(&fixture, "bob@y", 20,
                      BORN("00", "A00000001", "a@x", "m1@x") BORN("00", "B00000001", "b@x", "m2@x")
                          TRIED("01", "A00000001", "bob@y", "sent", "250 queued as B00000001")
                              TRIED("02", "B00000001", "rob@y", "bounced", "no"));
    assert_ids(only(&fixture), "A00000001");
    assert_outcome(&fixture, STORY_OUTCOME_ACCEPTED);
    trace_fixture_done(&fixture);
}

static void two_hosts_with_one_id_are_two_messages(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(
        &fixture, "A00000001", 20,
        LINE("00", "qmgr") "A00000001: from=<a@x>, size=1, nrcpt=1 (queue active)\n" LINE_OF(
            "00", "relay2", "qmgr") "A00000001: from=<b@x>, size=1, nrcpt=1 "
                                    "(queue active)\n");
    assert_int_equal(fixture.story.message_count, 2);
    trace_fixture_done(&fixture);
}

static void a_recipient_sees_his_own_part(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(&fixture, "bob@y", 20,
                      BORN("00", "A00000001", "a@x", "m1@x")
                          TRIED("01", "A00000001", "bob@y", "deferred", "later")
                              TRIED("01", "A00000001", "rob@y", "sent", "250 ok")
                                  TRIED("02", "A00000001", "bob@y", "deferred", "later"));
    assert_outcome(&fixture, STORY_OUTCOME_WAITING);
    assert_int_equal(only(&fixture)->others, 1);
    assert_int_equal(only(&fixture)->recipients[0]->attempts, 2);
    for (size_t i = 0; i < only(&fixture)->step_count; i++)
        assert_false(slice_eq(only(&fixture)->steps[i]->to, SLICE("rob@y")));
    trace_fixture_done(&fixture);
}

static void steps_are_in_order_of_time(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(&fixture, "bob@y", 20,
                      TRIED("09", "A00000001", "bob@y", "sent", "250 ok")
                          TRIED("05", "A00000001", "bob@y", "deferred", "later")
                              BORN("01", "A00000001", "a@x", "m1@x"));
    const struct story_message *message = only(&fixture);
    for (size_t i = 1; i < message->step_count; i++)
        assert_true(message->steps[i - 1]->time_us <= message->steps[i]->time_us);
    assert_outcome(&fixture, STORY_OUTCOME_ACCEPTED);
    trace_fixture_done(&fixture);
}

static void each_kind_of_end_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum story_outcome outcome;
    } cases[] = {
        {REMOVED("05", "A00000001"), STORY_OUTCOME_LOST},
        {LINE("05", "postsuper") "A00000001: removed\n", STORY_OUTCOME_DELETED},
        {LINE("05", "postsuper") "A00000001: placed on hold\n", STORY_OUTCOME_HELD},
        {LINE("05", "qmgr") "A00000001: from=<a@x>, status=expired, returned to sender\n",
         STORY_OUTCOME_EXPIRED},
        {TRIED("05", "A00000001", "bob@y", "bounced", "no"), STORY_OUTCOME_REFUSED},
        {TRIED("05", "A00000001", "bob@y", "deferred", "later"), STORY_OUTCOME_WAITING},
        {"", STORY_OUTCOME_WAITING},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trace_fixture fixture;
        CLEANUP_BUF struct buf text = {0};
        buf_add_str(&text, BORN("00", "A00000001", "a@x", "m1@x")
                               TRIED("01", "A00000001", "bob@y", "deferred", "later"));
        buf_add_str(&text, cases[i].line);
        trace_fixture_run(&fixture, "bob@y", 20, buf_str(&text));
        assert_outcome(&fixture, cases[i].outcome);
        trace_fixture_done(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_used_again_id_begins_another_message),
        cmocka_unit_test(a_late_line_belongs_to_the_ended_message),
        cmocka_unit_test(a_foreign_queued_as_joins_nothing),
        cmocka_unit_test(two_hosts_with_one_id_are_two_messages),
        cmocka_unit_test(a_recipient_sees_his_own_part),
        cmocka_unit_test(steps_are_in_order_of_time),
        cmocka_unit_test(each_kind_of_end_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
