/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku replay: what the detectors, the planner of routes, the notifiers and the limits of a
 * configuration would have made of old logs. The same detectors, book of incidents, planner,
 * notifiers and policy desk as the daemon's, in the time of the lines; the only difference is that
 * nothing is sent, no mail goes another way (route_replay.h) and none is refused (limit_replay.h).
 */
#include <stdio.h>

#include "app/account_reading.h"
#include "app/daemon_notifiers.h"
#include "app/daemon_rules.h"
#include "app/limit_replay_json.h"
#include "app/limit_replay_text.h"
#include "app/log_arguments.h"
#include "app/route_replay_json.h"
#include "app/route_replay_text.h"
#include "app/screen.h"
#include "app/settings_classifier.h"
#include "app/verb_options.h"
#include "app/word_choice.h"
#include "base/civil.h"
#include "base/escape.h"
#include "base/memory.h"
#include "io/clock.h"
#include "respond/incident_json.h"
#include "store/country_table.h"

#define STEP_US \
    (10 * US_PER_SECOND) /* between two looks of the detectors, in the time of the lines */
#define QUIET_US (60 * US_PER_SECOND)            /* the same where no line comes */
#define GAP_US (SECONDS_PER_DAY * US_PER_SECOND) /* after so long without one nobody looked */

struct replay_options {
    const char *path; /* NULL: everything at its default */
    bool json;
    bool limits; /* look at the logins even where no limit is configured */
    struct route_replay_options routes;
};

struct replay {
    struct tally *tally;
    struct detector_desk *detectors;
    struct incident_book *book;
    struct notify_desk *notifiers;
    struct classifier *classifier,
        *built_in;                   /* built_in: without own rules; NULL: there are none */
    struct country_table *countries; /* NULL: none are configured */
    struct rule_hits *hits;
    struct route_replay *routes;   /* NULL: no sources are configured */
    struct limit_replay *limits;   /* NULL: none are, and they were not asked for */
    struct account_book *accounts; /* NULL: limits are not looked at */
    struct text_style style;
    bool json;
    bool first; /* of the JSON array */
    int64_t now_us, looked_us;
    uint64_t opened, told;
};

enum { OPTION_FORMAT = 256, OPTION_LIMITS, OPTION_MODE, OPTION_RELAY };

static const struct option option_table[] = {
    {"config", required_argument, NULL, 'c'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"limits", no_argument, NULL, OPTION_LIMITS},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"relay", required_argument, NULL, OPTION_RELAY},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* ---- printing ---- */

static void print_whole(const struct buf *text)
{
    if (text->len > 0)
        fwrite(text->ptr, 1, text->len, stdout);
}

static void print_escaped(struct slice text)
{
    CLEANUP_BUF struct buf line = {0};
    escape_terminal(text, &line);
    print_whole(&line);
}

static void print_text(const struct notice *notice)
{
    char time[20];
    struct message_settings words = {.language = LANGUAGE_EN, .zone = {.offset = clock_utc_offset}};
    struct notice_message *message = message_new(notice, &words);
    printf("%s  %-12s ", clock_format_local(notice->at_us, time, sizeof(time)),
           notice_transition_word(notice->transition));
    print_escaped(message->title);
    printf("  (");
    print_escaped(notice->page);
    printf(")");
    if (message->summary.len > 0) {
        printf("\n    ");
        print_escaped(message->summary);
    }
    if (message->sample.len > 0) {
        printf("\n    ");
        print_escaped(slice_first(message->sample, 300));
    }
    printf("\n");
    message_free(message);
}

/* The next element of the array. */
static void print_row(struct replay *replay, json_t *row)
{
    CLEANUP_BUF struct buf text = {0};
    json_value_print(row, false, &text);
    printf("%s%s", replay->first ? "[\n" : ",", buf_str(&text));
    replay->first = false;
}

static void print_json(struct replay *replay, const struct notice *notice, json_t *sent)
{
    json_t *row = json_value_object(), *incidents = json_value_array();
    json_value_put_time(row, "at", notice->at_us);
    json_value_put_text(row, "transition",
                        slice_from_str(notice_transition_word(notice->transition)));
    json_value_put_text(row, "page", notice->page);
    json_value_put_count(row, "total", notice->total);
    for (size_t i = 0; i < notice->count; i++)
        json_value_append(incidents, incident_json(notice->items[i].id, notice->items[i].state,
                                                   &notice->items[i].incident));
    json_value_put(row, "incidents", incidents);
    json_value_put(row, "sent", sent);
    print_row(replay, row);
}

static void print_wrapped(struct replay *replay, const char *key, json_t *value)
{
    json_t *row = json_value_object();
    json_value_put(row, key, value);
    print_row(replay, row);
}

static void print_decision(void *data, const struct route_decision *decision)
{
    struct replay *replay = data;
    CLEANUP_BUF struct buf text = {0};
    if (replay->json) {
        print_wrapped(replay, "decision", route_replay_json_decision(decision));
        return;
    }
    route_replay_text_decision(&replay->style, decision, &text);
    print_whole(&text);
}

/* What each notifier would send now; every try is taken as a success. */
static json_t *take_sent(struct replay *replay, int64_t now_us)
{
    json_t *sent = json_value_array();
    struct notify_try try;
    for (struct outgoing *outgoing;
         (outgoing = notify_desk_take_due(replay->notifiers, now_us, &try)) != NULL;) {
        json_t *row = json_value_object();
        const char *to = outgoing->url ? outgoing->url : outgoing->args[0];
        json_value_put_text(row, "to", slice_from_str(to));
        json_value_put_text(row, "body", outgoing->body);
        json_value_append(sent, row);
        struct notifier_answer fine = {.reached = true,
                                       .status = outgoing->url ? 200 : 0,
                                       .body = SLICE("ok"),
                                       .retry_after_s = -1};
        notify_desk_tell_answer(replay->notifiers, &try, now_us, &fine);
        outgoing_free(outgoing);
        replay->told++;
    }
    return sent;
}

static void tell(void *data, const struct notice *notice)
{
    struct replay *replay = data;
    replay->opened += notice->transition == NOTICE_OPENED;
    notify_desk_push(replay->notifiers, notice, notice->at_us);
    json_t *sent = take_sent(replay, notice->at_us);
    if (replay->json) {
        print_json(replay, notice, sent);
        return;
    }
    print_text(notice);
    for (size_t i = 0; i < json_array_size(sent); i++) {
        printf("    sent to ");
        print_escaped(
            slice_from_str(json_string_value(json_object_get(json_array_get(sent, i), "to"))));
        printf("\n");
    }
    json_decref(sent);
}

/* ---- reading ---- */

static uint16_t find_country(void *data, const struct ip_address *ip)
{
    return country_table_find(data, ip);
}

static void take_incident(void *data, const struct incident *incident)
{
    struct replay *replay = data;
    incident_book_take(replay->book, incident, replay->now_us);
}

static void look(struct replay *replay, int64_t now_us)
{
    detector_desk_tell(replay->detectors, now_us, take_incident, replay);
    incident_book_advance(replay->book, now_us);
    if (replay->routes != NULL)
        route_replay_advance(replay->routes, replay->book, now_us);
    replay->looked_us = now_us;
}

/* Time passes for the planner where no line comes, as it does for the daemon. */
static void pass_quiet(struct replay *replay, int64_t until_us)
{
    if (replay->routes == NULL || replay->looked_us == 0 || until_us - replay->looked_us > GAP_US)
        return;
    while (until_us - replay->looked_us > QUIET_US) {
        replay->now_us = replay->looked_us + QUIET_US;
        look(replay, replay->now_us);
    }
}

static void take(struct replay *replay, const struct log_record *record, struct slice source,
                 int64_t time_us)
{
    if (time_us != STAMP_NONE && time_us > replay->now_us) {
        pass_quiet(replay, time_us);
        replay->now_us = time_us;
    }
    detector_desk_take(replay->detectors, record, source, time_us, replay->now_us);
    if (replay->now_us - replay->looked_us >= STEP_US)
        look(replay, replay->now_us);
}

static void begin(struct replay *replay, const struct settings *settings,
                  const struct replay_options *options, struct arena *arena)
{
    static const struct notify_queue_settings queue = NOTIFY_QUEUE_SETTINGS;
    struct notifier_settings notifiers[NOTIFY_DESK_MAX];
    struct tally_settings rules = daemon_tally_settings(settings);
    struct incident_book_settings book = daemon_book_settings(settings);
    replay->tally = tally_new(&rules, replay->classifier);
    replay->detectors = daemon_detectors_new(settings, replay->tally);
    if (replay->countries != NULL)
        hijack_locate(detector_set_hijack(detector_desk_set(replay->detectors)), find_country,
                      replay->countries);
    replay->book = incident_book_new(&book, tell, replay);
    replay->notifiers = notify_desk_new(&queue, 1);
    size_t count =
        daemon_notifiers(settings, classifier_providers(replay->classifier), arena, notifiers);
    notify_desk_configure(replay->notifiers, notifiers, count);
    replay->hits = rule_hits_new(replay->classifier, replay->built_in);
    replay->routes = route_replay_new(settings, &options->routes, replay->tally, replay->hits,
                                      print_decision, replay);
    if (replay->accounts != NULL)
        replay->limits = limit_replay_new(settings, replay->tally, replay->accounts);
    replay->style = screen_style(true, COLOUR_AUTO);
}

/* What the configuration's rules are compared with. False and err: a table cannot be read. */
static bool begin_classifiers(struct replay *replay, const struct settings *settings,
                              struct err *err)
{
    struct settings plain = *settings;
    plain.rules = NULL;
    replay->classifier = settings_classifier_new(settings, err);
    if (replay->classifier == NULL)
        return false;
    if (settings->rules == NULL || settings->fleet.source_count == 0)
        return true;
    replay->built_in = settings_classifier_new(&plain, err);
    return replay->built_in != NULL;
}

/* For limits, where they are to be looked at. False and err: the accounts cannot be read. */
static bool begin_accounts(struct replay *replay, const struct settings *settings,
                           const struct replay_options *options, struct err *err)
{
    if (options->limits || settings->policy.limit_count > 0)
        replay->accounts = account_reading_once(settings, err);
    return replay->accounts != NULL || (!options->limits && settings->policy.limit_count == 0);
}

/* False and err: there are to be some, and they cannot be read. */
static bool begin_countries(struct replay *replay, const struct settings *settings, struct err *err)
{
    const char *path = settings->policy.hijack.countries;
    if (path != NULL)
        replay->countries = country_table_open(path, err);
    return path == NULL || replay->countries != NULL;
}

static void end(struct replay *replay)
{
    notify_desk_free(replay->notifiers);
    incident_book_free(replay->book);
    detector_desk_free(replay->detectors);
    tally_free(replay->tally);
    route_replay_free(replay->routes);
    limit_replay_free(replay->limits);
    rule_hits_free(replay->hits);
}

static void end_tables(struct replay *replay)
{
    account_book_unref(replay->accounts);
    country_table_free(replay->countries);
    classifier_free(replay->classifier);
    classifier_free(replay->built_in);
}

static void print_end(struct replay *replay, const char *rules_path)
{
    CLEANUP_BUF struct buf text = {0};
    if (replay->routes != NULL)
        route_replay_finish(replay->routes);
    if (replay->limits != NULL)
        limit_replay_finish(replay->limits);
    if (replay->json) {
        if (replay->limits != NULL)
            print_wrapped(replay, "limits", limit_replay_json(replay->limits));
        if (replay->routes != NULL)
            print_wrapped(replay, "routes", route_replay_json_end(replay->routes));
        printf("%s]\n", replay->first ? "[" : "");
        return;
    }
    if (replay->routes != NULL)
        route_replay_text_end(&replay->style, replay->routes, rules_path, &text);
    if (replay->limits != NULL)
        limit_replay_text(&replay->style, replay->limits, &text);
    print_whole(&text);
    printf("%llu pages would have been opened, %llu messages sent\n",
           (unsigned long long)replay->opened, (unsigned long long)replay->told);
}

static int replay_logs(const struct verb *verb, const struct settings *settings,
                       const struct replay_options *options, char *const *paths, int count)
{
    struct err err;
    struct log_source source;
    struct replay replay = {.json = options->json, .first = true};
    if (!begin_classifiers(&replay, settings, &err) ||
        !begin_accounts(&replay, settings, options, &err) ||
        !begin_countries(&replay, settings, &err) ||
        !log_source_open(&source, paths, count, &err)) {
        end_tables(&replay);
        return verb_fail(verb, &err);
    }
    struct arena *arena = arena_new(1024);
    begin(&replay, settings, options, arena);
    struct log_record record;
    int64_t time_us;
    while (log_source_next(&source, &record, &time_us))
        take(&replay, &record, slice_from_str(log_reader_name(source.reader)), time_us);
    if (replay.now_us > 0)
        look(&replay, replay.now_us);
    print_end(&replay, settings->rules);
    end(&replay);
    arena_free(arena);
    end_tables(&replay);
    return log_source_close(&source, verb);
}

static bool take_mode(struct route_replay_options *routes, const char *value, struct err *err)
{
#define X(name, word) word,
    static const char *const words[] = {ROUTE_MODES(X)};
#undef X
    size_t place;
    if (!word_choose("--mode", words, sizeof(words) / sizeof(words[0]), slice_from_str(value),
                     &place, err))
        return false;
    routes->one_mode = true;
    routes->mode = (enum route_mode)place;
    return true;
}

static bool take_option(void *data, int code, const char *value, struct err *err)
{
    struct replay_options *options = data;
    if (code == OPTION_FORMAT)
        return screen_format_parse(slice_from_str(value), &options->json, err);
    if (code == OPTION_MODE)
        return take_mode(&options->routes, value, err);
    if (code == OPTION_LIMITS)
        options->limits = true;
    else if (code == OPTION_RELAY)
        options->routes.relay = value;
    else
        options->path = value;
    return true;
}

int verb_replay(const struct verb *verb, int argc, char **argv)
{
    struct replay_options options = {0};
    struct err err;
    int status = verb_options(verb, argc, argv, option_table, take_option, &options);
    if (status != VERB_GO_ON)
        return status;
    struct settings *settings =
        options.path ? settings_load(options.path, &err) : settings_default();
    if (settings == NULL)
        return verb_fail(verb, &err);
    status = replay_logs(verb, settings, &options, argv + optind, argc - optind);
    settings_free(settings);
    return status;
}
