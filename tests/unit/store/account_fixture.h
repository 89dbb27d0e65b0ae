/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of drivers of accounts share: people, how they come to be by each driver, and what
 * a driver says of them.
 */
#ifndef TD_TESTS_UNIT_STORE_ACCOUNT_FIXTURE_H
#define TD_TESTS_UNIT_STORE_ACCOUNT_FIXTURE_H

#include "store/account_driver.h"

/* NULL: not said. */
struct name {
    const char *login, *account, *account_class; /* account "": one itself */
    const char *secret, *server, *protocols, *networks, *valid_until, *flags;
};

/* A driver, and how to write accounts for it; name: of a file, or a table. */
struct account_kind {
    const struct account_driver *driver;
    void (*write)(const char *name, const struct name *names, size_t count); /* all that is there */
    struct account_source *(*source)(const char *name);
    bool is_file;
};

/* sqlite and passwd-file, then servers, if they were begun. */
extern const struct account_kind account_kinds[];
enum { ACCOUNT_FILE_KINDS = 2 };
size_t account_kind_count(void);

/* In a sandbox. */
void account_servers_begin(void);
void account_servers_end(void);

/* As the operator does it with sqlite3(1), beside a reader that has the file open. */
void run_sql(const char *path, const char *text);

void write_sqlite(const char *path, const struct name *names, size_t count);
struct account_source *source_of(const struct account_driver *driver, const char *path);
void ignore_name(void *context, const struct account_name *name);

/* The names, sorted, or "!"; and the row of a login, "unknown", or "trouble". */
void expect(const struct account_driver *driver, struct account_source *source, const char *wanted);
void expect_found(const struct account_driver *driver, struct account_source *source,
                  const char *login, const char *wanted);

/* context: struct buf. */
void put_row(void *context, const struct account_row *row);

/* 0: it cannot be told. */
uint64_t state_of(const struct account_driver *driver, struct account_source *source);

#endif
