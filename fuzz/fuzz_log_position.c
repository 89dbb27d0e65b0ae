/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the text of a position: what is taken is printed and read back the same, what is
 * refused leaves no trace.
 */
#include "base/memory.h"
#include "io/log_position.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bounds(const struct log_position *position)
{
    ASSERT(position->count <= LOG_POSITION_FILES);
    ASSERT(position->count == 0 || position->cursor[0] == '\0');
    for (size_t i = 0; i < position->count; i++) {
        ASSERT(position->places[i].head_len <= LOG_HEAD_BYTES);
        ASSERT(position->places[i].offset >= 0 && position->places[i].modified_ns >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct log_position position = {.count = 99}, again;
    struct err err = {0};
    if (!log_position_parse(text, &position, &err)) {
        ASSERT(position.count == 99 && err.code == ERR_INPUT);
        return 0;
    }
    check_bounds(&position);
    CLEANUP_BUF struct buf first = {0}, CLEANUP_BUF second = {0};
    log_position_format(&position, &first);
    ASSERT(first.len <= LOG_POSITION_TEXT_MAX && first.len <= (size ? size : 0));
    ASSERT(slice_find_char(buf_slice(&first), '\n') == NULL);
    ASSERT(log_position_parse(buf_slice(&first), &again, NULL));
    log_position_format(&again, &second);
    ASSERT(slice_eq(buf_slice(&first), buf_slice(&second)));
    return 0;
}
