/* SPDX-License-Identifier: Apache-2.0
 *
 * What `todoku route list` says of Postfix: what could not be done there, and what it asked.
 */
#include "app/route_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "{\"mode\": \"auto\", \"overrides\": [], \"paths\": [], "

static const struct text_style plain = {200, false, false, false};

static void says(void **state)
{
    (void)state;
    static const struct {
        const char *json, *said;
    } rows[] = {
        {HEAD "\"postfix\": {}}", "All mail takes its usual route.\n"},
        {HEAD "\"postfix\": {\"exact_fault\": {\"reason\": \"/r: \\u001b in use\"}, "
              "\"reload_fault\": {\"reason\": \"no right\"}}, \"exact\": {\"answers\": false}}",
         "All mail takes its usual route.\n\n"
         "Could not be done, and is tried again: /r: \\x1b in use\n\n"
         "Could not be done, and is tried again: no right\n"},
        {HEAD "\"exact\": {\"answers\": true, \"overrides\": 0}}",
         "All mail takes its usual route.\n\n"
         "Exact mode: Postfix may ask about 0 routes; 0 questions so far, 0 had a route for an "
         "answer.\n"},
        {HEAD "\"exact\": {\"answers\": true, \"overrides\": 1, \"routed\": 1200, \"unrouted\": "
              "34, \"unfed\": 3}}",
         "All mail takes its usual route.\n\n"
         "Exact mode: Postfix may ask about 1 route; 1,234 questions so far, 1,200 had a route for "
         "an answer, 3 had none since todoku stood still.\n"},
        {HEAD "\"standing\": {\"sources\": [{\"source\": \"out-b\", \"fault\": \"has no PTR "
              "record\", \"shared\": false}, {\"source\": \"out-c\", \"zone\": \"bl.example\", "
              "\"fault\": \"is \\u001b\", \"shared\": true}], \"blocklists\": [{\"zone\": "
              "\"bl.example\", \"fault\": \"is mad\"}]}}",
         "All mail takes its usual route.\n\n"
         "Standing: out-b takes no other's mail: it has no PTR record\n"
         "Standing: out-c is \\x1b; so have all sources, and it decides nothing\n"
         "Standing: blocklist bl.example is not believed: it is mad\n"},
        {HEAD "\"standing\": {\"sources\": [{\"source\": \"out-b\", \"fault\": \"is not allowed\", "
              "\"shared\": false, \"spf\": true}], \"blocklists\": []}}",
         "All mail takes its usual route.\n\n"
         "Standing: out-b is passed over where much of the mail is of that domain: it is not "
         "allowed\n"},
        {"{\"mode\": \"auto\", \"overrides\": [], \"paths\": [{\"provider\": \"docomo\", "
         "\"source\": \"out-a\", \"stage\": \"throttled\", \"per_hour\": 600, \"mode\": "
         "\"auto\", \"left\": \"others \\u001b send there\"}, {\"provider\": \"google\", "
         "\"source\": \"out-b\", \"stage\": \"throttled\", \"per_hour\": 600, \"mode\": "
         "\"auto\"}]}",
         "All mail takes its usual route.\n\n"
         "  provider  source  stage            since  mode\n"
         "  docomo    out-a   throttled        00:00  auto\n"
         "  google    out-b   throttled 600/h  00:00  auto\n\n"
         "of out-a at docomo nothing is moved or slowed down: others \\x1b send there\n"},
        {HEAD "\"standing\": {\"sources\": [], \"blocklists\": []}}",
         "All mail takes its usual route.\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf text = {0};
        struct route_answer answer;
        json_t *value = json_loads(rows[i].json, 0, NULL);
        assert_true(route_answer_read(value, &answer));
        route_text_list(&plain, &answer, 0, &text);
        assert_string_equal(buf_str(&text), rows[i].said);
        route_answer_done(&answer);
        json_decref(value);
    }
}

static void refuses_what_is_of_another_form(void **state)
{
    (void)state;
    static const char *const rows[] = {
        HEAD "\"exact\": {\"answers\": 1}}",
        HEAD "\"exact\": {\"routed\": \"many\"}}",
        HEAD "\"exact\": {\"unfed\": -1}}",
        HEAD "\"postfix\": {\"exact_fault\": {\"reason\": 7}}}",
        HEAD "\"postfix\": []}",
        HEAD "\"standing\": []}",
        HEAD "\"standing\": {\"sources\": 1}}",
        HEAD "\"standing\": {\"sources\": [1]}}",
        HEAD "\"standing\": {\"sources\": [{\"shared\": \"no\"}]}}",
        HEAD "\"standing\": {\"blocklists\": [{\"zone\": 1}]}}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct route_answer answer;
        json_t *value = json_loads(rows[i], 0, NULL);
        assert_non_null(value);
        if (route_answer_read(value, &answer))
            fail_msg("taken: %s", rows[i]);
        route_answer_done(&answer);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says),
        cmocka_unit_test(refuses_what_is_of_another_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
