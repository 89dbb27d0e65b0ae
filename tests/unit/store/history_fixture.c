/* SPDX-License-Identifier: Apache-2.0
 *
 * See history_fixture.h.
 */
#include "store/history_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SAY(made, field, ...) \
    (made)->row.text[field] = \
        slice_of((made)->text[field], \
                 (size_t)snprintf((made)->text[field], sizeof((made)->text[field]), __VA_ARGS__))

void fixture_make(struct fixture_row *made, uint32_t number)
{
    struct history_row *row = &made->row;
    uint32_t message = number / 2;
    *row = (struct history_row){.is_attempt = true, .attempt = number + 1};
    row->time_us = FIXTURE_BEGIN_US + (int64_t)number * FIXTURE_STEP_US;
    row->begin_us = row->time_us - 1234567;
    row->status = number % 10 == 9 ? HISTORY_DEFERRED : HISTORY_SENT;
    row->is_final = row->status == HISTORY_SENT;
    row->delay_ms = number % 5000;
    for (uint32_t i = 0; i < 4; i++)
        row->delays_ms[i] = number % (i + 7);
    SAY(made, HISTORY_RELAY, "relay%u", message % 3);
    SAY(made, HISTORY_INSTANCE, "postfix");
    SAY(made, HISTORY_QUEUE_ID, "%010X", 0xABC0000 + message);
    SAY(made, HISTORY_MESSAGE_ID, "Id.%u@mail.example.jp", message);
    SAY(made, HISTORY_SOURCE, "out-%c", (char)('a' + number % 2));
    SAY(made, HISTORY_PROVIDER, "provider%u", number % 4);
    SAY(made, HISTORY_SENDER, "shop%u@example.jp", message % 500);
    SAY(made, HISTORY_LOGIN, "login%u", message % 500);
    SAY(made, HISTORY_CLIENT_IP, "198.51.100.%u", message % 250);
    SAY(made, HISTORY_RECIPIENT, "User%u@dom%u.example.org", number, number % 1000);
    SAY(made, HISTORY_REMOTE_HOST, "mx%u.example.net", number % 4);
    SAY(made, HISTORY_REMOTE_IP, "203.0.113.%u", number % 4);
    SAY(made, HISTORY_DSN, "%s", row->is_final ? "2.0.0" : "4.7.1");
    SAY(made, HISTORY_CLASS, "%s", row->is_final ? "" : "greylist");
    SAY(made, HISTORY_REPLY, "%s (%u)", row->is_final ? "250 ok" : "450 later", number % 100);
}

void fixture_add(struct history_batch *batch, uint32_t first, uint32_t count)
{
    struct fixture_row made;
    for (uint32_t i = first; i < first + count; i++) {
        fixture_make(&made, i);
        history_batch_add(batch, &made.row);
    }
}

void fixture_check(const struct history_row *row, uint32_t number)
{
    struct fixture_row made;
    fixture_make(&made, number);
    assert_int_equal(row->attempt, made.row.attempt);
    assert_int_equal(row->kind, made.row.kind);
    assert_int_equal(row->status, made.row.status);
    assert_int_equal(row->time_us, made.row.time_us);
    assert_int_equal(row->begin_us, made.row.begin_us);
    assert_int_equal(row->is_final, made.row.is_final);
    assert_int_equal(row->is_attempt, made.row.is_attempt);
    assert_false(row->clipped);
    assert_int_equal(row->delay_ms, made.row.delay_ms);
    assert_memory_equal(row->delays_ms, made.row.delays_ms, sizeof(row->delays_ms));
    for (size_t i = 0; i < HISTORY_TEXT_COUNT; i++)
        assert_true(slice_eq(row->text[i], made.row.text[i]));
}

struct history_settings fixture_settings(void)
{
    struct history_settings settings = history_default_settings;
    settings.commit_us = 1000;
    settings.rows_age_us = INT64_C(1) << 60;
    settings.retry_us = 5000;
    settings.lock_wait_us = 20000;
    return settings;
}

struct history *fixture_open(const struct history_settings *settings)
{
    struct err err = {0};
    struct history *history = history_open("h", settings, &err);
    if (history == NULL)
        fail_msg("%s", err.text);
    return history;
}

void fixture_commit(struct history *history, uint32_t first, uint32_t count)
{
    char end[16];
    int len = snprintf(end, sizeof(end), "%u", first + count);
    struct history_batch *batch = history_batch_new();
    fixture_add(batch, first, count);
    history_batch_position(batch, SLICE("log"), slice_of(end, (size_t)len));
    history_batch_count(batch, SLICE("lines"), count);
    assert_true(history_commit(history, batch));
    if (!history_flush(history, INT64_C(60000000))) {
        struct history_state state;
        history_state_get(history, &state);
        fail_msg("not written: %s: %s", history_trouble_word(state.trouble), state.why.text);
    }
}

static struct history_reader *reader_open(void)
{
    struct err err = {0};
    struct history_reader *reader = history_reader_open("h", &err);
    if (reader == NULL)
        fail_msg("%s", err.text);
    return reader;
}

void fixture_check_rows(uint32_t count)
{
    struct err err = {0};
    struct history_reader *reader = reader_open();
    struct history_stream *stream = history_stream_open(reader, INT64_MIN, INT64_MAX, &err);
    assert_non_null(stream);
    for (uint32_t i = 0; i < count; i++) {
        const struct history_row *row = history_stream_next(stream);
        if (row == NULL)
            fail_msg("%u rows, %u expected", i, count);
        fixture_check(row, i);
    }
    assert_null(history_stream_next(stream));
    assert_int_equal(history_stream_damaged(stream), 0);
    assert_int_equal(history_stream_dropped(stream), 0);
    history_stream_free(stream);
    history_reader_free(reader);
}

uint32_t fixture_position(void)
{
    struct err err = {0};
    CLEANUP_BUF struct buf text = {0};
    uint64_t value = 0;
    struct history_reader *reader = reader_open();
    if (history_position(reader, SLICE("log"), &text, &err))
        assert_true(slice_to_u64(buf_slice(&text), UINT32_MAX, &value));
    assert_int_equal(err.code, ERR_NONE);
    history_reader_free(reader);
    return (uint32_t)value;
}

static void take_counter(void *data, struct slice name, int64_t value)
{
    if (slice_eq(name, SLICE("lines")))
        *(int64_t *)data = value;
}

int64_t fixture_counter(void)
{
    int64_t value = 0;
    struct err err = {0};
    struct history_reader *reader = reader_open();
    assert_true(history_counters(reader, take_counter, &value, &err));
    history_reader_free(reader);
    return value;
}
