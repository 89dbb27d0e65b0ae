/* SPDX-License-Identifier: Apache-2.0
 *
 * See tally_bench.h.
 */
#include "watch/tally_bench.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/civil.h"

struct tally_bench bench;

int tally_bench_enter(void **state)
{
    (void)state;
    struct err err;
    bench.classifier = classifier_new(NULL, &err);
    return bench.classifier == NULL;
}

int tally_bench_leave(void **state)
{
    (void)state;
    classifier_free(bench.classifier);
    return 0;
}

void tally_bench_begin(const struct tally_settings *settings)
{
    bench.parser = log_parser_new(2026, NULL, NULL);
    bench.tally = tally_new(settings, bench.classifier);
}

void tally_bench_end(void)
{
    tally_free(bench.tally);
    log_parser_free(bench.parser);
}

int tally_bench_set_up(void **state)
{
    if (tally_bench_enter(state) != 0)
        return 1;
    tally_bench_begin(NULL);
    return 0;
}

int tally_bench_tear_down(void **state)
{
    tally_bench_end();
    return tally_bench_leave(state);
}

void line(double at_s, const char *tag, const char *format, ...)
{
    char stamp[24], text[8192], whole[8300];
    int64_t time_us = BEGIN + (int64_t)(at_s * 1e6);
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    civil_format_utc(time_us, stamp);
    snprintf(whole, sizeof(whole), "%s relay1 %s[1]: %s", stamp, tag, text);
    struct log_record record;
    log_record_parse(bench.parser, slice_from_str(whole), &record);
    tally_take(bench.tally, &record, time_us);
}
