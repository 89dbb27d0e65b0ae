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

/* The same with one key for many texts, without the price of preparing the key each time. For one
 * thread at a time. Nothing of a text stays in it; free clears the key. */
struct hmac_signer;
struct hmac_signer *hmac_signer_new(struct slice key);
void hmac_signer_sign(struct hmac_signer *signer, struct slice text, unsigned char *mac);
void hmac_signer_free(struct hmac_signer *signer); /* NULL is allowed */

/* SHA-256 of the text, 32 bytes. */
void sha256(struct slice text, unsigned char *digest);

#endif
