/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lines a search brings home, in how many passes, and that its bounds hold.
 */
#include "watch/trace_search.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "watch/trace_fixture.h"

static size_t lines_of(const struct trace_found *found, const char *id)
{
    size_t count = 0;
    for (size_t i = 0; i < found->line_count; i++)
        count += slice_eq(found->lines[i].id, slice_from_str(id));
    return count;
}

static void only_lines_of_the_message_are_kept(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(&fixture, "bob@example.org", 20,
                      BORN("00", "A00000001", "a@x", "m1@x") BORN("00", "B00000001", "b@x", "m2@x")
                          TRIED("01", "A00000001", "bob@example.org", "sent", "250 ok")
                              TRIED("01", "B00000001", "rob@example.org", "sent", "250 ok")
                                  REMOVED("02", "A00000001") REMOVED("02", "B00000001"));
    const struct trace_found *found = &fixture.story.found;
    assert_int_equal(found->lines_read, 10);
    assert_int_equal(found->line_count, 5);
    assert_int_equal(lines_of(found, "A00000001"), 5);
    assert_int_equal(found->host_count, 1);
    trace_fixture_done(&fixture);
}

static void one_pass_is_enough_for_nothing(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(&fixture, "x@y", 20, BORN("00", "A00000001", "a@x", "m1@x"));
    assert_int_equal(fixture.passes, 1);
    assert_int_equal(fixture.story.message_count, 0);
    trace_fixture_done(&fixture);
}

/* Each hop's lines stand before those of the hop that leads to it. */
static void a_chain_is_followed_backwards(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    CLEANUP_BUF struct buf ids = {0};
    trace_fixture_run(
        &fixture, "C00000001", 20,
        BORN("00", "A00000001", "a@x", "m1@x") BORN("01", "B00000001", "a@x", "m1@x")
            BORN("02", "C00000001", "a@x", "m1@x")
                TRIED("02", "A00000001", "bob@y", "sent", "250 Ok: queued as B00000001")
                    TRIED("03", "B00000001", "bob@y", "sent", "250 Ok: queued as C00000001"));
    assert_int_equal(fixture.story.message_count, 1);
    trace_fixture_ids(&fixture.story.messages[0], &ids);
    assert_string_equal(buf_str(&ids), "A00000001 B00000001 C00000001");
    assert_true(fixture.passes <= 4);
    trace_fixture_done(&fixture);
}

static void an_endless_chain_ends(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    CLEANUP_BUF struct buf text = {0};
    for (unsigned i = 100; i > 1; i--) /* each line leads to an id of the line before it */
        buf_addf(&text,
                 LINE("00", "smtp") "A0000%04u: to=<r%u@y>, relay=mx[192.0.2.1]:25, delay=1, "
                                    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 queued as "
                                    "A0000%04u)\n",
                 i, i, i + 1);
    trace_fixture_run(&fixture, "r2@y", 20, buf_str(&text));
    assert_true(fixture.passes <= 8);
    assert_true(fixture.story.found.incomplete);
    assert_int_equal(fixture.story.message_count, 1);
    trace_fixture_done(&fixture);
}

static void a_loop_of_ids_ends(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    trace_fixture_run(
        &fixture, "bob@y", 20,
        TRIED("00", "A00000001", "bob@y", "sent", "250 Ok: queued as B00000001")
            TRIED("00", "B00000001", "bob@y", "sent", "250 Ok: queued as A00000001")
                TRIED("01", "C00000001", "bob@y", "sent", "250 Ok: queued as C00000001"));
    assert_true(fixture.passes <= 3);
    assert_int_equal(fixture.story.message_count, 2);
    trace_fixture_done(&fixture);
}

static void the_newest_refusals_are_kept(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    CLEANUP_BUF struct buf text = {0};
    for (unsigned i = 0; i < 5000; i++)
        buf_addf(&text,
                 "2026-03-02T%02u:%02u:%02u+00:00 relay1 postfix/smtpd[1]: NOQUEUE: reject: RCPT "
                 "from pc[192.0.2.7]: 550 5.1.1 no %u; from=<a@x> to=<bob@y> proto=SMTP helo=<h>\n",
                 i / 3600, i / 60 % 60, i % 60, i);
    trace_fixture_run(&fixture, "bob@y", 7, buf_str(&text));
    const struct story *story = &fixture.story;
    assert_int_equal(story->refusal_count, 7);
    assert_int_equal(story->refusals_before, 4993);
    assert_true(slice_eq(story->refusals[6].reply, SLICE("no 4999")));
    trace_fixture_done(&fixture);
}

static void the_newest_messages_are_told(void **state)
{
    (void)state;
    struct trace_fixture fixture;
    CLEANUP_BUF struct buf text = {0};
    for (unsigned i = 0; i < 3000; i++)
        buf_addf(&text,
                 "2026-03-02T%02u:%02u:%02u+00:00 relay1 postfix/qmgr[1]: A%08u: from=<a@x>, "
                 "size=1, nrcpt=1 (queue active)\n",
                 i / 3600, i / 60 % 60, i % 60, i);
    trace_fixture_run(&fixture, "a@x", 5, buf_str(&text));
    const struct story *story = &fixture.story;
    assert_int_equal(story->message_count, 5);
    assert_int_equal(story->messages_before, 2995);
    assert_true(slice_eq(story->messages[4].hops[0]->queue_id, SLICE("A00002999")));
    trace_fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_lines_of_the_message_are_kept),
        cmocka_unit_test(one_pass_is_enough_for_nothing),
        cmocka_unit_test(a_chain_is_followed_backwards),
        cmocka_unit_test(an_endless_chain_ends),
        cmocka_unit_test(a_loop_of_ids_ends),
        cmocka_unit_test(the_newest_refusals_are_kept),
        cmocka_unit_test(the_newest_messages_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
