/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/trace_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void read_once(struct trace_search *search, struct slice text)
{
    struct log_parser *parser = log_parser_new(0, NULL, NULL);
    while (text.len > 0) {
        struct log_record record;
        log_record_parse(parser, slice_cut(&text, '\n'), &record);
        trace_search_take(search, &record, record.line.time_us);
    }
    log_parser_free(parser);
}

void trace_fixture_run(struct trace_fixture *fixture, const char *key, uint32_t limit,
                       const char *text)
{
    struct trace_settings settings = {.since_us = INT64_MIN, .until_us = INT64_MAX, .limit = limit};
    struct err err;
    *fixture = (struct trace_fixture){
        .classifier = classifier_new(NULL, &err),
        .providers = provider_table_new((struct slice){NULL, 0}, &err),
    };
    assert_non_null(fixture->classifier);
    assert_true(trace_key_parse(slice_from_str(key), &settings.key, &err));
    fixture->search = trace_search_new(&settings);
    do {
        read_once(fixture->search, slice_from_str(text));
        fixture->passes++;
    } while (trace_search_again(fixture->search));
    struct story_sources sources = {fixture->search, fixture->classifier, fixture->providers};
    story_tell(&sources, &fixture->story);
}

void trace_fixture_done(struct trace_fixture *fixture)
{
    story_done(&fixture->story);
    trace_search_free(fixture->search);
    classifier_free(fixture->classifier);
    provider_table_free(fixture->providers);
}

void trace_fixture_ids(const struct story_message *message, struct buf *to)
{
    for (size_t i = 0; i < message->hop_count; i++) {
        buf_add_str(to, i > 0 ? " " : "");
        buf_add(to, message->hops[i]->queue_id);
    }
}
