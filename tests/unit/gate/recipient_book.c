/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pairs are known, for how long, by clocks that go wrong; and the two errors, measured
 * against the bounds that recipient_book.h states.
 */
#include "gate/recipient_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/keyed_hash.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define NOW (INT64_C(1790000000) * SECOND)

static uint64_t pair_of(uint32_t number)
{
    static const struct hash_key key = {{1, 2}};
    char text[16];
    int length = snprintf(text, sizeof(text), "%u", number);
    return keyed_hash(&key, slice_of(text, (size_t)length));
}

static void how_long(void **state)
{
    static const struct {
        int64_t later;
        bool known;
    } rows[] = {
        {0, true},
        {HOUR - SECOND, true},
        {HOUR, true},
        {HOUR + SECOND, false},
        {100 * HOUR, false},
        {-HOUR, true},
        {-HOUR - SECOND, false},
        {-NOW, false},
    };
    (void)state;
    struct recipient_book *book = recipient_book_new(10);
    assert_false(recipient_book_has(book, pair_of(1), HOUR, NOW));
    recipient_book_put(book, pair_of(1), HOUR, NOW);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (recipient_book_has(book, pair_of(1), HOUR, NOW + rows[i].later) != rows[i].known)
            fail_msg("row %zu", i);
    assert_false(recipient_book_has(book, pair_of(2), HOUR, NOW));
    recipient_book_put(book, pair_of(1), HOUR, NOW + HOUR);
    assert_true(recipient_book_has(book, pair_of(1), HOUR, NOW + 2 * HOUR));
    recipient_book_free(book);
}

/* Pairs of one line, told apart by the high half. */
static uint64_t in_line(uint32_t print)
{
    return (uint64_t)print << 32;
}

static void who_makes_room(void **state)
{
    (void)state;
    struct recipient_book *book = recipient_book_new(100);
    for (uint32_t i = 1; i <= 8; i++)
        recipient_book_put(book, in_line(i), HOUR, NOW + i * SECOND);
    recipient_book_put(book, in_line(1), HOUR, NOW + 9 * SECOND);
    assert_int_equal(recipient_book_crowded_out(book), 0);
    recipient_book_put(book, in_line(9), HOUR, NOW + 10 * SECOND);
    assert_int_equal(recipient_book_crowded_out(book), 1);
    for (uint32_t i = 1; i <= 9; i++)
        assert_int_equal(recipient_book_has(book, in_line(i), HOUR, NOW + 10 * SECOND), i != 2);
    /* What is over goes first, and is not missed. */
    recipient_book_put(book, in_line(10), HOUR, NOW + HOUR + 4 * SECOND);
    assert_int_equal(recipient_book_crowded_out(book), 1);
    for (uint32_t i = 4; i <= 9; i++)
        assert_true(recipient_book_has(book, in_line(i), HOUR, NOW + HOUR + 4 * SECOND));
    recipient_book_free(book);
}

/* Of a clock that was far ahead nothing stays in the way. */
static void a_wrong_clock(void **state)
{
    (void)state;
    struct recipient_book *book = recipient_book_new(100);
    for (uint32_t i = 1; i <= 8; i++)
        recipient_book_put(book, in_line(i), HOUR, NOW + 1000 * HOUR);
    for (uint32_t i = 11; i <= 18; i++)
        recipient_book_put(book, in_line(i), HOUR, NOW);
    assert_int_equal(recipient_book_crowded_out(book), 0);
    for (uint32_t i = 11; i <= 18; i++)
        assert_true(recipient_book_has(book, in_line(i), HOUR, NOW));
    recipient_book_put(book, in_line(20), HOUR, -5 * SECOND); /* before 1970 */
    assert_true(recipient_book_has(book, in_line(20), HOUR, 0));
    recipient_book_free(book);
}

/* The bounds of the header, with room for a power of two and so with the fewest places. */
static void the_errors(void **state)
{
    enum { ROOM = 1 << 16, OTHERS = 1 << 20 };
    (void)state;
    struct recipient_book *book = recipient_book_new(ROOM);
    uint32_t forgotten = 0, taken_for_known = 0;
    for (uint32_t i = 0; i < ROOM; i++)
        recipient_book_put(book, pair_of(i), HOUR, NOW + i);
    for (uint32_t i = 0; i < ROOM; i++)
        forgotten += !recipient_book_has(book, pair_of(i), HOUR, NOW);
    for (uint32_t i = ROOM; i < ROOM + OTHERS; i++)
        taken_for_known += recipient_book_has(book, pair_of(i), HOUR, NOW);
    assert_int_equal(taken_for_known, 0); /* 0.001 are expected at most */
    assert_int_equal(forgotten, recipient_book_crowded_out(book));
    assert_in_range(forgotten, 1, ROOM * 3 / 200);
    recipient_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_long),
        cmocka_unit_test(who_makes_room),
        cmocka_unit_test(a_wrong_clock),
        cmocka_unit_test(the_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
