/* SPDX-License-Identifier: Apache-2.0
 *
 * See quota_call.h.
 */
#include "gate/quota_call.h"

_Static_assert(QUOTA_KINDS <= (int)QUOTA_KINDS_MAX, "the pool counts each kind");
_Static_assert(QUOTA_QUESTION_MAX <= (int)QUOTA_TEXT_MAX, "the pool takes each question");

enum quota_piece quota_call_take(void *context, struct slice *input, struct quota_said *out,
                                 const char **why)
{
    struct quota_answer answer;
    switch (quota_answer_take(input, context, &answer, why)) {
    case QUOTA_FRAME_MORE:
        return QUOTA_PIECE_MORE;
    case QUOTA_FRAME_BAD:
        return QUOTA_PIECE_BAD;
    case QUOTA_FRAME_WHOLE:
        *out = (struct quota_said){answer.kind, answer.text};
        return QUOTA_PIECE_WHOLE;
    }
    return QUOTA_PIECE_BAD;
}

enum quota_outcome quota_call(struct quota_server *server, const struct quota_question *question,
                              struct quota_ask *ask)
{
    CLEANUP_BUF struct buf text = {0};
    (void)quota_question_format(question, &text);
    return quota_pool_ask(server, buf_slice(&text), ask);
}
