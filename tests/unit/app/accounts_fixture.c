/* SPDX-License-Identifier: Apache-2.0
 *
 * See accounts_fixture.h.
 */
#include "app/accounts_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/settings_fixture.h"
#include "io/sandbox.h"

static const char terms[] = "policy:\n"
                            "  default_domain: jp.test\n"
                            "  limits: [ { name: user-hour, recipients: 500/1h } ]\n"
                            "  hijack: { mode: auto }\n"
                            "accounts: { driver: passwd-file, path: ";

static struct settings *settings_here(void)
{
    CLEANUP_BUF struct buf yaml = {0};
    char folder[256];
    assert_non_null(getcwd(folder, sizeof(folder)));
    buf_addf(&yaml, "%s%s/passwd }\n", terms, folder);
    return settings_of(buf_str(&yaml));
}

static void want(struct accounts_fixture *fixture)
{
    daemon_account_book_want(fixture->book, fixture->settings);
    daemon_accounts_want(fixture->accounts, &fixture->settings->policy);
}

static void open_accounts(struct accounts_fixture *fixture)
{
    const struct daemon_accounts_options options = {.folder = ".",
                                                    .log = fixture->log,
                                                    .metrics = fixture->metrics,
                                                    .policy = fixture->policy,
                                                    .auth = fixture->auth,
                                                    .book = fixture->book};
    fixture->accounts = daemon_accounts_new(&options, T0);
    want(fixture);
}

int accounts_begin(void **state)
{
    struct accounts_fixture *fixture = MEM_NEW(struct accounts_fixture);
    struct err err = {0};
    if (sandbox_enter(state) != 0)
        return -1;
    fixture->sandbox = *state;
    sandbox_write("passwd", SLICE("taro@jp.test:x\n"));
    fixture->settings = settings_here();
    fixture->log = own_log_new(&(struct own_log_options){.level = OWN_LOG_ERROR});
    fixture->metrics = daemon_metrics_new();
    fixture->channel = hijack_channel_new(&err);
    assert_non_null(fixture->channel);
    fixture->policy = daemon_policy_new(fixture->log, NULL, fixture->channel);
    fixture->auth = daemon_auth_new(fixture->log, NULL);
    fixture->book = daemon_account_book_new(fixture->log, fixture->policy, fixture->auth);
    open_accounts(fixture);
    *state = fixture;
    return 0;
}

int accounts_end(void **state)
{
    struct accounts_fixture *fixture = *state;
    daemon_accounts_free(fixture->accounts);
    daemon_account_book_free(fixture->book);
    daemon_auth_free(fixture->auth);
    daemon_policy_free(fixture->policy);
    hijack_channel_free(fixture->channel);
    daemon_metrics_free(fixture->metrics);
    own_log_free(fixture->log);
    settings_free(fixture->settings);
    *state = fixture->sandbox;
    mem_free(fixture);
    return sandbox_leave(state);
}

void accounts_again(struct accounts_fixture *fixture)
{
    daemon_accounts_free(fixture->accounts);
    open_accounts(fixture);
}

void accounts_alias(struct accounts_fixture *fixture, const char *alias)
{
    CLEANUP_BUF struct buf text = {0};
    buf_addf(&text, "taro@jp.test:x\n%s:x:::::: user=taro@jp.test\n", alias);
    sandbox_write("passwd", buf_slice(&text));
    want(fixture);
}

bool accounts_flag(struct accounts_fixture *fixture, const char *login, enum account_flag_kind kind,
                   const char *actor, int64_t until_us, int64_t now_us, struct err *err)
{
    const struct account_flag flag = {.kind = kind,
                                      .until_us = until_us,
                                      .login = slice_from_str(login),
                                      .actor = slice_from_str(actor)};
    return daemon_accounts_set(fixture->accounts, &flag, 1, now_us, err);
}

struct slice accounts_actor(struct accounts_fixture *fixture, const char *login,
                            enum account_flag_kind kind)
{
    const struct account_flag *flag =
        account_flags_find(daemon_accounts_flags(fixture->accounts), slice_from_str(login), kind);
    return flag != NULL ? flag->actor : SLICE("");
}

typedef char name_text[24];

void accounts_fill(struct accounts_fixture *fixture)
{
    struct account_flag *flags = MEM_NEW_ARRAY(struct account_flag, ACCOUNT_FLAGS_MAX);
    name_text *logins = MEM_NEW_ARRAY(name_text, ACCOUNT_FLAGS_MAX);
    struct err err = {0};
    for (size_t i = 0; i < ACCOUNT_FLAGS_MAX; i++) {
        snprintf(logins[i], sizeof(logins[i]), "u%zu@jp.test", i);
        flags[i] = (struct account_flag){.kind = ACCOUNT_HOLD,
                                         .until_us = INT64_MAX,
                                         .login = slice_from_str(logins[i]),
                                         .actor = SLICE("kato")};
    }
    assert_true(daemon_accounts_set(fixture->accounts, flags, ACCOUNT_FLAGS_MAX, T0, &err));
    mem_free(logins);
    mem_free(flags);
}
