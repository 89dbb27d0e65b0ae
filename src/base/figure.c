/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as people read them.
 */
#include "base/figure.h"

#include <inttypes.h>
#include <stdio.h>

void figure_number(uint64_t number, struct buf *to)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_add_char(to, ',');
        buf_add_char(to, digits[i]);
    }
}

void figure_percent(uint64_t part, uint64_t whole, struct buf *to)
{
    if (whole == 0) {
        buf_add_str(to, "-");
        return;
    }
    double percent = 100.0 * (double)part / (double)whole;
    int decimals = percent < 10 || percent > 90 ? 2 : 1;
    double step = decimals == 2 ? 0.01 : 0.1;
    if (part == 0 || part >= whole)
        buf_add_str(to, part == 0 ? "0 %" : "100 %");
    else if (percent < step)
        buf_add_str(to, "<0.01 %");
    else
        buf_addf(to, "%.*f %%", decimals, percent > 100 - step ? 100 - step : percent);
}
