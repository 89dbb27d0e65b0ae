/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and running a scenario. See scenario.h.
 *
 * Time moves by `at` and `+` only, and never back. `every` spreads its messages over the time from
 * now on and leaves the clock where it is, so that several streams run beside each other.
 */
#include "scenario.h"

#include "base/civil.h"
#include "base/memory.h"
#include "check.h"
#include "listener.h"
#include "mail_life.h"
#include "watch/log_clock.h"
#include "watch/tally.h"
#include "word.h"

#define EVERY_MOST 1000000

struct expectation {
    int64_t time_us;
    unsigned line;
    struct slice text;
};

struct scenario {
    const char *name;
    struct slice title, fails;
    int64_t now_us; /* 0: no `at` yet */
    int year;       /* of stamps without one */
    struct event_list events;
    struct mail_words standard; /* as `set` left them */
    uint32_t serial;
    struct expectation *expectations;
    size_t count, capacity;
};

static bool take_title(struct scenario *scenario, struct slice rest, struct err *err)
{
    scenario->title = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "title wants a sentence");
}

static bool take_fails(struct scenario *scenario, struct slice rest, struct err *err)
{
    scenario->fails = rest;
    return rest.len > 0 || err_set(err, ERR_INPUT, "fails wants the text of a problem");
}

static bool take_year(struct scenario *scenario, struct slice rest, struct err *err)
{
    uint64_t year;
    if (!word_count(rest, &year, err))
        return false;
    scenario->year = (int)year;
    return true;
}

static bool take_log(struct scenario *scenario, struct slice rest, struct err *err)
{
    if (scenario->now_us == 0)
        return err_set(err, ERR_INPUT, "log before the first at");
    event_list_add_stamped(&scenario->events, scenario->now_us, rest);
    return true;
}

static bool take_raw(struct scenario *scenario, struct slice rest, struct err *err)
{
    (void)err;
    event_list_add(&scenario->events, scenario->now_us, rest);
    return true;
}

static bool take_set(struct scenario *scenario, struct slice rest, struct err *err)
{
    return mail_words_take(&scenario->standard, rest, err);
}

static bool take_mail(struct scenario *scenario, struct slice rest, struct err *err)
{
    struct mail_words words = scenario->standard;
    if (scenario->now_us == 0)
        return err_set(err, ERR_INPUT, "mail before the first at");
    return mail_words_take(&words, rest, err) &&
           mail_life_add(&scenario->events, &words, scenario->now_us, 1, ++scenario->serial, err);
}

/* `30s for 2h mail ...` */
static bool take_every(struct scenario *scenario, struct slice rest, struct err *err)
{
    int64_t step, length;
    if (!word_duration(word_take_plain(&rest), &step, err))
        return false;
    if (!slice_eq(word_take_plain(&rest), SLICE("for")))
        return err_set(err, ERR_INPUT, "every D for D mail ...: \"for\" is missing");
    if (!word_duration(word_take_plain(&rest), &length, err))
        return false;
    if (!slice_eq(word_take_plain(&rest), SLICE("mail")))
        return err_set(err, ERR_INPUT, "every D for D mail ...: \"mail\" is missing");
    if (scenario->now_us == 0 || step == 0 || length / step > EVERY_MOST)
        return err_set(err, ERR_INPUT, "every: before the first at, or too often");
    struct mail_words words = scenario->standard;
    if (!mail_words_take(&words, rest, err))
        return false;
    uint64_t number = 0;
    for (int64_t after = 0; after < length; after += step)
        if (!mail_life_add(&scenario->events, &words, scenario->now_us + after, ++number,
                           ++scenario->serial, err))
            return false;
    return true;
}

static bool take_expect(struct scenario *scenario, unsigned line, struct slice rest)
{
    if (scenario->count == scenario->capacity) {
        scenario->capacity = scenario->capacity ? scenario->capacity * 2 : 16;
        scenario->expectations =
            mem_resize(scenario->expectations, scenario->capacity, sizeof(struct expectation));
    }
    scenario->expectations[scenario->count++] = (struct expectation){scenario->now_us, line, rest};
    return true;
}

static bool move_to(struct scenario *scenario, int64_t time_us, struct err *err)
{
    if (time_us < scenario->now_us)
        return err_set(err, ERR_INPUT, "time does not go back; write a late line with raw");
    scenario->now_us = time_us;
    return true;
}

/* `at TIME` or `+DURATION` in front; *rest loses it. */
static bool take_move(struct scenario *scenario, struct slice *rest, struct err *err)
{
    struct slice look = *rest, word = word_take_plain(&look);
    int64_t us;
    if (slice_take_prefix(&word, SLICE("+"))) {
        *rest = look;
        if (scenario->now_us == 0)
            return err_set(err, ERR_INPUT, "+ before the first at");
        return word_duration(word, &us, err) && move_to(scenario, scenario->now_us + us, err);
    }
    if (!slice_eq(word, SLICE("at")))
        return true;
    word = word_take_plain(&look);
    *rest = look;
    return word_time(word, scenario->now_us, &us, err) && move_to(scenario, us, err);
}

static bool take_line(struct scenario *scenario, unsigned line, struct slice rest, struct err *err)
{
    static const struct {
        const char *word;
        bool (*take)(struct scenario *scenario, struct slice rest, struct err *err);
    } words[] = {
        {"title", take_title}, {"fails", take_fails}, {"year", take_year}, {"log", take_log},
        {"raw", take_raw},     {"set", take_set},     {"mail", take_mail}, {"every", take_every},
    };
    if (!take_move(scenario, &rest, err))
        return false;
    struct slice word = word_take_plain(&rest);
    if (word.len == 0 || word.ptr[0] == '#')
        return true;
    if (slice_eq(word, SLICE("expect")))
        return take_expect(scenario, line, rest);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq(word, slice_from_str(words[i].word)))
            return words[i].take(scenario, rest, err);
    return err_set(err, ERR_INPUT, "unknown word \"%.*s\"", SLICE_ARG(slice_first(word, 40)));
}

struct scenario *scenario_new(const char *name, struct slice text, struct buf *problems)
{
    struct scenario *scenario = MEM_NEW(struct scenario);
    scenario->name = name;
    scenario->standard = mail_words_standard();
    for (unsigned line = 1; text.ptr != NULL && text.len > 0; line++) {
        struct err err;
        if (!take_line(scenario, line, slice_cut(&text, '\n'), &err))
            buf_addf(problems, "%s:%u: %s\n", name, line, err.text);
    }
    if (scenario->title.len == 0)
        buf_addf(problems, "%s:1: there is no title\n", name);
    if (scenario->count == 0)
        buf_addf(problems, "%s:1: nothing is expected\n", name);
    event_list_sort(&scenario->events);
    return scenario;
}

void scenario_free(struct scenario *scenario)
{
    event_list_done(&scenario->events);
    mem_free(scenario->expectations);
    mem_free(scenario);
}

struct slice scenario_title(const struct scenario *scenario)
{
    return scenario->title;
}

struct slice scenario_fails(const struct scenario *scenario)
{
    return scenario->fails;
}

void scenario_print(const struct scenario *scenario, FILE *to)
{
    for (size_t i = 0; i < scenario->events.count; i++) {
        struct slice line = event_list_line(&scenario->events, i);
        fprintf(to, "%.*s\n", SLICE_ARG(line));
    }
}

/* Reads what has arrived until then as the program does: line, clock, tally. With a listener as the
 * daemon does, which asks for incidents after each line. */
static void feed(const struct scenario *scenario, int64_t until_us, struct tally *tally,
                 struct listener *listener)
{
    struct log_parser *parser = log_parser_new(scenario->year, NULL, NULL);
    struct log_clock clock;
    log_clock_init(&clock);
    for (size_t i = 0; i < scenario->events.count; i++) {
        struct log_record record;
        bool believed;
        if (scenario->events.items[i].time_us > until_us)
            break;
        log_record_parse(parser, event_list_line(&scenario->events, i), &record);
        int64_t now_us = log_clock_take(&clock, record.line.time_us, &believed);
        tally_take(tally, &record, now_us);
        if (listener == NULL || now_us == STAMP_NONE)
            continue;
        listener_set_now(listener, now_us);
        tally_tell_incidents(tally, now_us, listener_take, listener);
    }
    log_parser_free(parser);
}

static void check_group(const struct scenario *scenario, const struct expectation *group,
                        size_t count, const struct summary *summary, struct buf *problems)
{
    for (size_t i = 0; i < count; i++) {
        char where[300];
        struct err err;
        snprintf(where, sizeof(where), "%s:%u", scenario->name, group[i].line);
        if (!check_run(group[i].text, summary, group[i].time_us, where, problems, &err))
            buf_addf(problems, "%s: %s\n", where, err.text);
    }
}

/* The same lines once more, live. */
static void listen(const struct scenario *scenario, struct classifier *classifier,
                   const struct expectation *group, const struct summary *summary,
                   struct buf *problems)
{
    char where[300];
    snprintf(where, sizeof(where), "%s:%u", scenario->name, group->line);
    struct tally *tally = tally_new(NULL, classifier);
    struct listener *listener = listener_new(where, problems);
    feed(scenario, group->time_us, tally, listener);
    listener_compare(listener, summary);
    listener_free(listener);
    tally_free(tally);
}

void scenario_run(const struct scenario *scenario, struct classifier *classifier,
                  struct buf *problems)
{
    for (size_t i = 0, next; i < scenario->count; i = next) {
        const struct expectation *group = &scenario->expectations[i];
        for (next = i; next < scenario->count; next++)
            if (scenario->expectations[next].time_us != group->time_us)
                break;
        struct tally *tally = tally_new(NULL, classifier);
        struct summary summary;
        feed(scenario, group->time_us, tally, NULL);
        tally_finish(tally, &summary);
        check_group(scenario, group, next - i, &summary, problems);
        listen(scenario, classifier, group, &summary, problems);
        arena_free(summary.arena);
        tally_free(tally);
    }
}
