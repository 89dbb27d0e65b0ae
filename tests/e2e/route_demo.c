/* SPDX-License-Identifier: Apache-2.0
 *
 * route_demo CONFIG [exact]: writes the routes of overrides into the tables that Postfix
 * reads, as the daemon does (respond/route_map.h, io/lmdb_table.h), for the tests with a real
 * Postfix. Each line of its standard input is one state of the world; `written` is printed when it
 * is there:
 *
 *      PROVIDER=DOMAIN,DOMAIN KIND [source=S] [target=T] [share=P] [per_hour=N] [recipient=A]
 * [for=SECONDS] none
 *
 * A further override stands behind `;` in the same line.
 *
 * exact: answers the queue manager's questions as well (app/exact_routes.h), and renews the lease
 * of its rows. Two more lines: `counts` prints how many questions were answered with a route and
 * how many without; `stand` stands still until the next line comes, as an owner that hangs does.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/exact_routes.h"
#include "app/postfix_files.h"
#include "app/settings_fleet.h"
#include "base/civil.h"
#include "io/clock.h"
#include "io/lmdb_table.h"
#include "respond/route_map.h"

#define MOST 16

struct world {
    struct override overrides[MOST];
    struct route_provider providers[MOST];
    struct slice domains[MOST][MOST];
    size_t count;
};

static void take_word(struct override *override, struct slice word)
{
    struct slice value = word, key = slice_cut(&value, '=');
    uint64_t number = 0;
    (void)slice_to_u64(value, UINT32_MAX, &number);
    if (slice_eq(key, SLICE("source")))
        override->source = value;
    else if (slice_eq(key, SLICE("target")))
        override->target = value;
    else if (slice_eq(key, SLICE("recipient")))
        override->recipient = value;
    else if (slice_eq(key, SLICE("share")))
        override->share_percent = (unsigned)number;
    else if (slice_eq(key, SLICE("per_hour")))
        override->per_hour = (uint32_t)number;
    else if (slice_eq(key, SLICE("for")))
        override->expires_us = override->since_us + (int64_t)number * US_PER_SECOND;
    else if (!override_kind_from_word(key, &override->kind))
        fprintf(stderr, "route_demo: what is \"%.*s\"?\n", SLICE_ARG(key));
}

static void take_override(struct world *world, struct slice text, const struct fleet *fleet)
{
    size_t i = world->count++;
    struct slice provider = slice_cut(&text, ' '), domains = provider;
    struct override *override = &world->overrides[i];
    provider = slice_cut(&domains, '=');
    *override = (struct override){.state = OVERRIDE_ACTIVE,
                                  .relay = fleet->relay,
                                  .provider = provider,
                                  .share_percent = 100,
                                  .since_us = clock_now_us(),
                                  .expires_us = clock_now_us() + SECONDS_PER_DAY * US_PER_SECOND};
    snprintf(override->id, sizeof(override->id), "o%zu", i + 1);
    world->providers[i] = (struct route_provider){.name = provider, .domains = world->domains[i]};
    while (domains.len > 0 && world->providers[i].domain_count < MOST)
        world->domains[i][world->providers[i].domain_count++] = slice_cut(&domains, ',');
    while (text.len > 0)
        take_word(override, slice_cut(&text, ' '));
}

static bool write_table(struct lmdb_table *table, const struct row_set *wanted, struct err *err)
{
    struct row_set before = {0};
    size_t count;
    if (!lmdb_table_read(table, &before, err))
        return false;
    struct row *changes = row_set_changes(&before, wanted, &count);
    bool good = count == 0 || lmdb_table_write(table, changes, count, err);
    mem_free(changes);
    row_set_done(&before);
    return good;
}

enum { ROUTES, HOLDS, SHARES, EXACT, TABLES };

/* What it writes to and answers from. */
struct demo {
    const struct fleet *fleet;
    struct lmdb_table *tables[TABLES];
    struct exact_routes *exact; /* NULL: answers nothing */
    char line[8192];            /* the state of the world, which is written again with each lease */
    int64_t lease_us;           /* of what was written last */
};

static bool write_tables(const struct demo *demo, const struct route_map *map, struct err *err)
{
    return write_table(demo->tables[ROUTES], &map->routes, err) &&
           write_table(demo->tables[HOLDS], &map->holds, err) &&
           write_table(demo->tables[SHARES], &map->shares, err) &&
           write_table(demo->tables[EXACT], &map->exact, err);
}

static bool write_world(struct demo *demo, struct err *err)
{
    struct world *world = MEM_NEW(struct world);
    struct route_map map = {0};
    struct slice line = slice_trim(slice_from_str(demo->line));
    while (line.len > 0 && !slice_eq(line, SLICE("none")) && world->count < MOST)
        take_override(world, slice_trim(slice_cut(&line, ';')), demo->fleet);
    demo->lease_us = exact_routes_lease_us(demo->exact, clock_now_us());
    struct route_map_facts facts = {.overrides = world->overrides,
                                    .override_count = world->count,
                                    .fleet = demo->fleet,
                                    .providers = world->providers,
                                    .provider_count = world->count,
                                    .exact_until_us = demo->lease_us};
    if (demo->exact != NULL)
        exact_routes_put(demo->exact, route_answer_table_new(&facts, clock_now_us()));
    route_map_make(&facts, clock_now_us(), &map);
    bool good = write_tables(demo, &map, err);
    route_map_done(&map);
    mem_free(world);
    return good;
}

/* Waits for a line as an owner does that has other things to do. still: as one that hangs. */
static bool wait_for_line(struct demo *demo, bool still, struct err *err)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    while (poll(&input, 1, demo->exact != NULL && !still ? 500 : -1) == 0) {
        bool answers = exact_routes_feed(demo->exact);
        int64_t left_us = demo->lease_us - clock_now_us();
        if ((answers != (demo->lease_us > 0) || left_us < EXACT_ROUTES_LEASE_US / 2) &&
            !write_world(demo, err))
            return false;
    }
    return true;
}

static bool obey(struct demo *demo, const char *line, bool *still, struct err *err)
{
    struct exact_counts counts;
    *still = strcmp(line, "stand\n") == 0;
    if (demo->exact != NULL && strcmp(line, "counts\n") == 0) {
        exact_routes_counts(demo->exact, &counts);
        printf("%ju %ju\n", (uintmax_t)counts.found, (uintmax_t)counts.missing);
    } else if (!*still) {
        snprintf(demo->line, sizeof(demo->line), "%s", line);
        if (!write_world(demo, err))
            return false;
        puts("written");
    }
    fflush(stdout);
    return true;
}

static struct lmdb_table *open_table(const char *folder, const char *name, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/%s" POSTFIX_TABLE_SUFFIX, folder, name);
    return lmdb_table_open(buf_str(&path), LMDB_TABLE_WRITE, err);
}

static bool open_tables(struct demo *demo, const char *folder, struct err *err)
{
    static const char *const names[] = {
        [ROUTES] = POSTFIX_ROUTES,
        [HOLDS] = POSTFIX_HOLDS,
        [SHARES] = POSTFIX_SHARES,
        [EXACT] = POSTFIX_EXACT,
    };
    for (size_t i = 0; i < TABLES; i++)
        if ((demo->tables[i] = open_table(folder, names[i], err)) == NULL)
            return false;
    return true;
}

static bool serve(struct demo *demo, const char *folder, struct err *err)
{
    char line[sizeof(demo->line)];
    bool still = false, good = open_tables(demo, folder, err);
    setvbuf(stdin, NULL, _IONBF, 0); /* what poll does not see is not there */
    snprintf(demo->line, sizeof(demo->line), "none");
    while (good && (good = wait_for_line(demo, still, err)) &&
           fgets(line, sizeof(line), stdin) != NULL)
        good = obey(demo, line, &still, err);
    for (size_t i = 0; i < TABLES; i++)
        lmdb_table_close(demo->tables[i]);
    return good;
}

int main(int argc, char **argv)
{
    CLEANUP_BUF struct buf folder = {0};
    struct err err;
    struct fleet fleet;
    struct demo demo = {.fleet = &fleet};
    struct arena *arena = arena_new(4096);
    const char *use = argc > 2 ? argv[2] : "";
    struct settings *settings = settings_load(argc > 1 ? argv[1] : "todoku.yaml", &err);
    bool good = settings != NULL && postfix_files_folder(settings->state, &folder, &err);
    const char *path = good ? settings->respond.exact_socket : NULL;
    const char *group = good ? settings->respond.exact_group : NULL;
    if (good)
        settings_fleet_make(&settings->fleet, settings_fleet_host(arena), arena, &fleet);
    if (good && strcmp(use, "exact") == 0)
        good = (demo.exact = exact_routes_start(path, group, &err)) != NULL;
    if (good)
        good = serve(&demo, buf_str(&folder), &err);
    exact_routes_stop(demo.exact);
    if (!good)
        fprintf(stderr, "route_demo: %s\n", err.text);
    settings_free(settings);
    arena_free(arena);
    return good ? 0 : 1;
}
