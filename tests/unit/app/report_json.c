/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON report, read back with jansson: its keys are a contract.
 */
#include "app/report_json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

#include "app/report_fixture.h"

static json_t *printed(struct summary *summary)
{
    struct buf CLEANUP_BUF text = {0};
    report_json(summary, NULL, &text);
    report_fixture_free(summary);
    json_error_t error;
    json_t *report = json_loadb(buf_str(&text), text.len, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(report);
    return report;
}

/* The value at a path such as "sli.latency.p50" or "incidents.0.kind"; fails when it is absent. */
static json_t *at(json_t *value, const char *path)
{
    struct slice rest = slice_from_str(path);
    while (rest.ptr) {
        struct slice part = slice_cut(&rest, '.');
        uint64_t index = 0;
        if (json_is_array(value) && slice_to_u64(part, 1000, &index))
            value = json_array_get(value, index);
        else
            value = json_object_getn(value, part.ptr, part.len);
        if (!value)
            fail_msg("no %s", path);
    }
    return value;
}

static void assert_count(json_t *report, const char *path, json_int_t expected)
{
    assert_true(json_is_integer(at(report, path)));
    assert_int_equal(json_integer_value(at(report, path)), expected);
}

static void assert_text(json_t *report, const char *path, const char *expected)
{
    assert_true(json_is_string(at(report, path)));
    assert_string_equal(json_string_value(at(report, path)), expected);
}

static const struct {
    const char *path;
    json_int_t count;
} numbers[] = {
    {"lines.read", 3092643},
    {"lines.parsed", 3011434},
    {"lines.unknown", 81209},
    {"lines.by_program.amavis.read", 90110},
    {"lines.by_program.amavis.unknown", 81204},
    {"records.sent", 905130},
    {"records.deferred", 16088},
    {"records.bounced", 7704},
    {"records.expired", 0},
    {"records.force-expired", 0},
    {"records.undeliverable-but-not-cached", 0},
    {"attempts.total", 928922},
    {"attempts.sent", 905130},
    {"attempts.left_out.reinjected", 4100},
    {"outcomes.sent", 905130},
    {"outcomes.bounced", 7704},
    {"outcomes.expired", 0},
    {"outcomes.open", 3578},
    {"sli.reachability.good", 905130},
    {"sli.reachability.bad", 7704},
    {"sli.reachability.bad_by_cause.ours", 3710},
    {"sli.latency.waiting_late", 3578},
    {"providers.3.attempts.total", 68038},
    {"providers.3.classes.block_ip", 6520},
    {"sources.0.outcomes.open", 3460},
    {"classes.0.attempts", 6520},
    {"logins.0.recipients", 18204},
    {"incidents.0.attempts", 6722},
    {"incidents.0.hits", 6520},
    {"slowest.0.attempts", 9},
    {"unknown_replies.0.attempts", 3},
    {"unknown_suffixes.0.attempts", 2101},
    {"timeline.bins.47.blocked", 582},
};

static void every_number_of_the_contract(void **state)
{
    (void)state;
    json_t *report = printed(report_fixture_busy());
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        assert_count(report, numbers[i].path, numbers[i].count);
    assert_int_equal(json_array_size(at(report, "paths")), 36);
    json_decref(report);
}

static void every_word_of_the_contract(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } expected[] = {
        {"period.first", "2026-03-02T00:00:00Z"},
        {"period.last", "2026-03-02T23:59:00Z"},
        {"providers.0.provider", "google"},
        {"sources.1.relay", "relay1"},
        {"sources.1.source", "out-b"},
        {"classes.0.class", "block_ip"},
        {"logins.1.login", "newsletter@example.jp"},
        {"incidents.0.kind", "block"},
        {"incidents.0.relay", "relay1"},
        {"incidents.0.source", "out-a"},
        {"incidents.0.provider", "microsoft-consumer"},
        {"incidents.0.class", "block_ip"},
        {"incidents.0.opened", "2026-03-02T18:14:00Z"},
        {"incidents.3.closed", "2026-03-02T09:59:00Z"},
        {"sli.reachability.verdict", "met"},
        {"timeline.bins.1.time", "2026-03-02T00:30:00Z"},
    };
    json_t *report = printed(report_fixture_busy());
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_text(report, expected[i].path, expected[i].text);
    json_decref(report);
}

static void older_sums_of_a_history(void **state)
{
    (void)state;
    json_t *report = printed(report_fixture_older());
    static const struct {
        const char *path;
        json_int_t count;
    } expected[] = {
        {"rows", 3092643},
        {"lines_ever.read", 4000000},
        {"lines_ever.unknown", 12},
        {"older.attempts.total", 900300},
        {"older.attempts.deferred", 200},
        {"older.expired", 1},
        {"older.providers.3.attempts.bounced", 3604},
        {"older.providers.3.classes.block_ip", 6520},
        {"older.providers.0.expired", 0},
        {"older.sources.3.attempts.sent", 5},
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_count(report, expected[i].path, expected[i].count);
    assert_text(report, "older.since", "2026-01-31T00:00:00Z");
    assert_text(report, "older.until", "2026-03-01T19:00:00Z");
    assert_text(report, "older.sources.0.source", "out-a");
    assert_null(json_object_get(at(report, "older.sources.3"), "source"));
    assert_null(json_object_get(at(report, "older.attempts"), "left_out"));
    json_decref(report);
    struct summary *rows_only = report_fixture_calm();
    rows_only->from_history = true;
    report = printed(rows_only);
    assert_true(json_is_null(at(report, "older")));
    json_decref(report);
    report = printed(report_fixture_calm());
    assert_null(json_object_get(report, "older"));
    json_decref(report);
}

static void open_is_null_and_absent_is_absent(void **state)
{
    (void)state;
    json_t *report = printed(report_fixture_busy());
    json_t *surge = at(report, "incidents.2");
    assert_true(json_is_null(at(report, "incidents.0.closed")));
    assert_null(json_object_get(at(report, "incidents.0"), "login"));
    assert_null(json_object_get(surge, "relay"));
    assert_null(json_object_get(surge, "class"));
    assert_float_equal(json_real_value(at(surge, "normal_per_hour")), 28, 1e-9);
    assert_int_equal(json_array_size(at(report, "incidents.0.evidence")), 2);
    assert_null(json_object_get(at(report, "providers.0"), "relay"));
    json_decref(report);
}

static void foreign_bytes_are_valid_text(void **state)
{
    (void)state;
    json_t *report = printed(report_fixture_busy());
    assert_count(report, "lines.by_program.x<b>\xef\xbf\xbd.read", 3);
    assert_text(report, "classes.6.sample",
                "550 \xef\xbf\xbd\xef\xbf\xbd raw \xef\xbf\xbd"
                "31m bytes");
    assert_text(report, "unknown_suffixes.1.suffix",
                "<script>alert(1)</script>\x1b[31m\xe2\x80\xae.example");
    json_decref(report);
}

static void nothing_to_judge_is_null(void **state)
{
    (void)state;
    json_t *report = printed(report_fixture_empty());
    assert_true(json_is_null(at(report, "sli.reachability.ratio")));
    assert_true(json_is_null(at(report, "sli.latency.p50")));
    assert_true(json_is_null(at(report, "sli.latency.ratio")));
    assert_true(json_is_null(at(report, "period.first")));
    assert_count(report, "lines.read", 0);
    assert_int_equal(json_array_size(at(report, "incidents")), 0);
    assert_text(report, "sli.reachability.verdict", "too_few");
    json_decref(report);
}

static void programs_that_become_the_same_name_are_added(void **state)
{
    (void)state;
    struct summary *summary = report_fixture_empty();
    struct summary_program programs[] = {{.name = SLICE("a\xff"), .read = 2, .unknown = 1},
                                         {.name = SLICE("a\xfe"), .read = 3}};
    summary->programs = programs;
    summary->program_count = 2;
    json_t *report = printed(summary);
    assert_count(report, "lines.by_program.a\xef\xbf\xbd.read", 5);
    assert_count(report, "lines.by_program.a\xef\xbf\xbd.unknown", 1);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_the_contract),
        cmocka_unit_test(every_word_of_the_contract),
        cmocka_unit_test(older_sums_of_a_history),
        cmocka_unit_test(open_is_null_and_absent_is_absent),
        cmocka_unit_test(foreign_bytes_are_valid_text),
        cmocka_unit_test(nothing_to_judge_is_null),
        cmocka_unit_test(programs_that_become_the_same_name_are_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
