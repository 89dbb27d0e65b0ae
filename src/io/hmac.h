/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures with a shared secret (HMAC-SHA-256, RFC 2104, by OpenSSL) and plain digests.
 */
#ifndef TD_IO_HMAC_H
#define TD_IO_HMAC_H

#include "base/slice.h"

#define HMAC_SHA256_HEX 64
#define HMAC_SHA256_BYTES 32

/* mac: HMAC_SHA256_BYTES. */
void hmac_sha256(struct slice key, struct slice text, unsigned char *mac);

/* hex: HMAC_SHA256_HEX lower case digits and a NUL. */
void hmac_sha256_hex(struct slice key, struct slice text, char *hex);

/* SHA-256 of the text, 32 bytes. */
void sha256(struct slice text, unsigned char *digest);

#endif
