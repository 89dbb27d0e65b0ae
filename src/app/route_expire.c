/* SPDX-License-Identifier: Apache-2.0
 *
 * What is over, out of the tables. See route_expire.h; respond/route_map.h.
 */
#include "app/route_expire.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "app/postfix_files.h"
#include "app/settings_glance.h"
#include "io/clock.h"
#include "io/lmdb_table.h"
#include "model/json_value.h"
#include "respond/route_map.h"

/* What went out of the tables. */
struct expired {
    size_t overrides, rows;
};

static bool expire_rows(struct lmdb_table *table, int64_t now_us, struct expired *out,
                        struct err *err)
{
    struct row_set before = {0}, after = {0};
    size_t count = 0;
    if (!lmdb_table_read(table, &before, err))
        return false;
    size_t overrides = route_map_expire(&before, now_us, &after);
    struct row *changes = row_set_changes(&before, &after, &count);
    bool good = count == 0 || lmdb_table_write(table, changes, count, err);
    if (good) {
        out->overrides += overrides;
        out->rows += count;
    }
    mem_free(changes);
    row_set_done(&before);
    row_set_done(&after);
    return good;
}

/* A table that is not there has nothing in it. */
static bool expire_table(const char *folder, const char *name, int64_t now_us, struct expired *out,
                         struct err *err)
{
    CLEANUP_BUF struct buf path = {0};
    buf_addf(&path, "%s/%s" POSTFIX_TABLE_SUFFIX, folder, name);
    if (access(buf_str(&path), F_OK) != 0 && errno == ENOENT)
        return true;
    struct lmdb_table *table = lmdb_table_open(buf_str(&path), LMDB_TABLE_WRITE, err);
    bool good = table != NULL && expire_rows(table, now_us, out, err);
    lmdb_table_close(table);
    return good;
}

static void print_expired(const struct expired *expired, bool json)
{
    CLEANUP_BUF struct buf text = {0};
    if (json) {
        json_t *object = json_value_object();
        json_value_put_count(object, "overrides", expired->overrides);
        json_value_put_count(object, "rows", expired->rows);
        json_value_print(object, false, &text);
    } else if (expired->rows == 0) {
        buf_add_str(&text, "nothing is over\n");
    } else {
        buf_addf(&text, "taken out: %zu rows of %zu overrides that are over\n", expired->rows,
                 expired->overrides);
    }
    fwrite(text.ptr, 1, text.len, stdout);
}

/* Questions first: mail is put off while nobody answers. Then holds: mail that waited may then go,
 * by the default route. */
int route_expire(const struct verb *verb, const char *config, bool json, bool stopped)
{
    CLEANUP_BUF struct buf folder = {0};
    struct expired expired = {0};
    int64_t now_us = clock_now_us();
    struct err err;
    struct settings *settings = settings_glance(config, &err);
    bool good = settings != NULL && postfix_files_folder(settings->state, &folder, &err) &&
                expire_table(buf_str(&folder), POSTFIX_EXACT, stopped ? INT64_MAX : now_us,
                             &expired, &err) &&
                expire_table(buf_str(&folder), POSTFIX_HOLDS, now_us, &expired, &err) &&
                expire_table(buf_str(&folder), POSTFIX_SHARES, now_us, &expired, &err) &&
                expire_table(buf_str(&folder), POSTFIX_ROUTES, now_us, &expired, &err);
    settings_free(settings);
    if (!good)
        return verb_fail(verb, &err);
    print_expired(&expired, json);
    return VERB_FINE;
}
