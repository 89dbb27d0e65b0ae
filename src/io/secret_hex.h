/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as hex digits, small ones when written, any when read.
 */
#ifndef TD_IO_SECRET_HEX_H
#define TD_IO_SECRET_HEX_H

#include "base/slice.h"

/* text.len / 2 bytes to `to`. False: an odd length, or no hex. */
bool secret_hex_read(struct slice text, unsigned char *to);

/* 2 * len digits, no NUL. */
void secret_hex_write(const unsigned char *bytes, size_t len, char *to);

#endif
