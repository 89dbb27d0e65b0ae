/* SPDX-License-Identifier: Apache-2.0
 *
 * lookup_demo TABLE: asks a table (store/lookup_place.h) for each line of its standard input and
 * prints key, tab and value of those that are there, as `postmap -q - TABLE` does.
 *
 * lookup_demo TABLE ROUNDS: reads it ROUNDS times more while another thread asks it, and prints in
 * microseconds how long the longest reading took and the longest question, on the clock, which a
 * busy machine lengthens; how many questions there were, and how often their thread had to wait for
 * anything; then rows and bytes.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/clock.h"
#include "store/lookup_table.h"

static const struct lookup_options options = {.key = {{1, 2}}};

static bool ask(struct lookup_table *table, struct slice key, struct err *err)
{
    CLEANUP_BUF struct buf value = {0};
    enum lookup_found found = lookup_table_find(table, key, true, &value, err);
    if (found == LOOKUP_FOUND)
        printf("%.*s\t%s\n", SLICE_ARG(key), buf_str(&value));
    return found == LOOKUP_FOUND || found == LOOKUP_MISSING;
}

static bool ask_all(struct lookup_table *table, struct err *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool good = true;
    while (good && (len = getline(&line, &room, stdin)) > 0) {
        struct slice key = slice_of(line, (size_t)len);
        if (slice_ends_with(key, SLICE("\n")))
            key.len--;
        good = ask(table, key, err);
    }
    free(line);
    return good;
}

/* ---- while it is read again ---- */

struct place {
    pthread_mutex_t lock;
    struct lookup_table *table;
    atomic_bool ends;
    int64_t longest_us;
    unsigned questions;
    long waits;
};

static struct lookup_table *take(struct place *place)
{
    pthread_mutex_lock(&place->lock);
    struct lookup_table *table = lookup_table_ref(place->table);
    pthread_mutex_unlock(&place->lock);
    return table;
}

static void *keep_asking(void *argument)
{
    struct place *place = argument;
    char key[48];
    CLEANUP_BUF struct buf value = {0};
    struct rusage used;
    unsigned i = 0;
    for (; !atomic_load(&place->ends); i++) {
        int len = snprintf(key, sizeof(key), "user%07u@example.jp", i % 1000000);
        int64_t before_us = clock_steady_us();
        struct lookup_table *table = take(place);
        buf_clear(&value);
        (void)lookup_table_find(table, slice_of(key, (size_t)len), false, &value, NULL);
        lookup_table_unref(table);
        int64_t took_us = clock_steady_us() - before_us;
        place->longest_us = took_us > place->longest_us ? took_us : place->longest_us;
    }
    place->questions = i;
    place->waits = getrusage(RUSAGE_THREAD, &used) == 0 ? used.ru_nvcsw : -1;
    return NULL;
}

/* The one before is freed here, by whoever reads. */
static void put(struct place *place, struct lookup_table *table)
{
    pthread_mutex_lock(&place->lock);
    struct lookup_table *before = place->table;
    place->table = table;
    pthread_mutex_unlock(&place->lock);
    usleep(1000);
    lookup_table_unref(before);
}

static bool read_often(struct place *place, long rounds, struct err *err)
{
    pthread_t asker;
    int64_t longest_us = 0;
    bool good = pthread_create(&asker, NULL, keep_asking, place) == 0;
    for (long i = 0; good && i < rounds; i++) {
        int64_t before_us = clock_steady_us();
        struct lookup_table *again = lookup_table_again(place->table, err);
        int64_t took_us = clock_steady_us() - before_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
        good = again != NULL;
        if (good)
            put(place, again);
    }
    atomic_store(&place->ends, true);
    pthread_join(asker, NULL);
    struct lookup_numbers numbers = lookup_table_numbers(place->table);
    printf("%lld %lld %u %ld %zu %zu\n", (long long)longest_us, (long long)place->longest_us,
           place->questions, place->waits, numbers.rows, numbers.bytes);
    return good;
}

int main(int argc, char **argv)
{
    struct err err = {.text = "TABLE [ROUNDS]"};
    struct place place = {.lock = PTHREAD_MUTEX_INITIALIZER};
    bool good = argc >= 2;
    if (good)
        place.table = lookup_table_open(slice_from_str(argv[1]), &options, &err);
    good = place.table != NULL && (argc == 3 ? read_often(&place, strtol(argv[2], NULL, 10), &err)
                                             : ask_all(place.table, &err));
    lookup_table_unref(place.table);
    if (!good)
        fprintf(stderr, "lookup_demo: %s\n", err.text);
    return good ? 0 : 1;
}
