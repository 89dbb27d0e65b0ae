/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku trace: tells the story of one address, queue id or Message-ID.
 */
#include <stdio.h>
#include <unistd.h>

#include "app/answer_source.h"
#include "app/log_arguments.h"
#include "app/screen.h"
#include "app/trace_history.h"
#include "app/trace_json.h"
#include "app/trace_logs.h"
#include "app/trace_text.h"
#include "app/verb_options.h"
#include "base/memory.h"
#include "io/clock.h"
#include "watch/story.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MOST 2000
#define INSTANCES_MAX 16

/* Whether Postfix is asked for what waits: by default where the mail of this machine is read. */
enum queue_wish { QUEUE_AUTO, QUEUE_ASK, QUEUE_LEAVE };

struct trace_options {
    struct trace_settings settings;
    struct answer_options answer;
    enum queue_wish queue;
    const char *instances[INSTANCES_MAX];
    size_t instance_count;
    bool json;
    enum screen_colour colour;
};

enum option_code {
    OPTION_SINCE = 256,
    OPTION_UNTIL,
    OPTION_FORMAT,
    OPTION_LIMIT,
    OPTION_COLOUR,
    OPTION_QUEUE,
    OPTION_NO_QUEUE,
    OPTION_INSTANCE,
};

static const struct option option_table[] = {
    ANSWER_OPTION_ROWS,
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"queue", no_argument, NULL, OPTION_QUEUE},
    {"no-queue", no_argument, NULL, OPTION_NO_QUEUE},
    {"postfix-config", required_argument, NULL, OPTION_INSTANCE},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool take_limit(struct slice word, uint32_t *out, struct err *err)
{
    uint64_t value;
    if (!slice_to_u64(word, LIMIT_MOST, &value) || value == 0)
        return err_set(err, ERR_USAGE, "--limit takes a whole number from 1 to %d, not \"%.*s\"",
                       LIMIT_MOST, SLICE_ARG(slice_first(word, 60)));
    *out = (uint32_t)value;
    return true;
}

/* postqueue runs in another folder than we. */
static bool take_instance(struct trace_options *options, struct slice word, struct err *err)
{
    if (options->instance_count == INSTANCES_MAX)
        return err_set(err, ERR_USAGE, "--postfix-config: at most %d of them", INSTANCES_MAX);
    if (!slice_starts_with(word, SLICE("/")))
        return err_set(err, ERR_USAGE,
                       "--postfix-config takes a folder's path from the root, such as "
                       "/etc/postfix, not \"%.*s\"",
                       SLICE_ARG(slice_first(word, 60)));
    options->instances[options->instance_count++] = word.ptr;
    if (options->queue == QUEUE_AUTO)
        options->queue = QUEUE_ASK;
    return true;
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct trace_options *options = data;
    struct trace_settings *settings = &options->settings;
    struct slice word = slice_from_str(value);
    if (answer_option(&options->answer, code, value))
        return true;
    switch ((enum option_code)code) {
    case OPTION_SINCE:
        return log_time_parse(word, &settings->since_us, err) || err_at(err, "--since");
    case OPTION_UNTIL:
        return log_time_parse(word, &settings->until_us, err) || err_at(err, "--until");
    case OPTION_FORMAT:
        return screen_format_parse(word, &options->json, err);
    case OPTION_LIMIT:
        return take_limit(word, &settings->limit, err);
    case OPTION_QUEUE:
    case OPTION_NO_QUEUE:
        options->queue = code == OPTION_QUEUE ? QUEUE_ASK : QUEUE_LEAVE;
        return true;
    case OPTION_INSTANCE:
        return take_instance(options, word, err);
    case OPTION_COLOUR:
        return screen_colour_parse(word, &options->colour, err);
    }
    return false;
}

static void search_logs(struct trace_logs *logs, struct trace_search *search)
{
    do {
        struct log_record record;
        int64_t time_us;
        trace_logs_begin(logs);
        while (trace_logs_next(logs, &record, &time_us))
            trace_search_take(search, &record, time_us);
    } while (trace_search_again(search));
}

/* Whom the question goes to; one of them is NULL. */
struct places {
    struct answer_source source;
    struct trace_logs *logs;
    struct trace_history *history;
};

/* An explicit log may be of any host and any year: its mail is in no queue of here. */
static bool is_queue_asked(const struct trace_options *options, int paths)
{
    return options->queue == QUEUE_ASK || (options->queue == QUEUE_AUTO && paths == 0);
}

static struct trace_queue *ask_queue(const struct trace_options *options,
                                     const struct places *places, const struct story *story)
{
    const struct settings *settings = places->source.settings;
    struct trace_queue_question question = {
        .commands = settings ? settings->postfix.commands : "/usr/sbin",
        .instances = options->instances,
        .instance_count = options->instance_count,
        .key = &options->settings.key,
        .story = story,
        .now_us = clock_now_us(),
    };
    if (options->instance_count == 0 && settings != NULL) {
        question.instances = settings->postfix.instances;
        question.instance_count = settings->postfix.instance_count;
    }
    return trace_queue_new(&question);
}

static void print_story(const struct trace_options *options, const struct places *places,
                        const struct story *story, const struct trace_queue *queue)
{
    const struct trace_settings *settings = &options->settings;
    CLEANUP_BUF struct buf text = {0};
    size_t count = places->history ? 1 : trace_logs_count(places->logs);
    const char **names = MEM_NEW_ARRAY(const char *, count);
    for (size_t i = 0; i < count; i++)
        names[i] = places->history ? trace_history_name(places->history)
                                   : trace_logs_name(places->logs, i);
    const struct trace_question question = {
        .key = &settings->key,
        .logs = names,
        .log_count = count,
        .from_history = places->history != NULL,
        .queue = queue,
        .has_window = settings->since_us != INT64_MIN || settings->until_us != INT64_MAX,
        .limit = settings->limit,
    };
    struct text_style style = screen_style(true, options->colour);
    if (options->json)
        trace_json(story, &question, &text);
    else
        trace_text(story, &question, &style, &text);
    fwrite(text.ptr, 1, text.len, stdout);
    mem_free(names);
}

/* VERB_FINE when something was found. */
static int tell(const struct trace_options *options, const struct places *places, int paths,
                const struct story_sources *sources)
{
    struct story story;
    struct trace_queue *queue = NULL;
    story_tell(sources, &story);
    if (is_queue_asked(options, paths))
        queue = ask_queue(options, places, &story);
    print_story(options, places, &story, queue);
    bool found = story.message_count + story.refusal_count > 0 || story.found.logins.count > 0 ||
                 (queue != NULL && trace_queue_count(queue) > 0);
    trace_queue_free(queue);
    story_done(&story);
    return found ? VERB_FINE : VERB_NO;
}

/* Fills the search; VERB_FINE, or VERB_UNKNOWN when something of it could not be read. */
static int search_place(const struct verb *verb, const struct places *places,
                        struct trace_search *search, bool *told)
{
    struct err err;
    *told = true;
    if (places->history == NULL) {
        search_logs(places->logs, search);
        return trace_logs_report(places->logs, verb);
    }
    if (!trace_history_search(places->history, search, &err)) {
        *told = false;
        return verb_fail(verb, &err);
    }
    uint64_t damaged = trace_history_damaged(places->history);
    if (damaged == 0)
        return VERB_FINE;
    fprintf(stderr, "todoku %s: %s: %llu damaged blocks could not be read\n", verb->name,
            trace_history_name(places->history), (unsigned long long)damaged);
    return VERB_UNKNOWN;
}

static int trace(const struct verb *verb, const struct trace_options *options,
                 const struct places *places, int paths)
{
    struct err err;
    struct provider_table *providers = provider_table_new((struct slice){NULL, 0}, &err);
    struct classifier *classifier = providers ? classifier_new(NULL, &err) : NULL;
    struct trace_search *search = trace_search_new(&options->settings);
    struct story_sources sources = {search, classifier, providers};
    int status = VERB_UNKNOWN;
    bool told;
    if (classifier == NULL)
        status = verb_fail(verb, &err);
    else if ((status = search_place(verb, places, search, &told)) == VERB_FINE || told) {
        int found = tell(options, places, paths, &sources);
        status = status != VERB_FINE ? status : found;
    }
    trace_search_free(search);
    classifier_free(classifier);
    provider_table_free(providers);
    return status;
}

static int run(const struct verb *verb, const struct trace_options *options, char *const *paths,
               int count)
{
    struct err err;
    struct places places = {0};
    int status = VERB_UNKNOWN;
    bool good = answer_source_open(&places.source, verb, &options->answer, count, &err);
    if (good && places.source.reader != NULL)
        places.history = trace_history_new(places.source.reader, places.source.folder);
    else if (good)
        places.logs = trace_logs_new(paths, count, &err);
    if (places.history != NULL || places.logs != NULL)
        status = trace(verb, options, &places, count);
    else
        status = verb_fail(verb, &err);
    trace_history_free(places.history);
    trace_logs_free(places.logs);
    answer_source_close(&places.source);
    return status;
}

int verb_trace(const struct verb *verb, int argc, char **argv)
{
    struct trace_options options = {
        .settings = {.since_us = INT64_MIN, .until_us = INT64_MAX, .limit = LIMIT_DEFAULT}};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (options.settings.since_us >= options.settings.until_us) {
        err_set(&err, ERR_USAGE, "--since must lie before --until");
        return verb_usage_error(verb, &err);
    }
    if (optind >= argc) {
        err_set(&err, ERR_USAGE,
                "KEY is missing: an address, @ and a domain, a queue id or a Message-ID");
        return verb_usage_error(verb, &err);
    }
    if (!log_words_check(argv + optind, argc - optind, &err))
        return verb_usage_error(verb, &err);
    if (access(argv[optind], F_OK) == 0) {
        err_set(&err, ERR_USAGE, "%s is a file; the KEY comes first, then the LOGs", argv[optind]);
        return verb_usage_error(verb, &err);
    }
    if (!trace_key_parse(slice_from_str(argv[optind]), &options.settings.key, &err))
        return verb_usage_error(verb, &err);
    return run(verb, &options, argv + optind + 1, argc - optind - 1);
}
