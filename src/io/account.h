/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts of this machine, as getpwnam(3) and getgrouplist(3) know them.
 */
#ifndef TD_IO_ACCOUNT_H
#define TD_IO_ACCOUNT_H

#include "base/buf.h"

/* *may: whether the account may write to the file by its owner, group and mode, which for a unix
 * socket is to connect; folders above it are not looked at. False: no such account or file. */
bool account_may_write(const char *name, const char *path, bool *may);

/* *may: whether it may reach what lies in the folder, alike. */
bool account_may_enter(const char *name, const char *path, bool *may);

/* Appends the name of the account that the file belongs to. False: none has that number, or there
 * is no such file. */
bool account_owner(const char *path, struct buf *to);

#endif
