/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku status: asks the daemon how things are.
 */
#include <getopt.h>
#include <stdio.h>

#include "app/control_call.h"
#include "app/report_words.h"
#include "app/saved_incidents.h"
#include "app/screen.h"
#include "app/status_text.h"
#include "app/verb.h"
#include "mail/stamp.h"

struct status_options {
    struct control_options control;
    enum screen_colour colour;
    bool json;
};

enum option_code { OPTION_FORMAT = 256, OPTION_COLOUR };

static const struct option option_table[] = {
    CONTROL_OPTION_ROWS,
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool take_option(struct status_options *options, int code, struct err *err)
{
    if (control_option(&options->control, code, optarg))
        return true;
    if (code == OPTION_COLOUR)
        return screen_colour_parse(slice_from_str(optarg), &options->colour, err);
    return screen_format_parse(slice_from_str(optarg), &options->json, err);
}

static int answer_no(const struct verb *verb)
{
    fprintf(stderr, "todoku %s: what answered is no todoku daemon, or of another version\n",
            verb->name);
    return VERB_UNKNOWN;
}

/* Takes `value` over. */
static int show(const struct verb *verb, const struct status_options *options, json_t *value)
{
    CLEANUP_BUF struct buf text = {0};
    struct status_answer *status = status_answer_new(value);
    if (status == NULL)
        return answer_no(verb);
    int exit_status = status->incident_count > 0 ? VERB_NO : VERB_FINE;
    if (options->json) {
        json_value_print(json_incref(status->value), true, &text);
    } else {
        struct text_style style = screen_style(true, options->colour);
        status_text(status, &style, &text);
    }
    fwrite(text.ptr, 1, text.len, stdout);
    status_answer_free(status);
    return exit_status;
}

/* A daemon that does not answer may have left something worth knowing. A socket that was named may
 * be that of another one. */
static void tell_saved(const struct verb *verb, const struct status_options *options)
{
    struct saved_question question = {.config = options->control.config, .since_us = INT64_MIN};
    struct err err;
    int64_t as_of_us;
    CLEANUP_BUF struct buf count = {0}, time = {0};
    json_t *open = options->control.socket ? NULL : saved_incidents(&question, &as_of_us, &err);
    if (open == NULL)
        return;
    report_count(json_array_size(open), "incident", &count);
    report_time(as_of_us, STAMP_NONE, &time);
    json_decref(open);
    if (as_of_us > 0)
        fprintf(
            stderr,
            "todoku %s: what it saved up to %s is readable: %s open then (todoku incident list, "
            "todoku report --history)\n",
            verb->name, buf_str(&time), buf_str(&count));
}

static int run(const struct verb *verb, const struct status_options *options)
{
    struct control control;
    struct err err;
    json_t *value;
    int exit_status;
    if (control_init(&control, &options->control, &err) &&
        control_ask(&control, "/api/v1/status", (struct slice){NULL, 0}, &value, &err) ==
            CONTROL_OK)
        exit_status = show(verb, options, value);
    else {
        exit_status = verb_fail(verb, &err);
        tell_saved(verb, options);
    }
    control_done(&control);
    return exit_status;
}

int verb_status(const struct verb *verb, int argc, char **argv)
{
    struct status_options options = {0};
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
    if (optind < argc) {
        err_set(&err, ERR_USAGE, "takes no arguments, not \"%.60s\"", argv[optind]);
        return verb_usage_error(verb, &err);
    }
    return run(verb, &options);
}
