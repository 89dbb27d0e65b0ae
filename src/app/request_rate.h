/* SPDX-License-Identifier: Apache-2.0
 *
 * How often a listener is asked: requests a second over the last minute, from a count that only
 * grows. A value; all zero to begin.
 */
#ifndef TD_APP_REQUEST_RATE_H
#define TD_APP_REQUEST_RATE_H

#include <stddef.h>
#include <stdint.h>

enum { REQUEST_RATE_SAMPLES = 60 };

struct request_rate {
    struct {
        int64_t at_us;
        uint64_t requests;
    } samples[REQUEST_RATE_SAMPLES];
    size_t taken; /* of them, in turn */
};

/* Requests until now_us; about once a second. The rate since the oldest sample; a clock that was
 * set back begins anew. */
double request_rate_take(struct request_rate *rate, uint64_t requests, int64_t now_us);

#endif
