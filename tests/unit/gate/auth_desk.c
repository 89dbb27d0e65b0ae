/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is let in: in which order things are asked, what the client learns of it, and what holds
 * while others are away.
 */
#include "gate/auth_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate/auth_words.h"

#define T0 INT64_C(1790000000000000)
#define SECOND INT64_C(1000000)
#define ALL_METHODS (1u << AUTH_PLAIN | 1u << AUTH_CRAM_MD5 | 1u << AUTH_APOP | 1u << AUTH_EXTERNAL)

struct rig {
    struct auth_desk *desk;
    struct auth_terms terms;
    struct auth_attempt attempt;
    struct account_row row; /* what the driver has */
    int64_t now_us;
};

static const struct auth_caller nginx = {.is_unix = true};

static struct backend_place place(const char *ip, uint16_t port)
{
    struct backend_place at = {.port = port};
    assert_true(ip_address_parse(slice_from_str(ip), &at.ip));
    return at;
}

static void begin(struct rig *rig)
{
    static const struct guess_room room = GUESS_ROOM_DEFAULT;
    static const unsigned char key[CREDENTIAL_KEY_BYTES];
    const struct credential_terms cache = {3600 * SECOND, INT64_MAX};
    const struct backend_terms backends = {
        .defaults =
            {[AUTH_IMAP] = place("192.0.2.21", 143), [AUTH_SMTP] = place("192.0.2.31", 587)},
        .health = true};
    if (rig->terms.methods == 0)
        rig->terms.methods = ALL_METHODS;
    rig->terms.known_max = 100;
    rig->now_us = T0;
    const struct auth_desk_parts parts = {.guard = guess_guard_new(&guess_terms_default, &room, T0),
                                          .cache = credential_cache_new(key, 100, &cache),
                                          .backends = backend_book_new(&backends)};
    rig->desk = auth_desk_new(&rig->terms, &parts);
    rig->row = (struct account_row){.login = SLICE("taro@jp.test"),
                                    .secret = SLICE("{PLAIN}secret"),
                                    .protocols = ~0u,
                                    .valid_until_us = INT64_MAX};
}

static void forget(struct rig *rig)
{
    auth_attempt_done(&rig->attempt);
    if (rig->attempt.arena != NULL)
        arena_free(rig->attempt.arena);
    rig->attempt = (struct auth_attempt){0};
}

static void end(struct rig *rig)
{
    forget(rig);
    auth_desk_free(rig->desk);
}

static enum auth_step ask(struct rig *rig, const char *user, const char *secret,
                          enum auth_protocol protocol)
{
    forget(rig);
    rig->attempt.arena = arena_new(1024);
    rig->attempt.request = (struct auth_request){.method = AUTH_PLAIN,
                                                 .protocol = protocol,
                                                 .user = slice_from_str(user),
                                                 .secret = slice_from_str(secret),
                                                 .attempt = 1};
    assert_true(ip_address_parse(SLICE("198.51.100.7"), &rig->attempt.request.client));
    return auth_desk_begin(rig->desk, &nginx, &rig->attempt, rig->now_us);
}

/* The driver answers, and then who compares secrets: as the real ones do, but at once. */
static enum auth_result go_on(struct rig *rig, enum auth_step step)
{
    if (step == AUTH_STEP_FIND) {
        bool is = slice_eq(rig->attempt.login, rig->row.login);
        if (is)
            auth_attempt_take(&rig->attempt, auth_account_new(&rig->row));
        step = auth_desk_found(rig->desk, &rig->attempt, is ? ACCOUNT_FOUND : ACCOUNT_UNKNOWN,
                               rig->now_us);
    }
    if (step == AUTH_STEP_CHECK) {
        struct slice right = slice_skip(rig->row.secret, 7);
        bool is = rig->attempt.exists && slice_eq(rig->attempt.request.secret, right);
        step = auth_desk_checked(rig->desk, &rig->attempt, is ? SECRET_RIGHT : SECRET_WRONG, 0,
                                 rig->now_us);
    }
    assert_int_equal(step, AUTH_STEP_DONE);
    return rig->attempt.result;
}

static enum auth_result login(struct rig *rig, const char *user, const char *secret)
{
    return go_on(rig, ask(rig, user, secret, AUTH_IMAP));
}

static bool says(struct rig *rig, const char *what)
{
    CLEANUP_BUF struct buf lines = {0};
    auth_desk_reply(rig->desk, &rig->attempt, &lines);
    assert_true(slice_starts_with(buf_slice(&lines), SLICE("Auth-Status: ")));
    return slice_find(buf_slice(&lines), slice_from_str(what)) != NULL;
}

static void the_right_secret_and_its_memory(void **state)
{
    (void)state;
    struct rig rig = {0};
    begin(&rig);
    assert_int_equal(login(&rig, "taro@jp.test", "secret"), AUTH_RESULT_PASSED);
    assert_false(rig.attempt.cached);
    assert_true(says(&rig, "Auth-Server: 192.0.2.21\r\n") && says(&rig, "Auth-Port: 143\r\n"));
    assert_int_equal(ask(&rig, "taro@jp.test", "secret", AUTH_IMAP), AUTH_STEP_DONE);
    assert_true(rig.attempt.cached && rig.attempt.result == AUTH_RESULT_PASSED);
    assert_int_equal(ask(&rig, "taro@jp.test", "secret", AUTH_SMTP), AUTH_STEP_DONE);
    assert_true(says(&rig, "Auth-Port: 587\r\n"));
    assert_int_equal(login(&rig, "taro@jp.test", "Secret"), AUTH_RESULT_WRONG);
    assert_false(says(&rig, "Auth-Server"));
    end(&rig);
}

/* What was changed is looked up again: the same secret needs no computing, another one does. */
static void a_change_is_heard_at_once(void **state)
{
    (void)state;
    struct rig rig = {0};
    begin(&rig);
    login(&rig, "taro@jp.test", "secret");
    auth_desk_accounts_changed(rig.desk);
    assert_int_equal(ask(&rig, "taro@jp.test", "secret", AUTH_IMAP), AUTH_STEP_FIND);
    assert_int_equal(go_on(&rig, AUTH_STEP_FIND), AUTH_RESULT_PASSED);
    assert_true(rig.attempt.cached);
    rig.row.secret = SLICE("{PLAIN}another");
    auth_desk_accounts_changed(rig.desk);
    assert_int_equal(login(&rig, "taro@jp.test", "secret"), AUTH_RESULT_WRONG);
    assert_int_equal(login(&rig, "taro@jp.test", "another"), AUTH_RESULT_PASSED);
    auth_desk_account_changed(rig.desk, SLICE("taro@jp.test"));
    assert_int_equal(ask(&rig, "taro@jp.test", "another", AUTH_IMAP), AUTH_STEP_FIND);
    end(&rig);
}

static void while_the_database_is_away(void **state)
{
    (void)state;
    struct rig rig = {0};
    begin(&rig);
    login(&rig, "taro@jp.test", "secret");
    auth_desk_accounts_changed(rig.desk);
    assert_int_equal(ask(&rig, "taro@jp.test", "secret", AUTH_IMAP), AUTH_STEP_FIND);
    assert_int_equal(auth_desk_found(rig.desk, &rig.attempt, ACCOUNT_TROUBLE, rig.now_us),
                     AUTH_STEP_DONE);
    assert_int_equal(rig.attempt.result, AUTH_RESULT_PASSED);
    assert_int_equal(ask(&rig, "taro@jp.test", "other", AUTH_IMAP), AUTH_STEP_FIND);
    assert_int_equal(auth_desk_found(rig.desk, &rig.attempt, ACCOUNT_TROUBLE, rig.now_us),
                     AUTH_STEP_DONE);
    assert_int_equal(rig.attempt.result, AUTH_RESULT_TROUBLE);
    assert_true(says(&rig, "[UNAVAILABLE]") && !says(&rig, "Auth-Server"));
    end(&rig);
}

/* The client cannot tell one from the other, and neither from a denial without a look. */
static void nobody_and_a_wrong_secret_are_one(void **state)
{
    (void)state;
    struct rig rig = {0};
    CLEANUP_BUF struct buf wrong = {0}, nobody = {0};
    begin(&rig);
    assert_int_equal(login(&rig, "taro@jp.test", "no"), AUTH_RESULT_WRONG);
    auth_desk_reply(rig.desk, &rig.attempt, &wrong);
    assert_int_equal(ask(&rig, "jiro@jp.test", "no", AUTH_IMAP), AUTH_STEP_FIND);
    assert_int_equal(auth_desk_found(rig.desk, &rig.attempt, ACCOUNT_UNKNOWN, rig.now_us),
                     AUTH_STEP_CHECK); /* a secret is computed all the same */
    assert_int_equal(go_on(&rig, AUTH_STEP_CHECK), AUTH_RESULT_UNKNOWN);
    auth_desk_reply(rig.desk, &rig.attempt, &nobody);
    assert_true(slice_eq(buf_slice(&wrong), buf_slice(&nobody)));
    end(&rig);
}

static void who_guesses_is_denied_without_a_look(void **state)
{
    (void)state;
    struct rig rig = {0};
    begin(&rig);
    enum auth_step step = AUTH_STEP_FIND;
    for (int i = 0; i < 50 && step == AUTH_STEP_FIND; i++) {
        char secret[16];
        snprintf(secret, sizeof(secret), "guess%d", i);
        step = ask(&rig, "taro@jp.test", secret, AUTH_IMAP);
        if (step == AUTH_STEP_FIND)
            assert_int_equal(go_on(&rig, step), AUTH_RESULT_WRONG);
    }
    assert_int_equal(step, AUTH_STEP_DONE);
    assert_int_equal(rig.attempt.result, AUTH_RESULT_GUESSING);
    assert_true(says(&rig, "[AUTHENTICATIONFAILED]") && says(&rig, "Auth-Wait: "));
    end(&rig);
}

/* Only who has the secret learns what is in the way. */
static void what_an_account_may(void **state)
{
    (void)state;
    static const struct {
        const char *flags, *networks;
        unsigned protocols;
        int64_t until_us;
        enum auth_protocol protocol;
        enum auth_result result;
    } rows[] = {
        {"", "", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_PASSED},
        {"suspended", "", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_FLAGGED},
        {"no-login", "", ~0u, INT64_MAX, AUTH_SMTP, AUTH_RESULT_FLAGGED},
        {"password-reset", "", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_FLAGGED},
        {"no-send", "", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_PASSED},
        {"no-send", "", ~0u, INT64_MAX, AUTH_SMTP, AUTH_RESULT_FLAGGED},
        {"note hold", "", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_PASSED},
        {"suspendet", "", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_ACCOUNT},
        {"", "198.51.100.0/24 2001:db8::/32", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_PASSED},
        {"", "192.0.2.0/24", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_NETWORK},
        {"", "192.0.2.0/33", ~0u, INT64_MAX, AUTH_IMAP, AUTH_RESULT_ACCOUNT},
        {"", "", 1u << AUTH_SMTP, INT64_MAX, AUTH_SMTP, AUTH_RESULT_PASSED},
        {"", "", 1u << AUTH_SMTP, INT64_MAX, AUTH_IMAP, AUTH_RESULT_PROTOCOL},
        {"", "", ~0u, T0, AUTH_IMAP, AUTH_RESULT_EXPIRED},
        {"", "", ~0u, T0 + 1, AUTH_IMAP, AUTH_RESULT_PASSED},
        {"", "", ~0u, INT64_MAX, AUTH_SIEVE, AUTH_RESULT_SERVER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rig rig = {0};
        begin(&rig);
        rig.row.flags = slice_from_str(rows[i].flags);
        rig.row.networks = slice_from_str(rows[i].networks);
        rig.row.protocols = rows[i].protocols;
        rig.row.valid_until_us = rows[i].until_us;
        assert_int_equal(go_on(&rig, ask(&rig, "taro@jp.test", "secret", rows[i].protocol)),
                         rows[i].result);
        assert_int_equal(says(&rig, "Auth-Server"), rows[i].result == AUTH_RESULT_PASSED);
        assert_int_equal(go_on(&rig, ask(&rig, "taro@jp.test", "wrong", rows[i].protocol)),
                         AUTH_RESULT_WRONG);
        end(&rig);
    }
}

static void our_own_flags_win_and_end(void **state)
{
    (void)state;
    struct rig rig = {.terms = {.default_domain = SLICE("jp.test")}};
    begin(&rig);
    rig.row.login = SLICE("taro@jp.test");
    const struct account_flag flag = {.kind = ACCOUNT_SUSPENDED,
                                      .since_us = T0,
                                      .until_us = T0 + 60 * SECOND,
                                      .login = SLICE("taro@jp.test"),
                                      .actor = SLICE("kato")};
    assert_int_equal(login(&rig, "Taro", "secret"), AUTH_RESULT_PASSED);
    account_flags_put(auth_desk_flags(rig.desk), account_flag_new(&flag));
    assert_int_equal(login(&rig, "TARO", "secret"), AUTH_RESULT_FLAGGED);
    assert_true(rig.attempt.cached);
    rig.now_us = T0 + 60 * SECOND;
    assert_int_equal(login(&rig, "taro@jp.test", "secret"), AUTH_RESULT_PASSED);
    end(&rig);
}

static void an_app_password_may_no_more_than_it_says(void **state)
{
    (void)state;
    struct rig rig = {.terms = {.internal_password = SLICE("inner")}};
    const struct account_app_password app = {.name = SLICE("phone"),
                                             .secret = SLICE("{PLAIN}apple"),
                                             .protocols = 1u << AUTH_IMAP,
                                             .until_us = T0 + 60 * SECOND};
    begin(&rig);
    rig.row.apps = &app;
    rig.row.app_count = 1;
    static const struct {
        enum auth_protocol protocol;
        int64_t after_us;
        enum auth_result result;
    } rows[] = {{AUTH_IMAP, 0, AUTH_RESULT_PASSED},
                {AUTH_SMTP, 0, AUTH_RESULT_PROTOCOL},
                {AUTH_IMAP, 60 * SECOND, AUTH_RESULT_EXPIRED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig.now_us = T0 + rows[i].after_us;
        auth_desk_account_changed(rig.desk, SLICE("taro@jp.test"));
        assert_int_equal(ask(&rig, "taro@jp.test", "apple", rows[i].protocol), AUTH_STEP_FIND);
        auth_attempt_take(&rig.attempt, auth_account_new(&rig.row));
        assert_int_equal(auth_desk_found(rig.desk, &rig.attempt, ACCOUNT_FOUND, rig.now_us),
                         AUTH_STEP_CHECK);
        auth_desk_checked(rig.desk, &rig.attempt, SECRET_RIGHT, 1, rig.now_us);
        assert_int_equal(rig.attempt.result, rows[i].result);
    }
    end(&rig);
}

static void who_may_ask(void **state)
{
    (void)state;
    static const struct {
        const char *key, *sent, *from; /* from NULL: by a unix socket */
        bool may;
    } rows[] = {
        {"", "", NULL, true},
        {"k3y", "k3y", NULL, true},
        {"k3y", "", NULL, false},
        {"k3y", "k3", NULL, false},
        {"k3y", "k3yy", NULL, false},
        {"k3y", "k3yk3y", NULL, false},
        {"k3y", "K3Y", NULL, false},
        {"", "whatever", NULL, true},
        {"", "", "192.0.2.1", true},
        {"", "", "203.0.113.1", false},
        {"k3y", "k3y", "203.0.113.1", false},
    };
    struct ip_network callers;
    assert_true(ip_network_parse(SLICE("192.0.2.0/24"), &callers));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rig rig = {
            .terms = {.key = slice_from_str(rows[i].key), .callers = &callers, .caller_count = 1}};
        struct auth_caller caller = {.is_unix = rows[i].from == NULL};
        begin(&rig);
        if (rows[i].from != NULL)
            assert_true(ip_address_parse(slice_from_str(rows[i].from), &caller.ip));
        ask(&rig, "taro@jp.test", "secret", AUTH_IMAP);
        rig.attempt.request.key = slice_from_str(rows[i].sent);
        enum auth_step step = auth_desk_begin(rig.desk, &caller, &rig.attempt, T0);
        assert_int_equal(step == AUTH_STEP_FIND, rows[i].may);
        if (!rows[i].may)
            assert_int_equal(rig.attempt.result, AUTH_RESULT_CALLER);
        end(&rig);
    }
}

static void a_certificate_is_its_own_secret(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        bool verified;
        enum auth_result result;
    } rows[] = {
        {"emailAddress=taro@jp.test,CN=Taro", true, AUTH_RESULT_PASSED},
        {"emailAddress=TARO@jp.test", true, AUTH_RESULT_PASSED},
        {"emailAddress=jiro@jp.test,CN=taro@jp.test", true, AUTH_RESULT_CERTIFICATE},
        {"CN=taro@jp.test", true, AUTH_RESULT_CERTIFICATE},
        {"emailAddress=taro@jp.test", false, AUTH_RESULT_CERTIFICATE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rig rig = {.terms = {.external_by_mail = true, .internal_password = SLICE("inner")}};
        begin(&rig);
        ask(&rig, "taro@jp.test", "", AUTH_IMAP);
        rig.attempt.request.method = AUTH_EXTERNAL;
        rig.attempt.request.certificate_verified = rows[i].verified;
        rig.attempt.request.certificate_subject = slice_from_str(rows[i].subject);
        enum auth_step step = auth_desk_begin(rig.desk, &nginx, &rig.attempt, T0);
        assert_int_equal(go_on(&rig, step), rows[i].result);
        end(&rig);
    }
}

static void a_method_that_is_not_offered(void **state)
{
    (void)state;
    struct rig rig = {.terms = {.methods = 1u << AUTH_CRAM_MD5}};
    begin(&rig);
    assert_int_equal(login(&rig, "taro@jp.test", "secret"), AUTH_RESULT_METHOD);
    assert_false(says(&rig, "Auth-Server"));
    end(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_secret_and_its_memory),
        cmocka_unit_test(a_change_is_heard_at_once),
        cmocka_unit_test(while_the_database_is_away),
        cmocka_unit_test(nobody_and_a_wrong_secret_are_one),
        cmocka_unit_test(who_guesses_is_denied_without_a_look),
        cmocka_unit_test(what_an_account_may),
        cmocka_unit_test(our_own_flags_win_and_end),
        cmocka_unit_test(an_app_password_may_no_more_than_it_says),
        cmocka_unit_test(who_may_ask),
        cmocka_unit_test(a_certificate_is_its_own_secret),
        cmocka_unit_test(a_method_that_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
