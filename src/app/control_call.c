/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to the daemon. See control_call.h.
 */
#include "app/control_call.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/settings_glance.h"
#include "io/http_call.h"
#include "model/json_field.h"

#define DEADLINE_MS 5000
#define ANSWER_BYTES_MAX (64u << 20)
#define WORDS_MAX 400 /* bytes of what the daemon says of an error */

bool control_option(struct control_options *options, int code, const char *value)
{
    if (code == 'c')
        options->config = value;
    else if (code == OPTION_SOCKET)
        options->socket = value;
    else
        return false;
    return true;
}

/* The first listener that a browser on this host can be pointed at. */
static void add_listener(const struct settings_web *web, struct buf *to)
{
    for (size_t i = 0; i < web->listen_count; i++) {
        struct endpoint at = web->listen[i];
        if (at.kind != ENDPOINT_TCP || at.port == 0)
            continue;
        at.ip = ip_address_of_listener(&at.ip);
        buf_add_str(to, "http://");
        endpoint_format(&at, to);
        return;
    }
}

static void take_settings(struct control *control, const struct settings *settings)
{
    buf_add_str(&control->socket, settings->control);
    struct slice url = slice_from_str(settings->web.url ? settings->web.url : "");
    while (slice_ends_with(url, SLICE("/")))
        url.len--;
    buf_add(&control->web_url, url);
    if (url.len == 0)
        add_listener(&settings->web, &control->web_url);
}

bool control_init(struct control *control, const struct control_options *options, struct err *err)
{
    *control = (struct control){.deadline_ms = DEADLINE_MS};
    if (options->socket != NULL) {
        buf_add_str(&control->socket, options->socket);
        return true;
    }
    struct err why;
    struct settings *settings = settings_glance(options->config, &why);
    if (settings == NULL)
        return err_set(err, why.code, "%.430s; --socket PATH asks the daemon without that file",
                       why.text);
    take_settings(control, settings);
    settings_free(settings);
    return true;
}

void control_done(struct control *control)
{
    buf_done(&control->socket);
    buf_done(&control->web_url);
}

static enum control_result failed(const struct control *control, const char *what, struct err *err)
{
    err_set(err, ERR_INPUT, "%s: %s: is it the control socket of a todoku of this version?",
            buf_str(&control->socket), what);
    return CONTROL_FAILED;
}

/* {"error": {"what", "where", "advice"}} */
static enum control_result refused(const struct control *control, unsigned status,
                                   const json_t *answer, struct err *err)
{
    struct slice what = {NULL, 0}, where = {NULL, 0}, advice = {NULL, 0};
    const json_t *error = json_object_get(answer, "error");
    if (!json_field_text(error, "what", WORDS_MAX, &what) ||
        !json_field_text(error, "where", WORDS_MAX, &where) ||
        !json_field_text(error, "advice", WORDS_MAX, &advice) || what.len == 0)
        return failed(control, "not an answer of the daemon", err);
    /* A path of the API says nothing to who typed a command; an id may have been named already. */
    if (slice_starts_with(where, SLICE("/api/")) || slice_find(what, where) != NULL)
        where.len = 0;
    err_set(err, ERR_INPUT, "%.*s%s%.*s%s%.*s", SLICE_ARG(what), where.len ? ": " : "",
            SLICE_ARG(where), advice.len ? ": " : "", SLICE_ARG(advice));
    return status >= 500 ? CONTROL_FAILED : CONTROL_REFUSED;
}

static enum control_result read_answer(const struct control *control,
                                       const struct http_answer *answer, json_t **out,
                                       struct err *err)
{
    json_t *value = answer->cut ? NULL : json_field_parse(buf_slice(&answer->body), SIZE_MAX);
    if (value == NULL)
        return failed(control, "not an answer of the daemon", err);
    if (answer->status == 200) {
        *out = value;
        return CONTROL_OK;
    }
    enum control_result result = refused(control, answer->status, value, err);
    json_decref(value);
    return result;
}

enum control_result control_put(const struct control *control,
                                const struct control_question *question, json_t **out,
                                struct err *err)
{
    CLEANUP_BUF struct buf url = {0};
    buf_add_str(&url, "http://todoku");
    buf_add_str(&url, question->path);
    struct http_call call = {.method = question->method,
                             .url = buf_str(&url),
                             .unix_socket = buf_str(&control->socket),
                             .body = question->body,
                             .deadline_ms = control->deadline_ms,
                             .answer_bytes_max = ANSWER_BYTES_MAX};
    struct http_answer answer;
    if (!http_call(&call, &answer, err)) {
        err->code = ERR_IO; /* a path that libcurl does not take is no wrong use of the verb */
        return CONTROL_FAILED;
    }
    enum control_result result = read_answer(control, &answer, out, err);
    http_answer_done(&answer);
    return result;
}

enum control_result control_ask(const struct control *control, const char *path, struct slice body,
                                json_t **out, struct err *err)
{
    return control_put(control, &(struct control_question){.path = path, .body = body}, out, err);
}

bool control_stranger(struct err *err)
{
    return err_set(err, ERR_INPUT, "what answered is no todoku daemon, or of another version");
}

void control_caller(struct buf *to)
{
    const char *before = getuid() == 0 ? getenv("SUDO_USER") : NULL;
    const struct passwd *user = getpwuid(getuid());
    if (before != NULL && *before != '\0')
        buf_add_str(to, before);
    else if (user != NULL)
        buf_add_str(to, user->pw_name);
    else
        buf_addf(to, "uid %u", (unsigned)getuid());
}
