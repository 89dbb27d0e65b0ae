/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets as Argon2 stores them, by libargon2: `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`, and
 * `$argon2i$`. One thread computes all lanes, so that a worker costs one core. The memory is
 * cleared and in no core dump.
 *
 * Peer documents: RFC 9106; the PHC string format.
 */
#ifndef TD_IO_SECRET_ARGON2_H
#define TD_IO_SECRET_ARGON2_H

#include "base/buf.h"
#include "io/secret_bounds.h"

struct secret_argon2 {
    bool mixed; /* argon2id */
    uint32_t version, memory_kib, passes, lanes;
    struct slice salt, hash; /* base64 without padding */
};

bool secret_argon2_parse(struct slice stored, struct secret_argon2 *out);

struct secret_cost secret_argon2_cost(const struct secret_argon2 *form);

enum secret_verdict secret_argon2_check(const struct secret_bounds *bounds, struct slice stored,
                                        struct slice secret, struct err *err);

/* Appends a new argon2id with a salt of its own. memory_kib: at least 8 for each lane; passes and
 * lanes: at least 1. False and err: there is not so much memory. */
bool secret_argon2_make(const struct secret_argon2 *terms, struct slice secret, struct buf *to,
                        struct err *err);

#endif
