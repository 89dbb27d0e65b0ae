/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to records, rows and incidents. See daemon_ingest.h. All functions with a `void *user` run
 * in the feed's thread.
 */
#include "app/daemon_ingest_private.h"

#include <string.h>

#include "app/daemon_feed.h"
#include "app/country_source.h"
#include "app/daemon_hijack_past.h"
#include "app/daemon_hijack_reader.h"
#include "app/daemon_logins.h"
#include "app/daemon_past.h"
#include "app/daemon_position.h"
#include "app/daemon_rules.h"
#include "app/daemon_traffic.h"
#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/log_feed.h"
#include "respond/incident_record.h"
#include "watch/hijack_past.h"
#include "watch/login_table.h"

#define COMMIT_US (US_PER_SECOND / 5)
#define COMMIT_ROWS 20000
#define KEEP_US (900 * US_PER_SECOND) /* what was learned is written so often */

/* New settings on their way to the feed's thread. */
struct ingest_change {
    const struct settings *settings;
    struct classifier *classifier;
    struct daemon_sources *sources; /* NULL: they and what is learned stay */
};

/* What an earlier run has counted is neither recorded nor measured. */
static void set_again(struct daemon_ingest *ingest, bool again)
{
    ingest->again = again;
    recorder_write_to(ingest->recorder, ingest->unrecorded ? NULL : ingest->batch, again);
}

/* The writer may not take more, not even into its spool: then lines are watched on and nothing is
 * recorded, until it does (catch_up). */
static void commit(struct daemon_ingest *ingest)
{
    ingest->committed_us = clock_steady_us();
    if (ingest->unrecorded)
        return;
    daemon_sources_keep_ends(ingest->sources, ingest->batch, ingest->committed_us);
    if (history_commit(ingest->options.history, ingest->batch)) {
        daemon_sources_commit(ingest->sources);
    } else {
        OWN_LOG(ingest->options.log, OWN_LOG_ERROR, "history_full",
                log_str("advice", "make room on the disk of the state folder; until then lines are "
                                  "watched and stay in their logs, and are recorded afterwards"));
        ingest->unrecorded = true;
        history_batch_free(ingest->batch);
    }
    ingest->batch = history_batch_new();
    set_again(ingest, ingest->again);
}

static void tell_incident(void *data, const struct incident *incident)
{
    struct daemon_ingest *ingest = data;
    struct incident_record *record = MEM_NEW(struct incident_record);
    daemon_traffic_incident(ingest->traffic, incident, clock_now_us());
    incident_record_set(record, incident);
    mailbox_put(ingest->options.incidents, record);
}

static bool was_told(void *user, const struct message *message, enum message_leave leave)
{
    const struct daemon_ingest *ingest = user;
    return daemon_sources_has_told(ingest->sources, message, leave);
}

static void take_ended(void *user, const struct message *message, enum message_leave leave)
{
    const struct daemon_ingest *ingest = user;
    daemon_sources_tell(ingest->sources, message, leave);
}

/* Logs whose place is lost are an incident until all of them has been read: then what was known is
 * behind. */
static void tell_lost(struct daemon_ingest *ingest, int64_t closed_us)
{
    for (size_t i = 0; i < ingest->sources->count; i++) {
        struct daemon_source *source = &ingest->sources->list[i];
        struct incident lost = daemon_position_incident(source, ingest->started_us, closed_us);
        if (source->place == PLACE_LOST)
            tell_incident(ingest, &lost);
        if (closed_us != INCIDENT_OPEN)
            daemon_source_forget(source);
    }
}

static struct hijack *hijack_of(const struct daemon_ingest *ingest)
{
    return detector_set_hijack(detector_desk_set(ingest->detectors));
}

/* Alarms are of the present: what opened and closed while old lines were read is the past. */
static bool is_live(struct daemon_ingest *ingest)
{
    if (ingest->live)
        return true;
    if (ingest->sources->warming || ingest->feed == NULL ||
        !daemon_sources_caught_up(ingest->sources, ingest->feed))
        return false;
    ingest->live = true;
    tell_lost(ingest, clock_now_us());
    login_table_caught_up(tally_logins(ingest->tally));
    hijack_caught_up(hijack_of(ingest));
    OWN_LOG(ingest->options.log, OWN_LOG_INFO, "caught_up",
            log_number("seconds", (clock_now_us() - ingest->started_us) / US_PER_SECOND));
    return true;
}

int64_t daemon_ingest_now(const struct daemon_ingest *ingest)
{
    return ingest->live || ingest->now_us == 0 ? clock_now_us() : ingest->now_us;
}

/* What was refused after the policy service had counted it; `fresh`: no earlier run was told. */
static void watch_refusals(struct daemon_ingest *ingest, const struct log_record *record,
                           int64_t time_us, bool fresh)
{
    struct refusal refusal;
    if (refusal_watch_take(ingest->refusals, record, &refusal) && fresh)
        policy_refunds_put(ingest->options.refunds, refusal.queue_id, refusal.login,
                           time_us != STAMP_NONE ? time_us : ingest->wall_us);
}

static void take_line(void *user, const struct log_item *item)
{
    struct daemon_ingest *ingest = user;
    struct daemon_source *source = &ingest->sources->list[item->source];
    bool warm = source->stage == SOURCE_WARM;
    if (source->stage == SOURCE_HELD || (warm && daemon_source_is_ahead(source, item->after)))
        return;
    daemon_traffic_line(ingest->traffic);
    struct log_record record;
    int64_t time_us =
        daemon_source_read(source, ingest->parser, item->line, ingest->wall_us, &record);
    bool known = !warm && daemon_source_is_known(source, time_us);
    set_again(ingest, warm || known);
    if (time_us != STAMP_NONE && time_us > ingest->now_us)
        ingest->now_us = time_us;
    int64_t now_us = daemon_ingest_now(ingest);
    struct correlator *correlator = tally_correlator(ingest->tally);
    correlator_at(correlator, daemon_sources_line(ingest->sources, item->source));
    if (ingest->sources->warming && time_us != STAMP_NONE)
        correlator_again(correlator, source->clock.now_us);
    detector_desk_take(ingest->detectors, &record, buf_slice(&source->name), time_us, now_us);
    watch_refusals(ingest, &record, time_us, !warm && !known);
    if (warm) {
        if (--source->warm_left == 0)
            daemon_source_hold(source);
        return;
    }
    if (known)
        return;
    source->new_lines++;
    if (record.kind == LOG_KIND_UNKNOWN && !ingest->unrecorded) {
        history_batch_count(ingest->batch, HISTORY_COUNTER_UNREAD, 1);
        daemon_metrics_add(ingest->options.metrics, DAEMON_METRIC_LOG_UNREAD,
                           &record.line.tag->name, 1);
    }
}

/* Once a batch: a line costs no look-up. */
static void count_lines(struct daemon_ingest *ingest, struct daemon_source *source)
{
    struct slice name = buf_slice(&source->name);
    if (source->new_lines == 0)
        return;
    if (!ingest->unrecorded)
        history_batch_count(ingest->batch, HISTORY_COUNTER_LINES, (int64_t)source->new_lines);
    daemon_metrics_add(ingest->options.metrics, DAEMON_METRIC_LOG_LINES, &name,
                       (int64_t)source->new_lines);
    source->new_lines = 0;
}

static void mark(struct daemon_ingest *ingest, struct daemon_source *source,
                 const struct log_position *at)
{
    struct correlator *correlator = tally_correlator(ingest->tally);
    daemon_source_mark(source, at, clock_steady_us(), correlator_now(correlator));
    if (!ingest->sources->warming)
        correlator_settle_before(correlator, daemon_sources_settle_before(ingest->sources));
}

static void take_login(void *user, const struct guessing_login *login, int64_t at_us)
{
    struct daemon_ingest *ingest = user;
    if (is_live(ingest))
        detector_desk_take_login(ingest->detectors, login, at_us);
}

static void tell_detectors(struct daemon_ingest *ingest)
{
    bool live = is_live(ingest);
    int64_t now_us = daemon_ingest_now(ingest);
    country_source_turn(ingest->countries, clock_steady_us());
    daemon_hijack_reader_turn(ingest->options.channel, hijack_of(ingest), live, now_us);
    login_channel_each(ingest->options.logins, take_login, ingest);
    if (live)
        detector_desk_tell(ingest->detectors, now_us, tell_incident, ingest);
}

static void take_pause(void *user, size_t number, const struct log_position *at)
{
    struct daemon_ingest *ingest = user;
    struct daemon_source *source = &ingest->sources->list[number];
    int64_t steady_us = clock_steady_us();
    ingest->wall_us = clock_now_us();
    if (source->stage != SOURCE_HELD)
        mark(ingest, source, at);
    count_lines(ingest, source);
    if (source->stage == SOURCE_EXACT && source->known_until_us == 0 && !ingest->unrecorded)
        history_batch_position(ingest->batch, buf_slice(&source->name),
                               daemon_source_format(source, at, steady_us));
    tell_detectors(ingest);
    daemon_traffic_pause(ingest->traffic, daemon_ingest_now(ingest), ingest->live);
    if (steady_us - ingest->committed_us >= COMMIT_US ||
        history_batch_rows(ingest->batch) >= COMMIT_ROWS)
        commit(ingest);
}

/* What is normal in an hour, from the history: when the lines that came again have been taken,
 * whose first hour is not whole. */
static void learn_volume(struct daemon_ingest *ingest)
{
    struct detector_set *set = detector_desk_set(ingest->detectors);
    daemon_past_volume(ingest->options.settings->state, daemon_ingest_now(ingest),
                       detector_set_volume(set), ingest->options.log);
}

/* What had no room while lines came again was counted when they came first. */
static void become_exact(struct daemon_ingest *ingest)
{
    correlator_again_end(tally_correlator(ingest->tally));
    learn_volume(ingest);
    detector_desk_left_out(ingest->detectors, ingest->left_out);
}

/* And the days before, up to the lines that come again. */
static void learn_growth(struct daemon_ingest *ingest)
{
    int64_t again_us = daemon_sources_warm_us(ingest->sources, clock_steady_us());
    struct detector_set *set = detector_desk_set(ingest->detectors);
    daemon_past_growth(ingest->options.settings->state, clock_now_us(), again_us,
                       detector_set_growth(set), ingest->options.log);
    daemon_past_traffic(ingest->options.settings->state, clock_now_us(), again_us, ingest->learning,
                        ingest->options.log);
}

static void make_watchers(struct daemon_ingest *ingest)
{
    const struct settings *settings = ingest->options.settings;
    struct tally_settings rules = daemon_tally_settings(settings);
    ingest->tally = tally_new(&rules, ingest->options.classifier);
    ingest->recorder = recorder_new(ingest->tally);
    ingest->detectors = daemon_detectors_new(settings, ingest->tally);
    daemon_hijack_reader_attach(ingest->options.channel, hijack_of(ingest));
    hijack_locate(hijack_of(ingest), country_source_find, ingest->countries);
    ingest->learning = daemon_traffic_begin(ingest->traffic, &settings->fleet, ingest->tally);
    memset(ingest->left_out, 0, sizeof(ingest->left_out));
    daemon_metrics_observe(ingest->options.metrics, ingest->tally, &ingest->again);
    correlator_set_past(tally_correlator(ingest->tally),
                        &(struct correlator_past){.told = was_told, .data = ingest});
    tally_observe(ingest->tally, &(struct tally_observer){.data = ingest, .ended = take_ended});
}

static void free_watchers(struct daemon_ingest *ingest)
{
    detector_desk_free(ingest->detectors);
    recorder_free(ingest->recorder);
    tally_free(ingest->tally);
}

/* A log that never says a line is silent too: its detector expects it. */
static void expect_logs(struct daemon_ingest *ingest)
{
    struct log_habit *habit = detector_set_habit(detector_desk_set(ingest->detectors));
    for (size_t i = 0; i < ingest->sources->count; i++)
        log_habit_expect(habit, buf_slice(&ingest->sources->list[i].name), ingest->started_us);
}

static struct daemon_sources_kept kept_open(const struct daemon_ingest *ingest)
{
    return (struct daemon_sources_kept){
        .history = ingest->options.history,
        .reader = history_reader_open(ingest->options.settings->state, NULL),
        .log = ingest->options.log};
}

/* As a start does, without ending: with new watchers, which warm up; what was told already is known
 * to the other half. Takes `fresh`. */
static void begin_again(struct daemon_ingest *ingest, struct daemon_sources *fresh)
{
    struct daemon_sources *old = ingest->sources;
    struct daemon_sources_kept kept = kept_open(ingest);
    CLEANUP_BUF struct buf logins = {0}, CLEANUP_BUF accounts = {0};
    daemon_logins_format(ingest->tally, &logins);
    hijack_past_write(hijack_of(ingest), &accounts);
    free_watchers(ingest);
    make_watchers(ingest);
    daemon_logins_parse(buf_slice(&logins), ingest->tally, ingest->options.log);
    daemon_hijack_past_parse(buf_slice(&accounts), hijack_of(ingest), ingest->options.log);
    ingest->sources = fresh;
    daemon_sources_read_on(fresh, old, ingest->feed, &kept);
    history_reader_free(kept.reader);
    daemon_sources_free(old);
    expect_logs(ingest);
    learn_growth(ingest);
    ingest->live = false;
    ingest->unrecorded = false;
}

static void catch_up(struct daemon_ingest *ingest)
{
    struct history_state state;
    history_state_get(ingest->options.history, &state);
    if (state.trouble != HISTORY_TROUBLE_NONE || state.queued_bytes > state.queue_bytes / 4)
        return;
    OWN_LOG(ingest->options.log, OWN_LOG_INFO, "history_catches_up",
            log_number("rows_waiting", (int64_t)state.queued_rows));
    begin_again(ingest, daemon_sources_new(ingest->options.settings, ingest->zone));
}

static void write_past(const struct daemon_ingest *ingest)
{
    const char *folder = ingest->options.settings->state;
    daemon_logins_write(folder, ingest->tally, ingest->options.log);
    daemon_hijack_past_write(folder, hijack_of(ingest), ingest->options.log);
}

/* What is lost of it when the process is killed is learned again from the lines. */
static void keep_past(struct daemon_ingest *ingest)
{
    int64_t steady_us = clock_steady_us();
    if (steady_us - ingest->kept_us < KEEP_US)
        return;
    ingest->kept_us = steady_us;
    write_past(ingest);
}

/* By the clock of the lines, on from the newest one: on quiet logs too, and when a stamp was ahead
 * of all that come after it. */
static void pass_time(struct daemon_ingest *ingest)
{
    int64_t newest_us = correlator_now(tally_correlator(ingest->tally));
    int64_t steady_us = clock_steady_us();
    if (!is_live(ingest) || newest_us == STAMP_NONE)
        return;
    if (newest_us != ingest->newest_us)
        ingest->newest_since_us = steady_us;
    ingest->newest_us = newest_us;
    set_again(ingest, false);
    tally_tick(ingest->tally, newest_us + steady_us - ingest->newest_since_us);
}

static void take_tick(void *user)
{
    struct daemon_ingest *ingest = user;
    if (ingest->feed == NULL)
        return; /* its thread was faster than who started it */
    ingest->wall_us = clock_now_us();
    if (ingest->unrecorded)
        catch_up(ingest);
    if (ingest->sources->warming && daemon_sources_end_warming(ingest->sources, ingest->feed))
        become_exact(ingest);
    pass_time(ingest);
    tell_detectors(ingest);
    daemon_traffic_tick(ingest->traffic, daemon_ingest_now(ingest), ingest->live);
    commit(ingest);
    if (!ingest->sources->warming && !ingest->unrecorded)
        daemon_sources_let_spools_go(ingest->sources, ingest->feed, ingest->options.history);
    keep_past(ingest);
    daemon_names_answer(ingest->options.names, ingest->tally,
                        daemon_traffic_gathered(ingest->traffic));
    daemon_ingest_show(ingest);
}

static void take_event(void *user, size_t number, enum log_event event, const char *text)
{
    static const struct {
        const char *name;
        enum own_log_level level;
    } events[] = {
        [LOG_WAITING] = {"log_waiting", OWN_LOG_WARNING},
        [LOG_ROTATED] = {"log_rotated", OWN_LOG_INFO},
        [LOG_TRUNCATED] = {"log_truncated", OWN_LOG_WARNING},
        [LOG_GAP] = {"log_gap", OWN_LOG_ERROR},
        [LOG_TROUBLE] = {"log_trouble", OWN_LOG_ERROR},
        [LOG_RECOVERED] = {"log_recovered", OWN_LOG_INFO},
        [LOG_REFUSED] = {"log_refused", OWN_LOG_WARNING},
    };
    struct daemon_ingest *ingest = user;
    struct daemon_source *source = &ingest->sources->list[number];
    if (source->stage != SOURCE_EXACT && (event == LOG_GAP || event == LOG_ROTATED))
        return; /* of lines that come again: nothing that is to be counted is missing */
    OWN_LOG(ingest->options.log, events[event].level, events[event].name,
            log_text("log", buf_slice(&source->name)), log_str("text", text));
}

/* ---- start ---- */

static bool start_feed(struct daemon_ingest *ingest, struct err *err)
{
    const struct settings *settings = ingest->options.settings;
    struct daemon_sources_kept kept = kept_open(ingest);
    bool good = daemon_sources_resume(ingest->sources, &kept, err);
    history_reader_free(kept.reader);
    if (!good)
        return false;
    tell_lost(ingest, INCIDENT_OPEN);
    learn_growth(ingest);
    if (!ingest->sources->warming)
        learn_volume(ingest);
    struct arena *arena = arena_new(8192);
    struct log_feed_options options = daemon_feed_options(settings, ingest->sources->list, arena);
    struct log_sink sink = {.user = ingest,
                            .line = take_line,
                            .pause = take_pause,
                            .tick = take_tick,
                            .tell = take_event};
    ingest->feed = log_feed_start(&options, &sink, err);
    arena_free(arena);
    return ingest->feed != NULL;
}

struct daemon_ingest *daemon_ingest_start(const struct daemon_ingest_options *options,
                                          struct err *err)
{
    struct daemon_ingest *ingest = MEM_NEW(struct daemon_ingest);
    ingest->options = *options;
    pthread_mutex_init(&ingest->lock, NULL);
    pthread_cond_init(&ingest->changed, NULL);
    ingest->zone = clock_zone_new();
    ingest->parser = log_parser_new(0, clock_zone_offset, ingest->zone);
    ingest->refusals = refusal_watch_new();
    ingest->traffic = daemon_traffic_new(
        &(struct daemon_traffic_options){options->watches, options->reports, &ingest->again});
    ingest->countries = country_source_new(&(struct country_source_options){
        options->settings->policy.hijack.countries, options->log, options->metrics});
    make_watchers(ingest);
    daemon_logins_read(options->settings->state, ingest->tally, options->log);
    daemon_hijack_past_read(options->settings->state, hijack_of(ingest), options->log);
    ingest->kept_us = clock_steady_us();
    ingest->batch = history_batch_new();
    ingest->started_us = ingest->wall_us = clock_now_us();
    ingest->sources = daemon_sources_new(options->settings, ingest->zone);
    expect_logs(ingest);
    if (start_feed(ingest, err))
        return ingest;
    daemon_ingest_stop(ingest);
    return NULL;
}

/* ---- reload ---- */

/* In the feed's thread, between two turns: all lines of the old sources have been taken. */
static void make_change(void *user)
{
    struct daemon_ingest *ingest = user;
    pthread_mutex_lock(&ingest->lock);
    struct ingest_change *change = ingest->change;
    if (change->sources != NULL)
        commit(ingest);
    ingest->options.settings = change->settings;
    ingest->options.classifier = change->classifier;
    country_source_want(ingest->countries, change->settings->policy.hijack.countries);
    if (change->sources != NULL)
        begin_again(ingest, change->sources);
    else
        daemon_hijack_reader_want(hijack_of(ingest), change->settings);
    ingest->change = NULL;
    pthread_cond_signal(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
}

void daemon_ingest_reload(struct daemon_ingest *ingest, const struct settings *settings,
                          struct classifier *classifier, bool same)
{
    struct arena *arena = arena_new(8192);
    struct daemon_sources *sources = daemon_sources_new(settings, ingest->zone);
    struct log_feed_options options = daemon_feed_options(settings, sources->list, arena);
    struct ingest_change change = {
        .settings = settings, .classifier = classifier, .sources = same ? NULL : sources};
    pthread_mutex_lock(&ingest->lock);
    ingest->change = &change;
    log_feed_reload(ingest->feed, &options, make_change);
    while (ingest->change != NULL)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    pthread_mutex_unlock(&ingest->lock);
    if (same)
        daemon_sources_free(sources);
    arena_free(arena);
}

void daemon_ingest_stop(struct daemon_ingest *ingest)
{
    if (ingest == NULL)
        return;
    log_feed_stop(ingest->feed);
    /* What the history does not take now is read again. */
    if (ingest->feed != NULL) {
        commit(ingest);
        write_past(ingest);
    }
    daemon_sources_free(ingest->sources);
    history_batch_free(ingest->batch);
    free_watchers(ingest);
    country_source_free(ingest->countries);
    daemon_traffic_free(ingest->traffic);
    refusal_watch_free(ingest->refusals);
    log_parser_free(ingest->parser);
    clock_zone_free(ingest->zone);
    pthread_cond_destroy(&ingest->changed);
    pthread_mutex_destroy(&ingest->lock);
    mem_free(ingest);
}
