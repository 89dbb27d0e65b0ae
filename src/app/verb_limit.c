/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku limit: limits of accounts at the daemon: shown, raised, counts forgotten.
 */
#include <string.h>

#include "app/limit_text.h"
#include "app/limit_wish.h"
#include "app/verb_ask.h"
#include "app/verb_wish.h"
#include "gate/meter.h"
#include "io/clock.h"
#include "model/account_flag.h"

enum limit_verb { VERB_LIST, VERB_SHOW, VERB_SET, VERB_RESET };

static const struct {
    const char *name, *words; /* words: what stands behind it */
    int least, most;
} actions[] = {
    [VERB_LIST] = {"list", "no further word", 0, 0},
    [VERB_SHOW] = {"show", "one LOGIN", 1, 1},
    [VERB_SET] = {"set", "a LOGIN, a LIMIT, and a NUMBER or \"default\"", 3, 3},
    [VERB_RESET] = {"reset", "a LOGIN, and a LIMIT if it is about that alone", 1, 2},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

struct limit_options {
    struct verb_ask ask;
    enum limit_verb action;
    const char *login, *limit;
    int64_t count; /* -1: the default */
    struct verb_wish wish;
};

enum option_code { OPTION_FOR = 256, OPTION_UNTIL, OPTION_REASON };

static const struct option option_table[] = {
    VERB_ASK_ROWS,
    {"for", required_argument, NULL, OPTION_FOR},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"reason", required_argument, NULL, OPTION_REASON},
    {0},
};

/* ---- words of the command line ---- */

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct limit_options *options = data;
    if (code < OPTION_FOR || code > OPTION_REASON)
        return verb_ask_option(&options->ask, code, value, err);
    switch ((enum option_code)code) {
    case OPTION_FOR:
        return verb_wish_for(value, &options->wish.for_us, err);
    case OPTION_UNTIL:
        return verb_wish_until(value, &options->wish.until_us, err);
    case OPTION_REASON:
        return verb_wish_text(&options->wish.reason, "--reason", value, ACCOUNT_REASON_MAX, err);
    }
    return false;
}

static bool take_number(struct limit_options *options, const char *word, struct err *err)
{
    struct slice text = slice_from_str(word);
    uint64_t count = 0;
    options->count = -1;
    if (slice_eq(text, SLICE("default")))
        return true;
    if (!slice_to_u64(text, METER_LIMIT_MAX, &count))
        return err_set(err, ERR_USAGE,
                       "\"%.60s\" is no number from 0 to %u (of a size: KiB), and not \"default\"",
                       word, METER_LIMIT_MAX);
    options->count = (int64_t)count;
    return true;
}

static bool check_options(const struct limit_options *options, struct err *err)
{
    bool ends = options->wish.for_us != 0 || options->wish.until_us != 0;
    bool reads = options->action == VERB_LIST || options->action == VERB_SHOW;
    if (ends && (options->action != VERB_SET || options->count < 0))
        return err_set(err, ERR_USAGE, "--for and --until are for a number that is set");
    if (options->wish.reason != NULL && reads)
        return err_set(err, ERR_USAGE, "--reason is for what is set or reset");
    return verb_wish_one_end(&options->wish, err);
}

static bool take_words(struct limit_options *options, int count, char *const *words,
                       struct err *err)
{
    const char *names[ACTIONS];
    size_t place;
    for (size_t i = 0; i < ACTIONS; i++)
        names[i] = actions[i].name;
    if (!verb_action(names, ACTIONS, count > 0 ? words[0] : NULL, &place, err))
        return false;
    options->action = (enum limit_verb)place;
    if (count - 1 < actions[place].least || count - 1 > actions[place].most)
        return err_set(err, ERR_USAGE, "%s takes %s", names[place], actions[place].words);
    options->login = count > 1 ? words[1] : NULL;
    options->limit = count > 2 ? words[2] : NULL;
    if (count > 1 && !account_login_is_valid(slice_from_str(words[1])))
        return err_set(err, ERR_USAGE, "a login is UTF-8, of 1 to %d bytes", ACCOUNT_LOGIN_MAX);
    if (count > 2 && (words[2][0] == '\0' || strlen(words[2]) > LIMIT_NAME_MAX))
        return err_set(err, ERR_USAGE, "the name of a limit is a text of 1 to %d bytes",
                       LIMIT_NAME_MAX);
    return (options->action != VERB_SET || take_number(options, words[3], err)) &&
           check_options(options, err);
}

/* ---- asking ---- */

static void make_wish(const struct limit_options *options, struct buf *body)
{
    json_t *object = json_value_object();
    json_value_put_text(object, "login", slice_from_str(options->login));
    json_value_put_text(object, "limit", slice_from_str(options->limit));
    if (options->action == VERB_SET && options->count < 0)
        json_value_put(object, "default", json_true());
    else if (options->action == VERB_SET)
        json_value_put_count(object, "count", (uint64_t)options->count);
    verb_wish_put(object, &options->wish);
    json_value_print(object, false, body);
}

static void make_request(const struct limit_options *options, struct buf *path, struct buf *body)
{
    buf_add_str(path, "/api/v1/limits");
    if (options->action == VERB_RESET)
        buf_add_str(path, "/reset");
    if (options->action == VERB_SHOW) {
        buf_add_str(path, "?login=");
        verb_wish_encode(slice_from_str(options->login), path);
    } else if (options->action != VERB_LIST) {
        make_wish(options, body);
    }
}

static int make_text(void *data, const struct control *control, const struct text_style *style,
                     const json_t *answer, struct buf *to)
{
    const struct limit_options *options = data;
    struct limit_answer_account account;
    int64_t now_us = clock_now_us();
    (void)control;
    if (options->action == VERB_LIST)
        return limit_text_list(style, answer, now_us, to) ? VERB_FINE : VERB_GO_ON;
    if (!limit_answer_read(answer, &account))
        return VERB_GO_ON;
    if (options->action == VERB_RESET)
        limit_text_forgotten(style, &account, slice_from_str(options->limit), to);
    if (options->action == VERB_SHOW)
        limit_text(style, &account, now_us, to);
    else
        limit_text_changed(style, &account, slice_from_str(options->limit), now_us, to);
    verb_wish_warn("limit", style, account.warnings);
    return VERB_FINE;
}

int verb_limit(const struct verb *verb, int argc, char **argv)
{
    struct limit_options options = {.count = -1};
    CLEANUP_BUF struct buf path = {0}, body = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    make_request(&options, &path, &body);
    struct control_question question = {NULL, buf_str(&path), buf_slice(&body)};
    return verb_ask(verb, &options.ask, &question,
                    &(struct verb_answer){.data = &options, .text = make_text});
}
