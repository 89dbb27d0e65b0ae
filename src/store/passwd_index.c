/* SPDX-License-Identifier: Apache-2.0
 *
 * See passwd_index.h.
 */
#include "store/passwd_index.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/secret_memory.h"

enum { MOST_LINES = 2048 /* bytes */ };

/* Open addressing; of the same login the first line is found first. */
struct slot {
    uint32_t hash;
    uint32_t place; /* of the line, from 1; 0: free */
};

struct passwd_index {
    int fd;
    struct file_stamp stamp;
    struct slot *slots;
    size_t mask;
};

bool passwd_file_read(const char *path, struct buf *text, struct file_stamp *stamp, struct err *err)
{
    return file_stamp_read(path, PASSWD_FILE_MAX, text, stamp, err);
}

static void add(struct passwd_index *index, struct slice login, size_t place)
{
    uint32_t hash = (uint32_t)slice_hash_nocase(login);
    size_t at = hash & index->mask;
    while (index->slots[at].place != 0)
        at = (at + 1) & index->mask;
    index->slots[at] = (struct slot){hash, (uint32_t)place + 1};
}

static size_t lines_of(struct slice text)
{
    size_t lines = 1;
    for (const char *end; (end = slice_find_char(text, '\n')) != NULL; lines++)
        text = slice_between(end + 1, slice_end(text));
    return lines;
}

static void fill(struct passwd_index *index, struct slice text)
{
    size_t slots = 16, lines = lines_of(text);
    while (slots < lines * 2)
        slots *= 2;
    index->slots = MEM_NEW_ARRAY(struct slot, slots);
    index->mask = slots - 1;
    for (struct slice rest = text; rest.len > 0;) {
        struct passwd_line parsed;
        struct slice line = slice_cut(&rest, '\n');
        if (line.len <= PASSWD_LINE_MAX && passwd_line_parse(line, &parsed) == PASSWD_ACCOUNT)
            add(index, parsed.login, (size_t)(line.ptr - text.ptr));
    }
}

/* The file that was read is the one that is open. */
static bool open_and_fill(struct passwd_index *index, const char *path, struct err *err)
{
    CLEANUP_SECRET_BUF struct buf text = {0};
    struct file_stamp opened;
    index->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (index->fd < 0)
        return err_set_errno(err, errno, "%s: cannot be opened", path);
    if (!file_stamp_look_at(index->fd, &opened) ||
        !passwd_file_read(path, &text, &index->stamp, err))
        return false;
    if (!file_stamp_is_same(&opened, &index->stamp))
        return err_set(err, ERR_IO, "%s: was changed while it was read", path);
    fill(index, buf_slice(&text));
    return true;
}

struct passwd_index *passwd_index_new(const char *path, struct err *err)
{
    struct passwd_index *index = MEM_NEW(struct passwd_index);
    if (open_and_fill(index, path, err))
        return index;
    passwd_index_free(index);
    return NULL;
}

void passwd_index_free(struct passwd_index *index)
{
    if (index == NULL)
        return;
    if (index->fd >= 0)
        close(index->fd);
    mem_free(index->slots);
    mem_free(index);
}

bool passwd_index_is_old(const struct passwd_index *index, const char *path)
{
    return index->stamp.old_us != 0 || file_stamp_is_old(&index->stamp, path);
}

/* The line at a place; false when there is none of that login. */
static bool read_line(const struct passwd_index *index, const struct slot *slot, struct slice login,
                      struct buf *line, struct passwd_line *out)
{
    buf_clear(line);
    char *to = buf_reserve(line, PASSWD_LINE_MAX + 1);
    ssize_t got = pread(index->fd, to, PASSWD_LINE_MAX + 1, slot->place - 1);
    if (got <= 0)
        return false;
    line->len = (size_t)got;
    struct slice rest = buf_slice(line);
    return passwd_line_parse(slice_cut(&rest, '\n'), out) == PASSWD_ACCOUNT &&
           slice_ieq(out->login, login);
}

enum passwd_found passwd_index_find(const struct passwd_index *index, struct slice login,
                                    struct buf *line, struct passwd_line *out)
{
    uint32_t hash = (uint32_t)slice_hash_nocase(login);
    struct file_stamp now;
    bool found = false;
    for (size_t at = hash & index->mask; index->slots[at].place != 0 && !found;
         at = (at + 1) & index->mask)
        found =
            index->slots[at].hash == hash && read_line(index, &index->slots[at], login, line, out);
    if (!file_stamp_look_at(index->fd, &now) || !file_stamp_is_same(&index->stamp, &now))
        return PASSWD_CHANGED;
    return found ? PASSWD_FOUND : PASSWD_MISSING;
}
