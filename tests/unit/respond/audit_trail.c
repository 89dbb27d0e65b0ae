/* SPDX-License-Identifier: Apache-2.0
 *
 * The trail of decisions: order, bounds, hostile texts, and the way through JSON.
 */
#include "respond/audit_trail.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/json_value.h"

#define NOW INT64_C(1772438400000000) /* 2026-03-02T08:00:00Z */

static struct audit_entry sample(void)
{
    return (struct audit_entry){.time_us = NOW,
                                .action = AUDIT_DETOUR,
                                .urgent = true,
                                .relay = SLICE("relay1"),
                                .provider = SLICE("docomo"),
                                .source = SLICE("out-a"),
                                .override_id = SLICE("o1"),
                                .before = SLICE("default"),
                                .after = SLICE("out-b:"),
                                .actor = SLICE("todoku"),
                                .reason = SLICE("the provider refuses this source"),
                                .incidents = {SLICE("abcd1234"), SLICE("efgh5678")}};
}

static void numbers_rise_and_the_oldest_goes_first(void **state)
{
    struct audit_trail *trail = audit_trail_new();
    struct audit_entry entry = sample();
    (void)state;
    for (size_t i = 0; i < AUDIT_ENTRIES_MAX + 3; i++)
        assert_int_equal(audit_trail_add(trail, &entry)->number, i + 1);
    assert_int_equal(audit_trail_count(trail), AUDIT_ENTRIES_MAX);
    for (size_t i = 0; i < AUDIT_ENTRIES_MAX; i++)
        assert_int_equal(audit_trail_at(trail, i)->number, i + 4);
    audit_trail_free(trail);
}

static void texts_are_the_trails_own(void **state)
{
    struct audit_trail *trail = audit_trail_new();
    char reason[] = "because";
    struct audit_entry entry = sample();
    (void)state;
    entry.reason = slice_from_str(reason);
    const struct audit_entry *kept = audit_trail_add(trail, &entry);
    memset(reason, 'x', sizeof(reason) - 1);
    assert_true(slice_eq(kept->reason, SLICE("because")));
    assert_true(slice_eq(kept->incidents[1], SLICE("efgh5678")));
    assert_int_equal(kept->incidents[2].len, 0);
    audit_trail_free(trail);
}

static void hostile_texts_are_cut_and_made_valid(void **state)
{
    struct audit_trail *trail = audit_trail_new();
    struct audit_entry entry = sample();
    char reason[OVERRIDE_REASON_MAX * 3];
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    memset(reason, '\xff', sizeof(reason));
    entry.reason = slice_of(reason, sizeof(reason));
    entry.provider = SLICE("a\nb\"}\x1b[31m");
    const struct audit_entry *kept = audit_trail_add(trail, &entry);
    assert_int_equal(kept->reason.len, OVERRIDE_REASON_MAX - OVERRIDE_REASON_MAX % 3);
    json_value_print(audit_entry_json(kept), false, &text);
    const char *line_end = slice_find_char(buf_slice(&text), '\n');
    assert_ptr_equal(line_end, text.ptr + text.len - 1); /* one line, whatever is in it */
    assert_null(slice_find_char(buf_slice(&text), '\x1b'));
    json_t *object = json_field_parse(buf_slice(&text), 100000);
    struct audit_entry read;
    assert_true(audit_entry_read(object, &read));
    assert_true(slice_eq(read.provider, entry.provider));
    assert_true(slice_eq(read.reason, kept->reason));
    json_decref(object);
    audit_trail_free(trail);
}

static void is_shown_whole(void **state)
{
    struct audit_entry entry = sample();
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    entry.number = 7;
    entry.measured = true;
    entry.work =
        (struct override_work){.held_before = 8420, .delivered = 8412, .deferred = 8, .bounced = 1};
    json_value_print(audit_entry_json(&entry), false, &text);
    assert_string_equal(
        buf_str(&text),
        "{\"number\":7,\"time\":\"2026-03-02T08:00:00Z\",\"time_us\":1772438400000000,\"action\":"
        "\"detour\",\"urgent\":true,\"relay\":\"relay1\",\"provider\":\"docomo\",\"source\":\"out-"
        "a\",\"override\":\"o1\",\"before\":\"default\",\"after\":\"out-b:\",\"actor\":\"todoku\","
        "\"reason\":\"the provider refuses this source\",\"incidents\":[\"abcd1234\","
        "\"efgh5678\"],\"work\":{\"held_before\":8420,\"delivered\":8412,\"deferred\":8,"
        "\"bounced\":1}}\n");
}

static void comes_back_the_same(void **state)
{
    struct audit_trail *trail = audit_trail_new(), *other = audit_trail_new();
    CLEANUP_BUF struct buf before = {0}, after = {0};
    struct audit_entry entry = sample();
    (void)state;
    for (int i = 0; i < AUDIT_ACTION_COUNT; i++) {
        entry.action = (enum audit_action)i;
        entry.measured = i % 2 == 0;
        audit_trail_add(trail, &entry);
    }
    json_value_print(audit_trail_json(trail), false, &before);
    json_t *object = json_field_parse(buf_slice(&before), 1000000);
    assert_true(audit_trail_read(other, object));
    json_value_print(audit_trail_json(other), false, &after);
    assert_string_equal(buf_str(&before), buf_str(&after));
    assert_int_equal(audit_trail_add(other, &entry)->number, AUDIT_ACTION_COUNT + 1);
    json_decref(object);
    audit_trail_free(trail);
    audit_trail_free(other);
}

static void other_forms_are_refused(void **state)
{
    static const char *const rows[] = {
        "[]",
        "{\"last\":-1}",
        "{\"last\":1,\"list\":{}}",
        "{\"last\":1,\"list\":[1]}",
        "{\"last\":1,\"list\":[{\"number\":1,\"time_us\":5,\"action\":\"fly\"}]}",
        "{\"last\":1,\"list\":[{\"number\":2,\"time_us\":5,\"action\":\"hold\"}]}",
        "{\"last\":2,\"list\":[{\"number\":2,\"time_us\":5,\"action\":\"hold\"},"
        "{\"number\":2,\"time_us\":5,\"action\":\"hold\"}]}",
        "{\"last\":1,\"list\":[{\"number\":1,\"time_us\":\"x\",\"action\":\"hold\"}]}",
        "{\"last\":1,\"list\":[{\"number\":1,\"action\":\"hold\",\"incidents\":[1]}]}",
        "{\"last\":1,\"list\":[{\"number\":1,\"action\":\"hold\",\"incidents\":[\"a\",\"b\",\"c\","
        "\"d\",\"e\"]}]}",
        "{\"last\":1,\"list\":[{\"number\":1,\"action\":\"hold\",\"work\":5}]}",
        "{\"last\":1,\"list\":[{\"number\":1,\"action\":\"hold\",\"work\":{\"delivered\":-1}}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct audit_trail *trail = audit_trail_new();
        json_t *object = json_field_parse(slice_from_str(rows[i]), 100000);
        assert_non_null(object);
        if (audit_trail_read(trail, object))
            fail_msg("%s is taken", rows[i]);
        assert_int_equal(audit_trail_count(trail), 0);
        json_decref(object);
        audit_trail_free(trail);
    }
}

static void words_are_read_back(void **state)
{
    enum audit_action action;
    (void)state;
    for (int i = 0; i < AUDIT_ACTION_COUNT; i++) {
        assert_true(audit_action_from_word(slice_from_str(audit_action_word((enum audit_action)i)),
                                           &action));
        assert_int_equal(action, i);
    }
    assert_false(audit_action_from_word(SLICE("Detour"), &action));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_rise_and_the_oldest_goes_first),
        cmocka_unit_test(texts_are_the_trails_own),
        cmocka_unit_test(hostile_texts_are_cut_and_made_valid),
        cmocka_unit_test(is_shown_whole),
        cmocka_unit_test(comes_back_the_same),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(words_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
