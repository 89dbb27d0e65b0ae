/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_spool.h.
 */
#include "store/history_spool.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/history_pack.h"

enum { HEAD_BYTES = 16 };

#define MARK UINT32_C(0x31534454) /* TDS1 */
#define RECORD_MAX ((size_t)512 << 20)

struct history_spool {
    struct buf path;
    int fd; /* -1: not open */
    int64_t max_bytes;
    int64_t size;                         /* end of the last good record */
    int64_t taken;                        /* up to here the history has it */
    int64_t given;                        /* up to here it was handed out */
    uint64_t added, got, got_taken, lost; /* batches, as the offsets above */
    struct history_packer *packer;
    struct history_decoder *decoder;
    struct buf packed, bytes;
};

static bool open_spool(struct history_spool *spool, int flags)
{
    struct stat facts;
    if (spool->fd >= 0)
        return true;
    spool->fd = open(spool->path.ptr, O_RDWR | O_CLOEXEC | flags, 0640);
    if (spool->fd < 0)
        return false;
    spool->size = fstat(spool->fd, &facts) == 0 ? facts.st_size : 0;
    return true;
}

struct history_spool *history_spool_new(const char *folder, int64_t max_bytes)
{
    struct history_spool *spool = MEM_NEW(struct history_spool);
    buf_addf(&spool->path, "%s/history.spool", folder);
    spool->fd = -1;
    spool->max_bytes = max_bytes;
    spool->packer = history_packer_new();
    spool->decoder = history_decoder_new();
    open_spool(spool, 0);
    return spool;
}

void history_spool_free(struct history_spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    history_packer_free(spool->packer);
    history_decoder_free(spool->decoder);
    buf_done(&spool->path);
    buf_done(&spool->packed);
    buf_done(&spool->bytes);
    mem_free(spool);
}

static bool write_at(int fd, struct slice bytes, int64_t at)
{
    while (bytes.len > 0) {
        ssize_t done = pwrite(fd, bytes.ptr, bytes.len, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes = slice_skip(bytes, (size_t)done);
        at += done;
    }
    return true;
}

static void put_head(char *to, uint64_t len, uint64_t number)
{
    uint32_t head[4] = {htole32(MARK), htole32((uint32_t)len), htole32((uint32_t)number),
                        htole32((uint32_t)(number >> 32))};
    memcpy(to, head, sizeof(head));
}

bool history_spool_add(struct history_spool *spool, struct history_batch *batch, struct err *err)
{
    if (!open_spool(spool, O_CREAT))
        return err_set_errno(err, errno, "%s: cannot be opened", spool->path.ptr);
    buf_clear(&spool->bytes);
    history_batch_write(batch, &spool->bytes);
    history_pack(spool->packer, buf_slice(&spool->bytes), &spool->packed);
    int64_t more = (int64_t)spool->packed.len + HEAD_BYTES;
    if (spool->size + more > spool->max_bytes || spool->bytes.len > RECORD_MAX)
        return err_set(err, ERR_LIMIT, "%s: full (%lld bytes)", spool->path.ptr,
                       (long long)spool->size);
    char head[HEAD_BYTES];
    put_head(head, spool->packed.len, batch->number);
    if (write_at(spool->fd, slice_of(head, sizeof(head)), spool->size) &&
        write_at(spool->fd, buf_slice(&spool->packed), spool->size + HEAD_BYTES)) {
        spool->size += more;
        spool->added++;
        return true;
    }
    int code = errno;
    (void)!ftruncate(spool->fd, spool->size);
    return err_set_errno(err, code, "%s: cannot be written", spool->path.ptr);
}

static bool read_at(int fd, struct buf *to, size_t len, int64_t at)
{
    buf_clear(to);
    char *bytes = buf_reserve(to, len);
    while (to->len < len) {
        ssize_t got = pread(fd, bytes + to->len, len - to->len, at + (int64_t)to->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to->len += (size_t)got;
    }
    return true;
}

/* The record at `given`; NULL: none that can be read. */
static struct history_batch *read_record(struct history_spool *spool)
{
    uint32_t head[4];
    if (spool->fd < 0 || !read_at(spool->fd, &spool->packed, HEAD_BYTES, spool->given))
        return NULL;
    memcpy(head, spool->packed.ptr, sizeof(head));
    int64_t len = le32toh(head[1]);
    if (le32toh(head[0]) != MARK || len > spool->size - spool->given - HEAD_BYTES ||
        !read_at(spool->fd, &spool->packed, (size_t)len, spool->given + HEAD_BYTES) ||
        !history_unpack(spool->packer, buf_slice(&spool->packed), RECORD_MAX, &spool->bytes))
        return NULL;
    struct history_batch *batch = history_batch_read(spool->decoder, buf_slice(&spool->bytes));
    if (batch == NULL)
        return NULL;
    batch->number = le32toh(head[2]) | (uint64_t)le32toh(head[3]) << 32;
    spool->given += HEAD_BYTES + len;
    return batch;
}

struct history_batch *history_spool_next(struct history_spool *spool)
{
    struct history_batch *batch = read_record(spool);
    if (batch != NULL) {
        spool->got++;
        return batch;
    }
    if (spool->given < spool->size && spool->added > spool->got) {
        spool->lost += spool->added - spool->got;
        spool->added = spool->got;
    }
    spool->size = spool->given;
    return NULL;
}

void history_spool_rewind(struct history_spool *spool)
{
    spool->given = spool->taken;
    spool->got = spool->got_taken;
}

void history_spool_taken(struct history_spool *spool)
{
    spool->taken = spool->given;
    spool->got_taken = spool->got;
    if (spool->taken < spool->size || spool->fd < 0)
        return;
    if (ftruncate(spool->fd, 0) == 0)
        spool->taken = spool->given = spool->size = 0;
}

uint64_t history_spool_lost(const struct history_spool *spool)
{
    return spool->lost;
}

int64_t history_spool_bytes(const struct history_spool *spool)
{
    return spool->fd < 0 ? 0 : spool->size - spool->taken;
}
