/* SPDX-License-Identifier: Apache-2.0
 *
 * Lengths of time as people write them: `90s` `15m` `1h` `7d` `2w`, several in a row (`1h30m`).
 * Whole numbers, no blanks, no sign; each unit may come again and in any order.
 */
#ifndef TD_BASE_DURATION_H
#define TD_BASE_DURATION_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

#define DURATION_MAX_US (INT64_C(3660) * 86400 * 1000000) /* ten years */

/* Microseconds, 0 to DURATION_MAX_US. False: another form, or longer; *out_us untouched. */
bool duration_parse(struct slice text, int64_t *out_us);

/* Appends the text of whole seconds (us is cut to them), not negative, in the largest one unit that
 * says it exactly, weeks left out: 604800 s are `7d`, 90 s `90s`, 0 `0s`. duration_parse gives the
 * same seconds back. */
void duration_format(int64_t us, struct buf *to);

#endif
