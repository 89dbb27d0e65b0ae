/* SPDX-License-Identifier: Apache-2.0
 *
 * Costs against bounds.
 */
#include "io/secret_bounds.h"

#include <inttypes.h>

static bool within(uint64_t has, uint64_t most, const char *what, struct err *err)
{
    return has <= most ||
           err_set(err, ERR_LIMIT,
                   "the stored secret asks for %" PRIu64 " %s, at most %" PRIu64 " are allowed",
                   has, what, most);
}

bool secret_bounds_allow(const struct secret_bounds *bounds, const struct secret_cost *cost,
                         struct err *err)
{
    return within(cost->memory_bytes, bounds->memory_bytes, "bytes of memory", err) &&
           within(cost->work_bytes, bounds->work_bytes, "bytes of memory over all passes", err) &&
           within(cost->rounds, bounds->rounds, "rounds", err) &&
           within(cost->doublings, bounds->doublings, "as the cost of bcrypt", err);
}

enum secret_verdict secret_is_bad(struct err *err, const char *why)
{
    err_set(err, ERR_INPUT, "the stored secret %s", why);
    return SECRET_BAD;
}
