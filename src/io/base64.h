/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 with padding, without line breaks (RFC 4648 section 4), by OpenSSL.
 */
#ifndef TD_IO_BASE64_H
#define TD_IO_BASE64_H

#include "base/buf.h"

/* Appended: 4 characters for each 3 bytes begun. At most 256 MiB of text. */
void base64_encode(struct slice text, struct buf *to);

/* Room for what `len` characters hold, as base64_decode needs it. */
#define BASE64_ROOM(len) (((len) + 3) / 4 * 3)

/* The bytes of `text`, with its padding or without, at most 64 KiB of text; `to` has
 * BASE64_ROOM(text.len) bytes, *len of which are then the answer. False: another character, or a
 * length that no bytes have; `to` is then undefined. */
bool base64_decode(struct slice text, void *to, size_t *len);

#endif
