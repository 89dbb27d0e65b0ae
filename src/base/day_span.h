/* SPDX-License-Identifier: Apache-2.0
 *
 * A part of the day on some days of the week, as people write it: `22:00-07:00`, `Sat-Sun
 * 00:00-24:00`. It may go over midnight. Which clock is meant (local, UTC) is said by whoever asks.
 */
#ifndef TD_BASE_DAY_SPAN_H
#define TD_BASE_DAY_SPAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

#define DAY_SPAN_EVERY_DAY 0x7f

struct day_span {
    uint16_t from, to; /* minutes since midnight, 0 to 1439; to <= from: it ends the next day */
    uint8_t days;      /* bit 0: one that begins on Monday, ... bit 6: Sunday; never 0 */
};

/* `HH:MM-HH:MM`, 00:00 to 23:59 (the end also 24:00, which is 00:00), two digits each; before it,
 * with one blank, a day `Mon` or days `Mon-Fri`, `Sat-Mon` in English of three letters; without:
 * every day. Equal times are refused, but for 00:00-24:00, the whole day. False: another form; *out
 * untouched. */
bool day_span_parse(struct slice text, struct day_span *out);

/* Appends the text; day_span_parse reads it back. days must be neighbours, as parsed. */
void day_span_format(const struct day_span *span, struct buf *to);

#endif
