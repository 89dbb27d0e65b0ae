/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 with padding, without line breaks (RFC 4648 section 4), by OpenSSL.
 */
#ifndef TD_IO_BASE64_H
#define TD_IO_BASE64_H

#include "base/buf.h"

/* Appended: 4 characters for each 3 bytes begun. At most 256 MiB of text. */
void base64_encode(struct slice text, struct buf *to);

#endif
