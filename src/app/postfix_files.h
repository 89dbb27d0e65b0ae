/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that Postfix reads of us, in the folder `postfix` of our state: a filter that is made
 * from the rules, and the tables of routes.
 *
 *      hold.pcre     smtp_delivery_status_filter: what is not bounced    (respond/hold_filter.h)
 *      routes.lmdb, shares.lmdb   transport_maps of all of Postfix       (respond/route_map.h)
 *      holds.lmdb, exact.lmdb     transport_maps of the queue manager alone
 *
 * Postfix does not start a delivery without a table that its configuration names, so all of them
 * are there from the first start on, and are never removed.
 */
#ifndef TD_APP_POSTFIX_FILES_H
#define TD_APP_POSTFIX_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "watch/classifier.h"

#define POSTFIX_HOLD_FILE "hold.pcre"
#define POSTFIX_ROUTES "routes" /* as Postfix names the table; the file has .lmdb behind it */
#define POSTFIX_HOLDS "holds"
#define POSTFIX_SHARES "shares"
#define POSTFIX_EXACT "exact"
#define POSTFIX_TABLE_SUFFIX ".lmdb"

/* Appends the path of the folder, from the root, whether it is there or not. False and err: the
 * state folder is not there. */
bool postfix_files_folder(const char *state, struct buf *to, struct err *err);

/* Makes the folder and what is missing in it, and writes what is not as it should be. *filter:
 * which filter is there now, which Postfix sees after a reload: 1 to 2^63 - 1, equal for equal
 * ones; 0: the one of before. False and err: what is there is whole, and may be the old one. */
bool postfix_files_write(const char *folder, const struct classifier *classifier, int64_t now_us,
                         uint64_t *filter, struct err *err);

#endif
