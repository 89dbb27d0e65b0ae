/* SPDX-License-Identifier: Apache-2.0
 *
 * See charge_journal_file.h. Little endian.
 */
#include "store/charge_journal_file.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define HEAD_MARK UINT32_C(0x4a434454)   /* TDCJ */
#define RECORD_MARK UINT32_C(0x52434454) /* TDCR */
#define NAME "charges.%016" PRIx64 ".journal"

enum { VERSION = 1, HEAD_WORDS = 2, NAME_BYTES = 40, FILES_MAX = 100000 };

const int64_t charge_file_head_bytes = HEAD_WORDS * 4;

/* ---- names ---- */

static bool number_of(const char *name, uint64_t *number)
{
    char again[NAME_BYTES];
    if (sscanf(name, "charges.%16" SCNx64 ".journal", number) != 1)
        return false;
    snprintf(again, sizeof(again), NAME, *number);
    return strcmp(again, name) == 0;
}

static void path_of(const char *folder, uint64_t number, struct buf *path)
{
    buf_addf(path, "%s/" NAME, folder, number);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

bool charge_files_list(const char *folder, struct charge_files *out, struct err *err)
{
    DIR *entries = opendir(folder);
    size_t room = 0;
    *out = (struct charge_files){0};
    if (entries == NULL)
        return err_set_errno(err, errno, "%s: cannot be read", folder);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        struct stat facts;
        uint64_t number;
        if (!number_of(entry->d_name, &number) || out->count == FILES_MAX)
            continue;
        if (out->count == room) {
            room = room * 2 + 16;
            out->numbers = mem_resize(out->numbers, room, sizeof(*out->numbers));
        }
        out->numbers[out->count++] = number;
        if (fstatat(dirfd(entries), entry->d_name, &facts, 0) == 0)
            out->bytes += facts.st_size;
    }
    closedir(entries);
    if (out->count > 0)
        qsort(out->numbers, out->count, sizeof(*out->numbers), by_number);
    return true;
}

void charge_files_done(struct charge_files *files)
{
    mem_free(files->numbers);
    *files = (struct charge_files){0};
}

void charge_file_remove(const char *folder, uint64_t number)
{
    CLEANUP_BUF struct buf path = {0};
    path_of(folder, number, &path);
    (void)unlink(path.ptr);
}

void charge_files_remove_before(const char *folder, uint64_t number)
{
    struct charge_files files;
    struct err err = {0};
    if (!charge_files_list(folder, &files, &err))
        return;
    for (size_t i = 0; i < files.count && files.numbers[i] < number; i++)
        charge_file_remove(folder, files.numbers[i]);
    charge_files_done(&files);
}

/* ---- to the disk ---- */

static bool write_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.ptr, bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes = slice_skip(bytes, (size_t)done);
    }
    return true;
}

static bool sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
    return good;
}

int charge_file_make(const char *folder, uint64_t number, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    const uint32_t head[HEAD_WORDS] = {htole32(HEAD_MARK), htole32(VERSION)};
    path_of(folder, number, &path);
    int fd = open(path.ptr, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
    if (fd >= 0 && write_all(fd, slice_of((const char *)head, sizeof(head))) && sync_folder(folder))
        return fd;
    err_set_errno(err, errno, "%s: cannot be made", path.ptr);
    if (fd >= 0) {
        close(fd);
        charge_file_remove(folder, number);
    }
    return -1;
}

bool charge_file_append(int fd, struct history_packer *packer, struct slice block, int64_t *bytes,
                        struct err *err)
{
    CLEANUP_BUF struct buf packed = {0};
    history_pack(packer, block, &packed);
    const uint32_t head[HEAD_WORDS] = {htole32(RECORD_MARK), htole32((uint32_t)packed.len)};
    if (!write_all(fd, slice_of((const char *)head, sizeof(head))) ||
        !write_all(fd, buf_slice(&packed)) || fdatasync(fd) != 0)
        return err_set_errno(err, errno, "the journal of counts cannot be written");
    *bytes += (int64_t)(sizeof(head) + packed.len);
    return true;
}

/* ---- and back ---- */

/* 1: all of it, 0: the file ends, -1: it cannot be read. */
static int read_all(int fd, char *to, size_t len)
{
    while (len > 0) {
        ssize_t got = read(fd, to, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return (int)got;
        to += got;
        len -= (size_t)got;
    }
    return 1;
}

struct reading {
    int fd;
    int64_t left; /* bytes of the file */
    struct history_packer *packer;
    struct buf packed, block;
};

/* The next two words; false: there are none. */
static bool read_words(struct reading *reading, uint32_t *first, uint32_t *second)
{
    uint32_t words[HEAD_WORDS];
    if (reading->left < (int64_t)sizeof(words) ||
        read_all(reading->fd, (char *)words, sizeof(words)) != 1)
        return false;
    reading->left -= (int64_t)sizeof(words);
    *first = le32toh(words[0]);
    *second = le32toh(words[1]);
    return true;
}

static bool read_block(struct reading *reading)
{
    uint32_t mark, len;
    if (!read_words(reading, &mark, &len) || mark != RECORD_MARK || len > reading->left)
        return false;
    buf_clear(&reading->packed);
    if (read_all(reading->fd, buf_reserve(&reading->packed, len), len) != 1)
        return false;
    reading->packed.len = len;
    reading->left -= len;
    return history_unpack(reading->packer, buf_slice(&reading->packed), CHARGE_BLOCK_MAX,
                          &reading->block);
}

static void read_blocks(struct reading *reading, charge_journal_see see, void *context,
                        struct charge_journal_past *past)
{
    uint32_t mark, version;
    bool known = true;
    if (!read_words(reading, &mark, &version)) {
        past->cut++;
        return;
    }
    if (mark != HEAD_MARK || version != VERSION) {
        past->foreign++;
        return;
    }
    while (known && reading->left > 0) {
        if (!read_block(reading)) {
            past->cut++;
            return;
        }
        past->blocks++;
        known = see(context, buf_slice(&reading->block));
    }
    past->foreign += !known;
}

void charge_file_read(const char *folder, uint64_t number, charge_journal_see see, void *context,
                      struct charge_journal_past *past)
{
    CLEANUP_BUF struct buf path = {0};
    struct stat facts;
    path_of(folder, number, &path);
    struct reading reading = {.fd = open(path.ptr, O_RDONLY | O_CLOEXEC)};
    if (reading.fd < 0 || fstat(reading.fd, &facts) != 0) {
        err_set_errno(&past->why, errno, "%s: cannot be read", path.ptr);
    } else {
        reading.left = facts.st_size;
        reading.packer = history_packer_new();
        read_blocks(&reading, see, context, past);
        history_packer_free(reading.packer);
        past->files++;
        past->bytes += facts.st_size;
    }
    if (reading.fd >= 0)
        close(reading.fd);
    buf_done(&reading.packed);
    buf_done(&reading.block);
}
