/* SPDX-License-Identifier: Apache-2.0
 *
 * A part of every day, as people write it: `22:00-07:00`. It may go over midnight. Which clock is
 * meant (local, UTC) is said by whoever asks.
 */
#ifndef TD_BASE_DAY_SPAN_H
#define TD_BASE_DAY_SPAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* Minutes since midnight, 0 to 1439; from is in, to is out; from == to: no part at all. */
struct day_span {
    uint16_t from, to;
};

/* Two-digit hours and minutes, 00:00 to 23:59 (to also 24:00, which is 00:00), not equal. False:
 * another form; *out untouched. */
bool day_span_parse(struct slice text, struct day_span *out);

/* Appends the text; nothing for no part. */
void day_span_format(const struct day_span *span, struct buf *to);

/* `minute` of the day, 0 to 1439. */
bool day_span_contains(const struct day_span *span, unsigned minute);

#endif
