/* SPDX-License-Identifier: Apache-2.0
 *
 * Spooling. See spool.h. The copy is reached through /proc/self/fd, which gives each reader a file
 * position of its own.
 */
#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/file_source.h"

#define SPOOL_MAX (INT64_C(64) << 30)
#define CHUNK ((size_t)1 << 18)

struct spool {
    int fd; /* -1: standard input itself */
    struct buf path, name;
};

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool spool_is_needed(const char *path)
{
    struct stat st;
    if (is_stdin(path))
        return true;
    if (strncmp(path, "journal:", strlen("journal:")) == 0 || stat(path, &st) != 0)
        return false;
    return S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode) || S_ISSOCK(st.st_mode);
}

/* Standard input is a file, read from its beginning, that we may open again. */
static bool can_reopen_stdin(void)
{
    struct stat st;
    return fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
           lseek(STDIN_FILENO, 0, SEEK_CUR) == 0 && access("/proc/self/fd/0", R_OK) == 0;
}

static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd;
    CLEANUP_BUF struct buf name = {0};
    buf_addf(&name, "%s/todoku.XXXXXX", folder);
    fd = mkostemp(name.ptr, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(name.ptr);
    return fd;
}

static int open_temporary(struct err *err)
{
    const char *wanted = getenv("TMPDIR");
    const char *const folders[] = {wanted != NULL && *wanted != '\0' ? wanted : "/var/tmp", "/tmp"};
    int code = 0;
    for (size_t i = 0; i < 2; i++) {
        int fd = open_nameless(folders[i]);
        if (fd >= 0)
            return fd;
        code = code ? code : errno;
    }
    err_set_errno(err, code, "%s: cannot keep a copy of standard input there (set TMPDIR)",
                  folders[0]);
    return -1;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        len -= (size_t)done;
    }
    return true;
}

static bool copy(const struct spool *spool, struct byte_source *from, char *chunk, struct err *err)
{
    const char *name = buf_str(&spool->name);
    for (int64_t total = 0; total <= SPOOL_MAX;) {
        struct err why = {0};
        size_t len;
        switch (from->class->fill(from, chunk, CHUNK, &len, &why)) {
        case BYTES_END:
            return true;
        case BYTES_FAILED:
            return err_set(err, ERR_IO, "%s: %s", name, why.text);
        case BYTES_SOME:
            break;
        }
        total += (int64_t)len;
        if (!write_all(spool->fd, chunk, len))
            return err_set_errno(err, errno,
                                 "%s: cannot keep a copy of it to read it again (give the log as a "
                                 "file, or set TMPDIR to a larger disk)",
                                 name);
    }
    return err_set(err, ERR_LIMIT, "%s: more than 64 GiB: give the log as a file", name);
}

static bool fill(struct spool *spool, const char *path, struct err *err)
{
    struct file_source *source = file_source_open(path, err);
    if (source == NULL)
        return false;
    bool ok = false;
    spool->fd = open_temporary(err);
    if (spool->fd >= 0) {
        char *chunk = mem_new(CHUNK, 1);
        ok = copy(spool, file_source_bytes(source), chunk, err);
        mem_free(chunk);
        buf_addf(&spool->path, "/proc/self/fd/%d", spool->fd);
    }
    file_source_free(source);
    return ok;
}

struct spool *spool_new(const char *path, struct err *err)
{
    struct spool *spool = MEM_NEW(struct spool);
    spool->fd = -1;
    buf_add_str(&spool->name, is_stdin(path) ? "standard input" : path);
    if (is_stdin(path) && can_reopen_stdin()) {
        buf_add_str(&spool->path, "/proc/self/fd/0");
        return spool;
    }
    if (fill(spool, path, err))
        return spool;
    spool_free(spool);
    return NULL;
}

void spool_free(struct spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    buf_done(&spool->path);
    buf_done(&spool->name);
    mem_free(spool);
}

const char *spool_path(const struct spool *spool)
{
    return buf_str(&spool->path);
}

const char *spool_name(const struct spool *spool)
{
    return buf_str(&spool->name);
}
