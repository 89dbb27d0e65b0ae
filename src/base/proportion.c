/* SPDX-License-Identifier: Apache-2.0
 *
 * Wilson's score interval.
 */
#include "base/proportion.h"

#include <math.h>

#define Z 1.959963984540054 /* 97.5 % point of the normal distribution */

static double wilson(uint64_t hits, uint64_t n, double sign)
{
    double count = (double)n;
    double p = (double)hits / count;
    double centre = p + Z * Z / (2 * count);
    double spread = Z * sqrt(p * (1 - p) / count + Z * Z / (4 * count * count));
    return (centre + sign * spread) / (1 + Z * Z / count);
}

double proportion_lower(uint64_t hits, uint64_t n)
{
    return n == 0 || hits == 0 ? 0 : wilson(hits, n, -1);
}

double proportion_upper(uint64_t hits, uint64_t n)
{
    return n == 0 || hits == n ? 1 : wilson(hits, n, 1);
}
