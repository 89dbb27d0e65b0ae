/* SPDX-License-Identifier: Apache-2.0
 *
 * One log line in the making: bytes put one behind the other into a fixed room. What does not fit
 * is dropped; the longest line that a step writes is far shorter.
 */
#ifndef TD_BENCH_LINE_H
#define TD_BENCH_LINE_H

#include <stdint.h>

#include "base/slice.h"

struct line {
    size_t len;
    char bytes[8192];
};

static inline void line_put(struct line *line, const char *bytes, size_t len)
{
    if (len > sizeof(line->bytes) - line->len)
        len = sizeof(line->bytes) - line->len;
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static inline void line_slice(struct line *line, struct slice s)
{
    line_put(line, s.ptr, s.len);
}

static inline void line_str(struct line *line, const char *str)
{
    line_put(line, str, strlen(str));
}

static inline void line_char(struct line *line, char c)
{
    if (line->len < sizeof(line->bytes))
        line->bytes[line->len++] = c;
}

/* Decimal, no padding. */
void line_number(struct line *line, uint64_t value);

/* Decimal with leading zeros to `digits`. */
void line_digits(struct line *line, uint64_t value, int digits);

/* Digits of `base` (at most 52) out of `alphabet`, padded with its first to `width`. */
void line_in_base(struct line *line, uint64_t value, uint32_t base, const char *alphabet,
                  int width);

void line_hex(struct line *line, uint64_t value, int width);

/* A span of time as Postfix logs it (util/format_tv.c): two significant digits, at most two
 * decimals: 0, 0.05, 1.2, 51. */
void line_delay(struct line *line, int64_t span_us);

#endif
