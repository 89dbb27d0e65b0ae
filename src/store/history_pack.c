/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_pack.h. Level 1: on the traffic of bench/history-bench (zstd 1.5.4) level 3 took a
 * tenth more CPU time for 81.1 instead of 81.2 bytes a delivery.
 */
#include "store/history_pack.h"

#include <zstd.h>

#include "base/memory.h"

enum { LEVEL = 1 };

struct history_packer {
    ZSTD_CCtx *in;
    ZSTD_DCtx *out;
};

struct history_packer *history_packer_new(void)
{
    struct history_packer *packer = MEM_NEW(struct history_packer);
    packer->in = ZSTD_createCCtx();
    packer->out = ZSTD_createDCtx();
    ASSERT(packer->in != NULL && packer->out != NULL);
    ZSTD_CCtx_setParameter(packer->in, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(packer->in, ZSTD_c_checksumFlag, 1);
    return packer;
}

void history_packer_free(struct history_packer *packer)
{
    if (packer == NULL)
        return;
    ZSTD_freeCCtx(packer->in);
    ZSTD_freeDCtx(packer->out);
    mem_free(packer);
}

void history_pack(struct history_packer *packer, struct slice bytes, struct buf *to)
{
    size_t room = ZSTD_compressBound(bytes.len);
    buf_clear(to);
    size_t len = ZSTD_compress2(packer->in, buf_reserve(to, room), room, bytes.ptr, bytes.len);
    ASSERT(!ZSTD_isError(len));
    to->len = len;
}

bool history_unpack(struct history_packer *packer, struct slice packed, size_t max, struct buf *to)
{
    buf_clear(to);
    unsigned long long size = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    if (packed.len == 0 || size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
        size > max)
        return false;
    size_t len = ZSTD_decompressDCtx(packer->out, buf_reserve(to, (size_t)size), (size_t)size,
                                     packed.ptr, packed.len);
    if (ZSTD_isError(len) || len != size)
        return false;
    to->len = len;
    return true;
}
