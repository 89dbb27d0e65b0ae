/* SPDX-License-Identifier: Apache-2.0
 *
 * See byte_size.h.
 */
#include "base/byte_size.h"

#include <inttypes.h>

/* The index is the power of 1024. */
static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
#define UNITS (sizeof(units) / sizeof(units[0]))

bool byte_size_parse(struct slice text, uint64_t *out_bytes)
{
    size_t digits = 0;
    uint64_t count;
    while (digits < text.len && ascii_is_digit(text.ptr[digits]))
        digits++;
    if (!slice_to_u64(slice_first(text, digits), BYTE_SIZE_MAX, &count))
        return false;
    struct slice unit = slice_skip(text, digits);
    for (size_t i = 0; i < UNITS; i++) {
        if (!slice_eq(unit, slice_from_str(units[i])))
            continue;
        if (count > BYTE_SIZE_MAX >> (10 * i))
            return false;
        *out_bytes = count << (10 * i);
        return true;
    }
    return false;
}

void byte_size_format(uint64_t bytes, struct buf *to)
{
    size_t unit = 0;
    while (bytes != 0 && unit + 1 < UNITS && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    buf_addf(to, "%" PRIu64 "%s", bytes, units[unit]);
}
