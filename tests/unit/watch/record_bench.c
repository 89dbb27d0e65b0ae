/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_bench.h.
 */
#include "watch/record_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/sandbox.h"
#include "store/history_fixture.h"
#include "watch/recorder.h"

static struct recorder *recorder;
static struct history_batch *batch;

int record_bench_set_up(void **state)
{
    if (tally_bench_set_up(state) != 0)
        return 1;
    recorder = recorder_new(bench.tally);
    batch = history_batch_new();
    recorder_write_to(recorder, batch, false);
    return sandbox_enter(state);
}

int record_bench_tear_down(void **state)
{
    history_batch_free(batch);
    recorder_free(recorder);
    return tally_bench_tear_down(state) + sandbox_leave(state);
}

void record_bench_write(bool recorded)
{
    recorder_write_to(recorder, recorded ? batch : NULL, false);
}

void record_bench_rows(void (*take)(void *data, const struct history_row *row), void *data)
{
    struct err err = {0};
    struct history *history = fixture_open(NULL);
    assert_true(history_commit(history, batch));
    batch = history_batch_new();
    record_bench_write(true);
    assert_true(history_flush(history, INT64_C(60000000)));
    history_close(history);
    struct history_reader *reader = history_reader_open("h", &err);
    assert_non_null(reader);
    struct history_stream *stream = history_stream_open(reader, INT64_MIN, INT64_MAX, &err);
    assert_non_null(stream);
    for (const struct history_row *row; (row = history_stream_next(stream)) != NULL;)
        take(data, row);
    history_stream_free(stream);
    history_reader_free(reader);
}
