/* SPDX-License-Identifier: Apache-2.0
 *
 * Silences for others: what is shown, what is taken as a wish, what is refused and how it is said.
 */
#include "respond/silence_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/json_value.h"

#define NOW INT64_C(1772438400000000) /* 2026-03-02T08:00:00Z */
#define HOUR INT64_C(3600000000)

static void shows_all_of_it(void **state)
{
    struct silence silence = {.id = "s12",
                              .kinds = SILENCE_KIND(INCIDENT_BLOCK) |
                                       SILENCE_KIND(INCIDENT_SILENT_BLOCK),
                              .provider = SLICE("docomo"),
                              .from_us = NOW,
                              .until_us = NOW + HOUR,
                              .by = SLICE("kato"),
                              .comment = SLICE("\x1b[31m\xff")};
    CLEANUP_BUF struct buf text = {0};
    (void)state;
    json_value_print(silence_json(&silence, NOW + HOUR), false, &text);
    assert_string_equal(
        buf_str(&text),
        "{\"id\":\"s12\",\"kinds\":[\"block\",\"silent-block\"],\"provider\":\"docomo\",\"by\":"
        "\"kato\",\"comment\":\"\\u001B[31m\\uFFFD\",\"from\":\"2026-03-02T08:00:00Z\",\"until\":"
        "\"2026-03-02T09:00:00Z\",\"active\":false}\n");
}

static bool read(const char *text, struct silence *out, json_t **value, struct err *err)
{
    *value = json_field_parse(slice_from_str(text), 10000);
    assert_non_null(*value);
    return silence_wish_read(*value, NOW, out, err);
}

static void takes_wishes(void **state)
{
    static const struct {
        const char *text;
        uint64_t kinds;
        int64_t from_us, until_us;
    } rows[] = {
        {"{\"all\":true,\"for\":\"2h\"}", 0, 0, NOW + 2 * HOUR},
        {"{\"provider\":\"docomo\",\"until\":\"2026-03-02T18:00:00+09:00\"}", 0, 0, NOW + HOUR},
        {"{\"kinds\":[\"surge\"],\"from\":\"2026-03-02T09:00:00Z\",\"for\":\"1h30m\"}",
         SILENCE_KIND(INCIDENT_SURGE), NOW + HOUR, NOW + HOUR * 5 / 2},
        {"{\"kinds\":[],\"name\":\"pager\",\"from\":null,\"until\":\"2026-03-02T09:00:00Z\"}", 0, 0,
         NOW + HOUR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct silence silence;
        struct err err;
        json_t *value;
        if (!read(rows[i].text, &silence, &value, &err))
            fail_msg("%s: %s", rows[i].text, err.text);
        assert_true(silence.kinds == rows[i].kinds);
        assert_int_equal(silence.from_us, rows[i].from_us);
        assert_int_equal(silence.until_us, rows[i].until_us);
        json_decref(value);
    }
}

static void takes_every_name(void **state)
{
    struct silence silence;
    struct err err;
    json_t *value;
    (void)state;
    assert_true(
        read("{\"relay\":\"r\",\"source\":\"s\",\"provider\":\"p\",\"login\":\"l\","
             "\"domain\":\"d\",\"name\":\"n\",\"by\":\"b\",\"comment\":\"c\",\"for\":\"1h\"}",
             &silence, &value, &err));
    assert_true(slice_eq(silence.relay, SLICE("r")) && slice_eq(silence.source, SLICE("s")) &&
                slice_eq(silence.provider, SLICE("p")) && slice_eq(silence.login, SLICE("l")) &&
                slice_eq(silence.domain, SLICE("d")) && slice_eq(silence.name, SLICE("n")) &&
                slice_eq(silence.by, SLICE("b")) && slice_eq(silence.comment, SLICE("c")));
    json_decref(value);
}

static void refuses(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"[]", "JSON object"},
        {"{}", "either \"until\" or \"for\""},
        {"{\"for\":\"1h\"}", "say what it hides"},
        {"{\"by\":\"kato\",\"comment\":\"x\",\"for\":\"1h\"}", "say what it hides"},
        {"{\"providers\":\"docomo\",\"all\":true,\"for\":\"1h\"}", "no \"providers\""},
        {"{\"provider\":\"docomo\",\"all\":true,\"for\":\"1h\"}", "stands alone"},
        {"{\"provider\":\"docomo\"}", "either \"until\" or \"for\""},
        {"{\"all\":true,\"for\":\"1h\",\"until\":\"2026-03-02T09:00:00Z\"}", "either"},
        {"{\"all\":true,\"for\":\"forever\"}", "duration"},
        {"{\"all\":true,\"for\":3600}", "duration"},
        {"{\"all\":true,\"until\":\"18:00\"}", "are times"},
        {"{\"all\":true,\"from\":1,\"for\":\"1h\"}", "are times"},
        {"{\"all\":1,\"for\":\"1h\"}", "true or false"},
        {"{\"kinds\":\"block\",\"for\":\"1h\"}", "list of kinds"},
        {"{\"kinds\":[\"blocked\"],\"for\":\"1h\"}", "list of kinds"},
        {"{\"kinds\":[1],\"for\":\"1h\"}", "list of kinds"},
        {"{\"provider\":7,\"for\":\"1h\"}", "\"provider\" is a text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct silence silence;
        struct err err = {0};
        json_t *value;
        assert_false(read(rows[i].text, &silence, &value, &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.text, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].text, err.text);
        json_decref(value);
    }
}

static void bounds_texts(void **state)
{
    (void)state;
    for (size_t len = SILENCE_TEXT_MAX; len <= SILENCE_TEXT_MAX + 1; len++) {
        CLEANUP_BUF struct buf text = {0};
        struct silence silence;
        struct err err;
        json_t *value;
        buf_add_str(&text, "{\"all\":true,\"for\":\"1h\",\"comment\":\"");
        for (size_t i = 0; i < len; i++)
            buf_add_char(&text, 'x');
        buf_add_str(&text, "\"}");
        assert_int_equal(read(buf_str(&text), &silence, &value, &err), len == SILENCE_TEXT_MAX);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_all_of_it),  cmocka_unit_test(takes_wishes),
        cmocka_unit_test(takes_every_name), cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
