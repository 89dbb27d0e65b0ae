/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes on a policy listener's connection: every call makes progress or says no, slices lie
 * within the input, it does not matter where the reads end, and an answer has the protocol's form
 * whatever is in it. The first byte says how long the reads are.
 */
#include "mail/policy_request.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct slice part, struct slice input)
{
    ASSERT(part.len == 0 || (part.ptr >= input.ptr && slice_end(part) <= slice_end(input)));
    ASSERT(slice_find_char(part, '\n') == NULL && slice_find_char(part, '\0') == NULL);
}

static void check_answer(struct slice action)
{
    CLEANUP_BUF struct buf answer = {0};
    policy_answer(action, &answer);
    struct slice text = buf_slice(&answer);
    ASSERT(slice_take_prefix(&text, SLICE("action=")) && slice_ends_with(text, SLICE("\n\n")));
    text.len -= 2;
    ASSERT(text.len > 0 && text.len <= POLICY_ACTION_MAX);
    ASSERT(slice_find_char(text, '\n') == NULL && slice_find_char(text, '\r') == NULL);
}

/* False: nonsense. */
static bool take(struct slice *input, struct buf *got)
{
    for (;;) {
        struct policy_request request;
        const char *why = NULL;
        struct slice before = *input;
        enum policy_frame frame = policy_request_take(input, &request, &why);
        if (frame != POLICY_WHOLE) {
            ASSERT(input->ptr == before.ptr && input->len == before.len);
            ASSERT(frame == POLICY_BAD ? why != NULL : input->len < POLICY_REQUEST_MAX);
            return frame == POLICY_MORE;
        }
        ASSERT(input->len < before.len && slice_end(*input) == slice_end(before));
        check_within(request.sasl_username, before);
        check_within(request.instance, before);
        check_within(request.sender, before);
        buf_addf(got, "%d %u %zu\n", (int)request.stage, request.recipient_count,
                 (size_t)request.size);
        buf_add(got, request.sasl_username);
        check_answer(request.sender);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pieces_check(take, data, size);
    return 0;
}
