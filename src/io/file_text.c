/* SPDX-License-Identifier: Apache-2.0
 *
 * See file_text.h.
 */
#include "io/file_text.h"

#include <errno.h>
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

bool file_text_read(const char *path, struct buf *to, struct err *err)
{
    return file_text_read_most(path, FILE_TEXT_MAX, to, err);
}

bool file_text_read_most(const char *path, size_t most, struct buf *to, struct err *err)
{
    if (!check_file(path, err))
        return false;
    struct file_source *file = file_source_open(path, err);
    if (file == NULL)
        return false;
    struct byte_source *source = file_source_bytes(file);
    enum byte_status status = BYTES_SOME;
    struct err why = {0};
    while (status == BYTES_SOME && to->len <= most) {
        size_t len = 0;
        status = source->class->fill(source, buf_reserve(to, STEP), STEP, &len, &why);
        to->len += status == BYTES_SOME ? len : 0;
    }
    file_source_free(file);
    if (status == BYTES_FAILED)
        return err_set(err, why.code, "%s", why.text);
    if (status == BYTES_SOME)
        return err_set(err, ERR_LIMIT, "%s: expected at most %zu bytes", path, most);
    return true;
}
