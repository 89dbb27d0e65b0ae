/* SPDX-License-Identifier: Apache-2.0
 *
 * See output.h. The new content goes to a file beside the target, is forced to disk (fsync) and
 * takes the target's name (rename); the directory is forced too, so that the name is.
 */
#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum { TEMP_TRIES = 100, MODE_BITS = 07777 };

static bool write_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes = slice_skip(bytes, (size_t)put);
    }
    return true;
}

/* Takes the target's mode, fills, forces to disk, closes. errno says what went wrong. */
static bool fill_and_close(int fd, const struct stat *old, struct slice bytes)
{
    bool ok = (old == NULL || fchmod(fd, old->st_mode & MODE_BITS) == 0) && write_all(fd, bytes) &&
              fsync(fd) == 0;
    int code = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = code;
    return ok;
}

/* A file that did not exist, beside the target; its name goes to `temp`. */
static int create_temp(const char *target, struct buf *temp)
{
    for (int i = 0; i < TEMP_TRIES; i++) {
        buf_clear(temp);
        buf_addf(temp, "%s.%ld-%d.tmp", target, (long)getpid(), i);
        int fd = open(buf_str(temp), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Best effort: some file systems cannot. */
static void sync_directory(const char *target)
{
    const char *slash = strrchr(target, '/');
    CLEANUP_BUF struct buf directory = {0};
    if (slash == NULL)
        buf_add_char(&directory, '.');
    else
        buf_add(&directory, slice_between(target, slash + 1));
    int fd = open(buf_str(&directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static bool replace(const char *path, const char *target, const struct stat *old,
                    struct slice bytes, struct err *err)
{
    CLEANUP_BUF struct buf temp = {0};
    int fd = create_temp(target, &temp);
    if (fd < 0)
        return err_set_errno(err, errno, "%s: cannot create a file beside it", path);
    bool ok = fill_and_close(fd, old, bytes) && rename(buf_str(&temp), target) == 0;
    int code = errno;
    if (ok) {
        sync_directory(target);
        return true;
    }
    (void)unlink(buf_str(&temp));
    return err_set_errno(err, code, "%s: cannot write (what was there is unchanged)", path);
}

static bool write_special(const char *path, struct slice bytes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    bool ok = fd >= 0 && write_all(fd, bytes);
    int code = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        code = errno;
        ok = false;
    }
    return ok || err_set_errno(err, code, "%s: cannot write", path);
}

bool output_file_write(const char *path, struct slice bytes, struct err *err)
{
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return err_set(err, ERR_IO, "%s: is a directory: name a file", path);
    if (exists && !S_ISREG(old.st_mode))
        return write_special(path, bytes, err);
    char real[PATH_MAX];
    const char *target = exists ? realpath(path, real) : path;
    if (target == NULL)
        return err_set_errno(err, errno, "%s: cannot follow it", path);
    return replace(path, target, exists ? &old : NULL, bytes, err);
}

bool output_state_write(const char *path, struct slice bytes, struct err *err)
{
    struct stat old;
    bool special = stat(path, &old) == 0 && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode);
    return special ? replace(path, path, NULL, bytes, err) : output_file_write(path, bytes, err);
}

bool output_stdout_failed(void)
{
    return ferror(stdout) != 0;
}

/* stdio forgets why an earlier write failed: one more byte behind the broken output tells. 0: it
 * went through this time. */
static int ask_why(void)
{
    return write_all(STDOUT_FILENO, SLICE("\n")) ? 0 : errno;
}

enum output_end output_finish_stdout(struct err *err)
{
    bool failed = ferror(stdout) != 0;
    int code = fflush(stdout) == 0 ? 0 : errno;
    if (failed && code == 0)
        code = ask_why();
    /* Closed before we were started, and nothing was printed: fine. */
    if (fclose(stdout) != 0 && code == 0 && !failed && errno != EBADF)
        code = errno;
    if (code == 0 && !failed)
        return OUTPUT_DONE;
    if (code == EPIPE)
        return OUTPUT_PIPE_CLOSED;
    err_set(err, ERR_IO, "cannot write to standard output: %s",
            code ? strerror(code) : "a part of it was lost");
    return OUTPUT_FAILED;
}

void output_ignore_sigpipe(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

_Noreturn void output_exit_by_pipe(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t pipe_only;
    sigaction(SIGPIPE, &standard, NULL);
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE);
}
