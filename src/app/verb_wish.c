/* SPDX-License-Identifier: Apache-2.0
 *
 * See verb_wish.h.
 */
#include "app/verb_wish.h"

#include <stdio.h>
#include <string.h>

#include "app/control_call.h"
#include "app/report_words.h"
#include "app/time_text.h"
#include "base/duration.h"
#include "io/clock.h"

bool verb_wish_time(const char *option, const char *value, int64_t *out, struct err *err)
{
    struct clock_zone *zone = clock_zone_new();
    bool good =
        time_text_parse(slice_from_str(value), clock_now_us(), clock_zone_offset, zone, out, err);
    clock_zone_free(zone);
    return good || err_at(err, "%s", option);
}

bool verb_wish_until(const char *value, int64_t *out, struct err *err)
{
    CLEANUP_BUF struct buf when = {0};
    int64_t until_us;
    if (!verb_wish_time("--until", value, &until_us, err))
        return false;
    report_time(until_us, STAMP_NONE, &when);
    if (until_us <= clock_now_us())
        return err_set(err, ERR_USAGE,
                       "--until: %s has passed; write a later time, such as +2h, or --for 2h",
                       buf_str(&when));
    *out = until_us;
    return true;
}

bool verb_wish_for(const char *value, int64_t *out, struct err *err)
{
    return duration_text_parse(slice_from_str(value), out, err) &&
           (*out > 0 || err_set(err, ERR_USAGE, "--for takes more than nothing"));
}

bool verb_wish_text(const char **out, const char *option, const char *value, size_t max,
                    struct err *err)
{
    *out = value;
    return (value[0] != '\0' && strlen(value) <= max) ||
           err_set(err, ERR_USAGE, "%s takes a text of 1 to %zu bytes", option, max);
}

bool verb_wish_one_end(const struct verb_wish *wish, struct err *err)
{
    return wish->for_us == 0 || wish->until_us == 0 ||
           err_set(err, ERR_USAGE, "there is one end: say --for or --until, not both");
}

void verb_wish_put(json_t *object, const struct verb_wish *wish)
{
    CLEANUP_BUF struct buf span = {0}, by = {0};
    if (wish->for_us != 0) {
        duration_format(wish->for_us, &span);
        json_value_put_text(object, "for", buf_slice(&span));
    }
    if (wish->until_us != 0)
        json_value_put_time(object, "until", wish->until_us);
    json_value_put_text(object, "reason", slice_from_str(wish->reason));
    control_caller(&by);
    json_value_put_text(object, "by", buf_slice(&by));
}

void verb_wish_encode(struct slice text, struct buf *to)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (ascii_is_alpha((char)c) || ascii_is_digit((char)c) || c == '-' || c == '.')
            buf_add_char(to, (char)c);
        else
            buf_addf(to, "%%%02X", c);
    }
}

void verb_wish_warn(const char *verb, const struct text_style *style, const json_t *warnings)
{
    CLEANUP_BUF struct buf text = {0};
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *one = json_array_get(warnings, i);
        buf_addf(&text, "todoku %s: warning: ", verb);
        text_add(style, slice_of(json_string_value(one), json_string_length(one)), &text);
        buf_add_char(&text, '\n');
    }
    fputs(buf_str(&text), stderr);
}
