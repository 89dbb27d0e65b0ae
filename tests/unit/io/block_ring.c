/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring between two threads, over sources that are as slow, endless or faulty as asked.
 */
#include "io/block_ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

enum { BLOCKS = 4, BLOCK_BYTES = 64 };

/* Gives `fills` blocks, each with its number in all bytes, then `end`. */
struct fake {
    struct byte_source bytes;
    size_t fills, given;
    enum byte_status end;
    useconds_t wait_us;
    bool hangs; /* at the end, until it is interrupted */
    atomic_bool interrupted;
};

static enum byte_status fake_fill(struct byte_source *source, char *to, size_t room, size_t *len,
                                  struct err *err)
{
    struct fake *fake = (struct fake *)source;
    if (fake->wait_us > 0)
        usleep(fake->wait_us);
    if (fake->given < fake->fills) {
        memset(to, (int)(fake->given++ % 251), room);
        *len = room;
        return BYTES_SOME;
    }
    while (fake->hangs && !atomic_load(&fake->interrupted))
        usleep(100);
    if (fake->end == BYTES_FAILED)
        err_set(err, ERR_INPUT, "broken");
    return fake->end;
}

static void fake_interrupt(struct byte_source *source)
{
    atomic_store(&((struct fake *)source)->interrupted, true);
}

static void fake_free(struct byte_source *source)
{
    (void)source;
}

static const struct byte_source_class fake_class = {
    .fill = fake_fill,
    .interrupt = fake_interrupt,
    .free = fake_free,
};

/* Takes all; every block is the right one while it is held. */
static void check_all(struct fake *fake, useconds_t wait_us)
{
    struct block_ring *ring = block_ring_start(&fake->bytes, BLOCKS, BLOCK_BYTES);
    struct slice block;
    struct err err = {0};
    enum byte_status status;
    size_t taken = 0;
    while ((status = block_ring_take(ring, &block, &err)) == BYTES_SOME) {
        usleep(wait_us);
        assert_int_equal(block.len, BLOCK_BYTES);
        for (size_t i = 0; i < block.len; i++)
            assert_int_equal((unsigned char)block.ptr[i], taken % 251);
        taken++;
    }
    assert_int_equal(taken, fake->fills);
    assert_int_equal(status, fake->end);
    assert_string_equal(err.text, fake->end == BYTES_FAILED ? "broken" : "");
    assert_int_equal(block_ring_take(ring, &block, &err), fake->end);
    block_ring_stop(ring);
}

static void all_blocks_in_order(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, BLOCKS - 1, BLOCKS, BLOCKS + 1, 5000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct fake fake = {.bytes = {&fake_class}, .fills = counts[i], .end = BYTES_END};
        check_all(&fake, 0);
    }
}

static void slow_filler_or_taker(void **state)
{
    (void)state;
    struct fake slow = {.bytes = {&fake_class}, .fills = 20, .end = BYTES_END, .wait_us = 500};
    check_all(&slow, 0);
    struct fake fast = {.bytes = {&fake_class}, .fills = 20, .end = BYTES_END};
    check_all(&fast, 500);
}

static void failure_comes_last(void **state)
{
    (void)state;
    struct fake fake = {.bytes = {&fake_class}, .fills = 7, .end = BYTES_FAILED};
    check_all(&fake, 200);
}

/* The filler waits: for room, for the source, or has ended. */
static void stopped_early(void **state)
{
    (void)state;
    for (size_t taken = 0; taken < 30; taken++) {
        struct fake fake = {.bytes = {&fake_class}, .fills = 10, .end = BYTES_END, .hangs = true};
        struct block_ring *ring = block_ring_start(&fake.bytes, BLOCKS, BLOCK_BYTES);
        struct slice block;
        struct err err = {0};
        for (size_t i = 0; i < taken && i < 10; i++)
            assert_int_equal(block_ring_take(ring, &block, &err), BYTES_SOME);
        if (taken % 3 == 0)
            usleep(1000);
        block_ring_stop(ring);
    }
    block_ring_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_blocks_in_order),
        cmocka_unit_test(slow_filler_or_taker),
        cmocka_unit_test(failure_comes_last),
        cmocka_unit_test(stopped_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
