/* SPDX-License-Identifier: Apache-2.0
 *
 * See auth_event.h.
 */
#include "app/auth_event.h"

#include "base/memory.h"

static struct slice app_of(const struct auth_attempt *attempt)
{
    const struct auth_app *app = NULL;
    if (attempt->result == AUTH_RESULT_PASSED && attempt->account != NULL)
        app = auth_account_app(attempt->account, attempt->secret_number);
    return app != NULL ? app->name : SLICE("");
}

static struct slice login_of(const struct auth_attempt *attempt)
{
    if (attempt->account != NULL)
        return attempt->account->login;
    return attempt->login.len > 0 ? attempt->login : attempt->request.user;
}

struct auth_event *auth_event_new(const struct auth_attempt *attempt, int64_t now_us)
{
    const struct slice from[] = {
        slice_first(login_of(attempt), AUTH_EVENT_TEXT),
        slice_first(app_of(attempt), AUTH_EVENT_TEXT),
        slice_first(attempt->server_name, AUTH_EVENT_TEXT),
        slice_first(attempt->detail, AUTH_EVENT_TEXT),
    };
    size_t bytes = 1;
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
        bytes += from[i].len;
    struct auth_event *event = mem_new(1, sizeof(*event) + bytes);
    char *at = (char *)(event + 1);
    *event = (struct auth_event){
        .at_us = now_us,
        .result = attempt->result,
        .method = attempt->request.method,
        .protocol = attempt->request.protocol,
        .client = attempt->request.client,
        .tls = attempt->request.tls,
        .cached = attempt->cached,
        .wait_s = attempt->wait_s,
        .attempt = attempt->request.attempt,
    };
    struct slice *to[] = {&event->login, &event->app, &event->server, &event->detail};
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
        *to[i] = slice_put(from[i], &at);
    return event;
}
