/* SPDX-License-Identifier: Apache-2.0
 *
 * Presses of buttons: what Slack posts, what is cut and refused of it, where may be answered, and
 * what is said.
 */
#include "respond/slack_click.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "respond/notifier_fixture.h"
#include "respond/slack_answer.h"

#define USER "\"user\":{\"id\":\"U012AB\",\"username\":\"kato\",\"name\":\"k\",\"team_id\":\"T1\"}"
#define ACTION \
    "\"actions\":[{\"action_id\":\"todoku_acknowledge\",\"block_id\":\"todoku_page\"," \
    "\"type\":\"button\",\"value\":\"3k9d0q2m\",\"action_ts\":\"17.1\"}]"
#define URL "\"response_url\":\"https://hooks.slack.com/actions/T1/2/3\""
#define MESSAGE \
    "\"message\":{\"type\":\"message\",\"text\":\"[critical] &lt;x&gt;\",\"blocks\":[" \
    "{\"type\":\"header\",\"block_id\":\"h\"}," \
    "{\"type\":\"actions\",\"block_id\":\"todoku_page\",\"elements\":[]}," \
    "{\"type\":\"actions\",\"block_id\":\"other\",\"elements\":[]}]}"
#define WHOLE "{\"type\":\"block_actions\"," USER "," ACTION "," URL "," MESSAGE "}"

/* As a form, every byte escaped. */
static enum slack_click_result parse(const char *json, struct slack_click *click)
{
    CLEANUP_BUF struct buf body = {0};
    buf_add_str(&body, "payload=");
    for (const char *c = json; *c; c++)
        buf_addf(&body, "%%%02X", (unsigned)(unsigned char)*c);
    return slack_click_parse(buf_slice(&body), click);
}

static struct slack_click parsed(const char *json)
{
    struct slack_click click = {0};
    assert_int_equal(parse(json, &click), SLACK_CLICK_DONE);
    return click;
}

#define assert_slice(slice, text) assert_true(slice_eq((slice), slice_from_str(text)))

static void all_of_a_press(void **state)
{
    struct slack_click click = parsed(WHOLE);
    CLEANUP_BUF struct buf by = {0};
    (void)state;
    assert_int_equal(click.action, SLACK_ACTION_ACKNOWLEDGE);
    assert_slice(click.value, "3k9d0q2m");
    assert_slice(click.user_id, "U012AB");
    assert_slice(click.user_name, "kato");
    assert_slice(click.block_id, "todoku_page");
    assert_slice(click.response_url, "https://hooks.slack.com/actions/T1/2/3");
    slack_click_by(&click, &by);
    assert_string_equal(buf_str(&by), "kato (Slack U012AB)");
    slack_click_done(&click);
}

static void each_button_is_known(void **state)
{
    static const struct {
        const char *json, *said;
        enum slack_action action;
    } rows[] = {
#define PRESSED(id) \
    "{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\"}," URL \
    ",\"actions\":[{\"action_id\":\"" id "\",\"type\":\"button\",\"value\":\"o12\"}]}"
        {PRESSED("todoku_acknowledge"), "Acknowledged by (Slack U1)", SLACK_ACTION_ACKNOWLEDGE},
        {PRESSED("todoku_approve"), "Approved by (Slack U1)", SLACK_ACTION_APPROVE},
        {PRESSED("todoku_deny"), "Denied by (Slack U1)", SLACK_ACTION_DENY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slack_click click = parsed(rows[i].json);
        const struct slack_outcome outcome = {.good = true, .language = LANGUAGE_EN};
        assert_int_equal(click.action, rows[i].action);
        struct outgoing *outgoing = slack_answer(&click, &outcome);
        json_t *answer = fixture_body(outgoing);
        assert_string_equal(fixture_text(answer, "text"), rows[i].said);
        json_decref(answer);
        outgoing_free(outgoing);
        slack_click_done(&click);
    }
}

static void what_may_be_missing(void **state)
{
    struct slack_click click =
        parsed("{\"type\":\"block_actions\",\"user\":{\"id\":\"W9\"}," ACTION "}");
    CLEANUP_BUF struct buf by = {0};
    (void)state;
    slack_click_by(&click, &by);
    assert_string_equal(buf_str(&by), "(Slack W9)");
    assert_int_equal(click.response_url.len, 0);
    assert_null(click.message);
    slack_click_done(&click);
    click =
        parsed("{\"type\":\"block_actions\",\"user\":{\"id\":\"W9\",\"name\":\"k\"}," ACTION "}");
    assert_slice(click.user_name, "k");
    slack_click_done(&click);
}

#define FORM(user, action) "{\"type\":\"block_actions\",\"user\":" user ",\"actions\":" action "}"
#define GOOD_USER "{\"id\":\"U1\"}"
#define PRESS(id, type, value) \
    "[{\"action_id\":" id ",\"type\":" type ",\"value\":" value ",\"block_id\":\"b\"}]"
#define OURS(value) PRESS("\"todoku_acknowledge\"", "\"button\"", value)

static const struct {
    const char *json;
    enum slack_click_result result;
} refused[] = {
    {"", SLACK_CLICK_BAD},
    {"{", SLACK_CLICK_BAD},
    {"[]", SLACK_CLICK_BAD},
    {"null", SLACK_CLICK_BAD},
    {"{}", SLACK_CLICK_FOREIGN},
    {"{\"type\":7}", SLACK_CLICK_BAD},
    {"{\"type\":\"view_submission\"," USER "," ACTION "}", SLACK_CLICK_FOREIGN},
    {"{\"type\":\"block_actions\"," ACTION "}", SLACK_CLICK_BAD},
    {FORM("\"U1\"", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"\"}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"u1\"}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"U1\\n\"}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"U12345678901234567890123456789012\"}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"U1\",\"name\":[]}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"U1\",\"username\":\"a\\u0000b\"}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM("{\"id\":\"U1\",\"username\":\"\xff\"}", OURS("\"a1\"")), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, "{}"), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, "[]"), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, "[1]"), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, "[{},{}]"), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, "[{}]"), SLACK_CLICK_FOREIGN},
    {FORM(GOOD_USER, PRESS("\"other_app\"", "\"button\"", "\"a1\"")), SLACK_CLICK_FOREIGN},
    {FORM(GOOD_USER, PRESS("\"todoku_acknowledge \"", "\"button\"", "\"a1\"")),
     SLACK_CLICK_FOREIGN},
    {FORM(GOOD_USER, PRESS("\"todoku_acknowledge\"", "\"static_select\"", "\"a1\"")),
     SLACK_CLICK_FOREIGN},
    {FORM(GOOD_USER, OURS("\"\"")), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, OURS("7")), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, OURS("\"A1\"")), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, OURS("\"a1/../b\"")), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, OURS("\"a\\n1\"")), SLACK_CLICK_BAD},
    {FORM(GOOD_USER, OURS("\"01234567890123456789012345678901234567890123456789012345678901234\"")),
     SLACK_CLICK_BAD},
    {"{\"type\":\"block_actions\"," USER "," ACTION ",\"response_url\":{}}", SLACK_CLICK_BAD},
    {"{\"type\":\"block_actions\"," USER "," ACTION ",\"message\":[]}", SLACK_CLICK_BAD},
    {"{\"type\":\"block_actions\"," USER "," ACTION ",\"message\":{\"blocks\":7}}",
     SLACK_CLICK_BAD},
    {"{\"type\":\"block_actions\",\"type\":\"block_actions\"," USER "," ACTION "}",
     SLACK_CLICK_BAD},
};

static void what_is_no_press_of_ours(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct slack_click click = {.user_id = SLICE("as it was")};
        if (parse(refused[i].json, &click) != refused[i].result)
            fail_msg("%s", refused[i].json);
        assert_null(click.payload);
        assert_slice(click.user_id, "as it was");
    }
}

static void bodies_are_bounded(void **state)
{
    CLEANUP_BUF struct buf body = {0};
    struct slack_click click = {0};
    (void)state;
    buf_add_str(&body, "payload={\"type\":\"block_actions\"," USER "," ACTION "," URL "}");
    assert_int_equal(slack_click_parse(buf_slice(&body), &click), SLACK_CLICK_DONE);
    slack_click_done(&click);
    while (body.len <= SLACK_CLICK_BYTES_MAX)
        buf_add_char(&body, ' ');
    assert_int_equal(slack_click_parse(buf_slice(&body), &click), SLACK_CLICK_BAD);
    body.len = 0;
    buf_add_str(&body, "payload=");
    for (int i = 0; i < 100000; i++)
        buf_add_char(&body, '[');
    assert_int_equal(slack_click_parse(buf_slice(&body), &click), SLACK_CLICK_BAD);
    assert_int_equal(slack_click_parse(SLICE("command=%2Fx"), &click), SLACK_CLICK_BAD);
    assert_int_equal(slack_click_parse(SLICE(""), &click), SLACK_CLICK_BAD);
}

static void long_names_are_cut_between_characters(void **state)
{
    CLEANUP_BUF struct buf json = {0};
    (void)state;
    buf_add_str(&json, "{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\",\"username\":\"x");
    for (int i = 0; i < 1000; i++)
        buf_add_str(&json, "届");
    buf_add_str(&json, "\"}," ACTION "}");
    struct slack_click click = parsed(buf_str(&json));
    assert_int_equal(click.user_name.len, 79); /* 1 + 26 * 3 */
    slack_click_done(&click);
}

#define API "http://127.0.0.1:8099/api"

static const struct {
    const char *url, *api;
    bool may;
} places[] = {
    {"https://hooks.slack.com/actions/T1/2/3", "", true},
    {"https://hooks.slack.com/", "https://slack.com/api", true},
    {"https://slack.com/api/response", "https://slack.com/api", true},
    {API "/x", API, true},
    {API "/x", API "/", true},
    {"", "", false},
    {"http://hooks.slack.com/actions/1", "", false},
    {"https://hooks.slack.com", "", false},
    {"https://hooks.slack.com.evil.example/", "", false},
    {"https://hooks.slack.com@evil.example/", "", false},
    {"https://hooks.slack.com:443@evil.example/", "", false},
    {"https://evil.example/https://hooks.slack.com/", "", false},
    {"HTTPS://HOOKS.SLACK.COM/x", "", false}, /* not as Slack writes it */
    {"https://hooks.slack.com/a b", "", false},
    {"https://hooks.slack.com/a\r\nHost: x", "", false},
    {"https://hooks.slack.com/\\evil", "", false},
    {"https://hooks.slack.com/a@b", "", false},
    {"http://127.0.0.1:8099/api", API, false},
    {"http://127.0.0.1:8099/apix", API, false},
    {"http://127.0.0.1:80991/", "http://127.0.0.1:8099", false},
    {"http://127.0.0.1:8099@evil.example/", "http://127.0.0.1:8099", false},
    {"http://169.254.169.254/latest", API, false},
    {"file:///etc/passwd", "", false},
};

static void where_may_be_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct slack_click click = {.response_url = slice_from_str(places[i].url)};
        if (slack_click_may_answer(&click, slice_from_str(places[i].api)) != places[i].may)
            fail_msg("%s with %s", places[i].url, places[i].api);
    }
}

/* ---- answers ---- */

static json_t *answer_to(const char *json, bool good, const char *reason, enum language language)
{
    struct slack_click click = parsed(json);
    const struct slack_outcome outcome = {
        .good = good, .reason = slice_from_str(reason), .language = language};
    struct outgoing *outgoing = slack_answer(&click, &outcome);
    assert_non_null(outgoing);
    assert_string_equal(outgoing->url, "https://hooks.slack.com/actions/T1/2/3");
    assert_string_equal(outgoing->content_type, "application/json; charset=utf-8");
    json_t *answer = fixture_body(outgoing);
    outgoing_free(outgoing);
    slack_click_done(&click);
    return answer;
}

static void the_buttons_give_way_to_who_pressed(void **state)
{
    json_t *answer = answer_to(WHOLE, true, "", LANGUAGE_EN);
    (void)state;
    assert_true(json_is_true(fixture_at(answer, "replace_original")));
    assert_string_equal(fixture_text(answer, "text"), "[critical] &lt;x&gt;");
    assert_int_equal(json_array_size(fixture_at(answer, "blocks")), 3);
    assert_string_equal(fixture_text(answer, "blocks.0.block_id"), "h");
    assert_string_equal(fixture_text(answer, "blocks.1.type"), "context");
    assert_string_equal(fixture_text(answer, "blocks.1.elements.0.text"),
                        "Acknowledged by kato (Slack U012AB)");
    assert_string_equal(fixture_text(answer, "blocks.2.block_id"), "other");
    json_decref(answer);
}

static void who_pressed_in_vain_is_told_alone(void **state)
{
    json_t *answer = answer_to(WHOLE, false, "acknowledged already by <!channel>", LANGUAGE_JA);
    (void)state;
    assert_false(json_is_true(fixture_at(answer, "replace_original")));
    assert_string_equal(fixture_text(answer, "response_type"), "ephemeral");
    assert_string_equal(fixture_text(answer, "text"),
                        "実行できませんでした: acknowledged already by &lt;!channel&gt;");
    assert_null(json_object_get(answer, "blocks"));
    json_decref(answer);
}

static void who_may_not_press_is_told_alone(void **state)
{
    static const char *const said[] = {
        [LANGUAGE_EN] = "Sorry kato (Slack U012AB), routes are decided on by the people whom the "
                        "settings name (respond: approvers). Nothing was changed.",
        [LANGUAGE_JA] =
            "kato (Slack U012AB) さん、恐れ入りますが、経路の承認と却下は設定 (respond: "
            "approvers) に記載された方だけが行えます。何も変更していません。",
    };
    (void)state;
    for (unsigned i = LANGUAGE_EN; i <= LANGUAGE_JA; i++) {
        struct slack_click click = parsed(WHOLE);
        const struct slack_outcome outcome = {.barred = true, .language = (enum language)i};
        struct outgoing *outgoing = slack_answer(&click, &outcome);
        json_t *answer = fixture_body(outgoing);
        assert_true(json_is_false(fixture_at(answer, "replace_original")));
        assert_string_equal(fixture_text(answer, "response_type"), "ephemeral");
        assert_string_equal(fixture_text(answer, "text"), said[i]);
        json_decref(answer);
        outgoing_free(outgoing);
        slack_click_done(&click);
    }
}

static void ids_of_users(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } ids[] = {
        {"U012ABCDEF", true},
        {"W9", true},
        {"", false},
        {"u012abcdef", false},
        {"U012 ABC", false},
        {"<@U1>", false},
        {"kato", false},
        {"U0-1", false},
        {"\xef\xbc\xb5", false},
        {"UAAAAAAAAAABBBBBBBBBBCCCCCCCCCC1", true},
        {"UAAAAAAAAAABBBBBBBBBBCCCCCCCCCC12", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (slack_click_is_user(slice_from_str(ids[i].text)) != ids[i].is)
            fail_msg("%s", ids[i].text);
}

static void a_message_without_our_buttons_stays(void **state)
{
    json_t *answer = answer_to("{\"type\":\"block_actions\"," USER "," ACTION "," URL
                               ",\"message\":{\"blocks\":[7,{\"type\":\"actions\"}]}}",
                               true, "", LANGUAGE_EN);
    (void)state;
    assert_false(json_is_true(fixture_at(answer, "replace_original")));
    assert_string_equal(fixture_text(answer, "text"), "Acknowledged by kato (Slack U012AB)");
    json_decref(answer);
}

static void a_hostile_name_stays_text(void **state)
{
    json_t *answer = answer_to("{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\",\"username\":"
                               "\"<!here> {reason} *&*\"}," ACTION "," URL "," MESSAGE "}",
                               true, "", LANGUAGE_EN);
    (void)state;
    assert_string_equal(fixture_text(answer, "blocks.1.elements.0.text"),
                        "Acknowledged by &lt;!here&gt; {reason} *&amp;* (Slack U1)");
    assert_true(json_is_true(fixture_at(answer, "blocks.1.elements.0.verbatim")));
    json_decref(answer);
}

static void without_an_address_there_is_no_answer(void **state)
{
    struct slack_click click = parsed("{\"type\":\"block_actions\"," USER "," ACTION "}");
    const struct slack_outcome outcome = {.good = true};
    (void)state;
    assert_null(slack_answer(&click, &outcome));
    slack_click_done(&click);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_press),
        cmocka_unit_test(each_button_is_known),
        cmocka_unit_test(what_may_be_missing),
        cmocka_unit_test(what_is_no_press_of_ours),
        cmocka_unit_test(bodies_are_bounded),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(where_may_be_answered),
        cmocka_unit_test(the_buttons_give_way_to_who_pressed),
        cmocka_unit_test(who_pressed_in_vain_is_told_alone),
        cmocka_unit_test(who_may_not_press_is_told_alone),
        cmocka_unit_test(ids_of_users),
        cmocka_unit_test(a_message_without_our_buttons_stays),
        cmocka_unit_test(a_hostile_name_stays_text),
        cmocka_unit_test(without_an_address_there_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
