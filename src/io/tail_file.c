/* SPDX-License-Identifier: Apache-2.0
 *
 * See tail_file.h. Made and freed by log_tail, one thread.
 */
#include "io/tail_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/block.h"
#include "io/file_source.h"
#include "io/line_cutter.h"
#include "io/log_input.h"
#include "io/unpack.h"

enum { END_BYTES = 64 * 1024 };

struct tail_file {
    struct buf path; /* for messages */
    int fd;
    int64_t size;        /* at the last fill */
    int64_t read_offset; /* plain: of the next read */
    int64_t begin;       /* offset where the cutter began */
    struct line_cutter *cutter;
    struct log_place place;
    char head[LOG_HEAD_BYTES];
    size_t head_bytes; /* of them that are known; in the place are only whole lines */
    /* Packed only: */
    struct file_source *stored;
    struct byte_source *unpack;       /* NULL: plain */
    size_t head_unpacked, head_given; /* bytes of the head, read when it was opened */
    int64_t skip;                     /* still to be dropped after a seek */
    bool ended;
    struct err damage; /* met while the head was read, to be said behind it */
};

static const char *open_advice(int code)
{
    if (code == EACCES || code == EPERM)
        return " (join its group, mostly adm, or grant it with setfacl)";
    if (code == EMFILE || code == ENFILE)
        return " (raise LimitNOFILE)";
    return "";
}

/* A FIFO must not make us wait for its writer. */
static int open_regular(const char *path, struct stat *st, struct err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, st) != 0) {
        int code = errno;
        err_set(err, ERR_IO, "%s: cannot open: %s%s", path, strerror(code), open_advice(code));
    } else if (!S_ISREG(st->st_mode)) {
        err_set(err, ERR_INPUT, "%s: is no regular file: only files can be followed", path);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static ssize_t read_at(int fd, char *to, size_t room, int64_t offset)
{
    ssize_t got;
    do
        got = pread(fd, to, room, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got;
}

static void note_facts(struct tail_file *file, const struct stat *st)
{
    int64_t modified = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    file->size = (int64_t)st->st_size;
    file->place.device = st->st_dev;
    file->place.inode = st->st_ino;
    file->place.modified_ns = modified > 0 ? modified : 0;
}

/* A line that has only begun says little: `2026-03-0` is how many files begin. Holes are filled or
 * look all the same. */
static void set_head(struct tail_file *file, const char *bytes, size_t len)
{
    const char *nul = memchr(bytes, '\0', len);
    if (nul != NULL)
        len = (size_t)(nul - bytes);
    if (bytes != file->head)
        memcpy(file->head, bytes, len);
    file->head_bytes = len;
    const char *newline = slice_find_last_char(slice_of(file->head, len), '\n');
    size_t whole = newline != NULL ? (size_t)(newline + 1 - file->head) : 0;
    if (len == LOG_HEAD_BYTES)
        whole = len;
    file->place.head_len = (uint32_t)whole;
    file->place.head_hash = log_head_hash(slice_of(file->head, whole));
}

/* Another descriptor of the same file, so that no rename gets between. */
static bool open_stored(struct tail_file *file, const struct unpack_format *format,
                        struct slice first, struct err *err)
{
    char path[32];
    struct block block;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
    file->stored = file_source_open(path, err);
    if (file->stored == NULL)
        return false;
    struct byte_source *bytes = file_source_bytes(file->stored);
    size_t got = 0;
    block_init(&block, first.len);
    enum byte_status status = bytes->class->fill(bytes, block.bytes, first.len, &got, err);
    if (status == BYTES_SOME)
        file->unpack = unpack_new(format, bytes, slice_of(block.bytes, got), err);
    block_done(&block);
    return file->unpack != NULL;
}

static void unpack_head(struct tail_file *file)
{
    size_t len = 0;
    while (len < sizeof(file->head) && !file->ended) {
        size_t got = 0;
        file->ended =
            file->unpack->class->fill(file->unpack, file->head + len, sizeof(file->head) - len,
                                      &got, &file->damage) != BYTES_SOME;
        len += got;
    }
    file->head_unpacked = len;
    set_head(file, file->head, len);
}

static bool begin_file(struct tail_file *file, struct err *err)
{
    char head[LOG_HEAD_BYTES];
    ssize_t got = read_at(file->fd, head, sizeof(head), 0);
    if (got < 0)
        return err_set_errno(err, errno, "cannot read");
    bool known;
    const struct unpack_format *format = unpack_find(slice_of(head, (size_t)got), &known, err);
    if (!known)
        return false;
    if (format == NULL) {
        set_head(file, head, (size_t)got);
        return true;
    }
    if (!open_stored(file, format, slice_of(head, (size_t)got), err))
        return false;
    unpack_head(file);
    return true;
}

struct tail_file *tail_file_open(const char *path, struct err *err)
{
    struct stat st;
    int fd = open_regular(path, &st, err);
    if (fd < 0)
        return NULL;
    struct tail_file *file = MEM_NEW(struct tail_file);
    file->fd = fd;
    buf_add_str(&file->path, path);
    note_facts(file, &st);
    file->cutter = line_cutter_new(LOG_INPUT_LINE_MAX);
    if (begin_file(file, err))
        return file;
    err_at(err, "%s", path);
    tail_file_free(file);
    return NULL;
}

void tail_file_free(struct tail_file *file)
{
    if (file == NULL)
        return;
    if (file->unpack != NULL)
        file->unpack->class->free(file->unpack);
    file_source_free(file->stored);
    line_cutter_free(file->cutter);
    close(file->fd);
    buf_done(&file->path);
    mem_free(file);
}

void tail_file_seek(struct tail_file *file, int64_t offset)
{
    file->begin = file->place.offset = file->read_offset = file->skip = offset;
}

void tail_file_seek_end(struct tail_file *file)
{
    char *end = MEM_NEW_ARRAY(char, END_BYTES);
    int64_t from = file->size > END_BYTES ? file->size - END_BYTES : 0;
    ssize_t got = read_at(file->fd, end, END_BYTES, from);
    struct slice read = slice_of(end, got > 0 ? (size_t)got : 0);
    const char *newline = slice_find_last_char(read, '\n');
    if (newline != NULL)
        tail_file_seek(file, from + (newline + 1 - end));
    else
        tail_file_seek(file, from > 0 ? from + (int64_t)read.len : 0);
    mem_free(end);
}

/* Is the file still the one whose head is known? TAIL_SOME: yes. */
static enum tail_status check_head(struct tail_file *file)
{
    char head[LOG_HEAD_BYTES];
    struct stat st;
    ssize_t got = read_at(file->fd, head, sizeof(head), 0);
    if (got < 0 || fstat(file->fd, &st) != 0)
        return TAIL_FAILED;
    size_t len = (size_t)got, known = file->head_bytes;
    if (memcmp(head, file->head, len < known ? len : known) != 0)
        return TAIL_REPLACED;
    if (len < known || (int64_t)st.st_size < file->read_offset)
        return TAIL_SHRUNK;
    note_facts(file, &st);
    if (len > known)
        set_head(file, head, len);
    return TAIL_SOME;
}

/* A daemon that does not append writes on where it was when its file was truncated; all before is a
 * hole, which ends within a page. */
static void skip_hole(struct tail_file *file)
{
    char page[4096];
    off_t data = lseek(file->fd, 0, SEEK_DATA);
    ssize_t got = data > 0 ? read_at(file->fd, page, sizeof(page), data) : 0;
    ssize_t nuls = 0;
    while (nuls < got && page[nuls] == '\0')
        nuls++;
    if (got > 0)
        tail_file_seek(file, (int64_t)data + nuls);
}

/* What was read before the file shrank is good: nothing shorter can have had bytes there. */
static enum tail_status fill_plain(struct tail_file *file, const struct tail_block *block)
{
    if (file->read_offset == 0)
        skip_hole(file);
    ssize_t got = read_at(file->fd, block->bytes, block->size, file->read_offset);
    if (got < 0)
        return TAIL_FAILED;
    enum tail_status head = check_head(file);
    if (head == TAIL_FAILED || head == TAIL_REPLACED || (head == TAIL_SHRUNK && got == 0))
        return head;
    if (got == 0)
        return TAIL_END;
    const char *nul = block->through ? NULL : memchr(block->bytes, '\0', (size_t)got);
    if (nul != NULL)
        got = nul - block->bytes;
    if (got == 0)
        return TAIL_HOLE;
    file->read_offset += got;
    line_cutter_feed(file->cutter, slice_of(block->bytes, (size_t)got));
    return TAIL_SOME;
}

/* The head, which was read when the file was opened, or what comes behind it. */
static enum byte_status unpack_some(struct tail_file *file, const struct tail_block *block,
                                    size_t *got, struct err *err)
{
    *got = file->head_unpacked - file->head_given;
    if (*got > 0) {
        memcpy(block->bytes, file->head, *got);
        file->head_given += *got;
        return BYTES_SOME;
    }
    if (!file->ended)
        return file->unpack->class->fill(file->unpack, block->bytes, block->size, got, err);
    *err = file->damage;
    file->damage = (struct err){0};
    return err->code == ERR_NONE ? BYTES_END : BYTES_FAILED;
}

static enum tail_status fill_packed(struct tail_file *file, const struct tail_block *block,
                                    struct err *err)
{
    size_t got = 0;
    switch (unpack_some(file, block, &got, err)) {
    case BYTES_END:
        file->ended = true;
        return TAIL_END;
    case BYTES_FAILED:
        file->ended = true;
        return TAIL_FAILED;
    case BYTES_SOME:
        break;
    }
    size_t dropped = file->skip < (int64_t)got ? (size_t)file->skip : got;
    file->skip -= (int64_t)dropped;
    line_cutter_feed(file->cutter, slice_skip(slice_of(block->bytes, got), dropped));
    return TAIL_SOME;
}

enum tail_status tail_file_fill(struct tail_file *file, const struct tail_block *block,
                                struct err *err)
{
    ASSERT(block->size >= LOG_HEAD_BYTES);
    errno = 0;
    if (file->unpack == NULL) {
        enum tail_status status = fill_plain(file, block);
        if (status == TAIL_FAILED)
            err_set_errno(err, errno, "%s: cannot read on at byte %lld", buf_str(&file->path),
                          (long long)file->read_offset);
        return status;
    }
    enum tail_status status = fill_packed(file, block, err);
    if (status == TAIL_FAILED)
        err_at(err, "%s", buf_str(&file->path));
    return status;
}

static void note_offset(struct tail_file *file)
{
    file->place.offset = file->begin + (int64_t)line_cutter_used(file->cutter);
}

bool tail_file_next(struct tail_file *file, struct slice *line)
{
    if (!line_cutter_next(file->cutter, line))
        return false;
    note_offset(file);
    return true;
}

bool tail_file_finish(struct tail_file *file, struct slice *line)
{
    if (!line_cutter_finish(file->cutter, line))
        return false;
    note_offset(file);
    return true;
}

bool tail_file_has_head(const struct tail_file *file, const struct log_place *place)
{
    return place->head_len > 0 && place->head_len <= file->head_bytes &&
           log_head_hash(slice_of(file->head, place->head_len)) == place->head_hash;
}

const struct log_place *tail_file_place(const struct tail_file *file)
{
    return &file->place;
}

const char *tail_file_path(const struct tail_file *file)
{
    return buf_str(&file->path);
}

int tail_file_descriptor(const struct tail_file *file)
{
    return file->fd;
}

bool tail_file_is_packed(const struct tail_file *file)
{
    return file->unpack != NULL;
}

uint64_t tail_file_cut_lines(const struct tail_file *file)
{
    return line_cutter_cut_lines(file->cutter);
}

int64_t tail_file_behind(const struct tail_file *file)
{
    int64_t done = file->place.offset;
    if (file->unpack != NULL)
        done = file->ended ? file->size : file_source_position(file->stored);
    return file->size > done ? file->size - done : 0;
}
