/* SPDX-License-Identifier: Apache-2.0
 *
 * Times and durations as people write them on a command line.
 */
#ifndef TD_APP_TIME_TEXT_H
#define TD_APP_TIME_TEXT_H

#include "base/err.h"
#include "mail/stamp.h"

/* Points in time: `2026-03-02`, `2026-03-02 09:00`, `2026-03-02 09:00:30`, ISO 8601 with or without
 * offset, `09:00` (today), `now`, `today`, `yesterday` (their midnight), `-2h` or `2h ago` (before
 * now: s m h d w), `+2h` (after now). What has no offset is local by `zone`. False and err
 * otherwise; err says so when it is a plain duration. */
bool time_text_parse(struct slice text, int64_t now_us, stamp_zone_fn zone, void *zone_data,
                     int64_t *out_us, struct err *err);

/* `90s` `15m` `1h` `7d` `2w`, several in a row (`1h30m`); at most 10 years. */
bool duration_text_parse(struct slice text, int64_t *out_us, struct err *err);

#endif
