/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of our own. A kernel that cannot keep them out of dumps still gives them.
 */
#include "io/secret_memory.h"

#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"

void *secret_memory_new(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT(memory != MAP_FAILED);
    (void)madvise(memory, bytes, MADV_DONTDUMP);
    return memory;
}

void secret_memory_free(void *memory, size_t bytes)
{
    if (memory == NULL)
        return;
    explicit_bzero(memory, bytes);
    ASSERT(munmap(memory, bytes) == 0);
}

const struct arena_store secret_arena = {secret_memory_new, secret_memory_free};
