/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets as crypt(3) of libxcrypt stores them: `$1$` MD5, `$5$` and `$6$` SHA-crypt, `$2a$ $2b$
 * $2x$ $2y$` bcrypt, `$y$` yescrypt, `$gy$` gost-yescrypt, `$7$` scrypt, and the thirteen
 * characters of DES, where the library still knows it. It knows no secrets of more than 511 bytes,
 * and bcrypt looks at 72 bytes only. Secrets here have no NUL in them.
 *
 * Peer document: crypt(5) of libxcrypt.
 */
#ifndef TD_IO_SECRET_CRYPT_H
#define TD_IO_SECRET_CRYPT_H

#include "base/buf.h"
#include "io/secret_bounds.h"

#define SECRET_CRYPT_MAX 384 /* bytes of a stored form */

/* In the order of their strength. */
enum secret_crypt_kind {
    SECRET_CRYPT_DES,
    SECRET_CRYPT_MD5,
    SECRET_CRYPT_SHA256,
    SECRET_CRYPT_SHA512,
    SECRET_CRYPT_BCRYPT,
    SECRET_CRYPT_SCRYPT,
    SECRET_CRYPT_YESCRYPT, /* and gost-yescrypt */
};

/* What stands in the head of a stored form. False: none of the above, or its numbers are broken. */
bool secret_crypt_read(struct slice stored, enum secret_crypt_kind *kind, struct secret_cost *cost);

/* SHA512-CRYPT, ... */
const char *secret_crypt_name(enum secret_crypt_kind kind);

enum secret_verdict secret_crypt_check(const struct secret_bounds *bounds, struct slice stored,
                                       struct slice secret, struct err *err);

/* Appends a new stored form with a salt of its own. rounds: of SHA-crypt; of bcrypt the logarithm
 * (4 to 31), of yescrypt its cost (1 to 11). kind: SHA256, SHA512, BCRYPT or YESCRYPT. False and
 * err: a secret that cannot be stored so, or rounds out of range. */
bool secret_crypt_make(enum secret_crypt_kind kind, unsigned long rounds, struct slice secret,
                       struct buf *to, struct err *err);

#endif
