/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and running a scenario of accounts. Streams of mail become events, which happen in order
 * of their times when the clock moves.
 */
#include "hijack_scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/memory.h"
#include "watch/hijack.h"
#include "word.h"

#define WATCHED_MAX 64
#define EVENTS_MAX 400000
#define RESULT_US (2 * US_PER_SECOND) /* after a message, until it was tried */
#define IDLE_US (600 * US_PER_SECOND) /* turns of the detector while nothing happens */

/* One message, or one wave of failed logins, of a stream. */
struct event {
    int64_t time_us;
    uint32_t stream, number;
    bool result; /* its attempts end now */
};

struct stream {
    struct slice login, from, to, sender;
    uint64_t rcpts, pool, size, dead, spam, refused;
    bool log, policy;
};

/* What the detector said of one account. */
struct watched {
    struct slice login;
    struct hijack_verdict now; /* evidence and login are not kept */
    enum hijack_step peak;
    int64_t marked_us;
    uint64_t messages, recipients;           /* since it was marked */
    uint64_t messages_at[HIJACK_STEP_COUNT]; /* when the step was reached; or 0 */
    int64_t seconds_at[HIJACK_STEP_COUNT];
};

/* `days 14`, `weeks 4`, `every 5m for 2h`: how often. */
struct often {
    int64_t each_us, for_us, repeat_us;
    uint64_t repeats;
};

struct hijack_scenario {
    const char *name;
    struct slice title, fails;
    struct hijack *hijack;
    struct stream *streams;
    size_t stream_count, stream_capacity;
    struct event *events;
    size_t event_count, event_capacity, done;
    struct watched watched[WATCHED_MAX];
    size_t watched_count;
    int64_t now_us;
    struct often often; /* what the line that is read says happens */
    unsigned expectations;
    struct buf *problems;
};

/* ---- what is said ---- */

static struct watched *watched_of(struct hijack_scenario *scenario, struct slice login)
{
    for (size_t i = 0; i < scenario->watched_count; i++)
        if (slice_eq(scenario->watched[i].login, login))
            return &scenario->watched[i];
    if (scenario->watched_count == WATCHED_MAX)
        return NULL;
    struct watched *one = &scenario->watched[scenario->watched_count++];
    one->login = login;
    return one;
}

static void hear_step(void *data, const struct hijack_verdict *verdict)
{
    struct hijack_scenario *scenario = data;
    struct watched *one = watched_of(scenario, verdict->login);
    if (one == NULL)
        return;
    one->now = *verdict;
    for (size_t step = HIJACK_NOTE; step <= (size_t)verdict->step; step++) {
        if (one->messages_at[step] != 0)
            continue;
        one->messages_at[step] = one->messages;
        one->seconds_at[step] = (verdict->at_us - one->marked_us) / US_PER_SECOND;
    }
    if (verdict->step > one->peak)
        one->peak = verdict->step;
}

static void hear_incident(void *data, const struct incident *incident)
{
    (void)data;
    (void)incident;
}

static void turn(struct hijack_scenario *scenario, int64_t now_us)
{
    hijack_tell(scenario->hijack, now_us, hear_incident, scenario);
}

/* ---- events ---- */

/* `%n` is the number. */
static void fill(struct slice pattern, uint64_t number, struct buf *to)
{
    buf_clear(to);
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] == '%' && i + 1 < pattern.len && pattern.ptr[i + 1] == 'n') {
            buf_addf(to, "%llu", (unsigned long long)number);
            i++;
        } else {
            buf_add_char(to, pattern.ptr[i]);
        }
    }
}

static void take_recipients(struct hijack_scenario *scenario, const struct stream *stream,
                            const struct event *event)
{
    CLEANUP_BUF struct buf to = {0};
    for (uint64_t i = 0; i < stream->rcpts; i++) {
        uint64_t number = event->number * stream->rcpts + i;
        fill(stream->to, stream->pool ? number % stream->pool : number, &to);
        hijack_take_recipient(scenario->hijack, stream->login, buf_slice(&to), event->time_us);
        if (!event->result)
            continue;
        enum hijack_result result = HIJACK_TAKEN;
        if (number * 61 % 100 < stream->dead)
            result = HIJACK_DEAD;
        else if (number * 37 % 100 < stream->spam)
            result = HIJACK_SPAM;
        hijack_take_result(scenario->hijack, stream->login, result, event->time_us);
    }
}

static void take_mail(struct hijack_scenario *scenario, const struct stream *stream,
                      const struct event *event)
{
    CLEANUP_BUF struct buf client = {0}, sender = {0};
    fill(stream->from, event->number % 250, &client);
    fill(stream->sender, event->number, &sender);
    struct watched *one = watched_of(scenario, stream->login);
    if (one != NULL) {
        one->messages++;
        one->recipients += stream->rcpts;
    }
    hijack_take_client(scenario->hijack, stream->login, buf_slice(&client), event->number + 1,
                       event->time_us);
    for (enum hijack_origin origin = HIJACK_BY_LOG; origin <= HIJACK_BY_POLICY; origin++) {
        struct hijack_mail mail = {.origin = origin,
                                   .message = event->number + 1,
                                   .sender = buf_slice(&sender),
                                   .recipients = (uint32_t)stream->rcpts,
                                   .size = stream->size};
        if (origin == HIJACK_BY_LOG ? stream->log : stream->policy)
            hijack_take_mail(scenario->hijack, stream->login, &mail, event->time_us);
    }
    if (stream->policy)
        take_recipients(scenario, stream, event);
}

static void happen(struct hijack_scenario *scenario, const struct event *event)
{
    const struct stream *stream = &scenario->streams[event->stream];
    if (stream->refused > 0) {
        CLEANUP_BUF struct buf client = {0};
        fill(stream->from, event->number % 250, &client);
        hijack_take_refused(scenario->hijack, stream->login, buf_slice(&client),
                            (uint32_t)stream->refused, event->time_us);
    } else if (event->result) {
        take_recipients(scenario, stream, event);
    } else {
        take_mail(scenario, stream, event);
    }
    turn(scenario, event->time_us);
}

static int compare(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void run_until(struct hijack_scenario *scenario, int64_t time_us)
{
    if (scenario->event_count > 0)
        qsort(scenario->events + scenario->done, scenario->event_count - scenario->done,
              sizeof(struct event), compare);
    while (scenario->done < scenario->event_count &&
           scenario->events[scenario->done].time_us <= time_us) {
        const struct event *event = &scenario->events[scenario->done++];
        for (; scenario->now_us + IDLE_US < event->time_us; scenario->now_us += IDLE_US)
            turn(scenario, scenario->now_us);
        scenario->now_us = event->time_us;
        happen(scenario, event);
    }
    for (; scenario->now_us + IDLE_US < time_us; scenario->now_us += IDLE_US)
        turn(scenario, scenario->now_us);
    scenario->now_us = time_us;
    turn(scenario, time_us);
}

static void add_event(struct hijack_scenario *scenario, const struct event *event)
{
    if (scenario->event_count == scenario->event_capacity) {
        scenario->event_capacity = scenario->event_capacity ? scenario->event_capacity * 2 : 256;
        scenario->events =
            mem_resize(scenario->events, scenario->event_capacity, sizeof(struct event));
    }
    scenario->events[scenario->event_count++] = *event;
}

/* ---- streams ---- */

static bool take_often(struct slice *rest, struct often *often, struct err *err)
{
    *often = (struct often){.each_us = 1, .for_us = 1, .repeats = 1};
    for (;;) {
        struct slice look = *rest, word = word_take_plain(&look);
        if (slice_eq(word, SLICE("days")) || slice_eq(word, SLICE("weeks"))) {
            often->repeat_us = (word.len == 4 ? 1 : 7) * SECONDS_PER_DAY * US_PER_SECOND;
            if (!word_count(word_take_plain(&look), &often->repeats, err))
                return false;
        } else if (slice_eq(word, SLICE("every"))) {
            if (!word_duration(word_take_plain(&look), &often->each_us, err) ||
                !slice_eq(word_take_plain(&look), SLICE("for")) ||
                !word_duration(word_take_plain(&look), &often->for_us, err))
                return err->code != ERR_NONE ? false : err_set(err, ERR_INPUT, "every D for D");
        } else {
            return true;
        }
        *rest = look;
    }
}

static bool set_number(struct stream *stream, const struct word *word, struct err *err)
{
    const struct {
        const char *name;
        uint64_t *at;
    } numbers[] = {
        {"rcpts", &stream->rcpts}, {"pool", &stream->pool}, {"size", &stream->size},
        {"dead", &stream->dead},   {"spam", &stream->spam}, {"times", &stream->refused},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (slice_eq(word->name, slice_from_str(numbers[i].name)))
            return word_count(word->value, numbers[i].at, err);
    return err_set(err, ERR_INPUT, "unknown name \"%.*s\"", SLICE_ARG(slice_first(word->name, 40)));
}

static bool set_value(struct stream *stream, const struct word *word, struct err *err)
{
    const struct {
        const char *name;
        struct slice *at;
    } texts[] = {
        {"from", &stream->from},
        {"to", &stream->to},
        {"sender", &stream->sender},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_eq(word->name, slice_from_str(texts[i].name))) {
            *texts[i].at = word->value;
            return true;
        }
    }
    if (!slice_eq(word->name, SLICE("by")))
        return set_number(stream, word, err);
    stream->log = !slice_eq(word->value, SLICE("policy"));
    stream->policy = !slice_eq(word->value, SLICE("log"));
    return true;
}

static void add_stream(struct hijack_scenario *scenario, const struct stream *stream,
                       const struct often *often)
{
    if (scenario->stream_count == scenario->stream_capacity) {
        scenario->stream_capacity = scenario->stream_capacity ? scenario->stream_capacity * 2 : 16;
        scenario->streams =
            mem_resize(scenario->streams, scenario->stream_capacity, sizeof(struct stream));
    }
    uint32_t number = 0, index = (uint32_t)scenario->stream_count;
    scenario->streams[scenario->stream_count++] = *stream;
    for (uint64_t i = 0; i < often->repeats; i++) {
        for (int64_t at_us = 0; at_us < often->for_us; at_us += often->each_us) {
            struct event event = {scenario->now_us + (int64_t)i * often->repeat_us + at_us, index,
                                  number++, false};
            add_event(scenario, &event);
            event.time_us += RESULT_US;
            event.result = true;
            if (stream->log && stream->refused == 0)
                add_event(scenario, &event);
        }
    }
}

static bool take_stream(struct hijack_scenario *scenario, struct slice rest, bool refused,
                        struct err *err)
{
    const struct often *often = &scenario->often;
    struct stream stream = {.login = word_take_plain(&rest),
                            .from = SLICE("192.0.2.1"),
                            .to = SLICE("friend%n@friends.example"),
                            .rcpts = 1,
                            .size = 0,
                            .refused = refused,
                            .log = true,
                            .policy = !refused};
    struct word word;
    stream.sender = stream.login;
    while (word_take(&rest, &word, err))
        if (!set_value(&stream, &word, err))
            return false;
    if (err->code != ERR_NONE)
        return false;
    if (stream.login.len == 0 || often->each_us <= 0 ||
        scenario->event_count +
                often->repeats * (uint64_t)(often->for_us / often->each_us + 1) * 2 >
            EVENTS_MAX)
        return err_set(err, ERR_INPUT, "mail LOGIN NAME=VALUE ..., and not too many");
    add_stream(scenario, &stream, often);
    return true;
}

/* `mail LOGIN NAME=VALUE ...` */
static bool take_mails(struct hijack_scenario *scenario, struct slice rest, struct err *err)
{
    return take_stream(scenario, rest, false, err);
}

/* `fail LOGIN from=CLIENT times=N` */
static bool take_guesses(struct hijack_scenario *scenario, struct slice rest, struct err *err)
{
    return take_stream(scenario, rest, true, err);
}

/* ---- people and rules ---- */

/* `resume LOGIN for=D` */
static bool take_resume(struct hijack_scenario *scenario, struct slice rest, struct err *err)
{
    struct slice login = word_take_plain(&rest);
    int64_t for_us;
    slice_take_prefix(&rest, SLICE("for="));
    if (!word_duration(rest, &for_us, err))
        return false;
    hijack_forgive(scenario->hijack, login, scenario->now_us + for_us, scenario->now_us);
    return true;
}

/* `mark LOGIN`: what is counted of it counts from now on. */
static bool take_mark(struct hijack_scenario *scenario, struct slice rest, struct err *err)
{
    struct watched *one = watched_of(scenario, rest);
    if (one == NULL)
        return err_set(err, ERR_LIMIT, "too many accounts");
    *one = (struct watched){.login = rest, .marked_us = scenario->now_us};
    return true;
}

/* ---- expectations ---- */

static void problem(struct hijack_scenario *scenario, unsigned line, struct slice login,
                    const char *what, struct slice wanted)
{
    const struct watched *one = watched_of(scenario, login);
    struct hijack_facts facts;
    struct hijack_verdict verdict;
    CLEANUP_BUF struct buf text = {0};
    if (hijack_look(scenario->hijack, login, scenario->now_us, &facts, &verdict))
        hijack_verdict_text(&verdict, &text);
    buf_addf(scenario->problems,
             "%s:%u: %.*s: %s is not %.*s: step %s, peak %s, held after %llu messages and %lld s; "
             "now %s; %u families\n",
             scenario->name, line, SLICE_ARG(login), what, SLICE_ARG(wanted),
             hijack_step_word(one->now.step), hijack_step_word(one->peak),
             (unsigned long long)one->messages_at[HIJACK_HOLD],
             (long long)one->seconds_at[HIJACK_HOLD], buf_str(&text), verdict.families);
}

static bool check_one(struct hijack_scenario *scenario, unsigned line, struct watched *one,
                      const struct word *word, struct err *err)
{
    char name[32];
    enum hijack_step step;
    snprintf(name, sizeof(name), "%.*s", SLICE_ARG(slice_first(word->name, 31)));
    bool is_step = slice_eq(word->name, SLICE("step")),
         is_peak = slice_eq(word->name, SLICE("peak"));
    if (is_step || is_peak) {
        if (!hijack_step_from_word(word->value, &step))
            return err_set(err, ERR_INPUT, "no step");
        if (step != (is_step ? one->now.step : one->peak))
            problem(scenario, line, one->login, name, word->value);
        return true;
    }
    uint64_t low, high, value;
    struct slice within = word->name;
    bool seconds = slice_take_prefix(&within, SLICE("seconds-to-"));
    if (!seconds && !slice_take_prefix(&within, SLICE("messages-to-")))
        return err_set(err, ERR_INPUT, "step= peak= messages-to-STEP= seconds-to-STEP=");
    if (!hijack_step_from_word(within, &step) || !word_range(word->value, &low, &high, err))
        return err->code != ERR_NONE ? false : err_set(err, ERR_INPUT, "no step");
    value = seconds ? (uint64_t)one->seconds_at[step] : one->messages_at[step];
    if (one->peak < step || value < low || value > high)
        problem(scenario, line, one->login, name, word->value);
    return true;
}

/* `expect quiet`: of nobody was anything ever said; `expect LOGIN NAME=VALUE ...` */
static bool take_expect(struct hijack_scenario *scenario, unsigned line, struct slice rest,
                        struct err *err)
{
    struct slice login = word_take_plain(&rest);
    scenario->expectations++;
    for (size_t i = 0; slice_eq(login, SLICE("quiet")) && i < scenario->watched_count; i++)
        if (scenario->watched[i].peak > HIJACK_NONE)
            problem(scenario, line, scenario->watched[i].login, "peak", SLICE("none"));
    if (slice_eq(login, SLICE("quiet")))
        return true;
    struct watched *one = watched_of(scenario, login);
    struct word word;
    if (one == NULL)
        return err_set(err, ERR_LIMIT, "too many accounts");
    while (word_take(&rest, &word, err))
        if (!check_one(scenario, line, one, &word, err))
            return false;
    return err->code == ERR_NONE;
}

/* ---- lines ---- */

static bool move(struct hijack_scenario *scenario, struct slice *rest, struct err *err)
{
    int64_t us;
    if (!word_move(rest, scenario->now_us, &us, err))
        return false;
    if (us == scenario->now_us)
        return true;
    if (scenario->now_us == 0)
        scenario->now_us = us;
    run_until(scenario, us);
    return true;
}

static bool take_title(struct hijack_scenario *scenario, struct slice rest, struct err *err)
{
    scenario->title = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "accounts wants a sentence");
}

static bool take_fails(struct hijack_scenario *scenario, struct slice rest, struct err *err)
{
    scenario->fails = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "fails wants the text of a problem");
}

static bool take_line(struct hijack_scenario *scenario, unsigned line, struct slice rest,
                      struct err *err)
{
    static const struct {
        const char *word;
        bool (*take)(struct hijack_scenario *scenario, struct slice rest, struct err *err);
    } words[] = {
        {"accounts", take_title}, {"fails", take_fails},   {"mail", take_mails},
        {"fail", take_guesses},   {"resume", take_resume}, {"mark", take_mark},
    };
    if (!move(scenario, &rest, err) || !take_often(&rest, &scenario->often, err))
        return false;
    struct slice word = word_take_plain(&rest);
    if (word.len == 0 || word.ptr[0] == '#')
        return true;
    if (slice_eq(word, SLICE("expect")))
        return take_expect(scenario, line, rest, err);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq(word, slice_from_str(words[i].word)))
            return words[i].take(scenario, rest, err);
    return err_set(err, ERR_INPUT, "unknown word \"%.*s\"", SLICE_ARG(slice_first(word, 40)));
}

struct hijack_scenario *hijack_scenario_run(const char *name, struct slice text,
                                            struct buf *problems)
{
    struct hijack_scenario *scenario = MEM_NEW(struct hijack_scenario);
    scenario->name = name;
    scenario->problems = problems;
    scenario->hijack = hijack_new(&hijack_rule_default);
    hijack_hear(scenario->hijack, hear_step, scenario);
    for (unsigned line = 1; text.ptr != NULL && text.len > 0; line++) {
        struct err err = {0};
        if (!take_line(scenario, line, slice_cut(&text, '\n'), &err))
            buf_addf(problems, "%s:%u: %s\n", name, line, err.text);
    }
    if (scenario->expectations == 0)
        buf_addf(problems, "%s:1: nothing is expected\n", name);
    return scenario;
}

void hijack_scenario_free(struct hijack_scenario *scenario)
{
    hijack_free(scenario->hijack);
    mem_free(scenario->streams);
    mem_free(scenario->events);
    mem_free(scenario);
}

struct slice hijack_scenario_title(const struct hijack_scenario *scenario)
{
    return scenario->title;
}

struct slice hijack_scenario_fails(const struct hijack_scenario *scenario)
{
    return scenario->fails;
}
