/* SPDX-License-Identifier: Apache-2.0
 *
 * See file_source.h. Made and freed by log_input; filled by one thread at a time, which may be
 * another than the one that frees it after that thread has ended.
 */
#include "io/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/clock.h"
#include "base/memory.h"

struct file_source {
    struct byte_source bytes;
    char *path; /* for messages */
    int fd;
    int stop_fd; /* eventfd, readable once interrupted; -1: nobody interrupts */
    bool owns_fd;
    bool regular;
    int64_t size, modified_us;
    _Atomic int64_t position;
};

/* What the user can do about it. */
static const char *open_advice(int code)
{
    switch (code) {
    case EACCES:
    case EPERM:
        return " (mail logs are usually for root and group adm: use sudo or join the group)";
    case ENOENT:
        return " (was it rotated or misspelt?)";
    case EMFILE:
    case ENFILE:
        return " (raise the limit: ulimit -n)";
    default:
        return "";
    }
}

static int open_retrying(const char *path)
{
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    /* Some standard descriptor was closed: a log must not take its place. */
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

static bool take_descriptor(struct file_source *file, struct err *err)
{
    file->owns_fd = strcmp(file->path, "-") != 0;
    file->fd = file->owns_fd ? open_retrying(file->path) : STDIN_FILENO;
    if (file->fd >= 0)
        return true;
    int code = errno;
    return err_set(err, ERR_IO, "%s: cannot open: %s%s", file->path, strerror(code),
                   open_advice(code));
}

static bool take_facts(struct file_source *file, struct err *err)
{
    struct stat st;
    if (fstat(file->fd, &st) != 0) {
        if (!file->owns_fd && errno == EBADF)
            return err_set(err, ERR_IO, "standard input is closed: give a file or pipe a log in");
        return err_set_errno(err, errno, "%s: cannot look at it", file->path);
    }
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: is a directory: name the log files in it", file->path);
    file->regular = S_ISREG(st.st_mode);
    file->size = file->regular ? (int64_t)st.st_size : -1;
    file->modified_us = file->regular
                            ? (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000
                            : clock_now_us();
    if (file->regular)
        (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

/* Waits until fd can be read; false: interrupted. */
static bool wait_readable(const struct file_source *file)
{
    struct pollfd fds[2] = {
        {.fd = file->fd, .events = POLLIN},
        {.fd = file->stop_fd, .events = POLLIN}, /* poll skips -1 */
    };
    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR && errno != EAGAIN)
            return true; /* let read say what is wrong */
    return fds[1].revents == 0;
}

static enum byte_status file_source_fill(struct byte_source *source, char *to, size_t room,
                                         size_t *len, struct err *err)
{
    struct file_source *file = (struct file_source *)source;
    bool wait = file->stop_fd >= 0 && !file->regular;
    for (;;) {
        if (wait && !wait_readable(file))
            return BYTES_END;
        ssize_t got = read(file->fd, to, room);
        if (got > 0) {
            *len = (size_t)got;
            atomic_fetch_add_explicit(&file->position, got, memory_order_relaxed);
            return BYTES_SOME;
        }
        if (got == 0)
            return BYTES_END;
        if (errno == EAGAIN)
            wait = true;
        else if (errno != EINTR)
            break;
    }
    err_set_errno(err, errno, "cannot read on at byte %lld", (long long)file_source_position(file));
    return BYTES_FAILED;
}

static void file_source_interrupt(struct byte_source *source)
{
    const struct file_source *file = (const struct file_source *)source;
    if (file->stop_fd >= 0)
        (void)eventfd_write(file->stop_fd, 1);
}

static void file_source_free_bytes(struct byte_source *source)
{
    file_source_free((struct file_source *)source);
}

static const struct byte_source_class file_source_class = {
    .fill = file_source_fill,
    .interrupt = file_source_interrupt,
    .free = file_source_free_bytes,
};

struct file_source *file_source_open(const char *path, struct err *err)
{
    struct file_source *file = MEM_NEW(struct file_source);
    file->bytes.class = &file_source_class;
    file->path = MEM_NEW_ARRAY(char, strlen(path) + 1);
    memcpy(file->path, path, strlen(path));
    file->fd = file->stop_fd = -1;
    if (take_descriptor(file, err) && take_facts(file, err))
        return file;
    file_source_free(file);
    return NULL;
}

void file_source_free(struct file_source *file)
{
    if (file == NULL)
        return;
    if (file->owns_fd && file->fd >= 0)
        close(file->fd);
    if (file->stop_fd >= 0)
        close(file->stop_fd);
    mem_free(file->path);
    mem_free(file);
}

struct byte_source *file_source_bytes(struct file_source *file)
{
    return &file->bytes;
}

bool file_source_allow_interrupt(struct file_source *file, struct err *err)
{
    if (file->regular || file->stop_fd >= 0)
        return true;
    file->stop_fd = eventfd(0, EFD_CLOEXEC);
    return file->stop_fd >= 0 || err_set_errno(err, errno, "%s: cannot watch it", file->path);
}

bool file_source_is_regular(const struct file_source *file)
{
    return file->regular;
}

int64_t file_source_modified_us(const struct file_source *file)
{
    return file->modified_us;
}

int64_t file_source_size(const struct file_source *file)
{
    return file->size;
}

int64_t file_source_position(const struct file_source *file)
{
    return atomic_load_explicit(&file->position, memory_order_relaxed);
}

size_t file_source_tail(const struct file_source *file, char *to, size_t room)
{
    if (!file->regular || file->size <= 0)
        return 0;
    int64_t from = file->size > (int64_t)room ? file->size - (int64_t)room : 0;
    ssize_t got;
    do
        got = pread(file->fd, to, room, (off_t)from);
    while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}
