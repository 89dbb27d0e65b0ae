/* SPDX-License-Identifier: Apache-2.0
 *
 * Wanted rows into tables. See daemon_routes_maps.h.
 */
#include "app/daemon_routes_maps.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/postfix_files.h"
#include "io/lmdb_table.h"

#define AGAIN_FIRST_US INT64_C(1000000)
#define AGAIN_MOST_US INT64_C(60000000)
#define FOLDER_MODE 0755

/* Routes first: while the tables differ, mail finds a way rather than none. */
enum { ROUTES, SHARES, HOLDS, EXACT, TABLES };

static const char *const names[TABLES] = {POSTFIX_ROUTES, POSTFIX_SHARES, POSTFIX_HOLDS,
                                          POSTFIX_EXACT};

/* The worker's while it runs, else the owner's. */
struct maps_job {
    struct job job; /* first */
    struct buf folder;
    struct lmdb_table *tables[TABLES]; /* NULL: not opened yet */
    struct row_set rows[TABLES];
    bool good;
    struct err err;
};

struct daemon_routes_maps {
    struct job_pool *pool;
    struct maps_job work;
    struct row_set wanted[TABLES]; /* for the next job */
    bool is_wanted, running;
    struct err why;
    bool failing;
    int64_t since_us, written_us, again_us, wait_us;
    size_t row_count, exact_count;
};

struct daemon_routes_maps *daemon_routes_maps_new(struct job_pool *pool, struct slice folder)
{
    struct daemon_routes_maps *maps = MEM_NEW(struct daemon_routes_maps);
    maps->pool = pool;
    buf_add(&maps->work.folder, folder);
    return maps;
}

static void free_rows(struct row_set rows[TABLES])
{
    for (size_t i = 0; i < TABLES; i++) {
        row_set_done(&rows[i]);
        rows[i] = (struct row_set){0};
    }
}

void daemon_routes_maps_free(struct daemon_routes_maps *maps)
{
    if (maps == NULL)
        return;
    free_rows(maps->work.rows);
    free_rows(maps->wanted);
    for (size_t i = 0; i < TABLES; i++)
        lmdb_table_close(maps->work.tables[i]);
    buf_done(&maps->work.folder);
    mem_free(maps);
}

/* ---- in the worker ---- */

/* NULL without err->code: it is not there, and there is nothing to write. */
static struct lmdb_table *open_table(const struct maps_job *work, size_t index, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    const char *folder = buf_str(&work->folder);
    buf_addf(&path, "%s/%s" POSTFIX_TABLE_SUFFIX, folder, names[index]);
    if (work->rows[index].count == 0 && access(buf_str(&path), F_OK) != 0 && errno == ENOENT)
        return NULL;
    if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST) {
        err_set_errno(err, errno, "%s: cannot make it", folder);
        return NULL;
    }
    return lmdb_table_open(buf_str(&path), LMDB_TABLE_WRITE, err);
}

static bool write_table(struct maps_job *work, size_t index, struct err *err)
{
    struct row_set before = {0};
    size_t count;
    if (work->tables[index] == NULL)
        work->tables[index] = open_table(work, index, err);
    if (work->tables[index] == NULL)
        return err->code == ERR_NONE;
    bool good = lmdb_table_read(work->tables[index], &before, err);
    if (good) {
        struct row *changes = row_set_changes(&before, &work->rows[index], &count);
        good = count == 0 || lmdb_table_write(work->tables[index], changes, count, err);
        mem_free(changes);
    }
    row_set_done(&before);
    return good;
}

static void bring(struct maps_job *work, size_t index)
{
    struct err err = {0};
    if (write_table(work, index, &err))
        return;
    if (work->good)
        work->err = err;
    work->good = false;
}

/* The daemon is asked once the other tables say what holds when it does not answer; and before
 * anything else no more. */
static void run(struct job *job)
{
    struct maps_job *work = (struct maps_job *)(void *)job;
    bool asks = work->rows[EXACT].count > 0;
    work->err = (struct err){0};
    work->good = true;
    if (!asks)
        bring(work, EXACT);
    for (size_t i = 0; i < EXACT; i++)
        bring(work, i);
    if (asks)
        bring(work, EXACT);
}

/* ---- the owner ---- */

void daemon_routes_maps_want(struct daemon_routes_maps *maps, struct route_map *map)
{
    free_rows(maps->wanted);
    maps->wanted[ROUTES] = map->routes;
    maps->wanted[SHARES] = map->shares;
    maps->wanted[HOLDS] = map->holds;
    maps->wanted[EXACT] = map->exact;
    *map = (struct route_map){0};
    maps->is_wanted = true;
}

/* What failed is wanted again, unless something newer is. */
static void want_again(struct daemon_routes_maps *maps)
{
    if (maps->is_wanted)
        return;
    for (size_t i = 0; i < TABLES; i++) {
        maps->wanted[i] = maps->work.rows[i];
        maps->work.rows[i] = (struct row_set){0};
    }
    maps->is_wanted = true;
}

static void take_wanted(struct daemon_routes_maps *maps)
{
    free_rows(maps->work.rows);
    for (size_t i = 0; i < TABLES; i++) {
        maps->work.rows[i] = maps->wanted[i];
        maps->wanted[i] = (struct row_set){0};
    }
    maps->is_wanted = false;
}

void daemon_routes_maps_advance(struct daemon_routes_maps *maps, int64_t now_us)
{
    bool waits = now_us < maps->again_us && maps->again_us - now_us <= AGAIN_MOST_US;
    if (!maps->is_wanted || maps->running || waits)
        return;
    take_wanted(maps);
    maps->work.job = (struct job){.run = run, .urgent = true};
    maps->running = job_pool_submit(maps->pool, &maps->work.job);
    if (!maps->running)
        want_again(maps);
}

static void note_failure(struct daemon_routes_maps *maps, int64_t now_us)
{
    if (!maps->failing)
        maps->since_us = now_us;
    maps->wait_us = maps->failing ? 2 * maps->wait_us : AGAIN_FIRST_US;
    maps->wait_us = maps->wait_us < AGAIN_MOST_US ? maps->wait_us : AGAIN_MOST_US;
    maps->again_us = now_us + maps->wait_us;
    maps->failing = true;
    maps->why = maps->work.err;
    want_again(maps);
}

bool daemon_routes_maps_take(struct daemon_routes_maps *maps, struct job *job, int64_t now_us,
                             bool *written, bool *failed)
{
    if (job != &maps->work.job)
        return false;
    maps->running = false;
    *failed = job->ran && !maps->work.good;
    *written = false;
    if (!job->ran) { /* at the end of the daemon */
        want_again(maps);
        return true;
    }
    if (*failed) {
        note_failure(maps, now_us);
        return true;
    }
    maps->failing = false;
    maps->again_us = 0;
    maps->written_us = now_us;
    maps->row_count = 0;
    for (size_t i = 0; i < TABLES; i++)
        maps->row_count += maps->work.rows[i].count;
    maps->exact_count = maps->work.rows[EXACT].count;
    *written = !maps->is_wanted;
    return true;
}

bool daemon_routes_maps_finish(struct daemon_routes_maps *maps, struct err *err)
{
    if (!maps->is_wanted)
        return true;
    take_wanted(maps);
    run(&maps->work.job);
    *err = maps->work.err;
    return maps->work.good;
}

int64_t daemon_routes_maps_next_due(const struct daemon_routes_maps *maps)
{
    return maps->is_wanted && !maps->running ? maps->again_us : INT64_MAX;
}

struct daemon_routes_maps_state daemon_routes_maps_state(const struct daemon_routes_maps *maps)
{
    bool behind = maps->is_wanted || maps->running;
    return (struct daemon_routes_maps_state){.behind = behind,
                                             .exact_out = !behind && maps->written_us != 0 &&
                                                          maps->exact_count == 0,
                                             .failing = maps->failing,
                                             .why = &maps->why,
                                             .since_us = maps->since_us,
                                             .written_us = maps->written_us,
                                             .rows = maps->row_count};
}
