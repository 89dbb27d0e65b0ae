/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for secrets: it is in no core dump, and nothing of it is left when it is given back. Whole
 * pages from the kernel, so that nothing else shares them; for what is small and often, take one
 * piece and lay things out in it.
 */
#ifndef TD_IO_SECRET_MEMORY_H
#define TD_IO_SECRET_MEMORY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/memory.h"

/* `bytes` zeroed, at least 1; aborts when there is no memory, as mem_new does. */
void *secret_memory_new(size_t bytes) __attribute__((returns_nonnull, alloc_size(1)));

/* Clears and gives back. bytes: as it was asked for. NULL is fine. */
void secret_memory_free(void *memory, size_t bytes);

/* Arenas of such memory: arena_new_from. */
extern const struct arena_store secret_arena;

#endif
