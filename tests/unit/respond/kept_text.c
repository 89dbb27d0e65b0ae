/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of strangers, kept: whole characters within their bounds, the same after JSON.
 */
#include "respond/kept_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "model/json_value.h"

static void test_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        size_t max;
        const char *kept;
    } rows[] = {
        {"", 5, ""},
        {"abc", 5, "abc"},
        {"abcdef", 5, "abcde"},
        {"届く", 3, "届"},
        {"届く", 5, "届"}, /* no half character */
        {"届く", 2, ""},
        {"a\xff\xfe", 20, "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"a\xff\xfe", 5, "a\xef\xbf\xbd"}, /* what replaces a byte counts as what it is */
        {"\xff", 2, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf to = {0};
        buf_add_str(&to, ">");
        kept_text_add(slice_from_str(rows[i].given), rows[i].max, &to);
        assert_string_equal(buf_str(&to) + 1, rows[i].kept);
        char *copy = kept_text_new(slice_from_str(rows[i].given), rows[i].max);
        assert_string_equal(copy, rows[i].kept);
        mem_free(copy);
    }
}

struct card {
    int number;
    struct slice name, note;
};

static const struct text_place places[] = {
    {"name", offsetof(struct card, name), 6},
    {"note", offsetof(struct card, note), 100},
};

#define PLACES places, sizeof(places) / sizeof(places[0])

static void test_set(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    char note[] = "first";
    struct card card = {.number = 7, .name = SLICE("abcdefgh"), .note = slice_from_str(note)};
    kept_texts_set(&card, PLACES, &bytes);
    note[0] = 'X'; /* it is a copy */
    assert_true(slice_eq(card.name, SLICE("abcdef")) && slice_eq(card.note, SLICE("first")));
    for (int i = 0; i < 3; i++) { /* out of the bytes themselves, again and again */
        kept_texts_set(&card, PLACES, &bytes);
        assert_true(slice_eq(card.name, SLICE("abcdef")) && slice_eq(card.note, SLICE("first")));
    }
    card.name = (struct slice){NULL, 0};
    kept_texts_set(&card, PLACES, &bytes);
    assert_int_equal(card.name.len, 0);
    assert_true(slice_eq(card.note, SLICE("first")));
    assert_int_equal(card.number, 7);
}

static void test_json(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct card card = {.note = SLICE("\"届\"\x01\xff")}, back = {0};
    kept_texts_set(&card, PLACES, &bytes);
    json_t *object = json_value_object();
    kept_texts_json(&card, PLACES, object);
    assert_null(json_object_get(object, "name"));
    assert_true(kept_texts_read(&back, PLACES, object));
    assert_true(slice_eq(back.note, card.note) && back.name.len == 0);
    json_value_put_text(object, "name", SLICE("longer than 6"));
    assert_false(kept_texts_read(&back, PLACES, object));
    json_decref(object);
    object = json_pack("{s:i}", "note", 5);
    assert_false(kept_texts_read(&back, PLACES, object));
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
