/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_rotations.h. Made and freed by log_tail at each rotation and at the start.
 */
#include "io/log_rotations.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/log_name.h"

enum { LOOKS_MAX = 8, FILES_MAX = 10000 };

static const int64_t NS_PER_SECOND = 1000000000;

struct found {
    struct log_rotation file;
    struct log_name name;
};

struct log_rotations {
    struct arena *arena; /* paths */
    const char *path;
    struct found *files;
    size_t count, room;
};

static void add_file(struct log_rotations *list, struct slice path)
{
    struct stat st;
    const char *copy = arena_copy(list->arena, path.ptr, path.len);
    if (stat(copy, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        list->files = mem_resize(list->files, list->room, sizeof(*list->files));
    }
    int64_t modified = (int64_t)st.st_mtim.tv_sec * NS_PER_SECOND + st.st_mtim.tv_nsec;
    list->files[list->count++] = (struct found){
        .file = {.path = copy,
                 .device = st.st_dev,
                 .inode = st.st_ino,
                 .size = (int64_t)st.st_size,
                 .modified_ns = modified > 0 ? modified : 0},
        .name = log_name_parse(slice_of(copy, path.len)),
    };
}

/* Oldest first; of one age the shorter name first, which is the one that is not packed. */
static int cmp_found(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = log_name_cmp_age(&x->name, &y->name);
    size_t x_len = strlen(x->file.path), y_len = strlen(y->file.path);
    return order ? order : (x_len > y_len) - (x_len < y_len);
}

static bool is_repetition(const struct log_rotations *list, const struct found *file)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct found *other = &list->files[i];
        if (other->file.inode == file->file.inode && other->file.device == file->file.device)
            return true;
    }
    return list->count > 0 &&
           log_name_cmp_age(&list->files[list->count - 1].name, &file->name) == 0;
}

static void sort_files(struct log_rotations *list)
{
    size_t all = list->count;
    if (all > 0)
        qsort(list->files, all, sizeof(*list->files), cmp_found);
    list->count = 0;
    for (size_t i = 0; i < all; i++)
        if (!is_repetition(list, &list->files[i]))
            list->files[list->count++] = list->files[i];
}

static struct log_rotations *look(const char *path, struct err *err)
{
    CLEANUP_BUF struct buf at = {0};
    struct log_name own = log_name_parse(slice_from_str(path));
    buf_add(&at, own.directory);
    DIR *directory = opendir(at.len > 0 ? buf_str(&at) : ".");
    if (directory == NULL) {
        err_set_errno(err, errno, "%s: cannot list its directory", path);
        return NULL;
    }
    struct log_rotations *list = MEM_NEW(struct log_rotations);
    list->arena = arena_new(4096);
    list->path = arena_copy(list->arena, path, strlen(path));
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && list->count < FILES_MAX) {
        struct log_name name = log_name_parse(slice_from_str(entry->d_name));
        if (log_name_cmp_stem(&name, &own) != 0)
            continue;
        buf_clear(&at);
        buf_add(&at, own.directory);
        buf_add_str(&at, entry->d_name);
        add_file(list, buf_slice(&at));
    }
    closedir(directory);
    sort_files(list);
    return list;
}

static bool is_same(const struct log_rotations *a, const struct log_rotations *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct log_rotation *x = &a->files[i].file, *y = &b->files[i].file;
        if (x->inode != y->inode || x->device != y->device || strcmp(x->path, y->path) != 0)
            return false;
    }
    return true;
}

struct log_rotations *log_rotations_scan(const char *path, struct err *err)
{
    struct log_rotations *before = look(path, err);
    for (int i = 1; before != NULL && i < LOOKS_MAX; i++) {
        struct log_rotations *now = look(path, err);
        bool same = now != NULL && is_same(before, now);
        log_rotations_free(before);
        if (same)
            return now;
        before = now;
    }
    if (before != NULL)
        err_set(err, ERR_IO, "%s: files are being renamed without end", path);
    log_rotations_free(before);
    return NULL;
}

void log_rotations_free(struct log_rotations *list)
{
    if (list == NULL)
        return;
    arena_free(list->arena);
    mem_free(list->files);
    mem_free(list);
}

bool log_rotations_is_current(const struct log_rotations *list)
{
    struct log_rotations *now = look(list->path, NULL);
    bool same = now != NULL && is_same(list, now);
    log_rotations_free(now);
    return same;
}

size_t log_rotations_count(const struct log_rotations *list)
{
    return list->count;
}

const struct log_rotation *log_rotations_get(const struct log_rotations *list, size_t index)
{
    ASSERT(index < list->count);
    return &list->files[index].file;
}

/* Opens a file if its content is that of the place. Lines without a head (a hole at its begin) are
 * told by device and inode. */
static struct tail_file *open_if(const struct log_rotation *file, const struct log_place *place)
{
    bool by_file = place->head_len == 0 && place->offset > 0 && file->inode == place->inode &&
                   file->device == place->device;
    struct tail_file *opened = tail_file_open(file->path, NULL);
    if (opened == NULL || by_file || tail_file_has_head(opened, place))
        return opened;
    tail_file_free(opened);
    return NULL;
}

/* A packed or copied file keeps its time to the second, or is younger. */
static bool may_be_copy(const struct log_rotation *file, const struct log_place *place)
{
    return file->modified_ns / NS_PER_SECOND >= place->modified_ns / NS_PER_SECOND;
}

struct tail_file *log_rotations_find(const struct log_rotations *list,
                                     const struct log_place *place, size_t *index)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < list->count; i++) {
            const struct log_rotation *file = &list->files[i].file;
            if (pass == 0 ? file->inode != place->inode : !may_be_copy(file, place))
                continue;
            struct tail_file *opened = open_if(file, place);
            if (opened == NULL)
                continue;
            *index = i;
            return opened;
        }
    }
    return NULL;
}

size_t log_rotations_newer(const struct log_rotations *list, int64_t modified_ns)
{
    size_t i = 0;
    while (i < list->count && list->files[i].file.modified_ns <= modified_ns)
        i++;
    return i;
}
