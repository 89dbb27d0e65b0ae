/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting, the loop of the main thread, stopping. See daemon.h.
 */
#include "app/daemon.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/account_reading.h"
#include "app/daemon_account_book.h"
#include "app/daemon_accounts.h"
#include "app/daemon_auth.h"
#include "app/daemon_brief.h"
#include "app/daemon_desk.h"
#include "app/daemon_exact.h"
#include "app/daemon_ingest.h"
#include "app/daemon_hijack.h"
#include "app/daemon_policy.h"
#include "app/daemon_quota.h"
#include "app/daemon_traffic.h"
#include "app/daemon_web.h"
#include "app/settings_classifier.h"
#include "app/settings_dump.h"
#include "base/memory.h"
#include "io/clock.h"
#include "io/output.h"
#include "io/service_notify.h"
#include "mail/stamp.h"
#include "model/json_value.h"
#include "respond/incident_record.h"

#define READY_QUICK_US INT64_C(2000000) /* for the history to be opened and its spool read */
#define READY_WAIT_US INT64_C(60000000) /* and when it cannot: until logs are read all the same */
#define LOOP_FDS 6
#define WAKE_US INT64_C(1000000) /* at least so often */

struct daemon {
    struct settings *settings;
    struct own_log *log;
    struct daemon_metrics *metrics;
    struct classifier *classifier;
    struct history *history;
    struct history_health health; /* of it */
    struct mailbox *incidents, *requests;
    struct mailbox *watches, *reports; /* of daemon_traffic.h */
    struct daemon_names *names;
    struct daemon_slack *slack;
    struct snapshot_place *state, *incidents_shown, *notifiers_shown, *silences_shown;
    struct snapshot_place *configuration, *routes_shown, *audit_shown;
    int64_t loaded_us;                        /* when the settings in effect were taken */
    struct daemon_exact *exact;               /* goes on when the desk is another */
    struct policy_refunds *refunds;           /* from the reader to the policy service */
    struct daemon_policy *policy;             /* answers on through every reload */
    struct daemon_auth *auth;                 /* the same */
    struct daemon_quota *quota;               /* the same */
    struct daemon_account_book *account_book; /* the same */
    struct daemon_accounts *accounts;
    struct snapshot_place *rulings_shown;
    struct hijack_channel *channel; /* as long as the policy */
    struct login_channel *logins;   /* the same */
    struct daemon_hijack *hijack;
    struct daemon_desk *desk;
    struct buf unsaved;        /* of the desk, from one reload to the next */
    struct buf routes_unsaved; /* the same */
    struct daemon_web web;
    struct http_server *server;
    struct http_sockets sockets; /* while one server ends and the next begins */
    struct daemon_ingest *ingest;
    struct buf said;   /* to the service manager */
    int64_t opened_us; /* steady: when the history was */
    int signals;       /* signalfd */
};

/* Positions may be asked for once it is ready; what it waits for is said by its state. */
static bool is_ready(const struct daemon *daemon, struct history_state *state)
{
    history_state_get(daemon->history, state);
    return state->ready;
}

static void wait_for_history(const struct daemon *daemon)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int64_t until_us = clock_steady_us() + READY_QUICK_US;
    struct history_state state;
    while (!is_ready(daemon, &state) && clock_steady_us() < until_us)
        nanosleep(&pause, NULL);
    if (!state.ready)
        OWN_LOG(daemon->log, OWN_LOG_ERROR, "history_not_ready",
                log_number("reading_waits_s", READY_WAIT_US / 1000000),
                log_str("reason", state.why.text));
}

static bool open_history(struct daemon *daemon, struct err *err)
{
    const struct settings_store *store = &daemon->settings->store;
    struct history_settings settings = history_default_settings;
    settings.rows_age_us = store->keep_us;
    settings.sums_age_us = store->keep_totals_us;
    settings.incidents_age_us = store->keep_incidents_us;
    settings.rows_bytes = (int64_t)store->max_size_bytes;
    settings.spool_bytes = (int64_t)store->spool_bytes;
    settings.queue_bytes = store->memory_bytes;
    daemon->history = history_open(daemon->settings->state, &settings, err);
    if (daemon->history == NULL)
        return false;
    history_health_init(&daemon->health, daemon->settings->state);
    daemon->opened_us = clock_steady_us();
    wait_for_history(daemon);
    return true;
}

/* All threads made later inherit the mask, so that signals come to the main loop only. */
static int catch_signals(struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    output_ignore_sigpipe();
    signal(SIGXFSZ, SIG_IGN); /* a limit of the size of files is then a disk that is full */
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        err_set(err, ERR_IO, "no descriptor for signals");
    return fd;
}

static bool make_channels(struct daemon *daemon, struct err *err)
{
    daemon->incidents = mailbox_new(err);
    daemon->watches = daemon->incidents ? mailbox_new(err) : NULL;
    daemon->reports = daemon->watches ? mailbox_new(err) : NULL;
    daemon->requests = daemon->reports ? mailbox_new(err) : NULL;
    daemon->names = daemon_names_new();
    daemon->slack = daemon_slack_new(clock_now_us());
    daemon->exact = daemon_exact_new();
    daemon->state = snapshot_place_new();
    daemon->incidents_shown = snapshot_place_new();
    daemon->notifiers_shown = snapshot_place_new();
    daemon->silences_shown = snapshot_place_new();
    daemon->configuration = snapshot_place_new();
    daemon->routes_shown = snapshot_place_new();
    daemon->audit_shown = snapshot_place_new();
    daemon->rulings_shown = snapshot_place_new();
    return daemon->requests != NULL;
}

static bool start_desk(struct daemon *daemon, struct err *err)
{
    daemon_policy_keep(daemon->policy, daemon->settings->state);
    struct daemon_desk_options options = {
        .settings = daemon->settings,
        .providers = classifier_providers(daemon->classifier),
        .log = daemon->log,
        .metrics = daemon->metrics,
        .history = daemon->history,
        .health = &daemon->health,
        .incidents = daemon->incidents,
        .requests = daemon->requests,
        .incidents_shown = daemon->incidents_shown,
        .notifiers_shown = daemon->notifiers_shown,
        .silences_shown = daemon->silences_shown,
        .accounts = daemon->accounts,
        .auth = daemon->auth,
        .quota = daemon->quota,
        .hijack = daemon->hijack,
        .unsaved = &daemon->unsaved,
        .routes = {.classifier = daemon->classifier,
                   .exact = daemon->exact,
                   .watches = daemon->watches,
                   .reports = daemon->reports,
                   .routes_shown = daemon->routes_shown,
                   .audit_shown = daemon->audit_shown,
                   .unsaved = &daemon->routes_unsaved},
    };
    daemon->desk = daemon_desk_new(&options, clock_now_us(), err);
    if (daemon->desk != NULL) {
        daemon_policy_want(daemon->policy, daemon->settings, clock_now_us());
        daemon_auth_want(daemon->auth, daemon->settings, clock_now_us());
        daemon_quota_want(daemon->quota, &daemon->settings->quota, clock_now_us());
        daemon_account_book_want(daemon->account_book, daemon->settings);
        daemon_accounts_share(daemon->accounts, &daemon->settings->store);
        daemon_accounts_want(daemon->accounts, &daemon->settings->policy);
        daemon_hijack_want(daemon->hijack, daemon->settings);
    }
    return daemon->desk != NULL;
}

static bool start_web(struct daemon *daemon, struct err *err)
{
    daemon->web = (struct daemon_web){
        .settings = daemon->settings,
        .history = daemon->history,
        .metrics = daemon->metrics,
        .providers = classifier_providers(daemon->classifier),
        .requests = daemon->requests,
        .names = daemon->names,
        .slack = daemon->slack,
        .log = daemon->log,
        .state = daemon->state,
        .incidents = daemon->incidents_shown,
        .notifiers = daemon->notifiers_shown,
        .silences = daemon->silences_shown,
        .configuration = daemon->configuration,
        .counts = daemon_policy_counts(daemon->policy),
        .routes = daemon->routes_shown,
        .audit = daemon->audit_shown,
        .policy = daemon_policy_shown(daemon->policy),
        .auth = daemon_auth_shown(daemon->auth),
        .quota = daemon_quota_shown(daemon->quota),
        .rulings = daemon->rulings_shown,
        .started_us = daemon->web.started_us ? daemon->web.started_us : clock_now_us(),
    };
    daemon->server = daemon_web_start(&daemon->web, &daemon->sockets, err);
    return daemon->server != NULL;
}

static bool start_ingest(struct daemon *daemon, struct err *err)
{
    struct daemon_ingest_options options = {
        .settings = daemon->settings,
        .classifier = daemon->classifier,
        .history = daemon->history,
        .log = daemon->log,
        .metrics = daemon->metrics,
        .names = daemon->names,
        .incidents = daemon->incidents,
        .watches = daemon->watches,
        .reports = daemon->reports,
        .refunds = daemon->refunds,
        .channel = daemon->channel,
        .logins = daemon->logins,
        .published = daemon->state,
    };
    daemon->ingest = daemon_ingest_start(&options, err);
    if (daemon->ingest == NULL)
        return false;
    OWN_LOG(daemon->log, OWN_LOG_INFO, "started", log_str("version", TD_VERSION),
            log_str("control", daemon->settings->control),
            log_str("state", daemon->settings->state),
            log_number("logs", (int64_t)daemon->settings->log_count));
    service_notify_ready();
    return true;
}

/* Reading begins when the history says where, or when that took too long: until then people are
 * told what is wrong with it, and can ask. */
static bool begin_reading(struct daemon *daemon, struct err *err)
{
    struct history_state state;
    if (daemon->ingest != NULL ||
        (!is_ready(daemon, &state) && clock_steady_us() < daemon->opened_us + READY_WAIT_US))
        return true;
    return start_ingest(daemon, err);
}

/* Which settings are in effect, for the API and Prometheus; why: those of a newer file were
 * refused; NULL: they are those of the file. */
static void show_configuration(struct daemon *daemon, const struct err *why)
{
    int64_t now_us = clock_now_us();
    json_t *shown = json_value_object();
    struct buf text = {0};
    json_value_put_time(shown, "loaded", daemon->loaded_us);
    json_value_put_time(shown, "refused", why != NULL ? now_us : STAMP_NONE);
    if (why != NULL)
        json_value_put_text(shown, "reason", slice_from_str(why->text));
    json_value_print(shown, true, &text);
    snapshot_place_put(daemon->configuration, snapshot_new(&text));
    daemon_metrics_set(daemon->metrics, DAEMON_METRIC_RELOAD_GOOD, NULL, why == NULL);
    daemon_metrics_set(daemon->metrics, DAEMON_METRIC_RELOAD_TIME, NULL, daemon->loaded_us);
}

static bool start(struct daemon *daemon, struct err *err)
{
    daemon->metrics = daemon_metrics_new();
    daemon->classifier = settings_classifier_new(daemon->settings, err);
    if (daemon->classifier == NULL || !open_history(daemon, err) || !make_channels(daemon, err))
        return false;
    if (daemon->loaded_us == 0)
        daemon->loaded_us = clock_now_us();
    show_configuration(daemon, NULL);
    const struct daemon_accounts_options accounts = {
        .folder = daemon->settings->state,
        .log = daemon->log,
        .metrics = daemon->metrics,
        .policy = daemon->policy,
        .auth = daemon->auth,
        .book = daemon->account_book,
        .store = &daemon->settings->store,
        .shown = daemon->rulings_shown,
    };
    daemon->accounts = daemon_accounts_new(&accounts, clock_now_us());
    const struct daemon_hijack_options hijack = {daemon->settings, daemon->log, daemon->metrics,
                                                 daemon->accounts, daemon->channel};
    daemon->hijack = daemon_hijack_new(&hijack);
    if (!start_desk(daemon, err) || !start_web(daemon, err))
        return false;
    daemon_desk_advance(daemon->desk, clock_now_us()); /* the reader is told what it looks for */
    return begin_reading(daemon, err);
}

/* Incidents that nobody will book: what opened them is read again by the next run. The same holds
 * for reports; and nobody reads what is wished. */
static void empty_mailboxes(const struct daemon *daemon)
{
    for (struct incident_record *record;
         daemon->incidents != NULL && (record = mailbox_take(daemon->incidents)) != NULL;) {
        incident_record_done(record);
        mem_free(record);
    }
    for (struct route_report *report;
         daemon->reports != NULL && (report = mailbox_take(daemon->reports)) != NULL;)
        route_report_free(report);
    for (struct route_watch *watch;
         daemon->watches != NULL && (watch = mailbox_take(daemon->watches)) != NULL;)
        route_watch_free(watch);
}

/* In the order of who speaks to whom: first those who ask and tell, last those who keep. */
static void stop(struct daemon *daemon)
{
    if (daemon->names != NULL)
        daemon_names_close(daemon->names, true);
    daemon_ingest_stop(daemon->ingest);
    http_server_stop(daemon->server);
    http_sockets_close(&daemon->sockets);
    daemon_exact_end(daemon->exact);
    if (daemon->desk != NULL)
        daemon_desk_advance(daemon->desk, clock_now_us());
    daemon_desk_free(daemon->desk);
    daemon_exact_free(daemon->exact);
    daemon_hijack_free(daemon->hijack);
    daemon_accounts_free(daemon->accounts);
    empty_mailboxes(daemon);
    buf_done(&daemon->unsaved);
    buf_done(&daemon->routes_unsaved);
    buf_done(&daemon->said);
    history_close(daemon->history);
    history_health_done(&daemon->health);
    mailbox_free(daemon->incidents);
    mailbox_free(daemon->requests);
    mailbox_free(daemon->watches);
    mailbox_free(daemon->reports);
    daemon_names_free(daemon->names);
    daemon_slack_free(daemon->slack);
    snapshot_place_free(daemon->state);
    snapshot_place_free(daemon->incidents_shown);
    snapshot_place_free(daemon->notifiers_shown);
    snapshot_place_free(daemon->silences_shown);
    snapshot_place_free(daemon->configuration);
    snapshot_place_free(daemon->routes_shown);
    snapshot_place_free(daemon->audit_shown);
    snapshot_place_free(daemon->rulings_shown);
    classifier_free(daemon->classifier);
    daemon_metrics_free(daemon->metrics);
}

enum wish { WISH_NONE, WISH_RELOAD, WISH_STOP, WISH_FAIL };

static enum wish take_signals(const struct daemon *daemon)
{
    struct signalfd_siginfo info;
    enum wish wish = WISH_NONE;
    while (read(daemon->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            return WISH_STOP;
        wish = WISH_RELOAD;
    }
    return wish;
}

static int wait_ms(const struct daemon *daemon)
{
    int64_t wait_us = daemon_desk_next_due(daemon->desk) - clock_now_us();
    if (wait_us < 0)
        wait_us = 0;
    int wait_ms = (int)((wait_us < WAKE_US ? wait_us + 999 : WAKE_US) / 1000);
    int rulings_ms = daemon_accounts_wait_ms(daemon->accounts);
    return rulings_ms >= 0 && rulings_ms < wait_ms ? rulings_ms : wait_ms;
}

/* What `systemctl status` shows, told when it is another one. */
static void tell_manager(struct daemon *daemon)
{
    CLEANUP_BUF struct buf text = {0};
    struct history_state history;
    struct incident_book_counts counts = daemon_desk_counts(daemon->desk);
    history_state_get(daemon->history, &history);
    const struct daemon_brief brief = {.reading = daemon->ingest != NULL,
                                       .logs = daemon->settings->log_count,
                                       .open = counts.open,
                                       .acknowledged = counts.acknowledged,
                                       .trouble = history.trouble};
    daemon_brief_format(&brief, &text);
    if (slice_eq(buf_slice(&text), buf_slice(&daemon->said)))
        return;
    service_notify_status(buf_slice(&text));
    buf_clear(&daemon->said);
    buf_add(&daemon->said, buf_slice(&text));
}

/* Until somebody wishes something; WISH_FAIL with err: it cannot go on. */
static enum wish loop(struct daemon *daemon, struct err *err)
{
    int64_t watchdog_us = service_watchdog_interval_us(), fed_us = clock_steady_us();
    struct pollfd fds[LOOP_FDS + DAEMON_DESK_FDS] = {
        {.fd = daemon->signals, .events = POLLIN},
        {.fd = daemon_policy_fd(daemon->policy), .events = POLLIN},
        {.fd = daemon_auth_fd(daemon->auth), .events = POLLIN},
        {.fd = daemon_quota_fd(daemon->quota), .events = POLLIN},
        {.fd = hijack_channel_fd(daemon->channel), .events = POLLIN},
        {.fd = daemon_accounts_fd(daemon->accounts), .events = POLLIN},
    };
    int desk[DAEMON_DESK_FDS];
    enum wish wish;
    daemon_desk_fds(daemon->desk, desk);
    for (size_t i = 0; i < DAEMON_DESK_FDS; i++)
        fds[LOOP_FDS + i] = (struct pollfd){.fd = desk[i], .events = POLLIN};
    while ((wish = take_signals(daemon)) == WISH_NONE) {
        daemon_desk_advance(daemon->desk, clock_now_us());
        daemon_policy_turn(daemon->policy, daemon->metrics, clock_now_us());
        daemon_auth_turn(daemon->auth, daemon->metrics, clock_now_us());
        daemon_quota_turn(daemon->quota, daemon->metrics, clock_now_us());
        daemon_account_book_turn(daemon->account_book, daemon->metrics, clock_now_us());
        daemon_accounts_turn(daemon->accounts, clock_now_us());
        daemon_hijack_turn(daemon->hijack, clock_now_us());
        if (!begin_reading(daemon, err))
            return WISH_FAIL;
        tell_manager(daemon);
        own_log_tick(daemon->log, clock_now_us());
        if (watchdog_us > 0 && clock_steady_us() - fed_us >= watchdog_us) {
            service_notify_watchdog();
            fed_us = clock_steady_us();
        }
        poll(fds, LOOP_FDS + DAEMON_DESK_FDS, wait_ms(daemon));
    }
    return wish;
}

static bool start_by(struct daemon *daemon, struct settings *settings, struct err *err)
{
    *daemon = (struct daemon){.settings = settings,
                              .log = daemon->log,
                              .signals = daemon->signals,
                              .refunds = daemon->refunds,
                              .policy = daemon->policy,
                              .auth = daemon->auth,
                              .quota = daemon->quota,
                              .channel = daemon->channel,
                              .logins = daemon->logins,
                              .account_book = daemon->account_book,
                              .loaded_us = daemon->loaded_us};
    if (!start(daemon, err)) {
        stop(daemon);
        return false;
    }
    return true;
}

/* ---- reload ---- */

/* The speaking half down, sockets and what others put into mailboxes kept. */
static void stop_speaking(struct daemon *daemon)
{
    daemon_names_close(daemon->names, true); /* who waits for the reader asks the desk now */
    if (daemon->desk != NULL && daemon->server != NULL) /* whom it asked is answered */
        daemon_desk_advance(daemon->desk, clock_now_us());
    http_server_stop_keeping(daemon->server, &daemon->sockets);
    daemon->server = NULL;
    daemon_desk_free(daemon->desk);
    daemon->desk = NULL;
}

static bool start_speaking(struct daemon *daemon, struct settings *settings,
                           struct classifier *classifier, struct err *err)
{
    daemon->settings = settings;
    daemon->classifier = classifier;
    daemon_names_close(daemon->names, false);
    bool good = start_desk(daemon, err) && start_web(daemon, err);
    if (good)
        http_sockets_close(&daemon->sockets); /* that are not wanted any more */
    return good;
}

/* What the reading half knows holds as long as these are the same and no file of rules or
 * providers, which may have changed, is named. */
static bool reads_the_same(const struct settings *before, const struct settings *after)
{
    static const char *const keys[] = {"logs",  "backfill",  "fleet", "detect",
                                       "rules", "providers", NULL};
    return after->rules == NULL && after->providers == NULL &&
           settings_dump_same(before, after, keys);
}

/* In place: the history and the feed with its listeners stay open. Nothing is changed when it
 * fails, unless even the old settings cannot be put into effect again: WISH_FAIL with err. */
static enum wish reload_in_place(struct daemon *daemon, struct settings *new, struct err *err)
{
    struct settings *old = daemon->settings;
    bool same = reads_the_same(old, new); /* then the classifier is in use by what is learned */
    struct classifier *before = daemon->classifier;
    struct classifier *after = same ? before : settings_classifier_new(new, err);
    if (after == NULL)
        return WISH_NONE;
    stop_speaking(daemon);
    if (!start_speaking(daemon, new, after, err)) {
        struct err again = {0};
        stop_speaking(daemon);
        bool good = start_speaking(daemon, old, before, &again);
        if (!same)
            classifier_free(after);
        if (good)
            return WISH_NONE;
        *err = again;
        stop(daemon);
        return WISH_FAIL;
    }
    if (daemon->ingest != NULL)
        daemon_ingest_reload(daemon->ingest, new, after, same);
    if (!same)
        classifier_free(before);
    return WISH_RELOAD;
}

/* Another history: down and up again by the new settings, or by the old ones when the new ones
 * cannot be put into effect. */
static enum wish reload_whole(struct daemon *daemon, struct settings *new, struct err *err)
{
    struct settings *old = daemon->settings;
    stop(daemon);
    if (start_by(daemon, new, err))
        return WISH_RELOAD;
    struct err again = {0};
    if (start_by(daemon, old, &again))
        return WISH_NONE;
    *err = again;
    return WISH_FAIL;
}

/* NULL and err also when a database of accounts says that its query is wrong; one that is down is
 * asked again later. */
static struct settings *load(const char *path, struct err *err)
{
    struct err why = {0};
    struct settings *settings = settings_load(path, err);
    if (settings == NULL || account_reading_check(settings, &why) != ACCOUNT_CHECK_WRONG)
        return settings;
    settings_free(settings);
    *err = why;
    (void)err_at(err, "%s", path);
    return NULL;
}

/* False: it cannot go on, neither by the new settings nor by the old ones. */
static bool reload(struct daemon *daemon, const char *path, struct err *err)
{
    static const char *const history[] = {"state", "store", NULL};
    struct settings *old = daemon->settings, *new = load(path, err);
    enum wish done = WISH_NONE;
    if (new != NULL) {
        service_notify_reloading();
        done = settings_dump_same(old, new, history) ? reload_in_place(daemon, new, err)
                                                     : reload_whole(daemon, new, err);
        service_notify_ready();
    }
    if (done == WISH_RELOAD) {
        settings_free(old);
        daemon->loaded_us = clock_now_us();
        show_configuration(daemon, NULL);
        OWN_LOG(daemon->log, OWN_LOG_INFO, "reloaded", log_str("path", path));
        return true;
    }
    settings_free(new);
    if (done != WISH_FAIL)
        show_configuration(daemon, err);
    OWN_LOG(daemon->log, OWN_LOG_ERROR, "configuration_refused", log_str("reason", err->text));
    return done != WISH_FAIL;
}

bool daemon_run(const char *path, struct err *err)
{
    (void)umask(027); /* the state holds addresses: not for everybody */
    struct own_log_options log = {.target = OWN_LOG_AUTO, .level = OWN_LOG_INFO};
    struct daemon daemon = {.log = own_log_new(&log), .signals = catch_signals(err)};
    daemon.refunds = daemon.signals < 0 ? NULL : policy_refunds_new(err);
    daemon.channel = daemon.refunds == NULL ? NULL : hijack_channel_new(err);
    daemon.logins = daemon.channel == NULL ? NULL : login_channel_new(err);
    daemon.policy = daemon_policy_new(daemon.log, daemon.refunds, daemon.channel);
    daemon.auth = daemon_auth_new(daemon.log, daemon.logins);
    daemon.quota = daemon_quota_new(daemon.log);
    daemon.account_book = daemon_account_book_new(daemon.log, daemon.policy, daemon.auth);
    struct settings *settings = daemon.logins == NULL ? NULL : load(path, err);
    bool good = settings != NULL && start_by(&daemon, settings, err);
    enum wish wish = WISH_NONE;
    while (good && (wish = loop(&daemon, err)) == WISH_RELOAD)
        good = reload(&daemon, path, err);
    if (wish == WISH_FAIL) {
        stop(&daemon);
        good = false;
    }
    if (good) {
        service_notify_stopping();
        OWN_LOG(daemon.log, OWN_LOG_INFO, "stopping", log_str("reason", "signal"));
        stop(&daemon);
    }
    daemon_account_book_free(daemon.account_book);
    daemon_quota_free(daemon.quota);
    daemon_auth_free(daemon.auth);
    daemon_policy_free(daemon.policy);
    policy_refunds_free(daemon.refunds);
    hijack_channel_free(daemon.channel);
    login_channel_free(daemon.logins);
    settings_free(daemon.settings ? daemon.settings : settings);
    own_log_free(daemon.log);
    if (daemon.signals >= 0)
        close(daemon.signals);
    return good;
}
