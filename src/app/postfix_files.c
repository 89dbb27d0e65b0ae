/* SPDX-License-Identifier: Apache-2.0
 *
 * See postfix_files.h.
 */
#include "app/postfix_files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "io/file_text.h"
#include "io/lmdb_table.h"
#include "io/output.h"
#include "respond/hold_filter.h"

#define FOLDER_MODE 0755
#define FILTER_BYTES_MAX ((size_t)64 << 20)

bool postfix_files_folder(const char *state, struct buf *to, struct err *err)
{
    char real[PATH_MAX];
    if (realpath(state, real) == NULL)
        return err_set_errno(err, errno, "%s", state);
    buf_addf(to, "%s/postfix", real);
    return true;
}

/* Only what differs is written: the time of the file says when it became so. */
static bool write_text(const char *folder, const char *name, struct slice text, struct err *err)
{
    CLEANUP_BUF struct buf path = {0}, before = {0};
    buf_addf(&path, "%s/%s", folder, name);
    if (file_text_read_state(buf_str(&path), FILTER_BYTES_MAX, &before, NULL) &&
        slice_eq(buf_slice(&before), text))
        return true;
    return output_file_write(buf_str(&path), text, err);
}

static bool make_table(const char *folder, const char *name, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/%s" POSTFIX_TABLE_SUFFIX, folder, name);
    struct lmdb_table *table = lmdb_table_open(buf_str(&path), LMDB_TABLE_WRITE, err);
    lmdb_table_close(table);
    return table != NULL;
}

bool postfix_files_write(const char *folder, const struct classifier *classifier, int64_t now_us,
                         uint64_t *filter, struct err *err)
{
    CLEANUP_BUF struct buf hold = {0};
    struct hold_filter_rules rules = {
        .built_in = classifier_rules(classifier, false),
        .own = classifier_rules(classifier, true),
        .providers = classifier_providers(classifier),
    };
    *filter = 0;
    if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST)
        return err_set_errno(err, errno, "%s: cannot make it", folder);
    hold_filter_make(&rules, now_us, &hold);
    if (!write_text(folder, POSTFIX_HOLD_FILE, buf_slice(&hold), err))
        return false;
    *filter = slice_hash(buf_slice(&hold)) >> 1 | 1;
    return make_table(folder, POSTFIX_ROUTES, err) && make_table(folder, POSTFIX_HOLDS, err) &&
           make_table(folder, POSTFIX_SHARES, err) && make_table(folder, POSTFIX_EXACT, err);
}
