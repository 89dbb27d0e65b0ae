/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers that write: they ask the desk, on a worker, and wait for at most ASK_US. Who may is the
 * server's to say (http_write_rule).
 */
#include "app/daemon_web_private.h"

#include "app/daemon_doubts.h"
#include "app/daemon_request.h"
#include "io/clock.h"
#include "respond/silence_json.h"

#define ASK_US INT64_C(4000000)
#define BODY_MAX 65536 /* of a silence, whose texts are bounded anyhow */

static const struct daemon_web_noun incidents = {"there is no such incident",
                                                 "todoku incident list --all"};
static const struct daemon_web_noun silences = {"there is no such silence", "todoku silence list"};

void daemon_web_put(struct daemon_web *web, struct daemon_request *ask,
                    const struct daemon_web_noun *noun, struct slice where,
                    struct http_response *response)
{
    struct slice advice = slice_from_str(noun->advice);
    mailbox_put(web->requests, ask);
    if (!daemon_request_wait(ask, ASK_US))
        http_response_error(response, 503, SLICE("the daemon is too busy to answer"), where,
                            SLICE("try again"));
    else if (!ask->found)
        http_response_error(response, 404, slice_from_str(noun->missing), where, advice);
    else if (!ask->good && ask->err.code == ERR_USAGE) /* the text says the way out */
        http_response_error(response, 400, slice_from_str(ask->err.text), where, SLICE(""));
    else if (!ask->good &&
             ask->err.code == ERR_IO) /* of the state: done, and gone with the process */
        http_response_error(
            response, 500, slice_from_str(ask->err.text), where,
            SLICE("it is done, but a restart forgets it: make room, saving is tried again"));
    else if (!ask->good)
        http_response_error(response, 409, slice_from_str(ask->err.text), where, advice);
    else
        buf_add(&response->body, buf_slice(&ask->answer));
    daemon_request_unref(ask);
}

void daemon_web_discard(struct daemon_request *ask)
{
    daemon_request_unref(ask);
    daemon_request_unref(ask); /* the desk's */
}

/* ---- incidents ---- */

/* A member may be missing, but is a text. */
static bool take_member(const json_t *object, const char *key, struct buf *to)
{
    const json_t *text = json_object_get(object, key);
    if (json_is_string(text))
        buf_add(to, slice_of(json_string_value(text), json_string_length(text)));
    return text == NULL || json_is_string(text);
}

bool daemon_web_read_words(struct slice body, struct daemon_request *ask)
{
    if (body.len == 0)
        return true;
    json_t *object = json_loadb(body.ptr, body.len, 0, NULL);
    bool good = json_is_object(object) && take_member(object, "by", &ask->by) &&
                take_member(object, "note", &ask->note);
    json_decref(object);
    return good;
}

void daemon_web_post_incident(void *context, const struct http_request *request,
                              struct http_response *response)
{
    struct daemon_web *web = context;
    struct slice verb = request->rest, id = slice_cut(&verb, '/');
    bool acknowledge = slice_eq(verb, SLICE("ack"));
    if (!acknowledge && !slice_eq(verb, SLICE("close"))) {
        http_response_error(response, 404, SLICE("an incident can be acked or closed"),
                            request->path, SLICE("POST .../incidents/ID/ack or .../close"));
        return;
    }
    struct daemon_request *ask =
        daemon_request_new(acknowledge ? DAEMON_REQUEST_ACKNOWLEDGE : DAEMON_REQUEST_CLOSE);
    buf_add(&ask->id, id);
    if (!daemon_web_read_words(request->body, ask)) {
        http_response_error(response, 400, SLICE("the body is not of its form"), request->path,
                            SLICE("{\"by\": \"NAME\", \"note\": \"TEXT\"}, or none"));
        daemon_web_discard(ask);
        return;
    }
    daemon_web_put(web, ask, &incidents, id, response);
}

/* ---- silences ---- */

void daemon_web_get_silences(void *context, const struct http_request *request,
                             struct http_response *response)
{
    struct daemon_web *web = context;
    (void)request;
    daemon_web_json(response, daemon_web_shown(web->silences));
}

void daemon_web_post_silence(void *context, const struct http_request *request,
                             struct http_response *response)
{
    struct daemon_web *web = context;
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_SILENCE);
    struct err err;
    ask->value = json_field_parse(request->body, BODY_MAX);
    if (silence_wish_read(ask->value, clock_now_us(), &ask->silence, &err)) {
        ask->doubts = daemon_doubts(web, &ask->silence);
        daemon_web_put(web, ask, &silences, request->path, response);
        return;
    }
    http_response_error(response, 400, slice_from_str(err.text), request->path,
                        SLICE("{\"provider\": \"NAME\", \"for\": \"2h\"}"));
    daemon_web_discard(ask);
}

void daemon_web_delete_silence(void *context, const struct http_request *request,
                               struct http_response *response)
{
    struct daemon_request *ask = daemon_request_new(DAEMON_REQUEST_END_SILENCE);
    buf_add(&ask->id, request->rest);
    buf_add(&ask->by, slice_first(http_request_parameter(request, "by"), SILENCE_TEXT_MAX));
    daemon_web_put(context, ask, &silences, request->rest, response);
}
