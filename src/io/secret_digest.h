/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets stored as one digest, with a salt behind it or without ({SHA256}, {SSHA512} ...), and the
 * comparison that all schemes use. Fast to check, and as fast to guess.
 */
#ifndef TD_IO_SECRET_DIGEST_H
#define TD_IO_SECRET_DIGEST_H

#include "io/secret_bounds.h"
#include "io/secret_form.h"

#define SECRET_DIGEST_MAX 64

/* Whether both are the same bytes, in a time that does not tell where they differ. */
bool secret_same(struct slice a, struct slice b);

/* The digest of one of those schemes over two parts; digest: secret_scheme_digest(scheme) bytes.
 * False: the library does not offer it (a policy of the machine may forbid MD5). */
bool secret_digest(enum secret_scheme scheme, struct slice head, struct slice tail,
                   unsigned char *digest);

/* stored: decoded; digest, then the salt of the salted ones. */
enum secret_verdict secret_digest_check(enum secret_scheme scheme, struct slice stored,
                                        struct slice secret, struct err *err);

#endif
