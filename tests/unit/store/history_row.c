/* SPDX-License-Identifier: Apache-2.0
 *
 * Under what a row is filed, and what finds it. The hashes are on disk: a change of one is a change
 * of the file's form.
 */
#include "store/history_row.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct history_row row_with(enum history_text field, struct slice text)
{
    struct history_row row = {0};
    row.text[field] = text;
    return row;
}

static void who_asks_for_what(void **state)
{
    (void)state;
    const struct {
        enum history_text field;
        struct slice kept;
        enum history_key key;
        struct slice asked;
        bool found;
    } cases[] = {
        {HISTORY_RECIPIENT, SLICE("bob@example.org"), HISTORY_KEY_RECIPIENT,
         SLICE("bob@example.org"), true},
        {HISTORY_RECIPIENT, SLICE("Bob@Example.ORG"), HISTORY_KEY_RECIPIENT,
         SLICE("bOB@example.org"), true},
        {HISTORY_RECIPIENT, SLICE("\"bob\"@example.org"), HISTORY_KEY_RECIPIENT,
         SLICE("bob@example.org"), true},
        {HISTORY_RECIPIENT, SLICE("bob@example.org"), HISTORY_KEY_RECIPIENT,
         SLICE("\"b\\ob\"@example.org"), true},
        {HISTORY_RECIPIENT, SLICE("bob@example.org"), HISTORY_KEY_RECIPIENT, SLICE("@Example.org"),
         true},
        {HISTORY_RECIPIENT, SLICE("bob@mail.example.org"), HISTORY_KEY_RECIPIENT,
         SLICE("@example.org"), false},
        {HISTORY_RECIPIENT, SLICE("bob@example.org"), HISTORY_KEY_RECIPIENT,
         SLICE("bob@example.com"), false},
        {HISTORY_RECIPIENT, SLICE("bob@example.org"), HISTORY_KEY_SENDER, SLICE("bob@example.org"),
         false},
        {HISTORY_RECIPIENT, SLICE(""), HISTORY_KEY_RECIPIENT, SLICE(""), false},
        {HISTORY_ORIG_RECIPIENT, SLICE("all@example.org"), HISTORY_KEY_RECIPIENT,
         SLICE("all@example.org"), true},
        {HISTORY_SENDER, SLICE("a@example.jp"), HISTORY_KEY_SENDER, SLICE("A@example.jp"), true},
        {HISTORY_LOGIN, SLICE("shop1"), HISTORY_KEY_SENDER, SLICE("shop1"), true},
        {HISTORY_QUEUE_ID, SLICE("4bXyZ1"), HISTORY_KEY_QUEUE_ID, SLICE("4bXyZ1"), true},
        {HISTORY_QUEUE_ID, SLICE("4bXyZ1"), HISTORY_KEY_QUEUE_ID, SLICE("4bxyz1"), false},
        {HISTORY_QUEUE_ID, SLICE("ABC0123"), HISTORY_KEY_QUEUE_ID, SLICE("abc0123"), true},
        {HISTORY_MESSAGE_ID, SLICE("x.Y@z"), HISTORY_KEY_MESSAGE_ID, SLICE("x.y@z"), true},
        {HISTORY_MESSAGE_ID, SLICE("x.y@z"), HISTORY_KEY_MESSAGE_ID, SLICE("x.y@"), false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct history_row row = row_with(cases[i].field, cases[i].kept);
        if (history_row_matches(&row, cases[i].key, cases[i].asked) != cases[i].found)
            fail_msg("case %zu: %.*s", i, SLICE_ARG(cases[i].asked));
        if (!cases[i].found)
            continue;
        struct history_row_key keys[HISTORY_ROW_KEYS_MAX];
        size_t count = history_row_keys(&row, 0, keys), filed = 0;
        for (size_t k = 0; k < count; k++)
            filed += keys[k].key == cases[i].key &&
                     keys[k].hash == history_key_hash(cases[i].key, cases[i].asked);
        if (filed == 0)
            fail_msg("case %zu: %.*s is not filed so", i, SLICE_ARG(cases[i].asked));
    }
}

static void hashes_stay(void **state)
{
    (void)state;
    const struct {
        struct slice text;
        uint32_t hash;
    } cases[] = {
        {SLICE("bob@example.org"), 0x2077474c},
        {SLICE("@example.org"), 0xc3a2bbf1},
        {SLICE("x"), 0x61754e50},
        {SLICE("12345678"), 0x0b9d0897},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(history_key_hash(HISTORY_KEY_RECIPIENT, cases[i].text), cases[i].hash);
}

/* Texts beyond their bounds are filed and found by what is kept of them. */
static void clipped_texts(void **state)
{
    (void)state;
    char large[2000];
    memset(large, 'q', sizeof(large));
    struct slice whole = slice_of(large, sizeof(large));
    for (unsigned field = 0; field < HISTORY_TEXT_COUNT; field++)
        assert_in_range(history_row_clip(field, whole).len, 1, 1000);
    struct slice kept = history_row_clip(HISTORY_MESSAGE_ID, whole);
    assert_int_equal(history_key_hash(HISTORY_KEY_MESSAGE_ID, kept),
                     history_key_hash(HISTORY_KEY_MESSAGE_ID, whole));
    large[0] = '"';
    large[1] = '\\';
    assert_int_equal(history_key_hash(HISTORY_KEY_RECIPIENT, slice_of(large, 512)),
                     history_key_hash(HISTORY_KEY_RECIPIENT, whole));
}

static void all_keys_of_a_row(void **state)
{
    (void)state;
    struct history_row row = {0};
    struct history_row_key keys[HISTORY_ROW_KEYS_MAX];
    assert_int_equal(history_row_keys(&row, 0, keys), 0);
    row.text[HISTORY_RECIPIENT] = SLICE("a@b");
    row.text[HISTORY_ORIG_RECIPIENT] = SLICE("c@d");
    row.text[HISTORY_SENDER] = SLICE("e@f");
    row.text[HISTORY_LOGIN] = SLICE("g");
    row.text[HISTORY_QUEUE_ID] = SLICE("ABCDEF");
    row.text[HISTORY_MESSAGE_ID] = SLICE("h@i");
    assert_int_equal(history_row_keys(&row, 0, keys), HISTORY_ROW_KEYS_MAX);
    assert_int_equal(history_row_keys(&row, UINT32_MAX, keys), 0);
    assert_int_equal(history_row_keys(&row, 1u << HISTORY_SENDER, keys), HISTORY_ROW_KEYS_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_for_what),
        cmocka_unit_test(hashes_stay),
        cmocka_unit_test(clipped_texts),
        cmocka_unit_test(all_keys_of_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
