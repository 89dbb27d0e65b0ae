/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences in the life of incidents, in virtual time: what is not told, and what is once they end.
 */
#include "respond/incident_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "respond/life.h"

struct silenced {
    size_t yes, no;
};

static void count(void *data, const struct incident_view *view)
{
    struct silenced *silenced = data;
    silenced->yes += view->silence != NULL;
    silenced->no += view->silence == NULL;
}

static struct silenced silenced(const struct life *life)
{
    struct silenced silenced = {0, 0};
    incident_book_visit(life->book, life->now_us, count, &silenced);
    return silenced;
}

static void a_silence_hides_pages_not_incidents(void **state)
{
    struct life *life = *state;
    struct err err = {0};
    struct silence silence = {.relay = SLICE("relay1"), .from_us = T0, .until_us = T0 + HOUR};
    assert_non_null(incident_book_silence(life->book, &silence, life->now_us, &err));
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-b", "google", 0));
    assert_int_equal(silenced(life).yes, 2);
    assert_int_equal(incident_book_count(life->book).open, 2);
    life_at(life, 59 * MIN);
    life_close(life, life_block("out-b", "google", 0));
    life_expect(life, "");
    life_at(life, HOUR);
    life_expect(life, "opened"); /* the one that is still there */
    assert_true(slice_eq(life_last(life)->items[0].incident.provider, SLICE("docomo")));
    life_at(life, HOUR + 16 * MIN);
    life_expect(life, "escalated"); /* counted from when it was told */
}

static void a_silence_taken_back_tells_at_once(void **state)
{
    struct life *life = *state;
    struct err err = {0};
    struct silence silence = {.kinds = SILENCE_KIND(INCIDENT_BLOCK),
                              .provider = SLICE("docomo"),
                              .until_us = T0 + 5 * HOUR};
    const char *id = incident_book_silence(life->book, &silence, life->now_us, &err);
    assert_non_null(id);
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-b", "google", 0)); /* not covered */
    life_expect(life, "opened");
    assert_true(incident_book_unsilence(life->book, slice_from_str("s1"), life->now_us));
    assert_false(incident_book_unsilence(life->book, slice_from_str("s1"), life->now_us));
    life_expect(life, "opened");
    silence.until_us = life->now_us;
    assert_null(incident_book_silence(life->book, &silence, life->now_us, &err));
}

static void a_silence_lets_the_end_of_a_page_through(void **state)
{
    struct life *life = *state;
    struct err err;
    struct silence silence = {.from_us = T0 + MIN, .until_us = T0 + DAY};
    life_say(life, life_block("out-a", "docomo", 0));
    assert_non_null(incident_book_silence(life->book, &silence, life->now_us, &err));
    life_at(life, 5 * HOUR);
    life_expect(life, "opened"); /* no escalation */
    life_close(life, life_block("out-a", "docomo", 0));
    life_expect(life, "closed");
}

static void silence(struct life *life, const char *provider, int64_t for_us)
{
    struct silence silence = {.provider = slice_from_str(provider),
                              .from_us = life->now_us,
                              .until_us = life->now_us + for_us};
    struct err err;
    assert_non_null(incident_book_silence(life->book, &silence, life->now_us, &err));
}

static void what_is_silenced_shares_no_page_with_what_is_told(void **state)
{
    struct life *life = *state;
    silence(life, "docomo", HOUR);
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    life_expect(life, "opened");
    assert_int_equal(life_last(life)->total, 1);
    assert_true(slice_eq(life_last(life)->items[0].incident.provider, SLICE("google")));
    life_say(life, life_block("out-a", "au", 0)); /* this one joins what is told */
    life_at(life, MIN);
    life_expect(life, "updated");
    assert_int_equal(life_last(life)->total, 2);
    silence(life, "softbank", 2 * HOUR);
    life_say(life, life_block("out-a", "softbank", 0));
    life_at(life, 10 * MIN);
    life_expect(life, "");
    life_close(life, life_block("out-a", "google", 0));
    life_close(life, life_block("out-a", "au", 0));
    life_expect(life, "closed");
    assert_int_equal(life_last(life)->total, 2);
}

static void silences_of_one_page_may_end_one_by_one(void **state)
{
    struct life *life = *state;
    silence(life, "docomo", 2 * HOUR);
    silence(life, "google", HOUR);
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    life_at(life, HOUR);
    life_expect(life, "opened");
    assert_int_equal(life_last(life)->total, 1);
    assert_true(slice_eq(life_last(life)->items[0].incident.provider, SLICE("google")));
    incident_book_acknowledge(life->book, life_last(life)->items[0].id, SLICE("kato"), SLICE(""),
                              life->now_us, NULL);
    life_expect(life, "acknowledged");
    life_at(life, 2 * HOUR + MIN);
    life_expect(life, "updated");
    assert_int_equal(life_last(life)->total, 2);
}

/* A restarted daemon knows what it hides, and what it has told of it. */
static void silences_outlive_a_restart(void **state)
{
    struct life *life = *state;
    silence(life, "docomo", HOUR);
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-b", "google", 0));
    life_expect(life, "opened");
    life_restart(life);
    assert_int_equal(silenced(life).yes, 1);
    assert_int_equal(silenced(life).no, 1);
    life_at(life, 30 * MIN);
    life_say(life, life_block("out-b", "google", 0));
    life_say(life, life_block("out-a", "docomo", 0));
    life_restart(life);
    life_expect(life, "escalated escalated"); /* of what was told */
    assert_true(slice_eq(life_last(life)->items[0].incident.provider, SLICE("google")));
    life_at(life, HOUR);
    life_expect(life, "escalated opened");
}

/* What quiet hours hold back and a silence then hides is told by neither, until both are over. */
static void quiet_hours_and_silences_add_up(void **state)
{
    struct life *life = *state;
    struct incident slow = life_block("out-a", "docomo", 0);
    slow.kind = INCIDENT_SLOW_DOWN;
    life->settings.quiet = (struct quiet_hours){.count = 1, .windows = {{7 * 60, 10 * 60, 0x7f}}};
    life_configure(life);
    life_say(life, slow);
    silence(life, "docomo", 3 * HOUR);
    life_at(life, 2 * HOUR);
    life_expect(life, "");
    life_at(life, 3 * HOUR);
    life_expect(life, "opened");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE_TEST(a_silence_hides_pages_not_incidents),
        LIFE_TEST(a_silence_taken_back_tells_at_once),
        LIFE_TEST(a_silence_lets_the_end_of_a_page_through),
        LIFE_TEST(what_is_silenced_shares_no_page_with_what_is_told),
        LIFE_TEST(silences_of_one_page_may_end_one_by_one),
        LIFE_TEST(silences_outlive_a_restart),
        LIFE_TEST(quiet_hours_and_silences_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
