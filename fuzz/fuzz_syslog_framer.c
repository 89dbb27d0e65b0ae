/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes on a syslog connection: messages are within bounds, every call makes progress, and it
 * does not matter where the reads end. The first byte says how long they are.
 */
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/log_input.h"
#include "io/syslog_framer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* False: no syslog. */
static bool take(struct syslog_framer *framer, struct slice *input, struct buf *got)
{
    for (;;) {
        struct slice message, before = *input;
        bool cut = false;
        enum syslog_frame frame = syslog_framer_next(framer, input, &message, &cut);
        ASSERT(input->len <= before.len && slice_end(*input) == slice_end(before));
        if (frame != SYSLOG_FRAME_MESSAGE) {
            ASSERT(frame == SYSLOG_FRAME_BAD || input->len <= SYSLOG_FRAME_INPUT_MAX);
            return frame == SYSLOG_FRAME_MORE;
        }
        ASSERT(input->len < before.len && message.len <= LOG_INPUT_LINE_MAX);
        ASSERT(message.len == 0 || (message.ptr >= before.ptr && slice_end(message) <= input->ptr));
        buf_add(got, message);
        buf_add_char(got, cut ? '~' : '|');
    }
}

static void run(struct slice text, size_t step, struct buf *got)
{
    CLEANUP_BUF struct buf rest = {0};
    struct syslog_framer framer = {0};
    struct slice message;
    for (size_t at = 0; at < text.len; at += step) {
        buf_add(&rest, slice_first(slice_skip(text, at), step));
        struct slice left = buf_slice(&rest);
        if (!take(&framer, &left, got)) {
            buf_add_char(got, '!');
            return;
        }
        if (left.len > 0)
            memmove(rest.ptr, left.ptr, left.len);
        rest.len = left.len;
    }
    if (syslog_framer_finish(&framer, buf_slice(&rest), &message))
        buf_add(got, message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct slice text = slice_of((const char *)data + 1, size - 1);
    CLEANUP_BUF struct buf whole = {0}, CLEANUP_BUF pieces = {0};
    run(text, text.len, &whole);
    run(text, (size_t)data[0] + 1, &pieces);
    ASSERT(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
    return 0;
}
