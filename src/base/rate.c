/* SPDX-License-Identifier: Apache-2.0
 *
 * See rate.h.
 */
#include "base/rate.h"

#include <inttypes.h>

#include "base/duration.h"

bool rate_parse(struct slice text, struct rate *out)
{
    struct slice within = text;
    struct slice number = slice_cut(&within, '/');
    uint64_t count;
    int64_t within_us;
    if (!slice_to_u64(number, RATE_COUNT_MAX, &count) || count == 0)
        return false;
    if (!duration_parse(within, &within_us) || within_us == 0)
        return false;
    *out = (struct rate){(uint32_t)count, within_us};
    return true;
}

void rate_format(const struct rate *rate, struct buf *to)
{
    buf_addf(to, "%" PRIu32 "/", rate->count);
    duration_format(rate->within_us, to);
}
