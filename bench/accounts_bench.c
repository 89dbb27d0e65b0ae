/* SPDX-License-Identifier: Apache-2.0
 *
 * What finding accounts costs: accounts-bench COUNT FOLDER. Makes a file of that many accounts with
 * secrets, each tenth with an app password, and a passwd-file of the same; then measures how soon a
 * login can be looked up after a start, how long one takes (also while all names are read for the
 * book of accounts), and the memory. Prints JSON; FOLDER must be there and keeps the files.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "gate/account_book.h"
#include "io/clock.h"
#include "random.h"
#include "store/account_import.h"

#define SECRET \
    "{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" \
    "RdescudvJCsgt3ub+b4dWRWJTmaaJObGRdescudvJCs"

enum { FINDS = 200000, COUNT_MAX = 10000000 };

struct bench {
    size_t count, next;
    char login[64];
    struct account_place place;
    const char *names_word; /* what is read meanwhile */
    uint32_t times_ns[FINDS];
};

static struct slice login_of(struct bench *bench, size_t i)
{
    int len = snprintf(bench->login, sizeof(bench->login), "user-%zu@example%zu.jp",
                       i * 7919 % bench->count, i % 100);
    return slice_of(bench->login, (size_t)len);
}

static void fail(const char *what, const struct err *err)
{
    fprintf(stderr, "accounts-bench: %s: %s\n", what, err->text);
    exit(1);
}

static double seconds_since(int64_t begin_us)
{
    return (double)(clock_steady_us() - begin_us) / 1e6;
}

static double rss_mib(void)
{
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* ---- making ---- */

static enum account_import_step next(void *context, struct account_import_row *row, struct err *err)
{
    struct bench *bench = context;
    (void)err;
    if (bench->next == bench->count)
        return ACCOUNT_IMPORT_END;
    row->change.text.login = login_of(bench, bench->next++);
    row->change.text.secret = SLICE(SECRET);
    row->change.text.account_class = SLICE("business");
    row->change.text.server = SLICE("mailbox-3");
    row->change.given =
        1u << ACCOUNT_COLUMN_SECRET | 1u << ACCOUNT_COLUMN_CLASS | 1u << ACCOUNT_COLUMN_SERVER;
    return ACCOUNT_IMPORT_ROW;
}

static void put_apps(struct bench *bench, struct account_writer *writer)
{
    struct err err;
    const struct account_app_change app = {.name = SLICE("phone"), .secret = SLICE(SECRET)};
    bool good = account_writer_begin(writer, &err);
    for (size_t i = 0; good && i < bench->count; i += 10)
        good = account_writer_put_app(writer, login_of(bench, i), &app, clock_now_us(), &err);
    if (!good || !account_writer_commit(writer, &err))
        fail("app passwords", &err);
}

static void make_sqlite(struct bench *bench)
{
    struct err err;
    int64_t begin_us = clock_steady_us();
    struct account_writer *writer =
        account_writer_open(&account_driver_sqlite, &bench->place, &err);
    const struct account_import import = {
        .next = next, .context = bench, .existing = ACCOUNT_IMPORT_REFUSE};
    struct account_import_counts counts;
    if (writer == NULL || !account_import_run(writer, &import, &counts, &err))
        fail("import", &err);
    printf("  \"import_s\": %.2f,\n", seconds_since(begin_us));
    put_apps(bench, writer);
    account_writer_close(writer);
}

static void make_passwd(struct bench *bench, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        exit(1);
    for (size_t i = 0; i < bench->count; i++)
        fprintf(file, "%.*s:" SECRET "::::::todoku_class=business todoku_server=mailbox-3\n",
                SLICE_ARG(login_of(bench, i)));
    fclose(file);
}

/* ---- finding ---- */

static void see_row(void *context, const struct account_row *row)
{
    size_t *seen = context;
    *seen += row->secret.len > 0;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Of the sorted times; per mille. */
static double at(const struct bench *bench, size_t part)
{
    return (double)bench->times_ns[(size_t)FINDS * part / 1000] / 1e3;
}

static void find(struct bench *bench, const struct account_driver *driver,
                 struct account_source *source, const char *what)
{
    struct random random;
    struct err err;
    size_t seen = 0;
    random_init(&random, 1);
    for (size_t i = 0; i < FINDS; i++) {
        struct slice login = login_of(bench, random_below(&random, (uint32_t)bench->count));
        struct timespec begin, end;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        if (driver->find(source, login, see_row, &seen, &err) != ACCOUNT_FOUND)
            fail(what, &err);
        clock_gettime(CLOCK_MONOTONIC, &end);
        bench->times_ns[i] =
            (uint32_t)((end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec));
    }
    qsort(bench->times_ns, FINDS, sizeof(bench->times_ns[0]), compare);
    printf("  \"%s_us\": { \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f },\n", what, at(bench, 500),
           at(bench, 990), at(bench, 999));
}

static void add_name(void *context, const struct account_name *name)
{
    account_book_add(context, name);
}

/* As the daemon does it, on a thread of its own. */
static void *read_book(void *context)
{
    struct bench *bench = context;
    const struct account_book_options options = {0};
    struct account_source *source = account_driver_sqlite.make(&bench->place);
    struct err err;
    int64_t begin_us = clock_steady_us();
    double before = rss_mib();
    struct account_book *book = account_book_new(&options);
    if (!account_driver_sqlite.read(source, add_name, book, &err))
        fail("names", &err);
    account_book_finish(book);
    printf("  \"%s_s\": %.2f, \"%s_mib\": %.0f,\n", bench->names_word, seconds_since(begin_us),
           bench->names_word, rss_mib() - before);
    account_book_unref(book);
    account_driver_sqlite.free(source);
    return NULL;
}

static void measure(struct bench *bench, const struct account_driver *driver, const char *word)
{
    char what[64];
    struct err err;
    size_t seen = 0;
    double before = rss_mib();
    int64_t begin_us = clock_steady_us();
    struct account_source *source = driver->make(&bench->place);
    if (driver->find(source, login_of(bench, 1), see_row, &seen, &err) != ACCOUNT_FOUND)
        fail(word, &err);
    printf("  \"%s_start_ms\": %.2f,\n", word, seconds_since(begin_us) * 1e3);
    snprintf(what, sizeof(what), "%s_find", word);
    find(bench, driver, source, what);
    printf("  \"%s_mib\": %.1f,\n", word, rss_mib() - before);
    if (driver == &account_driver_sqlite) {
        pthread_t thread;
        bench->names_word = "names";
        (void)read_book(bench);
        bench->names_word = "names_while_finding";
        pthread_create(&thread, NULL, read_book, bench);
        find(bench, driver, source, "sqlite_find_while_names_are_read");
        pthread_join(thread, NULL);
    }
    driver->free(source);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    char path[512], passwd[512];
    if (argc != 3 || strlen(argv[2]) > 400) {
        fprintf(stderr, "usage: accounts-bench COUNT FOLDER\n");
        return 2;
    }
    bench.count = (size_t)strtoul(argv[1], NULL, 10);
    if (bench.count < 100 || bench.count > COUNT_MAX)
        return 2;
    snprintf(path, sizeof(path), "%s/accounts.db", argv[2]);
    snprintf(passwd, sizeof(passwd), "%s/passwd", argv[2]);
    printf("{\n  \"accounts\": %zu,\n", bench.count);
    bench.place.path = path;
    if (access(path, F_OK) != 0)
        make_sqlite(&bench);
    measure(&bench, &account_driver_sqlite, "sqlite");
    if (access(passwd, F_OK) != 0)
        make_passwd(&bench, passwd);
    bench.place.path = passwd;
    measure(&bench, &account_driver_passwd_file, "passwd_file");
    printf("  \"rss_mib\": %.0f\n}\n", rss_mib());
    return 0;
}
