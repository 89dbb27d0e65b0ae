/* SPDX-License-Identifier: Apache-2.0
 *
 * A protocol's bytes as a connection brings them: in reads of one length, what is left of one
 * before the next. For targets whose parser must not care where the reads end.
 */
#ifndef TD_FUZZ_PIECES_H
#define TD_FUZZ_PIECES_H

#include "base/buf.h"
#include "base/memory.h"

/* Takes all that is whole off *input and appends what it was. False: nonsense, nothing follows. */
typedef bool (*pieces_take)(struct slice *input, struct buf *got);

static inline void pieces_run(pieces_take take, struct slice text, size_t step, struct buf *got)
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

/* The first byte says how long the reads are; the same must come of them as of one. */
static inline void pieces_check(pieces_take take, const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    struct slice text = slice_of((const char *)data + 1, size - 1);
    CLEANUP_BUF struct buf whole = {0}, pieces = {0};
    pieces_run(take, text, text.len, &whole);
    pieces_run(take, text, (size_t)data[0] + 1, &pieces);
    ASSERT(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
}

#endif
