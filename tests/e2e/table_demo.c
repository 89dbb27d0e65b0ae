/* SPDX-License-Identifier: Apache-2.0
 *
 * table_demo FILE COUNT: writes rows k0.example ... of one value after the other into the table
 * that Postfix reads, all of them in each transaction, until its standard input ends. Prints how
 * many transactions there were and the longest, in microseconds.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "io/clock.h"
#include "io/lmdb_table.h"

#define ROUNDS_OF_GROWTH 100

static bool write_round(struct lmdb_table *table, unsigned long count, unsigned long round,
                        struct err *err)
{
    struct row_set set = {0};
    CLEANUP_BUF struct buf key = {0}, value = {0};
    buf_addf(&value, "round%lu:", round);
    for (unsigned long i = 0; i < round % ROUNDS_OF_GROWTH * 10; i++)
        buf_add_char(&value, 'x');
    for (unsigned long i = 0; i < count; i++) {
        buf_clear(&key);
        buf_addf(&key, "k%lu.example", i);
        row_set_add(&set, buf_slice(&key), buf_slice(&value));
    }
    row_set_sort(&set);
    bool good = lmdb_table_write(table, set.rows, set.count, err);
    row_set_done(&set);
    return good;
}

int main(int argc, char **argv)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    unsigned long round = 0;
    int64_t longest_us = 0;
    struct err err;
    struct lmdb_table *table = argc == 3 ? lmdb_table_open(argv[1], LMDB_TABLE_WRITE, &err) : NULL;
    bool good = table != NULL;
    while (good) {
        int64_t before_us = clock_steady_us();
        good = write_round(table, strtoul(argv[2], NULL, 10), round++, &err);
        int64_t took_us = clock_steady_us() - before_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
        if (round == 1)
            puts("ready");
        fflush(stdout);
        if (poll(&input, 1, 1) > 0)
            break;
    }
    if (!good) {
        fprintf(stderr, "table_demo: %s\n", argc == 3 ? err.text : "FILE COUNT");
        return 1;
    }
    printf("%lu %lld\n", round, (long long)longest_us);
    lmdb_table_close(table);
    return 0;
}
