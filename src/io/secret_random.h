/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that nobody can guess, from the kernel: salts, keys, new secrets.
 */
#ifndef TD_IO_SECRET_RANDOM_H
#define TD_IO_SECRET_RANDOM_H

#include <stddef.h>

#include "base/err.h"

/* len: at most 256. False and err: the kernel has none, which only a broken sandbox makes happen.
 */
bool secret_random(void *to, size_t len, struct err *err);

#endif
