/* SPDX-License-Identifier: Apache-2.0
 *
 * See snapshot.h. The count is atomic, so that the last reader frees without the place's lock. A
 * reader takes its reference under the lock: between reading the pointer and counting, the
 * publisher could else have let go of it.
 */
#include "io/snapshot.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"

struct snapshot {
    atomic_uint references;
    struct buf text;
};

struct snapshot_place {
    pthread_mutex_t lock; /* guards `newest` */
    struct snapshot *newest;
};

struct snapshot *snapshot_new(struct buf *text)
{
    struct snapshot *snapshot = MEM_NEW(struct snapshot);
    atomic_init(&snapshot->references, 1);
    snapshot->text = *text;
    *text = (struct buf){0};
    return snapshot;
}

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
    /* acq_rel: all reads of the others happen before the last one frees. */
    if (snapshot == NULL ||
        atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    buf_done(&snapshot->text);
    mem_free(snapshot);
}

struct slice snapshot_text(const struct snapshot *snapshot)
{
    return buf_slice(&snapshot->text);
}

struct snapshot_place *snapshot_place_new(void)
{
    struct snapshot_place *place = MEM_NEW(struct snapshot_place);
    pthread_mutex_init(&place->lock, NULL);
    return place;
}

void snapshot_place_free(struct snapshot_place *place)
{
    if (place == NULL)
        return;
    snapshot_unref(place->newest);
    pthread_mutex_destroy(&place->lock);
    mem_free(place);
}

void snapshot_place_put(struct snapshot_place *place, struct snapshot *snapshot)
{
    pthread_mutex_lock(&place->lock);
    struct snapshot *old = place->newest;
    place->newest = snapshot;
    pthread_mutex_unlock(&place->lock);
    snapshot_unref(old);
}

struct snapshot *snapshot_place_get(struct snapshot_place *place)
{
    pthread_mutex_lock(&place->lock);
    struct snapshot *newest = place->newest ? snapshot_ref(place->newest) : NULL;
    pthread_mutex_unlock(&place->lock);
    return newest;
}
