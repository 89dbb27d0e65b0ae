/* SPDX-License-Identifier: Apache-2.0
 *
 * What a disk may hand back as a chunk of rows or as a batch of the spool: it is read or refused,
 * and what was read is the same after it has been written again.
 */
#include "base/memory.h"
#include "store/history_batch_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct history_row *row, const struct history_row *again)
{
    ASSERT(row->kind == again->kind && row->status == again->status);
    ASSERT(row->time_us == again->time_us && row->size == again->size);
    ASSERT(row->attempt == again->attempt && row->delay_ms == again->delay_ms);
    for (unsigned i = 0; i < HISTORY_TEXT_COUNT; i++)
        ASSERT(slice_eq(history_row_clip(i, row->text[i]), again->text[i]));
    struct history_row_key keys[HISTORY_ROW_KEYS_MAX];
    ASSERT(history_row_keys(row, 0, keys) <= HISTORY_ROW_KEYS_MAX);
    struct slice to = row->text[HISTORY_RECIPIENT];
    ASSERT(to.len == 0 || history_row_matches(again, HISTORY_KEY_RECIPIENT, to));
}

/* Large, and as good as new after use: made once. */
struct tools {
    struct history_decoder *first, *second;
    struct history_encoder *encoder;
};

static void fuzz_chunk(const struct tools *tools, struct slice bytes)
{
    struct history_decoder *first = tools->first, *second = tools->second;
    struct history_encoder *encoder = tools->encoder;
    struct buf CLEANUP_BUF written = {0};
    size_t count, count_again;
    const struct history_row *rows = history_decoder_read(first, bytes, &count);
    for (size_t i = 0; i < count; i++)
        history_encoder_add(encoder, &rows[i]);
    history_encoder_finish(encoder, &written);
    const struct history_row *again =
        history_decoder_read(second, buf_slice(&written), &count_again);
    ASSERT(again != NULL && count == count_again);
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i], &again[i]);
}

static void fuzz_batch(struct history_decoder *decoder, struct slice bytes)
{
    struct history_batch *batch = history_batch_read(decoder, bytes);
    if (batch != NULL) {
        struct buf CLEANUP_BUF written = {0}, CLEANUP_BUF again = {0};
        history_batch_write(batch, &written);
        struct history_batch *other = history_batch_read(decoder, buf_slice(&written));
        ASSERT(other != NULL && other->rows == batch->rows &&
               other->position_count == batch->position_count &&
               other->incident_count == batch->incident_count);
        history_batch_write(other, &again);
        ASSERT(slice_eq(buf_slice(&written), buf_slice(&again)));
        history_batch_free(other);
    }
    history_batch_free(batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tools tools;
    struct slice bytes = slice_of((const char *)data, size);
    if (tools.encoder == NULL)
        tools = (struct tools){history_decoder_new(), history_decoder_new(), history_encoder_new()};
    if (size == 0)
        return 0;
    if (data[0] == 'c')
        fuzz_chunk(&tools, slice_skip(bytes, 1));
    else
        fuzz_batch(tools.first, slice_skip(bytes, 1));
    return 0;
}
