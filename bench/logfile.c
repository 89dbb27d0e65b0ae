/* SPDX-License-Identifier: Apache-2.0
 *
 * Buffered output. The first failure is remembered and ends all further writing.
 */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"

enum { BUFFER_BYTES = 1 << 20 };

struct logfile {
    const char *path;
    uint32_t pieces, piece; /* piece: number of the one being written, counts down to 1 */
    uint64_t lines, written, next_cut;
    bool gzip;
    int fd; /* -1: none */
    gzFile gz;
    int failed; /* errno of the first failure */
    size_t used;
    char name[4096];
    char buffer[BUFFER_BYTES];
};

static void flush(struct logfile *file)
{
    size_t done = 0;
    if (file->gz && file->used && gzwrite(file->gz, file->buffer, (unsigned)file->used) <= 0)
        file->failed = EIO;
    while (!file->gz && done < file->used && !file->failed) {
        ssize_t n = write(file->fd, file->buffer + done, file->used - done);
        if (n < 0 && errno != EINTR)
            file->failed = errno;
        done += n > 0 ? (size_t)n : 0;
    }
    file->used = 0;
}

static void close_piece(struct logfile *file)
{
    flush(file);
    if (file->gz && gzclose(file->gz) != Z_OK && !file->failed)
        file->failed = EIO;
    if (!file->gz && file->fd > STDOUT_FILENO && close(file->fd) < 0 && !file->failed)
        file->failed = errno;
    file->gz = NULL;
    file->fd = -1;
}

static void open_piece(struct logfile *file)
{
    if (file->pieces)
        snprintf(file->name, sizeof(file->name), "%s.%u%s", file->path, file->piece,
                 file->gzip ? ".gz" : "");
    else
        snprintf(file->name, sizeof(file->name), "%s", file->path);
    if (strcmp(file->name, "-") == 0)
        file->fd = STDOUT_FILENO;
    else
        file->fd = open(file->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file->fd < 0)
        file->failed = errno;
    else if (file->gzip)
        file->gz = gzdopen(file->fd, "wb6");
}

static uint64_t cut_after(const struct logfile *file)
{
    uint64_t done = file->pieces - file->piece + 1;
    return file->pieces ? file->lines * done / file->pieces : UINT64_MAX;
}

struct logfile *logfile_open(const char *path, uint32_t pieces, bool gzip, uint64_t lines,
                             struct err *err)
{
    struct logfile *file = MEM_NEW(struct logfile);
    file->path = path;
    file->pieces = file->piece = pieces;
    file->lines = lines;
    file->gzip = gzip && pieces;
    file->fd = -1;
    file->next_cut = cut_after(file);
    open_piece(file);
    if (!file->failed)
        return file;
    err_set_errno(err, file->failed, "%s", file->name);
    mem_free(file);
    return NULL;
}

void logfile_write(struct logfile *file, struct slice line)
{
    if (file->used + line.len > BUFFER_BYTES)
        flush(file);
    memcpy(file->buffer + file->used, line.ptr, line.len);
    file->used += line.len;
    if (++file->written < file->next_cut || file->piece <= 1)
        return;
    close_piece(file);
    file->piece--;
    file->next_cut = cut_after(file);
    open_piece(file);
}

bool logfile_close(struct logfile *file, struct err *err)
{
    close_piece(file);
    bool good = !file->failed;
    if (!good)
        err_set_errno(err, file->failed, "%s", file->name);
    mem_free(file);
    return good;
}
