/* SPDX-License-Identifier: Apache-2.0
 *
 * How a tally stands: totals, and the largest paths in falling order.
 */
#include "watch/tally_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/civil.h"
#include "watch/tally_bench.h"

static void sent(int number, const char *source)
{
    char tag[64];
    snprintf(tag, sizeof(tag), "postfix/%s/smtp", source);
    line(number, tag,
         "A%05d: to=<u%d@y.test>, relay=mx.y.test[192.0.2.9]:25, delay=1, delays=0/0/0/1, "
         "dsn=2.0.0, status=sent (250 Ok)",
         number, number);
}

static void an_empty_tally_has_nothing(void **state)
{
    (void)state;
    struct tally_state now;
    tally_state_get(bench.tally, &now);
    assert_int_equal(now.lines + now.unread + now.messages + now.paths, 0);
    tally_visit_paths(bench.tally, 10, NULL, NULL); /* nobody is visited */
}

static void lines_and_attempts_are_counted(void **state)
{
    (void)state;
    struct tally_state now;
    for (int i = 0; i < 5; i++)
        sent(i, "out-a");
    line(5, "postfix/smtp", "what is this");
    tally_state_get(bench.tally, &now);
    assert_int_equal(now.lines, 6);
    assert_int_equal(now.attempts.total, 5);
    assert_int_equal(now.messages_open, 5);
    assert_int_equal(now.paths, 1);
}

static void show(void *data, const struct tally_path_state *path)
{
    struct buf *to = data;
    buf_addf(to, "%.*s=%llu@%d ", (int)path->names.source.len, path->names.source.ptr,
             (unsigned long long)path->attempts->total,
             (int)((path->last_us - BEGIN) / US_PER_SECOND));
}

static void the_largest_come_first(void **state)
{
    (void)state;
    static const char *const sources[] = {"b", "d", "a", "c", "d", "c", "d", "b", "d", "c"};
    static const struct {
        size_t most;
        const char *expected;
    } cases[] = {
        {0, ""},
        {1, "d=4@8 "},
        {2, "d=4@8 c=3@9 "},
        {3, "d=4@8 c=3@9 b=2@7 "},
        {1000, "d=4@8 c=3@9 b=2@7 a=1@2 "},
    };
    for (int i = 0; i < 10; i++)
        sent(i, sources[i]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf found = {0};
        tally_visit_paths(bench.tally, cases[i].most, show, &found);
        assert_string_equal(buf_str(&found), cases[i].expected);
    }
}

static void count_one(void *data, const struct tally_path_state *path)
{
    (void)path;
    ++*(size_t *)data;
}

static void no_more_than_the_bound_are_shown(void **state)
{
    (void)state;
    char source[16];
    for (int i = 0; i < TALLY_PATHS_SHOWN + 30; i++) {
        snprintf(source, sizeof(source), "s%d", i);
        sent(i, source);
    }
    size_t count = 0;
    tally_visit_paths(bench.tally, SIZE_MAX, count_one, &count);
    assert_int_equal(count, TALLY_PATHS_SHOWN);
}

/* A name that is too long for a table has no room in it, as one of too many. */
static void what_had_no_room_is_counted(void **state)
{
    (void)state;
    char name[5000];
    uint64_t counts[LEFT_OUT_COUNT] = {0};
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    sent(1, "out-a");
    tally_left_out(bench.tally, counts);
    assert_int_equal(counts[LEFT_OUT_LOGINS] + counts[LEFT_OUT_SENDER_DOMAINS], 0);
    line(2, "postfix/smtpd", "A00002: client=c[192.0.2.7], sasl_method=PLAIN, sasl_username=%s",
         name);
    line(2, "postfix/qmgr", "A00002: from=<a@%s>, size=10, nrcpt=1 (queue active)", name);
    tally_left_out(bench.tally, counts);
    assert_int_equal(counts[LEFT_OUT_LOGINS], 1);
    assert_int_equal(counts[LEFT_OUT_SENDER_DOMAINS], 1);
    assert_int_equal(counts[LEFT_OUT_MESSAGES], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_empty_tally_has_nothing),  BENCH_TEST(lines_and_attempts_are_counted),
        BENCH_TEST(the_largest_come_first),      BENCH_TEST(no_more_than_the_bound_are_shown),
        BENCH_TEST(what_had_no_room_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
