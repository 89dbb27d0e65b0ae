/* SPDX-License-Identifier: Apache-2.0
 *
 * Packed files: all formats, several members, cut off and damaged ones, several at once, and
 * closing at any moment.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/log_input.h"
#include "io/sandbox.h"

static const char *const names[PACKINGS] = {"gzip", "zstd", "bzip2", "xz"};

/* Appends the lines with their newlines; the status that ended them. */
static enum log_input_status read_all(struct log_input *input, struct buf *to, struct err *err)
{
    struct slice line;
    enum log_input_status status;
    while ((status = log_input_next(input, &line, err)) == LOG_INPUT_LINE) {
        buf_add(to, line);
        buf_add_char(to, '\n');
    }
    return status;
}

static void check_equal(const struct buf *got, const struct buf *expected)
{
    assert_int_equal(got->len, expected->len);
    assert_memory_equal(got->ptr, expected->ptr, got->len);
}

/* A file that must give `expected` without a word, or with a warning that has `warning` in it. */
static void check_file(const char *path, const struct buf *expected, const char *warning)
{
    struct buf CLEANUP_BUF got = {0};
    struct err err = {0};
    struct log_input *input = sandbox_open(path);
    assert_int_equal(read_all(input, &got, &err), LOG_INPUT_END);
    check_equal(&got, expected);
    assert_true(log_input_facts(input)->compressed);
    assert_int_equal(log_input_position(input), log_input_facts(input)->size_bytes);
    if (warning == NULL)
        assert_null(log_input_warning(input));
    else
        assert_non_null(strstr(log_input_warning(input), warning));
    log_input_close(input);
}

static void one_member(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 8000, &text); /* more than the ring holds */
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, buf_slice(&text), &packed);
        sandbox_write("packed.log", buf_slice(&packed));
        check_file("packed.log", &text, NULL);
    }
}

/* Three, one of them empty, the first and the last ending within a line. */
static void several_members(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 5000, &text);
    struct slice whole = buf_slice(&text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, slice_first(whole, 300001), &packed);
        pack((enum packing)i, SLICE(""), &packed);
        pack((enum packing)i, slice_skip(whole, 300001), &packed);
        sandbox_write("packed.log", buf_slice(&packed));
        check_file("packed.log", &text, NULL);
    }
}

static void behind_the_end(void **state)
{
    (void)state;
    static const char zeros[10240];
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 10, &text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, buf_slice(&text), &packed);
        buf_add(&packed, slice_of(zeros, sizeof(zeros)));
        sandbox_write("padded.log", buf_slice(&packed));
        check_file("padded.log", &text, NULL);
        buf_add_str(&packed, "appended by mistake\n");
        sandbox_write("garbage.log", buf_slice(&packed));
        check_file("garbage.log", &text, "garbage.log: what follows the end of the ");
    }
}

static void empty_content(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF nothing = {0};
    buf_add_str(&nothing, "");
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, SLICE(""), &packed);
        sandbox_write("nothing.log", buf_slice(&packed));
        check_file("nothing.log", &nothing, NULL);
    }
}

static void peeks(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 3000, &text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0}, CLEANUP_BUF got = {0};
        struct slice tail;
        pack((enum packing)i, buf_slice(&text), &packed);
        sandbox_write("peek.log", buf_slice(&packed));
        struct log_input *input = sandbox_open("peek.log");
        struct slice head = log_input_peek(input, &tail);
        assert_true(slice_eq(head, slice_first(buf_slice(&text), 65536)));
        assert_int_equal(tail.len, 0);
        assert_int_equal(read_all(input, &got, NULL), LOG_INPUT_END);
        check_equal(&got, &text);
        log_input_close(input);
    }
}

/* Cut off after `len` bytes: whole lines of the beginning, then an error that says so. */
static void check_cut_off(int packing, struct slice packed, size_t len, struct slice text)
{
    struct buf CLEANUP_BUF got = {0};
    struct err err = {0};
    sandbox_write("cut.log", slice_first(packed, len));
    struct log_input *input = sandbox_open("cut.log");
    enum log_input_status status = read_all(input, &got, &err);
    if (len == 0) {
        assert_int_equal(status, LOG_INPUT_END);
    } else if (len > 1) {
        assert_int_equal(status, LOG_INPUT_FAILED);
        assert_true(got.len <= text.len &&
                    (got.len == 0 || memcmp(got.ptr, text.ptr, got.len) == 0));
        assert_non_null(strstr(err.text, "cut.log: the "));
        assert_non_null(strstr(err.text, names[packing]));
        assert_non_null(strstr(err.text, "ends too early"));
    }
    log_input_close(input);
}

static void cut_off(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 20, &text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, buf_slice(&text), &packed);
        for (size_t len = 0; len < packed.len; len += len < 40 || len + 20 > packed.len ? 1 : 11)
            check_cut_off(i, buf_slice(&packed), len, buf_slice(&text));
    }
}

/* A good first member, then a cut one: all of the first, and some of the second. */
static void cut_off_later(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 200, &text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0}, CLEANUP_BUF got = {0};
        struct err err = {0};
        pack((enum packing)i, buf_slice(&text), &packed);
        size_t first = packed.len;
        pack((enum packing)i, buf_slice(&text), &packed);
        sandbox_write("cut.log", slice_first(buf_slice(&packed), first + first / 2));
        struct log_input *input = sandbox_open("cut.log");
        assert_int_equal(read_all(input, &got, &err), LOG_INPUT_FAILED);
        assert_true(slice_starts_with(buf_slice(&got), buf_slice(&text)));
        log_input_close(input);
    }
}

/* Any byte wrong: it ends, with an error where the format has a checksum. */
static void damaged(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 25, &text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, buf_slice(&text), &packed);
        for (size_t at = 0; at < packed.len; at += 13) {
            struct buf CLEANUP_BUF got = {0};
            struct err err = {0};
            packed.ptr[at] ^= 0x24;
            sandbox_write("bad.log", buf_slice(&packed));
            packed.ptr[at] ^= 0x24;
            struct log_input *input = sandbox_open("bad.log");
            if (read_all(input, &got, &err) == LOG_INPUT_FAILED)
                assert_non_null(strstr(err.text, "bad.log: "));
            log_input_close(input);
        }
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        const char *text;
    } others[] = {
        {{"PK\x03\x04rest of it", 14}, "packed.log: is packed with zip"},
        {{"\x04\x22\x4d\x18rest", 8}, "lz4 -dc"},
        {{"\x1f\x9d\x90rest", 7}, "compress (.Z)"},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct err err = {0};
        struct slice line;
        sandbox_write("packed.log", others[i].bytes);
        struct log_input *input = sandbox_open("packed.log");
        assert_int_equal(log_input_next(input, &line, &err), LOG_INPUT_FAILED);
        assert_non_null(strstr(err.text, others[i].text));
        log_input_close(input);
    }
}

/* The name does not matter. */
static void plain_with_a_packed_name(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF got = {0};
    sandbox_write("plain.gz", SLICE("(not packed\n"));
    struct log_input *input = sandbox_open("plain.gz");
    assert_int_equal(read_all(input, &got, NULL), LOG_INPUT_END);
    assert_string_equal(buf_str(&got), "(not packed\n");
    assert_false(log_input_facts(input)->compressed);
    log_input_close(input);
}

static void *read_in_thread(void *data)
{
    struct buf *got = data;
    struct log_input *input = log_input_open("packed.log", NULL);
    read_all(input, got, NULL);
    log_input_close(input);
    return NULL;
}

static void several_at_once(void **state)
{
    (void)state;
    enum { AT_ONCE = 4 };
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF packed = {0};
    struct buf got[AT_ONCE] = {{0}};
    pthread_t threads[AT_ONCE];
    make_lines(0, 8000, &text);
    pack(PACKED_GZIP, buf_slice(&text), &packed);
    sandbox_write("packed.log", buf_slice(&packed));
    for (int i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_thread, &got[i]), 0);
    for (int i = 0; i < AT_ONCE; i++) {
        pthread_join(threads[i], NULL);
        check_equal(&got[i], &text);
        buf_done(&got[i]);
    }
}

static void closed_in_the_middle(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0};
    make_lines(0, 8000, &text);
    for (int i = 0; i < PACKINGS; i++) {
        struct buf CLEANUP_BUF packed = {0};
        pack((enum packing)i, buf_slice(&text), &packed);
        sandbox_write("packed.log", buf_slice(&packed));
        for (size_t lines = 0; lines < 7000; lines = lines * 3 + 1) {
            struct log_input *input = sandbox_open("packed.log");
            struct slice line;
            for (size_t k = 0; k < lines; k++)
                assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_LINE);
            log_input_close(input);
        }
    }
}

/* A packed pipe whose writer stops in the middle and keeps it open: what came is given, closing
 * does not wait for the rest. */
static void stalled_pipe(void **state)
{
    (void)state;
    struct buf CLEANUP_BUF text = {0}, CLEANUP_BUF packed = {0};
    make_lines(0, 200, &text);
    for (int i = 0; i < PACKINGS; i++) {
        if (i == PACKED_BZIP2 || i == PACKED_ZSTD)
            continue; /* have no line before a whole block */
        int ends[2];
        char path[32];
        struct slice line;
        buf_clear(&packed);
        pack((enum packing)i, buf_slice(&text), &packed);
        assert_int_equal(pipe(ends), 0);
        snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
        struct log_input *input = sandbox_open(path);
        assert_int_equal(write(ends[1], packed.ptr, packed.len / 2), packed.len / 2);
        assert_int_equal(log_input_next(input, &line, NULL), LOG_INPUT_LINE);
        assert_true(slice_starts_with(line, SLICE("line 0: ")));
        usleep(2000);
        log_input_close(input);
        close(ends[0]);
        close(ends[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_member),      cmocka_unit_test(several_members),
        cmocka_unit_test(behind_the_end),  cmocka_unit_test(empty_content),
        cmocka_unit_test(peeks),           cmocka_unit_test(cut_off),
        cmocka_unit_test(cut_off_later),   cmocka_unit_test(damaged),
        cmocka_unit_test(refused),         cmocka_unit_test(plain_with_a_packed_name),
        cmocka_unit_test(several_at_once), cmocka_unit_test(closed_in_the_middle),
        cmocka_unit_test(stalled_pipe),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
