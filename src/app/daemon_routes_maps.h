/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables that Postfix reads, brought to what is wanted: one job at a time, which compares and
 * writes what differs, each table in one short transaction (io/lmdb_table.h). What fails is tried
 * again, after 1 s, then twice as long each time up to a minute; Postfix goes on with what there
 * is, and newer wishes go with the next try. By `exact` Postfix asks the daemon: it is filled after
 * the others and emptied before them. Part of daemon_routes.h, in its thread.
 *
 * A table that is not there is not made to be empty: with nothing to write, nothing is.
 */
#ifndef TD_APP_DAEMON_ROUTES_MAPS_H
#define TD_APP_DAEMON_ROUTES_MAPS_H

#include "io/job_pool.h"
#include "respond/route_map.h"

struct daemon_routes_maps;

/* pool: borrowed. folder: copied; made when something is to be written. */
struct daemon_routes_maps *daemon_routes_maps_new(struct job_pool *pool, struct slice folder);
void daemon_routes_maps_free(
    struct daemon_routes_maps *maps); /* NULL is fine; the pool is stopped */

/* This is what the tables are to be. Takes the rows over: *map is {0} afterwards. */
void daemon_routes_maps_want(struct daemon_routes_maps *maps, struct route_map *map);

/* Begins to write when there is something and it is time. */
void daemon_routes_maps_advance(struct daemon_routes_maps *maps, int64_t now_us);

/* A job that came back from the pool. False: it is not of these. *written: what was wanted last is
 * in the tables now. *failed: it is not, maps_state says why. */
bool daemon_routes_maps_take(struct daemon_routes_maps *maps, struct job *job, int64_t now_us,
                             bool *written, bool *failed);

/* What is wanted still, written in the caller's thread; the pool is stopped. False and err: what
 * could not be stays as it was. */
bool daemon_routes_maps_finish(struct daemon_routes_maps *maps, struct err *err);

int64_t daemon_routes_maps_next_due(const struct daemon_routes_maps *maps);

struct daemon_routes_maps_state {
    bool behind;  /* the tables are not yet as they are to be */
    bool failing; /* the last try failed */
    const struct err *why;
    int64_t since_us;   /* it fails since then */
    int64_t written_us; /* the last success; 0: none yet */
    size_t rows;        /* of all tables, as written */
    bool exact_out;     /* nothing is in the table `exact`, and nothing will be */
};

/* `why` lives until the next call that is not const. */
struct daemon_routes_maps_state daemon_routes_maps_state(const struct daemon_routes_maps *maps);

#endif
