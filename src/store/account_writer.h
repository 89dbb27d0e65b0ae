/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes accounts in the file that is todoku's own (store/account_file.h), for people and for the
 * daemon:
 *
 *      account_writer_begin(writer, &err);
 *      account_writer_add(writer, &change, &err);
 *      account_writer_add_alias(writer, alias, login, &err);
 *      account_writer_commit(writer, &err);
 *
 * Between begin and commit all or nothing; outside of them each call is that by itself. What is
 * refused (err names the login and says why) leaves what was done before as it was; after a failure
 * of the file the commit fails. On the disk when it returns. One thread; waits for ACCOUNT_BUSY_MS
 * for another who writes. Names are found as by a driver: in other letters, and with the default
 * domain or without it.
 */
#ifndef TD_STORE_ACCOUNT_WRITER_H
#define TD_STORE_ACCOUNT_WRITER_H

#include "store/account_change.h"
#include "store/account_driver.h"

struct account_writer;

/* NULL and err: the file cannot be opened, or the driver is one that todoku does not write for. */
struct account_writer *account_writer_open(const struct account_driver *driver,
                                           const struct account_place *place, struct err *err);

/* Undoes what was begun and not committed. NULL is fine. */
void account_writer_close(struct account_writer *writer);

bool account_writer_begin(struct account_writer *writer, struct err *err);
bool account_writer_commit(struct account_writer *writer, struct err *err);
void account_writer_undo(struct account_writer *writer);

/* What a login is now. False and err: it cannot be told. */
enum account_name_kind { ACCOUNT_NAME_FREE, ACCOUNT_NAME_ACCOUNT, ACCOUNT_NAME_ALIAS };
bool account_writer_look(struct account_writer *writer, struct slice login,
                         enum account_name_kind *out, struct err *err);

/* False: there is an account, or another name, of that login. */
bool account_writer_add(struct account_writer *writer, const struct account_change *change,
                        struct err *err);

/* What follows says false of an account, a name or an app password that is not there. An alias does
 * not stand for its account here. */
bool account_writer_change(struct account_writer *writer, const struct account_change *change,
                           struct err *err);
bool account_writer_rename(struct account_writer *writer, struct slice login, struct slice to,
                           struct err *err);
/* Its other names and app passwords too. */
bool account_writer_remove(struct account_writer *writer, struct slice login, struct err *err);

bool account_writer_add_alias(struct account_writer *writer, struct slice alias, struct slice login,
                              struct err *err);
bool account_writer_remove_alias(struct account_writer *writer, struct slice alias,
                                 struct err *err);

/* One of that name is replaced. now_us: when it was made. */
bool account_writer_put_app(struct account_writer *writer, struct slice login,
                            const struct account_app_change *app, int64_t now_us, struct err *err);
bool account_writer_remove_app(struct account_writer *writer, struct slice login, struct slice name,
                               struct err *err);

/* When app passwords were used, many at a time; those that are not there any more are passed by.
 * Never sets a time back. */
struct account_use {
    struct slice login, app;
    int64_t used_us;
};
bool account_writer_touch(struct account_writer *writer, const struct account_use *uses,
                          size_t count, struct err *err);

/* The account's secret in another form, unless it was changed since `before` was read: then nothing
 * is done. */
bool account_writer_renew(struct account_writer *writer, struct slice login, struct slice before,
                          struct slice secret, struct err *err);

#endif
