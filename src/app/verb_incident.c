/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku incident: the daemon's incidents, listed, shown, taken and closed.
 */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/control_call.h"
#include "app/incident_text.h"
#include "app/log_arguments.h"
#include "app/report_words.h"
#include "app/saved_incidents.h"
#include "app/screen.h"
#include "app/verb.h"
#include "base/memory.h"
#include "io/clock.h"

#define NOTE_MAX 256 /* bytes that the book of incidents keeps */
#define ID_MAX 32

enum incident_action { ACTION_LIST, ACTION_SHOW, ACTION_ACK, ACTION_CLOSE };

static const char *const action_names[] = {
    [ACTION_LIST] = "list",
    [ACTION_SHOW] = "show",
    [ACTION_ACK] = "ack",
    [ACTION_CLOSE] = "close",
};

struct incident_options {
    struct control_options control;
    enum incident_action action;
    const char *id, *note; /* NULL: none */
    enum screen_colour colour;
    bool json, all;
    bool history;     /* not the daemon's memory but what it has written */
    int64_t since_us; /* INT64_MIN: any */
};

enum option_code {
    OPTION_FORMAT = 256,
    OPTION_COLOUR,
    OPTION_ALL,
    OPTION_NOTE,
    OPTION_SAVED,
    OPTION_SINCE
};

static const struct option option_table[] = {
    CONTROL_OPTION_ROWS,
    {"all", no_argument, NULL, OPTION_ALL},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"history", no_argument, NULL, OPTION_SAVED},
    {"note", required_argument, NULL, OPTION_NOTE},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* ---- words of the command line ---- */

static bool take_option(struct incident_options *options, int code, struct err *err)
{
    if (control_option(&options->control, code, optarg))
        return true;
    switch ((enum option_code)code) {
    case OPTION_FORMAT:
        return screen_format_parse(slice_from_str(optarg), &options->json, err);
    case OPTION_COLOUR:
        return screen_colour_parse(slice_from_str(optarg), &options->colour, err);
    case OPTION_ALL:
        options->all = true;
        return true;
    case OPTION_SAVED:
        options->history = true;
        return true;
    case OPTION_SINCE:
        options->all = true;
        return log_time_parse(slice_from_str(optarg), &options->since_us, err) ||
               err_at(err, "--since");
    case OPTION_NOTE:
        options->note = optarg;
        return slice_from_str(optarg).len <= NOTE_MAX ||
               err_set(err, ERR_USAGE, "--note takes at most %d bytes", NOTE_MAX);
    }
    return false;
}

static bool take_action(struct incident_options *options, const char *word, struct err *err)
{
    for (size_t i = 0; i < sizeof(action_names) / sizeof(action_names[0]); i++) {
        if (slice_eq(slice_from_str(word), slice_from_str(action_names[i]))) {
            options->action = (enum incident_action)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "it does list, show, ack and close, not \"%.60s\"", word);
}

/* Letters and digits alone may go into a path of HTTP. */
static bool take_id(struct incident_options *options, const char *word, struct err *err)
{
    struct slice id = slice_from_str(word);
    bool good = id.len > 0 && id.len <= ID_MAX;
    for (size_t i = 0; good && i < id.len; i++)
        good = ascii_is_alpha(id.ptr[i]) || ascii_is_digit(id.ptr[i]);
    options->id = word;
    return good ||
           err_set(err, ERR_USAGE,
                   "\"%.60s\" is no id of an incident: todoku incident list shows them", word);
}

static bool take_words(struct incident_options *options, int count, char *const *words,
                       struct err *err)
{
    if (count == 0)
        return err_set(err, ERR_USAGE, "say one of list, show, ack and close");
    if (!take_action(options, words[0], err))
        return false;
    bool lists = options->action == ACTION_LIST;
    const char *name = action_names[options->action];
    if (count != (lists ? 1 : 2))
        return err_set(err, ERR_USAGE, "%s takes %s", name, lists ? "no id: show does" : "one ID");
    if (options->all && !lists)
        return err_set(err, ERR_USAGE, "--all and --since are for list, not for %s", name);
    if (options->history && (options->action == ACTION_ACK || options->action == ACTION_CLOSE))
        return err_set(err, ERR_USAGE, "--history only shows: it is for list and show, not for %s",
                       name);
    if (options->note != NULL && options->action != ACTION_ACK && options->action != ACTION_CLOSE)
        return err_set(err, ERR_USAGE, "--note is for ack and close, not for %s", name);
    return lists || take_id(options, words[1], err);
}

/* ---- asking ---- */

/* Who does it: the caller's login name; behind sudo, who called that. */
static void add_caller(struct buf *to)
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

static void make_request(const struct incident_options *options, struct buf *path, struct buf *body)
{
    buf_add_str(path, "/api/v1/incidents");
    if (options->action == ACTION_LIST) {
        buf_add_str(path, options->all ? "?all=1" : "");
        return;
    }
    buf_addf(path, "/%s", options->id);
    if (options->action == ACTION_SHOW)
        return;
    buf_addf(path, "/%s", action_names[options->action]);
    CLEANUP_BUF struct buf by = {0};
    json_t *object = json_value_object();
    add_caller(&by);
    json_value_put_text(object, "by", buf_slice(&by));
    json_value_put_text(object, "note", slice_from_str(options->note ? options->note : ""));
    json_value_print(object, false, body);
}

/* ---- showing ---- */

static bool list_text(const struct incident_options *options, const struct text_style *style,
                      const json_t *value, struct buf *to)
{
    size_t count = json_array_size(value);
    struct incident_answer *answers = MEM_NEW_ARRAY(struct incident_answer, count + 1);
    bool good = json_is_array(value);
    for (size_t i = 0; good && i < count; i++)
        good = incident_answer_read(json_array_get(value, i), &answers[i]);
    if (good)
        incident_text_list(style, answers, count, options->all, to);
    mem_free(answers);
    return good;
}

static bool make_text(const struct incident_options *options, const struct control *control,
                      const json_t *value, struct buf *to)
{
    struct text_style style = screen_style(true, options->colour);
    struct incident_answer answer;
    int64_t now_us = clock_now_us();
    if (options->action == ACTION_LIST)
        return list_text(options, &style, value, to);
    if (!incident_answer_read(value, &answer))
        return false;
    if (options->action == ACTION_SHOW)
        incident_text_full(&style, &answer, now_us, buf_slice(&control->web_url), to);
    else
        incident_text_brief(&style, &answer, now_us, to);
    return true;
}

/* Drops `value`. */
static int show(const struct verb *verb, const struct incident_options *options,
                const struct control *control, json_t *value)
{
    CLEANUP_BUF struct buf text = {0};
    bool good = true;
    if (options->json)
        json_value_print(json_incref(value), true, &text);
    else
        good = make_text(options, control, value, &text);
    json_decref(value);
    fwrite(text.ptr, 1, text.len, stdout);
    struct err err;
    err_set(&err, ERR_INPUT, "what answered is no todoku daemon, or of another version");
    return good ? VERB_FINE : verb_fail(verb, &err);
}

/* Was it open at some time from --since on? */
static bool is_since(const struct incident_options *options, const json_t *object)
{
    int64_t closed_us;
    return !answer_time(object, "closed", INCIDENT_OPEN, &closed_us) ||
           closed_us >= options->since_us;
}

/* Drops `list`; anything else is given back as it is. */
static json_t *since(const struct incident_options *options, json_t *list)
{
    if (options->since_us == INT64_MIN || !json_is_array(list))
        return list;
    json_t *chosen = json_value_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_since(options, json_array_get(list, i)))
            json_value_append(chosen, json_incref(json_array_get(list, i)));
    json_decref(list);
    return chosen;
}

/* ---- without the daemon ---- */

/* NULL and err; no such id is ERR_NONE. */
static json_t *find_saved(const struct incident_options *options, int64_t *as_of_us,
                          struct err *err)
{
    struct saved_question question = {
        .config = options->control.config,
        .id = options->action == ACTION_SHOW ? options->id : NULL,
        .closed = options->all,
        .since_us = options->since_us,
    };
    json_t *list = saved_incidents(&question, as_of_us, err);
    if (list == NULL || options->action == ACTION_LIST)
        return list;
    json_t *one = json_incref(json_array_get(list, 0));
    json_decref(list);
    if (one == NULL)
        err_set(err, ERR_NONE, "no incident %s in the history", options->id);
    return one;
}

static void tell_age(const struct verb *verb, int64_t as_of_us, const char *why)
{
    CLEANUP_BUF struct buf text = {0};
    report_time(as_of_us, STAMP_NONE, &text);
    fprintf(stderr, "todoku %s: %s%sthis is what was saved up to %s\n", verb->name, why ? why : "",
            why ? "; " : "", as_of_us > 0 ? buf_str(&text) : "now, nothing");
}

/* why: what the daemon's silence is, NULL: it was not asked. */
static int show_saved(const struct verb *verb, const struct incident_options *options,
                      const struct control *control, const struct err *why)
{
    struct err err;
    int64_t as_of_us;
    json_t *value = find_saved(options, &as_of_us, &err);
    if (value == NULL && why != NULL && err.code != ERR_NONE)
        return verb_fail(verb, why); /* the daemon is what was asked for */
    if (value == NULL) {
        int status = verb_fail(verb, &err);
        return err.code == ERR_NONE ? VERB_NO : status;
    }
    tell_age(verb, as_of_us, why ? why->text : NULL);
    return show(verb, options, control, value);
}

/* A socket that was named may be that of another daemon than the configuration's. */
static bool may_be_saved(const struct incident_options *options)
{
    return options->control.socket == NULL &&
           (options->action == ACTION_LIST || options->action == ACTION_SHOW);
}

static int ask(const struct verb *verb, const struct incident_options *options,
               const struct control *control)
{
    CLEANUP_BUF struct buf path = {0}, body = {0};
    struct err err;
    json_t *value;
    make_request(options, &path, &body);
    switch (control_ask(control, buf_str(&path), buf_slice(&body), &value, &err)) {
    case CONTROL_OK:
        return show(verb, options, control, since(options, value));
    case CONTROL_REFUSED:
        verb_fail(verb, &err);
        return VERB_NO;
    case CONTROL_FAILED:
        break;
    }
    return may_be_saved(options) ? show_saved(verb, options, control, &err) : verb_fail(verb, &err);
}

static int run(const struct verb *verb, const struct incident_options *options)
{
    struct control control;
    struct err err;
    int status;
    if (!control_init(&control, &options->control, &err))
        status = verb_fail(verb, &err);
    else if (options->history)
        status = show_saved(verb, options, &control, NULL);
    else
        status = ask(verb, options, &control);
    control_done(&control);
    return status;
}

int verb_incident(const struct verb *verb, int argc, char **argv)
{
    struct incident_options options = {.since_us = INT64_MIN};
    struct err err;
    int code;
    while ((code = getopt_long(argc, argv, ":hc:", option_table, NULL)) != -1) {
        if (code == 'h')
            return verb_help(verb);
        if (code == ':' || code == '?')
            return verb_bad_option(verb, argc, argv, code);
        if (!take_option(&options, code, &err))
            return verb_usage_error(verb, &err);
    }
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    return run(verb, &options);
}
