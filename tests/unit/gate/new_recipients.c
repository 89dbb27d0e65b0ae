/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits on new recipients, asked as Postfix asks the desk: who is new, to whom, for how long; what
 * a refused message teaches; tries that shall not get around it.
 */
#include "gate/new_recipients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate/policy_desk.h"

#define HOUR_US (INT64_C(3600) * 1000000)
#define NOW_US (INT64_C(1790000000) * 1000000)
#define TEXT(text) ((struct slice){text, sizeof(text) - 1})
#define OVER "450 4.7.1 new"

struct rig {
    struct limit_rule rules[5];
    struct policy_terms terms;
    struct policy_desk *desk;
    struct policy_decision decision;
    const char *login;
    int64_t now_us;
    char said[POLICY_ACTION_MAX + 1];
};

static void begin(struct rig *rig, uint32_t count)
{
    static const struct hash_key key = {{3, 4}};
    *rig = (struct rig){.login = "taro", .now_us = NOW_US};
    rig->rules[0] = (struct limit_rule){.name = TEXT("new"),
                                        .key = LIMIT_LOGIN,
                                        .unit = LIMIT_NEW_RECIPIENTS,
                                        .count = count,
                                        .within_us = HOUR_US,
                                        .action = LIMIT_DEFER,
                                        .text = TEXT("{rule}")};
    rig->terms.limits = (struct limit_rules){rig->rules, 1};
    rig->terms.keys = 100;
    rig->terms.known_recipients = 1000;
    rig->desk = policy_desk_new(&rig->terms, 100);
    policy_desk_hash_by(rig->desk, &key);
}

static const char *ask(struct rig *rig, enum policy_stage stage, const char *id,
                       const char *recipient, uint32_t recipients)
{
    CLEANUP_BUF struct buf action = {0};
    const struct policy_request request = {
        .stage = stage,
        .client_address = TEXT("192.0.2.7"),
        .sender = TEXT("x@jp.test"),
        .recipient = slice_from_str(recipient),
        .instance = slice_from_str(id),
        .queue_id = slice_from_str(stage == POLICY_STAGE_RCPT ? "" : id),
        .sasl_username = slice_from_str(rig->login),
        .recipient_count = recipients,
        .size = 2048,
    };
    policy_desk_answer(rig->desk, SLICE("relay1"), &request, rig->now_us, &action, &rig->decision);
    snprintf(rig->said, sizeof(rig->said), "%s", buf_str(&action));
    return rig->said;
}

/* A whole message to addresses that are letters, each asked about at RCPT, then counted. */
static const char *send(struct rig *rig, const char *id, const char *letters)
{
    uint32_t count = 0;
    for (const char *letter = letters; *letter != '\0'; letter++, count++) {
        const char recipient[] = {*letter, '@', 'x', '\0'};
        if (strcmp(ask(rig, POLICY_STAGE_RCPT, id, recipient, 0), "DUNNO") != 0)
            return rig->said;
    }
    (void)ask(rig, POLICY_STAGE_DATA, id, "", count);
    if (strcmp(rig->said, "DUNNO") != 0)
        return rig->said;
    return ask(rig, POLICY_STAGE_END_OF_MESSAGE, id, "", count);
}

static uint64_t used(struct rig *rig)
{
    const struct limit_subject who = {.login = slice_from_str(rig->login)};
    return limit_gate_used(policy_desk_limits(rig->desk), &who, rig->terms.limits.rules,
                           rig->now_us);
}

static void who_is_new(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 5);
    assert_string_equal(send(&rig, "m.1", "abc"), "DUNNO");
    assert_int_equal(used(&rig), 3);
    assert_string_equal(send(&rig, "m.2", "abc"), "DUNNO");
    assert_string_equal(send(&rig, "m.3", "CaBb"), "DUNNO"); /* twice, and in large letters */
    assert_int_equal(used(&rig), 3);
    assert_string_equal(send(&rig, "m.4", "dad"), "DUNNO");
    assert_int_equal(used(&rig), 4);
    assert_string_equal(send(&rig, "m.5", "ae"), "DUNNO");
    assert_string_equal(send(&rig, "m.6", "f"), OVER);
    assert_string_equal(send(&rig, "m.7", "abcde"), "DUNNO"); /* whom it knows */
    rig.login = "jiro";
    assert_string_equal(send(&rig, "m.8", "a"), "DUNNO");
    assert_int_equal(used(&rig), 1); /* taro's are not his */
    policy_desk_free(rig.desk);
}

static void for_how_long(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 5);
    assert_string_equal(send(&rig, "m.1", "ab"), "DUNNO");
    rig.now_us += HOUR_US / 2;
    assert_string_equal(send(&rig, "m.2", "a"), "DUNNO");
    rig.now_us += HOUR_US / 2 + 7 * HOUR_US / 60; /* the first two are out of the window */
    assert_int_equal(used(&rig), 0);
    assert_string_equal(send(&rig, "m.3", "a"), "DUNNO"); /* written to meanwhile */
    assert_int_equal(used(&rig), 0);
    assert_string_equal(send(&rig, "m.4", "b"), "DUNNO");
    assert_int_equal(used(&rig), 1);
    policy_desk_free(rig.desk);
}

/* Neither tries again nor new instances make an address known that was not counted. */
static void what_is_refused_teaches_nothing(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 3);
    assert_string_equal(send(&rig, "m.1", "a"), "DUNNO");
    for (int i = 0; i < 3; i++) {
        char id[8];
        snprintf(id, sizeof(id), "n.%d", i);
        assert_string_equal(send(&rig, id, "abcd"), OVER);
        assert_string_equal(ask(&rig, POLICY_STAGE_DATA, id, "", 4),
                            OVER); /* the answer of before */
    }
    assert_int_equal(used(&rig), 1);
    assert_string_equal(send(&rig, "m.2", "bc"), "DUNNO");
    assert_string_equal(ask(&rig, POLICY_STAGE_RCPT, "m.3", "d@x", 0), OVER); /* at RCPT already */
    assert_string_equal(ask(&rig, POLICY_STAGE_RCPT, "m.3", "a@x", 0), "DUNNO");
    policy_desk_free(rig.desk);
}

/* What Postfix refused itself was no recipient: as many as were counted are known. */
static void fewer_than_were_asked_about(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 6);
    for (const char *letter = "abcdef"; *letter != '\0'; letter++) {
        const char recipient[] = {*letter, '@', 'x', '\0'};
        assert_string_equal(ask(&rig, POLICY_STAGE_RCPT, "m.1", recipient, 0), "DUNNO");
    }
    assert_string_equal(ask(&rig, POLICY_STAGE_DATA, "m.1", "", 2), "DUNNO");
    assert_string_equal(ask(&rig, POLICY_STAGE_END_OF_MESSAGE, "m.1", "", 2), "DUNNO");
    assert_int_equal(used(&rig), 2);
    assert_string_equal(send(&rig, "m.2", "abcdef"), "DUNNO");
    assert_int_equal(used(&rig), 6);
    assert_string_equal(send(&rig, "m.3", "g"), OVER);
    policy_desk_free(rig.desk);
}

/* It stays counted and known: the next try is not counted again. */
static void refused_after_it_was_counted(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 3);
    assert_string_equal(send(&rig, "m.1", "abc"), "DUNNO");
    assert_true(policy_desk_give_back(rig.desk, SLICE("m.1"), SLICE("taro"), rig.now_us));
    assert_int_equal(used(&rig), 3);
    assert_string_equal(send(&rig, "m.2", "abc"), "DUNNO");
    assert_string_equal(send(&rig, "m.3", "d"), OVER);
    policy_desk_free(rig.desk);
}

/* Two messages under way to the same people: who passes second wrote to nobody new. */
static void at_once(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 5);
    assert_string_equal(ask(&rig, POLICY_STAGE_RCPT, "m.1", "a@x", 0), "DUNNO");
    assert_string_equal(ask(&rig, POLICY_STAGE_RCPT, "m.2", "a@x", 0), "DUNNO");
    assert_string_equal(ask(&rig, POLICY_STAGE_DATA, "m.2", "", 1), "DUNNO");
    assert_string_equal(ask(&rig, POLICY_STAGE_DATA, "m.1", "", 1), "DUNNO");
    assert_int_equal(used(&rig), 1);
    policy_desk_free(rig.desk);
}

/* At the end only Postfix names the recipient of a message that has one. */
static void not_asked_at_rcpt(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 1);
    assert_string_equal(ask(&rig, POLICY_STAGE_END_OF_MESSAGE, "m.1", "", 9), "DUNNO");
    assert_int_equal(used(&rig), 0);
    assert_string_equal(ask(&rig, POLICY_STAGE_END_OF_MESSAGE, "m.2", "a@x", 1), "DUNNO");
    assert_string_equal(ask(&rig, POLICY_STAGE_END_OF_MESSAGE, "m.3", "a@x", 1), "DUNNO");
    assert_int_equal(used(&rig), 1);
    assert_string_equal(ask(&rig, POLICY_STAGE_END_OF_MESSAGE, "m.4", "b@x", 1), OVER);
    policy_desk_free(rig.desk);
}

/* Without a login it is the client that knows people; also where the limit is about all mail. */
static void without_a_login(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 2);
    rig.rules[0].key = 0;
    policy_desk_configure(rig.desk, &rig.terms);
    rig.login = "";
    assert_string_equal(send(&rig, "m.1", "a"), "DUNNO");
    assert_string_equal(send(&rig, "m.2", "a"), "DUNNO");
    rig.login = "192.0.2.7"; /* is nobody's address */
    assert_string_equal(send(&rig, "m.3", "a"), "DUNNO");
    assert_string_equal(send(&rig, "m.4", "b"), OVER);
    rig.login = "";
    assert_string_equal(send(&rig, "m.5", "a"), "DUNNO");
    policy_desk_free(rig.desk);
}

static void put(struct rig *rig, size_t first, size_t count)
{
    rig->terms.limits = (struct limit_rules){&rig->rules[first], count};
    policy_desk_configure(rig->desk, &rig->terms);
}

static void other_limits(void **state)
{
    (void)state;
    struct rig rig;
    begin(&rig, 5);
    assert_string_equal(send(&rig, "m.1", "ab"), "DUNNO");
    rig.rules[1] = rig.rules[0];
    rig.rules[1].count = 3;
    put(&rig, 1, 1); /* another number: what is known stays */
    assert_string_equal(send(&rig, "m.2", "abc"), "DUNNO");
    assert_string_equal(send(&rig, "m.3", "d"), OVER);
    rig.rules[2] = rig.rules[1];
    rig.rules[2].unit = LIMIT_RECIPIENTS;
    put(&rig, 2, 1); /* none: nothing is known any more */
    assert_string_equal(send(&rig, "m.4", "a"), "DUNNO");
    put(&rig, 1, 1);
    assert_string_equal(send(&rig, "m.5", "ab"), "DUNNO");
    assert_int_equal(used(&rig), 2);
    rig.rules[3] = rig.rules[4] = rig.rules[1];
    rig.rules[4].within_us = 10 * HOUR_US;
    put(&rig, 3, 2); /* the longest time says who is new */
    rig.now_us += 2 * HOUR_US;
    assert_string_equal(send(&rig, "m.6", "abc"), "DUNNO");
    assert_int_equal(used(&rig), 1);
    assert_int_equal(policy_desk_forgotten(rig.desk), 0);
    policy_desk_free(rig.desk);
}

/* More than are kept of a message are new, each time. */
static void a_huge_message(void **state)
{
    enum { RECIPIENTS = 1010 };
    (void)state;
    struct rig rig;
    begin(&rig, 2 * RECIPIENTS);
    rig.terms.known_recipients = 100000;
    policy_desk_configure(rig.desk, &rig.terms);
    for (int message = 0; message < 2; message++) {
        const char *id = message == 0 ? "m.1" : "m.2";
        for (int i = 0; i < RECIPIENTS; i++) {
            char recipient[16];
            snprintf(recipient, sizeof(recipient), "%d@x", i);
            assert_string_equal(ask(&rig, POLICY_STAGE_RCPT, id, recipient, 0), "DUNNO");
        }
        assert_string_equal(ask(&rig, POLICY_STAGE_DATA, id, "", RECIPIENTS), "DUNNO");
        assert_string_equal(ask(&rig, POLICY_STAGE_END_OF_MESSAGE, id, "", RECIPIENTS), "DUNNO");
    }
    assert_int_equal(used(&rig), RECIPIENTS + 10);
    policy_desk_free(rig.desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_new),
        cmocka_unit_test(for_how_long),
        cmocka_unit_test(what_is_refused_teaches_nothing),
        cmocka_unit_test(fewer_than_were_asked_about),
        cmocka_unit_test(refused_after_it_was_counted),
        cmocka_unit_test(at_once),
        cmocka_unit_test(not_asked_at_rcpt),
        cmocka_unit_test(without_a_login),
        cmocka_unit_test(other_limits),
        cmocka_unit_test(a_huge_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
