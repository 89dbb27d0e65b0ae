/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows and incidents to a summary. See report_history.h.
 */
#include "app/report_history.h"

#include <unistd.h>

#include "app/incident_answer.h"
#include "base/civil.h"
#include "io/progress.h"
#include "respond/incident_record.h"
#include "watch/hour_sums.h"
#include "watch/row_feed.h"

/* Read before --since: what waits then was tried in it (maximal_backoff_time is little more than an
 * hour), and a day says what is normal for a login. */
#define LEAD_US (SECONDS_PER_DAY * US_PER_SECOND)
#define PROGRESS_ROWS 16384 /* between two looks at the clock; a power of two */
#define ROW_BYTES 75        /* of the file, about: progress counts bytes */
#define INCIDENTS_MAX 2000
#define HOUR_US (INT64_C(3600) * US_PER_SECOND)

/* ---- incidents ---- */

struct incident_list {
    struct summary *out;
    size_t capacity;
};

static void take_incident(void *data, const struct history_incident *row)
{
    struct incident_list *list = data;
    struct summary *out = list->out;
    struct incident_answer answer;
    json_t *body = json_field_parse(row->body, HISTORY_BODY_MAX);
    if (body != NULL && incident_answer_read(body, &answer) && answer.known &&
        out->incident_count < list->capacity) {
        struct incident *incident = &out->incidents[out->incident_count++];
        *incident = answer.incident;
        incident->closed_us = row->closed_us != 0 ? row->closed_us : INCIDENT_OPEN;
        incident_keep(incident, out->arena);
    }
    json_decref(body);
}

/* They come newest first; those that are open stand in front. */
static void put_open_first(struct summary *out)
{
    struct incident *sorted = arena_alloc(out->arena, (out->incident_count + 1) * sizeof(*sorted));
    size_t count = 0;
    for (int open = 1; open >= 0; open--)
        for (size_t i = 0; i < out->incident_count; i++)
            if (incident_is_open(&out->incidents[i]) == (open == 1))
                sorted[count++] = out->incidents[i];
    out->incidents = sorted;
}

static void mark_surges(struct summary *out)
{
    for (size_t l = 0; l < out->login_count; l++) {
        out->logins[l].surge = false;
        for (size_t i = 0; i < out->incident_count; i++)
            out->logins[l].surge |= out->incidents[i].kind == INCIDENT_SURGE &&
                                    slice_eq(out->incidents[i].login, out->logins[l].name);
    }
}

static bool read_incidents(struct history_reader *reader, const struct tally_settings *settings,
                           struct summary *out, struct err *err)
{
    struct incident_list list = {.out = out, .capacity = INCIDENTS_MAX};
    struct history_incident_query query = {
        .since_us = settings->since_us, .until_us = settings->until_us, .limit = INCIDENTS_MAX};
    out->incident_count = 0;
    out->incidents = arena_alloc(out->arena, INCIDENTS_MAX * sizeof(*out->incidents));
    if (!history_incidents(reader, &query, take_incident, &list, err))
        return false;
    put_open_first(out);
    mark_surges(out);
    return true;
}

/* ---- rows ---- */

static bool read_rows(struct report_history *history, const struct tally_settings *settings,
                      struct row_feed *feed, struct err *err)
{
    int64_t since_us = settings->since_us;
    if (since_us > INT64_MIN + LEAD_US)
        since_us -= LEAD_US;
    struct history_stream *stream =
        history_stream_open(history->reader, since_us, settings->until_us, err);
    if (stream == NULL)
        return false;
    struct progress *progress = progress_new(STDERR_FILENO, -1);
    uint64_t rows = 0;
    for (const struct history_row *row; (row = history_stream_next(stream)) != NULL;) {
        row_feed_take(feed, row);
        if ((++rows & (PROGRESS_ROWS - 1)) == 0)
            progress_update(progress, history->name, (int64_t)rows * ROW_BYTES, rows);
    }
    progress_free(progress);
    history->damaged = history_stream_damaged(stream);
    history->dropped = history_stream_dropped(stream);
    history_stream_free(stream);
    return true;
}

/* ---- what is older, and what is counted for ever ---- */

static void take_hour(void *data, const struct history_hour *hour)
{
    hour_sums_take(data, hour);
}

/* Sums of the hours before that of the oldest row. */
static bool read_older(struct history_reader *reader, const struct tally_settings *settings,
                       struct summary *out, struct err *err)
{
    struct history_extent extent;
    if (!history_extent_get(reader, &extent, err))
        return false;
    struct history_span span = {settings->since_us, settings->until_us};
    int64_t oldest_us = extent.begin_us - extent.begin_us % HOUR_US;
    if (extent.rows > 0 && oldest_us < span.until_us)
        span.until_us = oldest_us;
    struct hour_sums *sums = hour_sums_new();
    bool good = history_hours(reader, &span, take_hour, sums, err);
    if (good)
        hour_sums_fill(sums, out);
    hour_sums_free(sums);
    return good;
}

static void take_counter(void *data, struct slice name, int64_t value)
{
    struct summary *out = data;
    if (value > 0 && slice_eq(name, HISTORY_COUNTER_LINES))
        out->lines_ever = (uint64_t)value;
    else if (value > 0 && slice_eq(name, HISTORY_COUNTER_UNREAD))
        out->lines_ever_unknown = (uint64_t)value;
}

static bool read_rest(struct history_reader *reader, const struct tally_settings *settings,
                      struct summary *out, struct err *err)
{
    return read_incidents(reader, settings, out, err) && read_older(reader, settings, out, err) &&
           history_counters(reader, take_counter, out, err);
}

bool report_history_read(struct report_history *history, const struct tally_settings *settings,
                         struct classifier *classifier, struct summary *out, struct err *err)
{
    struct tally *tally = tally_new(settings, classifier);
    struct row_feed *feed = row_feed_new(tally, settings->since_us);
    bool good = read_rows(history, settings, feed, err);
    if (good) {
        struct summary summary;
        tally_finish(tally, &summary);
        row_feed_mark(feed, &summary);
        good = read_rest(history->reader, settings, &summary, err);
        if (good)
            *out = summary;
        else
            arena_free(summary.arena);
    }
    row_feed_free(feed);
    tally_free(tally);
    return good;
}
