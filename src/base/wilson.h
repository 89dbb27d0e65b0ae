/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a ratio can be trusted: Wilson's score interval at 95 % (E. B. Wilson, 1927). Five of
 * five is at least 57 %, five thousand of five thousand at least 99.9 %.
 */
#ifndef TD_BASE_WILSON_H
#define TD_BASE_WILSON_H

#include <stdint.h>

/* Both ends, 0 to 1; hits above total are read as total. Of nothing: 0 and 1. */
double wilson_lower(uint64_t hits, uint64_t total);
double wilson_upper(uint64_t hits, uint64_t total);

#endif
