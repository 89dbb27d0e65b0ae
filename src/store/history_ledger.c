/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_ledger.h.
 */
#include "store/history_ledger.h"

static void put_positions(struct sql *sql, const struct history_batch *batch)
{
    static const char *const tables[] = {
        "INSERT INTO position(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = "
        "excluded.value",
        "INSERT INTO spare(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = "
        "excluded.value"};
    for (size_t i = 0; i < batch->position_count; i++) {
        for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
            sqlite3_stmt *stmt = sql_take(sql, tables[t]);
            sql_bind_bytes(sql, stmt, 1, batch->positions[i].name);
            sql_bind_bytes(sql, stmt, 2, batch->positions[i].value);
            sql_run(sql, stmt);
        }
    }
}

static void put_counters(struct sql *sql, const struct history_batch *batch)
{
    for (size_t i = 0; i < batch->counter_count; i++) {
        sqlite3_stmt *stmt =
            sql_take(sql, "INSERT INTO counter(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO "
                          "UPDATE SET value = value + excluded.value");
        sql_bind_bytes(sql, stmt, 1, batch->counters[i].name);
        sql_bind_number(sql, stmt, 2, batch->counters[i].more);
        sql_run(sql, stmt);
    }
}

static void put_incidents(struct sql *sql, const struct history_batch *batch)
{
    for (size_t i = 0; i < batch->incident_count; i++) {
        const struct history_incident *incident = &batch->incidents[i];
        sqlite3_stmt *stmt = sql_take(
            sql, "INSERT INTO incident(id, kind, key, opened_us, acked_us, closed_us, updated_us, "
                 "body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET kind "
                 "= excluded.kind, key = excluded.key, opened_us = excluded.opened_us, acked_us = "
                 "excluded.acked_us, closed_us = excluded.closed_us, updated_us = "
                 "excluded.updated_us, body = excluded.body");
        sql_bind_bytes(sql, stmt, 1, incident->id);
        sql_bind_bytes(sql, stmt, 2, incident->kind);
        sql_bind_bytes(sql, stmt, 3, incident->key);
        sql_bind_number(sql, stmt, 4, incident->opened_us);
        sql_bind_number(sql, stmt, 5, incident->acked_us);
        sql_bind_number(sql, stmt, 6, incident->closed_us);
        sql_bind_number(sql, stmt, 7, incident->updated_us);
        sql_bind_bytes(sql, stmt, 8, incident->body);
        sql_run(sql, stmt);
    }
}

static void bind_path(struct sql *sql, sqlite3_stmt *stmt, const struct history_sum *sum)
{
    sql_bind_bytes(sql, stmt, 1, sum->relay);
    sql_bind_bytes(sql, stmt, 2, sum->source);
    sql_bind_bytes(sql, stmt, 3, sum->provider);
}

static void put_sender(struct sql *sql, const struct history_sum *sum)
{
    sqlite3_stmt *stmt =
        sql_take(sql, "INSERT INTO sender(hour, domain, first) VALUES(?1, ?2, ?3) ON "
                      "CONFLICT(hour, domain) DO UPDATE SET first = first + excluded.first");
    sql_bind_number(sql, stmt, 1, sum->hour);
    sql_bind_bytes(sql, stmt, 2, sum->domain);
    sql_bind_number(sql, stmt, 3, sum->first);
    sql_run(sql, stmt);
}

static void put_sums(struct sql *sql, const struct history_batch *batch)
{
    for (size_t i = 0; i < batch->sum_count; i++) {
        const struct history_sum *sum = &batch->sums[i];
        if (sum->is_sender) {
            put_sender(sql, sum);
            continue;
        }
        sqlite3_stmt *stmt =
            sql_take(sql, "INSERT OR IGNORE INTO path(relay, source, provider) VALUES(?1, ?2, ?3)");
        bind_path(sql, stmt, sum);
        sql_run(sql, stmt);
        stmt = sql_take(
            sql, "INSERT INTO rollup(hour, path, class, attempts, sent, deferred, bounced, expired,"
                 " first) SELECT ?4, id, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM path WHERE relay = ?1 "
                 "AND source = ?2 AND provider = ?3 ON CONFLICT(hour, path, class) DO UPDATE SET "
                 "attempts = attempts + excluded.attempts, sent = sent + excluded.sent, deferred = "
                 "deferred + excluded.deferred, bounced = bounced + excluded.bounced, expired = "
                 "expired + excluded.expired, first = first + excluded.first");
        bind_path(sql, stmt, sum);
        sql_bind_number(sql, stmt, 4, sum->hour);
        sql_bind_bytes(sql, stmt, 5, sum->class);
        sql_bind_number(sql, stmt, 6, sum->attempts);
        sql_bind_number(sql, stmt, 7, sum->sent);
        sql_bind_number(sql, stmt, 8, sum->deferred);
        sql_bind_number(sql, stmt, 9, sum->bounced);
        sql_bind_number(sql, stmt, 10, sum->expired);
        sql_bind_number(sql, stmt, 11, sum->first);
        sql_run(sql, stmt);
    }
}

bool history_ledger_put(struct sql *sql, const struct history_batch *batch)
{
    put_positions(sql, batch);
    put_counters(sql, batch);
    put_incidents(sql, batch);
    put_sums(sql, batch);
    sqlite3_stmt *stmt = sql_take(sql, "INSERT INTO meta(name, value) VALUES('batch', ?1) ON "
                                       "CONFLICT(name) DO UPDATE SET value = excluded.value");
    sql_bind_number(sql, stmt, 1, (int64_t)batch->number);
    return sql_run(sql, stmt);
}

uint64_t history_ledger_number(struct sql *sql)
{
    return (uint64_t)sql_number(sql, "SELECT value FROM meta WHERE name = 'batch'", 0);
}
