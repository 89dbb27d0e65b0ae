/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of accounts in the daemon share: those of a folder of their own, beside a policy
 * that listens nowhere and a book of accounts.
 */
#ifndef TD_TESTS_UNIT_APP_ACCOUNTS_FIXTURE_H
#define TD_TESTS_UNIT_APP_ACCOUNTS_FIXTURE_H

#include "app/daemon_accounts.h"
#include "app/hijack_channel.h"

#define T0 INT64_C(1772409600000000) /* 2026-03-02 00:00 UTC */
#define HOUR_US INT64_C(3600000000)

struct accounts_fixture {
    void *sandbox;
    struct settings *settings;
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct hijack_channel *channel;
    struct daemon_policy *policy;
    struct daemon_auth *auth;
    struct daemon_account_book *book;
    struct daemon_accounts *accounts;
};

/* As set-up and tear-down of a test: enters and leaves a sandbox (io/sandbox.h). */
int accounts_begin(void **state);
int accounts_end(void **state);

/* As a restart at T0. */
void accounts_again(struct accounts_fixture *fixture);

/* From now on `alias` is another name of taro@jp.test. */
void accounts_alias(struct accounts_fixture *fixture, const char *alias);

/* Sets a flag, or clears it (until_us 0); false: that was refused, and why. */
bool accounts_flag(struct accounts_fixture *fixture, const char *login, enum account_flag_kind kind,
                   const char *actor, int64_t until_us, int64_t now_us, struct err *err);

/* Who set the flag; empty: nobody. */
struct slice accounts_actor(struct accounts_fixture *fixture, const char *login,
                            enum account_flag_kind kind);

/* Holds u0@jp.test, u1@jp.test, ... for good, until the table is full. */
void accounts_fill(struct accounts_fixture *fixture);

#endif
