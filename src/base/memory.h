/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation that cannot fail: out of memory aborts the process with a line on stderr. The only
 * place that calls malloc. Callers bound every size that comes from outside before they ask.
 */
#ifndef TD_BASE_MEMORY_H
#define TD_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` objects of `size` bytes; aborts on overflow. Free with mem_free. */
void *mem_new(size_t count, size_t size) __attribute__((returns_nonnull, alloc_size(1, 2)));

/* Resizes to count * size bytes; new bytes are undefined. `old` may be NULL. */
void *mem_resize(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull, alloc_size(2, 3)));

void mem_free(void *ptr);

/* For a program that will fill tables of tens of MB and look things up in them at random: from here
 * on large blocks come from the heap as small ones do, and its next `bytes` are laid out on large
 * pages, where the kernel has some to give. It costs address space at once and memory only as it is
 * used, in steps of a large page. Once, at the start, before the tables are made; at most 1 GiB. */
void mem_expect(size_t bytes);

/* As mem_new, for a table of more than a few MB in which things are looked up at random: laid out
 * on large pages, where the kernel has some to give. It takes memory as it is used, in steps of a
 * large page. */
void *mem_new_large(size_t count, size_t size) __attribute__((returns_nonnull, alloc_size(1, 2)));

#define MEM_NEW(type) ((type *)mem_new(1, sizeof(type)))
#define MEM_NEW_ARRAY(type, count) ((type *)mem_new((count), sizeof(type)))
#define MEM_NEW_TABLE(type, count) ((type *)mem_new_large((count), sizeof(type)))

/* ASSERT: our own bug. Prints where and aborts, in every build. */
#define ASSERT(condition) \
    do { \
        if (__builtin_expect(!(condition), 0)) \
            assert_failed(#condition, __FILE__, __LINE__); \
    } while (0)

void assert_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

/* An arena: many small allocations, freed together. One owner, one thread. */
struct arena;

/* `block_bytes`: size of the blocks it takes from the heap, e.g. 4096. */
struct arena *arena_new(size_t block_bytes);
void arena_free(struct arena *arena);

/* The same with blocks from elsewhere, as of memory for secrets: take gives `bytes` and cannot
 * fail, give takes them back. Outlives the arena. */
struct arena_store {
    void *(*take)(size_t bytes);
    void (*give)(void *memory, size_t bytes);
};
struct arena *arena_new_from(size_t block_bytes, const struct arena_store *store);

/* Forgets all allocations, keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* The same, and overwrites what stood there. */
void arena_wipe(struct arena *arena);

/* Zeroed, aligned for any object, lives until reset or free. */
void *arena_alloc(struct arena *arena, size_t bytes)
    __attribute__((returns_nonnull, alloc_size(2)));

/* NUL-terminated copy of the bytes. */
char *arena_copy(struct arena *arena, const char *bytes, size_t len)
    __attribute__((returns_nonnull));

#endif
