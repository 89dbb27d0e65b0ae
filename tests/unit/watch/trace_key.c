/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: what is accepted, what it is taken for, which records it finds.
 */
#include "watch/trace_key.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void each_form_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *word, *text;
        enum trace_key_form form;
    } cases[] = {
        {"bob@example.org", "bob@example.org", TRACE_KEY_ADDRESS},
        {"<bob@example.org>", "bob@example.org", TRACE_KEY_ADDRESS},
        {"mailto:bob@example.org", "bob@example.org", TRACE_KEY_ADDRESS},
        {"\"a b\"@example.org", "\"a b\"@example.org", TRACE_KEY_ADDRESS},
        {"Message-ID: <x@y>", "x@y", TRACE_KEY_ADDRESS},
        {"<no-at-sign>", "no-at-sign", TRACE_KEY_MESSAGE_ID},
        {"@example.org", "@example.org", TRACE_KEY_DOMAIN},
        {" 4jX2vK2WbVz1bY4J ", "4jX2vK2WbVz1bY4J", TRACE_KEY_WORD},
        {"15A04A72111:", "15A04A72111", TRACE_KEY_WORD},
        {"alice", "alice", TRACE_KEY_WORD},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trace_key key;
        struct err err;
        assert_true(trace_key_parse(slice_from_str(cases[i].word), &key, &err));
        assert_int_equal(key.form, cases[i].form);
        assert_true(slice_eq(key.text, slice_from_str(cases[i].text)));
    }
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"",   " ",   "@",        "bob@", "<>",
                                        "<x", "a b", "x\033[1m", "\r\n"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct trace_key key;
        struct err err = {0};
        assert_false(trace_key_parse(slice_from_str(words[i]), &key, &err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_null(strchr(err.text, '\033'));
    }
}

static void addresses_are_equal_however_they_are_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"bob@example.org", "BOB@Example.org", true},
        {"\"bob\"@example.org", "bob@example.org", true},
        {"\"a\\b\"@x", "\"ab\"@x", true},
        {"\"a b\"@x", "a b@x", true},
        {"bob+x@example.org", "bob@example.org", false},
        {"\"", "", true},
        {"\"\\", "\"a", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(trace_address_eq(slice_from_str(cases[i].a), slice_from_str(cases[i].b)),
                         cases[i].equal);
}

#define HEAD "2026-03-02T08:00:00+00:00 relay1 postfix/"
#define DELIVERY \
    HEAD "smtp[1]: 15A04A72111: to=<Bob@example.org>, orig_to=<team@example.org>, " \
         "relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 queued as " \
         "9F1A2B3C)"

static void records_match_by_their_fields(void **state)
{
    (void)state;
    static const struct {
        const char *word, *line;
        unsigned match;
    } cases[] = {
        {"bob@example.org", DELIVERY, TRACE_MATCH_RECIPIENT},
        {"team@example.org", DELIVERY, TRACE_MATCH_RECIPIENT},
        {"@example.org", DELIVERY, TRACE_MATCH_RECIPIENT},
        {"15a04a72111", DELIVERY, TRACE_MATCH_ID},
        {"9F1A2B3C", DELIVERY, TRACE_MATCH_ID},
        {"ob@example.org", DELIVERY, 0},
        {"15A04A7211", DELIVERY, 0},
        {"a@x", HEAD "qmgr[1]: 15A04A72111: from=<a@x>, size=1, nrcpt=1", TRACE_MATCH_SENDER},
        {"alice",
         HEAD "smtpd[1]: 15A04A72111: client=pc[192.0.2.7], sasl_method=PLAIN, "
              "sasl_username=alice",
         TRACE_MATCH_SENDER},
        {"<M@x>", HEAD "cleanup[1]: 15A04A72111: message-id=<m@x>", TRACE_MATCH_MESSAGE_ID},
        {"m@x", HEAD "cleanup[1]: 15A04A72111: message-id=<m@x>", TRACE_MATCH_MESSAGE_ID},
        {"a@x",
         HEAD "smtpd[1]: warning: pc[192.0.2.7]: SASL PLAIN authentication failed: no, "
              "sasl_username=a@x",
         TRACE_MATCH_LOGIN_FAILED},
        {"a@x", HEAD "smtpd[1]: connect from a@x[192.0.2.7]", 0},
        {"a@x", "no log line: to=<a@x>", 0},
    };
    struct log_parser *parser = log_parser_new(0, NULL, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trace_key key;
        struct log_record record;
        assert_true(trace_key_parse(slice_from_str(cases[i].word), &key, NULL));
        log_record_parse(parser, slice_from_str(cases[i].line), &record);
        if (trace_key_match(&key, &record) != cases[i].match)
            fail_msg("%s in %s", cases[i].word, cases[i].line);
    }
    log_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_told),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(addresses_are_equal_however_they_are_quoted),
        cmocka_unit_test(records_match_by_their_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
