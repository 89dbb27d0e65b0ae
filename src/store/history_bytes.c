/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_bytes.h.
 */
#include "store/history_bytes.h"

#include <math.h>
#include <string.h>

void history_bytes_add(struct buf *to, uint64_t value)
{
    char *at = buf_reserve(to, HISTORY_NUMBER_MAX);
    to->len += (size_t)(history_bytes_write(at, value) - at);
}

void history_bytes_add_text(struct buf *to, struct slice text)
{
    history_bytes_add(to, text.len);
    buf_add(to, text);
}

static uint64_t fault(struct history_bytes *from)
{
    from->bad = true;
    from->rest = (struct slice){NULL, 0};
    return 0;
}

uint64_t history_bytes_take(struct history_bytes *from, uint64_t max)
{
    uint64_t value = 0;
    size_t i = 0;
    for (unsigned shift = 0; i < from->rest.len && shift < 64; shift += 7) {
        uint64_t byte = (unsigned char)from->rest.ptr[i++];
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            from->rest = slice_skip(from->rest, i);
            return value <= max ? value : fault(from);
        }
    }
    return fault(from);
}

uint32_t history_bytes_take_u32(struct history_bytes *from)
{
    return (uint32_t)history_bytes_take(from, UINT32_MAX);
}

int64_t history_bytes_take_between(struct history_bytes *from, int64_t least, int64_t most)
{
    int64_t value = (int64_t)history_bytes_take(from, (uint64_t)most);
    if (value < least)
        from->bad = true;
    return value;
}

struct slice history_bytes_take_raw(struct history_bytes *from, uint64_t len)
{
    if (from->bad || len > from->rest.len) {
        fault(from);
        return from->rest;
    }
    struct slice taken = slice_first(from->rest, (size_t)len);
    from->rest = slice_skip(from->rest, (size_t)len);
    return taken;
}

struct slice history_bytes_take_text(struct history_bytes *from, uint64_t max)
{
    return history_bytes_take_raw(from, history_bytes_take(from, max));
}

void history_bytes_add_double(struct buf *to, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    history_bytes_add(to, bits);
}

double history_bytes_take_double(struct history_bytes *from)
{
    uint64_t bits = history_bytes_take(from, UINT64_MAX);
    double value;
    memcpy(&value, &bits, sizeof(value));
    if (isfinite(value) && value >= 0)
        return value;
    fault(from);
    return 0;
}
