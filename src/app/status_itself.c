/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of todoku itself. See status_itself.h.
 */
#include "app/status_itself.h"

#include <math.h>

#include "app/report_words.h"
#include "app/route_text.h"
#include "app/silence_text.h"
#include "app/status_text.h"
#include "base/civil.h"
#include "mail/stamp.h"

#define LABEL_WIDTH 12
#define LOGS_SHOWN 6
#define SILENCES_SHOWN 3
#define ROUTES_SHOWN 5
#define NOTIFIERS_SHOWN 8
#define DOUBTS_SHOWN 2
#define CLOCK_US (INT64_C(1200) * US_PER_SECOND) /* a stamp so far from now is doubtful, */
#define LIVELY_S 60                              /* of a log that had a line so lately */
#define START_US (INT64_C(120) * US_PER_SECOND)
#define PARTS_MAX 48 /* more than there can be */

struct part {
    enum text_tone tone;
    const char *label;
    struct buf text;
};

struct parts {
    const struct status_answer *status;
    struct part list[PARTS_MAX];
    size_t count;
};

/* A new part, whose text is to be filled; valid until the next one. */
static struct buf *add_part(struct parts *parts, enum text_tone tone, const char *label)
{
    ASSERT(parts->count < PARTS_MAX);
    struct part *part = &parts->list[parts->count++];
    *part = (struct part){.tone = tone, .label = label};
    return &part->text;
}

static void add_more(struct parts *parts, size_t shown, size_t count, const char *what)
{
    if (count > shown)
        buf_addf(add_part(parts, TONE_WARN, ""), "and %zu more%s", count - shown, what);
}

/* Nothing to be said, when the file was never refused. */
static void add_configuration(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    if (status->refused_us == 0)
        return;
    struct buf *text = add_part(parts, TONE_BAD, "Settings");
    buf_add_str(text, "the file was refused at ");
    report_time(status->refused_us, status->now_us, text);
    buf_add_str(text, ", those of ");
    report_time(status->loaded_us, status->now_us, text);
    buf_add_str(text, " go on: ");
    buf_add(text, status->refused_reason);
}

static bool is_fine(struct slice state)
{
    return state.len == 0 || slice_eq(state, SLICE("ok"));
}

static void add_notifier(struct parts *parts, const struct status_notifier *notifier)
{
    struct buf *text = add_part(parts, is_fine(notifier->state) ? TONE_WARN : TONE_BAD, "Notifier");
    buf_addf(text, "%.*s: %.*s, ", SLICE_ARG(notifier->name), SLICE_ARG(notifier->state));
    report_number(notifier->pending, text);
    buf_add_str(text, " waiting, ");
    report_number(notifier->dead_letters, text);
    buf_addf(text, " given up%s%.*s", notifier->last_error.len ? ": " : "",
             SLICE_ARG(notifier->last_error));
}

static void add_notifiers(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    size_t wrong = 0;
    for (size_t i = 0; i < status->notifier_count; i++) {
        const struct status_notifier *notifier = &status->notifiers[i];
        bool fine = is_fine(notifier->state) && notifier->dead_letters == 0;
        if (!fine && wrong++ < NOTIFIERS_SHOWN)
            add_notifier(parts, notifier);
    }
    add_more(parts, NOTIFIERS_SHOWN, wrong, ": todoku status --format json");
    if (status->notifier_count == 0)
        buf_add_str(add_part(parts, TONE_WARN, "Notifiers"),
                    "none: nobody is told of incidents (notify: in the configuration)");
    else if (wrong == 0)
        buf_addf(add_part(parts, TONE_DIM, "Notifiers"), "%zu, all in order",
                 status->notifier_count);
}

/* Those in effect: what they hide is told to nobody. */
static void add_silences(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    size_t active = 0;
    for (size_t i = 0; i < status->silence_count; i++) {
        const struct silence_answer *silence = &status->silences[i];
        active += silence->active;
        if (!silence->active || active > SILENCES_SHOWN)
            continue;
        struct buf *text = add_part(parts, TONE_WARN, "Silenced");
        buf_add(text, silence->id);
        buf_add_char(text, ' ');
        silence_text_what(silence, text);
        buf_add_char(text, ' ');
        silence_text_life(silence, status->now_us, text);
    }
    add_more(parts, SILENCES_SHOWN, active, ": todoku silence list");
}

static void add_route(struct parts *parts, const struct route_answer_override *override)
{
    bool proposed = slice_eq(override->state, SLICE("proposed"));
    struct buf *text = add_part(parts, TONE_WARN, proposed ? "Asks" : "Route");
    buf_addf(text, "%.*s %.*s: ", SLICE_ARG(override->id), SLICE_ARG(override->provider));
    route_text_what(override, text);
    buf_addf(text, " (%.*s, by %.*s); ", SLICE_ARG(override->kind), SLICE_ARG(override->actor));
    if (proposed)
        buf_addf(text, "todoku route approve %.*s, or deny; ", SLICE_ARG(override->id));
    buf_add(text, override->reason);
}

/* Of which something should be done, and is not. */
static void add_left(struct parts *parts)
{
    const struct route_answer *routes = &parts->status->routes;
    size_t count = 0;
    for (size_t i = 0; i < routes->path_count; i++) {
        if (routes->paths[i].left.len == 0 || count++ >= ROUTES_SHOWN)
            continue;
        route_text_left(&routes->paths[i], add_part(parts, TONE_WARN, "Routes"));
    }
    add_more(parts, ROUTES_SHOWN, count, ": todoku route list");
}

/* Mail that takes another way than usual, what waits for a person's yes, and what could not be
 * done. */
static void add_routes(struct parts *parts)
{
    const struct route_answer *routes = &parts->status->routes;
    for (size_t i = 0; i < ROUTE_ANSWER_FAULTS && routes->faults[i].len > 0; i++)
        buf_add(add_part(parts, TONE_BAD, "Routes"), routes->faults[i]);
    for (size_t i = 0; i < routes->override_count && i < ROUTES_SHOWN; i++)
        add_route(parts, &routes->overrides[i]);
    add_more(parts, ROUTES_SHOWN, routes->override_count, ": todoku route list");
    add_left(parts);
    for (size_t i = 0; i < routes->standing_count && i < ROUTES_SHOWN; i++)
        route_text_standing(&routes->standing[i], add_part(parts, TONE_WARN, "Standing"));
    add_more(parts, ROUTES_SHOWN, routes->standing_count, ": todoku route list");
    if (routes->exact.answers)
        route_text_exact(&routes->exact, add_part(parts, TONE_DIM, "Exact mode"));
}

/* While the relays that share limits cannot be asked what they counted. */
static void add_degraded(struct parts *parts, const struct status_policy *policy)
{
    struct buf *text = add_part(parts, TONE_WARN, "Limits");
    buf_add_str(text, "degraded: by this relay's part (");
    report_count(policy->relays, "relay", text);
    buf_add_char(text, ')');
    if (policy->since_us != STAMP_NONE) {
        buf_add_str(text, " since ");
        report_time(policy->since_us, parts->status->now_us, text);
    }
    buf_addf(text, ": %.*s", SLICE_ARG(policy->reason));
    if (policy->owed == 0)
        return;
    buf_add_str(text, "; ");
    report_count(policy->owed, "message", text);
    buf_add_str(text, " to be counted later");
}

/* Nothing where nobody is to be asked. */
static void add_policy(struct parts *parts)
{
    const struct status_policy *policy = &parts->status->policy;
    if (policy->state.len == 0 || slice_eq(policy->state, SLICE("off")))
        return;
    bool degraded = slice_eq(policy->state, SLICE("degraded"));
    if (!degraded && !slice_eq(policy->state, SLICE("answers"))) {
        struct buf *text = add_part(parts, TONE_BAD, "Limits");
        buf_addf(text, "nobody answers Postfix, which takes mail without limits: %.*s",
                 SLICE_ARG(policy->reason));
        return;
    }
    if (degraded)
        add_degraded(parts, policy);
    for (size_t i = 0; i < json_array_size(policy->doubts) && i < DOUBTS_SHOWN; i++)
        buf_addf(add_part(parts, TONE_WARN, "Limits"), "%s: todoku config check --postfix",
                 json_string_value(json_array_get(policy->doubts, i)));
    struct buf *text = add_part(parts, TONE_DIM, "Limits");
    report_number(policy->over_today, text);
    buf_add_str(text, " over today; ");
    report_count(policy->limits, "limit", text);
    buf_add_str(text, ", ");
    report_count(policy->keys, "key", text);
    buf_addf(text, "; %.1f requests a second, ", policy->requests_s);
    report_count(policy->connections, "connection", text);
    buf_addf(text, " at %.*s", SLICE_ARG(policy->place));
    if (policy->places > 1)
        buf_addf(text, " and %zu more", policy->places - 1);
}

/* Those that do not greet. */
static void add_mailbox_servers(struct parts *parts, const struct status_auth *auth)
{
    for (size_t i = 0; i < auth->server_count; i++) {
        const struct status_server *server = &auth->servers[i];
        if (slice_eq(server->health, SLICE("down")))
            buf_addf(add_part(parts, TONE_BAD, "Logins"),
                     "mailbox server %.*s%s%.*s does not greet: %.*s", SLICE_ARG(server->name),
                     server->name.len > 0 ? " " : "", SLICE_ARG(server->protocol),
                     SLICE_ARG(server->reason));
    }
}

/* Only what is wrong. */
static void add_guesses(struct parts *parts, const struct status_auth *auth)
{
    if (!slice_eq(auth->shared, SLICE("alone")))
        return;
    struct buf *text = add_part(parts, TONE_WARN, "Logins");
    buf_add_str(text, "guesses are not shared with other relays");
    if (auth->shared_us != STAMP_NONE) {
        buf_add_str(text, " since ");
        report_time(auth->shared_us, parts->status->now_us, text);
    }
    buf_addf(text, ": %.*s", SLICE_ARG(auth->shared_reason));
}

/* Nothing where nobody is to be asked. */
static void add_auth(struct parts *parts)
{
    const struct status_auth *auth = &parts->status->auth;
    if (auth->state.len == 0 || slice_eq(auth->state, SLICE("off")))
        return;
    if (!slice_eq(auth->state, SLICE("answers"))) {
        buf_addf(add_part(parts, TONE_BAD, "Logins"),
                 "nobody answers nginx, nobody can log in: %.*s", SLICE_ARG(auth->reason));
        return;
    }
    add_mailbox_servers(parts, auth);
    add_guesses(parts, auth);
    struct buf *text = add_part(parts, TONE_DIM, "Logins");
    report_number(auth->passed, text);
    buf_add_str(text, " today, ");
    report_number(auth->refused, text);
    buf_add_str(text, " refused, ");
    report_number(auth->later, text);
    buf_addf(text, " to come again; %.1f questions a second at %.*s", auth->questions_s,
             SLICE_ARG(auth->place));
    if (auth->places > 1)
        buf_addf(text, " and %zu more", auth->places - 1);
}

/* Those whose quota service does not answer, and tables that cannot be read. */
static void add_quota_trouble(struct parts *parts, const struct status_quota *quota)
{
    for (size_t i = 0; i < quota->server_count; i++) {
        const struct status_server *server = &quota->servers[i];
        if (slice_eq(server->health, SLICE("down")))
            buf_addf(add_part(parts, TONE_BAD, "Quota"),
                     "mailbox server %.*s does not say whether mailboxes have room: %.*s",
                     SLICE_ARG(server->name), SLICE_ARG(server->reason));
    }
    if (quota->tables_reason.len > 0)
        buf_addf(add_part(parts, TONE_WARN, "Quota"), "a table cannot be asked: %.*s",
                 SLICE_ARG(quota->tables_reason));
}

/* Nothing where nobody is to be asked. */
static void add_quota(struct parts *parts)
{
    const struct status_quota *quota = &parts->status->quota;
    if (quota->state.len == 0 || slice_eq(quota->state, SLICE("off")))
        return;
    if (!slice_eq(quota->state, SLICE("answers")))
        buf_addf(add_part(parts, TONE_BAD, "Quota"),
                 "full mailboxes are not known, mail for them is taken: %.*s",
                 SLICE_ARG(quota->reason));
    add_quota_trouble(parts, quota);
    struct buf *text = add_part(parts, TONE_DIM, "Quota");
    report_number(quota->refused + quota->refused_late, text);
    buf_add_str(text, " refused today for want of room (");
    report_number(quota->refused_late, text);
    buf_add_str(text, " at the end), ");
    report_number(quota->mixed, text);
    buf_add_str(text, " taken that will bounce in part, ");
    report_number(quota->failed, text);
    buf_addf(text, " unanswered; %.1f questions a second at %.*s", quota->questions_s,
             SLICE_ARG(quota->place));
    if (quota->places > 1)
        buf_addf(text, " and %zu more", quota->places - 1);
}

/* Only what is wrong. */
static void add_accounts(struct parts *parts)
{
    const struct status_accounts *accounts = &parts->status->accounts;
    if (!slice_eq(accounts->state, SLICE("alone")))
        return;
    struct buf *text = add_part(parts, TONE_WARN, "Accounts");
    buf_add_str(text, "flags and numbers are not shared with other relays");
    if (accounts->since_us != STAMP_NONE) {
        buf_add_str(text, " since ");
        report_time(accounts->since_us, parts->status->now_us, text);
    }
    if (accounts->unheard > 0) {
        buf_add_str(text, ", ");
        report_count(accounts->unheard, "change", text);
        buf_add_str(text, " of this one wait");
    }
    if (accounts->reason.len > 0)
        buf_addf(text, ": %.*s", SLICE_ARG(accounts->reason));
}

static void add_countries(struct parts *parts)
{
    struct slice trouble = parts->status->countries_trouble;
    if (trouble.len > 0)
        buf_addf(add_part(parts, TONE_WARN, "Countries"), "not read: %.*s", SLICE_ARG(trouble));
}

static void add_history(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    if (is_fine(status->history)) {
        buf_add_str(add_part(parts, TONE_DIM, "History"), "is written");
        return;
    }
    struct buf *text = add_part(parts, TONE_BAD, "History");
    buf_addf(text, "not written: %.*s%s%.*s; ", SLICE_ARG(status->history),
             status->history_reason.len ? ": " : "", SLICE_ARG(status->history_reason));
    report_number(status->history_spool_bytes, text);
    buf_add_str(text, " bytes wait in the spool");
}

/* Only what is wrong: who has no limits need not read of them. */
static void add_counts(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    if (!status->counts_known ||
        (status->counts_kept && status->counts_behind_s < STATUS_COUNTS_BEHIND_S))
        return;
    struct buf *text = add_part(parts, TONE_BAD, "Limits");
    buf_add_str(text, "what they counted is not on the disk, a restart would begin it anew");
    if (status->counts_reason.len > 0)
        buf_addf(text, ": %.*s", SLICE_ARG(status->counts_reason));
    buf_addf(text, " (behind by %llu s)", (unsigned long long)status->counts_behind_s);
}

/* ---- logs ---- */

static bool is_behind(const struct status_log *log)
{
    return log->behind_bytes >= STATUS_BEHIND_BYTES;
}

static bool is_silent(const struct status_log *log, const struct status_answer *status)
{
    int64_t up_s = (status->now_us - status->started_us) / US_PER_SECOND;
    return (log->idle_s < 0 ? up_s : log->idle_s) >= STATUS_SILENT_S;
}

static bool is_missing(const struct status_log *log)
{
    return slice_eq(log->state, SLICE("missing"));
}

static bool is_unreadable(const struct status_log *log)
{
    return slice_eq(log->state, SLICE("unreadable"));
}

/* It could not be read on from where it was. */
static bool is_misplaced(const struct status_log *log)
{
    return slice_eq(log->place, SLICE("spare")) || slice_eq(log->place, SLICE("lost"));
}

static bool is_odd(const struct status_log *log, const struct status_answer *status)
{
    return is_missing(log) || is_unreadable(log) || is_behind(log) || is_silent(log, status) ||
           log->lost > 0 || is_misplaced(log);
}

static void add_silent(const struct status_log *log, struct buf *text)
{
    if (log->idle_s < 0) {
        buf_add_str(text, ": no line since todoku runs");
        return;
    }
    buf_add_str(text, ": no line for ");
    report_duration((double)log->idle_s, text);
}

/* The reason without the path at its begin, which is in the name: `file:PATH`. */
static struct slice without_path(const struct status_log *log)
{
    struct slice path = log->name, reason = log->reason;
    if (slice_take_prefix(&path, SLICE("file:")) && slice_take_prefix(&reason, path) &&
        slice_take_prefix(&reason, SLICE(": ")))
        return reason;
    return log->reason;
}

static void add_log(struct parts *parts, const struct status_log *log)
{
    bool gone = is_missing(log) || is_unreadable(log);
    struct buf *text = add_part(parts, is_unreadable(log) ? TONE_BAD : TONE_WARN, "Log");
    buf_add(text, log->name);
    if (is_missing(log))
        buf_add_str(text, ": is not there (yet)");
    if (is_unreadable(log)) {
        buf_add_str(text, ": cannot be read: ");
        buf_add(text, without_path(log));
    }
    if (is_behind(log)) {
        buf_add_str(text, ": ");
        report_number((uint64_t)log->behind_bytes >> 20, text);
        buf_add_str(text, " MiB are still to be read");
    }
    if (!gone && is_silent(log, parts->status))
        add_silent(log, text);
    if (log->lost > 0) {
        buf_add_str(text, ": ");
        report_count(log->lost, "message", text);
        buf_add_str(text, " of syslog lost since todoku runs");
    }
    if (slice_eq(log->place, SLICE("spare")))
        buf_add_str(text, ": its place was damaged, read on from the spare one");
    else if (is_misplaced(log))
        buf_add_str(text, ": its place was lost; read again, and counted from where the history "
                          "ends: check the figures around then");
}

/* Lines come, and their stamps are far from now: the stamps of files have no zone. A start reads
 * again what is old. */
static void add_clock(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    bool lively = false, reading = status->now_us - status->started_us < START_US;
    for (size_t i = 0; i < status->log_count; i++) {
        lively = lively || (status->logs[i].idle_s >= 0 && status->logs[i].idle_s <= LIVELY_S);
        reading = reading || is_behind(&status->logs[i]);
    }
    if (status->newest_line_us == STAMP_NONE)
        return;
    int64_t ahead_us = status->newest_line_us - status->now_us;
    if (ahead_us < CLOCK_US && (ahead_us > -CLOCK_US || !lively || reading))
        return;
    struct buf *text = add_part(parts, TONE_WARN, "Log clock");
    buf_add_str(text, "the newest line is stamped ");
    report_duration(fabs((double)ahead_us) / US_PER_SECOND, text);
    buf_addf(text, " %s this clock: is it of another time zone (TZ)?",
             ahead_us > 0 ? "ahead of" : "behind");
}

static void add_logs(struct parts *parts)
{
    const struct status_answer *status = parts->status;
    size_t odd = 0, unheard = 0;
    add_clock(parts);
    for (size_t i = 0; i < status->log_count; i++) {
        const struct status_log *log = &status->logs[i];
        bool is = is_odd(log, status);
        unheard += !is && log->idle_s < 0;
        if (is && odd++ < LOGS_SHOWN)
            add_log(parts, log);
    }
    add_more(
        parts, LOGS_SHOWN, odd,
        " logs missing, behind, silent, misplaced or with losses: todoku status --format json");
    if (json_is_null(json_object_get(status->value, "mail"))) {
        buf_add_str(add_part(parts, TONE_DIM, "Logs"),
                    "not read yet: reading begins when the history is ready, or after a minute");
        return;
    }
    if (status->log_count == 0)
        buf_add_str(add_part(parts, TONE_WARN, "Logs"),
                    "none: nothing is followed (logs: in the configuration)");
    if (status->log_count == 0 || odd > 0)
        return;
    struct buf *text = add_part(parts, TONE_DIM, "Logs");
    buf_addf(text, "%zu, all up to date", status->log_count);
    if (unheard > 0)
        buf_addf(text, "; %zu without a line since todoku runs", unheard);
}

/* ---- tables ---- */

/* Nothing where nothing was left out, which is the usual. */
static void add_left_out(struct parts *parts)
{
    CLEANUP_BUF struct buf text = {0};
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) {
        uint64_t count = parts->status->left_out[i];
        if (count == 0)
            continue;
        buf_add_str(&text, text.len > 0 ? ", " : "");
        for (const char *word = left_out_word((enum left_out)i); *word != '\0'; word++)
            buf_add_char(&text, *word == '_' ? ' ' : *word);
        buf_add_char(&text, ' ');
        report_count(count, "time", &text);
    }
    if (text.len == 0)
        return;
    buf_add_str(&text, ": their tables are full, what comes is watched less closely");
    buf_add(add_part(parts, TONE_WARN, "Left out"), buf_slice(&text));
}

/* ---- the whole ---- */

void status_text_part(const struct text_style *style, enum text_tone tone, const char *label,
                      struct slice text, struct buf *to)
{
    buf_add_str(to, "  ");
    text_begin(style, tone, to);
    buf_addf(to, "%-*s", LABEL_WIDTH, label);
    text_end(style, tone, to);
    text_wrap(style, text, 2 + LABEL_WIDTH, 2, to);
}

/* Bad before odd before fine. */
static unsigned rank(const struct part *part)
{
    return part->tone == TONE_BAD ? 0 : part->tone == TONE_WARN ? 1 : 2;
}

/* The parts in order of rank, up to so many lines; returns how many did not fit. */
static size_t print_parts(const struct parts *parts, const struct text_style *style, size_t most,
                          struct buf *to)
{
    size_t lines = 0, left = 0;
    for (unsigned wanted = 0; wanted < 3; wanted++) {
        for (size_t i = 0; i < parts->count; i++) {
            const struct part *part = &parts->list[i];
            CLEANUP_BUF struct buf text = {0};
            if (rank(part) != wanted)
                continue;
            status_text_part(style, part->tone, part->label, buf_slice(&part->text), &text);
            struct slice rest = buf_slice(&text);
            if (lines == most)
                left++;
            for (; rest.len > 0 && lines < most; lines++) {
                buf_add(to, slice_cut(&rest, '\n'));
                buf_add_char(to, '\n');
            }
        }
    }
    return left;
}

static bool is_all_fine(const struct parts *parts)
{
    bool fine = true;
    for (size_t i = 0; i < parts->count; i++)
        fine = fine && rank(&parts->list[i]) == 2;
    return fine;
}

void status_itself(const struct status_answer *status, const struct text_style *style, size_t most,
                   struct buf *to)
{
    struct parts parts = {.status = status};
    CLEANUP_BUF struct buf text = {0};
    add_configuration(&parts);
    add_routes(&parts);
    add_policy(&parts);
    add_auth(&parts);
    add_quota(&parts);
    add_accounts(&parts);
    add_countries(&parts);
    add_silences(&parts);
    add_notifiers(&parts);
    add_history(&parts);
    add_counts(&parts);
    add_logs(&parts);
    add_left_out(&parts);
    text_heading(style, "TODOKU ITSELF", to);
    size_t room = most - 2, left = print_parts(&parts, style, room, &text);
    if (left > 0 && is_all_fine(&parts)) {
        buf_clear(&text);
        status_text_part(style, TONE_DIM, "In order",
                         SLICE("notifiers, history and logs (todoku status)"), &text);
    } else if (left > 0 && room > 1) {
        buf_clear(&text);
        left = print_parts(&parts, style, room - 1, &text);
        buf_addf(&text, "  and %zu more: todoku status\n", left);
    }
    buf_add(to, buf_slice(&text));
    for (size_t i = 0; i < parts.count; i++)
        buf_done(&parts.list[i].text);
}
