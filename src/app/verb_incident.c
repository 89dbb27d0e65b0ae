/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku incident: the daemon's incidents, listed, shown, taken and closed.
 */
#include <stdio.h>

#include "app/incident_delist.h"
#include "app/incident_text.h"
#include "app/log_arguments.h"
#include "app/report_words.h"
#include "app/route_text.h"
#include "app/saved_incidents.h"
#include "app/settings_glance.h"
#include "app/verb_ask.h"
#include "base/memory.h"
#include "io/clock.h"
#include "model/json_field.h"

#define NOTE_MAX 256 /* bytes that the book of incidents keeps */
#define ID_MAX 32

enum incident_action { ACTION_LIST, ACTION_SHOW, ACTION_DELIST, ACTION_ACK, ACTION_CLOSE };

static const char *const action_names[] = {
    [ACTION_LIST] = "list", [ACTION_SHOW] = "show",   [ACTION_DELIST] = "delist",
    [ACTION_ACK] = "ack",   [ACTION_CLOSE] = "close",
};

struct incident_options {
    struct verb_ask ask;
    enum incident_action action;
    const char *id, *note; /* NULL: none */
    bool all;
    bool history;                       /* not the daemon's memory but what it has written */
    int64_t since_us;                   /* INT64_MIN: any */
    struct incident_delist_words words; /* of what is sent to a provider */
    struct err why;                     /* there is nothing to send */
};

enum option_code {
    OPTION_ALL = 256,
    OPTION_NOTE,
    OPTION_SAVED,
    OPTION_SINCE,
    OPTION_LANGUAGE,
    OPTION_FIXED,
    OPTION_CONTACT
};

static const struct option option_table[] = {
    VERB_ASK_ROWS,
    {"all", no_argument, NULL, OPTION_ALL},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"history", no_argument, NULL, OPTION_SAVED},
    {"note", required_argument, NULL, OPTION_NOTE},
    {"language", required_argument, NULL, OPTION_LANGUAGE},
    {"fixed", required_argument, NULL, OPTION_FIXED},
    {"contact", required_argument, NULL, OPTION_CONTACT},
    {0},
};

/* ---- words of the command line ---- */

static bool take_fixed(struct incident_delist_words *words, struct slice text, struct err *err)
{
    if (words->fixed_count == INCIDENT_DELIST_FIXED_MAX || text.len > NOTE_MAX)
        return err_set(err, ERR_USAGE, "--fixed takes at most %d bytes, %d times", NOTE_MAX,
                       INCIDENT_DELIST_FIXED_MAX);
    words->fixed[words->fixed_count++] = text;
    return true;
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct incident_options *options = data;
    switch ((enum option_code)code) {
    case OPTION_ALL:
        options->all = true;
        return true;
    case OPTION_SAVED:
        options->history = true;
        return true;
    case OPTION_SINCE:
        options->all = true;
        return log_time_parse(slice_from_str(value), &options->since_us, err) ||
               err_at(err, "--since");
    case OPTION_LANGUAGE:
        return language_from_word(slice_from_str(value), &options->words.language) ||
               err_set(err, ERR_USAGE, "--language takes en or ja");
    case OPTION_FIXED:
        return take_fixed(&options->words, slice_from_str(value), err);
    case OPTION_CONTACT:
        options->words.contact = slice_from_str(value);
        return options->words.contact.len <= NOTE_MAX ||
               err_set(err, ERR_USAGE, "--contact takes at most %d bytes", NOTE_MAX);
    case OPTION_NOTE:
        options->note = value;
        return slice_from_str(value).len <= NOTE_MAX ||
               err_set(err, ERR_USAGE, "--note takes at most %d bytes", NOTE_MAX);
    }
    return verb_ask_option(&options->ask, code, value, err);
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
    size_t place;
    if (!verb_action(action_names, sizeof(action_names) / sizeof(action_names[0]),
                     count > 0 ? words[0] : NULL, &place, err))
        return false;
    options->action = (enum incident_action)place;
    bool lists = options->action == ACTION_LIST;
    const char *name = action_names[options->action];
    if (count != (lists ? 1 : 2))
        return err_set(err, ERR_USAGE, "%s takes %s", name, lists ? "no id: show does" : "one ID");
    if (options->all && !lists)
        return err_set(err, ERR_USAGE, "--all and --since are for list, not for %s", name);
    const struct incident_delist_words *said = &options->words;
    bool delists = said->language != LANGUAGE_EN || said->fixed_count + said->contact.len > 0;
    if (delists && options->action != ACTION_DELIST)
        return err_set(err, ERR_USAGE,
                       "--language, --fixed and --contact are for delist, not for %s", name);
    if (options->history && options->action != ACTION_LIST && options->action != ACTION_SHOW)
        return err_set(err, ERR_USAGE, "--history only shows: it is for list and show, not for %s",
                       name);
    if (options->note != NULL && options->action != ACTION_ACK && options->action != ACTION_CLOSE)
        return err_set(err, ERR_USAGE, "--note is for ack and close, not for %s", name);
    return lists || take_id(options, words[1], err);
}

/* ---- asking ---- */

static void make_request(const struct incident_options *options, struct buf *path, struct buf *body)
{
    buf_add_str(path, "/api/v1/incidents");
    if (options->action == ACTION_LIST) {
        buf_add_str(path, options->all ? "?all=1" : "");
        return;
    }
    buf_addf(path, "/%s", options->id);
    if (options->action == ACTION_SHOW || options->action == ACTION_DELIST)
        return;
    buf_addf(path, "/%s", action_names[options->action]);
    CLEANUP_BUF struct buf by = {0};
    json_t *object = json_value_object();
    control_caller(&by);
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

static int delist_text(const struct incident_options *options, const json_t *value, struct buf *to)
{
    if (json_is_null(value)) {
        fprintf(stderr, "todoku incident: %s: %s\n", options->id, options->why.text);
        return options->why.code == ERR_NONE ? VERB_NO : VERB_UNKNOWN;
    }
    return incident_delist_text(value, to) ? VERB_FINE : VERB_GO_ON;
}

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    const struct incident_options *options = data;
    struct incident_answer incident;
    int64_t now_us = clock_now_us();
    if (options->action == ACTION_LIST)
        return list_text(options, style, answer, to) ? VERB_FINE : VERB_GO_ON;
    if (options->action == ACTION_DELIST)
        return delist_text(options, answer, to);
    if (!incident_answer_read(answer, &incident))
        return VERB_GO_ON;
    if (options->action != ACTION_SHOW) {
        incident_text_brief(style, &incident, now_us, to);
        return VERB_FINE;
    }
    incident_text_full(style, &incident, now_us, buf_slice(&control->web_url), to);
    return route_text_trail(style, json_object_get(answer, "routes"), to) ? VERB_FINE : VERB_GO_ON;
}

/* Was it open at some time from --since on? */
static bool is_since(const struct incident_options *options, const json_t *object)
{
    int64_t closed_us;
    return !json_field_time(object, "closed", INCIDENT_OPEN, &closed_us) ||
           closed_us >= options->since_us;
}

/* Drops the answer; null: options->why says why. */
static json_t *delist(struct incident_options *options, json_t *answer)
{
    static const char *const keys[] = {"fleet", "providers", NULL};
    struct settings *settings =
        settings_glance_at(options->ask.control.config, keys, &options->why);
    json_t *value =
        settings != NULL ? incident_delist(answer, settings, &options->words, &options->why) : NULL;
    settings_free(settings);
    json_decref(answer);
    return value != NULL ? value : json_null();
}

/* Drops `list`; anything else is given back as it is. */
static json_t *choose(void *data, json_t *list)
{
    struct incident_options *options = data;
    if (options->action == ACTION_DELIST)
        return delist(options, list);
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
        .config = options->ask.control.config,
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
static int show_saved(struct incident_options *options, const struct verb *verb,
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
    struct verb_answer answer = {.data = options, .text = make_text};
    return verb_show(verb, &options->ask, control, &answer, value);
}

static int show_history(struct incident_options *options, const struct verb *verb)
{
    struct control control;
    struct err err;
    int status = control_init(&control, &options->ask.control, &err)
                     ? show_saved(options, verb, &control, NULL)
                     : verb_fail(verb, &err);
    control_done(&control);
    return status;
}

/* A socket that was named may be that of another daemon than the configuration's. */
static int unanswered(void *data, const struct verb *verb, const struct control *control,
                      const struct err *why)
{
    struct incident_options *options = data;
    bool may = options->ask.control.socket == NULL &&
               (options->action == ACTION_LIST || options->action == ACTION_SHOW);
    return may ? show_saved(options, verb, control, why) : VERB_GO_ON;
}

int verb_incident(const struct verb *verb, int argc, char **argv)
{
    struct incident_options options = {.since_us = INT64_MIN};
    CLEANUP_BUF struct buf path = {0}, body = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    if (options.history)
        return show_history(&options, verb);
    make_request(&options, &path, &body);
    struct control_question question = {.path = buf_str(&path), .body = buf_slice(&body)};
    struct verb_answer answer = {
        .data = &options, .text = make_text, .choose = choose, .unanswered = unanswered};
    return verb_ask(verb, &options.ask, &question, &answer);
}
