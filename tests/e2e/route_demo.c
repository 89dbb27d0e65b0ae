/* SPDX-License-Identifier: Apache-2.0
 *
 * route_demo CONFIG: writes the routes of overrides into the tables that Postfix reads, as the
 * daemon does (respond/route_map.h, io/lmdb_table.h), for the tests with a real Postfix. Each line
 * of its standard input is one state of the world; `written` is printed when it is there:
 *
 *      PROVIDER=DOMAIN,DOMAIN KIND [source=S] [target=T] [share=P] [per_hour=N] [recipient=A]
 * [for=SECONDS] none
 *
 * A further override stands behind `;` in the same line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct lmdb_table *open_table(const char *folder, const char *name, struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/%s" POSTFIX_TABLE_SUFFIX, folder, name);
    return lmdb_table_open(buf_str(&path), LMDB_TABLE_WRITE, err);
}

enum { ROUTES, HOLDS, SHARES, TABLES };

static bool write_line(struct slice line, const struct fleet *fleet,
                       struct lmdb_table *const tables[TABLES], struct err *err)
{
    struct world *world = MEM_NEW(struct world);
    struct route_map map = {0};
    while (line.len > 0 && !slice_eq(line, SLICE("none")) && world->count < MOST)
        take_override(world, slice_trim(slice_cut(&line, ';')), fleet);
    struct route_map_facts facts = {.overrides = world->overrides,
                                    .override_count = world->count,
                                    .fleet = fleet,
                                    .providers = world->providers,
                                    .provider_count = world->count};
    route_map_make(&facts, clock_now_us(), &map);
    bool good = write_table(tables[ROUTES], &map.routes, err) &&
                write_table(tables[HOLDS], &map.holds, err) &&
                write_table(tables[SHARES], &map.shares, err);
    route_map_done(&map);
    mem_free(world);
    return good;
}

static bool serve(const struct fleet *fleet, const char *folder, struct err *err)
{
    char line[8192];
    struct lmdb_table *const tables[TABLES] = {
        [ROUTES] = open_table(folder, POSTFIX_ROUTES, err),
        [HOLDS] = open_table(folder, POSTFIX_HOLDS, err),
        [SHARES] = open_table(folder, POSTFIX_SHARES, err),
    };
    bool good = tables[ROUTES] != NULL && tables[HOLDS] != NULL && tables[SHARES] != NULL;
    while (good && fgets(line, sizeof(line), stdin) != NULL) {
        good = write_line(slice_trim(slice_from_str(line)), fleet, tables, err);
        if (good)
            puts("written");
        fflush(stdout);
    }
    for (size_t i = 0; i < TABLES; i++)
        lmdb_table_close(tables[i]);
    return good;
}

int main(int argc, char **argv)
{
    CLEANUP_BUF struct buf folder = {0};
    struct err err;
    struct fleet fleet;
    struct arena *arena = arena_new(4096);
    struct settings *settings = settings_load(argc > 1 ? argv[1] : "todoku.yaml", &err);
    bool good = settings != NULL && postfix_files_folder(settings->state, &folder, &err);
    if (good) {
        settings_fleet_make(&settings->fleet, settings_fleet_host(arena), arena, &fleet);
        good = serve(&fleet, buf_str(&folder), &err);
    }
    if (!good)
        fprintf(stderr, "route_demo: %s\n", err.text);
    settings_free(settings);
    arena_free(arena);
    return good ? 0 : 1;
}
