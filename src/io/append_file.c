/* SPDX-License-Identifier: Apache-2.0
 *
 * See append_file.h. One write a line: O_APPEND keeps those of several processes apart.
 */
#include "io/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

/* Does a line stand at its end that was torn, as on a full disk? */
static bool is_torn(int fd)
{
    char last = '\n';
    off_t end = lseek(fd, 0, SEEK_END);
    return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

/* Two who end a torn line at once leave an empty one behind it. */
static bool write_line(int fd, struct slice line)
{
    CLEANUP_BUF struct buf text = {0};
    if (is_torn(fd))
        buf_add_char(&text, '\n');
    buf_add(&text, line);
    buf_add_char(&text, '\n');
    ssize_t written = write(fd, text.ptr, text.len);
    if (written >= 0 && (size_t)written < text.len)
        errno = ENOSPC;
    return written == (ssize_t)text.len && fsync(fd) == 0;
}

/* A file that is there is not made: it keeps its owner. */
static int open_file(const char *path, bool *is_new)
{
    const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, flags | O_CREAT | O_EXCL, 0640);
    *is_new = fd >= 0;
    return fd < 0 && errno == EEXIST ? open(path, flags) : fd;
}

/* What a stranger made there (a FIFO, a device, a second name of another's file) is not written to.
 */
static bool is_ours(int fd)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return false;
    if (S_ISREG(file.st_mode) && file.st_nlink == 1)
        return true;
    errno = S_ISREG(file.st_mode) ? EMLINK : EINVAL;
    return false;
}

static bool give_away(int fd, const char *folder)
{
    struct stat home;
    return stat(folder, &home) == 0 &&
           (geteuid() != 0 || fchown(fd, home.st_uid, home.st_gid) == 0);
}

bool append_file_line(const char *folder, const char *name, struct slice line, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    bool is_new = false;
    buf_addf(&path, "%s/%s", folder, name);
    int fd = open_file(buf_str(&path), &is_new);
    bool good =
        fd >= 0 && is_ours(fd) && (!is_new || give_away(fd, folder)) && write_line(fd, line);
    if (!good)
        err_set_errno(err, errno, "%s: cannot be written", buf_str(&path));
    if (fd >= 0)
        close(fd);
    return good;
}
