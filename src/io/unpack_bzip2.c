/* SPDX-License-Identifier: Apache-2.0
 *
 * bzip2 by libbz2: one stream as bzip2 writes it, one a block as pbzip2 does.
 */
#include "io/unpack_format.h"

#include <bzlib.h>
#include <limits.h>

#include "base/memory.h"

struct bzip2 {
    bz_stream stream;
    bool ready; /* between Init and End */
};

/* "BZh", the block size, then the first byte of a block or of the end of an empty stream. */
static bool bzip2_matches(struct slice head)
{
    if (!unpack_magic(head, SLICE("BZh")))
        return false;
    if (head.len > 3 && (head.ptr[3] < '1' || head.ptr[3] > '9'))
        return false;
    return head.len <= 4 || head.ptr[4] == 0x31 || head.ptr[4] == 0x17;
}

static bool bzip2_restart(void *state)
{
    struct bzip2 *bzip2 = state;
    if (bzip2->ready)
        BZ2_bzDecompressEnd(&bzip2->stream);
    bzip2->stream = (bz_stream){0};
    bzip2->ready = BZ2_bzDecompressInit(&bzip2->stream, 0, 0) == BZ_OK;
    return bzip2->ready;
}

static void bzip2_free(void *state)
{
    struct bzip2 *bzip2 = state;
    if (bzip2->ready)
        BZ2_bzDecompressEnd(&bzip2->stream);
    mem_free(bzip2);
}

static void *bzip2_new(void)
{
    struct bzip2 *bzip2 = MEM_NEW(struct bzip2);
    if (bzip2_restart(bzip2))
        return bzip2;
    bzip2_free(bzip2);
    return NULL;
}

static unsigned clamp(size_t len)
{
    return len < UINT_MAX ? (unsigned)len : UINT_MAX;
}

static enum unpack_result bzip2_step(void *state, struct unpack_span *span, struct err *err)
{
    bz_stream *stream = &((struct bzip2 *)state)->stream;
    unsigned in_len = clamp(span->in_len), out_len = clamp(span->out_len);
    /* libbz2 reads from there only, but does not say const. */
    union {
        const char *in;
        char *next_in;
    } from = {span->in};
    stream->next_in = from.next_in;
    stream->avail_in = in_len;
    stream->next_out = span->out;
    stream->avail_out = out_len;
    int code = BZ2_bzDecompress(stream);
    span->in += in_len - stream->avail_in;
    span->in_len -= in_len - stream->avail_in;
    span->out += out_len - stream->avail_out;
    span->out_len -= out_len - stream->avail_out;
    if (code == BZ_STREAM_END)
        return UNPACK_MEMBER_END;
    if (code == BZ_OK)
        return UNPACK_GOING;
    bool memory = code == BZ_MEM_ERROR;
    err_set(err, memory ? ERR_LIBRARY : ERR_INPUT,
            memory ? "no memory" : "a checksum or code in it is wrong");
    return UNPACK_BROKEN;
}

const struct unpack_format unpack_bzip2 = {
    .name = "bzip2",
    .matches = bzip2_matches,
    .new = bzip2_new,
    .step = bzip2_step,
    .restart = bzip2_restart,
    .free = bzip2_free,
};
