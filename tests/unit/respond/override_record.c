/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides that are kept: texts of their own, JSON for others, the way through our own state.
 */
#include "respond/override_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/json_value.h"

#define NOW INT64_C(1772438400000000) /* 2026-03-02T08:00:00Z */
#define HOUR INT64_C(3600000000)

static struct override sample(void)
{
    return (struct override){.id = "o12",
                             .kind = OVERRIDE_RAMP,
                             .state = OVERRIDE_ACTIVE,
                             .relay = SLICE("relay1"),
                             .provider = SLICE("docomo"),
                             .source = SLICE("out-a"),
                             .target = SLICE("out-b"),
                             .share_percent = 25,
                             .since_us = NOW,
                             .expires_us = NOW + HOUR,
                             .actor = SLICE("kato"),
                             .reason = SLICE("3 probes in a row got through"),
                             .incident = SLICE("abcd1234"),
                             .work = {.delivered = 90}};
}

static void shows_all_of_it(void **state)
{
    struct override one = sample();
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    json_value_print(override_json(&one), false, &text);
    assert_string_equal(
        buf_str(&text),
        "{\"id\":\"o12\",\"kind\":\"ramp\",\"state\":\"active\",\"relay\":\"relay1\",\"provider\":"
        "\"docomo\",\"source\":\"out-a\",\"target\":\"out-b\",\"actor\":\"kato\",\"reason\":\"3 "
        "probes in a row got through\",\"incident\":\"abcd1234\",\"share\":25,\"work\":{\"held_"
        "before\":0,\"delivered\":90,\"deferred\":0,\"bounced\":0},\"since\":\"2026-03-02T08:00:"
        "00Z\",\"expires\":\"2026-03-02T09:00:00Z\"}\n");
}

static void comes_back_the_same(void **state)
{
    struct override one = sample();
    struct override_record record = {0}, other = {0};
    CLEANUP_BUF struct buf before = {0}, after = {0};
    (void)state;
    one.kind = OVERRIDE_THROTTLE;
    one.per_hour = 600;
    one.share_percent = 100;
    one.recipient = SLICE("\"a b\"@example.jp");
    override_record_set(&record, &one);
    json_t *object = override_record_json(&record);
    assert_true(override_record_read(&other, object));
    json_value_print(object, false, &before);
    assert_true(override_record_is_set(&other));
    assert_int_equal(other.override.since_us, NOW);
    assert_int_equal(other.override.expires_us, NOW + HOUR);
    assert_true(slice_eq(other.override.recipient, one.recipient));
    assert_true(override_same_route(&record.override, &other.override));
    json_value_print(override_record_json(&other), false, &after);
    assert_string_equal(buf_str(&before), buf_str(&after));
    override_record_done(&record);
    override_record_done(&other);
}

static void may_be_set_to_a_part_of_itself(void **state)
{
    struct override one = sample();
    struct override_record record = {0};
    (void)state;
    override_record_set(&record, &one);
    struct override changed = record.override;
    changed.target = changed.source;
    override_record_set(&record, &changed);
    assert_true(slice_eq(record.override.target, SLICE("out-a")));
    assert_true(slice_eq(record.override.reason, SLICE("3 probes in a row got through")));
    override_record_done(&record);
    assert_false(override_record_is_set(&record));
    assert_null(override_record_json(&record));
}

static void texts_are_cut_to_their_bounds(void **state)
{
    struct override one = sample();
    struct override_record record = {0};
    char text[2000];
    (void)state;
    memset(text, 'a', sizeof(text));
    one.reason = one.target = one.recipient = slice_of(text, sizeof(text));
    override_record_set(&record, &one);
    assert_int_equal(record.override.reason.len, OVERRIDE_REASON_MAX);
    assert_int_equal(record.override.target.len, OVERRIDE_NAME_MAX);
    assert_int_equal(record.override.recipient.len, OVERRIDE_RECIPIENT_MAX);
    override_record_done(&record);
}

static void other_forms_are_refused(void **state)
{
    static const char *const rows[] = {
        "[]",
        "{}",
        "{\"id\":\"o1\",\"kind\":\"detour\",\"state\":\"active\",\"relay\":\"r\"}",
        "{\"id\":\"\",\"kind\":\"detour\",\"state\":\"active\",\"relay\":\"r\",\"provider\":\"p\","
        "\"work\":{}}",
        "{\"id\":\"o1234567890123456\",\"kind\":\"detour\",\"state\":\"active\",\"relay\":\"r\","
        "\"provider\":\"p\",\"work\":{}}",
        "{\"id\":\"o1\",\"kind\":\"fly\",\"state\":\"active\",\"relay\":\"r\",\"provider\":\"p\","
        "\"work\":{}}",
        "{\"id\":\"o1\",\"kind\":\"detour\",\"state\":\"on\",\"relay\":\"r\",\"provider\":\"p\","
        "\"work\":{}}",
        "{\"id\":\"o1\",\"kind\":\"detour\",\"state\":\"active\",\"relay\":\"r\",\"provider\":"
        "\"p\",\"share\":101,\"work\":{}}",
        "{\"id\":\"o1\",\"kind\":\"detour\",\"state\":\"active\",\"relay\":\"r\",\"provider\":"
        "\"p\",\"expires_us\":-1,\"work\":{}}",
        "{\"id\":\"o1\",\"kind\":\"detour\",\"state\":\"active\",\"relay\":\"r\",\"provider\":"
        "\"p\"}",
    };
    struct override_record record = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *object = json_field_parse(slice_from_str(rows[i]), 10000);
        assert_non_null(object);
        if (override_record_read(&record, object))
            fail_msg("%s is taken", rows[i]);
        assert_false(override_record_is_set(&record));
        json_decref(object);
    }
    assert_true(override_record_read(&record, NULL));
    assert_false(override_record_is_set(&record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_all_of_it),
        cmocka_unit_test(comes_back_the_same),
        cmocka_unit_test(may_be_set_to_a_part_of_itself),
        cmocka_unit_test(texts_are_cut_to_their_bounds),
        cmocka_unit_test(other_forms_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
