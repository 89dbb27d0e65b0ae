/* SPDX-License-Identifier: Apache-2.0
 *
 * See block.h.
 */
#include "io/block.h"

#include <stdint.h>

#include "base/memory.h"

enum { ALIGNMENT = 64 };

void block_init(struct block *block, size_t size)
{
    char *memory = MEM_NEW_ARRAY(char, size + ALIGNMENT);
    size_t over = (uintptr_t)memory % ALIGNMENT;
    *block = (struct block){.memory = memory, .bytes = memory + (ALIGNMENT - over)};
}

void block_done(struct block *block)
{
    mem_free(block->memory);
    *block = (struct block){0};
}
