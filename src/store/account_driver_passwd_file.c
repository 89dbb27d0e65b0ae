/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in a passwd-file (mail/passwd_line.h), of at most FILE_MAX bytes, with lines of at most
 * LINE_MAX_BYTES. Best replaced by renaming; one that changes while it is read is read again.
 */
#include "store/account_driver.h"

#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/file_text.h"
#include "mail/passwd_line.h"

enum { FILE_MAX = 1 << 30, LINE_MAX_BYTES = 65536 };

/* What tells one state of a file from another. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
};

struct account_source {
    struct buf path;
    struct stamp stamp; /* of what was read */
    bool was_read;
};

static struct account_source *make(const char *path)
{
    struct account_source *source = MEM_NEW(struct account_source);
    buf_add_str(&source->path, path);
    return source;
}

static void release(struct account_source *source)
{
    if (source == NULL)
        return;
    buf_done(&source->path);
    mem_free(source);
}

static bool look(const struct account_source *source, struct stamp *out)
{
    struct stat st;
    *out = (struct stamp){0};
    if (stat(buf_str(&source->path), &st) != 0)
        return false;
    *out = (struct stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim};
    return true;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

static bool is_changed(struct account_source *source)
{
    struct stamp now;
    return !source->was_read || !look(source, &now) || !is_same(&now, &source->stamp);
}

static void see_line(struct slice line, account_name_see see, void *context)
{
    struct passwd_line parsed = {0};
    enum passwd_line_kind kind =
        line.len <= LINE_MAX_BYTES ? passwd_line_parse(line, &parsed) : PASSWD_BAD;
    const struct account_name name = {parsed.login, parsed.user, parsed.account_class};
    if (kind != PASSWD_NOTHING)
        see(context, &name);
}

/* The text holds passwords: no copy of it stays in memory. */
static void wipe(struct buf *text)
{
    if (text->ptr != NULL)
        explicit_bzero(text->ptr, text->len);
    buf_done(text);
}

static bool read_names(struct account_source *source, account_name_see see, void *context,
                       struct err *err)
{
    struct buf text = {0};
    struct stamp before, after;
    (void)look(source, &before);
    bool good = file_text_read_state(buf_str(&source->path), FILE_MAX, &text, err);
    if (good && (!look(source, &after) || !is_same(&before, &after)))
        good = err_set(err, ERR_IO, "%s: was changed while it was read", buf_str(&source->path));
    struct slice rest = buf_slice(&text);
    while (good && rest.len > 0)
        see_line(slice_cut(&rest, '\n'), see, context);
    wipe(&text);
    source->was_read = good;
    source->stamp = before;
    return good;
}

const struct account_driver account_driver_passwd_file = {
    .word = "passwd-file",
    .make = make,
    .free = release,
    .is_changed = is_changed,
    .read = read_names,
};
