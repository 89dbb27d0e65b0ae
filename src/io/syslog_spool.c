/* SPDX-License-Identifier: Apache-2.0
 *
 * See syslog_spool.h. What a write could not take stays in memory and goes on where it stopped:
 * the file is never shortened while somebody may read it.
 */
#include "io/syslog_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/log_name.h"
#include "io/log_rotations.h"

enum {
    FILES = 16,
    PENDING_MAX = 4 << 20, /* bytes added and not written */
    TORN_MAX = 256 * 1024, /* more than any line */
};

struct rotated {
    struct buf path;
    uint64_t inode;
    int64_t size;
};

struct syslog_spool {
    struct buf path;
    int fd;
    uint64_t inode;
    int64_t size, bytes_max;
    struct rotated *rotated; /* oldest first */
    size_t count;
    int64_t rotated_bytes;
    int64_t last_stamp; /* seconds, of the newest rotation */
    struct buf header, pending;
    size_t header_written, written; /* of header and pending */
};

/* Cuts off what stands behind the last newline. */
static bool mend(struct syslog_spool *spool, struct err *err)
{
    char *end = MEM_NEW_ARRAY(char, TORN_MAX);
    int64_t from = spool->size > TORN_MAX ? spool->size - TORN_MAX : 0;
    ssize_t got = pread(spool->fd, end, TORN_MAX, (off_t)from);
    const char *newline = got > 0 ? memrchr(end, '\n', (size_t)got) : NULL;
    int64_t whole = newline != NULL ? from + (newline + 1 - end) : from;
    mem_free(end);
    if (got < 0 || (whole < spool->size && ftruncate(spool->fd, (off_t)whole) != 0))
        return err_set_errno(err, errno, "%s: cannot be mended", buf_str(&spool->path));
    spool->size = whole;
    return true;
}

static bool open_file(struct syslog_spool *spool, struct err *err)
{
    struct stat st;
    spool->fd =
        open(buf_str(&spool->path), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (spool->fd < 0 || fstat(spool->fd, &st) != 0)
        return err_set_errno(err, errno, "%s: cannot open the spool", buf_str(&spool->path));
    spool->size = (int64_t)st.st_size;
    spool->inode = st.st_ino;
    return true;
}

static void add_rotated(struct syslog_spool *spool, const char *path, uint64_t inode, int64_t size)
{
    spool->rotated = mem_resize(spool->rotated, spool->count + 1, sizeof(*spool->rotated));
    struct rotated *file = &spool->rotated[spool->count++];
    *file = (struct rotated){.inode = inode, .size = size};
    buf_add_str(&file->path, path);
    spool->rotated_bytes += size;
}

/* Seconds; 0: none in the name. */
static int64_t stamp_of(const char *path)
{
    int64_t date = log_name_parse(slice_from_str(path)).date;
    if (date < 0)
        return 0;
    struct civil at = {
        .year = (int)(date / 10000000000),
        .month = (int)(date / 100000000 % 100),
        .day = (int)(date / 1000000 % 100),
        .hour = (int)(date / 10000 % 100),
        .minute = (int)(date / 100 % 100),
        .second = (int)(date % 100),
    };
    return civil_seconds(&at);
}

static bool find_rotated(struct syslog_spool *spool, struct err *err)
{
    struct log_rotations *list = log_rotations_scan(buf_str(&spool->path), err);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < log_rotations_count(list); i++) {
        const struct log_rotation *file = log_rotations_get(list, i);
        if (file->inode != spool->inode)
            add_rotated(spool, file->path, file->inode, file->size);
        int64_t stamp = stamp_of(file->path);
        if (stamp > spool->last_stamp)
            spool->last_stamp = stamp;
    }
    log_rotations_free(list);
    return true;
}

struct syslog_spool *syslog_spool_open(const char *folder, const char *name, int64_t bytes_max,
                                       struct err *err)
{
    struct syslog_spool *spool = MEM_NEW(struct syslog_spool);
    spool->fd = -1;
    spool->bytes_max = bytes_max;
    buf_addf(&spool->path, "%s/%s.spool", folder, name);
    bool ok = mkdir(folder, 0750) == 0 || errno == EEXIST;
    if (!ok)
        err_set_errno(err, errno, "%s: cannot make the folder", folder);
    if (ok && open_file(spool, err) && mend(spool, err) && find_rotated(spool, err))
        return spool;
    syslog_spool_free(spool);
    return NULL;
}

static void drop_rotated(struct syslog_spool *spool, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        spool->rotated_bytes -= spool->rotated[i].size;
        buf_done(&spool->rotated[i].path);
    }
    spool->count -= count;
    memmove(spool->rotated, spool->rotated + count, spool->count * sizeof(*spool->rotated));
}

void syslog_spool_free(struct syslog_spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->fd >= 0) {
        (void)syslog_spool_flush(spool, NULL);
        close(spool->fd);
    }
    if (spool->count > 0)
        drop_rotated(spool, spool->count);
    mem_free(spool->rotated);
    buf_done(&spool->header);
    buf_done(&spool->pending);
    buf_done(&spool->path);
    mem_free(spool);
}

const char *syslog_spool_path(const struct syslog_spool *spool)
{
    return buf_str(&spool->path);
}

bool syslog_spool_has_room(const struct syslog_spool *spool)
{
    size_t pending = spool->pending.len - spool->written;
    return pending < PENDING_MAX &&
           spool->rotated_bytes + spool->size + (int64_t)pending < spool->bytes_max;
}

static void blank(char *text, size_t len, char c)
{
    const char *end = text + len;
    while ((text = memchr(text, c, (size_t)(end - text))) != NULL)
        *text++ = ' ';
}

void syslog_spool_add(struct syslog_spool *spool, const char *peer, struct slice message)
{
    size_t peer_len = strlen(peer);
    char *to = buf_reserve(&spool->pending, peer_len + message.len + 2);
    memcpy(to, peer, peer_len);
    to[peer_len] = ' ';
    char *text = to + peer_len + 1;
    if (message.len > 0)
        memcpy(text, message.ptr, message.len);
    blank(text, message.len, '\n');
    blank(text, message.len, '\r');
    text[message.len] = '\n';
    spool->pending.len += peer_len + message.len + 2;
}

/* The name's stamp only orders the files: after all that were there before, also when the clock was
 * set back or one file is full within a second. */
static bool rotate(struct syslog_spool *spool, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    int64_t now = clock_now_us() / US_PER_SECOND;
    int64_t stamp = now > spool->last_stamp ? now : spool->last_stamp + 1;
    struct civil at = civil_from_seconds(stamp);
    buf_addf(&path, "%s-%04d%02d%02d%02d%02d%02d", buf_str(&spool->path), at.year, at.month, at.day,
             at.hour, at.minute, at.second);
    if (access(buf_str(&path), F_OK) == 0) {
        spool->last_stamp = stamp;
        return true; /* another name at the next flush */
    }
    if (rename(buf_str(&spool->path), buf_str(&path)) != 0)
        return err_set_errno(err, errno, "%s: cannot be renamed", buf_str(&spool->path));
    spool->last_stamp = stamp;
    add_rotated(spool, buf_str(&path), spool->inode, spool->size);
    close(spool->fd);
    return open_file(spool, err);
}

/* Writes [*done, len) and moves *done. */
static bool write_on(struct syslog_spool *spool, const char *bytes, size_t len, size_t *done,
                     struct err *err)
{
    while (*done < len) {
        ssize_t wrote = write(spool->fd, bytes + *done, len - *done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return err_set_errno(err, errno, "%s: cannot be written (free some space)",
                                 buf_str(&spool->path));
        *done += (size_t)wrote;
        spool->size += wrote;
    }
    return true;
}

/* A first line that no other file has, since files are told apart by their first bytes and senders
 * may repeat themselves. */
static bool write_header(struct syslog_spool *spool, struct err *err)
{
    if (spool->size == 0) {
        buf_clear(&spool->header);
        buf_addf(&spool->header, SYSLOG_SPOOL_HEADER " %lld %llu\n", (long long)clock_now_us(),
                 (unsigned long long)spool->inode);
        spool->header_written = 0;
    }
    return write_on(spool, buf_str(&spool->header), spool->header.len, &spool->header_written, err);
}

bool syslog_spool_flush(struct syslog_spool *spool, struct err *err)
{
    if (spool->fd < 0 && !open_file(spool, err))
        return false;
    if (spool->pending.len == 0)
        return true;
    if (!write_header(spool, err) ||
        !write_on(spool, spool->pending.ptr, spool->pending.len, &spool->written, err))
        return false;
    buf_clear(&spool->pending);
    spool->written = 0;
    return spool->size < spool->bytes_max / FILES || rotate(spool, err);
}

/* Is it the file that the place was in? The inode of a file that is gone may be that of a newer
 * one, so the head decides. */
static bool has_head(int fd, const struct log_place *place)
{
    char head[LOG_HEAD_BYTES];
    size_t len = place->head_len < sizeof(head) ? place->head_len : sizeof(head);
    return fd >= 0 && pread(fd, head, len, 0) == (ssize_t)len &&
           log_head_hash(slice_of(head, len)) == place->head_hash;
}

static bool is_rotated(const struct rotated *file, const struct log_place *place)
{
    if (file->inode != place->inode)
        return false;
    int fd = open(buf_str(&file->path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool same = has_head(fd, place);
    if (fd >= 0)
        close(fd);
    return same;
}

/* Number of the file of this place: count for the one that is written, above for none. */
static size_t find_file(const struct syslog_spool *spool, const struct log_place *place)
{
    for (size_t i = 0; i < spool->count; i++)
        if (is_rotated(&spool->rotated[i], place))
            return i;
    bool written = place->inode == spool->inode && has_head(spool->fd, place);
    return written ? spool->count : spool->count + 1;
}

/* Files before the first place go, and those of places at their end that are followed by another:
 * else a spool could be full of what has been read, with an empty file behind it that cannot grow.
 */
void syslog_spool_keep(struct syslog_spool *spool, const struct log_position *position)
{
    size_t done = 0;
    for (size_t i = 0; i < position->count; i++) {
        const struct log_place *place = &position->places[i];
        if (place->head_len == 0)
            break; /* nothing was read of it yet */
        size_t index = find_file(spool, place);
        if (index > spool->count)
            return; /* not of this spool, or of a file that is gone */
        done = index;
        if (index == spool->count || place->offset < spool->rotated[index].size)
            break;
        done += i + 1 < position->count;
    }
    for (size_t i = 0; i < done; i++)
        (void)unlink(buf_str(&spool->rotated[i].path));
    if (done > 0)
        drop_rotated(spool, done);
}
