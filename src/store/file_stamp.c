/* SPDX-License-Identifier: Apache-2.0
 *
 * See file_stamp.h. What changes a file's content changes its ctime, which nobody can set.
 */
#include "store/file_stamp.h"

#include "base/civil.h"
#include "io/clock.h"
#include "io/file_text.h"

/* A tick of a Linux kernel is 10 ms at most. */
static const int64_t TICK_US = 20000, LONG_TICK_US = 1100000;

static int64_t old_at(const struct timespec *changed)
{
    int64_t tick_us = changed->tv_nsec == 0 ? LONG_TICK_US : TICK_US;
    int64_t age_us = clock_now_us() -
                     ((int64_t)changed->tv_sec * US_PER_SECOND + (int64_t)changed->tv_nsec / 1000);
    return age_us < tick_us ? clock_steady_us() + tick_us : 0;
}

static void take(const struct stat *st, struct file_stamp *out)
{
    *out = (struct file_stamp){.is_known = true,
                               .device = st->st_dev,
                               .inode = st->st_ino,
                               .size = st->st_size,
                               .modified = st->st_mtim,
                               .changed = st->st_ctim,
                               .old_us = old_at(&st->st_ctim)};
}

bool file_stamp_look(const char *path, struct file_stamp *out)
{
    struct stat st;
    *out = (struct file_stamp){0};
    if (stat(path, &st) != 0)
        return false;
    take(&st, out);
    return true;
}

bool file_stamp_look_at(int fd, struct file_stamp *out)
{
    struct stat st;
    *out = (struct file_stamp){0};
    if (fstat(fd, &st) != 0)
        return false;
    take(&st, out);
    return true;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_stamp_is_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->is_known && b->is_known && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && same_time(a->modified, b->modified) &&
           same_time(a->changed, b->changed);
}

bool file_stamp_is_old(const struct file_stamp *stamp, const char *path)
{
    struct file_stamp now;
    if (!file_stamp_look(path, &now) || !file_stamp_is_same(stamp, &now))
        return true;
    return stamp->old_us != 0 && clock_steady_us() >= stamp->old_us;
}

bool file_stamp_read(const char *path, size_t most, struct buf *text, struct file_stamp *stamp,
                     struct err *err)
{
    struct file_stamp after;
    if (file_stamp_look(path, stamp) && stamp->size >= 0 && (size_t)stamp->size < most)
        (void)buf_reserve(text, (size_t)stamp->size + 1); /* so that it leaves no copies behind */
    if (!file_text_read_state(path, most, text, err))
        return false;
    if (!file_stamp_look(path, &after) || !file_stamp_is_same(stamp, &after))
        return err_set(err, ERR_IO, "%s: was changed while it was read", path);
    return true;
}
