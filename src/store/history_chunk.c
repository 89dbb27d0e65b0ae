/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_chunk.h. The decoder believes nothing: counts, lengths and references are checked,
 * since a disk may have changed them.
 */
#include "store/history_chunk.h"

#include "base/memory.h"
#include "store/history_bytes.h"

enum {
    VERSION = 1,
    SLOTS = 2 * HISTORY_CHUNK_ROWS,
    REF_NEW = 0,
    REF_EMPTY = 1,
    REF_FIRST = 2,
    /* flags, mask, a reference and length a text, times, counts */
    ROW_NUMBERS_MAX = 1 + 3 + HISTORY_TEXT_COUNT * 5 + 10 * HISTORY_NUMBER_MAX,
};

/* Texts of one field; a text's reference is its number + REF_FIRST. */
struct field {
    uint16_t slots[SLOTS]; /* references; 0: free */
    uint32_t tag[HISTORY_CHUNK_ROWS];
    uint32_t offset[HISTORY_CHUNK_ROWS];
    uint16_t len[HISTORY_CHUNK_ROWS];
    uint32_t count;
    uint32_t last; /* reference in the row before */
};

struct history_encoder {
    struct field field[HISTORY_TEXT_COUNT];
    struct buf numbers, texts;
    uint32_t rows;
    int64_t time_us; /* of the row before */
};

static void begin(struct history_encoder *encoder)
{
    buf_clear(&encoder->numbers);
    buf_clear(&encoder->texts);
    encoder->rows = 0;
    encoder->time_us = 0;
    for (size_t i = 0; i < HISTORY_TEXT_COUNT; i++) {
        struct field *field = &encoder->field[i];
        if (field->count > 0)
            memset(field->slots, 0, sizeof(field->slots));
        field->count = 0;
        field->last = REF_EMPTY;
    }
}

struct history_encoder *history_encoder_new(void)
{
    struct history_encoder *encoder = MEM_NEW(struct history_encoder);
    begin(encoder);
    return encoder;
}

void history_encoder_free(struct history_encoder *encoder)
{
    if (encoder == NULL)
        return;
    buf_done(&encoder->numbers);
    buf_done(&encoder->texts);
    mem_free(encoder);
}

static bool is_text(const struct history_encoder *encoder, const struct field *field, uint32_t ref,
                    struct slice text)
{
    uint32_t i = ref - REF_FIRST;
    return field->len[i] == text.len &&
           memcmp(encoder->texts.ptr + field->offset[i], text.ptr, text.len) == 0;
}

static bool is_last(const struct history_encoder *encoder, const struct field *field,
                    struct slice text)
{
    if (text.len == 0 || field->last == REF_EMPTY)
        return text.len == 0 && field->last == REF_EMPTY;
    return is_text(encoder, field, field->last, text);
}

/* The slot of a text, or the free one where it belongs. */
static uint16_t *slot_of(const struct history_encoder *encoder, struct field *field,
                         struct slice text, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint32_t i = (uint32_t)hash & (SLOTS - 1);; i = (i + 1) & (SLOTS - 1)) {
        uint16_t *slot = &field->slots[i];
        if (*slot == 0 ||
            (field->tag[*slot - REF_FIRST] == tag && is_text(encoder, field, *slot, text)))
            return slot;
    }
}

static char *write_text(struct history_encoder *encoder, struct field *field, struct slice text,
                        char *to)
{
    field->last = REF_EMPTY;
    if (text.len == 0)
        return history_bytes_write(to, REF_EMPTY);
    uint64_t hash = slice_hash(text);
    uint16_t *slot = slot_of(encoder, field, text, hash);
    if (*slot != 0) {
        field->last = *slot;
        return history_bytes_write(to, *slot);
    }
    uint32_t i = field->count++;
    field->tag[i] = (uint32_t)(hash >> 32);
    field->offset[i] = (uint32_t)encoder->texts.len;
    field->len[i] = (uint16_t)text.len;
    field->last = i + REF_FIRST;
    *slot = (uint16_t)field->last;
    buf_add(&encoder->texts, text);
    return history_bytes_write(history_bytes_write(to, REF_NEW), text.len);
}

static uint8_t flags_of(const struct history_row *row, bool clipped)
{
    return (uint8_t)((unsigned)row->kind | (unsigned)row->status << 1 |
                     (unsigned)row->is_final << 4 | (unsigned)row->is_attempt << 5 |
                     (unsigned)clipped << 6);
}

static char *write_counts(const struct history_row *row, char *to)
{
    to = history_bytes_write(
        to,
        row->begin_us == 0
            ? 0
            : history_bytes_fold((int64_t)((uint64_t)row->time_us - (uint64_t)row->begin_us)) + 1);
    if (row->kind == HISTORY_MESSAGE) {
        to = history_bytes_write(to, row->size);
        return history_bytes_write(to, row->recipients);
    }
    to = history_bytes_write(to, row->attempt);
    to = history_bytes_write(to, row->delay_ms);
    for (size_t i = 0; i < 4; i++)
        to = history_bytes_write(to, row->delays_ms[i]);
    return to;
}

uint32_t history_encoder_add(struct history_encoder *encoder, const struct history_row *row)
{
    ASSERT(encoder->rows < HISTORY_CHUNK_ROWS);
    bool clipped = row->clipped;
    uint32_t same = 0;
    struct slice text[HISTORY_TEXT_COUNT];
    for (unsigned i = 0; i < HISTORY_TEXT_COUNT; i++) {
        text[i] = history_row_clip(i, row->text[i]);
        clipped |= text[i].len < row->text[i].len;
        if (is_last(encoder, &encoder->field[i], text[i]))
            same |= UINT32_C(1) << i;
    }
    char *at = buf_reserve(&encoder->numbers, ROW_NUMBERS_MAX);
    char *to = at;
    *to++ = (char)flags_of(row, clipped);
    to = history_bytes_write(to, ~same & ((UINT32_C(1) << HISTORY_TEXT_COUNT) - 1));
    for (unsigned i = 0; i < HISTORY_TEXT_COUNT; i++)
        if (!(same >> i & 1))
            to = write_text(encoder, &encoder->field[i], text[i], to);
    to = history_bytes_write(
        to, history_bytes_fold((int64_t)((uint64_t)row->time_us - (uint64_t)encoder->time_us)));
    to = write_counts(row, to);
    encoder->numbers.len += (size_t)(to - at);
    encoder->time_us = row->time_us;
    encoder->rows++;
    return same;
}

uint32_t history_encoder_rows(const struct history_encoder *encoder)
{
    return encoder->rows;
}

void history_encoder_finish(struct history_encoder *encoder, struct buf *to)
{
    history_bytes_add(to, VERSION);
    history_bytes_add(to, encoder->rows);
    history_bytes_add(to, encoder->numbers.len);
    buf_add(to, buf_slice(&encoder->numbers));
    buf_add(to, buf_slice(&encoder->texts));
    begin(encoder);
}

struct history_decoder {
    struct history_row rows[HISTORY_CHUNK_ROWS];
    struct slice text[HISTORY_TEXT_COUNT][HISTORY_CHUNK_ROWS + REF_FIRST];
    uint32_t count[HISTORY_TEXT_COUNT]; /* references in use */
};

struct history_decoder *history_decoder_new(void)
{
    return MEM_NEW(struct history_decoder);
}

void history_decoder_free(struct history_decoder *decoder)
{
    mem_free(decoder);
}

static struct slice read_text(struct history_decoder *decoder, unsigned field,
                              struct history_bytes *numbers, struct history_bytes *texts)
{
    uint64_t ref = history_bytes_take(numbers, decoder->count[field] - 1);
    if (ref != REF_NEW)
        return decoder->text[field][ref];
    if (numbers->bad || decoder->count[field] == HISTORY_CHUNK_ROWS + REF_FIRST) {
        numbers->bad = true;
        return (struct slice){NULL, 0};
    }
    struct slice text = history_bytes_take_raw(texts, history_bytes_take(numbers, UINT16_MAX));
    decoder->text[field][decoder->count[field]++] = text;
    return text;
}

static void read_flags(struct history_row *row, struct history_bytes *numbers)
{
    struct slice byte = history_bytes_take_raw(numbers, 1);
    unsigned flags = byte.len > 0 ? (unsigned char)byte.ptr[0] : 0;
    unsigned status = flags >> 1 & 7;
    if (status > HISTORY_LOST)
        numbers->bad = true;
    row->kind = flags & 1 ? HISTORY_MESSAGE : HISTORY_DELIVERY;
    row->status = status > HISTORY_LOST ? HISTORY_OTHER : (enum history_status)status;
    row->is_final = flags >> 4 & 1;
    row->is_attempt = flags >> 5 & 1;
    row->clipped = flags >> 6 & 1;
}

static void read_counts(struct history_row *row, struct history_bytes *numbers)
{
    uint64_t age = history_bytes_take(numbers, UINT64_MAX);
    row->begin_us =
        age == 0 ? 0 : (int64_t)((uint64_t)row->time_us - (uint64_t)history_bytes_unfold(age - 1));
    if (row->kind == HISTORY_MESSAGE) {
        row->size = history_bytes_take(numbers, UINT64_MAX);
        row->recipients = (uint32_t)history_bytes_take(numbers, UINT32_MAX);
        return;
    }
    row->attempt = (uint32_t)history_bytes_take(numbers, UINT32_MAX);
    row->delay_ms = (uint32_t)history_bytes_take(numbers, UINT32_MAX);
    for (size_t i = 0; i < 4; i++)
        row->delays_ms[i] = (uint32_t)history_bytes_take(numbers, UINT32_MAX);
}

static bool read_row(struct history_decoder *decoder, struct history_row *row,
                     struct history_bytes *numbers, struct history_bytes *texts)
{
    const struct history_row *before = row == decoder->rows ? NULL : row - 1;
    *row = (struct history_row){0};
    if (before)
        memcpy(row->text, before->text, sizeof(row->text));
    read_flags(row, numbers);
    uint64_t mask = history_bytes_take(numbers, (UINT64_C(1) << HISTORY_TEXT_COUNT) - 1);
    for (; mask != 0 && !numbers->bad; mask &= mask - 1) {
        unsigned field = (unsigned)__builtin_ctzll(mask);
        row->text[field] = read_text(decoder, field, numbers, texts);
    }
    uint64_t step = (uint64_t)history_bytes_unfold(history_bytes_take(numbers, UINT64_MAX));
    row->time_us = (int64_t)((before ? (uint64_t)before->time_us : 0) + step);
    read_counts(row, numbers);
    return !numbers->bad && !texts->bad;
}

const struct history_row *history_decoder_read(struct history_decoder *decoder, struct slice bytes,
                                               size_t *count)
{
    *count = 0;
    struct history_bytes texts = {.rest = bytes};
    bool known = history_bytes_take(&texts, VERSION) == VERSION;
    uint64_t rows = history_bytes_take(&texts, HISTORY_CHUNK_ROWS);
    struct history_bytes numbers = {.rest = history_bytes_take_text(&texts, UINT32_MAX)};
    if (!known || texts.bad)
        return NULL;
    for (size_t i = 0; i < HISTORY_TEXT_COUNT; i++)
        decoder->count[i] = REF_FIRST;
    for (uint64_t i = 0; i < rows; i++)
        if (!read_row(decoder, &decoder->rows[i], &numbers, &texts))
            return NULL;
    if (numbers.rest.len > 0 || texts.rest.len > 0)
        return NULL;
    *count = (size_t)rows;
    return decoder->rows;
}
