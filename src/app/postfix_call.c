/* SPDX-License-Identifier: Apache-2.0
 *
 * postqueue(1), postconf(1), postmap(1), postcat(1), postsuper(1) and postfix(1) as children. See
 * postfix_call.h.
 */
#include "app/postfix_call.h"

#include "base/civil.h"
#include "base/memory.h"
#include "io/child_process.h"

#define DEADLINE_MS 10000
#define QUEUE_BYTES_MAX ((size_t)128 << 20) /* some 400,000 messages */
#define WORDS_MAX (POSTFIX_FILES_MAX + 3)
#define ERROR_SHOWN 200

/* What it said of why, in one line. */
static struct slice first_line(const struct buf *text)
{
    struct slice rest = slice_trim(buf_slice(text));
    return slice_first(slice_cut(&rest, '\n'), ERROR_SHOWN);
}

/* place NULL: of no instance. */
static int64_t deadline_ms(const struct postfix_place *place)
{
    return place != NULL && place->deadline_ms > 0 ? place->deadline_ms : DEADLINE_MS;
}

static bool judge(const struct postfix_place *place, const char *program,
                  const struct child_outcome *outcome, struct err *err)
{
    struct slice said = first_line(&outcome->errors);
    if (outcome->timed_out)
        return err_set(err, ERR_IO, "%s: no answer within %d s", program,
                       (int)(deadline_ms(place) / 1000));
    if (outcome->status == 0)
        return true;
    if (said.len > 0)
        return err_set(err, ERR_IO, "%s: %.*s", program, SLICE_ARG(said));
    return err_set(err, ERR_IO, "%s: failed with status %d", program, outcome->status);
}

/* `words` follow the program and `-c FOLDER`; NULL ends them. */
struct call {
    const struct postfix_place *place;
    const char *program;
    const char *const *words;
    struct slice input;
    const atomic_bool *abort;
};

static bool run(const struct call *call, struct child_outcome *outcome, struct err *err)
{
    const struct postfix_place *place = call->place;
    const char *const *words = call->words;
    CLEANUP_BUF struct buf path = {0};
    const char *argv[WORDS_MAX + 4] = {NULL};
    size_t count = 0;
    buf_addf(&path, "%s/%s", place->commands, call->program);
    argv[count++] = buf_str(&path);
    if (place->config != NULL) {
        argv[count++] = "-c";
        argv[count++] = place->config;
    }
    for (; *words != NULL; words++) {
        ASSERT(count < WORDS_MAX + 3);
        argv[count++] = *words;
    }
    struct child_command command = {
        .argv = argv,
        .input = call->input,
        .deadline_ms = deadline_ms(place),
        .output_bytes_max = QUEUE_BYTES_MAX,
        .abort = call->abort,
    };
    return child_process_run(&command, outcome, err);
}

static bool call(const struct postfix_place *place, const char *program, const char *const *words,
                 struct child_outcome *outcome, struct err *err)
{
    return run(&(struct call){.place = place, .program = program, .words = words}, outcome, err);
}

bool postfix_call_queue(const struct postfix_place *place, struct buf *to, bool *cut,
                        struct err *err)
{
    static const char *const words[] = {"-j", NULL};
    struct child_outcome outcome;
    if (!call(place, "postqueue", words, &outcome, err))
        return false;
    bool good = judge(place, "postqueue", &outcome, err);
    if (good) {
        *cut = outcome.cut;
        buf_add(to, buf_slice(&outcome.output));
    }
    child_outcome_done(&outcome);
    return good;
}

/* Values come one a line, in the order asked for; a setting that this Postfix does not know has
 * none, and postconf says so on its standard error. */
static bool read_values(struct slice text, struct retry_settings *out, struct err *err)
{
    const struct {
        int64_t *to;
        int64_t unit_us;
    } values[] = {
        {&out->minimal_backoff_us, US_PER_SECOND},
        {&out->maximal_backoff_us, US_PER_SECOND},
        {&out->queue_run_delay_us, US_PER_SECOND},
        {&out->maximal_lifetime_us, SECONDS_PER_DAY * US_PER_SECOND},
        {&out->bounce_lifetime_us, SECONDS_PER_DAY * US_PER_SECOND},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct slice value = slice_cut(&text, '\n');
        if (!retry_time_parse(value, values[i].unit_us, values[i].to))
            return err_set(err, ERR_INPUT, "postconf: \"%.*s\" is no time of Postfix",
                           SLICE_ARG(slice_first(value, ERROR_SHOWN)));
    }
    return true;
}

bool postfix_call_retry(const struct postfix_place *place, struct retry_settings *out,
                        struct err *err)
{
    static const char *const words[] = {"-x",
                                        "-h",
                                        "minimal_backoff_time",
                                        "maximal_backoff_time",
                                        "queue_run_delay",
                                        "maximal_queue_lifetime",
                                        "bounce_queue_lifetime",
                                        NULL};
    struct child_outcome outcome;
    struct retry_settings read = retry_default_settings;
    *out = retry_default_settings;
    if (!call(place, "postconf", words, &outcome, err))
        return false;
    bool good = judge(place, "postconf", &outcome, err) &&
                read_values(buf_slice(&outcome.output), &read, err);
    if (good)
        *out = read;
    child_outcome_done(&outcome);
    return good;
}

bool postfix_call_conf(const struct postfix_place *place, const char *const *words, struct buf *to,
                       struct err *err)
{
    struct child_outcome outcome;
    if (!call(place, "postconf", words, &outcome, err))
        return false;
    bool good = judge(place, "postconf", &outcome, err);
    if (good)
        buf_add(to, buf_slice(&outcome.output));
    child_outcome_done(&outcome);
    return good;
}

/* The first line that is about the table: what Postfix says of main.cf, it says of every call. */
static struct slice first_about_table(const struct buf *errors)
{
    struct slice rest = buf_slice(errors);
    while (rest.ptr != NULL) {
        struct slice line = slice_cut(&rest, '\n');
        if (line.len > 0 && slice_find(line, SLICE("/main.cf")) == NULL)
            return line;
    }
    return SLICE("");
}

bool postfix_call_table(const struct postfix_place *place, const char *table, struct buf *complaint,
                        struct err *err)
{
    const char *const words[] = {"-q", "todoku", table, NULL};
    struct child_outcome outcome;
    if (!call(place, "postmap", words, &outcome, err))
        return false;
    bool good = !outcome.timed_out || judge(place, "postmap", &outcome, err);
    buf_add(complaint, first_about_table(&outcome.errors)); /* not found is silent, with status 1 */
    child_outcome_done(&outcome);
    return good;
}

bool postfix_call_command(const struct postfix_place *place, const char *program,
                          const char *const *words, const atomic_bool *abort, struct err *err)
{
    struct child_outcome outcome;
    if (!run(&(struct call){.place = place, .program = program, .words = words, .abort = abort},
             &outcome, err))
        return false;
    bool good = judge(place, program, &outcome, err);
    child_outcome_done(&outcome);
    return good;
}

bool postfix_call_files(const struct postfix_place *place, const char *const *ids, size_t count,
                        struct buf *to, struct err *err)
{
    const char *words[WORDS_MAX + 1] = {"-e", "-q"};
    struct child_outcome outcome;
    ASSERT(count <= POSTFIX_FILES_MAX);
    for (size_t i = 0; i < count; i++)
        words[2 + i] = ids[i];
    if (!call(place, "postcat", words, &outcome, err))
        return false;
    bool gone = !outcome.timed_out &&
                slice_find(buf_slice(&outcome.errors), SLICE(": No such file")) != NULL;
    bool good = gone || judge(place, "postcat", &outcome, err);
    buf_add(to, buf_slice(&outcome.output));
    child_outcome_done(&outcome);
    return good;
}

bool postfix_call_super(const struct postfix_place *place, const char *const *words,
                        struct slice ids, struct buf *said, struct err *err)
{
    struct child_outcome outcome;
    if (!run(&(struct call){.place = place, .program = "postsuper", .words = words, .input = ids},
             &outcome, err))
        return false;
    bool good = judge(place, "postsuper", &outcome, err);
    buf_add(said, buf_slice(&outcome.errors));
    child_outcome_done(&outcome);
    return good;
}

bool postfix_call_words(const char *const *words, const atomic_bool *abort, struct err *err)
{
    struct child_outcome outcome;
    struct child_command command = {.argv = words, .deadline_ms = DEADLINE_MS, .abort = abort};
    if (!child_process_run(&command, &outcome, err))
        return false;
    bool good = judge(NULL, words[0], &outcome, err);
    child_outcome_done(&outcome);
    return good;
}
