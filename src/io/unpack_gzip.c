/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip (RFC 1952) by zlib, which also checks CRC and length of each member.
 */
#include "io/unpack_format.h"

#define ZLIB_CONST
#include <limits.h>
#include <zlib.h>

#include "base/memory.h"

enum { WINDOW_AND_GZIP_HEADER = 15 + 16 };

static bool gzip_matches(struct slice head)
{
    return unpack_magic(head, SLICE("\x1f\x8b\x08"));
}

static void *gzip_new(void)
{
    z_stream *stream = MEM_NEW(z_stream);
    if (inflateInit2(stream, WINDOW_AND_GZIP_HEADER) == Z_OK)
        return stream;
    mem_free(stream);
    return NULL;
}

static unsigned clamp(size_t len)
{
    return len < UINT_MAX ? (unsigned)len : UINT_MAX;
}

static enum unpack_result gzip_step(void *state, struct unpack_span *span, struct err *err)
{
    z_stream *stream = state;
    unsigned in_len = clamp(span->in_len), out_len = clamp(span->out_len);

    stream->next_in = (const Bytef *)span->in;
    stream->avail_in = in_len;
    stream->next_out = (Bytef *)span->out;
    stream->avail_out = out_len;
    int code = inflate(stream, Z_NO_FLUSH);
    span->in += in_len - stream->avail_in;
    span->in_len -= in_len - stream->avail_in;
    span->out += out_len - stream->avail_out;
    span->out_len -= out_len - stream->avail_out;
    if (code == Z_STREAM_END)
        return UNPACK_MEMBER_END;
    if (code == Z_OK || code == Z_BUF_ERROR)
        return UNPACK_GOING;
    err_set(err, code == Z_MEM_ERROR ? ERR_LIBRARY : ERR_INPUT, "%s",
            stream->msg ? stream->msg : zError(code));
    return UNPACK_BROKEN;
}

static bool gzip_restart(void *state)
{
    return inflateReset(state) == Z_OK;
}

static void gzip_free(void *state)
{
    inflateEnd(state);
    mem_free(state);
}

const struct unpack_format unpack_gzip = {
    .name = "gzip",
    .matches = gzip_matches,
    .new = gzip_new,
    .step = gzip_step,
    .restart = gzip_restart,
    .free = gzip_free,
};
