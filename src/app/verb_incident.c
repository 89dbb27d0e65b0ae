/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku incident: the daemon's incidents, listed, shown, taken and closed.
 */
#include "app/incident_text.h"
#include "app/verb_ask.h"
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
    struct verb_ask ask;
    enum incident_action action;
    const char *id, *note; /* NULL: none */
    bool all;
};

enum option_code { OPTION_ALL = 256, OPTION_NOTE };

static const struct option option_table[] = {
    VERB_ASK_ROWS,
    {"all", no_argument, NULL, OPTION_ALL},
    {"note", required_argument, NULL, OPTION_NOTE},
    {0},
};

/* ---- words of the command line ---- */

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct incident_options *options = data;
    if (code == OPTION_ALL) {
        options->all = true;
        return true;
    }
    if (code != OPTION_NOTE)
        return verb_ask_option(&options->ask, code, value, err);
    options->note = value;
    return slice_from_str(value).len <= NOTE_MAX ||
           err_set(err, ERR_USAGE, "--note takes at most %d bytes", NOTE_MAX);
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
        return err_set(err, ERR_USAGE, "--all is for list, not for %s", name);
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
    if (options->action == ACTION_SHOW)
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

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    const struct incident_options *options = data;
    struct incident_answer incident;
    int64_t now_us = clock_now_us();
    if (options->action == ACTION_LIST)
        return list_text(options, style, answer, to) ? VERB_FINE : VERB_GO_ON;
    if (!incident_answer_read(answer, &incident))
        return VERB_GO_ON;
    if (options->action == ACTION_SHOW)
        incident_text_full(style, &incident, now_us, buf_slice(&control->web_url), to);
    else
        incident_text_brief(style, &incident, now_us, to);
    return VERB_FINE;
}

int verb_incident(const struct verb *verb, int argc, char **argv)
{
    struct incident_options options = {0};
    CLEANUP_BUF struct buf path = {0}, body = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    make_request(&options, &path, &body);
    struct control_question question = {.path = buf_str(&path), .body = buf_slice(&body)};
    return verb_ask(verb, &options.ask, &question, make_text, &options);
}
