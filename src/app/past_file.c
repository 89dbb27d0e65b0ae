/* SPDX-License-Identifier: Apache-2.0
 *
 * See past_file.h.
 */
#include "app/past_file.h"

#include <errno.h>
#include <sys/stat.h>

#include "io/file_text.h"
#include "io/output.h"
#include "store/history_pack.h"

bool past_file_read(const struct past_file *file, const char *folder, struct buf *to,
                    struct err *err)
{
    CLEANUP_BUF struct buf path = {0}, CLEANUP_BUF packed = {0};
    struct stat st;
    buf_addf(&path, "%s/%s", folder, file->name);
    if (lstat(buf_str(&path), &st) != 0 && errno == ENOENT)
        return true; /* the first start */
    if (!file_text_read_state(buf_str(&path), file->bytes_max, &packed, err))
        return false;
    struct history_packer *packer = history_packer_new();
    bool good = history_unpack(packer, buf_slice(&packed), file->bytes_max, to) && to->len > 0;
    history_packer_free(packer);
    return good || err_set(err, ERR_INPUT, "it is damaged");
}

void past_file_tell_not_read(const struct past_file *file, struct own_log *log,
                             const struct err *err)
{
    OWN_LOG(log, OWN_LOG_WARNING, "past_not_read", log_str("of", file->of),
            log_str("reason", err->text),
            log_str("advice", "what is normal is learned anew from the lines"));
}

void past_file_write(const struct past_file *file, const char *folder, struct slice bytes,
                     struct own_log *log)
{
    CLEANUP_BUF struct buf path = {0}, CLEANUP_BUF packed = {0};
    struct err err = {0};
    if (bytes.len == 0)
        return;
    struct history_packer *packer = history_packer_new();
    history_pack(packer, bytes, &packed);
    history_packer_free(packer);
    buf_addf(&path, "%s/%s", folder, file->name);
    if (!output_state_write(buf_str(&path), buf_slice(&packed), &err))
        OWN_LOG(log, OWN_LOG_WARNING, "past_not_kept", log_str("of", file->of),
                log_str("reason", err.text),
                log_str("advice", "a restart knows what was kept last"));
}
