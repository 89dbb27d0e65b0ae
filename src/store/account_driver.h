/* SPDX-License-Identifier: Apache-2.0
 *
 * Where accounts stand, behind a small vtable: a database of todoku's own, or a passwd-file of
 * Dovecot. A driver reads them all, names and classes, and can tell cheaply whether to read again;
 * what is read is looked up in memory (gate/account_book.h). All drivers keep what is promised
 * here; one test asks that of each (tests/unit/store/account_driver.c).
 *
 * A source has no thread of its own and no lock: one thread at a time. It may block, on disks, and
 * for ACCOUNT_BUSY_MS when somebody else writes. Nothing is ever written to accounts but, by
 * sqlite, the empty tables of a file that is not there yet. One that was there and is gone cannot
 * be read: whoever replaces it may take a while.
 */
#ifndef TD_STORE_ACCOUNT_DRIVER_H
#define TD_STORE_ACCOUNT_DRIVER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

#define ACCOUNT_BUSY_MS 1000

/* A name, as it stands there: any bytes. Lives for the call. */
struct account_name {
    struct slice login;         /* empty: something that is no account, to be counted */
    struct slice account;       /* whose other name it is; empty: an account itself */
    struct slice account_class; /* empty: not said */
};
typedef void (*account_name_see)(void *context, const struct account_name *name);

struct account_source; /* each driver's own */

struct account_driver {
    const char *word; /* as the configuration has it */

    /* Opens nothing yet. */
    struct account_source *(*make)(const char *path);
    void (*free)(struct account_source *source); /* NULL is fine */

    /* Something was changed since the last reading that succeeded, or there was none, or that
     * cannot be told. */
    bool (*is_changed)(struct account_source *source);

    /* All names, as they were at one moment; none twice, or the first is meant. False and err: they
     * cannot be read, and those that were seen are worth nothing. */
    bool (*read)(struct account_source *source, account_name_see see, void *context,
                 struct err *err);
};

extern const struct account_driver account_driver_sqlite, account_driver_passwd_file;

#endif
