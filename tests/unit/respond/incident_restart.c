/* SPDX-License-Identifier: Apache-2.0
 *
 * The book's state: a daemon that ends at any moment tells nothing twice and forgets nothing, and a
 * state that is not ours is refused whole.
 */
#include "respond/incident_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/json_value.h"
#include "respond/life.h"

/* One life with something of everything; restarts after the step with number `restart_at`. What is
 * told must not depend on it. */
static void live(struct life *life, int restart_at)
{
    struct err err;
    int step = 0;
#define STEP() \
    if (step++ == restart_at) \
    life_restart(life)
    life->settings.quiet.count = 1;
    life->settings.quiet.windows[0] = (struct quiet_window){12 * 60, 13 * 60, QUIET_EVERY_DAY};
    life_configure(life);
    life_say(life, life_block("out-a", "docomo", 0));
    STEP();
    life_say(life, life_block("out-a", "docomo", 0));
    life_say(life, life_block("out-a", "google", 0));
    STEP();
    life_at(life, MIN / 4); /* growth is being gathered */
    STEP();
    life_at(life, MIN);
    STEP();
    life_at(life, 16 * MIN); /* escalation */
    STEP();
    struct incident_view view;
    assert_true(incident_book_find(life->book, life_last(life)->page, life->now_us, &view));
    assert_true(incident_book_acknowledge(life->book, view.id, SLICE("kato"), SLICE("moving"),
                                          life->now_us, &err));
    STEP();
    life_at(life, 20 * MIN);
    life_close(life, life_block("out-a", "google", 0));
    STEP();
    life_close(life, life_block("out-a", "docomo", 0));
    STEP();
    life_at(life, 25 * MIN);
    life_say(life, life_block("out-a", "docomo", 25 * MIN)); /* flaps */
    STEP();
    life_at(life, 40 * MIN); /* stable */
    STEP();
    struct silence silence = {.provider = SLICE("au"), .until_us = T0 + 2 * HOUR};
    assert_non_null(incident_book_silence(life->book, &silence, life->now_us, &err));
    life_say(life, life_block("out-z", "au", 40 * MIN));
    STEP();
    life_at(life, 2 * HOUR + MIN); /* the silence ends */
    STEP();
    life_at(life, 4 * HOUR + MIN); /* 12:01, quiet */
    struct incident slow = life_block("out-b", "softbank", 4 * HOUR);
    slow.kind = INCIDENT_SLOW_DOWN;
    life_say(life, slow);
    STEP();
    life_at(life, 6 * HOUR); /* digest */
    STEP();
#undef STEP
}

static void same_notice(const struct notice *a, const struct notice *b)
{
    CLEANUP_BUF struct buf first = {0}, second = {0};
    json_value_print(notice_json(a), false, &first);
    json_value_print(notice_json(b), false, &second);
    assert_string_equal(buf_str(&first), buf_str(&second));
}

static void a_restart_changes_nothing(void **state)
{
    struct life whole;
    (void)state;
    life_begin(&whole);
    live(&whole, -1);
    life_expect(&whole, "opened updated escalated acknowledged closed reopened opened "
                        "escalated escalated escalated digest");
    for (int restart_at = 0; restart_at < 14; restart_at++) {
        struct life life;
        life_begin(&life);
        live(&life, restart_at);
        assert_int_equal(life.told, whole.told);
        for (size_t i = 0; i < life.told; i++)
            same_notice(life.notices[i], whole.notices[i]);
        life_end(&life);
    }
    life_end(&whole);
}

static void times_of_a_wrong_clock_are_past(void **state)
{
    struct life life;
    struct err err;
    CLEANUP_BUF struct buf saved = {0};
    (void)state;
    life_begin(&life);
    life.now_us = T0 + 365 * DAY; /* the clock was a year ahead */
    life_say(&life, life_block("out-a", "docomo", 365 * DAY));
    incident_book_save(life.book, &saved);
    incident_book_free(life.book);
    life.book = incident_book_new(&life.settings, NULL, NULL);
    life.now_us = T0;
    assert_true(incident_book_load(life.book, buf_slice(&saved), T0, &err));
    assert_true(incident_book_next_due(life.book) <= T0);
    incident_book_advance(life.book, T0);
    assert_int_equal(incident_book_next_due(life.book), T0 + 15 * MIN); /* not in a year */
    life_end(&life);
}

static void what_ended_meanwhile_is_closed(void **state)
{
    struct life life;
    (void)state;
    life_begin(&life);
    life.settings.escalate_after_us = 0;
    life_configure(&life);
    life_say(&life, life_block("out-a", "docomo", 0));
    life_say(&life, life_block("out-b", "google", 0));
    life_expect(&life, "opened opened");
    life_restart(&life);
    life_at(&life, 23 * HOUR);
    life_say(&life, life_block("out-b", "google", 0)); /* its detector found it again */
    life_at(&life, DAY);
    life_expect(&life, "closed");
    assert_true(slice_eq(life_last(&life)->items[0].incident.provider, SLICE("docomo")));
    life_at(&life, 9 * DAY);
    life_expect(&life, "");
    assert_int_equal(incident_book_next_due(life.book), INT64_MAX);
    life_end(&life);
}

static void revisions_count_changes(void **state)
{
    struct life life;
    struct incident_view view;
    (void)state;
    life_begin(&life);
    struct incident block = life_block("out-a", "docomo", 0);
    life_say(&life, block);
    uint64_t first = incident_book_revision(life.book);
    assert_true(first > 0);
    life_say(&life, block); /* nothing new */
    assert_int_equal(incident_book_revision(life.book), first);
    block.hits++;
    life_say(&life, block);
    assert_true(incident_book_revision(life.book) > first);
    assert_true(incident_book_find(life.book, life_last(&life)->page, T0, &view));
    assert_true(view.revision > first);
    first = view.revision;
    assert_true(incident_book_acknowledge(life.book, view.id, SLICE("kato"), SLICE(""), T0, NULL));
    assert_true(incident_book_find(life.book, life_last(&life)->page, T0, &view));
    assert_true(view.revision > first);
    life_end(&life);
}

static const char *const refused[] = {
    "",
    "{",
    "[]",
    "null",
    "{}",
    "{\"version\":2,\"pages\":[]}",
    "{\"version\":1,\"version\":1}",
    "{\"version\":1,\"notices\":-1}",
    "{\"version\":1,\"notices\":\"1\"}",
    "{\"version\":1,\"pages\":{}}",
    "{\"version\":1,\"pages\":[{}]}",
    "{\"version\":1,\"pages\":[7]}",
    "{\"version\":1,\"pages\":[{\"incidents\":[]}]}",
    "{\"version\":1,\"silences\":{\"last\":1,\"list\":[{\"number\":2}]}}",
    "{\"version\":1,\"silences\":[]}",
};

static void foreign_states_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct life life;
        struct err err = {0};
        life_begin(&life);
        assert_false(incident_book_load(life.book, slice_from_str(refused[i]), T0, &err));
        assert_int_equal(err.code, ERR_INPUT);
        life_say(&life, life_block("out-a", "docomo", 0)); /* the book works */
        life_expect(&life, "opened");
        life_end(&life);
    }
}

/* Every single byte of a state changed or the text cut there: refused or harmless, never a crash.
 */
static void damaged_states_do_no_harm(void **state)
{
    struct life life;
    CLEANUP_BUF struct buf saved = {0};
    size_t loaded = 0;
    (void)state;
    life_begin(&life);
    life_say(&life, life_block("out-a", "docomo", 0));
    life_say(&life, life_block("out-a", "google", 0));
    incident_book_save(life.book, &saved);
    life_end(&life);
    for (size_t i = 0; i < saved.len * 2; i++) {
        struct slice text =
            i < saved.len ? buf_slice(&saved) : slice_first(buf_slice(&saved), i / 2);
        char old = saved.ptr[i % saved.len];
        if (i < saved.len)
            saved.ptr[i] = old == '0' ? '9' : '0';
        life_begin(&life);
        loaded += incident_book_load(life.book, text, T0, NULL);
        life_at(&life, HOUR);
        life_say(&life, life_block("out-a", "docomo", 0));
        life_end(&life);
        saved.ptr[i % saved.len] = old;
    }
    assert_true(loaded > 0 && loaded < saved.len); /* letters inside of names may change */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_changes_nothing),
        cmocka_unit_test(times_of_a_wrong_clock_are_past),
        cmocka_unit_test(what_ended_meanwhile_is_closed),
        cmocka_unit_test(revisions_count_changes),
        cmocka_unit_test(foreign_states_are_refused),
        cmocka_unit_test(damaged_states_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
