/* SPDX-License-Identifier: Apache-2.0
 *
 * The SQLite file of accounts that is todoku's own, open: made when it is not there, brought to the
 * form of this version, and seen to be the one that stands there.
 *
 *      account(login, class, server, secret, protocols, networks, valid_until, flags)
 *      alias(alias, login)                   another name of one
 *      app_password(login, name, secret, protocols, networks, created, last_used, valid_until)
 *      changes(names, rows)                  how often there was one; kept by triggers
 *
 * Columns are as store/account_text.h reads them; created and last_used are seconds since 1970.
 * Names are the same in capitals and small letters. Others write to it, with SQL, while it is open.
 * A file of others, a newer one and one that is damaged are errors: nothing of accounts is ever
 * moved away. It is made, and an empty one given its tables, until it has been open once: one that
 * is missing or empty after that is being replaced.
 */
#ifndef TD_STORE_ACCOUNT_FILE_H
#define TD_STORE_ACCOUNT_FILE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/sql.h"

/* Begins as {0} with a path. */
struct account_file {
    struct buf path;
    struct sql sql;
    dev_t device; /* of what is open */
    ino_t inode;
    bool is_made; /* it was open once */
};

/* Opens it, unless what stands there is open. False and err; closed then. */
bool account_file_open(struct account_file *file, struct err *err);

/* Open, and the one that stands there. */
bool account_file_is_there(const struct account_file *file);

/* Says in err what has failed, and closes: the next one who opens it begins anew. False. */
bool account_file_fail(struct account_file *file, struct err *err);

/* Closes, and frees the path. */
void account_file_done(struct account_file *file);

#endif
