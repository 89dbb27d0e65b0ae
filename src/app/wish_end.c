/* SPDX-License-Identifier: Apache-2.0
 *
 * See wish_end.h.
 */
#include "app/wish_end.h"

#include "base/duration.h"

bool wish_end_read(const json_t *object, int64_t now_us, int64_t *out, struct err *err)
{
    struct slice length;
    int64_t for_us = 0, until_us = INT64_MAX;
    if (!json_field_text(object, "for", 64, &length) ||
        !json_field_time(object, "until", INT64_MAX, &until_us))
        return err_set(err, ERR_USAGE, "an end is \"for\", as 2h, or \"until\", a time");
    if (length.len > 0 && until_us != INT64_MAX)
        return err_set(err, ERR_USAGE, "there is one end: \"for\" or \"until\", not both");
    if (length.len > 0 && (!duration_parse(length, &for_us) || for_us <= 0))
        return err_set(err, ERR_USAGE, "\"for\" is a length of time, as 90s, 15m, 2h or 7d");
    if (until_us <= now_us)
        return err_set(err, ERR_USAGE, "\"until\" is a time that is to come");
    if (for_us > 0 && for_us >= INT64_MAX - now_us)
        return err_set(err, ERR_USAGE, "\"for\" is too long");
    *out = for_us > 0 ? now_us + for_us : until_us;
    return true;
}
