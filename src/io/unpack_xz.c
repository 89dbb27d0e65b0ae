/* SPDX-License-Identifier: Apache-2.0
 *
 * xz by liblzma: streams, with the padding of zeros between them that the format allows.
 */
#include "io/unpack_format.h"

#include <lzma.h>

#include "base/memory.h"

/* xz -9 needs 65 MiB; what wants much more was not packed by a log rotation. */
static const uint64_t MEMORY_MAX = 256ull << 20;

static bool xz_matches(struct slice head)
{
    return unpack_magic(head, SLICE("\xfd\x37\x7a\x58\x5a\x00"));
}

/* Initialising again reuses the memory. */
static bool xz_restart(void *state)
{
    return lzma_stream_decoder(state, MEMORY_MAX, 0) == LZMA_OK;
}

static void xz_free(void *state)
{
    lzma_end(state);
    mem_free(state);
}

static void *xz_new(void)
{
    lzma_stream *stream = MEM_NEW(lzma_stream);
    *stream = (lzma_stream)LZMA_STREAM_INIT;
    if (xz_restart(stream))
        return stream;
    xz_free(stream);
    return NULL;
}

static const char *xz_fault(lzma_ret code)
{
    if (code == LZMA_MEM_ERROR)
        return "no memory";
    if (code == LZMA_MEMLIMIT_ERROR)
        return "needs more than 256 MiB to unpack: use `xz -dc FILE | ... -`";
    if (code == LZMA_OPTIONS_ERROR)
        return "packed in a way this liblzma does not know";
    return "a checksum or code in it is wrong";
}

static enum unpack_result xz_step(void *state, struct unpack_span *span, struct err *err)
{
    lzma_stream *stream = state;
    stream->next_in = (const uint8_t *)span->in;
    stream->avail_in = span->in_len;
    stream->next_out = (uint8_t *)span->out;
    stream->avail_out = span->out_len;
    lzma_ret code = lzma_code(stream, LZMA_RUN);
    span->in += span->in_len - stream->avail_in;
    span->in_len = stream->avail_in;
    span->out += span->out_len - stream->avail_out;
    span->out_len = stream->avail_out;
    if (code == LZMA_STREAM_END)
        return UNPACK_MEMBER_END;
    if (code == LZMA_OK || code == LZMA_BUF_ERROR)
        return UNPACK_GOING;
    err_set(err, code == LZMA_MEM_ERROR ? ERR_LIBRARY : ERR_INPUT, "%s", xz_fault(code));
    return UNPACK_BROKEN;
}

const struct unpack_format unpack_xz = {
    .name = "xz",
    .matches = xz_matches,
    .new = xz_new,
    .step = xz_step,
    .restart = xz_restart,
    .free = xz_free,
};
