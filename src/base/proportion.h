/* SPDX-License-Identifier: Apache-2.0
 *
 * What a count out of another count is worth as evidence.
 */
#ifndef TD_BASE_PROPORTION_H
#define TD_BASE_PROPORTION_H

#include <stdint.h>

/* Lower and upper end of Wilson's score interval (95 % two-sided) for hits out of n. With n = 0
 * nothing is known: 0 and 1. Wilson 1927; Brown, Cai, DasGupta 2001. */
double proportion_lower(uint64_t hits, uint64_t n);
double proportion_upper(uint64_t hits, uint64_t n);

#endif
