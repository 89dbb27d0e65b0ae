/* SPDX-License-Identifier: Apache-2.0
 *
 * A decision about a login, on its way to those who tell of it. Never a secret.
 */
#ifndef TD_APP_AUTH_EVENT_H
#define TD_APP_AUTH_EVENT_H

#include "gate/auth_desk.h"

enum { AUTH_EVENT_TEXT = 320 };

/* Texts are of the event, each cut to AUTH_EVENT_TEXT bytes. */
struct auth_event {
    int64_t at_us;
    enum auth_result result;
    enum auth_method method;
    enum auth_protocol protocol;
    struct ip_address client;
    bool tls, cached;
    uint32_t wait_s, attempt;
    struct slice login;  /* of the account if there is one, else as it was asked for */
    struct slice app;    /* the app password by which it was; empty: the account's own secret */
    struct slice server; /* empty: none */
    struct slice detail;
};

/* mem_free. */
struct auth_event *auth_event_new(const struct auth_attempt *attempt, int64_t now_us)
    __attribute__((returns_nonnull));

#endif
