/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to records, rows and incidents. See daemon_ingest.h. All functions with a `void *user` run
 * in the feed's thread.
 */
#include "app/daemon_ingest.h"

#include <pthread.h>
#include <stdatomic.h>

#include "app/daemon_calm.h"
#include "app/daemon_feed.h"
#include "app/daemon_logins.h"
#include "app/daemon_past.h"
#include "app/daemon_position.h"
#include "app/daemon_rules.h"
#include "app/daemon_source.h"
#include "app/daemon_state_json.h"
#include "base/civil.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/log_feed.h"
#include "respond/incident_record.h"
#include "store/history_reader.h"
#include "watch/login_table.h"
#include "watch/recorder.h"
#include "watch/tally.h"

#define COMMIT_US (US_PER_SECOND / 5)
#define COMMIT_ROWS 20000
#define LEFT_OUT_US INT64_C(2000000)
#define KEEP_US (900 * US_PER_SECOND) /* what logins did is written so often */
#define BUDGET_USED_MOST 1e6          /* what is shown of one that is used many times over */
#define FLUSH_US 50000                /* reading may wait so long for the history, once a second */

struct daemon_ingest {
    struct daemon_ingest_options options;
    struct daemon_source *sources;   /* as many as settings->log_count */
    _Atomic(struct log_feed *) feed; /* set while its thread runs already */
    struct log_parser *parser;
    struct clock_zone *zone;
    struct tally *tally;
    struct recorder *recorder;
    struct detector_desk *detectors;
    struct history_batch *batch;
    int64_t committed_us; /* steady */
    int64_t kept_us;      /* steady: what logins did was written */
    int64_t started_us;
    int64_t now_us;  /* of the lines */
    int64_t line_us; /* steady: the newest of them came */
    struct daemon_calm calm;
    bool unrecorded; /* the history is full */
    bool warming;    /* a source is not EXACT yet */
    bool live;       /* the past has been read: incidents are told */
    bool muted;      /* the line at hand was counted by an earlier run */

    pthread_mutex_t lock; /* guards `change` */
    pthread_cond_t changed;
    struct ingest_change *change; /* to be made; NULL: none */
};

/* New settings on their way to the feed's thread. */
struct ingest_change {
    const struct settings *settings;
    struct classifier *classifier;
    struct daemon_source *sources; /* NULL: they and what is learned stay */
};

/* The writer may not take more, not even into its spool: then lines are watched on and nothing is
 * recorded, until it does (catch_up). */
static void commit(struct daemon_ingest *ingest)
{
    ingest->committed_us = clock_steady_us();
    if (ingest->unrecorded)
        return;
    if (history_commit(ingest->options.history, ingest->batch)) {
        for (size_t i = 0; i < ingest->options.settings->log_count; i++)
            daemon_source_commit(&ingest->sources[i]);
        daemon_calm_commit(&ingest->calm);
    } else {
        OWN_LOG(ingest->options.log, OWN_LOG_ERROR, "history_full",
                log_str("advice", "make room on the disk of the state folder; until then lines are "
                                  "watched and stay in their logs, and are recorded afterwards"));
        ingest->unrecorded = true;
        history_batch_free(ingest->batch);
    }
    ingest->batch = history_batch_new();
}

static void tell_incident(void *data, const struct incident *incident)
{
    struct daemon_ingest *ingest = data;
    struct incident_record *record = MEM_NEW(struct incident_record);
    incident_record_set(record, incident);
    mailbox_put(ingest->options.incidents, record);
}

/* What an earlier run has counted is neither recorded nor measured. */
static void mute(struct daemon_ingest *ingest, bool muted)
{
    ingest->muted = muted;
    recorder_write_to(ingest->recorder, muted || ingest->unrecorded ? NULL : ingest->batch);
}

static void repeat_calm(struct daemon_ingest *ingest)
{
    mute(ingest, true);
    daemon_calm_repeat(&ingest->calm, ingest->tally);
}

/* Logs whose place is lost are an incident until all of them has been read: then what was known is
 * behind. */
static void tell_lost(struct daemon_ingest *ingest, int64_t closed_us)
{
    for (size_t i = 0; i < ingest->options.settings->log_count; i++) {
        struct daemon_source *source = &ingest->sources[i];
        struct incident lost = daemon_position_incident(source, ingest->started_us, closed_us);
        if (source->place == PLACE_LOST)
            tell_incident(ingest, &lost);
        if (closed_us != INCIDENT_OPEN && source->known_until_us > 0) {
            daemon_source_forget(source);
            repeat_calm(ingest);
        }
    }
}

static bool is_caught_up(const struct daemon_ingest *ingest, size_t source)
{
    struct log_feed_status status;
    return log_feed_status(ingest->feed, source, &status) && status.caught_up;
}

/* Alarms are of the present: what opened and closed while old lines were read is the past. */
static bool is_live(struct daemon_ingest *ingest)
{
    if (ingest->live)
        return true;
    if (ingest->warming || ingest->feed == NULL)
        return false;
    for (size_t i = 0; i < ingest->options.settings->log_count; i++)
        if (!is_caught_up(ingest, i))
            return false;
    ingest->live = true;
    tell_lost(ingest, clock_now_us());
    login_table_caught_up(tally_logins(ingest->tally));
    OWN_LOG(ingest->options.log, OWN_LOG_INFO, "caught_up",
            log_number("seconds", (clock_now_us() - ingest->started_us) / US_PER_SECOND));
    return true;
}

/* The time by which detectors go: that of the lines while old ones are read, the clock when they
 * are of now, so that silence passes too. */
static int64_t now(const struct daemon_ingest *ingest)
{
    return ingest->live || ingest->now_us == 0 ? clock_now_us() : ingest->now_us;
}

/* The lines of a log whose place is lost, up to the first one that the history does not have. */
static bool is_known(struct daemon_ingest *ingest, struct daemon_source *source, int64_t time_us)
{
    if (source->known_until_us == 0)
        return false;
    bool known = daemon_source_is_known(source, time_us);
    if (!known)
        repeat_calm(ingest);
    return known;
}

static void take_line(void *user, const struct log_item *item)
{
    struct daemon_ingest *ingest = user;
    struct daemon_source *source = &ingest->sources[item->source];
    bool warm = source->stage == SOURCE_WARM;
    if (source->stage == SOURCE_HELD || (warm && daemon_source_is_ahead(source, item->after)))
        return;
    struct log_record record;
    int64_t time_us =
        daemon_source_read(source, ingest->parser, item->line, ingest->started_us, &record);
    bool known = !warm && is_known(ingest, source, time_us);
    mute(ingest, warm || known);
    if (time_us != STAMP_NONE && time_us > ingest->now_us)
        ingest->now_us = time_us;
    int64_t now_us = now(ingest);
    detector_desk_take(ingest->detectors, &record, buf_slice(&source->name), time_us, now_us);
    if (warm) {
        if (--source->warm_left == 0)
            daemon_source_hold(source);
        return;
    }
    if (known)
        return;
    source->new_lines++;
    if (record.kind == LOG_KIND_UNKNOWN && !ingest->unrecorded) {
        history_batch_count(ingest->batch, SLICE("lines unread"), 1);
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
        history_batch_count(ingest->batch, SLICE("lines"), (int64_t)source->new_lines);
    daemon_metrics_add(ingest->options.metrics, DAEMON_METRIC_LOG_LINES, &name,
                       (int64_t)source->new_lines);
    source->new_lines = 0;
}

static void take_pause(void *user, size_t number, const struct log_position *at)
{
    struct daemon_ingest *ingest = user;
    struct daemon_source *source = &ingest->sources[number];
    int64_t steady_us = clock_steady_us();
    ingest->line_us = steady_us;
    if (source->stage != SOURCE_HELD)
        daemon_source_mark(source, at, steady_us);
    count_lines(ingest, source);
    if (source->stage == SOURCE_EXACT && source->known_until_us == 0 && !ingest->unrecorded)
        history_batch_position(ingest->batch, buf_slice(&source->name),
                               daemon_source_format(source, at, steady_us));
    if (is_live(ingest))
        detector_desk_tell(ingest->detectors, now(ingest), tell_incident, ingest);
    if (steady_us - ingest->committed_us >= COMMIT_US ||
        history_batch_rows(ingest->batch) >= COMMIT_ROWS)
        commit(ingest);
}

static void measure_losses(struct daemon_ingest *ingest, struct slice name,
                           const struct syslog_counts *counts)
{
#define X(counter, word) \
    daemon_metrics_raise(ingest->options.metrics, DAEMON_METRIC_SYSLOG_LOST, \
                         (const struct slice[]){name, SLICE(word)}, (int64_t)counts->counter);
    SYSLOG_LOSSES(X)
#undef X
}

static void measure_logs(struct daemon_ingest *ingest)
{
    const struct settings *settings = ingest->options.settings;
    for (size_t i = 0; ingest->feed != NULL && i < settings->log_count; i++) {
        struct log_feed_status status;
        struct slice name = buf_slice(&ingest->sources[i].name);
        if (!log_feed_status(ingest->feed, i, &status))
            continue;
        if (status.behind_bytes >= 0)
            daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_LOG_BEHIND, &name,
                               status.behind_bytes);
        if (settings->logs[i].kind == SETTINGS_LOG_SYSLOG)
            measure_losses(ingest, name, &status.syslog);
    }
}

/* Those of providers are left out: there are thousands. */
static void measure_budget(void *data, const struct service_budget *budget)
{
    struct daemon_ingest *ingest = data;
    const struct slice labels[] = {slice_from_str(incident_kind_word(budget->kind)), budget->relay,
                                   budget->source, budget->group};
    double used = budget->used < BUDGET_USED_MOST ? budget->used : BUDGET_USED_MOST;
    if (budget->provider.len == 0)
        daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_BUDGET, labels,
                           (int64_t)(used * 1e6));
}

static void measure(struct daemon_ingest *ingest)
{
    struct tally_state state;
    tally_state_get(ingest->tally, &state);
    daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_MESSAGES_OPEN, NULL,
                       state.messages_open);
    struct queue_count queue =
        queue_watch_count(detector_set_queue(detector_desk_set(ingest->detectors)), now(ingest));
    daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_WAITING, NULL,
                       (int64_t)queue.waiting);
    daemon_metrics_set(ingest->options.metrics, DAEMON_METRIC_OLDEST, NULL,
                       queue.waiting ? now(ingest) - queue.oldest_us : 0);
    measure_logs(ingest);
    service_level_visit(detector_set_service(detector_desk_set(ingest->detectors)), now(ingest),
                        measure_budget, ingest);
}

static void publish(struct daemon_ingest *ingest)
{
    struct log_feed *feed = ingest->feed;
    size_t count = feed ? ingest->options.settings->log_count : 0;
    struct daemon_log_state *logs = MEM_NEW_ARRAY(struct daemon_log_state, count + 1);
    for (size_t i = 0; i < count; i++) {
        logs[i].name = buf_slice(&ingest->sources[i].name);
        logs[i].place = daemon_source_place_word(ingest->sources[i].place);
        (void)log_feed_status(feed, i, &logs[i].status);
    }
    struct daemon_state state = {.tally = ingest->tally,
                                 .newest_us = ingest->now_us,
                                 .steady_us = clock_steady_us(),
                                 .logs = logs,
                                 .log_count = count};
    struct buf text = {0};
    daemon_state_json(&state, &text);
    mem_free(logs);
    snapshot_place_put(ingest->options.published, snapshot_new(&text, clock_now_us()));
}

/* What is normal in an hour, from the history: when the lines that came again have been taken,
 * whose first hour is not whole. */
static void learn_volume(struct daemon_ingest *ingest)
{
    struct detector_set *set = detector_desk_set(ingest->detectors);
    daemon_past_volume(ingest->options.settings->state, now(ingest), detector_set_volume(set),
                       ingest->options.log);
}

/* And the days before, up to the lines that come again. */
static void learn_growth(struct daemon_ingest *ingest)
{
    int64_t steady_us = clock_steady_us(), again_us = 0;
    for (size_t i = 0; i < ingest->options.settings->log_count; i++) {
        int64_t warm_us = daemon_source_warm_us(&ingest->sources[i], steady_us);
        again_us = warm_us > again_us ? warm_us : again_us;
    }
    struct detector_set *set = detector_desk_set(ingest->detectors);
    daemon_past_growth(ingest->options.settings->state, clock_now_us(), again_us,
                       detector_set_growth(set), ingest->options.log);
}

/* Ends the warming up when all sources have: they go to where they are exact. */
static void end_warming(struct daemon_ingest *ingest)
{
    size_t count = ingest->options.settings->log_count;
    for (size_t i = 0; i < count; i++) {
        struct daemon_source *source = &ingest->sources[i];
        if (source->stage == SOURCE_WARM && is_caught_up(ingest, i))
            daemon_source_hold(source); /* not so many lines are there any more */
        if (source->stage == SOURCE_WARM)
            return;
    }
    repeat_calm(ingest);
    for (size_t i = 0; i < count; i++) {
        struct daemon_source *source = &ingest->sources[i];
        if (source->stage == SOURCE_HELD)
            log_feed_seek(ingest->feed, i, &source->exact);
        source->stage = SOURCE_EXACT;
    }
    ingest->warming = false;
    learn_volume(ingest);
}

static void make_watchers(struct daemon_ingest *ingest)
{
    const struct settings *settings = ingest->options.settings;
    struct tally_settings rules = daemon_tally_settings(settings);
    ingest->tally = tally_new(&rules, ingest->options.classifier);
    ingest->recorder = recorder_new(ingest->tally);
    ingest->detectors = daemon_detectors_new(settings, ingest->tally);
    daemon_metrics_observe(ingest->options.metrics, ingest->tally, &ingest->muted);
}

static void free_watchers(struct daemon_ingest *ingest)
{
    detector_desk_free(ingest->detectors);
    recorder_free(ingest->recorder);
    tally_free(ingest->tally);
}

/* As the settings name them; where they are read on is not known yet. */
static struct daemon_source *make_sources(const struct daemon_ingest *ingest,
                                          const struct settings *settings)
{
    struct daemon_source *sources = MEM_NEW_ARRAY(struct daemon_source, settings->log_count + 1);
    for (size_t i = 0; i < settings->log_count; i++)
        daemon_source_init(&sources[i], &settings->logs[i], clock_zone_offset, ingest->zone);
    return sources;
}

static void free_sources(struct daemon_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        daemon_source_done(&sources[i]);
    mem_free(sources);
}

/* A log that never says a line is silent too: its detector expects it. */
static void expect_logs(struct daemon_ingest *ingest)
{
    struct log_habit *habit = detector_set_habit(detector_desk_set(ingest->detectors));
    for (size_t i = 0; i < ingest->options.settings->log_count; i++)
        log_habit_expect(habit, buf_slice(&ingest->sources[i].name), ingest->started_us);
}

static const struct daemon_source *source_named(const struct daemon_source *sources, size_t count,
                                                const struct daemon_source *like)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(buf_slice(&sources[i].name), buf_slice(&like->name)))
            return &sources[i];
    return NULL;
}

static bool resume(const struct daemon_ingest *ingest, struct daemon_source *source,
                   struct history_reader *reader, struct err *err)
{
    return daemon_position_resume(source, reader, clock_now_us(), ingest->options.log, err);
}

/* Reads on behind what was committed; a source that was not followed until now where the history
 * knows, or as a new one. */
static void read_on(struct daemon_ingest *ingest, size_t i, const struct daemon_source *before,
                    struct history_reader *reader)
{
    static const struct log_position none = {0};
    struct daemon_source *source = &ingest->sources[i];
    struct err err;
    if (before ==
        NULL) /* it may have been left out a moment ago: what it brought is written first */
        (void)history_flush(ingest->options.history, LEFT_OUT_US);
    if (before == NULL && !resume(ingest, source, reader, &err))
        OWN_LOG(ingest->options.log, OWN_LOG_ERROR, "position_lost",
                log_text("log", buf_slice(&source->name)), log_str("reason", err.text));
    if (before != NULL) {
        source->place = before->place;
        source->known_until_us = before->known_until_us;
    }
    if (before != NULL && before->committed.len > 0)
        (void)daemon_source_resume(source, buf_slice(&before->committed), clock_steady_us(), NULL);
    log_feed_seek(ingest->feed, i,
                  source->stage != SOURCE_EXACT ? daemon_source_mark_kept(source) : &none);
}

/* As a start does, without ending: with new watchers, which warm up; what was told already is known
 * to the other half. Takes `fresh`; count: of the sources before. */
static void begin_again(struct daemon_ingest *ingest, struct daemon_source *fresh, size_t count)
{
    struct daemon_source *old = ingest->sources;
    struct history_reader *reader = history_reader_open(ingest->options.settings->state, NULL);
    CLEANUP_BUF struct buf logins = {0};
    daemon_logins_format(ingest->tally, &logins);
    free_watchers(ingest);
    make_watchers(ingest);
    daemon_logins_parse(buf_slice(&logins), ingest->tally, ingest->options.log);
    ingest->sources = fresh;
    for (size_t i = 0; i < ingest->options.settings->log_count; i++)
        read_on(ingest, i, source_named(old, count, &fresh[i]), reader);
    history_reader_free(reader);
    free_sources(old, count);
    expect_logs(ingest);
    learn_growth(ingest);
    daemon_calm_resume(&ingest->calm, NULL);
    ingest->warming = true;
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
    size_t count = ingest->options.settings->log_count;
    begin_again(ingest, make_sources(ingest, ingest->options.settings), count);
}

/* What is recorded, and not read again to warm up, need not stay in the spools of listeners. */
static void let_spools_go(struct daemon_ingest *ingest)
{
    const struct settings *settings = ingest->options.settings;
    for (size_t i = 0; i < settings->log_count; i++) {
        const struct log_position *mark = daemon_source_mark_kept(&ingest->sources[i]);
        if (settings->logs[i].kind == SETTINGS_LOG_SYSLOG && mark != NULL &&
            history_flush(ingest->options.history, FLUSH_US))
            log_feed_keep(ingest->feed, i, mark);
    }
}

/* What is lost of it when the process is killed is learned again from the lines. */
static void keep_logins(struct daemon_ingest *ingest)
{
    int64_t steady_us = clock_steady_us();
    if (steady_us - ingest->kept_us < KEEP_US)
        return;
    ingest->kept_us = steady_us;
    daemon_logins_write(ingest->options.settings->state, ingest->tally, ingest->options.log);
}

static void take_tick(void *user)
{
    struct daemon_ingest *ingest = user;
    if (ingest->feed == NULL)
        return; /* its thread was faster than who started it */
    if (ingest->unrecorded)
        catch_up(ingest);
    if (ingest->warming)
        end_warming(ingest);
    if (is_live(ingest) && ingest->now_us > 0) {
        mute(ingest, false);
        daemon_calm_pass(&ingest->calm, ingest->tally,
                         ingest->now_us + clock_steady_us() - ingest->line_us,
                         ingest->unrecorded ? NULL : ingest->batch);
    }
    if (is_live(ingest))
        detector_desk_tell(ingest->detectors, now(ingest), tell_incident, ingest);
    commit(ingest);
    measure(ingest);
    if (!ingest->warming && !ingest->unrecorded)
        let_spools_go(ingest);
    keep_logins(ingest);
    publish(ingest);
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
    struct daemon_source *source = &ingest->sources[number];
    if (source->stage != SOURCE_EXACT && (event == LOG_GAP || event == LOG_ROTATED))
        return; /* of the muted part: nothing that is to be counted is missing */
    OWN_LOG(ingest->options.log, events[event].level, events[event].name,
            log_text("log", buf_slice(&source->name)), log_str("text", text));
}

/* ---- start ---- */

static bool start_feed(struct daemon_ingest *ingest, struct err *err)
{
    const struct settings *settings = ingest->options.settings;
    struct history_reader *reader = history_reader_open(settings->state, NULL);
    bool good = true;
    for (size_t i = 0; good && i < settings->log_count; i++) {
        good = resume(ingest, &ingest->sources[i], reader, err);
        ingest->warming = ingest->warming || ingest->sources[i].stage != SOURCE_EXACT;
    }
    daemon_calm_resume(&ingest->calm, reader);
    history_reader_free(reader);
    if (!good)
        return false;
    tell_lost(ingest, INCIDENT_OPEN);
    learn_growth(ingest);
    if (!ingest->warming)
        learn_volume(ingest);
    struct arena *arena = arena_new(8192);
    struct log_feed_options options = daemon_feed_options(settings, ingest->sources, arena);
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
    make_watchers(ingest);
    daemon_logins_read(options->settings->state, ingest->tally, options->log);
    ingest->kept_us = clock_steady_us();
    ingest->batch = history_batch_new();
    ingest->started_us = clock_now_us();
    ingest->sources = make_sources(ingest, options->settings);
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
    size_t count = ingest->options.settings->log_count;
    if (change->sources != NULL)
        commit(ingest);
    ingest->options.settings = change->settings;
    ingest->options.classifier = change->classifier;
    if (change->sources != NULL)
        begin_again(ingest, change->sources, count);
    ingest->change = NULL;
    pthread_cond_signal(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
}

void daemon_ingest_reload(struct daemon_ingest *ingest, const struct settings *settings,
                          struct classifier *classifier, bool same)
{
    struct arena *arena = arena_new(8192);
    struct daemon_source *sources = make_sources(ingest, settings);
    struct log_feed_options options = daemon_feed_options(settings, sources, arena);
    struct ingest_change change = {
        .settings = settings, .classifier = classifier, .sources = same ? NULL : sources};
    pthread_mutex_lock(&ingest->lock);
    ingest->change = &change;
    log_feed_reload(ingest->feed, &options, make_change);
    while (ingest->change != NULL)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    pthread_mutex_unlock(&ingest->lock);
    if (same)
        free_sources(sources, settings->log_count);
    arena_free(arena);
}

void daemon_ingest_stop(struct daemon_ingest *ingest)
{
    if (ingest == NULL)
        return;
    log_feed_stop(ingest->feed);
    /* What the history does not take now is read again. */
    if (ingest->feed != NULL && !ingest->unrecorded &&
        history_commit(ingest->options.history, ingest->batch))
        ingest->batch = NULL;
    if (ingest->feed != NULL)
        daemon_logins_write(ingest->options.settings->state, ingest->tally, ingest->options.log);
    free_sources(ingest->sources, ingest->options.settings->log_count);
    history_batch_free(ingest->batch);
    free_watchers(ingest);
    log_parser_free(ingest->parser);
    clock_zone_free(ingest->zone);
    pthread_cond_destroy(&ingest->changed);
    pthread_mutex_destroy(&ingest->lock);
    mem_free(ingest);
}
