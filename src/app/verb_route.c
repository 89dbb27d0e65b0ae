/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku route: where the mail for a provider goes. Listed, set and decided at the daemon; `expire`
 * needs none (route_expire.h).
 */
#include <string.h>

#include "app/route_expire.h"
#include "app/route_text.h"
#include "app/verb_ask.h"
#include "app/verb_wish.h"
#include "io/clock.h"

enum route_action {
    ACTION_LIST,
    ACTION_SET,
    ACTION_CLEAR,
    ACTION_APPROVE,
    ACTION_DENY,
    ACTION_UNDO,
    ACTION_EXPIRE,
};

static const struct {
    const char *name, *word; /* word: what stands behind it; NULL: nothing */
} actions[] = {
    [ACTION_LIST] = {"list", NULL},
    [ACTION_SET] = {"set", "one PROVIDER"},
    [ACTION_CLEAR] = {"clear", "one PROVIDER"},
    [ACTION_APPROVE] = {"approve", "one ID"},
    [ACTION_DENY] = {"deny", "one ID"},
    [ACTION_UNDO] = {"undo", "one ID"},
    [ACTION_EXPIRE] = {"expire", NULL},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

struct route_options {
    struct verb_ask ask;
    enum route_action action;
    const char *word;
    const char *target;
    bool hold;
    uint64_t share; /* percent; 0: not said */
    struct verb_wish wish;
    bool sets;    /* an option of set was there */
    bool stopped; /* that of expire */
};

enum option_code {
    OPTION_TO = 256,
    OPTION_HOLD,
    OPTION_SHARE,
    OPTION_FOR,
    OPTION_UNTIL,
    OPTION_REASON,
    OPTION_STOPPED,
};

static const struct option option_table[] = {
    VERB_ASK_ROWS,
    {"to", required_argument, NULL, OPTION_TO},
    {"hold", no_argument, NULL, OPTION_HOLD},
    {"share", required_argument, NULL, OPTION_SHARE},
    {"for", required_argument, NULL, OPTION_FOR},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"stopped", no_argument, NULL, OPTION_STOPPED},
    {0},
};

/* ---- words of the command line ---- */

/* "25" or "25%". */
static bool take_share(struct route_options *options, const char *value, struct err *err)
{
    struct slice text = slice_from_str(value);
    if (slice_ends_with(text, SLICE("%")))
        text.len--;
    return (slice_to_u64(text, 100, &options->share) && options->share > 0) ||
           err_set(err, ERR_USAGE, "--share takes a percentage from 1%% to 100%%");
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct route_options *options = data;
    if (code < OPTION_TO || code > OPTION_STOPPED)
        return verb_ask_option(&options->ask, code, value, err);
    options->sets |= code != OPTION_STOPPED;
    switch ((enum option_code)code) {
    case OPTION_TO:
        return verb_wish_text(&options->target, "--to", value, OVERRIDE_NAME_MAX, err);
    case OPTION_HOLD:
        options->hold = true;
        return true;
    case OPTION_SHARE:
        return take_share(options, value, err);
    case OPTION_FOR:
        return verb_wish_for(value, &options->wish.for_us, err);
    case OPTION_UNTIL:
        return verb_wish_until(value, &options->wish.until_us, err);
    case OPTION_REASON:
        return verb_wish_text(&options->wish.reason, "--reason", value, OVERRIDE_REASON_MAX, err);
    case OPTION_STOPPED:
        options->stopped = true;
        return true;
    }
    return false;
}

static bool check_set(const struct route_options *options, struct err *err)
{
    if (options->hold == (options->target != NULL))
        return err_set(err, ERR_USAGE, "say where the mail goes: --to SOURCE, or --hold");
    if (options->wish.for_us == 0 && options->wish.until_us == 0)
        return err_set(err, ERR_USAGE, "a route has one end: say --for or --until");
    return verb_wish_one_end(&options->wish, err);
}

/* An id is "o" and a number, a provider a name of the table or a domain: both go into a path. */
static bool check_word(const struct route_options *options, struct err *err)
{
    struct slice word = slice_from_str(options->word);
    bool is_id = options->action != ACTION_SET && options->action != ACTION_CLEAR;
    bool good = word.len > 0 && word.len <= OVERRIDE_NAME_MAX && (!is_id || word.ptr[0] == 'o');
    for (size_t i = 0; good && i < word.len; i++)
        good =
            ascii_is_digit(word.ptr[i]) ||
            (is_id ? i == 0 : ascii_is_alpha(word.ptr[i]) || strchr("-._/:", word.ptr[i]) != NULL);
    return good || err_set(err, ERR_USAGE, "\"%.60s\" is no %s: todoku route list shows them",
                           options->word, is_id ? "id of a route" : "name of a provider");
}

static bool take_words(struct route_options *options, int count, char *const *words,
                       struct err *err)
{
    const char *names[ACTIONS];
    size_t place;
    for (size_t i = 0; i < ACTIONS; i++)
        names[i] = actions[i].name;
    if (!verb_action(names, ACTIONS, count > 0 ? words[0] : NULL, &place, err))
        return false;
    options->action = (enum route_action)place;
    const char *wanted = actions[place].word;
    if (count != (wanted != NULL ? 2 : 1))
        return err_set(err, ERR_USAGE, "%s takes %s", names[place],
                       wanted != NULL ? wanted : "no further word");
    options->word = wanted != NULL ? words[1] : NULL;
    if (options->sets && options->action != ACTION_SET)
        return err_set(err, ERR_USAGE, "%s takes none of the options of set", names[place]);
    if (options->stopped && options->action != ACTION_EXPIRE)
        return err_set(err, ERR_USAGE, "--stopped is for expire");
    return (options->word == NULL || check_word(options, err)) &&
           (options->action != ACTION_SET || check_set(options, err));
}

/* ---- asking ---- */

static void make_wish(const struct route_options *options, struct buf *body)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "provider", slice_from_str(options->word));
    json_value_put_text(object, "target", slice_from_str(options->target));
    if (options->hold)
        json_value_put(object, "hold", json_true());
    if (options->share > 0)
        json_value_put_count(object, "share", options->share);
    verb_wish_put(object, &options->wish);
    json_value_print(object, false, body);
}

static const char *make_request(const struct route_options *options, struct buf *path,
                                struct buf *body)
{
    CLEANUP_BUF struct buf by = {0};
    buf_add_str(path, "/api/v1/routes");
    if (options->action == ACTION_LIST)
        return NULL;
    if (options->action == ACTION_SET) {
        make_wish(options, body);
        return NULL;
    }
    control_caller(&by);
    buf_add_char(path, '/');
    verb_wish_encode(slice_from_str(options->word), path);
    if (options->action == ACTION_CLEAR) {
        buf_add_str(path, "?by=");
        verb_wish_encode(buf_slice(&by), path);
        return "DELETE";
    }
    json_t *object = json_value_object();
    buf_addf(path, "/%s", actions[options->action].name);
    json_value_put_text(object, "by", buf_slice(&by));
    json_value_print(object, false, body);
    return NULL;
}

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    struct route_answer routes;
    bool good = route_answer_read(answer, &routes);
    (void)data;
    (void)control;
    if (good)
        route_text_list(style, &routes, clock_now_us(), to);
    if (good)
        verb_wish_warn("route", style, json_object_get(answer, "warnings"));
    route_answer_done(&routes);
    return good ? VERB_FINE : VERB_GO_ON;
}

int verb_route(const struct verb *verb, int argc, char **argv)
{
    struct route_options options = {0};
    CLEANUP_BUF struct buf path = {0}, body = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    if (options.action == ACTION_EXPIRE)
        return route_expire(verb, options.ask.control.config, options.ask.json, options.stopped);
    const char *method = make_request(&options, &path, &body);
    struct control_question question = {method, buf_str(&path), buf_slice(&body)};
    return verb_ask(verb, &options.ask, &question,
                    &(struct verb_answer){.data = &options, .text = make_text});
}
