/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stored secret may cost to check. How costly it is stands in the stored form itself, and
 * whoever may write there could otherwise hang a worker or take all memory.
 */
#ifndef TD_IO_SECRET_BOUNDS_H
#define TD_IO_SECRET_BOUNDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum secret_verdict {
    SECRET_RIGHT,
    SECRET_WRONG,
    SECRET_UNSUPPORTED, /* this stored form cannot answer this method */
    SECRET_BAD,         /* damaged, of no known form, too costly, or it could not be computed */
};

/* What one check takes; 0 where the scheme has no such thing. */
struct secret_cost {
    uint64_t memory_bytes;
    uint64_t work_bytes; /* memory that is gone through, over all passes */
    uint64_t rounds;     /* of SHA-crypt, PBKDF2, SCRAM */
    unsigned doublings;  /* bcrypt: the logarithm of its rounds */
};

/* The most that is spent on one check. */
struct secret_bounds {
    uint64_t memory_bytes, work_bytes, rounds;
    unsigned doublings;
};

/* To initialise one: 256 MiB, and about a second of one core. */
#define SECRET_BOUNDS_DEFAULT \
    { \
        .memory_bytes = 256u << 20, .work_bytes = 1u << 30, .rounds = 2000000, .doublings = 14 \
    }

/* False and err, with what is too much and what is allowed. */
bool secret_bounds_allow(const struct secret_bounds *bounds, const struct secret_cost *cost,
                         struct err *err);

/* For the end of a check: fills err and gives SECRET_BAD. */
enum secret_verdict secret_is_bad(struct err *err, const char *why);

#endif
