/* SPDX-License-Identifier: Apache-2.0
 *
 * From sums of the history to detectors. See daemon_past.h.
 */
#include "app/daemon_past.h"

#include "base/civil.h"
#include "store/history_reader.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define DAY_US (SECONDS_PER_DAY * US_PER_SECOND)
#define GROWTH_DAYS 8 /* before today: back to the whole of the same weekday */
#define TRAFFIC_DAYS 7

struct past {
    struct volume *volume;
    struct growth_guard *growth;
    struct route_traffic *traffic;
    int64_t now_us, again_us; /* of daemon_past.h */
    uint64_t rows;
};

static uint32_t bounded(uint64_t count)
{
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static void load(struct past *past, struct volume_row *row, int64_t begin_us, uint64_t count)
{
    uint32_t recipients = bounded(count);
    row->hour = begin_us / HOUR_US;
    row->count = 1;
    row->recipients = &recipients;
    volume_load(past->volume, row);
    past->rows++;
}

static void take_path(void *data, const struct history_volume *volume)
{
    if (slice_eq(volume->provider, SLICE("local")))
        return;
    struct volume_row row = {.kind = VOLUME_PATH,
                             .relay = volume->relay,
                             .source = volume->source,
                             .provider = volume->provider};
    load(data, &row, volume->begin_us, volume->recipients);
}

static void take_sender(void *data, const struct history_volume *volume)
{
    struct volume_row row = {.kind = volume->domain.len ? VOLUME_DOMAIN : VOLUME_ALL,
                             .domain = volume->domain};
    load(data, &row, volume->begin_us, volume->recipients);
}

static void take_provider(void *data, const struct history_volume *volume)
{
    struct past *past = data;
    if (slice_eq(volume->provider, SLICE("local")))
        return;
    growth_guard_take_attempt(past->growth, volume->provider, bounded(volume->recipients),
                              volume->begin_us);
    past->rows++;
}

static void take_traffic(void *data, const struct history_volume *volume)
{
    struct past *past = data;
    const struct tally_path_names names = {
        .relay = volume->relay, .source = volume->source, .provider = volume->provider};
    route_traffic_load(past->traffic, &names, volume->begin_us, volume->recipients);
    past->rows++;
}

static void tell(struct own_log *log, const char *what, const struct past *past, bool good,
                 const struct err *err)
{
    if (!good)
        OWN_LOG(log, OWN_LOG_WARNING, "past_not_read", log_str("of", what),
                log_str("reason", err->text),
                log_str("advice", "what is normal is learned anew from the lines"));
    else if (past->rows > 0)
        OWN_LOG(log, OWN_LOG_INFO, "past_read", log_str("of", what),
                log_number("hours", (int64_t)past->rows));
}

void daemon_past_volume(const char *folder, int64_t until_us, struct volume *volume,
                        struct own_log *log)
{
    struct past past = {.volume = volume};
    struct err err = {0};
    struct history_reader *reader = history_reader_open(folder, &err);
    struct history_volume_query query = {.kind = HISTORY_VOLUME_PATHS,
                                         .since_us = until_us - PROFILE_HOURS * HOUR_US,
                                         .until_us = until_us - until_us % HOUR_US,
                                         .wait_us = PAST_WAIT_US / 2};
    bool good = reader != NULL && history_volumes(reader, &query, take_path, &past, &err);
    query.kind = HISTORY_VOLUME_SENDERS;
    good = good && history_volumes(reader, &query, take_sender, &past, &err);
    tell(log, "volume", &past, good, &err);
    history_reader_free(reader);
}

/* The nearest hour to where lines begin to come again. */
static int64_t again_from(struct history_reader *reader, int64_t now_us, int64_t again_us)
{
    struct history_extent extent;
    if (again_us > 0 && history_extent_get(reader, &extent, NULL) && extent.end_us < now_us)
        now_us = extent.end_us;
    return again_us > 0 ? now_us - again_us + HOUR_US / 2 : now_us;
}

/* Hours before the lines that come again. */
struct before {
    const char *what;
    enum history_volume_kind kind;
    int days;
    bool whole_days; /* from a midnight on (UTC) */
    void (*take)(void *data, const struct history_volume *volume);
};

/* Lines that come again from again_us ago on tell their hours themselves. */
static void learn_before(const char *folder, const struct before *before, struct past *past,
                         struct own_log *log)
{
    struct err err = {0};
    struct history_reader *reader = history_reader_open(folder, &err);
    bool good = reader != NULL;
    if (good) {
        int64_t until_us = again_from(reader, past->now_us, past->again_us);
        int64_t last_us = until_us - (before->whole_days ? until_us % DAY_US : 0);
        const struct history_volume_query query = {
            .kind = before->kind,
            .since_us = last_us - before->days * DAY_US,
            .until_us = until_us - until_us % HOUR_US,
            .wait_us = PAST_WAIT_US,
        };
        good = history_volumes(reader, &query, before->take, past, &err);
    }
    tell(log, before->what, past, good, &err);
    history_reader_free(reader);
}

void daemon_past_growth(const char *folder, int64_t now_us, int64_t again_us,
                        struct growth_guard *growth, struct own_log *log)
{
    static const struct before before = {.what = "growth",
                                         .kind = HISTORY_VOLUME_PROVIDERS,
                                         .days = GROWTH_DAYS,
                                         .whole_days = true,
                                         .take = take_provider};
    struct past past = {.growth = growth, .now_us = now_us, .again_us = again_us};
    learn_before(folder, &before, &past, log);
}

void daemon_past_traffic(const char *folder, int64_t now_us, int64_t again_us,
                         struct route_traffic *traffic, struct own_log *log)
{
    static const struct before before = {.what = "traffic",
                                         .kind = HISTORY_VOLUME_PATHS,
                                         .days = TRAFFIC_DAYS,
                                         .take = take_traffic};
    struct past past = {.traffic = traffic, .now_us = now_us, .again_us = again_us};
    learn_before(folder, &before, &past, log);
}
