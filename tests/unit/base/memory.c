/* SPDX-License-Identifier: Apache-2.0
 *
 * What owns memory: arena, buf, intern.
 */
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/intern.h"

static void test_arena(void **state)
{
    (void)state;
    struct arena *arena = arena_new(256);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 2000; size += 37) {
            unsigned char *bytes = arena_alloc(arena, size);
            assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(bytes[i], 0);
            memset(bytes, 0xff, size);
        }
        assert_string_equal(arena_copy(arena, "abc\0def", 3), "abc");
        assert_string_equal(arena_copy(arena, NULL, 0), "");
        arena_reset(arena);
    }
    const char *secret = arena_copy(arena, "secret", 6);
    (void)arena_alloc(arena, 100000);
    (void)arena_alloc(arena, 1);
    arena_wipe(arena);
    assert_true(secret != arena_alloc(arena, 8) || secret[0] == '\0');
    arena_free(arena);
    arena_free(NULL);
}

/* What was given stays as it is while more is taken. */
static void test_arena_keeps(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64);
    unsigned *all[500];
    for (unsigned i = 0; i < 500; i++) {
        all[i] = arena_alloc(arena, sizeof(unsigned) * (i % 40 + 1));
        *all[i] = i;
    }
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(*all[i], i);
    arena_free(arena);
}

static void test_buf(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf buf = {0};
    assert_string_equal(buf_str(&buf), "");
    buf_add(&buf, (struct slice){NULL, 0});
    buf_add_str(&buf, "a");
    buf_add_char(&buf, 'b');
    buf_addf(&buf, "%05d%s", 42, "");
    assert_string_equal(buf_str(&buf), "ab00042");
    for (int i = 0; i < 3000; i++)
        buf_addf(&buf, "%d", i % 10);
    assert_int_equal(buf.len, 3007);
    assert_int_equal(buf.ptr[buf.len], '\0');
    memcpy(buf_reserve(&buf, 3), "xyz", 3);
    buf.len += 3;
    assert_true(slice_ends_with(buf_slice(&buf), SLICE("9xyz")));
    buf_clear(&buf);
    assert_string_equal(buf_str(&buf), "");
    buf_add(&buf, SLICE("a\0b"));
    assert_int_equal(buf.len, 3);
    buf_done(&buf);
    assert_int_equal(buf.len, 0);
    buf_add_str(&buf, "again");
    assert_string_equal(buf_str(&buf), "again");
}

static void test_intern(void **state)
{
    (void)state;
    struct intern *table = intern_new(100000);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 1; i <= 50000; i++) {
            char text[16];
            int len = snprintf(text, sizeof(text), "name%u", i);
            assert_int_equal(intern_id(table, slice_of(text, (size_t)len)), i);
        }
    assert_int_equal(intern_count(table), 50001);
    assert_string_equal(intern_get(table, 777).ptr, "name777");
    assert_int_equal(intern_find(table, SLICE("name777")), 777);
    assert_int_equal(intern_find(table, SLICE("Name777")), INTERN_OTHER);
    uint32_t zero = intern_id(table, SLICE("a\0b"));
    assert_int_not_equal(zero, intern_id(table, SLICE("a")));
    assert_int_equal(intern_id_hashed(table, SLICE("a\0b"), slice_hash(SLICE("a\0b"))), zero);
    assert_int_equal(intern_overflows(table), 0);
    intern_free(table);
    intern_free(NULL);
}

static void test_intern_cap(void **state)
{
    (void)state;
    struct intern *table = intern_new(3);
    assert_int_equal(intern_id(table, SLICE("a")), 1);
    assert_int_equal(intern_id(table, SLICE("b")), 2);
    assert_int_equal(intern_id(table, SLICE("c")), 3);
    assert_int_equal(intern_id(table, SLICE("d")), INTERN_OTHER);
    assert_int_equal(intern_id(table, SLICE("e")), INTERN_OTHER);
    assert_int_equal(intern_id(table, SLICE("b")), 2);
    assert_int_equal(intern_overflows(table), 2);
    intern_free(table);
    table = intern_new(3);
    static char text[4097];
    memset(text, 'x', sizeof(text));
    assert_int_equal(intern_id(table, slice_of(text, 4097)), INTERN_OTHER);
    assert_int_equal(intern_id(table, slice_of(text, 4096)), 1);
    assert_int_equal(intern_get(table, 1).len, 4096);
    assert_non_null(intern_get(table, INTERN_OTHER).ptr);
    intern_free(table);
}

/* Lengths around what a block of strings holds: each is found again, none moves. */
static void test_intern_lengths(void **state)
{
    (void)state;
    enum { STRINGS = 300 };
    static char bytes[4096];
    static const char *places[STRINGS];
    struct intern *table = intern_new(STRINGS);
    memset(bytes, 'x', sizeof(bytes));
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < STRINGS; i++) {
            struct slice text = slice_of(bytes, i * 13 + (i > 250 ? 190 : 0));
            assert_int_equal(intern_id(table, text), i + 1);
            struct slice kept = intern_get(table, i + 1);
            assert_true(slice_eq(kept, text));
            assert_int_equal(kept.ptr[kept.len], 0);
            assert_true(round == 0 || kept.ptr == places[i]);
            places[i] = kept.ptr;
        }
    assert_int_equal(intern_overflows(table), 0);
    intern_free(table);
}

/* Memory is zeroed, grows and can be given back as before, small blocks and large ones. */
static void test_expect(void **state)
{
    (void)state;
    mem_expect(8 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size <= (24 << 20); size *= 3) {
            unsigned char *bytes = mem_new(size, 1);
            for (size_t i = 0; i < size; i += 512)
                assert_int_equal(bytes[i], 0);
            assert_int_equal(bytes[size - 1], 0);
            memset(bytes, 0xff, size);
            bytes = mem_resize(bytes, size * 2, 1);
            assert_int_equal(bytes[size - 1], 0xff);
            mem_free(bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena),      cmocka_unit_test(test_arena_keeps),
        cmocka_unit_test(test_buf),        cmocka_unit_test(test_intern),
        cmocka_unit_test(test_intern_cap), cmocka_unit_test(test_intern_lengths),
        cmocka_unit_test(test_expect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
