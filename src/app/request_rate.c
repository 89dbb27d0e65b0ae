/* SPDX-License-Identifier: Apache-2.0
 *
 * See request_rate.h.
 */
#include "app/request_rate.h"

#include <stdbool.h>

#include "base/civil.h"

double request_rate_take(struct request_rate *rate, uint64_t requests, int64_t now_us)
{
    size_t newest = (rate->taken + REQUEST_RATE_SAMPLES - 1) % REQUEST_RATE_SAMPLES;
    if (rate->taken > 0 && now_us <= rate->samples[newest].at_us)
        rate->taken = 0;
    size_t place = rate->taken % REQUEST_RATE_SAMPLES;
    size_t oldest = rate->taken < REQUEST_RATE_SAMPLES ? 0 : place;
    bool any = rate->taken > 0;
    int64_t from_us = rate->samples[oldest].at_us;
    uint64_t from = rate->samples[oldest].requests;
    rate->samples[place].at_us = now_us;
    rate->samples[place].requests = requests;
    rate->taken++;
    return any ? (double)(requests - from) * US_PER_SECOND / (double)(now_us - from_us) : 0;
}
