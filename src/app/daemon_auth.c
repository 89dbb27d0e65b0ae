/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_auth.h.
 */
#include "app/daemon_auth.h"

#include "app/auth_board.h"
#include "app/auth_incidents.h"
#include "app/auth_service.h"
#include "app/auth_upkeep.h"
#include "app/daemon_guesses.h"
#include "app/incident_turn.h"
#include "app/listen_place.h"
#include "app/past_file.h"
#include "app/session_kicker.h"
#include "app/settings_fleet.h"
#include "base/civil.h"
#include "gate/auth_words.h"
#include "io/clock.h"

/* Whom the guard against guesses trusts. */
static const struct past_file trust = {"auth-trust", "networks that logins came from", 64u << 20};

static const int64_t TURN_US = 1000000, AGAIN_US = 10000000;

struct daemon_auth {
    struct own_log *log;
    struct auth_service *service; /* NULL: nothing was wanted yet, or it could not be made */
    struct listen_place wanted, present;
    int64_t turned_us, again_us;
    bool answers;
    struct err why;
    struct session_kicker *kicker;
    struct auth_uses *uses;
    struct auth_board *board;
    struct auth_incidents *incidents;
    struct auth_servers *servers; /* NULL: not known yet */
    struct guess_campaign *spray; /* the same */
    struct daemon_guesses guesses;
    struct auth_service_counts counts; /* as of the last turn */
    enum settings_auth_log told;
    struct login_channel *logins;
    uint64_t untold_logins; /* dropped there, as of the last turn */
    struct arena *arena;    /* of what follows */
    struct slice host;
    struct buf folder; /* of the state */
};

struct daemon_auth *daemon_auth_new(struct own_log *log, struct login_channel *logins)
{
    struct daemon_auth *auth = MEM_NEW(struct daemon_auth);
    auth->log = log;
    auth->logins = logins;
    auth->arena = arena_new(512);
    auth->host = slice_from_str(settings_fleet_host(auth->arena));
    auth->board = auth_board_new();
    auth->incidents = auth_incidents_new(auth->host);
    auth->kicker = session_kicker_new(log);
    auth->uses = auth_uses_new(log);
    auth->answers = true;
    return auth;
}

/* ---- what is wanted ---- */

static struct auth_plan *plan_of(const struct daemon_auth *auth, const struct settings *settings)
{
    struct err err = {0};
    struct auth_plan *plan = auth_plan_new(settings, &err);
    if (err.code != ERR_NONE)
        OWN_LOG(auth->log, OWN_LOG_ERROR, "auth_plain_key_unread", log_str("reason", err.text));
    return plan;
}

static void begin(struct daemon_auth *auth, const struct settings *settings)
{
    CLEANUP_BUF struct buf image = {0};
    struct err err = {0};
    auth->service = auth_service_new(plan_of(auth, settings), &auth->why);
    if (auth->service == NULL)
        return;
    if (past_file_read(&trust, buf_str(&auth->folder), &image, &err))
        auth_service_restore(auth->service, buf_slice(&image));
    else
        past_file_tell_not_read(&trust, auth->log, &err);
}

void daemon_auth_want(struct daemon_auth *auth, const struct settings *settings, int64_t now_us)
{
    const struct settings_auth *wish = &settings->auth;
    listen_place_set(&auth->wanted, wish->listen, wish->listen_count, wish->group);
    auth->wanted.connections = wish->connections;
    buf_clear(&auth->folder);
    buf_add_str(&auth->folder, settings->state);
    auth->again_us = now_us;
    auth->told = wish->log;
    session_kicker_want(auth->kicker, wish);
    auth_uses_want(auth->uses, settings);
    if (auth->service != NULL)
        auth_service_put(auth->service, plan_of(auth, settings));
    else if (wish->listen_count > 0)
        begin(auth, settings);
}

/* Its open sessions are not asked about again. */
static bool ends_sessions(const struct account_flag *flag)
{
    bool is_set = flag->until_us > flag->since_us;
    return is_set && (flag->kind == ACCOUNT_SUSPENDED || flag->kind == ACCOUNT_NO_LOGIN);
}

void daemon_auth_flag(struct daemon_auth *auth, const struct account_flag *flag)
{
    if (ends_sessions(flag))
        session_kicker_kick(auth->kicker, flag->login);
    if (auth->service != NULL)
        auth_service_flag(auth->service, account_flag_new(flag));
}

void daemon_auth_put_flags(struct daemon_auth *auth, const struct account_flags *flags)
{
    if (auth->service != NULL)
        auth_service_put_flags(auth->service, account_flags_copy(flags));
}

void daemon_auth_changed(struct daemon_auth *auth, struct slice login)
{
    if (auth->service != NULL)
        auth_service_changed(auth->service, login);
}

/* ---- turns ---- */

static bool listen_at(struct auth_service *service, const struct listen_place *place,
                      struct err *err)
{
    struct listen_texts texts;
    listen_texts_init(&texts, place);
    const struct header_server_options options = {
        .addresses = texts.addresses,
        .address_count = place->count,
        .group = listen_place_group(place),
        .connections_max = place->connections,
    };
    bool good = auth_service_listen(service, &options, err);
    listen_texts_done(&texts);
    return good;
}

static void move(struct daemon_auth *auth, int64_t now_us, struct err *why)
{
    bool may_try = now_us >= auth->again_us || auth->again_us - now_us > AGAIN_US;
    if (!may_try)
        return;
    auth->again_us = now_us + AGAIN_US;
    if (listen_place_eq(&auth->present, &auth->wanted))
        return;
    auth->present.count = 0;
    if (auth->wanted.count == 0)
        auth_service_leave(auth->service);
    else if (!listen_at(auth->service, &auth->wanted, why))
        return;
    listen_place_copy(&auth->present, &auth->wanted);
}

static void note(struct daemon_auth *auth, bool answers, const struct err *why)
{
    if (answers == auth->answers)
        return;
    auth->answers = answers;
    auth->why = *why;
    if (answers)
        OWN_LOG(auth->log, OWN_LOG_INFO, "auth_answers",
                log_number("places", (int64_t)auth->wanted.count));
    else
        OWN_LOG(auth->log, OWN_LOG_ERROR, "auth_does_not_answer", log_str("reason", why->text));
}

/* What an operator has to look at is more than information. */
static enum own_log_level level_of(enum auth_result result)
{
    switch (result) {
    case AUTH_RESULT_ACCOUNT:
    case AUTH_RESULT_SERVER:
    case AUTH_RESULT_TROUBLE:
    case AUTH_RESULT_BUSY:
    case AUTH_RESULT_REQUEST:
    case AUTH_RESULT_CALLER:
        return OWN_LOG_WARNING;
    case AUTH_RESULT_PASSED:
    case AUTH_RESULT_WRONG:
    case AUTH_RESULT_UNKNOWN:
    case AUTH_RESULT_GUESSING:
    case AUTH_RESULT_FLAGGED:
    case AUTH_RESULT_EXPIRED:
    case AUTH_RESULT_PROTOCOL:
    case AUTH_RESULT_NETWORK:
    case AUTH_RESULT_METHOD:
    case AUTH_RESULT_CERTIFICATE:
        break;
    }
    return OWN_LOG_INFO;
}

static bool is_told(const struct daemon_auth *auth, const struct auth_event *event)
{
    switch (auth->told) {
    case SETTINGS_AUTH_LOG_ALL:
        return true;
    case SETTINGS_AUTH_LOG_REFUSED:
        return event->result != AUTH_RESULT_PASSED;
    case SETTINGS_AUTH_LOG_NONE:
        break;
    }
    return false;
}

static void log_event(struct daemon_auth *auth, const struct auth_event *event)
{
    CLEANUP_BUF struct buf client = {0};
    if (!is_told(auth, event))
        return;
    ip_address_format(&event->client, &client);
    const struct own_log_field fields[] = {
        log_text("login", event->login),
        log_text("client", buf_slice(&client)),
        log_str("protocol", auth_protocol_word(event->protocol)),
        log_str("method", auth_method_word(event->method)),
        log_str("result", auth_result_word(event->result)),
        log_text("detail", event->detail),
        log_text("server", event->server),
        log_text("app_password", event->app),
        log_number("wait_s", event->wait_s),
        log_number("tls", event->tls),
        log_number("cached", event->cached),
    };
    own_log_write_each(auth->log, level_of(event->result),
                       event->result == AUTH_RESULT_PASSED ? "login" : "login_refused", fields,
                       sizeof(fields) / sizeof(fields[0]));
}

/* Who came with the right secret, or did not; not what was in the way of either. */
static bool is_try(enum auth_result result)
{
    return result == AUTH_RESULT_PASSED || result == AUTH_RESULT_WRONG ||
           result == AUTH_RESULT_UNKNOWN || result == AUTH_RESULT_GUESSING;
}

static void tell_detectors(struct daemon_auth *auth, const struct auth_event *event)
{
    CLEANUP_BUF struct buf client = {0}, line = {0};
    ip_address_format(&event->client, &client);
    buf_addf(&line, "todoku: %s login of %.*s from %s: %s", auth_protocol_word(event->protocol),
             SLICE_ARG(event->login), buf_str(&client), auth_result_word(event->result));
    const struct guessing_login login = {
        .client = buf_slice(&client),
        .login = event->login,
        .relay = auth->host,
        .line = buf_slice(&line),
        .times = 1,
        .failed = event->result != AUTH_RESULT_PASSED,
    };
    if (is_try(event->result))
        login_channel_put(auth->logins, &login, event->at_us);
}

static void tell_events(struct daemon_auth *auth)
{
    struct auth_event *event;
    while ((event = auth_service_take(auth->service)) != NULL) {
        log_event(auth, event);
        tell_detectors(auth, event);
        auth_incidents_hear(auth->incidents, event);
        auth_uses_take(auth->uses, event);
        mem_free(event);
    }
}

static void show_logins(const struct daemon_auth *auth, const struct auth_service_counts *now,
                        struct daemon_metrics *metrics)
{
    for (size_t i = 0; i < AUTH_PROTOCOLS; i++)
        for (size_t k = 0; k < AUTH_METHODS; k++)
            for (size_t n = 0; n < AUTH_RESULT_COUNT; n++) {
                const struct slice labels[] = {
                    slice_from_str(auth_protocol_word((enum auth_protocol)i)),
                    slice_from_str(auth_method_word((enum auth_method)k)),
                    slice_from_str(auth_result_word((enum auth_result)n))};
                uint64_t grown = now->logins[i][k][n] - auth->counts.logins[i][k][n];
                if (grown > 0)
                    daemon_metrics_add(metrics, DAEMON_METRIC_LOGINS, labels, (int64_t)grown);
            }
}

static void show(struct daemon_auth *auth, struct daemon_metrics *metrics)
{
    struct auth_service_counts now;
    const struct auth_service_counts *before = &auth->counts;
    auth_service_counts(auth->service, &now);
    show_logins(auth, &now, metrics);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LOGINS_CACHED, NULL, now.cached - before->cached);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "auth_events",
                        now.untold - before->untold);
    daemon_metrics_grow(metrics, DAEMON_METRIC_LEFT_OUT, "auth_logins",
                        login_channel_dropped(auth->logins) - auth->untold_logins);
    auth->untold_logins = login_channel_dropped(auth->logins);
    daemon_metrics_grow(metrics, DAEMON_METRIC_AUTH_BAD, NULL, now.server.bad - before->server.bad);
    daemon_metrics_set(metrics, DAEMON_METRIC_AUTH_CONNECTIONS, NULL, (int64_t)now.server.open);
    daemon_metrics_set(metrics, DAEMON_METRIC_AUTH_WAITING, NULL, (int64_t)now.waiting);
    auth->counts = now;
}

/* ---- mailbox servers ---- */

static const struct auth_server *find_server(const struct auth_servers *servers,
                                             const struct auth_server *like)
{
    for (size_t i = 0; servers != NULL && i < servers->count; i++)
        if (servers->list[i].protocol == like->protocol &&
            slice_eq(servers->list[i].name, like->name))
            return &servers->list[i];
    return NULL;
}

static void log_server(const struct daemon_auth *auth, const struct auth_server *server)
{
    bool down = server->health == BACKEND_IS_DOWN;
    OWN_LOG(auth->log, down ? OWN_LOG_ERROR : OWN_LOG_INFO,
            down ? "mailbox_server_down" : "mailbox_server_up", log_text("server", server->name),
            log_str("protocol", auth_server_protocol(server)), log_text("reason", server->reason));
}

/* Told when it goes down, and when it is back. */
static void take_servers(struct daemon_auth *auth, struct daemon_metrics *metrics)
{
    struct auth_servers *now = auth_service_servers(auth->service);
    if (now == NULL)
        return;
    for (size_t i = 0; i < now->count; i++) {
        const struct auth_server *server = &now->list[i];
        const struct auth_server *before = find_server(auth->servers, server);
        bool was_down = before != NULL && before->health == BACKEND_IS_DOWN;
        bool down = server->health == BACKEND_IS_DOWN;
        const struct slice labels[] = {server->name, slice_from_str(auth_server_protocol(server))};
        if (down != was_down)
            log_server(auth, server);
        daemon_metrics_set(metrics, DAEMON_METRIC_MAILBOX_SERVER_UP, labels, !down);
    }
    mem_free(auth->servers);
    auth->servers = now;
}

static void take_spray(struct daemon_auth *auth)
{
    struct guess_campaign *now = auth_service_spray(auth->service);
    if (now == NULL)
        return;
    mem_free(auth->spray);
    auth->spray = now;
}

static void take_image(struct daemon_auth *auth)
{
    struct buf *image = auth_service_image(auth->service);
    if (image == NULL)
        return;
    past_file_write(&trust, buf_str(&auth->folder), buf_slice(image), auth->log);
    buf_done(image);
    mem_free(image);
}

static void look_after(struct daemon_auth *auth, struct daemon_metrics *metrics, int64_t now_us)
{
    struct err why = auth->why;
    move(auth, now_us, &why);
    bool answers = auth->wanted.count == 0 || auth_service_feed(auth->service);
    show(auth, metrics);
    take_servers(auth, metrics);
    take_spray(auth);
    struct guess_share_counts shared;
    auth_service_shared(auth->service, &shared);
    daemon_guesses_show(&auth->guesses, auth->log, metrics, &shared);
    take_image(auth);
    if (!answers && auth->counts.server.fault.code != ERR_NONE)
        why = auth->counts.server.fault;
    else if (!answers && auth->present.count > 0)
        err_set(&why, ERR_IO, "the thread that answers stands still");
    note(auth, answers, &why);
    const struct auth_board_view view = {
        .counts = &auth->counts,
        .listen = auth->wanted.listen,
        .listen_count = auth->wanted.count,
        .trouble = answers ? NULL : auth->why.text,
        .servers = auth->servers,
        .shared = &shared,
    };
    auth_board_put(auth->board, &view, now_us, clock_utc_offset(NULL, now_us / US_PER_SECOND));
    daemon_metrics_set(metrics, DAEMON_METRIC_AUTH_TROUBLE, NULL, !answers);
}

void daemon_auth_turn(struct daemon_auth *auth, struct daemon_metrics *metrics, int64_t now_us)
{
    int64_t since_us = now_us - auth->turned_us;
    session_kicker_turn(auth->kicker, metrics);
    auth_uses_turn(auth->uses, clock_steady_us());
    if (auth->service == NULL)
        return;
    if (auth->again_us <= now_us || since_us < 0 || since_us >= TURN_US) {
        auth->turned_us = now_us;
        look_after(auth, metrics, now_us);
    }
    tell_events(auth);
}

/* ---- incidents ---- */

struct resuming {
    struct auth_incidents *incidents;
    int64_t now_us;
};

static void resume_one(void *data, const struct incident *incident)
{
    const struct resuming *resuming = data;
    auth_incidents_resume(resuming->incidents, incident, resuming->now_us);
}

void daemon_auth_resume(struct daemon_auth *auth, const struct incident_book *book, int64_t now_us)
{
    struct resuming resuming = {auth->incidents, now_us};
    incident_turn_resume(book, now_us, resume_one, &resuming);
}

void daemon_auth_watch(struct daemon_auth *auth, struct incident_book *book, int64_t now_us)
{
    struct incident_turn turn = {book, now_us};
    bool answers = auth->answers && (auth->service != NULL || auth->wanted.count == 0);
    const struct auth_incidents_view view = {
        .wanted = auth->wanted.count > 0,
        .trouble = answers ? NULL : auth->why.text,
        .servers = auth->servers,
        .counts = &auth->counts,
        .spray = auth->spray,
    };
    auth_incidents_look(auth->incidents, &view, now_us, incident_turn_tell, &turn);
}

/* ---- the end ---- */

static void keep_trust(struct daemon_auth *auth)
{
    CLEANUP_BUF struct buf image = {0};
    auth_service_save(auth->service, &image);
    past_file_write(&trust, buf_str(&auth->folder), buf_slice(&image), auth->log);
}

void daemon_auth_free(struct daemon_auth *auth)
{
    if (auth == NULL)
        return;
    if (auth->service != NULL) {
        auth_service_leave(auth->service);
        tell_events(auth);
        keep_trust(auth);
    }
    auth_service_free(auth->service);
    session_kicker_free(auth->kicker);
    auth_uses_free(auth->uses);
    auth_board_free(auth->board);
    auth_incidents_free(auth->incidents);
    mem_free(auth->servers);
    mem_free(auth->spray);
    arena_free(auth->arena);
    buf_done(&auth->folder);
    listen_place_done(&auth->wanted);
    listen_place_done(&auth->present);
    mem_free(auth);
}

struct snapshot_place *daemon_auth_shown(struct daemon_auth *auth)
{
    return auth_board_shown(auth->board);
}

int daemon_auth_fd(const struct daemon_auth *auth)
{
    return auth->service != NULL ? auth_service_fd(auth->service) : -1;
}
