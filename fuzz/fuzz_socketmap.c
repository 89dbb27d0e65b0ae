/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes on a socketmap's connection: every call makes progress, no question is longer than it
 * may be, it does not matter where the reads end, and there is an answer of the protocol's form to
 * each. The first byte says how long the reads are.
 */
#include "mail/socketmap.h"
#include "pieces.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pieces_check(take, data, size);
    return 0;
}
