/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku trace: tells the story of one address, queue id or Message-ID.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "app/screen.h"
#include "app/log_arguments.h"
#include "app/trace_json.h"
#include "app/trace_logs.h"
#include "app/trace_text.h"
#include "app/verb.h"
#include "base/memory.h"
#include "io/clock.h"
#include "watch/story.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MOST 2000

struct trace_options {
    struct trace_settings settings;
    bool json;
    enum screen_colour colour;
};

enum option_code {
    OPTION_SINCE = 256,
    OPTION_UNTIL,
    OPTION_FORMAT,
    OPTION_LIMIT,
    OPTION_COLOUR,
};

static const struct option option_table[] = {
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool take_format(struct slice word, bool *json, struct err *err)
{
    *json = slice_eq(word, SLICE("json"));
    return *json || slice_eq(word, SLICE("text")) ||
           err_set(err, ERR_USAGE, "--format is text or json, not \"%.*s\"",
                   SLICE_ARG(slice_first(word, 60)));
}

static bool take_limit(struct slice word, uint32_t *out, struct err *err)
{
    uint64_t value;
    if (!slice_to_u64(word, LIMIT_MOST, &value) || value == 0)
        return err_set(err, ERR_USAGE, "--limit takes a whole number from 1 to %d, not \"%.*s\"",
                       LIMIT_MOST, SLICE_ARG(slice_first(word, 60)));
    *out = (uint32_t)value;
    return true;
}

static bool take_option(struct trace_options *options, int code, struct slice word, struct err *err)
{
    struct trace_settings *settings = &options->settings;
    switch ((enum option_code)code) {
    case OPTION_SINCE:
        return log_time_parse(word, &settings->since_us, err) || err_at(err, "--since");
    case OPTION_UNTIL:
        return log_time_parse(word, &settings->until_us, err) || err_at(err, "--until");
    case OPTION_FORMAT:
        return take_format(word, &options->json, err);
    case OPTION_LIMIT:
        return take_limit(word, &settings->limit, err);
    case OPTION_COLOUR:
        return screen_colour_parse(word, &options->colour, err);
    }
    return false;
}

static struct trace_search *search_logs(const struct trace_options *options,
                                        struct trace_logs *logs)
{
    struct trace_search *search = trace_search_new(&options->settings);
    do {
        struct log_record record;
        int64_t time_us;
        trace_logs_begin(logs);
        while (trace_logs_next(logs, &record, &time_us))
            trace_search_take(search, &record, time_us);
    } while (trace_search_again(search));
    return search;
}

static void print_text(const struct trace_options *options, const struct trace_logs *logs,
                       const struct story *story, struct buf *to)
{
    const struct trace_settings *settings = &options->settings;
    size_t count = trace_logs_count(logs);
    const char **names = MEM_NEW_ARRAY(const char *, count);
    for (size_t i = 0; i < count; i++)
        names[i] = trace_logs_name(logs, i);
    const struct trace_question question = {
        .key = &settings->key,
        .logs = names,
        .log_count = count,
        .has_window = settings->since_us != INT64_MIN || settings->until_us != INT64_MAX,
        .limit = settings->limit,
    };
    struct text_style style = screen_style(true, options->colour);
    trace_text(story, &question, &style, to);
    mem_free(names);
}

/* VERB_FINE when something was found. */
static int tell(const struct trace_options *options, const struct trace_logs *logs,
                const struct story_sources *sources)
{
    struct story story;
    CLEANUP_BUF struct buf text = {0};
    story_tell(sources, &story);
    if (options->json)
        trace_json(&story, &options->settings.key, &text);
    else
        print_text(options, logs, &story, &text);
    fwrite(text.ptr, 1, text.len, stdout);
    bool found = story.message_count + story.refusal_count > 0 || story.found.logins.count > 0;
    story_done(&story);
    return found ? VERB_FINE : VERB_NO;
}

static int trace(const struct verb *verb, const struct trace_options *options,
                 struct story_sources *sources, struct trace_logs *logs)
{
    struct trace_search *search = search_logs(options, logs);
    sources->search = search;
    int unread = trace_logs_report(logs, verb);
    int found = tell(options, logs, sources);
    trace_search_free(search);
    return unread != VERB_FINE ? unread : found;
}

static int run(const struct verb *verb, const struct trace_options *options, char *const *paths,
               int count)
{
    struct err err;
    int status = VERB_UNKNOWN;
    struct provider_table *providers = provider_table_new((struct slice){NULL, 0}, &err);
    struct classifier *classifier = providers ? classifier_new(NULL, &err) : NULL;
    struct trace_logs *logs = classifier ? trace_logs_new(paths, count, &err) : NULL;
    struct story_sources sources = {.classifier = classifier, .providers = providers};
    if (logs != NULL)
        status = trace(verb, options, &sources, logs);
    else
        status = verb_fail(verb, &err);
    trace_logs_free(logs);
    classifier_free(classifier);
    provider_table_free(providers);
    return status;
}

int verb_trace(const struct verb *verb, int argc, char **argv)
{
    struct trace_options options = {
        .settings = {.since_us = INT64_MIN, .until_us = INT64_MAX, .limit = LIMIT_DEFAULT}};
    struct err err;
    int code;
    while ((code = getopt_long(argc, argv, ":h", option_table, NULL)) != -1) {
        if (code == 'h')
            return verb_help(verb);
        if (code == ':' || code == '?')
            return verb_bad_option(verb, argc, argv, code);
        if (!take_option(&options, code, slice_from_str(optarg), &err))
            return verb_usage_error(verb, &err);
    }
    if (options.settings.since_us >= options.settings.until_us) {
        err_set(&err, ERR_USAGE, "--since must lie before --until");
        return verb_usage_error(verb, &err);
    }
    if (optind >= argc) {
        err_set(&err, ERR_USAGE, "KEY is missing: an address, a queue id or a Message-ID");
        return verb_usage_error(verb, &err);
    }
    if (access(argv[optind], F_OK) == 0) {
        err_set(&err, ERR_USAGE, "%s is a file; the KEY comes first, then the LOGs", argv[optind]);
        return verb_usage_error(verb, &err);
    }
    if (!trace_key_parse(slice_from_str(argv[optind]), &options.settings.key, &err))
        return verb_usage_error(verb, &err);
    return run(verb, &options, argv + optind + 1, argc - optind - 1);
}
