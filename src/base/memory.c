/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap and arena. See memory.h for the promises.
 */
#include "base/memory.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPECT_MAX ((size_t)1 << 30)
#define FROM_HEAP_MAX (32 << 20) /* larger blocks are mapped on their own: mallopt's bound */
#define LARGE_PAGE \
    ((size_t)2 << 20) /* the kernel's smallest; a smaller table has no use of them \
                       */
#define PAD (1 << 20) /* the heap grows by so much at a time */

static _Noreturn void die_out_of_memory(size_t bytes)
{
    fprintf(stderr, "todoku: out of memory (asked for %zu bytes)\n", bytes);
    abort();
}

void assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "todoku: bug: %s:%d: %s does not hold\n", file, line, condition);
    abort();
}

void *mem_new(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);
    if (ptr == NULL)
        die_out_of_memory(count * size);
    return ptr;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *ptr = reallocarray(old, count ? count : 1, size ? size : 1);
    if (ptr == NULL)
        die_out_of_memory(count * size);
    return ptr;
}

void mem_free(void *ptr)
{
    free(ptr);
}

/* The whole pages between two places. What cannot be had is done without. */
static void on_large_pages(uintptr_t from, uintptr_t to)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    from = (from + page - 1) / page * page;
    to = to / page * page;
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void *mem_new_large(size_t count, size_t size)
{
    void *ptr = mem_new(count, size);
    if (count * size >= LARGE_PAGE)
        on_large_pages((uintptr_t)ptr, (uintptr_t)ptr + count * size);
    return ptr;
}

/* Only what is asked of the kernel once the heap has grown is on large pages: it is told to grow
 * now. */
void mem_expect(size_t bytes)
{
    ASSERT(bytes <= EXPECT_MAX);
    mallopt(M_MMAP_THRESHOLD, FROM_HEAP_MAX);
    mallopt(M_TRIM_THRESHOLD, (int)bytes);
    mallopt(M_TOP_PAD, (int)bytes);
    void *block = malloc(FROM_HEAP_MAX / 2); /* more than is free */
    if (block != NULL)
        on_large_pages((uintptr_t)block, (uintptr_t)sbrk(0));
    free(block);
    mallopt(M_TOP_PAD, PAD); /* what is needed beyond may have to be had under a limit */
}

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct arena_block *newest; /* allocations come from here; older blocks follow */
    size_t block_bytes;
    const struct arena_store *store;
};

static void *heap_take(size_t bytes)
{
    return mem_resize(NULL, bytes, 1);
}

static void heap_give(void *memory, size_t bytes)
{
    (void)bytes;
    mem_free(memory);
}

static const struct arena_store heap = {heap_take, heap_give};

static struct arena_block *arena_block_new(const struct arena_store *store, size_t size,
                                           struct arena_block *next)
{
    struct arena_block *block = store->take(sizeof(*block) + size);
    *block = (struct arena_block){.next = next, .size = size};
    return block;
}

struct arena *arena_new_from(size_t block_bytes, const struct arena_store *store)
{
    struct arena *arena = MEM_NEW(struct arena);
    arena->block_bytes = block_bytes;
    arena->store = store;
    arena->newest = arena_block_new(store, block_bytes, NULL);
    return arena;
}

struct arena *arena_new(size_t block_bytes)
{
    return arena_new_from(block_bytes, &heap);
}

static void arena_drop(const struct arena *arena, struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        arena->store->give(block, sizeof(*block) + block->size);
        block = next;
    }
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_drop(arena, arena->newest);
    mem_free(arena);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->newest;
    arena_drop(arena, kept->next);
    kept->next = NULL;
    kept->used = 0;
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_block *block = arena->newest; block != NULL; block = block->next)
        explicit_bzero(block->bytes, block->used);
    arena_reset(arena);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t rounded = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    ASSERT(rounded >= bytes);
    struct arena_block *block = arena->newest;
    if (block->size - block->used < rounded) {
        size_t size = rounded > arena->block_bytes ? rounded : arena->block_bytes;
        block = arena->newest = arena_block_new(arena->store, size, block);
    }
    void *ptr = block->bytes + block->used;
    block->used += rounded;
    return memset(ptr, 0, bytes);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}
