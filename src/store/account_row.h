/* SPDX-License-Identifier: Apache-2.0
 *
 * An account as a login needs it: what a driver of accounts has found (store/account_driver.h).
 * Value types; slices live for the call that hands them over, and secrets are overwritten after it.
 */
#ifndef TD_STORE_ACCOUNT_ROW_H
#define TD_STORE_ACCOUNT_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum {
    ACCOUNT_TEXT_MAX = 4096, /* bytes of any text of a row */
    ACCOUNT_APPS_MAX = 64,   /* app passwords of an account */
};

/* A password of one program of the account's owner. */
struct account_app_password {
    struct slice name, secret;
    struct slice networks;            /* as below, beside those of the account: both must permit */
    unsigned protocols;               /* as below, beside those of the account */
    int64_t created_us, last_used_us; /* 0: never, or not known */
    int64_t until_us;                 /* INT64_MAX: no end */
};

struct account_row {
    struct slice login; /* of the account, as it stands there; an alias is resolved */
    struct slice account_class, server; /* empty: not said */
    struct slice secret;                /* in its stored form; empty: nobody can log in by it */
    struct slice networks;  /* of clients that may come, with blanks between; empty: all */
    unsigned protocols;     /* 1u << enum auth_protocol (mail/auth_request.h); all ones: all */
    struct slice flags;     /* words, with blanks between */
    int64_t valid_until_us; /* not from then on; INT64_MAX: no end */
    const struct account_app_password *apps;
    size_t app_count; /* at most ACCOUNT_APPS_MAX */

    /* The column with something that cannot be read as what it should be; empty: there is none.
     * What it would have permitted is not permitted. */
    struct slice fault;
};

enum account_found {
    ACCOUNT_FOUND,
    ACCOUNT_UNKNOWN, /* it was asked for, and there is none */
    ACCOUNT_TROUBLE, /* it could not be asked for */
};

typedef void (*account_row_see)(void *context, const struct account_row *row);

#endif
