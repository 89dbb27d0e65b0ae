/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes on a policy listener's connection: every call makes progress or says no, slices lie
 * within the input, it does not matter where the reads end, and an answer has the protocol's form
 * whatever is in it. The first byte says how long the reads are.
 */
#include <string.h>

#include "base/memory.h"
#include "mail/policy_request.h"

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
