/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines that `todoku classify` reads, good and bad, and the object it prints.
 */
#include "app/reply_json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "mail/stamp.h"

static void assert_slice(struct slice got, const char *want)
{
    if (!slice_eq(got, slice_from_str(want)))
        fail_msg("'%.*s' instead of '%s'", SLICE_ARG(got), want);
}

static json_t *read_good(const char *line, struct reply_facts *facts)
{
    struct err err = {0};
    json_t *owner = NULL;
    if (!reply_json_read(slice_from_str(line), facts, &owner, &err))
        fail_msg("%s: %s", line, err.text);
    return owner;
}

static void good_lines(void **state)
{
    (void)state;
    struct reply_facts facts;
    assert_null(read_good("550 5.1.1 {plain}", &facts));
    assert_slice(facts.text, "550 5.1.1 {plain}");
    assert_int_equal(facts.time_us, STAMP_NONE);

    json_t *owner = read_good(" {\"text\":\"a\\nb\",\"code\":550,\"dsn\":\"5.7.1\",\"stage\":"
                              "\"RCPT TO command\",\"relay\":\"mx.x.jp[192.0.2.1]:25\",\"time\":"
                              "\"2025-03-12T09:00:00+09:00\",\"more\":[1]}",
                              &facts);
    assert_slice(facts.text, "a\nb");
    assert_int_equal(facts.code, 550);
    assert_slice(facts.dsn, "5.7.1");
    assert_int_equal(facts.stage, REPLY_STAGE_RCPT);
    assert_slice(facts.relay, "mx.x.jp[192.0.2.1]:25");
    assert_int_equal(facts.time_us, INT64_C(1741737600000000));
    json_decref(owner);

    owner = read_good("{\"text\":\"\",\"code\":null,\"stage\":null,\"dsn\":\"\",\"time\":null}",
                      &facts);
    assert_int_equal(facts.text.len + facts.code + facts.dsn.len, 0);
    assert_int_equal(facts.stage, REPLY_STAGE_NONE);
    assert_int_equal(facts.time_us, STAMP_NONE);
    json_decref(owner);

    static const struct {
        const char *line;
        int64_t time_us;
    } times[] = {
        {"{\"text\":\"x\",\"time\":1741737600}", INT64_C(1741737600000000)},
        {"{\"text\":\"x\",\"time\":1741737600.5}", INT64_C(1741737600500000)},
        {"{\"text\":\"x\",\"time\":\"2025-03-12\"}", INT64_C(1741737600000000)},
        {"{\"text\":\"x\",\"time\":\"2025-03-12 00:00:01\"}", INT64_C(1741737601000000)},
        {"{\"text\":\"x\",\"time\":\"2025-03-12T00:00:00Z\"}", INT64_C(1741737600000000)},
        {"{\"text\":\"x\",\"time\":0}", 0},
    };
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        owner = read_good(times[i].line, &facts);
        assert_int_equal(facts.time_us, times[i].time_us);
        json_decref(owner);
    }
}

static void foreign_bytes(void **state)
{
    (void)state;
    struct reply_facts facts;
    json_t *owner = read_good("{\"text\":\"a\xff"
                              "b\\u0000c\",\"code\":\"421\"}",
                              &facts);
    assert_int_equal(facts.text.len, 7);
    assert_memory_equal(facts.text.ptr,
                        "a\xef\xbf\xbd"
                        "b\0c",
                        7);
    assert_int_equal(facts.code, 421);
    json_decref(owner);
}

static void bad_lines(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"{", "expected a JSON object"},
        {"{\"text\":\"x\"} y", "expected a JSON object"},
        {"{}", "\"text\""},
        {"{\"text\":null}", "\"text\""},
        {"{\"text\":[\"x\"]}", "\"text\""},
        {"{\"text\":\"x\",\"code\":99}", "\"code\""},
        {"{\"text\":\"x\",\"code\":-550}", "\"code\""},
        {"{\"text\":\"x\",\"code\":55.5}", "\"code\""},
        {"{\"text\":\"x\",\"code\":\"5xx\"}", "\"code\""},
        {"{\"text\":\"x\",\"dsn\":\"5.7\"}", "\"dsn\""},
        {"{\"text\":\"x\",\"dsn\":5}", "\"dsn\""},
        {"{\"text\":\"x\",\"stage\":\"nowhere\"}", "\"stage\""},
        {"{\"text\":\"x\",\"stage\":1}", "\"stage\""},
        {"{\"text\":\"x\",\"relay\":{}}", "\"relay\""},
        {"{\"text\":\"x\",\"time\":\"soon\"}", "\"time\""},
        {"{\"text\":\"x\",\"time\":\"2025-02-30\"}", "\"time\""},
        {"{\"text\":\"x\",\"time\":1e300}", "\"time\""},
        {"{\"text\":\"x\",\"time\":true}", "\"time\""},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct reply_facts facts = {.code = 77};
        struct err err = {0};
        json_t *owner = NULL;
        if (reply_json_read(slice_from_str(lines[i][0]), &facts, &owner, &err))
            fail_msg("taken: %s", lines[i][0]);
        assert_non_null(strstr(err.text, lines[i][1]));
        assert_int_equal(facts.code, 77);
        assert_null(owner);
    }
}

static void verdicts(void **state)
{
    (void)state;
    struct verdict verdict = {.action = "none", .provider = "", .rule = ""};
    CLEANUP_BUF struct buf text = {0};
    json_value_print(reply_json_verdict(&verdict), false, &text);
    assert_string_equal(buf_str(&text), "{\"class\":\"unknown\",\"action\":\"none\"}\n");
    verdict = (struct verdict){
        .class = REPLY_CLASS_BLOCK_IP,
        .scope = REPLY_SCOPE_IP,
        .permanence = REPLY_PERMANENT,
        .action = "alert",
        .provider = "google",
        .rule = "r",
        .token = SLICE("t\xff"),
        .list = SLICE("l"),
        .url = SLICE("https://x.jp/"),
    };
    buf_clear(&text);
    json_value_print(reply_json_verdict(&verdict), false, &text);
    assert_string_equal(buf_str(&text),
                        "{\"class\":\"block_ip\",\"scope\":\"ip\",\"permanence\":\"permanent\","
                        "\"action\":\"alert\",\"provider\":\"google\",\"rule\":\"r\","
                        "\"token\":\"t\\uFFFD\",\"list\":\"l\",\"url\":\"https://x.jp/\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),
        cmocka_unit_test(foreign_bytes),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests_name("app/reply_json", tests, NULL, NULL);
}
