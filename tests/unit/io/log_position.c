/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of a position: what is written is read back, anything else is refused whole.
 */
#include "io/log_position.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *text;
    struct log_position position;
} forms[] = {
    {"", {0}},
    {"files 0.0.0.0.0.0", {.count = 1}},
    {"files fe00.acc28d.12.89bdc07b544e7b2.18ea35a4774a9b78.7fffffffffffffff",
     {.count = 1,
      .places = {{.device = 0xfe00,
                  .inode = 0xacc28d,
                  .head_len = 18,
                  .head_hash = 0x89bdc07b544e7b2,
                  .modified_ns = 0x18ea35a4774a9b78,
                  .offset = INT64_MAX}}}},
    {"files 1.2.400.ffffffffffffffff.5.6 7.8.0.0.b.c",
     {.count = 2,
      .places = {{.device = 1,
                  .inode = 2,
                  .head_len = LOG_HEAD_BYTES,
                  .head_hash = UINT64_MAX,
                  .modified_ns = 5,
                  .offset = 6},
                 {.device = 7, .inode = 8, .modified_ns = 11, .offset = 12}}}},
    {"journal s=6d;i=1a;b=2f;m=1;t=5;x=9", {.cursor = "s=6d;i=1a;b=2f;m=1;t=5;x=9"}},
};

static void check_same(const struct log_position *got, const struct log_position *expected)
{
    assert_int_equal(got->count, expected->count);
    assert_string_equal(got->cursor, expected->cursor);
    for (size_t i = 0; i < expected->count; i++) {
        const struct log_place *a = &got->places[i], *b = &expected->places[i];
        assert_int_equal(a->device, b->device);
        assert_int_equal(a->inode, b->inode);
        assert_int_equal(a->head_len, b->head_len);
        assert_true(a->head_hash == b->head_hash);
        assert_int_equal(a->modified_ns, b->modified_ns);
        assert_int_equal(a->offset, b->offset);
    }
}

static void there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct buf CLEANUP_BUF text = {0};
        struct log_position got = {.count = 3};
        struct err err = {0};
        log_position_format(&forms[i].position, &text);
        assert_string_equal(buf_str(&text), forms[i].text);
        assert_true(log_position_parse(buf_slice(&text), &got, &err));
        check_same(&got, &forms[i].position);
    }
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x",
        "files",
        "files ",
        "files 1.2.3.4.5",
        "files 1.2.3.4.5.6.7",
        "files 1.2.3.4.5.6 ",
        "files  1.2.3.4.5.6",
        "files 1.2.401.4.5.6",
        "files 1.2.3.4.5.8000000000000000",
        "files 1.2.3.4.8000000000000000.6",
        "files 1.2.3.4.5.10000000000000000",
        "files 1.2.3.4.5.-6",
        "files 1.2.3.4.5.A",
        "files 1.2.3.4.5.6 1.2.3.4.5.6 1.2.3.4.5.6 1.2.3.4.5.6 1.2.3.4.5.6",
        "journal",
        "journal ",
        "journal a b",
        "files journal a",
        "journal a\x1b",
        "journal \xc3\xa9",
        "Files 1.2.3.4.5.6",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct log_position got = {.count = 7};
        struct err err = {0};
        assert_false(log_position_parse(slice_from_str(texts[i]), &got, &err));
        assert_int_equal(err.code, ERR_INPUT);
        assert_non_null(strstr(err.text, "is no position of a log"));
        assert_int_equal(got.count, 7);
    }
}

static void longest(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    struct log_position most = {.count = LOG_POSITION_FILES}, got;
    for (size_t i = 0; i < LOG_POSITION_FILES; i++)
        most.places[i] = (struct log_place){UINT64_MAX, UINT64_MAX, LOG_HEAD_BYTES,
                                            UINT64_MAX, INT64_MAX,  INT64_MAX};
    log_position_format(&most, &text);
    assert_true(text.len <= LOG_POSITION_TEXT_MAX);
    assert_true(log_position_parse(buf_slice(&text), &got, NULL));
    check_same(&got, &most);
    buf_clear(&text);
    buf_add_str(&text, "journal ");
    for (int i = 0; i < LOG_CURSOR_MAX; i++)
        buf_add_char(&text, 'c');
    assert_true(log_position_parse(buf_slice(&text), &got, NULL));
    buf_add_char(&text, 'c');
    assert_false(log_position_parse(buf_slice(&text), &got, NULL));
}

/* Positions outlive versions: these values may never change. */
static void heads(void **state)
{
    (void)state;
    assert_true(log_head_hash(SLICE("")) == UINT64_C(0xcbf29ce484222325));
    assert_true(log_head_hash(SLICE("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(log_head_hash(SLICE("foobar")) == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(refused),
        cmocka_unit_test(longest),
        cmocka_unit_test(heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
