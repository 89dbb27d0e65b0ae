/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a tail begins and how it goes on from file to file: see log_tail.h.
 */
#include "io/log_tail_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/log_rotations.h"

enum { TRIES_MAX = 4 };

/* What one look at the directory leads to. */
struct finding {
    bool cut; /* in: a file that became shorter is to be believed */
    struct tail_file *files[LOG_POSITION_FILES];
    size_t indexes[LOG_POSITION_FILES]; /* in the list, of each file */
    size_t count;
    struct err gap; /* to be told; empty: nothing */
    int64_t unopened_bytes;
};

static int64_t bytes_from(const struct log_rotations *list, size_t index)
{
    int64_t bytes = 0;
    for (size_t i = index; i < log_rotations_count(list); i++)
        bytes += log_rotations_get(list, i)->size;
    return bytes;
}

static void add_file(struct finding *found, struct tail_file *file,
                     const struct log_rotations *list, size_t index)
{
    found->indexes[found->count] = index;
    found->files[found->count++] = file;
    found->unopened_bytes = bytes_from(list, index + 1);
}

/* Number of the file that has the log's name; count: it is not there. */
static size_t live_index(const struct log_tail *tail, const struct log_rotations *list)
{
    size_t i = 0;
    while (i < log_rotations_count(list) &&
           strcmp(log_rotations_get(list, i)->path, buf_str(&tail->path)) != 0)
        i++;
    return i;
}

/* Opens the first readable file from `index` on; none when there is none, or one that will be
 * tried again. */
static void open_from(struct log_tail *tail, const struct log_rotations *list, size_t index,
                      struct finding *found)
{
    for (size_t i = index; i < log_rotations_count(list); i++) {
        struct err err = {0};
        struct tail_file *file = tail_file_open(log_rotations_get(list, i)->path, &err);
        if (file != NULL) {
            add_file(found, file, list, i);
            return;
        }
        if (err.code == ERR_IO) {
            log_tail_tell_trouble(tail, &err);
            return;
        }
        log_tail_tell(tail, LOG_GAP, &err);
    }
}

static void drop_files(struct finding *found)
{
    while (found->count > 0)
        tail_file_free(found->files[--found->count]);
    found->gap = (struct err){0};
}

/* Looks, and looks again whether the files lie as they did: what was opened by a name is then what
 * had this name, and no copy was made and its original truncated in between. */
static bool find_at_rest(struct log_tail *tail,
                         void (*find)(struct log_tail *tail, const struct log_rotations *list,
                                      struct finding *found),
                         struct finding *found)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct err err = {0};
        struct log_rotations *list = log_rotations_scan(buf_str(&tail->path), &err);
        if (list == NULL) {
            log_tail_tell_trouble(tail, &err);
            return false;
        }
        find(tail, list, found);
        bool at_rest = log_rotations_is_current(list);
        log_rotations_free(list);
        if (at_rest)
            return found->count > 0;
        drop_files(found);
    }
    return false;
}

static void hold_files(struct log_tail *tail, const struct finding *found)
{
    for (size_t i = 0; i < found->count; i++)
        log_tail_hold(tail, found->files[i]);
    tail->unopened_bytes = found->unopened_bytes;
}

/* --- Begin --- */

static void find_first(struct log_tail *tail, const struct log_rotations *list,
                       struct finding *found)
{
    size_t count = log_rotations_count(list), first = count, live = live_index(tail, list);
    if (!tail->waited && tail->since_us < INT64_MAX / 1000)
        for (first = 0; first < count; first++)
            if (log_rotations_get(list, first)->modified_ns >= tail->since_us * 1000)
                break;
    if (first == count && live == count)
        tail->waited = true;
    open_from(tail, list, first < count ? first : live, found);
    if (first == count && !tail->waited && found->count > 0 &&
        !tail_file_is_packed(found->files[0]))
        tail_file_seek_end(found->files[0]);
}

/* The file of one place, at its offset. Two places may be in one file by now: that of a copy, and
 * that of what it was copied from. */
static bool find_place(const struct log_rotations *list, const struct log_place *place,
                       struct finding *found)
{
    size_t index;
    struct tail_file *file = log_rotations_find(list, place, &index);
    if (file == NULL)
        return false;
    int64_t size = log_rotations_get(list, index)->size;
    bool original = log_rotations_get(list, index)->inode == place->inode;
    bool beyond = !tail_file_is_packed(file) && place->offset > size;
    int64_t offset = beyond && (found->cut || !original) ? size : place->offset;
    if (found->count > 0 && found->indexes[found->count - 1] == index) {
        struct tail_file *same = found->files[--found->count];
        if (tail_file_place(same)->offset > offset)
            offset = tail_file_place(same)->offset;
        tail_file_free(same);
    }
    tail_file_seek(file, offset);
    add_file(found, file, list, index);
    return true;
}

/* The last place was not found: what was changed since goes on, else what has the log's name. A
 * place without a head was in a file without a line: nothing is missing. */
static void find_successor(struct log_tail *tail, const struct log_rotations *list,
                           const struct log_place *last, struct finding *found)
{
    size_t count = log_rotations_count(list);
    size_t index = log_rotations_newer(list, last->modified_ns - (last->head_len == 0));
    open_from(tail, list, index < count ? index : live_index(tail, list), found);
    if (found->count == 0 || last->head_len == 0)
        return;
    if (tail_file_place(found->files[0])->inode == last->inode)
        err_set(&found->gap, ERR_NONE,
                "%s: was truncated and no copy of it is there: what was not yet read is lost",
                buf_str(&tail->path));
    else
        err_set(&found->gap, ERR_NONE,
                "%s: the file that was read last is gone: its unread lines, if any, are lost; goes "
                "on with %s",
                buf_str(&tail->path), tail_file_path(found->files[0]));
}

static void find_places(struct log_tail *tail, const struct log_rotations *list,
                        struct finding *found)
{
    const struct log_position *from = &tail->position;
    const struct log_place *last = &from->places[from->count - 1];
    bool last_found = false;
    for (size_t i = 0; i < from->count; i++)
        last_found = find_place(list, &from->places[i], found);
    if (found->count == 0)
        find_successor(tail, list, last, found);
    else if (!last_found && last->head_len > 0)
        err_set(&found->gap, ERR_NONE,
                "%s: the file that was read last is gone: its unread lines, if any, are lost",
                buf_str(&tail->path));
}

static void take_over(struct log_tail *tail, const struct finding *found)
{
    if (found->gap.text[0] != '\0') {
        log_tail_tell(tail, LOG_GAP, &found->gap);
        if (tail->count > 0) /* no copy has the rest of this line */
            log_tail_give_unfinished(tail, tail->count - 1);
    }
    log_tail_drop_all(tail);
    hold_files(tail, found);
    log_tail_pause(tail);
}

bool log_tail_begin(struct log_tail *tail, bool cut)
{
    struct stat st;
    struct finding found = {.cut = cut};
    if (find_at_rest(tail, tail->position.count > 0 ? find_places : find_first, &found)) {
        take_over(tail, &found);
        return true;
    }
    struct err err;
    bool there = stat(buf_str(&tail->path), &st) == 0;
    if (there && S_ISREG(st.st_mode))
        return false;
    if (!there && errno == ENOENT) {
        log_tail_tell_waiting(tail);
        return false;
    }
    if (there)
        err_set(&err, ERR_INPUT, "%s: is %s, not a file that lines are appended to",
                buf_str(&tail->path), S_ISDIR(st.st_mode) ? "a directory" : "a device or pipe");
    else
        err_set_errno(&err, errno, "%s: cannot look at it", buf_str(&tail->path));
    log_tail_tell_trouble(tail, &err);
    return false;
}

/* --- Going on to the next file --- */

/* Number of a held file in the list; count: it is not there. */
static size_t find_held(const struct log_tail *tail, const struct log_rotations *list, size_t held)
{
    const struct log_place *place = tail_file_place(tail->held[held].file);
    size_t count = log_rotations_count(list), index;
    for (size_t i = 0; i < count; i++) {
        const struct log_rotation *file = log_rotations_get(list, i);
        if (file->inode == place->inode && file->device == place->device)
            return i;
    }
    struct tail_file *packed = log_rotations_find(list, place, &index);
    if (packed == NULL)
        return count;
    tail_file_free(packed);
    return index;
}

bool log_tail_is_successor(const struct log_tail *tail)
{
    struct log_rotations *list = log_rotations_scan(buf_str(&tail->path), NULL);
    if (list == NULL)
        return false;
    size_t next = find_held(tail, list, tail->count - 2) + 1;
    bool is = next >= log_rotations_count(list) ||
              log_rotations_get(list, next)->inode ==
                  tail_file_place(tail->held[tail->count - 1].file)->inode;
    log_rotations_free(list);
    return is;
}

static void find_next(struct log_tail *tail, const struct log_rotations *list,
                      struct finding *found)
{
    size_t count = log_rotations_count(list);
    size_t next = find_held(tail, list, tail->count - 1) + 1;
    if (next > count)
        next = log_rotations_newer(list,
                                   tail_file_place(tail->held[tail->count - 1].file)->modified_ns);
    open_from(tail, list, next < count ? next : live_index(tail, list), found);
}

/* Was the newest held file a copy that was made for a truncation that is still to come? Then the
 * next one has the same lines, and goes on behind them; the copy must not be heard twice. */
static bool replace_copy(struct log_tail *tail, struct tail_file *next)
{
    const struct log_place *copy = tail_file_place(tail->held[tail->count - 1].file);
    if (!tail_file_has_head(next, copy))
        return false;
    tail_file_seek(next, copy->offset);
    log_tail_drop_newest(tail);
    return true;
}

bool log_tail_go_on(struct log_tail *tail, int64_t now_us)
{
    struct err text;
    struct finding found = {0};
    if (!find_at_rest(tail, find_next, &found))
        return false;
    if (!replace_copy(tail, found.files[0]))
        tail->held[tail->count - 1].still_since_us = now_us; /* it may be written on from now */
    hold_files(tail, &found);
    err_set(&text, ERR_NONE, "%s: rotated; goes on with %s", buf_str(&tail->path),
            tail_file_path(found.files[0]));
    log_tail_tell(tail, LOG_ROTATED, &text);
    log_tail_pause(tail);
    return true;
}
