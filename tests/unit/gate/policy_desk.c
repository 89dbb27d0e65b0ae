/* SPDX-License-Identifier: Apache-2.0
 *
 * The stages of a message as Postfix asks at them: what is counted, once; what is said where; and
 * who is left alone.
 */
#include "gate/policy_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define NOW_US (INT64_C(1790000000) * 1000000)
#define TEXT(text) ((struct slice){text, sizeof(text) - 1})

struct rig {
    struct limit_rule rules[4];
    struct policy_terms terms;
    struct policy_desk *desk;
    struct policy_decision decision;
    char said[POLICY_ACTION_MAX + 1];
};

static struct limit_rule rule(const char *name, enum limit_unit unit, uint32_t count,
                              enum limit_action action)
{
    return (struct limit_rule){
        .name = slice_from_str(name),
        .key = LIMIT_LOGIN,
        .unit = unit,
        .count = count,
        .within_us = HOUR_US,
        .action = action,
        .text = TEXT("{rule}"),
    };
}

static void begin(struct rig *rig, size_t rules)
{
    rig->terms.limits = (struct limit_rules){rig->rules, rules};
    rig->terms.keys = 100;
    rig->desk = policy_desk_new(&rig->terms, 100);
}

static struct policy_request message(enum policy_stage stage, const char *login, const char *id,
                                     uint32_t recipients)
{
    return (struct policy_request){
        .stage = stage,
        .client_address = TEXT("192.0.2.7"),
        .sender = TEXT("x@jp.test"),
        .instance = slice_from_str(id),
        .queue_id = slice_from_str(stage == POLICY_STAGE_RCPT ? "" : id),
        .sasl_username = slice_from_str(login),
        .recipient_count = recipients,
        .size = 2048,
    };
}

static const char *ask(struct rig *rig, const struct policy_request *request)
{
    CLEANUP_BUF struct buf action = {0};
    policy_desk_answer(rig->desk, SLICE("relay1"), request, NOW_US, &action, &rig->decision);
    snprintf(rig->said, sizeof(rig->said), "%s", buf_str(&action));
    return rig->said;
}

static const char *send(struct rig *rig, const char *login, const char *id, uint32_t recipients)
{
    struct policy_request request = message(POLICY_STAGE_DATA, login, id, recipients);
    return ask(rig, &request);
}

static uint64_t used(struct rig *rig, size_t which)
{
    const struct limit_subject who = {.login = TEXT("taro")};
    return limit_gate_used(policy_desk_limits(rig->desk), &who, &rig->rules[which], NOW_US);
}

static void counted_once(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER),
                                rule("mails", LIMIT_MESSAGES, 100, LIMIT_DEFER),
                                rule("bytes", LIMIT_KIBIBYTES, 1000, LIMIT_DEFER)}};
    begin(&rig, 3);
    struct policy_request rcpt = message(POLICY_STAGE_RCPT, "taro", "a.1", 0);
    for (int i = 0; i < 20; i++)
        assert_string_equal(ask(&rig, &rcpt), "DUNNO");
    assert_int_equal(used(&rig, 0), 0);
    assert_string_equal(send(&rig, "taro", "a.1", 20), "DUNNO");
    assert_true(rig.decision.counted && !rig.decision.again);
    assert_string_equal(send(&rig, "taro", "a.1", 20), "DUNNO"); /* the answer was lost */
    assert_true(rig.decision.again && !rig.decision.counted);
    struct policy_request end = message(POLICY_STAGE_END_OF_MESSAGE, "taro", "a.1", 20);
    end.size = 10240;
    assert_string_equal(ask(&rig, &end), "DUNNO");
    assert_string_equal(ask(&rig, &end), "DUNNO");
    assert_int_equal(used(&rig, 0), 20);
    assert_int_equal(used(&rig, 1), 1);
    assert_int_equal(used(&rig, 2), 10);
    assert_string_equal(send(&rig, "taro", "a.2", 1), "DUNNO"); /* the next of the session */
    assert_int_equal(used(&rig, 1), 2);
    policy_desk_free(rig.desk);
}

static void refused(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER)}};
    begin(&rig, 1);
    assert_string_equal(send(&rig, "taro", "a.1", 1000), "450 4.7.1 hour");
    assert_false(rig.decision.counted);
    assert_int_equal(used(&rig, 0), 0); /* refused mail fills nothing */
    assert_string_equal(send(&rig, "taro", "a.1", 1000), "450 4.7.1 hour");
    assert_true(rig.decision.again);
    assert_string_equal(send(&rig, "taro", "a.2", 500), "DUNNO");
    struct policy_request rcpt = message(POLICY_STAGE_RCPT, "taro", "a.3", 0);
    assert_string_equal(ask(&rig, &rcpt), "450 4.7.1 hour"); /* at the first recipient */
    rcpt.sasl_username = TEXT("jiro");
    assert_string_equal(ask(&rig, &rcpt), "DUNNO");
    policy_desk_free(rig.desk);
}

/* What lets a message pass is said once, where it is counted. */
static void held(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 1, LIMIT_HOLD)}};
    begin(&rig, 1);
    assert_string_equal(send(&rig, "taro", "a.1", 1), "DUNNO");
    struct policy_request rcpt = message(POLICY_STAGE_RCPT, "taro", "a.2", 0);
    assert_string_equal(ask(&rig, &rcpt), "DUNNO");
    assert_string_equal(send(&rig, "taro", "a.2", 3), "HOLD hour");
    assert_true(rig.decision.counted && rig.decision.answer.over);
    assert_string_equal(send(&rig, "taro", "a.2", 3), "HOLD hour");
    assert_int_equal(used(&rig, 0), 4);
    policy_desk_free(rig.desk);
}

static void given_back(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 10, LIMIT_DEFER)}};
    begin(&rig, 1);
    assert_string_equal(send(&rig, "Taro", "a.1", 9), "DUNNO");
    assert_string_equal(send(&rig, "taro", "a.2", 1), "DUNNO");
    assert_false(policy_desk_give_back(rig.desk, SLICE("a.9"), SLICE("taro"), NOW_US));
    assert_false(policy_desk_give_back(rig.desk, SLICE("a.1"), SLICE("jiro"), NOW_US));
    assert_true(policy_desk_give_back(rig.desk, SLICE("a.1"), SLICE("TARO"), NOW_US));
    assert_false(policy_desk_give_back(rig.desk, SLICE("a.1"), SLICE("taro"), NOW_US));
    assert_int_equal(used(&rig, 0), 1);
    assert_string_equal(send(&rig, "taro", "a.3", 11), "450 4.7.1 hour");
    assert_false(policy_desk_give_back(rig.desk, SLICE("a.3"), SLICE("taro"), NOW_US));
    policy_desk_free(rig.desk);
}

static void one_account_has_one_name(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 2, LIMIT_DEFER)},
                      .terms = {.default_domain = TEXT("jp.test")}};
    begin(&rig, 1);
    assert_string_equal(send(&rig, "taro", "a.1", 1), "DUNNO");
    assert_string_equal(send(&rig, "TARO@jp.test", "a.2", 1), "DUNNO");
    assert_string_equal(send(&rig, "Taro@JP.TEST", "a.3", 1), "450 4.7.1 hour");
    policy_desk_free(rig.desk);
}

static void who_is_left_alone(void **state)
{
    (void)state;
    struct ip_network here;
    assert_true(ip_network_parse(SLICE("127.0.0.0/8"), &here));
    static const struct {
        enum policy_stage stage;
        const char *login, *sender, *client;
        bool exempt, passes;
    } rows[] = {
        {POLICY_STAGE_DATA, "taro", "x@jp.test", "192.0.2.7", false, false},
        {POLICY_STAGE_DATA, "taro", "", "192.0.2.7", false, false},
        {POLICY_STAGE_DATA, "taro", "x@jp.test", "127.0.0.1", false, false},
        {POLICY_STAGE_DATA, "", "", "192.0.2.7", true, true},
        {POLICY_STAGE_DATA, "", "x@jp.test", "127.0.0.1", true, true},
        {POLICY_STAGE_RCPT, "", "x@jp.test", "127.0.0.1", true, true},
        {POLICY_STAGE_DATA, "", "x@jp.test", "192.0.2.7", false, false},
        {POLICY_STAGE_DATA, "", "x@jp.test", "unknown", false, true},
        {POLICY_STAGE_MAIL, "taro", "x@jp.test", "192.0.2.7", false, true},
        {POLICY_STAGE_OTHER, "taro", "x@jp.test", "192.0.2.7", false, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rig rig = {.rules = {rule("login", LIMIT_RECIPIENTS, 0, LIMIT_REJECT),
                                    rule("client", LIMIT_RECIPIENTS, 0, LIMIT_REJECT)},
                          .terms = {.exempt = &here, .exempt_count = 1}};
        rig.rules[1].key = LIMIT_CLIENT;
        begin(&rig, 2);
        struct policy_request request = message(rows[i].stage, rows[i].login, "a.1", 1);
        request.sender = slice_from_str(rows[i].sender);
        request.client_address = slice_from_str(rows[i].client);
        bool passes = strcmp(ask(&rig, &request), "DUNNO") == 0;
        if (passes != rows[i].passes || rig.decision.exempt != rows[i].exempt)
            fail_msg("row %zu: %s", i, rig.said);
        policy_desk_free(rig.desk);
    }
}

/* Two relays may have the same instance; a request without one is counted each time. */
static void which_message(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 100, LIMIT_DEFER)}};
    begin(&rig, 1);
    struct policy_request request = message(POLICY_STAGE_DATA, "taro", "a.1", 3);
    const char *relays[] = {"relay1", "relay2", "relay1"};
    for (size_t i = 0; i < 3; i++) {
        CLEANUP_BUF struct buf action = {0};
        policy_desk_answer(rig.desk, slice_from_str(relays[i]), &request, NOW_US, &action,
                           &rig.decision);
    }
    assert_int_equal(used(&rig, 0), 6);
    assert_string_equal(send(&rig, "taro", "", 1), "DUNNO");
    assert_string_equal(send(&rig, "taro", "", 1), "DUNNO");
    assert_int_equal(used(&rig, 0), 8);
    policy_desk_free(rig.desk);
}

/* Nobody knows, so that this relay's part decides: of two relays. */
static bool nobody_knows(void *context, const struct limit_question *question, uint32_t *relays,
                         struct limit_answer *out)
{
    (void)question, (void)out;
    *relays = *(uint32_t *)context;
    return false;
}

/* What was counted by a relay's part is given back as it was counted, however many there are by
 * then. */
static void a_part_is_given_back(void **state)
{
    (void)state;
    uint32_t relays = 2;
    struct rig rig = {.rules = {rule("bucket", LIMIT_RECIPIENTS, 100, LIMIT_DEFER)}};
    rig.rules[0].window = LIMIT_BUCKET;
    rig.rules[0].burst = 100;
    begin(&rig, 1);
    limit_gate_elsewhere(policy_desk_limits(rig.desk), nobody_knows, &relays);
    assert_string_equal(send(&rig, "taro", "a.1", 50), "DUNNO");
    assert_string_equal(send(&rig, "taro", "a.2", 1), "450 4.7.1 bucket");
    relays = 1;
    assert_true(policy_desk_give_back(rig.desk, SLICE("a.1"), SLICE("taro"), NOW_US));
    assert_string_equal(send(&rig, "taro", "a.3", 100), "DUNNO");
    policy_desk_free(rig.desk);
}

static void a_reload_keeps_the_counts(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 100, LIMIT_DEFER)}};
    begin(&rig, 1);
    assert_string_equal(send(&rig, "taro", "a.1", 60), "DUNNO");
    rig.rules[1] = rule("less", LIMIT_RECIPIENTS, 50, LIMIT_REJECT);
    rig.terms.limits = (struct limit_rules){&rig.rules[1], 1};
    policy_desk_configure(rig.desk, &rig.terms);
    assert_string_equal(send(&rig, "taro", "a.2", 1), "550 5.7.1 less");
    assert_true(policy_desk_give_back(rig.desk, SLICE("a.1"), SLICE("taro"), NOW_US));
    assert_string_equal(send(&rig, "taro", "a.3", 50), "DUNNO");
    policy_desk_free(rig.desk);
}

static void a_reload_for_more_logins(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 100, LIMIT_DEFER)}};
    struct limit_gate_counts counts;
    begin(&rig, 1);
    rig.terms.keys = 1000;
    policy_desk_configure(rig.desk, &rig.terms);
    for (int i = 0; i < 500; i++) {
        char login[8];
        snprintf(login, sizeof(login), "u%d", i);
        assert_string_equal(send(&rig, login, login, 1), "DUNNO");
    }
    limit_gate_counts(policy_desk_limits(rig.desk), &counts);
    assert_int_equal(counts.keys, 500);
    policy_desk_free(rig.desk);
}

/* ---- flags ---- */

static void set(struct rig *rig, enum account_flag_kind kind, const char *login, int64_t until_us)
{
    const struct account_flag flag = {.kind = kind,
                                      .since_us = NOW_US - 1,
                                      .until_us = until_us,
                                      .login = slice_from_str(login),
                                      .reason = TEXT("evidence")};
    assert_true(account_flags_put(policy_desk_flags(rig->desk), account_flag_new(&flag)));
}

static void a_flag_that_refuses(void **state)
{
    (void)state;
    static const struct {
        enum account_flag_kind kind;
        const char *says;
    } cases[] = {
        {ACCOUNT_SUSPENDED, "550 5.7.1 taro is suspended"},
        {ACCOUNT_NO_SEND, "550 5.7.1 taro may not send"},
        {ACCOUNT_DEFER, "450 4.7.1 sending by taro is put off"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER)}};
        begin(&rig, 1);
        assert_string_equal(send(&rig, "taro", "a.0", 3), "DUNNO");
        set(&rig, cases[i].kind, "taro", INT64_MAX);
        static const enum policy_stage stages[] = {POLICY_STAGE_RCPT, POLICY_STAGE_DATA,
                                                   POLICY_STAGE_END_OF_MESSAGE};
        for (size_t k = 0; k < 3; k++) {
            struct policy_request request = message(stages[k], "TARO", "a.1", 20);
            assert_int_equal(strncmp(ask(&rig, &request), cases[i].says, strlen(cases[i].says)), 0);
            assert_null(strstr(rig.said, "evidence"));
            assert_true(rig.decision.flag != NULL && !rig.decision.counted);
        }
        struct policy_request mail = message(POLICY_STAGE_MAIL, "taro", "a.2", 0);
        assert_string_equal(ask(&rig, &mail), "DUNNO");
        assert_string_equal(send(&rig, "jiro", "a.3", 1), "DUNNO");
        assert_string_equal(send(&rig, "", "a.4", 1), "DUNNO");
        assert_int_equal(used(&rig, 0), 3); /* refused mail fills nothing */
        policy_desk_free(rig.desk);
    }
}

static void a_flag_that_lets_pass(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER),
                                rule("many", LIMIT_RECIPIENTS, 100, LIMIT_WARN)},
                      .terms = {.slow_transport = TEXT("slow")}};
    begin(&rig, 2);
    set(&rig, ACCOUNT_SLOW, "taro", INT64_MAX);
    struct policy_request rcpt = message(POLICY_STAGE_RCPT, "taro", "a.1", 0);
    assert_string_equal(ask(&rig, &rcpt), "DUNNO");
    assert_string_equal(send(&rig, "taro", "a.1", 90), "FILTER slow:");
    assert_string_equal(send(&rig, "taro", "a.2", 90), "FILTER slow:"); /* sterner than WARN */
    set(&rig, ACCOUNT_HOLD, "taro", INT64_MAX);
    assert_string_equal(send(&rig, "taro", "a.3", 300), "HOLD taro: mail is held for a check");
    assert_true(rig.decision.counted && rig.decision.flag != NULL);
    assert_string_equal(send(&rig, "taro", "a.4", 300), "450 4.7.1 hour"); /* sterner than HOLD */
    assert_null(rig.decision.flag);
    assert_int_equal(used(&rig, 0), 480);
    policy_desk_free(rig.desk);
}

static void a_flag_that_is_over_or_not_about_sending(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER)}};
    begin(&rig, 1);
    set(&rig, ACCOUNT_SUSPENDED, "taro", NOW_US);
    set(&rig, ACCOUNT_NO_LOGIN, "taro", INT64_MAX);
    set(&rig, ACCOUNT_NOTE, "taro", INT64_MAX);
    assert_string_equal(send(&rig, "taro", "a.1", 1), "DUNNO");
    set(&rig, ACCOUNT_SUSPENDED, "taro", NOW_US + 1);
    assert_int_equal(strncmp(send(&rig, "taro", "a.2", 1), "550 ", 4), 0);
    account_flags_replace(policy_desk_flags(rig.desk), account_flags_new(10));
    assert_string_equal(send(&rig, "taro", "a.3", 1), "DUNNO");
    policy_desk_free(rig.desk);
}

static struct account_book *book_of(const char *login, const char *account_class, const char *alias)
{
    static const struct account_book_options none;
    struct account_book *book = account_book_new(&none);
    const struct account_name account = {.login = slice_from_str(login),
                                         .account_class = slice_from_str(account_class)};
    const struct account_name other = {.login = slice_from_str(alias),
                                       .account = slice_from_str(login)};
    account_book_add(book, &account);
    account_book_add(book, &other);
    account_book_finish(book);
    return book;
}

/* Those of the account beside those of todoku: the sternest is said. */
static void flags_that_stand_with_the_account(void **state)
{
    (void)state;
    static const struct {
        const char *listed;
        bool own_hold;
        const char *said; /* how it begins */
    } rows[] = {
        {"", false, "DUNNO"},        {"no-login note", false, "DUNNO"},
        {"hold", false, "HOLD "},    {"note,no-send", false, "550 "},
        {"nonsense", true, "HOLD "}, {"slow", true, "HOLD "},
        {"suspended", true, "550 "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER)}};
        static const struct account_book_options none;
        struct account_book *book = account_book_new(&none);
        const struct account_name account = {.login = SLICE("taro"),
                                             .flags = slice_from_str(rows[i].listed)};
        const struct account_name alias = {.login = SLICE("info"), .account = SLICE("taro")};
        account_book_add(book, &account);
        account_book_add(book, &alias);
        account_book_finish(book);
        begin(&rig, 1);
        policy_desk_put_accounts(rig.desk, book);
        if (rows[i].own_hold)
            set(&rig, ACCOUNT_HOLD, "taro", INT64_MAX);
        struct slice said = slice_from_str(send(&rig, "info", "a.1", 1));
        assert_true(slice_starts_with(said, slice_from_str(rows[i].said)));
        policy_desk_free(rig.desk);
    }
}

/* By whatever name: one account, its class, its flags; and so it is given back. */
static void other_names(void **state)
{
    static const struct limit_level levels[] = {{LIMIT_OF_CLASS, {"business", 8}, 20}};
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 10, LIMIT_DEFER)}};
    rig.rules[0].levels = levels;
    rig.rules[0].level_count = 1;
    begin(&rig, 1);
    assert_string_equal(send(&rig, "info", "a.0", 10), "DUNNO"); /* nobody knows whose it is */
    policy_desk_put_accounts(rig.desk, book_of("taro", "business", "info"));
    assert_string_equal(send(&rig, "Info", "a.1", 15), "DUNNO");
    assert_true(slice_eq(rig.decision.login, SLICE("taro")));
    assert_int_equal(used(&rig, 0), 15);
    assert_string_equal(send(&rig, "taro", "a.2", 6), "450 4.7.1 hour");
    assert_string_equal(send(&rig, "jiro", "a.3", 11), "450 4.7.1 hour");
    assert_true(policy_desk_give_back(rig.desk, SLICE("a.1"), SLICE("INFO"), NOW_US));
    assert_int_equal(used(&rig, 0), 0);
    assert_string_equal(send(&rig, "taro", "a.4", 20), "DUNNO");
    const struct account_flag flag = {
        .kind = ACCOUNT_SUSPENDED, .since_us = 1, .until_us = INT64_MAX, .login = TEXT("taro")};
    assert_true(account_flags_put(policy_desk_flags(rig.desk), account_flag_new(&flag)));
    send(&rig, "info", "a.5", 1);
    assert_non_null(rig.decision.flag);
    policy_desk_put_accounts(rig.desk, book_of("taro", "", "other"));
    assert_string_equal(send(&rig, "info", "a.6", 1), "450 4.7.1 hour"); /* its own of before */
    policy_desk_free(rig.desk);
}

static void give(struct rig *rig, const char *login, const char *rule, uint32_t count,
                 int64_t until_us)
{
    const struct limit_override one = {.temporary = until_us != INT64_MAX,
                                       .count = count,
                                       .since_us = 1,
                                       .until_us = until_us,
                                       .login = slice_from_str(login),
                                       .rule = slice_from_str(rule)};
    assert_true(limit_overrides_put(policy_desk_overrides(rig->desk), limit_override_new(&one)));
}

static void a_number_of_its_own(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER)}};
    begin(&rig, 1);
    assert_string_equal(send(&rig, "taro", "a.1", 500), "DUNNO");
    assert_string_equal(send(&rig, "taro", "a.2", 1), "450 4.7.1 hour");
    give(&rig, "taro", "hour", 600, NOW_US + 1);
    assert_string_equal(send(&rig, "taro", "a.3", 100), "DUNNO");
    assert_string_equal(send(&rig, "jiro", "b.1", 501), "450 4.7.1 hour");
    give(&rig, "taro", "hour", 1000, NOW_US); /* over */
    assert_string_equal(send(&rig, "taro", "a.4", 1), "450 4.7.1 hour");
    give(&rig, "taro", "hour", 0, INT64_MAX);
    assert_string_equal(send(&rig, "taro", "a.5", 1), "450 4.7.1 hour");
    policy_desk_put_overrides(rig.desk, limit_overrides_new(10));
    give(&rig, "taro", "hour", 601, INT64_MAX);
    assert_string_equal(send(&rig, "taro", "a.6", 1), "DUNNO");
    assert_int_equal(used(&rig, 0), 601);
    assert_true(policy_desk_give_back(rig.desk, TEXT("a.3"), TEXT("taro"), NOW_US));
    assert_int_equal(used(&rig, 0), 501);
    policy_desk_free(rig.desk);
}

static void forgotten(void **state)
{
    (void)state;
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER),
                                rule("mails", LIMIT_MESSAGES, 100, LIMIT_DEFER),
                                rule("place", LIMIT_RECIPIENTS, 500, LIMIT_DEFER)}};
    rig.rules[2].key = LIMIT_LOGIN | LIMIT_CLIENT;
    begin(&rig, 3);
    struct limit_gate *gate = policy_desk_limits(rig.desk);
    struct limit_subject who = {.login = TEXT("taro")};
    (void)ip_address_parse(TEXT("192.0.2.7"), &who.client);
    send(&rig, "taro", "a.1", 500);
    send(&rig, "taro2", "b.1", 7);
    assert_int_equal(limit_gate_used(gate, &who, &rig.rules[2], NOW_US), 500);
    (void)limit_gate_forget(gate, TEXT("taro"), TEXT("mails"));
    assert_int_equal(used(&rig, 1), 0);
    assert_int_equal(used(&rig, 0), 500);
    assert_int_equal(limit_gate_forget(gate, TEXT("taro"), TEXT("")), 2);
    assert_int_equal(used(&rig, 0), 0);
    assert_int_equal(limit_gate_used(gate, &who, &rig.rules[2], NOW_US), 0);
    who.login = TEXT("taro2");
    assert_int_equal(limit_gate_used(gate, &who, &rig.rules[0], NOW_US), 7);
    assert_int_equal(limit_gate_used(gate, &who, &rig.rules[2], NOW_US), 7);
    assert_string_equal(send(&rig, "taro", "a.2", 500), "DUNNO");
    policy_desk_free(rig.desk);
}

static void add_usage(void *context, const struct policy_usage *usage)
{
    buf_addf(context, "%.*s:%d:%llu/%u:%d ", SLICE_ARG(usage->hit.rule->name), usage->concerns,
             (unsigned long long)usage->hit.used, usage->hit.most, usage->hit.room_us > NOW_US);
}

static void shown(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf text = {0};
    struct rig rig = {.rules = {rule("hour", LIMIT_RECIPIENTS, 500, LIMIT_DEFER),
                                rule("once", LIMIT_RECIPIENTS, 1000, LIMIT_REJECT),
                                rule("web", LIMIT_RECIPIENTS, 50, LIMIT_WARN),
                                rule("none", LIMIT_RECIPIENTS, 0, LIMIT_WARN)}};
    rig.rules[1].within_us = 0;
    rig.rules[2].key = LIMIT_CLIENT;
    begin(&rig, 4);
    send(&rig, "taro", "a.1", 500);
    give(&rig, "taro", "once", 3, INT64_MAX);
    policy_desk_usage(rig.desk, TEXT("taro"), NOW_US, add_usage, &text);
    assert_string_equal(buf_str(&text), "hour:1:500/500:1 once:1:0/3:0 web:0:0/50:0 none:1:0/0:1 ");
    policy_desk_free(rig.desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_once),
        cmocka_unit_test(refused),
        cmocka_unit_test(held),
        cmocka_unit_test(given_back),
        cmocka_unit_test(one_account_has_one_name),
        cmocka_unit_test(who_is_left_alone),
        cmocka_unit_test(which_message),
        cmocka_unit_test(a_part_is_given_back),
        cmocka_unit_test(a_reload_keeps_the_counts),
        cmocka_unit_test(a_reload_for_more_logins),
        cmocka_unit_test(a_flag_that_refuses),
        cmocka_unit_test(a_flag_that_lets_pass),
        cmocka_unit_test(a_flag_that_is_over_or_not_about_sending),
        cmocka_unit_test(flags_that_stand_with_the_account),
        cmocka_unit_test(other_names),
        cmocka_unit_test(a_number_of_its_own),
        cmocka_unit_test(forgotten),
        cmocka_unit_test(shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
