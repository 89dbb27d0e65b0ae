/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows to bytes and back: whatever the texts, the numbers and the disk.
 */
#include "store/history_chunk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/history_fixture.h"
#include "store/history_pack.h"

static void rows_come_back(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 511, HISTORY_CHUNK_ROWS};
    struct history_encoder *encoder = history_encoder_new();
    struct history_decoder *decoder = history_decoder_new();
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
        struct fixture_row made;
        CLEANUP_BUF struct buf bytes = {0};
        for (uint32_t i = 0; i < counts[k]; i++) {
            fixture_make(&made, i);
            history_encoder_add(encoder, &made.row);
        }
        assert_int_equal(history_encoder_rows(encoder), counts[k]);
        history_encoder_finish(encoder, &bytes);
        size_t count;
        const struct history_row *rows = history_decoder_read(decoder, buf_slice(&bytes), &count);
        assert_non_null(rows);
        assert_int_equal(count, counts[k]);
        for (uint32_t i = 0; i < count; i++)
            fixture_check(&rows[i], i);
    }
    history_encoder_free(encoder);
    history_decoder_free(decoder);
}

/* One row through a chunk; the result lives in *decoder and *bytes. */
static const struct history_row *through(const struct history_row *row,
                                         struct history_decoder *decoder, struct buf *bytes)
{
    struct history_encoder *encoder = history_encoder_new();
    history_encoder_add(encoder, row);
    history_encoder_finish(encoder, bytes);
    history_encoder_free(encoder);
    size_t count;
    const struct history_row *rows = history_decoder_read(decoder, buf_slice(bytes), &count);
    assert_non_null(rows);
    assert_int_equal(count, 1);
    return rows;
}

static void hostile_texts(void **state)
{
    (void)state;
    size_t size = (size_t)1 << 20;
    char *large = mem_new(size, 1);
    memset(large, 'a', size);
    const struct {
        struct slice text;
        size_t kept;
    } cases[] = {
        {SLICE("nul\0inside@example.org"), 22},
        {SLICE("\xff\xfe\x80@example.org"), 15},
        {SLICE(""), 0},
        {SLICE("\0"), 1},
        {slice_of(large, 512), 512},
        {slice_of(large, 513), 512},
        {slice_of(large, size), 512},
    };
    struct history_decoder *decoder = history_decoder_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP_BUF struct buf bytes = {0};
        struct history_row row = {.time_us = 5};
        row.text[HISTORY_RECIPIENT] = cases[i].text;
        const struct history_row *back = through(&row, decoder, &bytes);
        assert_int_equal(back->text[HISTORY_RECIPIENT].len, cases[i].kept);
        assert_true(
            slice_eq(back->text[HISTORY_RECIPIENT], slice_first(cases[i].text, cases[i].kept)));
        assert_int_equal(back->clipped, cases[i].kept < cases[i].text.len);
        assert_true(history_row_matches(back, HISTORY_KEY_RECIPIENT, cases[i].text) ||
                    cases[i].kept == 0);
    }
    history_decoder_free(decoder);
    mem_free(large);
}

static void extreme_numbers(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    struct history_decoder *decoder = history_decoder_new();
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++) {
            CLEANUP_BUF struct buf bytes = {0};
            struct history_row row = {.kind = k % 2 ? HISTORY_MESSAGE : HISTORY_DELIVERY,
                                      .time_us = times[i],
                                      .begin_us = times[k]};
            if (row.kind == HISTORY_MESSAGE) {
                row.size = UINT64_MAX;
                row.recipients = UINT32_MAX;
            } else {
                row.attempt = row.delay_ms = row.delays_ms[3] = UINT32_MAX;
                row.status = HISTORY_OTHER;
            }
            const struct history_row *back = through(&row, decoder, &bytes);
            assert_int_equal(back->time_us, row.time_us);
            assert_int_equal(back->size, row.size);
            assert_int_equal(back->recipients, row.recipients);
            assert_int_equal(back->attempt, row.attempt);
            assert_int_equal(back->delays_ms[3], row.delays_ms[3]);
            assert_int_equal(back->status, row.status);
        }
    history_decoder_free(decoder);
}

/* Whatever is cut off or turned over, the decoder says no or gives rows; nothing else. */
static void damaged_bytes(void **state)
{
    (void)state;
    struct history_encoder *encoder = history_encoder_new();
    struct history_decoder *decoder = history_decoder_new();
    struct fixture_row made;
    CLEANUP_BUF struct buf bytes = {0};
    for (uint32_t i = 0; i < 40; i++) {
        fixture_make(&made, i);
        history_encoder_add(encoder, &made.row);
    }
    history_encoder_finish(encoder, &bytes);
    size_t count;
    for (size_t len = 0; len < bytes.len; len++) {
        assert_null(history_decoder_read(decoder, slice_of(bytes.ptr, len), &count));
        assert_int_equal(count, 0);
    }
    for (size_t at = 0; at < bytes.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes.ptr[at] = (char)(bytes.ptr[at] ^ (1 << bit));
            const struct history_row *rows =
                history_decoder_read(decoder, buf_slice(&bytes), &count);
            for (size_t i = 0; rows && i < count; i++)
                for (size_t k = 0; k < HISTORY_TEXT_COUNT; k++)
                    slice_hash(rows[i].text[k]);
            bytes.ptr[at] = (char)(bytes.ptr[at] ^ (1 << bit));
        }
    history_encoder_free(encoder);
    history_decoder_free(decoder);
}

static void packed_bytes(void **state)
{
    (void)state;
    struct history_packer *packer = history_packer_new();
    CLEANUP_BUF struct buf packed = {0}, CLEANUP_BUF back = {0}, CLEANUP_BUF text = {0};
    for (int i = 0; i < 300; i++)
        buf_addf(&text, "row %d of some rows; ", i * 7919 % 1000);
    history_pack(packer, buf_slice(&text), &packed);
    assert_true(packed.len < text.len);
    assert_true(history_unpack(packer, buf_slice(&packed), text.len, &back));
    assert_true(slice_eq(buf_slice(&text), buf_slice(&back)));
    assert_false(history_unpack(packer, buf_slice(&packed), text.len - 1, &back));
    assert_false(history_unpack(packer, (struct slice){NULL, 0}, text.len, &back));
    for (size_t i = 0; i < packed.len; i++) {
        packed.ptr[i] ^= 0x10;
        if (history_unpack(packer, buf_slice(&packed), text.len, &back))
            assert_true(slice_eq(buf_slice(&text), buf_slice(&back)));
        packed.ptr[i] ^= 0x10;
    }
    history_packer_free(packer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),  cmocka_unit_test(hostile_texts),
        cmocka_unit_test(extreme_numbers), cmocka_unit_test(damaged_bytes),
        cmocka_unit_test(packed_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
