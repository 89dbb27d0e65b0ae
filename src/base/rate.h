/* SPDX-License-Identifier: Apache-2.0
 *
 * A number of things in a length of time, as people write it: `500/1h`, `30/10m`.
 */
#ifndef TD_BASE_RATE_H
#define TD_BASE_RATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

#define RATE_COUNT_MAX UINT32_C(1000000000)

struct rate {
    uint32_t count;    /* 1 to RATE_COUNT_MAX */
    int64_t within_us; /* above 0; whole seconds */
};

/* Both parts must be there, the second with its unit (duration.h). False: another form or out of
 * range; *out untouched. */
bool rate_parse(struct slice text, struct rate *out);

/* Appends the text; rate_parse reads it back. */
void rate_format(const struct rate *rate, struct buf *to);

#endif
