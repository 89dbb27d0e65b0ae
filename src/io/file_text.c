/* SPDX-License-Identifier: Apache-2.0
 *
 * See file_text.h.
 */
#include "io/file_text.h"

#include "io/file_source.h"

#define STEP 65536

bool file_text_read(const char *path, struct buf *to, struct err *err)
{
    return file_text_read_most(path, FILE_TEXT_MAX, to, err);
}

bool file_text_read_most(const char *path, size_t most, struct buf *to, struct err *err)
{
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
