/* SPDX-License-Identifier: Apache-2.0
 *
 * See file_text.h.
 */
#include "io/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file_source.h"

#define STEP 65536

/* In words of its own: the advice of a source of lines is about logs. */
static bool check_file(const char *path, struct err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return true;
    if (stat(path, &st) != 0)
        return err_set(err, ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: is a directory, not a file", path);
    if (access(path, R_OK) != 0)
        return err_set(err, ERR_IO, "%s: cannot open: %s%s", path, strerror(errno),
                       errno == EACCES ? " (use sudo, or join the group of the file)" : "");
    return true;
}

static const char *word_of(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISDIR(mode))
        return "a directory";
    return S_ISSOCK(mode) ? "a socket" : "a device";
}

static bool read_all(int fd, const char *path, size_t most, struct buf *to, struct err *err)
{
    size_t begin = to->len;
    for (;;) {
        ssize_t got = read(fd, buf_reserve(to, STEP), STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            return true;
        to->len += (size_t)got;
        to->ptr[to->len] = '\0';
        if (to->len - begin > most)
            return err_set(err, ERR_LIMIT, "%s: expected at most %zu bytes", path, most);
    }
}

bool file_text_read_state(const char *path, size_t most, struct buf *to, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && errno == ENXIO)
        return err_set(err, ERR_INPUT, "%s: is a socket or a device, not a file", path);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    bool good = fstat(fd, &st) == 0;
    if (!good)
        err_set(err, ERR_IO, "%s: cannot look at it: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        good = err_set(err, ERR_INPUT, "%s: is %s, not a file", path, word_of(st.st_mode));
    else
        good = read_all(fd, path, most, to, err);
    close(fd);
    return good;
}

bool file_text_read(const char *path, struct buf *to, struct err *err)
{
    if (!check_file(path, err))
        return false;
    struct file_source *file = file_source_open(path, err);
    if (file == NULL)
        return false;
    struct byte_source *source = file_source_bytes(file);
    enum byte_status status = BYTES_SOME;
    struct err why = {0};
    while (status == BYTES_SOME && to->len <= FILE_TEXT_MAX) {
        size_t len = 0;
        status = source->class->fill(source, buf_reserve(to, STEP), STEP, &len, &why);
        to->len += status == BYTES_SOME ? len : 0;
        to->ptr[to->len] = '\0';
    }
    file_source_free(file);
    if (status == BYTES_FAILED)
        return err_set(err, why.code, "%s", why.text);
    if (status == BYTES_SOME)
        return err_set(err, ERR_LIMIT, "%s: expected at most %zu bytes", path,
                       (size_t)FILE_TEXT_MAX);
    return true;
}
