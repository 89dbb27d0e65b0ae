/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread publishes, many read: every text a reader sees is whole, and none is freed under it.
 */
#include "io/snapshot.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

enum { READERS = 4, ROUNDS = 3000, TEXT_BYTES = 300 };

/* Its number, then letters that follow from it. */
static struct snapshot *make(size_t number)
{
    struct buf text = {0};
    memset(buf_reserve(&text, TEXT_BYTES), 'a' + (int)(number % 26), TEXT_BYTES);
    memcpy(text.ptr, &number, sizeof(number));
    text.len = TEXT_BYTES;
    struct snapshot *made = snapshot_new(&text);
    assert_null(text.ptr);
    return made;
}

static size_t number_of(struct slice text)
{
    size_t number;
    memcpy(&number, text.ptr, sizeof(number));
    return number;
}

static void empty_at_first_and_when_emptied(void **state)
{
    (void)state;
    struct snapshot_place *place = snapshot_place_new();
    assert_null(snapshot_place_get(place));
    snapshot_place_put(place, make(1));
    snapshot_place_put(place, NULL);
    assert_null(snapshot_place_get(place));
    snapshot_place_free(place);
    snapshot_place_free(NULL);
    snapshot_unref(NULL);
}

static void a_reader_keeps_what_it_has(void **state)
{
    (void)state;
    struct snapshot_place *place = snapshot_place_new();
    snapshot_place_put(place, make(1));
    struct snapshot *old = snapshot_place_get(place);
    struct snapshot *again = snapshot_ref(old);
    snapshot_place_put(place, make(2));
    struct snapshot *new = snapshot_place_get(place);
    snapshot_place_free(place);
    assert_int_equal(number_of(snapshot_text(old)), 1);
    snapshot_unref(old);
    assert_int_equal(number_of(snapshot_text(again)), 1);
    assert_int_equal(number_of(snapshot_text(new)), 2);
    snapshot_unref(again);
    snapshot_unref(new);
}

struct race {
    struct snapshot_place *place;
    atomic_bool ended;
    atomic_size_t seen, wrong;
};

static void *read_all(void *data)
{
    struct race *race = data;
    size_t last = 0;
    while (!atomic_load(&race->ended)) {
        struct snapshot *snapshot = snapshot_place_get(race->place);
        if (snapshot == NULL)
            continue;
        struct slice text = snapshot_text(snapshot);
        size_t number = number_of(text);
        if (number < last || text.len != TEXT_BYTES)
            atomic_fetch_add(&race->wrong, 1);
        for (size_t i = sizeof(number); i < text.len; i++)
            if (text.ptr[i] != 'a' + (int)(number % 26))
                atomic_fetch_add(&race->wrong, 1);
        last = number;
        atomic_fetch_add(&race->seen, 1);
        snapshot_unref(snapshot);
    }
    return NULL;
}

static void one_publishes_many_read(void **state)
{
    (void)state;
    struct race race = {.place = snapshot_place_new()};
    pthread_t readers[READERS];
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_all, &race), 0);
    for (size_t i = 0; i < ROUNDS; i++)
        snapshot_place_put(race.place, make(i));
    while (atomic_load(&race.seen) == 0)
        continue;
    atomic_store(&race.ended, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&race.wrong), 0);
    snapshot_place_free(race.place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_at_first_and_when_emptied),
        cmocka_unit_test(a_reader_keeps_what_it_has),
        cmocka_unit_test(one_publishes_many_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
