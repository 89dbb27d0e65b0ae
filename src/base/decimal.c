/* SPDX-License-Identifier: Apache-2.0
 *
 * See decimal.h.
 */
#include "base/decimal.h"

#include <inttypes.h>

#define PLACES 6
#define SCALE UINT64_C(1000000)

/* The number in millionths; at most `places` behind the point. */
static bool parse_millionths(struct slice text, size_t places, uint64_t *out)
{
    struct slice behind = text;
    struct slice whole = slice_cut(&behind, '.');
    uint64_t units, part = 0;
    if (!slice_to_u64(whole, (uint64_t)DECIMAL_MAX, &units))
        return false;
    if (behind.ptr != NULL) {
        if (behind.len > places || !slice_to_u64(behind, SCALE, &part))
            return false;
        for (size_t i = behind.len; i < PLACES; i++)
            part *= 10;
    }
    if (units * SCALE + part > (uint64_t)DECIMAL_MAX * SCALE)
        return false;
    *out = units * SCALE + part;
    return true;
}

static void format_millionths(uint64_t value, struct buf *to)
{
    buf_addf(to, "%" PRIu64, value / SCALE);
    if (value % SCALE == 0)
        return;
    buf_addf(to, ".%06" PRIu64, value % SCALE);
    while (to->ptr[to->len - 1] == '0')
        to->ptr[--to->len] = '\0';
}

bool decimal_parse(struct slice text, double *out)
{
    uint64_t value;
    if (!parse_millionths(text, PLACES, &value))
        return false;
    *out = (double)value / (double)SCALE;
    return true;
}

void decimal_format(double value, struct buf *to)
{
    format_millionths((uint64_t)(value * (double)SCALE + 0.5), to);
}

bool percent_parse(struct slice text, double *out_ratio)
{
    uint64_t value;
    if (!slice_ends_with(text, SLICE("%")))
        return false;
    struct slice number = slice_first(text, text.len - 1);
    if (slice_ends_with(number, SLICE(" ")))
        number.len--;
    if (!parse_millionths(number, PLACES - 2, &value) || value > 100 * SCALE)
        return false;
    *out_ratio = (double)value / (100.0 * (double)SCALE);
    return true;
}

void percent_format(double ratio, struct buf *to)
{
    uint64_t ten_thousandths = (uint64_t)(ratio * 1e6 + 0.5);
    format_millionths(ten_thousandths * 100, to);
    buf_add_char(to, '%');
}
