/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes from a quota server: every call makes progress or says no, texts lie within the input,
 * and it does not matter where the reads end. The first byte says how long the reads are. What it
 * said is asked about again: a question has its form, or is not said at all.
 */
#include "mail/quota_answer.h"
#include "mail/quota_question.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct quota_mark own[] = {
    {{"450 4.2.2 full", 14}, QUOTA_OVER},
    {{"HOLD", 4}, QUOTA_TOO_LARGE},
};
static const struct quota_marks marks = {own, sizeof(own) / sizeof(own[0])};

static void check_question(struct slice recipient)
{
    CLEANUP_BUF struct buf question = {0};
    struct quota_question asked = {.recipient = recipient, .size = recipient.len};
    if (!quota_question_format(&asked, &question)) {
        ASSERT(question.len == 0);
        return;
    }
    size_t lines = 0;
    for (size_t i = 0; i < question.len; i++)
        lines += question.ptr[i] == '\n';
    ASSERT(question.len <= QUOTA_QUESTION_MAX && lines == 6);
    ASSERT(slice_ends_with(buf_slice(&question), SLICE("\n\n")));
}

/* False: nonsense. */
static bool take(struct slice *input, struct buf *got)
{
    for (;;) {
        struct quota_answer answer;
        const char *why = NULL;
        struct slice before = *input;
        enum quota_frame frame = quota_answer_take(input, &marks, &answer, &why);
        if (frame != QUOTA_FRAME_WHOLE) {
            ASSERT(input->ptr == before.ptr && input->len == before.len);
            ASSERT(frame == QUOTA_FRAME_BAD ? why != NULL : input->len < QUOTA_ANSWER_MAX);
            return frame == QUOTA_FRAME_MORE;
        }
        ASSERT(input->len < before.len && slice_end(*input) == slice_end(before));
        ASSERT(answer.text.ptr >= before.ptr && slice_end(answer.text) <= slice_end(before));
        ASSERT(slice_find_char(answer.text, '\n') == NULL);
        ASSERT(quota_answer_kind(answer.text, &marks) == answer.kind);
        buf_addf(got, "%s ", quota_kind_name(answer.kind));
        buf_add(got, answer.text);
        check_question(answer.text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pieces_check(take, data, size);
    if (size > 0)
        check_question(slice_of((const char *)data, size));
    return 0;
}
