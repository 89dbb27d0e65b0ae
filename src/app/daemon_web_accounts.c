/* SPDX-License-Identifier: Apache-2.0
 *
 * Flags of accounts over HTTP: put to the desk, on a worker. Peer document: docs/openapi.yaml.
 */
#include "app/daemon_doubts.h"
#include "app/daemon_web_private.h"
#include "io/clock.h"

#define BODY_MAX 65536

static const struct daemon_web_noun accounts = {"there is no such account", "todoku account list"};

bool daemon_web_read_login(const struct http_request *request, struct http_response *response,
                           struct slice *out)
{
    *out = http_request_parameter(request, "login");
    if (out->len == 0 || account_login_is_valid(*out))
        return true;
    http_response_error(response, 400, SLICE("a login is UTF-8, of 1 to 512 bytes"), request->path,
                        SLICE("login=NAME"));
    return false;
}

void daemon_web_get_account_flags(void *context, const struct http_request *request,
                                  struct http_response *response)
{
    struct slice login;
    if (!daemon_web_read_login(request, response, &login))
        return;
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_SHOW_ACCOUNTS);
    buf_add(&ask->id, login);
    daemon_web_put(context, ask, &accounts, login, response);
}

/* A login that is new to the daemon may be a slip of the pen. */
static json_t *doubts_of(const struct daemon_web *web, const struct account_wish *wish)
{
    const struct silence named = {.login = wish->login};
    return wish->set != 0 ? daemon_doubts(web, &named) : NULL;
}

void daemon_web_post_account_flags(void *context, const struct http_request *request,
                                   struct http_response *response)
{
    struct daemon_web *web = context;
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_FLAG_ACCOUNT);
    struct err err;
    ask->value = json_field_parse(request->body, BODY_MAX);
    if (account_wish_read(ask->value, clock_now_us(), &ask->account, &err)) {
        ask->doubts = doubts_of(web, &ask->account);
        daemon_web_put(web, ask, &accounts, ask->account.login, response);
        return;
    }
    http_response_error(response, 400, slice_from_str(err.text), request->path,
                        SLICE("{\"login\": \"NAME\", \"set\": [\"suspended\"]}"));
    daemon_web_discard(ask);
}

void daemon_web_post_accounts_changed(void *context, const struct http_request *request,
                                      struct http_response *response)
{
    struct slice login = SLICE("");
    json_t *value = json_field_parse(request->body, BODY_MAX);
    bool good =
        request->body.len == 0 ||
        (json_is_object(value) && json_field_text(value, "login", ACCOUNT_LOGIN_MAX, &login) &&
         (json_object_size(value) == 0 || account_login_is_valid(login)));
    if (good) {
        struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_ACCOUNTS_CHANGED);
        buf_add(&ask->id, login);
        daemon_web_put(context, ask, &accounts, login, response);
    } else {
        http_response_error(response, 400,
                            SLICE("an account is named by its login, and all by nothing at all"),
                            request->path, SLICE("{\"login\": \"NAME\"}"));
    }
    json_decref(value);
}
