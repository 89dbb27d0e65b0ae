/* SPDX-License-Identifier: Apache-2.0
 *
 * The book of incidents at work. See daemon_desk.h.
 */
#include "app/daemon_desk.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "app/daemon_archive.h"
#include "app/daemon_board.h"
#include "app/daemon_limits.h"
#include "app/daemon_notifiers.h"
#include "app/daemon_request.h"
#include "app/daemon_route_news.h"
#include "app/daemon_sender.h"
#include "app/daemon_silences.h"
#include "base/memory.h"
#include "io/file_text.h"
#include "io/output.h"
#include "respond/incident_json.h"
#include "respond/slack_answer.h"

#define REPEAT_US (5 * INT64_C(60000000)) /* to receivers that forget what is not repeated */

#define STATE_BYTES_MAX (3u * INCIDENT_BOOK_BYTES_MAX) /* a text in a text, and what waits */

#define SAVE_AGAIN_US INT64_C(10000000)
#define SETTLE_US 1000000 /* for what is being sent, at an end */

struct daemon_desk {
    struct daemon_desk_options options;
    struct incident_book *book;
    struct daemon_sender *sender;
    struct daemon_board *board;
    struct daemon_archive archive;
    struct daemon_silences *silences;
    struct daemon_routes *routes;
    uint64_t routes_told; /* the last entry of their trail that people were told of, if they are */
    struct buf state_path;
    uint64_t saved_revision;
    bool notices_pending; /* told since the last save */
    int64_t now_us, repeated_us;
    int64_t save_again_us; /* after one that failed; INT64_MAX: none did */
};

static void tell(void *data, const struct notice *notice)
{
    struct daemon_desk *desk = data;
    const struct notice_item *first = &notice->items[0];
    struct slice transition = slice_from_str(notice_transition_word(notice->transition));
    desk->notices_pending = true;
    if (notice->transition != NOTICE_CURRENT)
        daemon_metrics_add(desk->options.metrics, DAEMON_METRIC_NOTICES, &transition, 1);
    daemon_sender_push(desk->sender, notice, notice->at_us);
    OWN_LOG(desk->options.log, OWN_LOG_INFO, "notice", log_text("transition", transition),
            log_text("page", notice->page), log_number("incidents", (int64_t)notice->total),
            log_str("kind", incident_kind_word(first->incident.kind)),
            log_text("relay", first->incident.relay), log_text("source", first->incident.source),
            log_text("provider", first->incident.provider),
            log_text("login", first->incident.login));
}

/* ---- state ---- */

/* False and err: it is tried again after a while, if need be by the desk that comes next. */
static bool save(struct daemon_desk *desk, struct err *err)
{
    CLEANUP_BUF struct buf book = {0}, notifiers = {0}, text = {0};
    incident_book_save(desk->book, &book);
    notify_desk_save(daemon_sender_desk(desk->sender), &notifiers);
    json_t *state = json_value_object();
    json_value_put(state, "book", json_value_text(buf_slice(&book)));
    json_value_put(state, "notifiers", json_value_text(buf_slice(&notifiers)));
    json_value_put_count(state, "routes_told", desk->routes_told);
    json_value_print(state, false, &text);
    bool saved = output_state_write(buf_str(&desk->state_path), buf_slice(&text), err);
    buf_clear(desk->options.unsaved);
    if (!saved)
        buf_add(desk->options.unsaved, buf_slice(&text));
    if (!saved)
        OWN_LOG(desk->options.log, OWN_LOG_ERROR, "state_not_saved", log_str("reason", err->text));
    desk->save_again_us = saved ? INT64_MAX : desk->now_us + SAVE_AGAIN_US;
    desk->saved_revision = incident_book_revision(desk->book);
    desk->notices_pending = false;
    return saved;
}

static struct slice text_of(const json_t *state, const char *key)
{
    const json_t *text = json_object_get(state, key);
    return json_is_string(text) ? slice_of(json_string_value(text), json_string_length(text))
                                : (struct slice){NULL, 0};
}

static bool load_all(struct daemon_desk *desk, const json_t *state, int64_t now_us, struct err *err)
{
    if (json_object_get(state, "routes_told") != NULL)
        (void)json_field_count(state, "routes_told", &desk->routes_told);
    return incident_book_load(desk->book, text_of(state, "book"), now_us, err) &&
           notify_desk_load(daemon_sender_desk(desk->sender), text_of(state, "notifiers"), now_us,
                            err);
}

/* A state that cannot be read is kept for a person to look at, under another name. */
static void set_aside(struct daemon_desk *desk, const struct err *err)
{
    CLEANUP_BUF struct buf aside = {0};
    buf_add(&aside, buf_slice(&desk->state_path));
    buf_add_str(&aside, ".damaged");
    rename(buf_str(&desk->state_path), buf_str(&aside));
    OWN_LOG(desk->options.log, OWN_LOG_ERROR, "state_damaged", log_str("reason", err->text),
            log_text("kept_as", buf_slice(&aside)));
}

/* What the desk before this one could not save is newer than the file. */
static bool read_state(struct daemon_desk *desk, struct buf *text, struct err *err)
{
    const struct buf *unsaved = desk->options.unsaved;
    if (unsaved->len == 0)
        return file_text_read_state(buf_str(&desk->state_path), STATE_BYTES_MAX, text, err);
    buf_add(text, buf_slice(unsaved));
    desk->save_again_us = 0;
    return true;
}

static void load(struct daemon_desk *desk, int64_t now_us)
{
    CLEANUP_BUF struct buf text = {0};
    struct err err = {0};
    struct stat st;
    if (desk->options.unsaved->len == 0 && lstat(buf_str(&desk->state_path), &st) != 0 &&
        errno == ENOENT)
        return; /* the first start */
    json_t *state = NULL;
    if (read_state(desk, &text, &err))
        state = json_loadb(text.ptr, text.len, 0, NULL);
    if (err.code != ERR_NONE || !load_all(desk, state, now_us, &err))
        set_aside(desk, &err);
    json_decref(state);
}

static bool start_threads(struct daemon_desk *desk, int64_t now_us, struct err *err)
{
    const struct daemon_desk_options *options = &desk->options;
    struct daemon_routes_options routes = options->routes;
    routes.settings = options->settings;
    routes.log = options->log;
    routes.metrics = options->metrics;
    desk->sender = daemon_sender_new(options->settings, options->providers, options->log, err);
    if (desk->sender != NULL)
        desk->routes = daemon_routes_new(&routes, now_us, err);
    return desk->routes != NULL;
}

struct daemon_desk *daemon_desk_new(const struct daemon_desk_options *options, int64_t now_us,
                                    struct err *err)
{
    struct daemon_desk *desk = MEM_NEW(struct daemon_desk);
    desk->options = *options;
    desk->repeated_us = now_us;
    desk->save_again_us = INT64_MAX;
    desk->board = daemon_board_new(&desk->options);
    desk->archive = (struct daemon_archive){
        .history = options->history, .health = options->health, .log = options->log};
    struct incident_book_settings settings = daemon_book_settings(options->settings);
    desk->book = incident_book_new(&settings, tell, desk);
    desk->silences = daemon_silences_new(&(struct daemon_silences_options){
        desk->book, options->log, options->metrics, options->silences_shown});
    buf_add_str(&desk->state_path, options->settings->state);
    buf_add_str(&desk->state_path, "/incidents.json");
    if (!start_threads(desk, now_us, err)) {
        daemon_desk_free(desk);
        return NULL;
    }
    desk->routes_told = daemon_route_news_newest(daemon_routes_trail(desk->routes));
    load(desk, now_us);
    daemon_archive_resume(&desk->archive, desk->book, now_us);
    daemon_routes_resume(desk->routes, desk->book, now_us);
    daemon_auth_resume(options->auth, desk->book, now_us);
    daemon_quota_resume(options->quota, desk->book, now_us);
    daemon_board_show(desk->board, desk->book, desk->sender, now_us); /* before anybody can ask */
    daemon_silences_show(desk->silences, now_us);
    return desk;
}

void daemon_desk_free(struct daemon_desk *desk)
{
    struct err err;
    if (desk == NULL)
        return;
    daemon_routes_free(desk->routes);
    if (desk->routes != NULL) {
        daemon_sender_settle(desk->sender, SETTLE_US);
        (void)save(desk, &err);
    }
    daemon_sender_free(desk->sender);
    daemon_silences_free(desk->silences);
    incident_book_free(desk->book);
    daemon_board_free(desk->board);
    buf_done(&desk->state_path);
    mem_free(desk);
}

/* ---- mailboxes ---- */

static void book(void *data, const struct incident *incident)
{
    struct daemon_desk *desk = data;
    incident_book_take(desk->book, incident, desk->now_us);
}

static void take_incidents(struct daemon_desk *desk, int64_t now_us)
{
    for (struct incident_record *record;
         (record = mailbox_take(desk->options.incidents)) != NULL;) {
        incident_book_take(desk->book, &record->incident, now_us);
        incident_record_done(record);
        mem_free(record);
    }
}

enum deed { DEED_DONE, DEED_OF_INCIDENT, DEED_LATER };

/* Of an incident: the desk says what became of it. */
static enum deed do_request(struct daemon_desk *desk, struct daemon_request *request,
                            int64_t now_us)
{
    struct slice id = buf_slice(&request->id), by = buf_slice(&request->by);
    struct slice note = buf_slice(&request->note);
    switch (request->kind) {
    case DAEMON_REQUEST_ACKNOWLEDGE:
        request->good = incident_book_acknowledge(desk->book, id, by, note, now_us, &request->err);
        return DEED_OF_INCIDENT;
    case DAEMON_REQUEST_CLOSE:
        request->good = incident_book_close(desk->book, id, by, note, now_us, &request->err);
        return DEED_OF_INCIDENT;
    case DAEMON_REQUEST_SILENCE:
    case DAEMON_REQUEST_END_SILENCE:
        daemon_silences_answer(desk->silences, request, now_us);
        return DEED_DONE;
    case DAEMON_REQUEST_APPROVE_ROUTE:
    case DAEMON_REQUEST_DENY_ROUTE:
    case DAEMON_REQUEST_UNDO_ROUTE:
    case DAEMON_REQUEST_SET_ROUTE:
    case DAEMON_REQUEST_CLEAR_ROUTE:
        daemon_routes_answer(desk->routes, request, now_us);
        return DEED_DONE;
    case DAEMON_REQUEST_FLAG_ACCOUNT:
        daemon_hijack_answer(desk->options.hijack, request, now_us);
        return DEED_DONE;
    case DAEMON_REQUEST_SHOW_ACCOUNTS:
    case DAEMON_REQUEST_ACCOUNTS_CHANGED:
        daemon_accounts_answer(desk->options.accounts, request, now_us);
        return DEED_DONE;
    case DAEMON_REQUEST_SET_LIMIT:
    case DAEMON_REQUEST_RESET_LIMIT:
    case DAEMON_REQUEST_SHOW_LIMITS:
        return daemon_limits_answer(desk->options.accounts, request, now_us) ? DEED_LATER
                                                                             : DEED_DONE;
    }
    return DEED_DONE;
}

/* False: it is answered later, by somebody else. */
static bool answer(struct daemon_desk *desk, struct daemon_request *request, int64_t now_us)
{
    struct incident_view view;
    enum deed deed = do_request(desk, request, now_us);
    if (deed != DEED_OF_INCIDENT)
        return deed != DEED_LATER;
    request->found = incident_book_find(desk->book, buf_slice(&request->id), now_us, &view);
    if (request->good && request->found && request->kind == DAEMON_REQUEST_CLOSE &&
        view.incident->kind == INCIDENT_ACCOUNT_HIJACKED)
        daemon_hijack_pardon(desk->options.hijack, view.incident->login, buf_slice(&request->by),
                             now_us);
    if (request->good && request->found)
        json_value_print(incident_view_json(&view), true, &request->answer);
    return true;
}

/* Who pressed what is in the log, and who did is told what came of it. */
static void answer_press(struct daemon_desk *desk, const struct daemon_request *request)
{
    const struct slack_click *click = &request->click;
    const struct slack_outcome outcome = {
        .good = request->good,
        .barred = request->barred,
        .reason = slice_from_str(request->err.text),
        .language = request->language,
    };
    OWN_LOG(desk->options.log, OWN_LOG_INFO, "slack_press",
            log_str("action", slack_action_word(click->action)), log_text("id", click->value),
            log_text("user_id", click->user_id), log_text("user", click->user_name),
            log_str("result", request->barred ? "barred"
                              : request->good ? "done"
                                              : request->err.text));
    struct outgoing *outgoing = slack_answer(click, &outcome);
    if (outgoing != NULL)
        daemon_sender_post(desk->sender, outgoing);
}

static void take_requests(struct daemon_desk *desk, int64_t now_us)
{
    for (struct daemon_request *request;
         (request = mailbox_take(desk->options.requests)) != NULL;) {
        if (!request->barred && !answer(desk, request, now_us))
            continue;
        if (request->good) { /* who is told that it is done finds it done, also after kill -9 */
            request->good = save(desk, &request->err);
            daemon_board_show(desk->board, desk->book, desk->sender, now_us);
        }
        if (request->click.payload != NULL)
            answer_press(desk, request);
        daemon_request_answer(request);
        daemon_request_unref(request);
    }
}

void daemon_desk_advance(struct daemon_desk *desk, int64_t now_us)
{
    desk->now_us = now_us;
    take_incidents(desk, now_us);
    take_requests(desk, now_us);
    notify_desk_incidents(daemon_sender_desk(desk->sender), now_us, book, desk);
    daemon_archive_watch(&desk->archive, desk->book, now_us);
    incident_book_advance(desk->book, now_us);
    if (now_us - desk->repeated_us >= REPEAT_US || now_us < desk->repeated_us) {
        incident_book_repeat(desk->book, now_us, tell, desk);
        desk->repeated_us = now_us;
    }
    bool answered = daemon_sender_collect(desk->sender, now_us);
    struct err err;
    if (answered || desk->notices_pending || now_us >= desk->save_again_us ||
        incident_book_revision(desk->book) != desk->saved_revision)
        (void)save(desk, &err);
    daemon_routes_advance(desk->routes, desk->book, now_us); /* the book is on disk */
    daemon_routes_watch(desk->routes, desk->book, now_us);
    daemon_auth_watch(desk->options.auth, desk->book, now_us);
    daemon_quota_watch(desk->options.quota, desk->book, now_us);
    daemon_route_news(daemon_routes_trail(desk->routes), &desk->routes_told, desk->book, now_us);
    if (desk->notices_pending)
        (void)save(desk, &err);
    daemon_board_show(desk->board, desk->book, desk->sender, now_us); /* who is told asks at once */
    daemon_sender_advance(desk->sender, now_us);
    daemon_archive_keep(&desk->archive, desk->book, now_us);
    daemon_board_show(desk->board, desk->book, desk->sender, now_us);
    daemon_silences_show(desk->silences, now_us);
    daemon_board_measure(desk->board, desk->book, desk->sender, now_us);
}

struct incident_book_counts daemon_desk_counts(const struct daemon_desk *desk)
{
    return incident_book_count(desk->book);
}

int64_t daemon_desk_next_due(const struct daemon_desk *desk)
{
    int64_t due_us = incident_book_next_due(desk->book);
    int64_t send_us = daemon_sender_next_due(desk->sender);
    int64_t repeat_us = desk->repeated_us + REPEAT_US;
    int64_t route_us = daemon_routes_next_due(desk->routes);
    due_us = send_us < due_us ? send_us : due_us;
    due_us = route_us < due_us ? route_us : due_us;
    return repeat_us < due_us ? repeat_us : due_us;
}

void daemon_desk_fds(const struct daemon_desk *desk, int fds[DAEMON_DESK_FDS])
{
    fds[0] = mailbox_fd(desk->options.incidents);
    fds[1] = mailbox_fd(desk->options.requests);
    daemon_sender_fds(desk->sender, fds + 2);
    daemon_routes_fds(desk->routes, fds + 4);
}
