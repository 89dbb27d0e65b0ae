/* SPDX-License-Identifier: Apache-2.0
 *
 * What is too old or too much goes, the rest stays; segments are closed and merged meanwhile. Time
 * is an argument here.
 */
#include "store/history_retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/history_fixture.h"
#include "store/history_writer.h"

static const int64_t DAY_US = INT64_C(86400000000);

static struct history_writer *writer_open(const struct history_settings *settings)
{
    struct history_writer *writer = history_writer_new("h", settings);
    assert_true(history_writer_prepare(writer, FIXTURE_BEGIN_US));
    return writer;
}

static void write_rows(struct history_writer *writer, uint32_t first, uint32_t count,
                       int64_t now_us)
{
    struct history_batch *batch = history_batch_new();
    fixture_add(batch, first, count);
    assert_true(history_writer_write(writer, &batch, 1, now_us));
    history_batch_free(batch);
}

static void tidy(struct history_writer *writer, int64_t now_us)
{
    bool more = true;
    for (int i = 0; i < 10000 && more; i++)
        assert_true(history_writer_tidy(writer, true, now_us, &more));
    assert_false(more);
}

/* Number of the oldest row; all behind it must be there, up to `end`. */
static uint32_t oldest(uint32_t end)
{
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_stream *stream = history_stream_open(reader, INT64_MIN, INT64_MAX, &err);
    const struct history_row *row = history_stream_next(stream);
    uint32_t first = row ? row->attempt - 1 : end;
    for (uint32_t i = first; i < end; i++, row = history_stream_next(stream))
        fixture_check(row, i);
    assert_null(row);
    assert_int_equal(history_stream_damaged(stream), 0);
    history_stream_free(stream);
    struct history_found found;
    struct history_query query = {
        .key = HISTORY_KEY_QUEUE_ID, .since_us = INT64_MIN, .until_us = INT64_MAX, .limit = 10};
    for (uint32_t i = first; i < end; i += 1 + end / 50) {
        char id[16];
        query.text = slice_of(id, (size_t)snprintf(id, sizeof(id), "%010X", 0xABC0000 + i / 2));
        assert_true(history_find(reader, &query, &found, &err));
        assert_in_range(found.count, 1, 2);
        history_found_done(&found);
    }
    history_reader_free(reader);
    return first;
}

static int64_t file_bytes(void)
{
    struct stat file;
    assert_int_equal(stat("h/history.db", &file), 0);
    return file.st_size;
}

static void by_size(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.rows_bytes = INT64_C(2) << 20;
    struct history_writer *writer = writer_open(&settings);
    uint32_t rows = 0, before = 0;
    for (int i = 0; i < 12; i++, rows += 10000) {
        write_rows(writer, rows, 10000, FIXTURE_BEGIN_US);
        tidy(writer, FIXTURE_BEGIN_US);
        uint32_t first = oldest(rows + 10000);
        assert_true(first >= before);
        before = first;
    }
    assert_in_range(before, 20000, 100000);
    history_writer_free(writer);
    assert_true(file_bytes() < settings.rows_bytes * 3 / 2);
}

static void by_age(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.rows_age_us = 10 * DAY_US;
    struct history_writer *writer = writer_open(&settings);
    int64_t now_us = FIXTURE_BEGIN_US;
    write_rows(writer, 0, 60000, now_us);
    tidy(writer, now_us);
    assert_int_equal(oldest(60000), 0);
    history_writer_free(writer); /* all is in the file then, nothing in SQLite's log */
    int64_t large = file_bytes();
    writer = writer_open(&settings);
    tidy(writer, now_us + DAY_US); /* closes the segment: it is a day old */
    write_rows(writer, 60000, 100, now_us + DAY_US);
    tidy(writer, now_us + 10 * DAY_US);
    assert_int_equal(oldest(60100), 0);
    tidy(writer, now_us + 10 * DAY_US + 60 * 1000000);
    assert_int_equal(oldest(60100), 60000);
    history_writer_free(writer);
    assert_true(file_bytes() < large);
}

/* A row of the year 2100 does not keep its segment until then. */
static void future_rows_go_too(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.rows_age_us = 10 * DAY_US;
    struct history_writer *writer = writer_open(&settings);
    struct history_batch *batch = history_batch_new();
    struct fixture_row made;
    for (uint32_t i = 0; i < 600; i++) {
        fixture_make(&made, i);
        if (i == 300)
            made.row.time_us += 27000 * DAY_US;
        history_batch_add(batch, &made.row);
    }
    assert_true(history_writer_write(writer, &batch, 1, FIXTURE_BEGIN_US));
    history_batch_free(batch);
    tidy(writer, FIXTURE_BEGIN_US + DAY_US);
    struct err err = {0};
    struct history_extent extent;
    struct history_reader *reader = history_reader_open("h", &err);
    assert_true(history_extent_get(reader, &extent, &err));
    assert_int_equal(extent.rows, 600);
    tidy(writer, FIXTURE_BEGIN_US + 12 * DAY_US);
    assert_true(history_extent_get(reader, &extent, &err));
    assert_int_equal(extent.rows, 0);
    history_reader_free(reader);
    history_writer_free(writer);
}

static void count_hour(void *data, const struct history_hour *hour)
{
    (void)hour;
    ++*(int *)data;
}

static void count_incident(void *data, const struct history_incident *incident)
{
    assert_false(slice_eq(incident->id, SLICE("closed")));
    ++*(int *)data;
}

static void sums_and_incidents(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.sums_age_us = 20 * DAY_US;
    settings.incidents_age_us = 30 * DAY_US;
    struct history_writer *writer = writer_open(&settings);
    struct history_batch *batch = history_batch_new();
    fixture_add(batch, 0, 1);
    struct history_incident incident = {.id = SLICE("open"), .opened_us = FIXTURE_BEGIN_US};
    history_batch_incident(batch, &incident);
    incident.id = SLICE("closed");
    incident.closed_us = FIXTURE_BEGIN_US + 1;
    history_batch_incident(batch, &incident);
    incident.id = SLICE("later");
    incident.closed_us = FIXTURE_BEGIN_US + 25 * DAY_US;
    history_batch_incident(batch, &incident);
    assert_true(history_writer_write(writer, &batch, 1, FIXTURE_BEGIN_US));
    history_batch_free(batch);
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    const struct history_span ever = {0, INT64_MAX};
    const struct history_incident_query all = {.until_us = INT64_MAX, .limit = 10};
    int hours = 0, incidents = 0;
    tidy(writer, FIXTURE_BEGIN_US + 20 * DAY_US);
    assert_true(history_hours(reader, &ever, count_hour, &hours, &err));
    assert_int_equal(hours, 1);
    tidy(writer, FIXTURE_BEGIN_US + 31 * DAY_US);
    hours = 0;
    assert_true(history_hours(reader, &ever, count_hour, &hours, &err));
    assert_int_equal(hours, 0);
    assert_true(history_incidents(reader, &all, count_incident, &incidents, &err));
    assert_int_equal(incidents, 2);
    history_reader_free(reader);
    history_writer_free(writer);
}

static void count_volume(void *data, const struct history_volume *volume)
{
    (void)volume;
    ++*(int *)data;
}

static int sender_hours(void)
{
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    const struct history_volume_query all = {HISTORY_VOLUME_SENDERS, 0, INT64_MAX, 10000000};
    int hours = 0;
    assert_true(history_volumes(reader, &all, count_volume, &hours, &err));
    history_reader_free(reader);
    return hours;
}

/* Hours of a sender with little go when they are over, the others when nothing is learned from them
 * any more. */
static void sender_domains(void **state)
{
    (void)state;
    static const int64_t HOUR_US = INT64_C(3600000000);
    struct history_settings settings = fixture_settings();
    struct history_writer *writer = writer_open(&settings);
    struct history_batch *batch = history_batch_new();
    struct fixture_row made;
    for (uint32_t i = 0; i < 16 + 15; i++) {
        fixture_make(&made, 0);
        made.row.text[HISTORY_SENDER] = i < 16 ? SLICE("a@much.example") : SLICE("a@few.example");
        history_batch_add(batch, &made.row);
    }
    assert_true(history_writer_write(writer, &batch, 1, FIXTURE_BEGIN_US));
    history_batch_free(batch);
    tidy(writer, FIXTURE_BEGIN_US + 2 * HOUR_US);
    assert_int_equal(sender_hours(), 1 + 2);
    tidy(writer, FIXTURE_BEGIN_US + 3 * HOUR_US);
    assert_int_equal(sender_hours(), 1 + 1);
    tidy(writer, FIXTURE_BEGIN_US + 28 * DAY_US);
    assert_int_equal(sender_hours(), 1 + 1);
    tidy(writer, FIXTURE_BEGIN_US + 28 * DAY_US + HOUR_US);
    assert_int_equal(sender_hours(), 0);
    history_writer_free(writer);
}

/* What a stream has listed and not read yet may go meanwhile: told, not a fault. */
static void dropped_under_a_stream(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.rows_age_us = 10 * DAY_US;
    struct history_writer *writer = writer_open(&settings);
    write_rows(writer, 0, 10240, FIXTURE_BEGIN_US);
    tidy(writer, FIXTURE_BEGIN_US + DAY_US);
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_stream *stream = history_stream_open(reader, INT64_MIN, INT64_MAX, &err);
    fixture_check(history_stream_next(stream), 0);
    tidy(writer, FIXTURE_BEGIN_US + 12 * DAY_US);
    uint32_t left = 0;
    while (history_stream_next(stream) != NULL)
        left++;
    assert_int_equal(left, 1023);
    assert_int_equal(history_stream_dropped(stream), 9);
    assert_int_equal(history_stream_damaged(stream), 0);
    history_stream_free(stream);
    history_reader_free(reader);
    history_writer_free(writer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(by_size),
        CASE(by_age),
        CASE(sender_domains),
        CASE(future_rows_go_too),
        CASE(sums_and_incidents),
        CASE(dropped_under_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
