/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_set.h. Two sorts: by identity, to find what was named twice; then by chain and age.
 */
#include "io/log_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/journal.h"
#include "io/log_name.h"
#include "base/memory.h"

/* One argument. */
struct member {
    const char *path;
    size_t index; /* among the arguments */
    struct log_name name;
    dev_t device, directory_device; /* with their inode numbers; 0, 0: not known */
    ino_t inode, directory_inode;
    int64_t bytes; /* -1: not known */
    bool alone;    /* cannot be a rotation */
    bool again;    /* the file of an earlier argument */
    size_t rank;   /* lowest index of its chain */
};

struct log_set {
    struct arena *arena;
    const char **paths; /* chain after chain */
    struct log_chain *chains;
    const char **warnings;
    size_t chain_count, warning_count;
    int64_t bytes;
};

/* text was made by err_set, for its escaping. */
static void warn(struct log_set *set, const struct err *text)
{
    set->warnings[set->warning_count++] = arena_copy(set->arena, text->text, strlen(text->text));
}

static void warn_of_repetition(struct log_set *set, const char *again, const char *first)
{
    struct err text;
    err_set(&text, ERR_INPUT, "%s: the same file as %s, read once", again, first);
    warn(set, &text);
}

static void look_at_directory(struct member *member)
{
    CLEANUP_BUF struct buf directory = {0};
    struct stat st;
    buf_add(&directory, member->name.directory);
    if (directory.len == 0)
        buf_add_char(&directory, '.');
    if (stat(buf_str(&directory), &st) != 0)
        return;
    member->directory_device = st.st_dev;
    member->directory_inode = st.st_ino;
}

static void look_at(struct member *member)
{
    struct stat st;
    member->name = log_name_parse(slice_from_str(member->path));
    member->alone = strcmp(member->path, "-") == 0 || journal_is_name(member->path);
    member->bytes = member->alone ? -1 : 0;
    if (member->alone)
        return;
    if (stat(member->path, &st) == 0) {
        member->alone = !S_ISREG(st.st_mode);
        member->bytes = member->alone ? -1 : st.st_size;
        member->device = member->alone ? 0 : st.st_dev;
        member->inode = member->alone ? 0 : st.st_ino;
    }
    if (!member->alone)
        look_at_directory(member);
}

#define CMP(x, y) (((x) > (y)) - ((x) < (y)))

/* 0: the same file. */
static int cmp_file(const struct member *a, const struct member *b)
{
    int order = CMP(a->device, b->device);
    if (order == 0)
        order = CMP(a->inode, b->inode);
    if (order == 0 && a->inode == 0)
        order = strcmp(a->path, b->path);
    return order;
}

static int cmp_file_then_index(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = cmp_file(x, y);
    return order ? order : CMP(x->index, y->index);
}

/* 0: rotations of one log. */
static int cmp_chain(const struct member *a, const struct member *b)
{
    if (a->alone || b->alone)
        return a->alone && b->alone ? CMP(a->index, b->index) : a->alone - b->alone;
    int order = CMP(a->directory_device, b->directory_device);
    if (order == 0)
        order = CMP(a->directory_inode, b->directory_inode);
    if (order == 0 && a->directory_inode == 0)
        order = slice_cmp(a->name.directory, b->name.directory);
    return order ? order : log_name_cmp_stem(&a->name, &b->name);
}

static int cmp_chain_then_age(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = cmp_chain(x, y);
    if (order == 0)
        order = log_name_cmp_age(&x->name, &y->name);
    return order ? order : CMP(x->index, y->index);
}

/* Stable for the members of one chain: their order by age is their place in the array before. */
static int cmp_rank(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = CMP(x->rank, y->rank);
    return order ? order : cmp_chain_then_age(a, b);
}

/* Marks repetitions and takes them out; returns how many members are left. */
static size_t drop_repetitions(struct log_set *set, struct member *members, size_t count)
{
    size_t kept = 0, first = 0;
    qsort(members, count, sizeof(*members), cmp_file_then_index);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && cmp_file(&members[first], &members[i]) == 0) {
            warn_of_repetition(set, members[i].path, members[first].path);
            members[i].again = true;
        } else {
            first = i;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (!members[i].again)
            members[kept++] = members[i];
    return kept;
}

static void warn_of_twins(struct log_set *set, const struct member *a, const struct member *b)
{
    if (a->alone || log_name_cmp_age(&a->name, &b->name) != 0)
        return;
    struct err text;
    err_set(&text, ERR_INPUT,
            "%s and %s: one rotation twice? both are read; if one is a copy, leave it out", a->path,
            b->path);
    warn(set, &text);
}

/* Members of one chain get the index of their first argument. */
static void rank_chains(struct log_set *set, struct member *members, size_t count)
{
    qsort(members, count, sizeof(*members), cmp_chain_then_age);
    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t rank = members[begin].index;
        for (end = begin + 1; end < count && cmp_chain(&members[begin], &members[end]) == 0;
             end++) {
            warn_of_twins(set, &members[end - 1], &members[end]);
            if (members[end].index < rank)
                rank = members[end].index;
        }
        for (size_t i = begin; i < end; i++)
            members[i].rank = rank;
    }
    qsort(members, count, sizeof(*members), cmp_rank);
}

static int64_t sum_bytes(const struct member *members, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (members[i].bytes < 0)
            return -1;
        sum += members[i].bytes;
    }
    return sum;
}

static void build_chains(struct log_set *set, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        set->paths[i] = members[i].path;
        if (i == 0 || members[i].rank != members[i - 1].rank)
            set->chains[set->chain_count++].paths = &set->paths[i];
        set->chains[set->chain_count - 1].count++;
    }
}

struct log_set *log_set_new(const char *const *paths, size_t count)
{
    struct log_set *set = MEM_NEW(struct log_set);
    set->arena = arena_new(4096);
    set->paths = arena_alloc(set->arena, count * sizeof(*set->paths));
    set->chains = arena_alloc(set->arena, count * sizeof(*set->chains));
    set->warnings = arena_alloc(set->arena, 2 * count * sizeof(*set->warnings));
    struct member *members = MEM_NEW_ARRAY(struct member, count);
    for (size_t i = 0; i < count; i++) {
        members[i].path = arena_copy(set->arena, paths[i], strlen(paths[i]));
        members[i].index = i;
        look_at(&members[i]);
    }
    size_t kept = drop_repetitions(set, members, count);
    rank_chains(set, members, kept);
    build_chains(set, members, kept);
    set->bytes = sum_bytes(members, kept);
    mem_free(members);
    return set;
}

void log_set_free(struct log_set *set)
{
    if (set == NULL)
        return;
    arena_free(set->arena);
    mem_free(set);
}

size_t log_set_count(const struct log_set *set)
{
    return set->chain_count;
}

struct log_chain log_set_chain(const struct log_set *set, size_t index)
{
    ASSERT(index < set->chain_count);
    return set->chains[index];
}

int64_t log_set_bytes(const struct log_set *set)
{
    return set->bytes;
}

size_t log_set_warning_count(const struct log_set *set)
{
    return set->warning_count;
}

const char *log_set_warning(const struct log_set *set, size_t index)
{
    ASSERT(index < set->warning_count);
    return set->warnings[index];
}
