/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_lock.h. flock(2): of the open file, so that a second opening in the same process is
 * refused too. The file stays when the lock is gone: removing it would race with the next taker.
 */
#include "store/history_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"

static void taken_by(int fd, const char *folder, struct err *err)
{
    char text[24] = {0};
    uint64_t pid = 0;
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    slice_to_u64(slice_trim(slice_of(text, len > 0 ? (size_t)len : 0)), INT32_MAX, &pid);
    if (pid > 0)
        err_set(err, ERR_LIMIT,
                "%s: in use by process %llu: one todoku daemon a state directory; stop that one or "
                "set another `state`",
                folder, (unsigned long long)pid);
    else
        err_set(err, ERR_LIMIT,
                "%s: in use by another process: one todoku daemon a state directory", folder);
}

/* On a disk that refuses, the lock holds all the same. */
static void write_pid(int fd)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0 && len > 0)
        (void)!pwrite(fd, text, (size_t)len, 0);
}

enum history_lock history_lock_take(const char *folder, int *fd, int *code, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/history.lock", folder);
    *fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (*fd < 0)
        *fd = open(path.ptr, O_RDONLY | O_CLOEXEC);
    *code = errno;
    if (*fd < 0) {
        err_set(err, ERR_IO, "%s: cannot be opened: %s: give the folder to the daemon's user",
                path.ptr, strerror(*code));
        return HISTORY_LOCK_FAILED;
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
        write_pid(*fd);
        return HISTORY_LOCK_OURS;
    }
    *code = errno;
    bool taken = *code == EWOULDBLOCK;
    if (taken)
        taken_by(*fd, folder, err);
    else
        err_set_errno(err, *code, "%s: cannot be locked", path.ptr);
    close(*fd);
    *fd = -1;
    return taken ? HISTORY_LOCK_TAKEN : HISTORY_LOCK_FAILED;
}
