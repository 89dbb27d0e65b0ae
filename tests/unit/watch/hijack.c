/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of accounts in the verdict: other ones, those that are cut, in the command that is
 * proposed. What is found, and when, is in tests/scenario/hijack.
 */
#include "watch/hijack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"

#define NOW (INT64_C(20500) * 24 * 3600 * US_PER_SECOND)

struct heard {
    char login[200], evidence[2000];
    size_t verdicts;
};

static void hear_incident(void *data, const struct incident *incident)
{
    struct heard *heard = data;
    snprintf(heard->login, sizeof(heard->login), "%.*s", SLICE_ARG(incident->login));
    if (incident->evidence_count > 0)
        snprintf(heard->evidence, sizeof(heard->evidence), "%.*s",
                 SLICE_ARG(incident->evidence[incident->evidence_count - 1]));
}

static void hear_verdict(void *data, const struct hijack_verdict *verdict)
{
    struct heard *heard = data;
    heard->verdicts += verdict->step > HIJACK_NONE;
}

static struct hijack *begin(struct heard *heard)
{
    struct hijack_rule rule = hijack_rule_default;
    rule.propose = true;
    rule.default_domain = SLICE("jp.test");
    struct hijack *hijack = hijack_new(&rule);
    hijack_hear(hijack, hear_verdict, heard);
    return hijack;
}

/* As nobody would do with his own account: what is surely a hijack, the whole of it. */
static void steal(struct hijack *hijack, struct slice login, unsigned from, unsigned count,
                  struct heard *heard)
{
    for (unsigned i = from; i < from + count; i++) {
        char client[24], to[48], sender[48];
        int64_t now_us = NOW + i * US_PER_SECOND / 4;
        snprintf(client, sizeof(client), "45.%u.1.1", i % 50);
        snprintf(to, sizeof(to), "victim%u@g%u.example", i, i);
        snprintf(sender, sizeof(sender), "offer%u@brand%u.example", i, i);
        const struct hijack_mail mail = {HIJACK_BY_LOG, i + 1, slice_from_str(sender), 1, 1000};
        hijack_take_client(hijack, login, slice_from_str(client), i + 1, now_us);
        hijack_take_mail(hijack, login, &mail, now_us);
        hijack_take_recipient(hijack, login, slice_from_str(to), now_us);
        hijack_take_result(hijack, login, i % 2 ? HIJACK_TAKEN : HIJACK_DEAD, now_us);
        hijack_tell(hijack, now_us, hear_incident, heard);
    }
}

static void test_a_proposed_command_does_no_more_than_it_says(void **state)
{
    (void)state;
    struct heard heard = {.verdicts = 0};
    struct hijack *hijack = begin(&heard);
    steal(hijack, SLICE("x;reboot"), 0, 600, &heard);
    assert_string_equal(heard.login, "x;reboot@jp.test");
    assert_non_null(
        strstr(heard.evidence, "; to do it: todoku account suspend 'x;reboot@jp.test'"));
    hijack_free(hijack);
}

/* Such a name is told, without a command, and forgiven by what is told of it. */
static void test_a_name_that_is_cut(void **state)
{
    (void)state;
    struct heard heard = {.verdicts = 0};
    struct hijack *hijack = begin(&heard);
    char login[121];
    memset(login, 'a', sizeof(login));
    login[120] = '\0';
    steal(hijack, slice_from_str(login), 0, 600, &heard);
    assert_int_equal(strlen(heard.login), HIJACK_LOGIN_MAX);
    assert_true(heard.verdicts > 0 && heard.evidence[0] != '\0');
    assert_null(strstr(heard.evidence, "to do it"));
    hijack_forgive(hijack, slice_from_str(heard.login), INT64_MAX, NOW + 600 * US_PER_SECOND);
    heard.verdicts = 0;
    steal(hijack, slice_from_str(login), 3000, 600, &heard);
    assert_int_equal(heard.verdicts, 0);
    hijack_free(hijack);
}

/* ---- other names ---- */

static struct slice whose(void *data, struct slice login)
{
    (void)data;
    return slice_eq(login, SLICE("info@jp.test")) ? SLICE("taro@jp.test") : login;
}

/* Half of it by one name and half by the other is the whole, of the account; and so is a pardon. */
static void test_other_names_are_one_account(void **state)
{
    (void)state;
    struct heard heard = {.verdicts = 0};
    struct hijack *hijack = begin(&heard);
    struct hijack_facts facts;
    struct hijack_verdict verdict;
    hijack_name(hijack, whose, NULL);
    for (unsigned i = 0; i < 600; i++)
        steal(hijack, i % 2 ? SLICE("INFO") : SLICE("taro@jp.test"), i, 1, &heard);
    assert_string_equal(heard.login, "taro@jp.test");
    assert_int_equal(hijack_count(hijack), 1);
    assert_true(hijack_look(hijack, SLICE("info"), NOW + 150 * US_PER_SECOND, &facts, &verdict));
    assert_int_equal(facts.recipients, 600);
    hijack_forgive(hijack, SLICE("info"), INT64_MAX, NOW + 160 * US_PER_SECOND);
    heard.verdicts = 0;
    steal(hijack, SLICE("taro"), 3000, 600, &heard);
    assert_int_equal(heard.verdicts, 0);
    hijack_free(hijack);
}

static void test_an_allowance_by_another_name(void **state)
{
    (void)state;
    struct heard heard = {.verdicts = 0};
    struct hijack_rule rule = hijack_rule_default;
    const struct hijack_allowance allow = {SLICE("Info@jp.test"), INT64_MAX};
    struct hijack *hijack = begin(&heard);
    rule.allow = &allow;
    rule.allow_count = 1;
    hijack_configure(hijack, &rule);
    hijack_name(hijack, whose, NULL);
    steal(hijack, SLICE("taro@jp.test"), 0, 600, &heard);
    assert_int_equal(heard.verdicts, 0);
    hijack_free(hijack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_proposed_command_does_no_more_than_it_says),
        cmocka_unit_test(test_a_name_that_is_cut),
        cmocka_unit_test(test_other_names_are_one_account),
        cmocka_unit_test(test_an_allowance_by_another_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
