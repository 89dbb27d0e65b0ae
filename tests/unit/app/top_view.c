/* SPDX-License-Identifier: Apache-2.0
 *
 * The view that lasts: rates of what happened between two answers, at any height.
 */
#include "app/top_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/status_fixture.h"
#include "base/civil.h"

/* A daemon started at `started` o'clock with `attempts` so far on one path. */
static struct status_answer *answer_with(unsigned started, unsigned attempts)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "{\"version\": \"1\", \"now\": \"2026-03-02T10:00:12Z\", \"started\": "
             "\"2026-03-02T0%u:00:00Z\", \"incidents\": [], \"mail\": {\"attempts\": {\"total\": "
             "%u, \"sent\": %u}, \"paths\": [{\"provider\": \"google\", \"attempts\": {\"total\": "
             "%u, \"sent\": %u}}]}}",
             started, attempts, attempts, attempts, attempts);
    return read_status(text);
}

static void draw(const struct top_view *view, size_t rows, struct buf *text)
{
    buf_clear(text);
    top_view_draw(view, &wide, rows, text);
    size_t lines = 0;
    for (size_t i = 0; i < text->len; i++)
        lines += text->ptr[i] == '\n';
    assert_int_equal(lines, rows);
}

static void rates_are_differences(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, answer_with(6, 1000), 0);
    draw(view, 40, &text);
    place_of(&text, "0 attempts/s: 0 sent");
    place_of(&text, "rates over 0 s");
    top_view_take(view, answer_with(6, 1030), 2 * US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "15 attempts/s: 15 sent, 0 deferred");
    place_of(&text, "google");
    for (unsigned i = 0; i < 10; i++) /* old answers go: five seconds without any */
        top_view_take(view, answer_with(6, 1030), (3 + i) * US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "0 attempts/s: 0 sent");
    place_of(&text, "rates over 5 s");
    top_view_free(view);
}

static void a_restart_begins_anew(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, answer_with(6, 1000), 0);
    top_view_take(view, answer_with(7, 500), US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "0 attempts/s");
    top_view_take(view, answer_with(7, 507), 3 * US_PER_SECOND);
    draw(view, 40, &text);
    place_of(&text, "3.5 attempts/s");
    struct err err;
    err_set(&err, ERR_IO, "gone");
    top_view_fail(view, &err);
    draw(view, 40, &text);
    place_of(&text, "NO ANSWER, shown is the last one: gone");
    top_view_take(view, answer_with(7, 507), 4 * US_PER_SECOND);
    draw(view, 40, &text);
    assert_silent(&text, "NO ANSWER");
    top_view_free(view);
}

static void top_fits_any_height(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, read_status(BUSY), 0);
    for (size_t rows = 3; rows < 60; rows++) {
        draw(view, rows, &text);
        place_of(&text, "todoku top");
        place_of(&text, "q quits");
        assert_harmless(&text, 100);
    }
    top_view_free(view);
}

/* At every height from 10 lines on each part is there with its heading and what matters most of it,
 * in the same order; with room nothing is left out. */
static void top_shows_every_part(void **state)
{
    (void)state;
    static const char *const order[] = {
        "attempts/s",  "WRONG NOW",       "Blocked  relay1/out-a", "TODOKU ITSELF",
        "pager: dead", "PATHS, A SECOND", "relay1/out-a → docomo", "q quits",
    };
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, read_status(BUSY), 0);
    for (size_t rows = 10; rows < 60; rows++) {
        draw(view, rows, &text);
        size_t at = 0;
        for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
            struct slice rest = slice_skip(buf_slice(&text), at);
            const char *found = slice_find(rest, slice_from_str(order[i]));
            if (found == NULL)
                fail_msg("%zu rows: no %s after the last one\n%s", rows, order[i], buf_str(&text));
            at = (size_t)(found - text.ptr);
        }
    }
    place_of(&text, "moon-\\x1bphase");
    place_of(&text, "journald: no line");
    place_of(&text, "relay1/out-b");
    top_view_free(view);
}

/* What is fine need not be read: where it does not fit one line says so. */
static void top_is_short_of_what_is_fine(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct top_view *view = top_view_new();
    top_view_take(view, read_status(QUIET), 0);
    draw(view, 10, &text);
    place_of(&text, "In order    notifiers, history and logs");
    assert_silent(&text, "is written");
    draw(view, 24, &text);
    place_of(&text, "is written");
    assert_silent(&text, "In order");
    top_view_free(view);
}

/* Many incidents leave room for the rest, and say how many there are. */
static void top_has_room_beside_many_incidents(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF many = {0};
    struct top_view *view = top_view_new();
    buf_add_str(&many, HEAD "\"incidents\": [");
    for (int i = 0; i < 500; i++)
        buf_add_str(&many, i > 0 ? ", " UNKNOWN_KIND : UNKNOWN_KIND);
    buf_add_str(&many, "], \"mail\": {\"paths\": [{\"provider\": \"docomo\", \"attempts\": "
                       "{\"total\": 1}}]}}");
    top_view_take(view, read_status(buf_str(&many)), 0);
    draw(view, 24, &text);
    place_of(&text, "more: todoku incident list");
    place_of(&text, "none: nobody is told of incidents");
    place_of(&text, "docomo");
    top_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_differences),
        cmocka_unit_test(a_restart_begins_anew),
        cmocka_unit_test(top_fits_any_height),
        cmocka_unit_test(top_shows_every_part),
        cmocka_unit_test(top_is_short_of_what_is_fine),
        cmocka_unit_test(top_has_room_beside_many_incidents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
