/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts of a file of comma-separated values (io/csv_reader.h), as rows to import. The first line
 * names the columns, in any order and any case:
 *
 *      login        of the account, or of another name; the only one that must be there
 *      account      whose other name it is; empty: an account itself
 *      secret       its stored form, `{SCHEME}...`, or the password itself; also `password`
 *      class, server, protocols, networks, valid_until, flags    as store/account_text.h reads them
 *
 * What has no column is not said of an account; an empty cell takes it off one that is changed, but
 * never its password.
 */
#ifndef TD_APP_CSV_ROWS_H
#define TD_APP_CSV_ROWS_H

#include "app/account_file_import.h"

extern const struct account_rows csv_rows;

#endif
