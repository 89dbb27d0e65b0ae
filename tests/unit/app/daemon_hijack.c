/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done of verdicts on accounts, in mode auto, and what people say of it.
 */
#include "app/daemon_hijack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "app/accounts_fixture.h"
#include "app/daemon_hijack_reader.h"
#include "app/daemon_rulings.h"

static struct daemon_hijack *hijack_new_of(struct accounts_fixture *fixture)
{
    const struct daemon_hijack_options options = {fixture->settings, fixture->log, fixture->metrics,
                                                  fixture->accounts, fixture->channel};
    return daemon_hijack_new(&options);
}

/* As the judge finds it. */
static void order(struct accounts_fixture *fixture, struct daemon_hijack *hijack, const char *login,
                  enum hijack_step step, int64_t now_us)
{
    const struct hijack_verdict verdict = {
        .login = slice_from_str(login), .step = step, .score = 90, .at_us = now_us};
    hijack_channel_order(fixture->channel, &verdict);
    daemon_hijack_turn(hijack, now_us);
}

static void clear(struct daemon_hijack *hijack, const char *login, unsigned kinds, int64_t now_us)
{
    struct daemon_request *request = daemon_request_new(DAEMON_REQUEST_FLAG_ACCOUNT);
    request->account = (struct account_wish){
        .login = slice_from_str(login), .actor = SLICE("kato"), .clear = kinds};
    daemon_hijack_answer(hijack, request, now_us);
    assert_true(request->good);
    daemon_request_unref(request);
    daemon_request_unref(request);
}

/* Who is pardoned, a line each. */
static void take_pardons(struct accounts_fixture *fixture, struct buf *to)
{
    for (struct hijack_pardon *pardon;
         (pardon = hijack_channel_take_pardon(fixture->channel)) != NULL;) {
        buf_add(to, pardon->login);
        buf_add_char(to, '\n');
        mem_free(pardon);
    }
}

static void a_flag_of_a_person_is_left_to_the_person(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    struct err err = {0};
    CLEANUP_BUF struct buf pardons = {0};
    const struct account_flags *flags = daemon_accounts_flags(fixture->accounts);
    assert_true(accounts_flag(fixture, "taro", ACCOUNT_HOLD, "kato", INT64_MAX, T0, &err));
    order(fixture, hijack, "taro@jp.test", HIJACK_HOLD, T0 + 1);
    assert_true(slice_eq(accounts_actor(fixture, "taro@jp.test", ACCOUNT_HOLD), SLICE("kato")));
    assert_true(account_flags_find(flags, SLICE("taro@jp.test"), ACCOUNT_HOLD)->until_us ==
                INT64_MAX);
    clear(hijack, "taro", ACCOUNT_FLAG_BIT(ACCOUNT_HOLD), T0 + 2); /* and is no word about ours */
    take_pardons(fixture, &pardons);
    assert_int_equal(pardons.len, 0);
    /* One that ends sooner is not enough. */
    assert_true(accounts_flag(fixture, "taro", ACCOUNT_HOLD, "kato", T0 + HOUR_US, T0 + 3, &err));
    order(fixture, hijack, "taro@jp.test", HIJACK_HOLD, T0 + 4);
    assert_true(slice_eq(accounts_actor(fixture, "taro@jp.test", ACCOUNT_HOLD), SLICE("todoku")));
    daemon_hijack_free(hijack);
}

static void who_clears_a_flag_pardons(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    CLEANUP_BUF struct buf pardons = {0};
    order(fixture, hijack, "taro@jp.test", HIJACK_HOLD, T0);
    order(fixture, hijack, "taro@jp.test", HIJACK_SUSPEND, T0 + 1);
    clear(hijack, "Taro", ACCOUNT_FLAG_BIT(ACCOUNT_SUSPENDED), T0 + 2);
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)), 0);
    order(fixture, hijack, "taro@jp.test", HIJACK_SUSPEND, T0 + 2); /* was on its way */
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)), 0);
    take_pardons(fixture, &pardons);
    assert_string_equal(buf_str(&pardons), "taro@jp.test\n");
    daemon_hijack_free(hijack);
}

static void a_restart_forgets_no_flag(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    CLEANUP_BUF struct buf pardons = {0};
    order(fixture, hijack, "taro@jp.test", HIJACK_SUSPEND, T0);
    daemon_hijack_free(hijack);
    accounts_again(fixture);
    hijack = hijack_new_of(fixture);
    clear(hijack, "taro@jp.test", ACCOUNT_FLAG_BIT(ACCOUNT_SUSPENDED), T0 + 1);
    take_pardons(fixture, &pardons);
    assert_string_equal(buf_str(&pardons), "taro@jp.test\n");
    daemon_hijack_free(hijack);
}

static void a_flag_that_follows_its_name_is_no_pardon(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    CLEANUP_BUF struct buf pardons = {0};
    order(fixture, hijack, "info@jp.test", HIJACK_SUSPEND, T0);
    accounts_alias(fixture, "info@jp.test");
    daemon_accounts_turn(fixture->accounts, T0 + 1);
    daemon_hijack_turn(hijack, T0 + 2);
    take_pardons(fixture, &pardons);
    assert_int_equal(pardons.len, 0);
    assert_true(
        slice_eq(accounts_actor(fixture, "taro@jp.test", ACCOUNT_SUSPENDED), SLICE("todoku")));
    /* By either name; and an order by the other one was on its way. */
    clear(hijack, "info", ACCOUNT_FLAG_BIT(ACCOUNT_SUSPENDED), T0 + 3);
    order(fixture, hijack, "info@jp.test", HIJACK_SUSPEND, T0 + 3);
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)), 0);
    take_pardons(fixture, &pardons);
    assert_string_equal(buf_str(&pardons), "taro@jp.test\n");
    daemon_hijack_free(hijack);
}

/* On another relay, whose ruling this is; moving a flag to another name is none. */
static void who_is_pardoned_elsewhere_is_so_here(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    CLEANUP_BUF struct buf pardons = {0};
    static const char *const actors[] = {"todoku", "hana"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_BUF struct buf text = {0};
        order(fixture, hijack, "taro@jp.test", HIJACK_HOLD, T0 + 10);
        order(fixture, hijack, "taro@jp.test", HIJACK_SUSPEND, T0 + 10);
        buf_addf(&text, "%lld b flag taro@jp.test suspended 0 %lld 0 %s ",
                 (long long)(T0 + HOUR_US * (int64_t)(i + 1)), (long long)T0, actors[i]);
        const struct slice texts[] = {buf_slice(&text)};
        daemon_rulings_take(fixture->accounts, texts, 1, T0 + 20);
        take_pardons(fixture, &pardons);
        assert_int_equal(accounts_actor(fixture, "taro@jp.test", ACCOUNT_SUSPENDED).len, 0);
        assert_int_equal(accounts_actor(fixture, "taro@jp.test", ACCOUNT_HOLD).len > 0, i == 0);
    }
    assert_string_equal(buf_str(&pardons), "taro@jp.test\n");
    daemon_hijack_free(hijack);
}

static void what_has_no_room_is_no_pardon(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    CLEANUP_BUF struct buf pardons = {0};
    accounts_fill(fixture);
    order(fixture, hijack, "taro@jp.test", HIJACK_HOLD, T0);
    daemon_hijack_turn(hijack, T0 + 1);
    take_pardons(fixture, &pardons);
    assert_int_equal(pardons.len, 0);
    daemon_hijack_free(hijack);
}

static void nothing_is_done_by_a_name_that_may_be_cut(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct daemon_hijack *hijack = hijack_new_of(fixture);
    char login[97];
    memset(login, 'a', sizeof(login));
    memcpy(login + 10, "@jp.test.", 9);
    login[96] = '\0';
    order(fixture, hijack, login, HIJACK_SUSPEND, T0);
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)), 0);
    login[95] = '\0';
    order(fixture, hijack, login, HIJACK_SUSPEND, T0);
    assert_int_equal(account_flags_count(daemon_accounts_flags(fixture->accounts)), 1);
    daemon_hijack_free(hijack);
}

/* What the log says has the name that was typed; the reader learns of names while it runs. */
static void a_log_has_other_names(void **state)
{
    struct accounts_fixture *fixture = *state;
    struct hijack *hijack = hijack_new(&hijack_rule_default);
    const struct hijack_mail mail = {.origin = HIJACK_BY_LOG, .recipients = 1};
    struct hijack_facts facts;
    struct hijack_verdict verdict;
    daemon_hijack_reader_attach(fixture->channel, hijack);
    hijack_take_mail(hijack, SLICE("info@jp.test"), &mail, T0);
    assert_false(hijack_look(hijack, SLICE("taro@jp.test"), T0, &facts, &verdict));
    accounts_alias(fixture, "info@jp.test");
    hijack_take_mail(hijack, SLICE("info@jp.test"), &mail, T0);
    assert_true(hijack_look(hijack, SLICE("taro@jp.test"), T0, &facts, &verdict));
    accounts_alias(fixture, "sales@jp.test");
    hijack_take_mail(hijack, SLICE("sales@jp.test"), &mail, T0);
    assert_true(hijack_look(hijack, SLICE("taro@jp.test"), T0, &facts, &verdict));
    assert_int_equal(facts.recipients, 2);
    hijack_free(hijack);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, accounts_begin, accounts_end)
    const struct CMUnitTest tests[] = {
        TEST(a_flag_of_a_person_is_left_to_the_person),
        TEST(who_clears_a_flag_pardons),
        TEST(a_restart_forgets_no_flag),
        TEST(a_flag_that_follows_its_name_is_no_pardon),
        TEST(who_is_pardoned_elsewhere_is_so_here),
        TEST(what_has_no_room_is_no_pardon),
        TEST(nothing_is_done_by_a_name_that_may_be_cut),
        TEST(a_log_has_other_names),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
