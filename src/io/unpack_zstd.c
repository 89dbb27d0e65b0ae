/* SPDX-License-Identifier: Apache-2.0
 *
 * Zstandard (RFC 8878) by libzstd: frames, and skippable frames as pzstd writes them first.
 */
#include "io/unpack_format.h"

#include <zstd.h>
#include <zstd_errors.h>

static bool zstd_matches(struct slice head)
{
    if (unpack_magic(head, SLICE("\x28\xb5\x2f\xfd")))
        return true;
    return head.len > 1 && (head.ptr[0] & 0xf0) == 0x50 &&
           unpack_magic(slice_skip(head, 1), SLICE("\x2a\x4d\x18"));
}

static void *zstd_new(void)
{
    return ZSTD_createDStream();
}

static enum unpack_result zstd_step(void *state, struct unpack_span *span, struct err *err)
{
    ZSTD_inBuffer in = {span->in, span->in_len, 0};
    ZSTD_outBuffer out = {span->out, span->out_len, 0};
    size_t code = ZSTD_decompressStream(state, &out, &in);
    span->in += in.pos;
    span->in_len -= in.pos;
    span->out += out.pos;
    span->out_len -= out.pos;
    if (code == 0)
        return UNPACK_MEMBER_END;
    if (!ZSTD_isError(code))
        return UNPACK_GOING;
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
        err_set(err, ERR_INPUT,
                "packed with --long above 27: use `zstd -dc --long=31 FILE | ... -`");
    else
        err_set(err, ERR_INPUT, "%s", ZSTD_getErrorName(code));
    return UNPACK_BROKEN;
}

static bool zstd_restart(void *state)
{
    return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static void zstd_free(void *state)
{
    ZSTD_freeDStream(state);
}

const struct unpack_format unpack_zstd = {
    .name = "zstd",
    .matches = zstd_matches,
    .new = zstd_new,
    .step = zstd_step,
    .restart = zstd_restart,
    .free = zstd_free,
};
