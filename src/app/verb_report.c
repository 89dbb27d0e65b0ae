/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku report: reads logs, prints what happened to the mail in them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/answer_source.h"
#include "app/log_arguments.h"
#include "app/report_history.h"
#include "app/report_html.h"
#include "app/report_json.h"
#include "app/report_text.h"
#include "app/screen.h"
#include "app/time_text.h"
#include "app/verb_options.h"
#include "app/word_choice.h"
#include "base/memory.h"
#include "io/file_text.h"
#include "io/output.h"
#include "watch/tally.h"

#define TABLES_BYTES (64 << 20)        /* what a long log fills; more is made when it is needed */
#define RECORDS_AT_ONCE LOG_LINES_HELD /* as many as log_reader_take gives */

enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

struct report_options {
    struct tally_settings settings;
    struct answer_options answer;
    enum report_format format;
    enum screen_colour colour;
    const char *output, *rules, *providers;
};

enum option_code {
    OPTION_SINCE = 256,
    OPTION_UNTIL,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_RULES,
    OPTION_PROVIDERS,
    OPTION_MIN_HITS,
    OPTION_MIN_RATIO,
    OPTION_LATENCY,
    OPTION_IDLE,
    OPTION_MAX_OPEN,
    OPTION_COLOUR,
};

static const struct option option_table[] = {
    ANSWER_OPTION_ROWS,
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"rules", required_argument, NULL, OPTION_RULES},
    {"providers", required_argument, NULL, OPTION_PROVIDERS},
    {"min-hits", required_argument, NULL, OPTION_MIN_HITS},
    {"min-ratio", required_argument, NULL, OPTION_MIN_RATIO},
    {"latency-target", required_argument, NULL, OPTION_LATENCY},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"max-open", required_argument, NULL, OPTION_MAX_OPEN},
    {"color", required_argument, NULL, OPTION_COLOUR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool take_format(struct slice word, enum report_format *out, struct err *err)
{
    static const char *const words[] = {"text", "json", "html"};
    size_t place;
    if (!word_choose("--format", words, 3, word, &place, err))
        return false;
    *out = (enum report_format)place;
    return true;
}

static bool take_count(const char *name, struct slice word, uint32_t *out, struct err *err)
{
    uint64_t value;
    if (!slice_to_u64(word, 100000000, &value) || value == 0)
        return err_set(err, ERR_USAGE, "%s takes a whole number from 1 to 100000000, not \"%.*s\"",
                       name, SLICE_ARG(slice_first(word, 60)));
    *out = (uint32_t)value;
    return true;
}

static bool take_ratio(struct slice word, double *out, struct err *err)
{
    char *end;
    char copy[32] = {0};
    if (word.len > 0 && word.len < sizeof(copy)) {
        memcpy(copy, word.ptr, word.len);
        double value = strtod(copy, &end);
        if (*end == '\0' && value >= 0 && value <= 1) {
            *out = value;
            return true;
        }
    }
    return err_set(err, ERR_USAGE,
                   "--min-ratio takes a number from 0 to 1, such as 0.15, not \"%.*s\"",
                   SLICE_ARG(slice_first(word, 60)));
}

static bool take_latency(struct slice word, double *out, struct err *err)
{
    int64_t us;
    if (!duration_text_parse(word, &us, err))
        return err_at(err, "--latency-target");
    *out = (double)us / 1e6;
    return true;
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct report_options *options = data;
    struct tally_settings *settings = &options->settings;
    struct slice word = slice_from_str(value);
    if (answer_option(&options->answer, code, value))
        return true;
    switch ((enum option_code)code) {
    case OPTION_SINCE:
        return log_time_parse(word, &settings->since_us, err) || err_at(err, "--since");
    case OPTION_UNTIL:
        return log_time_parse(word, &settings->until_us, err) || err_at(err, "--until");
    case OPTION_FORMAT:
        return take_format(word, &options->format, err);
    case OPTION_OUTPUT:
        options->output = word.ptr;
        return true;
    case OPTION_RULES:
        options->rules = word.ptr;
        return true;
    case OPTION_PROVIDERS:
        options->providers = word.ptr;
        return true;
    case OPTION_MIN_HITS:
        return take_count("--min-hits", word, &settings->reply_rule.min_hits, err);
    case OPTION_MIN_RATIO:
        return take_ratio(word, &settings->reply_rule.min_ratio, err);
    case OPTION_LATENCY:
        return take_latency(word, &settings->latency_target_s, err);
    case OPTION_IDLE:
        return duration_text_parse(word, &settings->limits.idle_us, err) || err_at(err, "--idle");
    case OPTION_MAX_OPEN:
        return take_count("--max-open", word, &settings->limits.max_open, err);
    case OPTION_COLOUR:
        return screen_colour_parse(word, &options->colour, err);
    }
    return false;
}

static void read_all(struct log_source *source, struct tally *tally)
{
    struct timed_record *records = MEM_NEW_ARRAY(struct timed_record, RECORDS_AT_ONCE);
    size_t count;
    while ((count = log_source_take(source, records, RECORDS_AT_ONCE)) > 0)
        for (size_t i = 0; i < count; i++)
            tally_take(tally, &records[i].record, records[i].time_us);
    mem_free(records);
}

static bool print_summary(const struct report_options *options, const struct summary *summary,
                          const struct provider_table *providers, struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    struct text_style style = screen_style(options->output == NULL, options->colour);
    switch (options->format) {
    case FORMAT_TEXT:
        report_text(summary, providers, &style, &text);
        break;
    case FORMAT_JSON:
        report_json(summary, providers, &text);
        break;
    case FORMAT_HTML:
        report_html(summary, providers, &text);
        break;
    }
    if (options->output != NULL)
        return output_file_write(options->output, buf_slice(&text), err);
    fwrite(text.ptr, 1, text.len, stdout);
    return true;
}

/* The classifier over the operator's files and the built-in tables; NULL and err. */
static struct classifier *load_knowledge(const struct report_options *options, struct err *err)
{
    CLEANUP_BUF struct buf extra = {0};
    if (options->providers != NULL && !file_text_read(options->providers, &extra, err))
        return NULL;
    struct provider_table *providers = provider_table_new(buf_slice(&extra), err);
    if (providers == NULL)
        err_at(err, "%s", options->providers ? options->providers : "providers");
    return classifier_new_for(options->rules, providers, err);
}

static int report_logs(const struct verb *verb, const struct report_options *options,
                       struct classifier *classifier, char *const *paths, int count)
{
    struct log_source source;
    struct err err;
    if (!log_source_open(&source, paths, count, &err))
        return verb_fail(verb, &err);
    struct tally *tally = tally_new(&options->settings, classifier);
    read_all(&source, tally);
    struct summary summary;
    tally_finish(tally, &summary);
    tally_free(tally); /* the text of a long report may lie where it was */
    summary.lines_cut += log_reader_cut_lines(source.reader);
    int status = log_source_close(&source, verb);
    bool nothing = status != VERB_FINE && summary.lines_read + summary.lines_outside == 0;
    if (status == VERB_FINE && summary.lines_read > 0 && summary.lines_mail == 0)
        status = VERB_NO;
    if (!nothing && !print_summary(options, &summary, classifier_providers(classifier), &err))
        status = verb_fail(verb, &err);
    arena_free(summary.arena);
    return status;
}

static int report_history(const struct verb *verb, const struct report_options *options,
                          struct classifier *classifier, const struct answer_source *source)
{
    struct report_history history = {.reader = source->reader, .name = source->folder};
    struct summary summary;
    struct err err;
    if (!report_history_read(&history, &options->settings, classifier, &summary, &err))
        return verb_fail(verb, &err);
    int status = VERB_FINE;
    if (history.damaged > 0) {
        fprintf(stderr, "todoku %s: the history in %s: %llu damaged blocks could not be read\n",
                verb->name, source->folder, (unsigned long long)history.damaged);
        status = VERB_UNKNOWN;
    }
    if (history.dropped > 0) /* no fault: they are too old for the history now */
        fprintf(stderr,
                "todoku %s: the history in %s: %llu blocks were dropped for their age "
                "while it was read, and are not in this report\n",
                verb->name, source->folder, (unsigned long long)history.dropped);
    if (!print_summary(options, &summary, classifier_providers(classifier), &err))
        status = verb_fail(verb, &err);
    arena_free(summary.arena);
    return status;
}

static int report(const struct verb *verb, const struct report_options *options, char *const *paths,
                  int count)
{
    struct answer_source source;
    struct err err;
    int status;
    mem_expect(TABLES_BYTES);
    struct classifier *classifier = load_knowledge(options, &err);
    if (classifier == NULL)
        return verb_fail(verb, &err);
    if (!answer_source_open(&source, verb, &options->answer, count, &err))
        status = verb_fail(verb, &err);
    else if (source.reader != NULL)
        status = report_history(verb, options, classifier, &source);
    else
        status = report_logs(verb, options, classifier, paths, count);
    answer_source_close(&source);
    classifier_free(classifier);
    return status;
}

int verb_report(const struct verb *verb, int argc, char **argv)
{
    struct report_options options = {.settings = tally_default_settings};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    if (options.settings.since_us >= options.settings.until_us) {
        err_set(&err, ERR_USAGE, "--since must lie before --until");
        return verb_usage_error(verb, &err);
    }
    return report(verb, &options, argv + optind, argc - optind);
}
