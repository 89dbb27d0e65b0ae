/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes into the history comes out again: by every key, by time, as sums; through tail, blocks,
 * closed segments and the end of the process.
 */
#include "store/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/history_batch_private.h"
#include "store/history_fixture.h"
#include "store/history_writer.h"

static void rows_of_all_sizes(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 500, 511, 512, 1, 1024, 1025, 300, 300, 300, 5000, 7};
    struct history_settings settings = fixture_settings();
    uint32_t rows = 0;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct history *history = fixture_open(&settings);
        fixture_commit(history, rows, counts[i]);
        rows += counts[i];
        if (i % 3 == 0)
            fixture_check_rows(rows);
        history_close(history);
        assert_int_equal(fixture_position(), rows);
        assert_int_equal(fixture_counter(), rows);
    }
    fixture_check_rows(rows);
}

/* Rows found by a key must be these numbers. */
static void check_found(enum history_key key, const char *text, const uint32_t *numbers,
                        size_t count)
{
    struct err err = {0};
    struct history_found found;
    struct history_reader *reader = history_reader_open("h", &err);
    assert_non_null(reader);
    const struct history_query query = {.key = key,
                                        .text = slice_from_str(text),
                                        .since_us = INT64_MIN,
                                        .until_us = INT64_MAX,
                                        .limit = 1000};
    assert_true(history_find(reader, &query, &found, &err));
    if (found.count != count)
        fail_msg("%s: %zu rows, %zu expected", text, found.count, count);
    for (size_t i = 0; i < count; i++)
        fixture_check(&found.rows[i], numbers[i]);
    assert_false(found.more);
    assert_int_equal(found.damaged, 0);
    history_found_done(&found);
    history_reader_free(reader);
}

static void check_keys(uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i += 97) {
        char text[80];
        uint32_t pair[2] = {i - i % 2, i - i % 2 + 1};
        snprintf(text, sizeof(text), "user%u@dom%u.example.org", i, i % 1000);
        check_found(HISTORY_KEY_RECIPIENT, text, &i, 1);
        snprintf(text, sizeof(text), "%010x", 0xABC0000 + i / 2);
        check_found(HISTORY_KEY_QUEUE_ID, text, pair, 2);
        snprintf(text, sizeof(text), "id.%u@mail.example.jp", i / 2);
        check_found(HISTORY_KEY_MESSAGE_ID, text, pair, 2);
    }
    uint32_t same[600] = {0};
    size_t count = 0;
    for (uint32_t i = 7; i < rows; i += 1000)
        same[count++] = i;
    check_found(HISTORY_KEY_RECIPIENT, "@dom7.example.org", same, count);
    count = 0;
    for (uint32_t i = 8; i < rows; i += 1000) {
        same[count++] = i;
        if (i + 1 < rows)
            same[count++] = i + 1;
    }
    check_found(HISTORY_KEY_SENDER, "login4", same, count);
    check_found(HISTORY_KEY_SENDER, "shop4@example.jp", same, count);
    check_found(HISTORY_KEY_RECIPIENT, "nobody@example.org", NULL, 0);
    check_found(HISTORY_KEY_RECIPIENT, "", NULL, 0);
}

static void found_by_every_key(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    settings.rows_bytes = INT64_C(1) << 20; /* segments of 128 kB: some are closed and merged */
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 20);
    check_keys(20);
    fixture_commit(history, 20, 3000);
    check_keys(3020);
    fixture_commit(history, 3020, 4000);
    history_close(history);
    check_keys(7020);
}

static void newest_first_within_limits(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 10000);
    history_close(history);
    struct err err = {0};
    struct history_found found;
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_query query = {.key = HISTORY_KEY_SENDER,
                                  .text = SLICE("login4"),
                                  .since_us = INT64_MIN,
                                  .until_us = INT64_MAX,
                                  .limit = 5};
    assert_true(history_find(reader, &query, &found, &err));
    static const uint32_t last[] = {7009, 8008, 8009, 9008, 9009};
    assert_int_equal(found.count, 5);
    for (size_t i = 0; i < 5; i++)
        fixture_check(&found.rows[i], last[i]);
    assert_true(found.more);
    history_found_done(&found);
    query.since_us = FIXTURE_BEGIN_US + 2008 * FIXTURE_STEP_US;
    query.until_us = FIXTURE_BEGIN_US + 3009 * FIXTURE_STEP_US;
    assert_true(history_find(reader, &query, &found, &err));
    assert_int_equal(found.count, 3);
    fixture_check(&found.rows[0], 2008);
    fixture_check(&found.rows[2], 3008);
    assert_false(found.more);
    history_found_done(&found);
    query.limit = 0;
    assert_true(history_find(reader, &query, &found, &err));
    assert_int_equal(found.count, 0);
    history_found_done(&found);
    history_reader_free(reader);
}

/* Old logs read in beside new ones: rows of all times in every block. */
static void order_of_time(void **state)
{
    (void)state;
    enum { BATCH = 520, ROWS = 70 * BATCH, STRIDE = 7919 };
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    for (uint32_t done = 0; done < ROWS;) {
        struct history_batch *batch = history_batch_new();
        for (uint32_t i = 0; i < BATCH; i++, done++)
            fixture_add(batch, (uint32_t)((uint64_t)done * STRIDE % ROWS), 1);
        assert_true(history_commit(history, batch));
        assert_true(history_flush(history, INT64_C(60000000)));
    }
    history_close(history);
    fixture_check_rows(ROWS);
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_stream *stream =
        history_stream_open(reader, FIXTURE_BEGIN_US + 1000 * FIXTURE_STEP_US,
                            FIXTURE_BEGIN_US + 1010 * FIXTURE_STEP_US, &err);
    for (uint32_t i = 1000; i < 1010; i++)
        fixture_check(history_stream_next(stream), i);
    assert_null(history_stream_next(stream));
    assert_null(history_stream_next(stream));
    history_stream_free(stream);
    history_reader_free(reader);
}

struct sums {
    uint64_t attempts, sent, deferred, bounced, expired, hours;
    int64_t last_us;
};

static void take_hour(void *data, const struct history_hour *hour)
{
    struct sums *sums = data;
    assert_true(hour->begin_us >= sums->last_us);
    assert_true(slice_starts_with(hour->relay, SLICE("relay")));
    assert_true(slice_starts_with(hour->provider, SLICE("provider")));
    sums->last_us = hour->begin_us;
    sums->attempts += hour->attempts;
    sums->sent += hour->sent;
    sums->deferred += hour->deferred;
    sums->bounced += hour->bounced;
    sums->expired += hour->expired;
    sums->hours++;
}

static void sums_by_hour(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    fixture_commit(history, 0, 1000);
    fixture_commit(history, 1000, 500);
    struct history_batch *batch = history_batch_new();
    struct fixture_row made;
    static const int64_t hour_us = INT64_C(3600000000);
    fixture_make(&made, 0);
    made.row.time_us = FIXTURE_BEGIN_US + hour_us;
    made.row.status = HISTORY_EXPIRED;
    made.row.is_attempt = false;
    history_batch_add(batch, &made.row);
    made.row.status = HISTORY_SENT; /* a probe */
    history_batch_add(batch, &made.row);
    made.row.kind = HISTORY_MESSAGE;
    made.row.is_attempt = true;
    history_batch_add(batch, &made.row);
    assert_true(history_commit(history, batch));
    history_close(history);
    struct err err = {0};
    struct sums sums = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_span span = {FIXTURE_BEGIN_US, FIXTURE_BEGIN_US + hour_us};
    assert_true(history_hours(reader, &span, take_hour, &sums, &err));
    assert_int_equal(sums.attempts, 1500);
    assert_int_equal(sums.sent, 1350);
    assert_int_equal(sums.deferred, 150);
    assert_int_equal(sums.bounced + sums.expired, 0);
    sums = (struct sums){0};
    span = (struct history_span){FIXTURE_BEGIN_US + 1, INT64_MAX};
    assert_true(history_hours(reader, &span, take_hour, &sums, &err));
    assert_int_equal(sums.attempts, 0);
    assert_int_equal(sums.expired, 1);
    assert_int_equal(sums.hours, 1);
    history_reader_free(reader);
}

struct volumes {
    char text[200];
    size_t len;
};

static void take_volume(void *data, const struct history_volume *volume)
{
    struct volumes *told = data;
    int len = snprintf(
        told->text + told->len, sizeof(told->text) - told->len, "%lld %.*s/%.*s/%.*s %.*s %llu\n",
        (long long)((volume->begin_us - FIXTURE_BEGIN_US) / INT64_C(3600000000)),
        SLICE_ARG(volume->relay), SLICE_ARG(volume->source), SLICE_ARG(volume->provider),
        SLICE_ARG(volume->domain), (unsigned long long)volume->recipients);
    assert_true(len > 0);
    told->len += (size_t)len;
    assert_true(told->len < sizeof(told->text));
}

/* A try of a recipient; hour: after the beginning of the fixture. */
static void add_try(struct history_batch *batch, int hour, uint32_t attempt, struct slice sender)
{
    struct fixture_row made;
    fixture_make(&made, 0);
    made.row.time_us = FIXTURE_BEGIN_US + hour * INT64_C(3600000000) + 1;
    made.row.attempt = attempt;
    made.row.text[HISTORY_SENDER] = sender;
    history_batch_add(batch, &made.row);
}

/* First tries only, by path and by the domain of the sender, newest hour first; also through the
 * spool's form of a batch. */
static void volumes_by_hour(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history_writer *writer = history_writer_new("h", &settings);
    struct history_batch *batch = history_batch_new();
    struct fixture_row made;
    fixture_make(&made, 0);
    for (int i = 0; i < 20; i++) {
        add_try(batch, 0, 1, SLICE("a@Shop.example"));
        add_try(batch, 1, 1, SLICE("\"x@y\"@shop.example"));
        add_try(batch, 1, 2, SLICE("a@shop.example"));
        add_try(batch, 1, 0, SLICE("a@shop.example")); /* never tried */
    }
    add_try(batch, 1, 1, SLICE(""));
    add_try(batch, 1, 1, SLICE("postmaster"));
    add_try(batch, 1, 1, SLICE("strange@"));
    made.row.text[HISTORY_LOGIN] = SLICE(""); /* from somewhere else */
    history_batch_add(batch, &made.row);
    add_try(batch, 2, 2, SLICE("a@shop.example"));
    CLEANUP_BUF struct buf bytes = {0};
    struct history_decoder *decoder = history_decoder_new();
    history_batch_write(batch, &bytes);
    struct history_batch *again = history_batch_read(decoder, buf_slice(&bytes));
    history_decoder_free(decoder);
    history_batch_free(batch);
    assert_true(history_writer_prepare(writer, FIXTURE_BEGIN_US));
    assert_true(history_writer_write(writer, &again, 1, FIXTURE_BEGIN_US));
    history_batch_free(again);
    history_writer_free(writer);
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    struct history_volume_query query = {HISTORY_VOLUME_PATHS, FIXTURE_BEGIN_US, INT64_MAX,
                                         10000000};
    struct volumes told = {.len = 0};
    assert_true(history_volumes(reader, &query, take_volume, &told, &err));
    assert_string_equal(told.text, "1 relay0/out-a/provider0  23\n0 relay0/out-a/provider0  21\n");
    told.len = 0;
    query.kind = HISTORY_VOLUME_SENDERS;
    assert_true(history_volumes(reader, &query, take_volume, &told, &err));
    assert_string_equal(told.text,
                        "1 // shop.example 20\n1 //  23\n0 // shop.example 20\n0 //  20\n");
    query.until_us = FIXTURE_BEGIN_US + 1;
    told.len = 0;
    assert_true(history_volumes(reader, &query, take_volume, &told, &err));
    assert_string_equal(told.text, "0 // shop.example 20\n0 //  20\n");
    history_reader_free(reader);
}

static void message_rows(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    struct history_batch *batch = history_batch_new();
    struct history_row row = {.kind = HISTORY_MESSAGE,
                              .time_us = FIXTURE_BEGIN_US,
                              .begin_us = FIXTURE_BEGIN_US - 1000000,
                              .size = 123456789,
                              .recipients = 3};
    row.text[HISTORY_QUEUE_ID] = SLICE("4bXyZ1");
    row.text[HISTORY_MESSAGE_ID] = SLICE("a@b");
    row.text[HISTORY_LOGIN] = SLICE("shop");
    history_batch_add(batch, &row);
    assert_true(history_commit(history, batch));
    history_close(history);
    struct err err = {0};
    struct history_found found;
    struct history_reader *reader = history_reader_open("h", &err);
    const struct history_query query = {.key = HISTORY_KEY_QUEUE_ID,
                                        .text = SLICE("4bXyZ1"),
                                        .since_us = INT64_MIN,
                                        .until_us = INT64_MAX,
                                        .limit = 10};
    assert_true(history_find(reader, &query, &found, &err));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.rows[0].kind, HISTORY_MESSAGE);
    assert_int_equal(found.rows[0].size, 123456789);
    assert_int_equal(found.rows[0].recipients, 3);
    assert_int_equal(found.rows[0].begin_us, row.begin_us);
    assert_true(slice_eq(found.rows[0].text[HISTORY_LOGIN], SLICE("shop")));
    history_found_done(&found);
    history_reader_free(reader);
}

static void take_id(void *data, const struct history_incident *incident)
{
    struct buf *to = data;
    buf_add(to, incident->id);
    buf_addf(to, ":%lld:%lld:%.*s ", (long long)incident->opened_us, (long long)incident->closed_us,
             SLICE_ARG(incident->body));
}

static void put_incident(struct history *history, const char *id, int64_t opened, int64_t closed,
                         const char *body)
{
    struct history_batch *batch = history_batch_new();
    const struct history_incident incident = {.id = slice_from_str(id),
                                              .kind = SLICE("block"),
                                              .key = SLICE("relay1/out-a/google"),
                                              .opened_us = opened,
                                              .closed_us = closed,
                                              .updated_us = opened,
                                              .body = slice_from_str(body)};
    history_batch_incident(batch, &incident);
    assert_true(history_commit(history, batch));
    assert_true(history_flush(history, INT64_C(60000000)));
}

static void check_incidents(const struct history_incident_query *query, const char *wanted)
{
    struct err err = {0};
    CLEANUP_BUF struct buf found = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    assert_true(history_incidents(reader, query, take_id, &found, &err));
    assert_string_equal(buf_str(&found), wanted);
    history_reader_free(reader);
}

static void incidents(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    put_incident(history, "i1", 100, 0, "{}");
    put_incident(history, "i2", 200, 0, "{\"a\": 1}");
    put_incident(history, "i3", 300, 0, "{}");
    put_incident(history, "i2", 200, 250, "{\"a\": 2}");
    history_close(history);
    struct history_incident_query query = {
        .only_open = true, .since_us = 0, .until_us = INT64_MAX, .limit = 10};
    check_incidents(&query, "i3:300:0:{} i1:100:0:{} ");
    query.only_open = false;
    check_incidents(&query, "i3:300:0:{} i2:200:250:{\"a\": 2} i1:100:0:{} ");
    query.limit = 1;
    check_incidents(&query, "i3:300:0:{} ");
    query = (struct history_incident_query){.since_us = 260, .until_us = 300, .limit = 10};
    check_incidents(&query, "i1:100:0:{} ");
    query.id = SLICE("i2");
    check_incidents(&query, "i2:200:250:{\"a\": 2} ");
}

static void positions_and_counters(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    struct err err = {0};
    CLEANUP_BUF struct buf text = {0};
    struct history_batch *batch = history_batch_new();
    history_batch_position(batch, SLICE("/var/log/\xff\0mail.log"), SLICE("inode 5\0offset 7"));
    history_batch_position(batch, SLICE("empty"), SLICE(""));
    history_batch_position(batch, SLICE("log"), SLICE("1"));
    history_batch_position(batch, SLICE("log"), SLICE("2"));
    history_batch_count(batch, SLICE("lines"), 7);
    history_batch_count(batch, SLICE("lines"), -2);
    assert_true(history_commit(history, batch));
    assert_true(history_flush(history, INT64_C(60000000)));
    struct history_reader *reader = history_reader_open("h", &err);
    assert_true(history_position(reader, SLICE("/var/log/\xff\0mail.log"), &text, &err));
    assert_true(slice_eq(buf_slice(&text), SLICE("inode 5\0offset 7")));
    assert_true(history_position(reader, SLICE("empty"), &text, &err));
    buf_clear(&text);
    assert_true(history_position_spare(reader, SLICE("log"), &text, &err));
    assert_string_equal(buf_str(&text), "2");
    assert_false(history_position_spare(reader, SLICE("none"), &text, &err));
    assert_int_equal(err.code, ERR_NONE);
    assert_false(history_position(reader, SLICE("/var/log/\xff"), &text, &err));
    assert_int_equal(err.code, ERR_NONE);
    history_reader_free(reader);
    assert_int_equal(fixture_position(), 2);
    assert_int_equal(fixture_counter(), 5);
    history_close(history);
}

static void extent_is_told(void **state)
{
    (void)state;
    struct history_settings settings = fixture_settings();
    struct history *history = fixture_open(&settings);
    struct err err = {0};
    struct history_extent extent;
    struct history_reader *reader = history_reader_open("h", &err);
    assert_true(history_extent_get(reader, &extent, &err));
    assert_int_equal(extent.rows, 0);
    fixture_commit(history, 0, 2100);
    assert_true(history_extent_get(reader, &extent, &err));
    assert_int_equal(extent.rows, 2100);
    assert_int_equal(extent.segments, 1);
    assert_int_equal(extent.begin_us, FIXTURE_BEGIN_US);
    assert_int_equal(extent.end_us, FIXTURE_BEGIN_US + 2099 * FIXTURE_STEP_US);
    assert_true(extent.used_bytes > 2100);
    history_reader_free(reader);
    history_close(history);
}

static void no_history_is_an_error(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(history_reader_open("nowhere", &err));
    assert_int_not_equal(err.code, ERR_NONE);
    assert_non_null(strstr(err.text, "nowhere/history.db"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, sandbox_enter, sandbox_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_of_all_sizes),
        CASE(found_by_every_key),
        CASE(newest_first_within_limits),
        CASE(order_of_time),
        CASE(sums_by_hour),
        CASE(volumes_by_hour),
        CASE(message_rows),
        CASE(incidents),
        CASE(positions_and_counters),
        CASE(extent_is_told),
        CASE(no_history_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
