/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes on a socketmap's connection: every call makes progress, no question is longer than it
 * may be, it does not matter where the reads end, and there is an answer of the protocol's form to
 * each. The first byte says how long the reads are.
 */
#include <string.h>

#include "base/memory.h"
#include "mail/socketmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(struct slice value)
{
    CLEANUP_BUF struct buf answer = {0};
    uint64_t length;
    socketmap_answer(value, &answer);
    struct slice rest = buf_slice(&answer), digits = slice_cut(&rest, ':');
    ASSERT(slice_to_u64(digits, SOCKETMAP_ANSWER_MAX, &length) && rest.len == length + 1);
    ASSERT(rest.ptr[length] == ',');
}

/* False: nonsense. */
static bool take(struct slice *input, struct buf *got)
{
    for (;;) {
        struct socketmap_question question;
        struct slice before = *input;
        enum socketmap_frame frame = socketmap_take(input, &question);
        if (frame != SOCKETMAP_QUESTION) {
            ASSERT(input->ptr == before.ptr && input->len == before.len);
            ASSERT(frame == SOCKETMAP_BAD || input->len <= SOCKETMAP_INPUT_MAX);
            return frame == SOCKETMAP_MORE;
        }
        ASSERT(input->len < before.len && slice_end(*input) == slice_end(before));
        ASSERT(question.table.len + question.key.len <= SOCKETMAP_QUESTION_MAX);
        buf_add(got, question.table);
        buf_add_char(got, '|');
        buf_add(got, question.key);
        buf_add_char(got, '\n');
        check_answer(question.key);
    }
}

static void run(struct slice text, size_t step, struct buf *got)
{
    CLEANUP_BUF struct buf rest = {0};
    for (size_t at = 0; at < text.len; at += step) {
        buf_add(&rest, slice_first(slice_skip(text, at), step));
        struct slice left = buf_slice(&rest);
        if (!take(&left, got)) {
            buf_add_char(got, '!');
            return;
        }
        if (left.len > 0)
            memmove(rest.ptr, left.ptr, left.len);
        rest.len = left.len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct slice text = slice_of((const char *)data + 1, size - 1);
    CLEANUP_BUF struct buf whole = {0}, pieces = {0};
    run(text, text.len, &whole);
    run(text, (size_t)data[0] + 1, &pieces);
    ASSERT(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
    return 0;
}
