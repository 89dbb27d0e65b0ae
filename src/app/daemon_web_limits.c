/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of accounts over HTTP: put to the desk, on a worker. What an account usually does the
 * other half of the daemon knows, which is asked first. Peer document: docs/openapi.yaml.
 */
#include "app/daemon_web_private.h"
#include "io/clock.h"

#define BODY_MAX 65536
#define WAIT_US INT64_C(2000000)

static const struct daemon_web_noun limits = {"there is no such account", "todoku limit list"};

/* ---- what it usually does ---- */

static json_t *baseline_json(const struct daemon_login_usual *usual)
{
    json_t *object = json_value_object();
    json_value_put(object, "usual_hour", json_integer(usual->normal));
    json_value_put(object, "most_hour", json_integer(usual->most));
    json_value_put(object, "messages", json_integer(usual->messages));
    json_value_put(object, "recipients", json_integer(usual->recipients));
    json_value_put(object, "clients", json_integer((json_int_t)usual->clients));
    return object;
}

/* An array of one sentence. */
static json_t *doubt(const struct daemon_name_question *question)
{
    json_t *doubts = json_value_array();
    CLEANUP_BUF struct buf sentence = {0};
    buf_addf(&sentence, "no login \"%.*s\" was seen in the logs", SLICE_ARG(question->text));
    if (question->near.len > 0)
        buf_addf(&sentence, ", did you mean %.*s?", SLICE_ARG(buf_slice(&question->near)));
    json_value_append(doubts, json_value_text(buf_slice(&sentence)));
    return doubts;
}

/* Logs name a login as its client does: with the default domain, or without. NULL: nobody says.
 * *doubts: it may be a slip of the pen; or untouched. */
static json_t *ask_usual(const struct daemon_web *web, struct slice login, json_t **doubts)
{
    CLEANUP_BUF struct buf other = {0};
    struct slice domain = slice_from_str(web->settings->policy.default_domain), name = login;
    struct slice local = slice_cut(&name, '@');
    if (domain.len > 0 && slice_ieq(name, domain))
        buf_add(&other, local);
    else if (domain.len > 0 && slice_find_char(login, '@') == NULL)
        buf_addf(&other, "%.*s@%.*s", SLICE_ARG(login), SLICE_ARG(domain));
    struct daemon_name_question questions[2] = {
        {.kind = DAEMON_NAME_LOGIN, .text = login},
        {.kind = DAEMON_NAME_LOGIN, .text = buf_slice(&other)},
    };
    size_t count = other.len > 0 ? 2 : 1, known = 0;
    json_t *usual = NULL;
    if (!daemon_names_ask(web->names, questions, count, WAIT_US))
        return NULL;
    while (known < count && !questions[known].known)
        known++;
    if (known < count)
        usual = baseline_json(&questions[known].usual);
    else
        *doubts = doubt(&questions[0]);
    for (size_t i = 0; i < 2; i++)
        buf_done(&questions[i].near);
    return usual;
}

/* ---- handlers ---- */

void daemon_web_get_limits(void *context, const struct http_request *request,
                           struct http_response *response)
{
    struct slice login;
    if (!daemon_web_read_login(request, response, &login))
        return;
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_SHOW_LIMITS);
    buf_add(&ask->id, login);
    if (login.len > 0)
        ask->value = ask_usual(context, buf_slice(&ask->id), &ask->doubts);
    daemon_web_put(context, ask, &limits, login, response);
}

void daemon_web_post_limit(void *context, const struct http_request *request,
                           struct http_response *response)
{
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_SET_LIMIT);
    struct err err;
    ask->value = json_field_parse(request->body, BODY_MAX);
    if (limit_wish_read(ask->value, clock_now_us(), &ask->limit, &err)) {
        json_decref(ask_usual(context, ask->limit.login, &ask->doubts));
        daemon_web_put(context, ask, &limits, request->path, response);
        return;
    }
    http_response_error(
        response, 400, slice_from_str(err.text), request->path,
        SLICE("{\"login\": \"NAME\", \"limit\": \"NAME\", \"count\": 2000, \"for\": \"2h\"}"));
    daemon_web_discard(ask);
}

void daemon_web_reset_limit(void *context, const struct http_request *request,
                            struct http_response *response)
{
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_RESET_LIMIT);
    struct err err;
    ask->value = json_field_parse(request->body, BODY_MAX);
    if (limit_wish_read_reset(ask->value, &ask->limit, &err)) {
        json_decref(ask_usual(context, ask->limit.login, &ask->doubts));
        daemon_web_put(context, ask, &limits, request->path, response);
        return;
    }
    http_response_error(response, 400, slice_from_str(err.text), request->path,
                        SLICE("{\"login\": \"NAME\", \"reason\": \"TEXT\"}"));
    daemon_web_discard(ask);
}
