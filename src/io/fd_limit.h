/* SPDX-License-Identifier: Apache-2.0
 *
 * How many descriptors this process may have open.
 */
#ifndef TD_IO_FD_LIMIT_H
#define TD_IO_FD_LIMIT_H

#include <stddef.h>

/* Raises the soft limit (RLIMIT_NOFILE) to the hard one, but not above a million; returns what is
 * in force. The soft limit of 1,024 is for programs that use select(2); nothing here does. */
size_t fd_limit_raise(void);

#endif
