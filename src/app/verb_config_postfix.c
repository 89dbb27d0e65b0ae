/* SPDX-License-Identifier: Apache-2.0
 *
 * todoku config postfix, todoku config check --postfix. See verb_config_postfix.h.
 */
#include "app/verb_config_postfix.h"

#include <stdio.h>
#include <string.h>

#include "app/exact_routes.h"
#include "app/neighbour_postfix.h"
#include "app/postfix_check.h"
#include "app/postfix_files.h"
#include "app/postfix_policy.h"
#include "app/postfix_quota.h"
#include "app/settings_classifier.h"
#include "app/settings_fleet.h"
#include "base/civil.h"
#include "base/escape.h"
#include "io/account.h"
#include "io/clock.h"
#include "model/json_value.h"
#include "watch/retry_estimate.h"

/* Where the daemon is asked; NULL: it is not. */
static const char *exact_of(const struct settings *settings)
{
    return settings->respond.exact ? settings->respond.exact_socket : NULL;
}

static bool make_wishes(const struct settings *settings, struct arena *arena, struct fleet *fleet,
                        struct buf *folder, struct postfix_wishes *wishes, struct err *err)
{
    settings_fleet_make(&settings->fleet, settings_fleet_host(arena), arena, fleet);
    if (!postfix_files_folder(settings->state, folder, err))
        return err_at(err, "state");
    CLEANUP_BUF struct buf policy = {0};
    postfix_policy_service(&settings->policy, &policy);
    const struct postfix_needs needs = {
        .fleet = fleet,
        .folder = buf_str(folder),
        .exact = exact_of(settings),
        .policy = arena_copy(arena, buf_str(&policy), policy.len),
        .slow = settings->policy.slow_transport,
    };
    postfix_wishes_make(&needs, arena, wishes);
    return true;
}

static bool write_files(const struct settings *settings, const char *folder, struct err *err)
{
    uint64_t filter;
    struct classifier *classifier = settings_classifier_new(settings, err);
    bool good =
        classifier != NULL && postfix_files_write(folder, classifier, clock_now_us(), &filter, err);
    classifier_free(classifier);
    return good;
}

int config_postfix_print(const struct verb *verb, const struct settings *settings, bool write)
{
    CLEANUP_BUF struct buf folder = {0}, text = {0};
    struct arena *arena = arena_new(16384);
    struct postfix_wishes wishes;
    struct fleet fleet;
    struct err err;
    int status = VERB_FINE;
    if (!make_wishes(settings, arena, &fleet, &folder, &wishes, &err) ||
        (write && !write_files(settings, buf_str(&folder), &err))) {
        status = verb_fail(verb, &err);
    } else {
        postfix_wishes_print(&wishes, &text);
        postfix_policy_print(&settings->policy, &text);
        postfix_quota_print(&settings->quota, &text);
        neighbour_postfix(&settings->auth, &text);
        fwrite(text.ptr, 1, text.len, stdout);
    }
    arena_free(arena);
    return status;
}

/* ---- checking ---- */

/* `advice`: what to do about a table that Postfix cannot use. */
static bool check_table(const struct postfix_place *place, const char *table, const char *advice,
                        struct postfix_findings *findings, struct err *err)
{
    CLEANUP_BUF struct buf what = {0};
    if (!postfix_call_table(place, table, &what, err))
        return false;
    if (what.len == 0)
        return true;
    buf_add_str(&what, ": mail that needs it is deferred");
    postfix_finding_add(findings, buf_str(&what), table, advice);
    return true;
}

static bool check_file(const struct postfix_place *place, const char *type, const char *path,
                       struct postfix_findings *findings, struct err *err)
{
    CLEANUP_BUF struct buf table = {0}, advice = {0};
    buf_addf(&table, "%s:%s", type, path);
    buf_addf(&advice, "install postfix-%s; todoku config postfix --write makes the file", type);
    return check_table(place, buf_str(&table), buf_str(&advice), findings, err);
}

/* Postfix opens what its configuration names before it does anything: each table is there, of a
 * kind that it knows, and without a line that it cannot read. */
static bool check_tables(const struct postfix_place *place, const char *folder, bool exact,
                         struct postfix_findings *findings, struct err *err)
{
    static const struct {
        const char *type, *name;
    } rows[] = {
        {"pcre", POSTFIX_HOLD_FILE}, {"lmdb", POSTFIX_ROUTES}, {"lmdb", POSTFIX_HOLDS},
        {"lmdb", POSTFIX_SHARES},    {"lmdb", POSTFIX_EXACT},
    };
    size_t count = sizeof(rows) / sizeof(rows[0]) - !exact;
    for (size_t i = 0; i < count; i++) {
        CLEANUP_BUF struct buf path = {0};
        buf_addf(&path, "%s/%s", folder, rows[i].name);
        if (!check_file(place, rows[i].type, buf_str(&path), findings, err))
            return false;
    }
    return true;
}

/* Does the daemon answer, and may Postfix, which is somebody else, ask it? */
static bool check_questions(const struct postfix_place *place, const char *socket,
                            const struct postfix_state *state, struct postfix_findings *findings,
                            struct err *err)
{
    CLEANUP_BUF struct buf table = {0}, user = {0};
    bool may = true;
    buf_addf(&table, "socketmap:unix:%s:" EXACT_ROUTES_TABLE, socket);
    if (!check_table(place, buf_str(&table),
                     "start the daemon, and look at respond.exact_socket: until then todoku route "
                     "expire --stopped lets the mail go",
                     findings, err))
        return false;
    buf_add(&user, postfix_state_main(state, "mail_owner"));
    if (account_may_write(buf_str(&user), socket, &may) && !may)
        postfix_finding_add(findings,
                            "Postfix may not use this socket: mail for a provider that has a share "
                            "or a pace is put off",
                            socket, "respond.exact_group: a group that Postfix' user is in");
    return true;
}

/* ---- the daemon's rights ---- */

static bool calls_postfix(const struct settings_respond *respond)
{
    bool calls = respond->mode != ROUTE_OBSERVE;
    for (size_t i = 0; i < respond->mode_count; i++)
        calls = calls || respond->modes[i].mode != ROUTE_OBSERVE;
    return calls;
}

/* May the daemon, which is whom its state belongs to, ask the queue and have mail tried anew?
 * postqueue gets the group of its file for nobody who runs under NoNewPrivileges. */
static void check_queue_rights(const char *user, const struct postfix_state *state,
                               struct postfix_findings *findings)
{
    CLEANUP_BUF struct buf folder = {0}, what = {0}, advice = {0};
    bool may = true;
    buf_addf(&folder, "%.*s/public", SLICE_ARG(postfix_state_main(state, "queue_directory")));
    if (!account_may_enter(user, buf_str(&folder), &may) || may)
        return;
    buf_addf(&what, "%s may not reach the queue under systemd: mail that waits is not let go",
             user);
    buf_addf(&advice, "usermod -aG %.*s %s, then restart the daemon",
             SLICE_ARG(postfix_state_main(state, "setgid_group")), user);
    postfix_finding_add(findings, buf_str(&what), buf_str(&folder), buf_str(&advice));
}

static void check_rights(const struct settings *settings, const struct postfix_state *state,
                         struct postfix_findings *findings)
{
    CLEANUP_BUF struct buf user = {0}, what = {0};
    if (!calls_postfix(&settings->respond) || !account_owner(settings->state, &user) ||
        strcmp(buf_str(&user), "root") == 0)
        return;
    check_queue_rights(buf_str(&user), state, findings);
    if (settings->postfix.reload_count > 0)
        return;
    buf_addf(&what,
             "%s may not reload Postfix: mail in the active queue keeps its route, and a new "
             "filter is not read",
             buf_str(&user));
    postfix_finding_add(findings, buf_str(&what), "postfix.reload", POSTFIX_RELOAD_ADVICE);
}

/* Mail that is held must not bounce before anybody is warned of that. */
static void check_lifetime(const struct settings *settings, const struct postfix_state *state,
                           struct postfix_findings *findings)
{
    int64_t lifetime_us;
    struct slice value = postfix_state_main(state, "maximal_queue_lifetime");
    if (!retry_time_parse(value, SECONDS_PER_DAY * US_PER_SECOND, &lifetime_us) ||
        lifetime_us >= settings->respond.hold.lifetime_us)
        return;
    postfix_finding_add(findings,
                        "maximal_queue_lifetime is less than respond.hold.lifetime: mail that is "
                        "held bounces before anybody is warned",
                        "main.cf", "respond: { hold: { lifetime: ... } } as in Postfix");
}

/* Values of a configuration may hold anything. */
static void escape_lines(struct slice text, struct buf *to)
{
    while (text.ptr != NULL) {
        escape_terminal(slice_cut(&text, '\n'), to);
        buf_add_char(to, '\n');
    }
}

static void print_text(const char *instance, const struct postfix_findings *findings)
{
    if (findings->count == 0)
        printf("%s: fine\n", instance);
    for (size_t i = 0; i < findings->count; i++) {
        const struct postfix_finding *finding = &findings->rows[i];
        CLEANUP_BUF struct buf line = {0};
        CLEANUP_BUF struct buf shown = {0};
        buf_addf(&line, "%s: %s: %s\n  to do: %s", instance, finding->where, finding->what,
                 finding->advice);
        escape_lines(buf_slice(&line), &shown);
        printf("%s", buf_str(&shown));
    }
}

static void add_json(const char *instance, const struct postfix_findings *findings, json_t *list)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct postfix_finding *finding = &findings->rows[i];
        json_t *object = json_value_object();
        json_value_put_text(object, "instance", slice_from_str(instance));
        json_value_put_text(object, "where", slice_from_str(finding->where));
        json_value_put_text(object, "what", slice_from_str(finding->what));
        json_value_put_text(object, "advice", slice_from_str(finding->advice));
        json_value_append(list, object);
    }
}

/* What one run of the check goes by. */
struct checking {
    const struct settings *settings;
    const struct fleet *fleet;
    const struct postfix_wishes *wishes;
    const char *folder;
    struct arena *arena;
    json_t *list; /* NULL: as text, at once */
};

static bool check_instance(const struct checking *checking, const char *config, size_t *count,
                           struct err *err)
{
    struct postfix_place place = {.commands = checking->settings->postfix.commands,
                                  .config = config};
    const char *name = config != NULL ? config : "postfix";
    struct postfix_findings findings = {.arena = checking->arena};
    struct postfix_state state = {0};
    const char *exact = exact_of(checking->settings);
    bool good = (postfix_state_ask(&place, &state, err) &&
                 (!checking->wishes->routed ||
                  check_tables(&place, checking->folder, exact != NULL, &findings, err)) &&
                 (exact == NULL || check_questions(&place, exact, &state, &findings, err))) ||
                err_at(err, "%s", name);
    if (good) {
        check_rights(checking->settings, &state, &findings);
        check_lifetime(checking->settings, &state, &findings);
        postfix_policy_check(&checking->settings->policy, &state, &findings);
        postfix_quota_check(&checking->settings->quota, &state, &findings);
        postfix_check(checking->wishes, &state, checking->fleet, checking->folder, &findings);
        if (checking->list == NULL)
            print_text(name, &findings);
        else
            add_json(name, &findings, checking->list);
    }
    *count += findings.count;
    mem_free(findings.rows);
    postfix_state_done(&state);
    return good;
}

static int check_all(const struct verb *verb, const struct checking *checking)
{
    const struct settings_postfix *postfix = &checking->settings->postfix;
    size_t count = 0, instances = postfix->instance_count > 0 ? postfix->instance_count : 1;
    bool asked = true;
    for (size_t i = 0; i < instances; i++) {
        struct err err;
        if (check_instance(checking, postfix->instance_count > 0 ? postfix->instances[i] : NULL,
                           &count, &err))
            continue;
        asked = false;
        verb_fail(verb, &err);
    }
    if (!asked)
        return VERB_UNKNOWN;
    return count > 0 ? VERB_NO : VERB_FINE;
}

static void print_list(json_t *list)
{
    CLEANUP_BUF struct buf text = {0};
    json_value_print(list, true, &text);
    fwrite(text.ptr, 1, text.len, stdout);
}

int config_postfix_check(const struct verb *verb, const struct settings *settings, bool json)
{
    CLEANUP_BUF struct buf folder = {0};
    struct arena *arena = arena_new(16384);
    struct postfix_wishes wishes;
    struct fleet fleet;
    struct err err;
    int status;
    if (make_wishes(settings, arena, &fleet, &folder, &wishes, &err)) {
        struct checking checking = {.settings = settings,
                                    .fleet = &fleet,
                                    .wishes = &wishes,
                                    .folder = buf_str(&folder),
                                    .arena = arena,
                                    .list = json ? json_value_array() : NULL};
        status = check_all(verb, &checking);
        if (json)
            print_list(checking.list);
    } else {
        status = verb_fail(verb, &err);
    }
    arena_free(arena);
    return status;
}
