/* SPDX-License-Identifier: Apache-2.0
 *
 * Where accounts stand, as a verb beside the daemon comes there: the settings of it, secrets of the
 * database too, and as whom. Files that root makes in the folder of the daemon's user would lock
 * the daemon out, so root becomes the owner of the file, or of its folder, for the work.
 */
#ifndef TD_APP_ACCOUNT_ACCESS_H
#define TD_APP_ACCOUNT_ACCESS_H

#include "app/settings.h"
#include "app/settings_accounts.h"

/* Begins as {0}. */
struct account_access {
    struct settings *settings;
    struct account_terms *terms; /* driver: never NULL after it was opened */
    bool is_unheard;             /* nothing says that the daemon reads it */
};

/* config NULL: the usual file. False and err: the configuration cannot be read, or names no
 * accounts. account_access_done either way. */
bool account_access_open(struct account_access *to, const char *config, struct err *err);

/* From now on as whom the file belongs to; files that only root may read were read before. False
 * and err: root cannot be that. */
bool account_access_enter(const struct account_access *to, struct err *err);
void account_access_done(struct account_access *to);

/* Whether the file is to be made first (sqlite): a driver that reads would make it. */
bool account_access_is_empty(const struct account_access *to);

/* The account of a login as people write it, see `find` of struct account_driver. */
enum account_found account_access_find(const struct account_access *to, struct slice login,
                                       account_row_see see, void *context, struct err *err);

/* All names; none of a file that is to be made first. */
bool account_access_read(const struct account_access *to, account_name_see see, void *context,
                         struct err *err);

#endif
