/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku queue: holds, releases or deletes the queued mail of one login. It looks and acts by
 * itself, with the rights of who calls it; no daemon is needed.
 */
#include <stdio.h>
#include <unistd.h>

#include "app/account_reading.h"
#include "app/control_call.h"
#include "app/log_arguments.h"
#include "app/queue_audit.h"
#include "app/queue_show.h"
#include "app/screen.h"
#include "app/settings_glance.h"
#include "app/verb_options.h"
#include "app/verb_wish.h"
#include "io/clock.h"

enum { REASON_MAX = 200, LOGIN_MAX = 256, AUDIT_SHOWN = 40, HOST_MAX = 256 };

#define ACTION_AUDIT ((size_t)QUEUE_DEED_PURGE + 1)

struct queue_options {
    const char *config, *login, *relay, *reason;
    struct queue_question question;
    size_t action; /* enum queue_deed, or ACTION_AUDIT */
    bool yes, json;
    enum screen_colour colour;
};

enum option_code {
    OPTION_LOGIN = 256,
    OPTION_SENDER,
    OPTION_RELAY,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_REASON,
    OPTION_YES,
    OPTION_FORMAT,
    OPTION_COLOUR,
};

static const struct option option_table[] = {
    {"config", required_argument, NULL, 'c'},
    {"login", required_argument, NULL, OPTION_LOGIN},
    {"sender", required_argument, NULL, OPTION_SENDER},
    {"relay", required_argument, NULL, OPTION_RELAY},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"yes", no_argument, NULL, OPTION_YES},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* ---- words of the command line ---- */

static bool take_time(const char *value, const char *name, int64_t *to, struct err *err)
{
    return log_time_parse(slice_from_str(value), to, err) || err_at(err, "%s", name);
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct queue_options *options = data;
    if (code == 'c') {
        options->config = value;
        return true;
    }
    switch ((enum option_code)code) {
    case OPTION_LOGIN:
        return verb_wish_text(&options->login, "--login", value, LOGIN_MAX, err);
    case OPTION_SENDER:
        options->question.sender = value[0] == '<' ? "" : value; /* <>: bounces */
        return true;
    case OPTION_RELAY:
        return verb_wish_text(&options->relay, "--relay", value, HOST_MAX, err);
    case OPTION_SINCE:
        return take_time(value, "--since", &options->question.since_us, err);
    case OPTION_UNTIL:
        return take_time(value, "--until", &options->question.until_us, err);
    case OPTION_REASON:
        return verb_wish_text(&options->reason, "--reason", value, REASON_MAX, err);
    case OPTION_YES:
        options->yes = true;
        return true;
    case OPTION_FORMAT:
        return screen_format_parse(slice_from_str(value), &options->json, err);
    case OPTION_COLOUR:
        return screen_colour_parse(slice_from_str(value), &options->colour, err);
    }
    return false;
}

static bool take_words(struct queue_options *options, int count, char *const *words,
                       struct err *err)
{
    const char *names[ACTION_AUDIT + 1] = {[ACTION_AUDIT] = "audit"};
    for (size_t i = 0; i < ACTION_AUDIT; i++)
        names[i] = queue_deed_word((enum queue_deed)i);
    if (!verb_action(names, ACTION_AUDIT + 1, count > 0 ? words[0] : NULL, &options->action, err))
        return false;
    if (count > 1)
        return err_set(err, ERR_USAGE, "%s takes no further word", words[0]);
    if (options->action == ACTION_AUDIT)
        return true;
    if (options->login == NULL)
        return err_set(err, ERR_USAGE, "whose mail? say --login NAME");
    return true;
}

/* The queue is that of this machine. */
static bool is_here(const struct queue_options *options, const struct settings *settings,
                    struct err *err)
{
    char host[HOST_MAX] = "";
    struct slice wanted = slice_from_str(options->relay);
    (void)gethostname(host, sizeof(host) - 1);
    struct slice own = slice_from_str(host), first = own;
    if (options->relay == NULL || slice_ieq(wanted, own) ||
        slice_ieq(wanted, slice_cut(&first, '.')) ||
        slice_ieq(wanted, slice_from_str(settings->fleet.relay)))
        return true;
    return err_set(err, ERR_USAGE, "the queue here is that of %s: run it on %s", host,
                   options->relay);
}

/* ---- looking, asking, acting ---- */

static void print(const struct buf *text)
{
    fwrite(text->ptr, 1, text->len, stdout);
    fflush(stdout);
}

static void print_json(json_t *value)
{
    CLEANUP_BUF struct buf text = {0};
    json_value_print(value, true, &text);
    print(&text);
}

/* --yes, or a y on a terminal. */
static bool may_act(const struct queue_options *options)
{
    char answer[16];
    if (options->yes)
        return true;
    if (options->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        fputs("todoku queue: nothing was done: --yes does it\n", stderr);
        return false;
    }
    fputs("Do it? [y/N] ", stdout);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

struct work {
    const struct verb *verb;
    const struct queue_options *options;
    const struct settings *settings;
    const struct queue_search *search;
    enum queue_deed deed;
};

/* Written down, done, written down. The exit status. */
static int act(const struct work *work, struct queue_outcome *outcome)
{
    const struct queue_options *options = work->options;
    CLEANUP_BUF struct buf actor = {0};
    struct queue_sums sums = queue_show_sums(work->search, work->deed);
    struct err err;
    control_caller(&actor);
    const struct queue_order order = {.deed = work->deed,
                                      .question = &options->question,
                                      .actor = buf_slice(&actor),
                                      .reason = slice_from_str(options->reason),
                                      .time_us = clock_now_us()};
    if (!queue_audit_begin(work->settings->state, &order, sums.messages, sums.recipients, &err))
        return verb_fail(work->verb, &err);
    queue_deed_do(work->deed, work->search, outcome);
    bool told = queue_audit_end(work->settings->state, &order, outcome, clock_now_us(), &err);
    if (!outcome->whole)
        (void)verb_fail(work->verb, &outcome->why);
    if (!told)
        (void)verb_fail(work->verb, &err);
    return outcome->whole && told ? VERB_FINE : VERB_UNKNOWN;
}

static int show_and_act(const struct work *work)
{
    const struct queue_options *options = work->options;
    struct slice login = options->question.login;
    struct queue_outcome outcome = {0};
    CLEANUP_BUF struct buf found = {0}, said = {0};
    bool some = queue_show_sums(work->search, work->deed).messages > 0;
    int status = some ? VERB_FINE : VERB_NO;
    struct text_style style = screen_style(true, options->colour);
    if (!options->json) {
        queue_show_found(&style, work->search, work->deed, login, &found);
        print(&found);
    }
    bool acts = some && may_act(options);
    if (acts)
        status = act(work, &outcome);
    if (options->json) {
        print_json(queue_show_json(work->search, work->deed, login, acts ? &outcome : NULL));
    } else if (acts) {
        queue_show_outcome(work->deed, &outcome, &said);
        print(&said);
    }
    queue_outcome_done(&outcome);
    return status;
}

static int show_audit(const struct verb *verb, const struct queue_options *options,
                      const struct settings *settings)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err;
    json_t *lines = queue_audit_read(settings->state, &err);
    struct text_style style = screen_style(true, options->colour);
    if (lines == NULL)
        return verb_fail(verb, &err);
    if (options->json) {
        print_json(lines);
        return VERB_FINE;
    }
    queue_show_audit(&style, lines, AUDIT_SHOWN, &text);
    json_decref(lines);
    print(&text);
    return VERB_FINE;
}

static int look_and_act(const struct verb *verb, struct queue_options *options,
                        const struct settings *settings)
{
    struct err err;
    struct queue_search *search = queue_search_new(&options->question, &err);
    if (search == NULL)
        return verb_fail(verb, &err);
    const struct work work = {.verb = verb,
                              .options = options,
                              .settings = settings,
                              .search = search,
                              .deed = (enum queue_deed)options->action};
    int status = show_and_act(&work);
    queue_search_free(search);
    return status;
}

static int run(const struct verb *verb, struct queue_options *options,
               const struct settings *settings)
{
    struct err err;
    if (options->action == ACTION_AUDIT)
        return show_audit(verb, options, settings);
    if (!is_here(options, settings, &err))
        return verb_usage_error(verb, &err);
    struct account_book *accounts = account_reading_once(settings, &err);
    if (accounts == NULL)
        return verb_fail(verb, &err);
    options->question.postfix = &settings->postfix;
    options->question.policy = &settings->policy;
    options->question.accounts = accounts;
    options->question.login = slice_from_str(options->login);
    int status = look_and_act(verb, options, settings);
    account_book_unref(accounts);
    return status;
}

int verb_queue(const struct verb *verb, int argc, char **argv)
{
    static const char *const keys[] = {"state", "postfix", "policy", "accounts", "fleet", NULL};
    struct queue_options options = {.question = {.since_us = INT64_MIN, .until_us = INT64_MAX}};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (!take_words(&options, argc - optind, argv + optind, &err))
        return verb_usage_error(verb, &err);
    struct settings *settings = settings_glance_at(options.config, keys, &err);
    if (settings == NULL)
        return verb_fail(verb, &err);
    status = run(verb, &options, settings);
    settings_free(settings);
    return status;
}
