/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets that many rounds of HMAC protect: {PBKDF2} as Dovecot has it, `$1$salt$rounds$hex` with
 * SHA-1, and what a server of SCRAM stores, `iterations,salt,StoredKey,ServerKey`, of which a
 * secret in clear is checked here. No SASLprep: the secret's bytes are taken as they came.
 *
 * Peer documents: RFC 8018, RFC 5802, RFC 7677; Dovecot 2.3, password-scheme-pbkdf2.c.
 */
#ifndef TD_IO_SECRET_PBKDF2_H
#define TD_IO_SECRET_PBKDF2_H

#include "base/buf.h"
#include "io/secret_bounds.h"
#include "io/secret_form.h"

/* Of any of the two forms. False: the numbers are broken. */
bool secret_pbkdf2_rounds(enum secret_scheme scheme, struct slice stored, uint64_t *rounds);

enum secret_verdict secret_pbkdf2_check(const struct secret_bounds *bounds, struct slice stored,
                                        struct slice secret, struct err *err);

/* form: of SCRAM-SHA-1 or SCRAM-SHA-256, its data as text. */
enum secret_verdict secret_scram_check(const struct secret_bounds *bounds,
                                       const struct secret_form *form, struct slice secret,
                                       struct err *err);

/* Append a new stored form; rounds: 1 to 999,999,999. */
bool secret_pbkdf2_make(uint32_t rounds, struct slice secret, struct buf *to, struct err *err);
bool secret_scram_make(uint32_t rounds, struct slice secret, struct buf *to, struct err *err);

#endif
