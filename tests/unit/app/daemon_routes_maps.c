/* SPDX-License-Identifier: Apache-2.0
 *
 * Wanted rows into tables: written once, all or with a reason, tried again later and later, the
 * newest wish first, and what is wanted at the end is written at the end.
 */
#include "app/daemon_routes_maps.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/lmdb_table.h"
#include "io/sandbox.h"

#define NOON INT64_C(1772452800000000) /* 2026-03-02T12:00:00Z */
#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

enum { PATIENCE_MS = 20000 };

static struct job_pool *pool;
static struct daemon_routes_maps *maps;
static char folder[64];
static unsigned folders;

static int enter(void **state)
{
    struct err err;
    (void)state;
    snprintf(folder, sizeof(folder), "maps%u", ++folders);
    pool = job_pool_start(1, 4, &err);
    assert_non_null(pool);
    maps = daemon_routes_maps_new(pool, slice_from_str(folder));
    return 0;
}

static int leave(void **state)
{
    (void)state;
    job_pool_free(pool);
    daemon_routes_maps_free(maps);
    return 0;
}

static void want(const char *routes, const char *exact)
{
    struct route_map map = {0};
    if (routes != NULL)
        row_set_add(&map.routes, SLICE("g.example"), slice_from_str(routes));
    if (exact != NULL)
        row_set_add(&map.exact, SLICE("g.example"), slice_from_str(exact));
    row_set_sort(&map.routes);
    row_set_sort(&map.exact);
    daemon_routes_maps_want(maps, &map);
    assert_null(map.routes.rows);
}

struct outcome {
    bool written, failed;
};

/* What began comes to its end. */
static struct outcome finish_job(int64_t now_us)
{
    struct outcome outcome = {false, false};
    struct pollfd fd = {.fd = job_pool_fd(pool), .events = POLLIN};
    struct job *job, other = {0};
    assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
    while ((job = job_pool_take(pool)) == NULL)
        ;
    assert_false(daemon_routes_maps_take(maps, &other, now_us, &outcome.written, &outcome.failed));
    assert_true(daemon_routes_maps_take(maps, job, now_us, &outcome.written, &outcome.failed));
    return outcome;
}

static bool begins(int64_t now_us)
{
    daemon_routes_maps_advance(maps, now_us);
    return daemon_routes_maps_state(maps).behind && daemon_routes_maps_next_due(maps) == INT64_MAX;
}

static void path_of(const char *table, char *path, size_t size)
{
    snprintf(path, size, "%s/%s.lmdb", folder, table);
}

/* The value of g.example; empty: there is none. */
static void assert_row(const char *table, const char *value)
{
    char path[128];
    struct err err = {0};
    struct row_set rows = {0};
    path_of(table, path, sizeof(path));
    struct lmdb_table *file = lmdb_table_open(path, LMDB_TABLE_READ, &err);
    if (file == NULL)
        fail_msg("%s", err.text);
    assert_true(lmdb_table_read(file, &rows, &err));
    assert_int_equal(rows.count, *value != '\0');
    if (*value != '\0')
        assert_true(slice_eq(rows.rows[0].value, slice_from_str(value)));
    row_set_done(&rows);
    lmdb_table_close(file);
}

static void what_is_wanted_is_written(void **state)
{
    (void)state;
    assert_int_equal(daemon_routes_maps_next_due(maps), INT64_MAX);
    assert_false(begins(NOON)); /* nothing is wanted */
    want("out-b:", NULL);
    assert_true(daemon_routes_maps_next_due(maps) <= NOON);
    assert_true(begins(NOON));
    struct outcome outcome = finish_job(NOON + 1);
    assert_true(outcome.written && !outcome.failed);
    assert_row("routes", "out-b:");
    struct daemon_routes_maps_state now = daemon_routes_maps_state(maps);
    assert_true(!now.behind && !now.failing && now.exact_out);
    assert_int_equal(now.rows, 1);
    assert_int_equal(now.written_us, NOON + 1);
}

static void tables_that_would_be_empty_are_not_made(void **state)
{
    char path[128];
    (void)state;
    want(NULL, NULL);
    assert_true(begins(NOON));
    assert_true(finish_job(NOON).written);
    path_of("routes", path, sizeof(path));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_wish_while_it_is_written_comes_next(void **state)
{
    (void)state;
    want("out-b:", NULL);
    assert_true(begins(NOON));
    want("out-c:", NULL);
    daemon_routes_maps_advance(maps, NOON); /* one at a time */
    struct outcome outcome = finish_job(NOON);
    assert_false(outcome.written || outcome.failed); /* not what was wanted last */
    assert_true(daemon_routes_maps_state(maps).behind);
    assert_true(begins(NOON));
    assert_true(finish_job(NOON).written);
    assert_row("routes", "out-c:");
}

/* A folder stands where the table is to be. */
static void block_table(const char *table)
{
    char path[128];
    mkdir(folder, 0755);
    path_of(table, path, sizeof(path));
    assert_int_equal(mkdir(path, 0755), 0);
}

static void what_fails_is_tried_again_later_and_later(void **state)
{
    static const int64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    char path[128];
    int64_t now_us = NOON;
    (void)state;
    block_table("routes");
    want("out-b:", NULL);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        assert_true(begins(now_us));
        assert_true(finish_job(now_us).failed);
        struct daemon_routes_maps_state failed = daemon_routes_maps_state(maps);
        assert_true(failed.behind && failed.failing);
        assert_int_equal(failed.since_us, NOON);
        assert_non_null(strstr(failed.why->text, "routes.lmdb"));
        assert_int_equal(daemon_routes_maps_next_due(maps), now_us + waits[i] * SECOND);
        assert_false(begins(now_us + waits[i] * SECOND - 1));
        now_us += waits[i] * SECOND;
    }
    path_of("routes", path, sizeof(path));
    rmdir(path);
    assert_true(begins(now_us));
    assert_true(finish_job(now_us).written);
    assert_false(daemon_routes_maps_state(maps).failing);
    assert_row("routes", "out-b:");
}

static void a_clock_that_is_set_back_does_not_make_it_wait(void **state)
{
    (void)state;
    block_table("routes");
    want("out-b:", NULL);
    assert_true(begins(NOON));
    assert_true(finish_job(NOON).failed);
    assert_true(begins(NOON - 2 * MINUTE));
    assert_true(finish_job(NOON - 2 * MINUTE).failed);
}

static void a_newer_wish_goes_with_the_next_try(void **state)
{
    char path[128];
    (void)state;
    block_table("routes");
    want("out-b:", NULL);
    assert_true(begins(NOON));
    want("out-c:", NULL);
    assert_true(finish_job(NOON).failed);
    path_of("routes", path, sizeof(path));
    rmdir(path);
    assert_true(begins(NOON + SECOND));
    assert_true(finish_job(NOON + SECOND).written);
    assert_row("routes", "out-c:");
}

static void one_table_that_fails_does_not_keep_the_others(void **state)
{
    (void)state;
    block_table("shares");
    want("out-b:", "@g.example");
    assert_true(begins(NOON));
    assert_true(finish_job(NOON).failed);
    assert_row("routes", "out-b:");
    assert_row("exact", "@g.example");
    assert_false(daemon_routes_maps_state(maps).exact_out);
}

static void rows_that_are_not_wanted_any_more_go(void **state)
{
    (void)state;
    want("out-b:", "@g.example");
    assert_true(begins(NOON));
    assert_true(finish_job(NOON).written);
    want(NULL, NULL);
    assert_true(begins(NOON));
    assert_true(finish_job(NOON).written);
    assert_row("routes", "");
    assert_row("exact", "");
    assert_true(daemon_routes_maps_state(maps).exact_out);
}

static void what_is_wanted_at_the_end_is_written_then(void **state)
{
    struct err err = {0};
    (void)state;
    assert_true(daemon_routes_maps_finish(maps, &err)); /* nothing is */
    want("out-b:", NULL);
    job_pool_stop(pool);
    daemon_routes_maps_advance(maps, NOON); /* nobody is there to do it */
    assert_true(daemon_routes_maps_finish(maps, &err));
    assert_row("routes", "out-b:");
    assert_false(daemon_routes_maps_state(maps).behind);
}

static void what_cannot_be_written_at_the_end_is_said(void **state)
{
    struct err err = {0};
    (void)state;
    block_table("routes");
    want("out-b:", NULL);
    job_pool_stop(pool);
    assert_false(daemon_routes_maps_finish(maps, &err));
    assert_non_null(strstr(err.text, "routes.lmdb"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_wanted_is_written, enter, leave),
        cmocka_unit_test_setup_teardown(tables_that_would_be_empty_are_not_made, enter, leave),
        cmocka_unit_test_setup_teardown(a_wish_while_it_is_written_comes_next, enter, leave),
        cmocka_unit_test_setup_teardown(what_fails_is_tried_again_later_and_later, enter, leave),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set_back_does_not_make_it_wait, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_newer_wish_goes_with_the_next_try, enter, leave),
        cmocka_unit_test_setup_teardown(one_table_that_fails_does_not_keep_the_others, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(rows_that_are_not_wanted_any_more_go, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_wanted_at_the_end_is_written_then, enter, leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_at_the_end_is_said, enter, leave),
    };
    return cmocka_run_group_tests(tests, sandbox_enter, sandbox_leave);
}
