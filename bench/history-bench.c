/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast the history takes deliveries and finds them again, beside a yardstick in the same run:
 * one plain SQLite table of the same columns with one index by recipient.
 *
 *     history-bench FOLDER [ROWS [YARDSTICK_ROWS]]
 *
 * Writes under FOLDER, which it makes and empties again. Prints one JSON object: rates a second of
 * wall clock, look-ups in milliseconds, bytes a delivery.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/clock.h"
#include "store/history.h"
#include "store/history_reader.h"
#include "store/sql.h"

enum { BATCH_ROWS = 50000, LOOKUPS = 200, RECIPIENTS = 3000000, LOGINS = 85000 };

static const int64_t BEGIN_US = INT64_C(1772409600000000); /* 2026-03-02 */

/* One delivery made from its number: the same for history and yardstick. */
struct made {
    struct history_row row;
    char text[HISTORY_TEXT_COUNT][160];
};

static uint64_t mixed(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Few are written to often: the square of an even number. */
static uint64_t skewed(uint64_t random, uint64_t count)
{
    uint64_t at = random % 65536;
    return (at * at * count >> 32) + (random >> 16) % (count / 1000 + 1);
}

static void say(struct made *made, enum history_text field, int len)
{
    made->row.text[field] = slice_of(made->text[field], (size_t)len);
}

#define SAY(made, field, ...) \
    say(made, field, snprintf((made)->text[field], sizeof((made)->text[field]), __VA_ARGS__))

static int recipient_of(uint64_t number, char *to, size_t size)
{
    static const char *const providers[] = {"gmail.com",  "yahoo.co.jp",  "outlook.com",
                                            "icloud.com", "docomo.ne.jp", "ezweb.ne.jp"};
    uint64_t domain = mixed(number ^ 77) % 100;
    if (domain < 70)
        return snprintf(to, size, "%s.%llu@%s", mixed(number) & 1 ? "user" : "shop.customer",
                        (unsigned long long)number, providers[domain % 6]);
    return snprintf(to, size, "info%llu@company%llu.example.jp", (unsigned long long)number % 97,
                    (unsigned long long)number);
}

static void make_reply(struct made *made, uint64_t random)
{
    unsigned kind = (unsigned)(random % 100);
    made->row.status = kind < 88 ? HISTORY_SENT : kind < 96 ? HISTORY_DEFERRED : HISTORY_BOUNCED;
    made->row.is_final = made->row.status != HISTORY_DEFERRED;
    SAY(made, HISTORY_DSN, "%s", kind < 88 ? "2.0.0" : kind < 96 ? "4.7.0" : "5.1.1");
    SAY(made, HISTORY_CLASS, "%s", kind < 88 ? "" : kind < 96 ? "greylist" : "addr_dead");
    if (kind < 88)
        SAY(made, HISTORY_REPLY, "250 2.0.0 OK %llu %016llx.%llu - gsmtp",
            (unsigned long long)(made->row.time_us / 1000000), (unsigned long long)mixed(random),
            (unsigned long long)(random >> 20) % 1000);
    else if (kind < 96)
        SAY(made, HISTORY_REPLY,
            "host mx%llu.example.net[192.0.2.%llu] said: 450 4.7.0 try again later",
            (unsigned long long)(random >> 8) % 9, (unsigned long long)(random >> 12) % 250);
    else
        SAY(made, HISTORY_REPLY,
            "host mx%llu.example.net[192.0.2.%llu] said: 550 5.1.1 User unknown (in reply to "
            "RCPT TO command)",
            (unsigned long long)(random >> 8) % 9, (unsigned long long)(random >> 12) % 250);
}

static void make_row(uint64_t number, struct made *made)
{
    uint64_t message = number - number % 2, random = mixed(number), who = mixed(message);
    uint64_t login = skewed(who, LOGINS), path = random >> 40;
    struct history_row *row = &made->row;
    *row = (struct history_row){.is_attempt = true, .attempt = 1};
    row->time_us = BEGIN_US + (int64_t)(number * 700 + random % 500);
    row->delay_ms = (uint32_t)(random >> 10) % 3000;
    row->begin_us = row->time_us - row->delay_ms * INT64_C(1000);
    for (unsigned i = 0; i < 4; i++)
        row->delays_ms[i] = (uint32_t)(random >> (12 + i)) % 700;
    SAY(made, HISTORY_RELAY, "relay%llu", (unsigned long long)who % 8);
    SAY(made, HISTORY_INSTANCE, "postfix");
    SAY(made, HISTORY_QUEUE_ID, "4b%09llXz%02llX", (unsigned long long)(who >> 28),
        (unsigned long long)who & 255);
    SAY(made, HISTORY_MESSAGE_ID, "%016llx.%llu@mail.example.jp", (unsigned long long)who,
        (unsigned long long)message);
    SAY(made, HISTORY_SOURCE, "out-%c", (char)('a' + path % 3));
    SAY(made, HISTORY_PROVIDER, "provider%llu", (unsigned long long)(path >> 4) % 12);
    SAY(made, HISTORY_SENDER, "shop%llu@mail.example.jp", (unsigned long long)login);
    SAY(made, HISTORY_LOGIN, "shop%llu@mail.example.jp", (unsigned long long)login);
    SAY(made, HISTORY_CLIENT_IP, "198.51.100.%llu", (unsigned long long)login % 250);
    say(made, HISTORY_RECIPIENT,
        recipient_of(skewed(random, RECIPIENTS), made->text[HISTORY_RECIPIENT], 160));
    SAY(made, HISTORY_REMOTE_HOST, "mx%llu.provider%llu.example.net",
        (unsigned long long)(path >> 8) % 4, (unsigned long long)(path >> 4) % 12);
    SAY(made, HISTORY_REMOTE_IP, "203.0.113.%llu", (unsigned long long)(path >> 8) % 200);
    make_reply(made, random);
}

static double seconds_since(int64_t us)
{
    return (double)(clock_steady_us() - us) / 1e6;
}

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "history-bench: %s: %s\n", what, why);
    return 3;
}

static bool commit(struct history *history, struct history_batch *batch)
{
    for (int tries = 0; tries < 60000; tries++) {
        if (history_commit(history, batch))
            return true;
        usleep(1000);
    }
    return false;
}

static double cpu_seconds(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Of what is measured; without the making of rows. */
struct cost {
    double wall, cpu;
};

/* Fills the history. */
static bool fill(struct history *history, uint64_t rows, struct cost *cost)
{
    struct made *made = MEM_NEW_ARRAY(struct made, BATCH_ROWS);
    struct cost making = {0};
    int64_t begin_us = clock_steady_us();
    double begin_cpu = cpu_seconds(RUSAGE_SELF);
    bool good = true;
    for (uint64_t at = 0; at < rows && good;) {
        size_t count = rows - at < BATCH_ROWS ? (size_t)(rows - at) : BATCH_ROWS;
        int64_t before_us = clock_steady_us();
        double before_cpu = cpu_seconds(RUSAGE_THREAD);
        for (size_t i = 0; i < count; i++)
            make_row(at + i, &made[i]);
        making.wall += seconds_since(before_us);
        making.cpu += cpu_seconds(RUSAGE_THREAD) - before_cpu;
        struct history_batch *batch = history_batch_new();
        for (size_t i = 0; i < count; i++)
            history_batch_add(batch, &made[i].row);
        history_batch_position(batch, SLICE("bench"), SLICE("1"));
        good = commit(history, batch);
        at += count;
    }
    good = good && history_flush(history, INT64_C(600000000));
    mem_free(made);
    cost->wall = seconds_since(begin_us) - making.wall;
    cost->cpu = cpu_seconds(RUSAGE_SELF) - begin_cpu - making.cpu;
    return good;
}

/* A column for every text of a row, and eight numbers. */
#define X(name, max) #name ","
static const char yardstick_table[] =
    "CREATE TABLE delivery(" HISTORY_TEXTS(X) "time_us,status,attempt,delay,d0,d1,d2,d3);"
                                              "CREATE INDEX by_recipient ON delivery(RECIPIENT)";
#undef X
#define X(name, max) "?,"
static const char yardstick_insert[] =
    "INSERT INTO delivery VALUES(" HISTORY_TEXTS(X) "?,?,?,?,?,?,?,?)";
#undef X

static bool yardstick_row(struct sql *sql, const struct history_row *row)
{
    sqlite3_stmt *stmt = sql_take(sql, yardstick_insert);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++)
        sqlite3_bind_text(stmt, i + 1, row->text[i].ptr ? row->text[i].ptr : "",
                          (int)row->text[i].len, SQLITE_STATIC);
    int at = HISTORY_TEXT_COUNT + 1;
    sql_bind_number(sql, stmt, at++, row->time_us);
    sql_bind_number(sql, stmt, at++, row->status);
    sql_bind_number(sql, stmt, at++, row->attempt);
    sql_bind_number(sql, stmt, at++, row->delay_ms);
    for (size_t i = 0; i < 4; i++)
        sql_bind_number(sql, stmt, at++, row->delays_ms[i]);
    return sql_run(sql, stmt);
}

/* The yardstick: seconds, without making the rows; < 0: failed, and said why. *bytes: of its file.
 */
static double yardstick(const char *folder, uint64_t rows, int64_t *bytes)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/yardstick.db", folder);
    struct sql sql = {0};
    sql_open(&sql, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0);
    sql_exec(&sql, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;");
    sql_exec(&sql, yardstick_table);
    struct made *made = MEM_NEW_ARRAY(struct made, BATCH_ROWS);
    double seconds = 0;
    for (uint64_t at = 0; at < rows && sql_ok(&sql); at += BATCH_ROWS) { /* whole batches */
        for (size_t i = 0; i < BATCH_ROWS; i++)
            make_row(at + i, &made[i]);
        int64_t before_us = clock_steady_us();
        sql_exec(&sql, "BEGIN");
        for (size_t i = 0; i < BATCH_ROWS; i++)
            yardstick_row(&sql, &made[i].row);
        sql_exec(&sql, "COMMIT");
        seconds += seconds_since(before_us);
    }
    bool good = sql_ok(&sql);
    if (!good)
        fail("the yardstick", sql.why);
    sql_close(&sql);
    mem_free(made);
    struct stat file;
    *bytes = stat(path, &file) == 0 ? file.st_size : 0;
    unlink(path);
    return good ? seconds : -1;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct looks {
    double wall_ms[LOOKUPS], cpu_ms[LOOKUPS]; /* sorted */
    uint64_t rows;
};

/* Look-ups of recipients that are there, each by a reader of its own as `todoku trace` does. */
static bool look_up(const char *folder, uint64_t rows, struct looks *looks)
{
    for (size_t i = 0; i < LOOKUPS; i++) {
        struct made made;
        struct history_found found;
        make_row(mixed(i + 1000) % rows, &made);
        const struct history_query query = {.key = HISTORY_KEY_RECIPIENT,
                                            .text = made.row.text[HISTORY_RECIPIENT],
                                            .since_us = INT64_MIN,
                                            .until_us = INT64_MAX,
                                            .limit = 100};
        int64_t before_us = clock_steady_us();
        double before_cpu = cpu_seconds(RUSAGE_THREAD);
        struct history_reader *reader = history_reader_open(folder, NULL);
        if (reader == NULL || !history_find(reader, &query, &found, NULL) || found.count == 0)
            return false;
        looks->rows += found.count;
        history_found_done(&found);
        history_reader_free(reader);
        looks->wall_ms[i] = seconds_since(before_us) * 1e3;
        looks->cpu_ms[i] = (cpu_seconds(RUSAGE_THREAD) - before_cpu) * 1e3;
    }
    qsort(looks->wall_ms, LOOKUPS, sizeof(double), by_number);
    qsort(looks->cpu_ms, LOOKUPS, sizeof(double), by_number);
    return true;
}

static void remove_files(const char *folder)
{
    static const char *const names[] = {"history.db", "history.db-wal", "history.db-shm",
                                        "history.lock", "history.spool"};
    char path[600];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* Bytes of the closed file. */
static double file_size(const char *folder)
{
    char path[600];
    struct stat file = {0};
    snprintf(path, sizeof(path), "%s/history.db", folder);
    return stat(path, &file) == 0 ? (double)file.st_size : 0;
}

static struct history *open_history(const char *folder)
{
    struct history_settings settings = history_default_settings;
    struct err err = {0};
    settings.rows_bytes = INT64_C(1) << 40;
    settings.rows_age_us = INT64_C(1) << 60;
    struct history *history = history_open(folder, &settings, &err);
    if (history == NULL)
        fail(folder, err.text);
    return history;
}

static int bench(const char *folder, uint64_t rows, uint64_t raw_rows)
{
    struct cost cost;
    struct rusage usage;
    struct looks looks = {0};
    int64_t raw_bytes = 0;
    struct history *history = open_history(folder);
    if (history == NULL)
        return 3;
    bool good = fill(history, rows, &cost);
    history_close(history);
    getrusage(RUSAGE_SELF, &usage);
    if (!good || !look_up(folder, rows, &looks))
        return fail(folder, "rows are missing");
    double size = file_size(folder), raw = yardstick(folder, raw_rows, &raw_bytes);
    if (raw < 0)
        return 3;
    printf("{\"rows\": %llu, \"insert_per_s\": %.0f, \"cpu_us_per_row\": %.2f, "
           "\"yardstick_per_s\": %.0f, \"ratio\": %.2f, \"bytes_per_delivery\": %.1f, "
           "\"yardstick_bytes_per_delivery\": %.1f, \"rss_mb\": %.0f, ",
           (unsigned long long)rows, (double)rows / cost.wall, cost.cpu / (double)rows * 1e6,
           (double)raw_rows / raw, (double)rows / cost.wall / ((double)raw_rows / raw),
           size / (double)rows, (double)raw_bytes / (double)raw_rows,
           (double)usage.ru_maxrss / 1024);
    printf("\"lookup_ms_p50\": %.2f, \"lookup_ms_p99\": %.2f, \"lookup_cpu_ms_p50\": %.2f, "
           "\"lookup_cpu_ms_p99\": %.2f, \"rows_per_lookup\": %.1f}\n",
           looks.wall_ms[LOOKUPS / 2], looks.wall_ms[LOOKUPS * 99 / 100], looks.cpu_ms[LOOKUPS / 2],
           looks.cpu_ms[LOOKUPS * 99 / 100], (double)looks.rows / LOOKUPS);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: history-bench FOLDER [ROWS [YARDSTICK_ROWS]]\n");
        return 2;
    }
    uint64_t rows = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
    uint64_t raw_rows = argc > 3 ? strtoull(argv[3], NULL, 10) : 500000;
    if (rows == 0 || raw_rows == 0)
        return fail(argv[1], "no rows");
    int status = bench(argv[1], rows, raw_rows);
    remove_files(argv[1]);
    return status;
}
