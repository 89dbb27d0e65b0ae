/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku classify: what each reply means. One reply a line, as JSON or as plain text; a line that
 * cannot be read gives a JSON object on stderr and costs the exit status, not the other lines.
 */
#include <inttypes.h>
#include <stdio.h>

#include "app/reply_json.h"
#include "app/screen.h"
#include "app/verb_options.h"
#include "base/escape.h"
#include "io/log_input.h"
#include "io/output.h"
#include "mail/stamp.h"

struct classify_job {
    const struct verb *verb;
    const char *rules; /* path or NULL */
    bool as_text;
    struct text_style style;
    struct classifier *classifier;
    struct log_input *input;
    uint64_t line, bad;
    uint64_t stamped; /* lines that mean nothing and begin as those of a log do */
    struct buf out;
};

static const struct {
    const char *title;
    size_t width;
} columns[] = {{"CLASS", 17},    {"PERMANENCE", 10}, {"SCOPE", 16},
               {"PROVIDER", 18}, {"ACTION", 20},     {"RULE", 28}};

static void add_column(struct classify_job *job, size_t column, const char *word)
{
    CLEANUP_BUF struct buf cell = {0};
    text_add(&job->style, slice_from_str(word[0] ? word : "-"), &cell);
    size_t width = escape_width(buf_slice(&cell));
    buf_add(&job->out, buf_slice(&cell));
    do
        buf_add_char(&job->out, ' ');
    while (++width <= columns[column].width);
}

static void add_detail(struct classify_job *job, const char *name, struct slice value)
{
    if (value.len == 0)
        return;
    buf_addf(&job->out, "%s=", name);
    text_add(&job->style, value, &job->out);
    buf_add_char(&job->out, ' ');
}

static void end_row(struct classify_job *job)
{
    job->out.len = slice_trim(buf_slice(&job->out)).len;
    buf_add_char(&job->out, '\n');
    fwrite(job->out.ptr, 1, job->out.len, stdout);
}

static void print_titles(struct classify_job *job)
{
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        add_column(job, i, columns[i].title);
    end_row(job);
}

static void print_text(struct classify_job *job, const struct verdict *verdict)
{
    const char *const words[] = {
        reply_class_word(verdict->class),
        reply_permanence_word(verdict->permanence),
        reply_scope_word(verdict->scope),
        verdict->provider,
        verdict->action,
        verdict->rule,
    };
    buf_clear(&job->out);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        add_column(job, i, words[i]);
    add_detail(job, "token", verdict->token);
    add_detail(job, "list", verdict->list);
    add_detail(job, "url", verdict->url);
    end_row(job);
}

static void print_json(struct classify_job *job, const struct verdict *verdict)
{
    buf_clear(&job->out);
    json_value_print(reply_json_verdict(verdict), false, &job->out);
    fwrite(job->out.ptr, 1, job->out.len, stdout);
}

static void complain(struct classify_job *job, const struct err *err)
{
    CLEANUP_BUF struct buf text = {0};
    json_t *object = json_value_object();
    json_value_put_count(object, "line", job->line);
    json_value_put_text(object, "error", slice_from_str(err->text));
    json_value_print(object, false, &text);
    fwrite(text.ptr, 1, text.len, stderr);
    job->bad++;
}

static bool is_stamped(struct slice line)
{
    struct stamp_context stamps;
    stamp_context_init(&stamps, 1972, NULL, NULL);
    return stamp_take(&stamps, &line) != STAMP_NONE;
}

static void classify_line(struct classify_job *job, struct slice line)
{
    struct err err = {0};
    struct reply_facts facts;
    struct verdict verdict;
    json_t *owner = NULL;
    if (slice_trim(line).len == 0)
        return;
    if (!reply_json_read(line, &facts, &owner, &err)) {
        complain(job, &err);
        return;
    }
    classifier_run(job->classifier, &facts, &verdict);
    job->stamped += verdict.class == REPLY_CLASS_UNKNOWN && is_stamped(line);
    if (job->as_text)
        print_text(job, &verdict);
    else
        print_json(job, &verdict);
    json_decref(owner);
}

static int classify_all(struct classify_job *job)
{
    struct slice line;
    struct err err = {0};
    enum log_input_status status = LOG_INPUT_END;
    if (job->as_text)
        print_titles(job);
    while (!output_stdout_failed() &&
           (status = log_input_next(job->input, &line, &err)) == LOG_INPUT_LINE) {
        job->line++;
        classify_line(job, line);
    }
    if (job->stamped > job->line / 2)
        fputs("todoku classify: these look like lines of a log: todoku report reads logs, this the "
              "replies that servers gave\n",
              stderr);
    if (status == LOG_INPUT_FAILED)
        return verb_fail(job->verb, &err);
    if (job->bad == 0)
        return VERB_FINE;
    fprintf(stderr, "todoku classify: %" PRIu64 " of %" PRIu64 " lines could not be read\n",
            job->bad, job->line);
    return VERB_NO;
}

static int run_job(struct classify_job *job, const char *path)
{
    struct err err = {0};
    job->classifier = classifier_new(job->rules, &err);
    if (job->classifier != NULL)
        job->input = log_input_open(path, &err);
    int status = job->input ? classify_all(job) : verb_fail(job->verb, &err);
    log_input_close(job->input);
    classifier_free(job->classifier);
    buf_done(&job->out);
    return status;
}

enum option_code { OPTION_RULES = 256, OPTION_FORMAT };

static const struct option option_table[] = {
    {"rules", required_argument, NULL, OPTION_RULES},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct classify_job *job = data;
    bool json;
    if (code == OPTION_RULES) {
        job->rules = value;
        return true;
    }
    if (!screen_format_parse(slice_from_str(value), &json, err))
        return false;
    job->as_text = !json;
    return true;
}

int verb_classify(const struct verb *verb, int argc, char **argv)
{
    struct classify_job job = {.verb = verb};
    struct err err = {0};
    int status = verb_options(verb, argc, argv, option_table, take_option, &job);
    if (status != VERB_GO_ON)
        return status;
    if (argc - optind > 1) {
        err_set(&err, ERR_USAGE, "expected one FILE, found also \"%.60s\"", argv[optind + 1]);
        return verb_usage_error(verb, &err);
    }
    job.style = screen_style(true, COLOUR_NEVER);
    return run_job(&job, optind < argc ? argv[optind] : "-");
}
