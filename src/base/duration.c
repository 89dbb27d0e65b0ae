/* SPDX-License-Identifier: Apache-2.0
 *
 * See duration.h.
 */
#include "base/duration.h"

#include <inttypes.h>

#include "base/civil.h"

#define MAX_S (DURATION_MAX_US / US_PER_SECOND)

static const struct {
    char letter;
    int32_t seconds;
} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};

/* 0: no unit. */
static int64_t unit_seconds(char letter)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].letter == letter)
            return units[i].seconds;
    return 0;
}

bool duration_parse(struct slice text, int64_t *out_us)
{
    int64_t total = 0;
    if (text.len == 0)
        return false;
    while (text.len > 0) {
        size_t digits = 0;
        while (digits < text.len && ascii_is_digit(text.ptr[digits]))
            digits++;
        uint64_t count;
        if (digits == text.len || !slice_to_u64(slice_first(text, digits), MAX_S, &count))
            return false;
        int64_t unit = unit_seconds(text.ptr[digits]);
        if (unit == 0 || (int64_t)count > MAX_S / unit)
            return false;
        total += (int64_t)count * unit;
        if (total > MAX_S)
            return false;
        text = slice_skip(text, digits + 1);
    }
    *out_us = total * US_PER_SECOND;
    return true;
}

void duration_format(int64_t us, struct buf *to)
{
    int64_t seconds = us / US_PER_SECOND;
    size_t unit = 3; /* days: few people count in weeks */
    while (unit > 0 && (seconds == 0 || seconds % units[unit].seconds != 0))
        unit--;
    buf_addf(to, "%" PRId64 "%c", seconds / units[unit].seconds, units[unit].letter);
}
