/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading times. See time_text.h.
 */
#include "app/time_text.h"

#include "base/civil.h"
#include "base/duration.h"

bool duration_text_parse(struct slice text, int64_t *out_us, struct err *err)
{
    if (!duration_parse(text, out_us))
        return err_set(err, ERR_USAGE, "\"%.*s\" is no duration: write 90s, 15m, 1h, 7d or 1h30m",
                       SLICE_ARG(slice_first(text, 60)));
    return true;
}

struct local_clock {
    int64_t now_us;
    stamp_zone_fn zone;
    void *zone_data;
};

/* Local wall clock as seconds since 1970. */
static int64_t local_now(const struct local_clock *clock)
{
    int64_t utc = clock->now_us / US_PER_SECOND;
    int32_t offset = clock->zone ? clock->zone(clock->zone_data, utc) : 0;
    return utc + (clock->zone ? clock->zone(clock->zone_data, utc + offset) : 0);
}

static int64_t from_local(const struct local_clock *clock, int64_t local_seconds)
{
    int32_t offset = clock->zone ? clock->zone(clock->zone_data, local_seconds) : 0;
    return (local_seconds - offset) * US_PER_SECOND;
}

static bool parse_word(struct slice text, const struct local_clock *clock, int64_t *out_us)
{
    int64_t local = local_now(clock);
    int64_t midnight = local - local % SECONDS_PER_DAY;
    if (slice_eq(text, SLICE("now")))
        *out_us = clock->now_us;
    else if (slice_eq(text, SLICE("today")))
        *out_us = from_local(clock, midnight);
    else if (slice_eq(text, SLICE("yesterday")))
        *out_us = from_local(clock, midnight - SECONDS_PER_DAY);
    else
        return false;
    return true;
}

/* `2026-03-02`, with `09:00` or `09:00:30` behind, or the clock alone: filled up to a full stamp,
 * which the grammar of stamps then reads. */
static bool parse_stamp(struct slice text, const struct local_clock *clock, int64_t *out_us)
{
    char full[64];
    struct slice rest;
    bool clock_only = text.len >= 5 && text.len <= 8 && text.ptr[2] == ':';
    if (text.len > 40)
        return false;
    if (clock_only) {
        char today[24];
        civil_format_utc(local_now(clock) * US_PER_SECOND, today);
        memcpy(full, today, 11);
        memcpy(full + 11, text.ptr, text.len);
        rest = slice_of(full, 11 + text.len);
    } else {
        memcpy(full, text.ptr, text.len);
        rest = slice_of(full, text.len);
    }
    static const char midnight[] = "T00:00:00";
    if (rest.len == 10) {
        memcpy(full + 10, midnight, 9);
        rest.len = 19;
    } else if (rest.len == 16) {
        memcpy(full + 16, midnight + 6, 3);
        rest.len = 19;
    }
    struct stamp_context context;
    stamp_context_init(&context, 0, clock->zone, clock->zone_data);
    if (rest.len < 19 || !ascii_is_digit(full[0]))
        return false;
    int64_t us = stamp_take(&context, &rest);
    if (us == STAMP_NONE || rest.len > 0)
        return false;
    *out_us = us;
    return true;
}

/* `-2h`, `2h ago`, `+2h` */
static bool parse_distance(struct slice text, int64_t now_us, int64_t *out_us)
{
    bool ahead = slice_take_prefix(&text, SLICE("+"));
    bool ago = !ahead && slice_take_prefix(&text, SLICE("-"));
    int64_t distance_us;
    if (!ahead && !ago && slice_ends_with(text, SLICE(" ago"))) {
        text = slice_trim(slice_first(text, text.len - 4));
        ago = true;
    }
    if ((!ahead && !ago) || !duration_parse(text, &distance_us))
        return false;
    *out_us = ahead ? now_us + distance_us : now_us - distance_us;
    return true;
}

bool time_text_parse(struct slice text, int64_t now_us, stamp_zone_fn zone, void *zone_data,
                     int64_t *out_us, struct err *err)
{
    const struct local_clock clock = {now_us, zone, zone_data};
    struct slice trimmed = slice_trim(text);
    int64_t length;
    if (parse_distance(trimmed, now_us, out_us) || parse_word(trimmed, &clock, out_us) ||
        parse_stamp(trimmed, &clock, out_us))
        return true;
    if (duration_parse(trimmed, &length))
        return err_set(err, ERR_USAGE, "\"%.*s\" is how long, not when: write -%.*s or +%.*s",
                       SLICE_ARG(trimmed), SLICE_ARG(trimmed), SLICE_ARG(trimmed));
    return err_set(
        err, ERR_USAGE,
        "\"%.*s\" is no time: write \"2026-03-02 09:00\", 2026-03-02, 09:00, -2h (ago), +2h (from "
        "now), today, yesterday or now",
        SLICE_ARG(slice_first(text, 60)));
}
