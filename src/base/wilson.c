/* SPDX-License-Identifier: Apache-2.0
 *
 * Wilson's score interval.
 */
#include "base/wilson.h"

#include <math.h>

#define Z_95 1.959963984540054

double wilson_lower(uint64_t hits, uint64_t total)
{
    if (total == 0 || hits == 0)
        return 0;
    double n = (double)total, p = hits < total ? (double)hits / n : 1, zz = Z_95 * Z_95;
    double centre = p + zz / (2 * n);
    double spread = Z_95 * sqrt(p * (1 - p) / n + zz / (4 * n * n));
    return (centre - spread) / (1 + zz / n);
}

double wilson_upper(uint64_t hits, uint64_t total)
{
    if (total == 0 || hits >= total)
        return 1;
    return 1 - wilson_lower(total - hits, total);
}
