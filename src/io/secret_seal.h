/* SPDX-License-Identifier: Apache-2.0
 *
 * A secret that can be had back, for accounts that must offer CRAM-MD5 or APOP: encrypted with a
 * key that is not where it is stored, AES-256-GCM with a random nonce, and bound to its login, so
 * that nobody who may write to the database can give one account the secret of another. Stored as
 * `{SEALED}` and the base64 of nonce (12 bytes), ciphertext and tag (16 bytes). An account that is
 * renamed needs its secret set again.
 */
#ifndef TD_IO_SECRET_SEAL_H
#define TD_IO_SECRET_SEAL_H

#include "io/secret_key.h"

#define SECRET_SEAL_EXTRA (12 + 16) /* bytes that a sealed secret is longer */

/* Appends `{SEALED}base64`. secret: 1 to SECRET_MAX bytes. False and err: too long, no randomness.
 */
bool secret_seal(const struct secret_key *key, struct slice login, struct slice secret,
                 struct buf *to, struct err *err);

/* sealed: decoded. to: room for SECRET_MAX bytes. False and err: damaged, sealed with another key
 * or for another login. */
bool secret_unseal(const struct secret_key *key, struct slice login, struct slice sealed,
                   unsigned char *to, struct err *err);

#endif
