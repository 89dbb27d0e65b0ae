/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_sharing.h.
 */
#include "app/auth_sharing.h"

#include <pthread.h>

#include "base/memory.h"
#include "io/clock.h"

static const int64_t AGAIN_US = 10000000; /* after there was no descriptor for it */

struct auth_sharing {
    struct guess_share *share; /* NULL: nothing is shared, or there is no loop */
    struct hash_key key;
    int64_t tried_us; /* steady: when one was last made, or was to be */

    pthread_mutex_t lock;
    struct guess_share_counts counts; /* guarded by the lock */
};

struct auth_sharing *auth_sharing_new(const struct hash_key *key)
{
    struct auth_sharing *sharing = MEM_NEW(struct auth_sharing);
    sharing->key = *key;
    pthread_mutex_init(&sharing->lock, NULL);
    return sharing;
}

void auth_sharing_free(struct auth_sharing *sharing)
{
    if (sharing == NULL)
        return;
    guess_share_free(sharing->share);
    pthread_mutex_destroy(&sharing->lock);
    explicit_bzero(&sharing->key, sizeof(sharing->key));
    mem_free(sharing);
}

static void show(struct auth_sharing *sharing, const struct guess_share_counts *counts)
{
    pthread_mutex_lock(&sharing->lock);
    sharing->counts = *counts;
    pthread_mutex_unlock(&sharing->lock);
}

void auth_sharing_end(struct auth_sharing *sharing)
{
    const struct guess_share_counts none = {0};
    guess_share_free(sharing->share);
    sharing->share = NULL;
    show(sharing, &none);
}

void auth_sharing_begin(struct auth_sharing *sharing, const struct guess_share_terms *terms,
                        struct guess_guard *guard)
{
    struct guess_share_counts counts = {.wanted = true, .since_us = clock_now_us()};
    auth_sharing_end(sharing);
    sharing->tried_us = clock_steady_us();
    if (!terms->wanted)
        return;
    sharing->share = guess_share_new(terms, guard, &sharing->key, &counts.fault);
    if (sharing->share == NULL)
        show(sharing, &counts);
}

void auth_sharing_turn(struct auth_sharing *sharing, const struct guess_share_terms *terms,
                       struct guess_guard *guard)
{
    struct guess_share_counts counts;
    if (sharing->share == NULL && terms->wanted &&
        clock_steady_us() - sharing->tried_us >= AGAIN_US)
        auth_sharing_begin(sharing, terms, guard);
    if (sharing->share == NULL)
        return;
    guess_share_turn(sharing->share);
    guess_share_counts(sharing->share, &counts);
    show(sharing, &counts);
}

void auth_sharing_put(struct auth_sharing *sharing, const struct guess_news *news)
{
    guess_share_put(sharing->share, news);
}

void auth_sharing_counts(struct auth_sharing *sharing, struct guess_share_counts *out)
{
    pthread_mutex_lock(&sharing->lock);
    *out = sharing->counts;
    pthread_mutex_unlock(&sharing->lock);
}
