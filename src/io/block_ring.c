/* SPDX-License-Identifier: Apache-2.0
 *
 * See block_ring.h. One mutex for the two counters; blocks are filled and read outside of it. A
 * block is the filler's while taken <= its number < taken + blocks has not been published, then the
 * taker's until it asks for the next one:
 *
 *      released        published
 *         v                v
 *   .. [ held ][ ready ][ filling ] ..
 */
#include "io/block_ring.h"

#include <pthread.h>
#include <stdbool.h>

#include "io/block.h"
#include "base/memory.h"
#include "io/thread.h"

struct slot {
    struct block block;
    size_t len;
};

struct block_ring {
    struct byte_source *source;
    size_t count, block_bytes;
    struct slot *slots;
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    size_t published, released; /* blocks so far; published - released <= count */
    bool holding;               /* the taker reads block number `released` */
    bool stopping;
    enum byte_status status; /* BYTES_SOME while the thread goes on */
    struct err err;
};

/* Waits for a free block; NULL: it is to end. */
static struct slot *ring_free_slot(struct block_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    while (!ring->stopping && ring->published - ring->released == ring->count)
        pthread_cond_wait(&ring->changed, &ring->lock);
    struct slot *slot = ring->stopping ? NULL : &ring->slots[ring->published % ring->count];
    pthread_mutex_unlock(&ring->lock);
    return slot;
}

static void ring_publish(struct block_ring *ring, enum byte_status status, const struct err *err)
{
    pthread_mutex_lock(&ring->lock);
    if (status == BYTES_SOME)
        ring->published++;
    ring->status = status;
    ring->err = *err;
    pthread_cond_signal(&ring->changed);
    pthread_mutex_unlock(&ring->lock);
}

static void *ring_thread(void *data)
{
    struct block_ring *ring = data;
    enum byte_status status = BYTES_SOME;
    while (status == BYTES_SOME) {
        struct slot *slot = ring_free_slot(ring);
        if (slot == NULL)
            break;
        struct err err = {0};
        status = ring->source->class->fill(ring->source, slot->block.bytes, ring->block_bytes,
                                           &slot->len, &err);
        ring_publish(ring, status, &err);
    }
    return NULL;
}

static void ring_free(struct block_ring *ring)
{
    for (size_t i = 0; i < ring->count; i++)
        block_done(&ring->slots[i].block);
    mem_free(ring->slots);
    pthread_cond_destroy(&ring->changed);
    pthread_mutex_destroy(&ring->lock);
    mem_free(ring);
}

struct block_ring *block_ring_start(struct byte_source *source, size_t blocks, size_t block_bytes)
{
    ASSERT(blocks >= 2 && block_bytes > 0);
    struct block_ring *ring = MEM_NEW(struct block_ring);
    ring->source = source;
    ring->count = blocks;
    ring->block_bytes = block_bytes;
    ring->status = BYTES_SOME;
    ring->slots = MEM_NEW_ARRAY(struct slot, blocks);
    for (size_t i = 0; i < blocks; i++)
        block_init(&ring->slots[i].block, block_bytes);
    pthread_mutex_init(&ring->lock, NULL);
    pthread_cond_init(&ring->changed, NULL);
    if (thread_start(&ring->thread, ring_thread, ring) == 0)
        return ring;
    ring_free(ring);
    return NULL;
}

void block_ring_stop(struct block_ring *ring)
{
    if (ring == NULL)
        return;
    pthread_mutex_lock(&ring->lock);
    ring->stopping = true;
    pthread_cond_signal(&ring->changed);
    pthread_mutex_unlock(&ring->lock);
    ring->source->class->interrupt(ring->source);
    pthread_join(ring->thread, NULL);
    ring_free(ring);
}

enum byte_status block_ring_take(struct block_ring *ring, struct slice *block, struct err *err)
{
    enum byte_status status = BYTES_SOME;
    pthread_mutex_lock(&ring->lock);
    if (ring->holding) {
        ring->released++;
        ring->holding = false;
        pthread_cond_signal(&ring->changed);
    }
    while (ring->published == ring->released && ring->status == BYTES_SOME)
        pthread_cond_wait(&ring->changed, &ring->lock);
    if (ring->published > ring->released) {
        const struct slot *ready = &ring->slots[ring->released % ring->count];
        *block = slice_of(ready->block.bytes, ready->len);
        ring->holding = true;
    } else {
        status = ring->status;
        *err = ring->err;
    }
    pthread_mutex_unlock(&ring->lock);
    return status;
}
