/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts of a passwd-file of Dovecot (mail/passwd_line.h) into the file that is todoku's own, all
 * of them or none; with progress on a terminal.
 */
#ifndef TD_APP_PASSWD_IMPORT_H
#define TD_APP_PASSWD_IMPORT_H

#include "store/account_import.h"

/* path: `-` is standard input. update: accounts that are there are changed; else they stay as they
 * are, and are counted. False and err, with the number of the line: nothing was imported. */
bool passwd_import(struct account_writer *writer, const char *path, bool update,
                   struct account_import_counts *counts, struct err *err);

#endif
