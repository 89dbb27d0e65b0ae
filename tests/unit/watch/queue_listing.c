/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of `postqueue -j`: those of Postfix 3.7, and those that it would never write.
 */
#include "watch/queue_listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/civil.h"

#define LINE \
    "{\"queue_name\": \"deferred\", \"queue_id\": \"4jX2vK2WbVz1bY4J\", \"arrival_time\": " \
    "1772438462, \"message_size\": 2048, \"forced_expire\": true, \"sender\": \"a@c.example\", " \
    "\"recipients\": [{\"address\": \"u@y.test\", \"delay_reason\": \"host mx said: 450 " \
    "later\"}, " \
    "{\"address\": \"v@y.test\"}]}"

static void a_line_is_a_message(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct queued_mail mail;
    assert_true(queue_listing_line(SLICE(LINE), arena, &mail));
    assert_int_equal(mail.queue, MAIL_QUEUE_DEFERRED);
    assert_true(slice_eq(mail.queue_id, SLICE("4jX2vK2WbVz1bY4J")));
    assert_true(slice_eq(mail.sender, SLICE("a@c.example")));
    assert_int_equal(mail.arrival_us, INT64_C(1772438462) * US_PER_SECOND);
    assert_int_equal(mail.size, 2048);
    assert_true(mail.forced_expire);
    assert_int_equal(mail.recipient_count, 2);
    assert_true(slice_eq(mail.recipients[0].reason, SLICE("host mx said: 450 later")));
    assert_true(slice_eq(mail.recipients[1].address, SLICE("v@y.test")));
    assert_int_equal(mail.recipients[1].reason.len, 0);
    arena_free(arena);
}

static void what_older_and_later_ones_write(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct queued_mail mail;
    /* 3.1 has no forced_expire; showq calls the null sender MAILER-DAEMON. */
    assert_true(queue_listing_line(SLICE("{\"queue_name\":\"hold\",\"queue_id\":\"4F1A2B3C4D\","
                                         "\"sender\":\"MAILER-DAEMON\",\"recipients\":[]}"),
                                   arena, &mail));
    assert_int_equal(mail.queue, MAIL_QUEUE_HOLD);
    assert_int_equal(mail.sender.len, 0);
    assert_false(mail.forced_expire);
    assert_true(queue_listing_line(
        SLICE("{\"queue_name\":\"new\",\"queue_id\":\"X\",\"later\":{\"a\":[1]}}"), arena, &mail));
    assert_int_equal(mail.queue, MAIL_QUEUE_OTHER);
    assert_int_equal(mail.recipient_count, 0);
    arena_free(arena);
}

static void what_is_no_line_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "Mail queue is empty",
        "{",
        "[]",
        "{}",
        "{\"queue_id\": \"\"}",
        "{\"queue_id\": 7}",
        "{\"queue_id\": \"X\", \"arrival_time\": \"now\"}",
        "{\"queue_id\": \"X\", \"arrival_time\": -1}",
        "{\"queue_id\": \"X\", \"arrival_time\": 999999999999999}",
        "{\"queue_id\": \"X\", \"message_size\": -1}",
        "{\"queue_id\": \"X\", \"recipients\": {}}",
        "{\"queue_id\": \"X\", \"recipients\": [\"u@y.test\"]}",
        "{\"queue_id\": \"X\", \"recipients\": [{\"address\": 1}]}",
        "{\"queue_id\": \"X\", \"queue_id\": \"Y\"}",
    };
    struct arena *arena = arena_new(1024);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct queued_mail mail;
        assert_false(queue_listing_line(slice_from_str(lines[i]), arena, &mail));
    }
    arena_free(arena);
}

/* Bytes that are not UTF-8 are no reason to lose the message; long reasons are cut. */
static void foreign_bytes_and_long_texts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024);
    struct queued_mail mail;
    assert_true(
        queue_listing_line(SLICE("{\"queue_id\":\"X\",\"sender\":\"\xff@y.test\"}"), arena, &mail));
    assert_true(slice_eq(mail.sender, SLICE("\xef\xbf\xbd@y.test")));
    CLEANUP_BUF struct buf line = {0};
    buf_add_str(&line,
                "{\"queue_id\":\"X\",\"recipients\":[{\"address\":\"u\",\"delay_reason\":\"");
    for (size_t i = 0; i < 100000; i++)
        buf_add_char(&line, 'r');
    buf_add_str(&line, "\"}]}");
    assert_true(queue_listing_line(buf_slice(&line), arena, &mail));
    assert_in_range(mail.recipients[0].reason.len, 1, 4096);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_message),
        cmocka_unit_test(what_older_and_later_ones_write),
        cmocka_unit_test(what_is_no_line_is_refused),
        cmocka_unit_test(foreign_bytes_and_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
