/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the image of whom the guard trusts, as they are and behind a right checksum: what is
 * taken is bounded, serves, and is written and read back the same.
 */
#include <endian.h>

#include "base/memory.h"
#include "gate/guess_guard.h"

#define NOW_US INT64_C(1790000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct guess_guard *guard_new(void)
{
    static const struct guess_room room = {8, 8, 8, 256};
    return guess_guard_new(&guess_terms_default, &room, NOW_US);
}

static void use(struct guess_guard *guard)
{
    struct guess_try who = {.login = SLICE("alice"), .ip = {.bytes = {192, 0, 2, 1}, .len = 4}};
    struct guess_answer answer;
    struct guess_campaign news;
    guess_guard_look(guard, &who, NOW_US, &answer);
    guess_guard_pass(guard, &who, NOW_US);
    (void)guess_guard_campaign(guard, NOW_US, &news);
}

static void restore(struct slice image)
{
    CLEANUP_BUF struct buf one = {0};
    CLEANUP_BUF struct buf two = {0};
    struct guess_guard *guard = guard_new(), *again = guard_new();
    bool taken = guess_guard_restore(guard, image);
    ASSERT(guess_guard_counts(guard).trusted_pairs <= (taken ? 256 : 0));
    guess_guard_save(guard, NOW_US, &one);
    ASSERT(guess_guard_restore(again, buf_slice(&one)));
    guess_guard_save(again, NOW_US, &two);
    ASSERT(one.len == two.len);
    use(guard);
    guess_guard_free(guard);
    guess_guard_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key checksum = {{0, 0}};
    CLEANUP_BUF struct buf image = {0};
    struct slice bytes = slice_of((const char *)data, size);
    if (size > 16384)
        return 0;
    restore(bytes);
    uint64_t sum = htole64(keyed_hash(&checksum, bytes));
    buf_add(&image, bytes);
    buf_add(&image, slice_of((const char *)&sum, sizeof(sum)));
    restore(buf_slice(&image));
    return 0;
}
