/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts of a passwd-file of Dovecot (mail/passwd_line.h), as rows to import.
 */
#ifndef TD_APP_PASSWD_ROWS_H
#define TD_APP_PASSWD_ROWS_H

#include "app/account_file_import.h"

extern const struct account_rows passwd_rows;

#endif
