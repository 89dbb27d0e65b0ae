/* SPDX-License-Identifier: Apache-2.0
 *
 * Where accounts stand, behind a small vtable: a database of todoku's own, a passwd-file of
 * Dovecot, or an operator's database with his own query. A driver finds one by its login, reads the
 * names of all, which are looked up in memory (gate/account_book.h), and can tell cheaply whether
 * to read again. All drivers keep what is promised here; one test asks that of each
 * (tests/unit/store/account_driver.c).
 *
 * A source has no thread of its own and no lock: one thread at a time, so whoever finds by several
 * threads has a source for each. It may block: on disks, for ACCOUNT_BUSY_MS when somebody else
 * writes, and for place->timeout_us when a server is slow or gone. Nothing is written to accounts
 * by a driver but, by sqlite, the tables of a file that is not there yet or is of an older form
 * (what people change, store/account_writer.h does). One that was there and is gone cannot be read:
 * whoever replaces it may take a while.
 */
#ifndef TD_STORE_ACCOUNT_DRIVER_H
#define TD_STORE_ACCOUNT_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "store/account_row.h"

#define ACCOUNT_BUSY_MS 1000

enum account_tls {
    ACCOUNT_TLS_OFF,
    ACCOUNT_TLS_ON,     /* whoever answers */
    ACCOUNT_TLS_VERIFY, /* only the server of that name, by an authority of tls_ca */
};

/* Where to look. Borrowed for `make`, which copies. Texts may be NULL. */
struct account_place {
    struct slice default_domain; /* of names that have none, in small letters; may be empty */

    const char *path; /* of a file */

    const char *host; /* of a server: a name, an address, or the folder or path of its socket */
    uint16_t port;    /* 0: its usual one */
    const char *database, *user, *password;
    enum account_tls tls;
    const char *tls_ca;              /* a file */
    const char *query, *names_query; /* store/account_query.h; no names_query: no names */
    int64_t names_every_us;          /* so often names are read */
    int64_t timeout_us;              /* of a find */
};

/* A name, as it stands there: any bytes. Lives for the call. */
struct account_name {
    struct slice login;         /* empty: something that is no account, to be counted */
    struct slice account;       /* whose other name it is; empty: an account itself */
    struct slice account_class; /* empty: not said */
    struct slice flags;         /* of an account, words with blanks or commas between */
    struct slice server;        /* empty: not said */
};
typedef void (*account_name_see)(void *context, const struct account_name *name);

struct account_source; /* each driver's own */

enum account_check {
    ACCOUNT_CHECK_GOOD,
    ACCOUNT_CHECK_WRONG, /* it can never work: err has the server's words */
    ACCOUNT_CHECK_LATER, /* it could not be asked now: err */
};

struct account_driver {
    const char *word; /* as the configuration has it */

    /* Opens nothing yet. */
    struct account_source *(*make)(const struct account_place *place);
    void (*free)(struct account_source *source); /* NULL is fine */

    /* A name was added, removed or changed since the last `read` that succeeded, or there was none,
     * or that cannot be told. */
    bool (*is_changed)(struct account_source *source);

    /* All names, as they were at one moment; none twice, or the first is meant. False and err: they
     * cannot be read, and those that were seen are worth nothing. */
    bool (*read)(struct account_source *source, account_name_see see, void *context,
                 struct err *err);

    /* The account that a login is of. login: in its one form (model/login_form.h), which is that of
     * a name in other letters, and of one without a domain when it has the default domain; 1 to 512
     * bytes. An alias, over ACCOUNT_ALIAS_STEPS others at most, leads to its account.
     * ACCOUNT_FOUND: `see` was called, once. ACCOUNT_TROUBLE: err says why. What it finds is never
     * older than the call. */
    enum account_found (*find)(struct account_source *source, struct slice login,
                               account_row_see see, void *context, struct err *err);

    /* A number that is another one when a row may be another than before; within a second at most.
     * False: that cannot be told, and what was found is to be found again after a while. Quick: no
     * more than a look at a file. Does not depend on `read` and `find`. */
    bool (*state)(struct account_source *source, uint64_t *out);

    /* Whether finds and readings can work, without one. NULL: there is nothing to check. */
    enum account_check (*check)(struct account_source *source, struct err *err);
};

#define ACCOUNT_ALIAS_STEPS 8

extern const struct account_driver account_driver_sqlite, account_driver_passwd_file;

/* Where todoku was built with their libraries: TD_POSTGRESQL, TD_MYSQL. */
extern const struct account_driver account_driver_postgresql, account_driver_mysql;

/* By its word, of those that todoku was built with. NULL: there is none. */
const struct account_driver *account_driver_of(struct slice word);

/* The part of a login before the default domain, if it has that; else empty. */
struct slice account_without_domain(struct slice login, struct slice default_domain);

#endif
