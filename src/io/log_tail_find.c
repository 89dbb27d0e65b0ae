/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a tail begins and how it goes on from file to file: see log_tail.h.
 */
#include "io/log_tail_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/log_rotations.h"

static int64_t bytes_from(const struct log_rotations *list, size_t index)
{
    int64_t bytes = 0;
    for (size_t i = index; i < log_rotations_count(list); i++)
        bytes += log_rotations_get(list, i)->size;
    return bytes;
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

/* Opens the first readable file from `index` on; NULL: none, or one that will be tried again. */
static struct tail_file *open_from(struct log_tail *tail, const struct log_rotations *list,
                                   size_t index)
{
    for (size_t i = index; i < log_rotations_count(list); i++) {
        struct err err = {0};
        struct tail_file *file = tail_file_open(log_rotations_get(list, i)->path, &err);
        if (file != NULL) {
            tail->unopened_bytes = bytes_from(list, i + 1);
            return file;
        }
        if (err.code == ERR_IO) {
            log_tail_tell_trouble(tail, &err);
            return NULL;
        }
        log_tail_tell(tail, LOG_GAP, &err);
    }
    return NULL;
}

/* --- Begin without a position --- */

static struct tail_file *open_end(struct log_tail *tail)
{
    struct err err = {0};
    struct tail_file *file = tail_file_open(buf_str(&tail->path), &err);
    if (file == NULL)
        log_tail_tell_trouble(tail, &err);
    else if (!tail_file_is_packed(file) && !tail->waited)
        tail_file_seek_end(file);
    return file;
}

static bool begin_anew(struct log_tail *tail, const struct log_rotations *list)
{
    size_t count = log_rotations_count(list), first = count;
    if (!tail->waited && tail->since_us < INT64_MAX / 1000)
        for (first = 0; first < count; first++)
            if (log_rotations_get(list, first)->modified_ns >= tail->since_us * 1000)
                break;
    struct tail_file *file = NULL;
    if (first < count)
        file = open_from(tail, list, first);
    else if (live_index(tail, list) < count)
        file = open_end(tail);
    else
        tail->waited = true;
    if (file != NULL)
        log_tail_hold(tail, file);
    return file != NULL;
}

/* --- Begin from a position --- */

/* The file of one place, at its offset. With `cut` it may have become shorter. */
static struct tail_file *find_place(struct log_tail *tail, const struct log_rotations *list,
                                    const struct log_place *place, bool cut)
{
    size_t index;
    struct tail_file *file = log_rotations_find(list, place, &index);
    if (file == NULL)
        return NULL;
    int64_t size = log_rotations_get(list, index)->size;
    bool original = log_rotations_get(list, index)->inode == place->inode;
    bool beyond = !tail_file_is_packed(file) && place->offset > size;
    tail_file_seek(file, beyond && (cut || !original) ? size : place->offset);
    tail->unopened_bytes = bytes_from(list, index + 1);
    return file;
}

/* None of the places was found: what was changed since goes on, else what has the log's name. */
static struct tail_file *find_successor(struct log_tail *tail, const struct log_rotations *list,
                                        const struct log_place *last)
{
    struct err text;
    size_t count = log_rotations_count(list);
    size_t index = log_rotations_newer(list, last->modified_ns);
    if (index == count)
        index = live_index(tail, list);
    struct tail_file *file = open_from(tail, list, index);
    if (file == NULL)
        return NULL;
    if (tail_file_place(file)->inode == last->inode)
        err_set(&text, ERR_NONE,
                "%s: was truncated and no copy of it is there; what was not yet "
                "read is lost",
                buf_str(&tail->path));
    else
        err_set(&text, ERR_NONE,
                "%s: the file that was read last is gone; its unread lines, if any, are lost; "
                "goes on with %s",
                buf_str(&tail->path), tail_file_path(file));
    log_tail_tell(tail, LOG_GAP, &text);
    return file;
}

/* Finds what is to be read from the position on. False: not now, nothing has changed. */
static bool resume(struct log_tail *tail, const struct log_rotations *list, bool cut)
{
    struct log_position from = tail->position;
    struct tail_file *files[LOG_POSITION_FILES];
    size_t count = 0;
    for (size_t i = 0; i < from.count; i++) {
        struct tail_file *file = find_place(tail, list, &from.places[i], cut);
        if (file != NULL)
            files[count++] = file;
    }
    if (count == 0) {
        files[0] = find_successor(tail, list, &from.places[from.count - 1]);
        if (files[0] == NULL)
            return false;
        count = 1;
        if (tail->count > 0) /* no copy has the rest of this line */
            log_tail_give_unfinished(tail, tail->count - 1);
    }
    log_tail_drop_all(tail);
    for (size_t i = 0; i < count; i++)
        log_tail_hold(tail, files[i]);
    return true;
}

bool log_tail_begin(struct log_tail *tail, bool cut)
{
    struct stat st;
    struct err err = {0};
    struct log_rotations *list = log_rotations_scan(buf_str(&tail->path), &err);
    if (list == NULL) {
        log_tail_tell_trouble(tail, &err);
        return false;
    }
    bool begun = tail->position.count > 0 ? resume(tail, list, cut) : begin_anew(tail, list);
    log_rotations_free(list);
    if (begun)
        log_tail_pause(tail);
    else if (stat(buf_str(&tail->path), &st) != 0 && errno == ENOENT)
        log_tail_tell_waiting(tail);
    return begun;
}

/* --- Going on to the next file --- */

/* Number of the first file that is newer than all that is held. */
static size_t find_next(const struct log_tail *tail, const struct log_rotations *list)
{
    const struct log_place *newest = tail_file_place(tail->held[tail->count - 1].file);
    size_t count = log_rotations_count(list);
    for (size_t i = 0; i < count; i++) {
        const struct log_rotation *file = log_rotations_get(list, i);
        if (file->inode == newest->inode && file->device == newest->device)
            return i + 1;
    }
    size_t index;
    struct tail_file *packed = log_rotations_find(list, newest, &index);
    if (packed != NULL) {
        tail_file_free(packed);
        return index + 1;
    }
    index = log_rotations_newer(list, newest->modified_ns);
    return index < count ? index : live_index(tail, list);
}

/* True: another file is held now. */
bool log_tail_go_on(struct log_tail *tail, int64_t now_us)
{
    struct err err = {0};
    struct log_rotations *list = log_rotations_scan(buf_str(&tail->path), &err);
    if (list == NULL) {
        log_tail_tell_trouble(tail, &err);
        return false;
    }
    struct tail_file *next = open_from(tail, list, find_next(tail, list));
    log_rotations_free(list);
    if (next == NULL)
        return false;
    tail->held[tail->count - 1].still_since_us = now_us; /* it may be written on from now */
    log_tail_hold(tail, next);
    err_set(&err, ERR_NONE, "%s: rotated; goes on with %s", buf_str(&tail->path),
            tail_file_path(next));
    log_tail_tell(tail, LOG_ROTATED, &err);
    log_tail_pause(tail);
    return true;
}
