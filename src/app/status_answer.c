/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the status. See status_answer.h.
 */
#include "app/status_answer.h"

#include "base/memory.h"
#include "mail/stamp.h"

#define TEXT_MAX 4096
#define LIST_MAX 100000

static const struct json_range natural = {0, INT64_MAX, -1};

static bool read_attempts(const json_t *object, struct status_attempts *to)
{
    const json_t *attempts = json_object_get(object, "attempts");
    return json_field_count(attempts, "total", &to->total) &&
           json_field_count(attempts, "sent", &to->sent) &&
           json_field_count(attempts, "deferred", &to->deferred) &&
           json_field_count(attempts, "bounced", &to->bounced);
}

static bool read_path(const json_t *object, struct status_path *path)
{
    return json_field_text(object, "relay", TEXT_MAX, &path->relay) &&
           json_field_text(object, "source", TEXT_MAX, &path->source) &&
           json_field_text(object, "provider", TEXT_MAX, &path->provider) &&
           json_field_time(object, "last", STAMP_NONE, &path->last_us) &&
           read_attempts(object, &path->attempts);
}

static bool read_notifier(const json_t *object, struct status_notifier *notifier)
{
    return json_field_text(object, "name", TEXT_MAX, &notifier->name) &&
           json_field_text(object, "type", TEXT_MAX, &notifier->type) &&
           json_field_text(object, "state", TEXT_MAX, &notifier->state) &&
           json_field_text(object, "last_error", TEXT_MAX, &notifier->last_error) &&
           json_field_count(object, "pending", &notifier->pending) &&
           json_field_count(object, "dead_letters", &notifier->dead_letters);
}

static bool read_log(const json_t *object, struct status_log *log)
{
    return json_field_text(object, "name", TEXT_MAX, &log->name) &&
           json_field_text(object, "place", TEXT_MAX, &log->place) &&
           json_field_int(object, "behind_bytes", natural, &log->behind_bytes) &&
           json_field_int(object, "idle_s", natural, &log->idle_s) &&
           json_field_text(object, "state", TEXT_MAX, &log->state) &&
           json_field_text(object, "reason", TEXT_MAX, &log->reason) &&
           json_field_count(object, "lost", &log->lost);
}

static bool read_budget(const json_t *object, struct status_budget *budget)
{
    const json_t *used = json_object_get(object, "used");
    budget->used = json_number_value(used);
    return json_is_number(used) &&
           json_field_text(object, "objective", TEXT_MAX, &budget->objective) &&
           json_field_text(object, "relay", TEXT_MAX, &budget->relay) &&
           json_field_text(object, "source", TEXT_MAX, &budget->source) &&
           json_field_text(object, "group", TEXT_MAX, &budget->group) &&
           json_field_count(object, "good", &budget->good) &&
           json_field_count(object, "bad", &budget->bad);
}

/* The sum of what is counted under these keys; they end with NULL. */
static bool read_sum(const json_t *today, const char *const *keys, uint64_t *sum)
{
    for (; *keys != NULL; keys++) {
        uint64_t count;
        if (!json_field_count(today, *keys, &count))
            return false;
        *sum += count;
    }
    return true;
}

static bool are_texts(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_string(json_array_get(array, i)))
            return false;
    return true;
}

/* Where something listens: the first, and how many. */
static void read_places(const json_t *object, struct slice *place, size_t *places)
{
    const json_t *listen = json_object_get(object, "listen"), *first = json_array_get(listen, 0);
    *places = json_array_size(listen);
    if (json_is_string(first))
        *place = slice_of(json_string_value(first), json_string_length(first));
}

static bool read_policy(const json_t *object, struct status_policy *policy)
{
    static const char *const over[] = {"warn", "slow", "hold", "defer", "reject", "discard", NULL};
    const json_t *shared = json_object_get(object, "shared");
    policy->doubts = json_object_get(object, "doubts");
    policy->requests_s = json_number_value(json_object_get(object, "requests_s"));
    read_places(object, &policy->place, &policy->places);
    return are_texts(policy->doubts) &&
           json_field_text(object, "state", TEXT_MAX, &policy->state) &&
           json_field_text(object, "reason", TEXT_MAX, &policy->reason) &&
           json_field_time(object, "since", STAMP_NONE, &policy->since_us) &&
           json_field_count(shared, "relays", &policy->relays) &&
           json_field_count(shared, "owed", &policy->owed) &&
           json_field_count(object, "connections", &policy->connections) &&
           json_field_count(object, "limits", &policy->limits) &&
           json_field_count(object, "keys", &policy->keys) &&
           read_sum(json_object_get(object, "today"), over, &policy->over_today);
}

/* An array under `key` into *to, each element by `read`. */
#define READ_LIST(object, key, read, to, count) \
    do { \
        const json_t *list; \
        if (!json_field_array((object), (key), LIST_MAX, &list)) \
            return false; \
        (to) = mem_new(json_array_size(list) + 1, sizeof(*(to))); \
        for (size_t i = 0; i < json_array_size(list); i++) { \
            if (!read(json_array_get(list, i), &(to)[i])) \
                return false; \
            (count)++; \
        } \
    } while (0)

static bool read_server(const json_t *object, struct status_server *server)
{
    return json_field_text(object, "name", TEXT_MAX, &server->name) &&
           json_field_text(object, "protocol", TEXT_MAX, &server->protocol) &&
           json_field_text(object, "health", TEXT_MAX, &server->health) &&
           json_field_text(object, "reason", TEXT_MAX, &server->reason);
}

static bool read_auth(const json_t *object, struct status_auth *auth)
{
    static const char *const passed[] = {"passed", NULL};
    static const char *const refused[] = {
        "wrong_secret", "unknown_account", "guessing", "flagged",     "expired",
        "protocol",     "network",         "method",   "certificate", NULL};
    static const char *const later[] = {"bad_account", "no_server",  "trouble", "busy",
                                        "bad_request", "bad_caller", NULL};
    const json_t *today = json_object_get(object, "today");
    auth->questions_s = json_number_value(json_object_get(object, "questions_s"));
    read_places(object, &auth->place, &auth->places);
    READ_LIST(object, "servers", read_server, auth->servers, auth->server_count);
    const json_t *shared = json_object_get(object, "shared");
    if (json_is_object(shared) &&
        !(json_field_text(shared, "state", TEXT_MAX, &auth->shared) &&
          json_field_text(shared, "reason", TEXT_MAX, &auth->shared_reason) &&
          json_field_time(shared, "since", STAMP_NONE, &auth->shared_us)))
        return false;
    return json_field_text(object, "state", TEXT_MAX, &auth->state) &&
           json_field_text(object, "reason", TEXT_MAX, &auth->reason) &&
           read_sum(today, passed, &auth->passed) && read_sum(today, refused, &auth->refused) &&
           read_sum(today, later, &auth->later);
}

static bool read_quota(const json_t *object, struct status_quota *quota)
{
    static const char *const refused[] = {"over", "too_large", NULL},
                             *const mixed[] = {"mixed", NULL},
                             *const failed[] = {"failed", "put_off", NULL};
    const json_t *today = json_object_get(object, "today");
    const json_t *rcpt = json_object_get(today, "rcpt"),
                 *end = json_object_get(today, "end_of_message");
    uint64_t failed_late = 0, mixed_late = 0;
    quota->questions_s = json_number_value(json_object_get(object, "questions_s"));
    read_places(object, &quota->place, &quota->places);
    READ_LIST(object, "servers", read_server, quota->servers, quota->server_count);
    bool good = json_field_text(object, "state", TEXT_MAX, &quota->state) &&
                json_field_text(object, "reason", TEXT_MAX, &quota->reason) &&
                json_field_text(object, "tables_reason", TEXT_MAX, &quota->tables_reason) &&
                read_sum(rcpt, refused, &quota->refused) &&
                read_sum(end, refused, &quota->refused_late) &&
                read_sum(rcpt, failed, &quota->failed) && read_sum(end, failed, &failed_late) &&
                read_sum(rcpt, mixed, &quota->mixed) && read_sum(end, mixed, &mixed_late);
    quota->failed += failed_late;
    quota->mixed += mixed_late;
    return good;
}

static bool read_accounts(const json_t *object, struct status_accounts *accounts)
{
    return json_field_text(object, "state", TEXT_MAX, &accounts->state) &&
           json_field_text(object, "reason", TEXT_MAX, &accounts->reason) &&
           json_field_time(object, "since", STAMP_NONE, &accounts->since_us) &&
           json_field_count(object, "unheard", &accounts->unheard);
}

static bool read_lists(struct status_answer *status)
{
    const json_t *mail = json_object_get(status->value, "mail");
    READ_LIST(status->value, "incidents", incident_answer_read, status->incidents,
              status->incident_count);
    READ_LIST(status->value, "silences", silence_answer_read, status->silences,
              status->silence_count);
    const json_t *routes = json_object_get(status->value, "routes");
    if (json_is_object(routes) && !route_answer_read(routes, &status->routes))
        return false;
    const json_t *policy = json_object_get(status->value, "policy");
    if (json_is_object(policy) && !read_policy(policy, &status->policy))
        return false;
    const json_t *auth = json_object_get(status->value, "auth");
    if (json_is_object(auth) && !read_auth(auth, &status->auth))
        return false;
    const json_t *quota = json_object_get(status->value, "quota");
    if (json_is_object(quota) && !read_quota(quota, &status->quota))
        return false;
    const json_t *accounts = json_object_get(status->value, "accounts");
    if (json_is_object(accounts) && !read_accounts(accounts, &status->accounts))
        return false;
    READ_LIST(status->value, "notifiers", read_notifier, status->notifiers, status->notifier_count);
    READ_LIST(mail, "logs", read_log, status->logs, status->log_count);
    READ_LIST(mail, "paths", read_path, status->paths, status->path_count);
    READ_LIST(mail, "budgets", read_budget, status->budgets, status->budget_count);
    return true;
}

static bool read_left_out(const json_t *mail, uint64_t counts[LEFT_OUT_COUNT])
{
    const json_t *object = json_object_get(mail, "left_out");
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++)
        if (!json_field_count(object, left_out_word((enum left_out)i), &counts[i]))
            return false;
    return true;
}

static bool read_mail(struct status_answer *status)
{
    const json_t *mail = json_object_get(status->value, "mail");
    const json_t *lines = json_object_get(mail, "lines");
    const json_t *outcomes = json_object_get(mail, "outcomes");
    uint64_t bounced, expired;
    if (!json_field_time(mail, "newest_line", STAMP_NONE, &status->newest_line_us) ||
        !json_field_count(lines, "read", &status->lines) ||
        !json_field_count(lines, "unknown", &status->lines_unknown) ||
        !json_field_count(json_object_get(mail, "messages"), "open", &status->messages_open) ||
        !json_field_count(outcomes, "sent", &status->reached) ||
        !json_field_count(outcomes, "bounced", &bounced) ||
        !json_field_count(outcomes, "expired", &expired))
        return false;
    status->unreached = bounced + expired;
    return json_field_text(mail, "countries_trouble", TEXT_MAX, &status->countries_trouble) &&
           read_left_out(mail, status->left_out) && read_attempts(mail, &status->attempts);
}

/* Null where nothing is counted; an older daemon does not say. */
static bool read_counts(struct status_answer *status)
{
    const json_t *counts = json_object_get(status->value, "limit_counts");
    status->counts_known = json_is_object(counts);
    status->counts_kept = json_is_true(json_object_get(counts, "kept"));
    return !status->counts_known ||
           (json_field_text(counts, "reason", TEXT_MAX, &status->counts_reason) &&
            json_field_count(counts, "behind_s", &status->counts_behind_s));
}

static bool read_daemon(struct status_answer *status)
{
    const json_t *value = status->value, *history = json_object_get(value, "history");
    const json_t *configuration = json_object_get(value, "configuration");
    return json_field_text(value, "version", TEXT_MAX, &status->version) &&
           json_field_text(value, "relay", TEXT_MAX, &status->relay) &&
           json_field_time(value, "now", 0, &status->now_us) &&
           json_field_time(value, "started", 0, &status->started_us) &&
           json_field_time(configuration, "loaded", 0, &status->loaded_us) &&
           json_field_time(configuration, "refused", 0, &status->refused_us) &&
           json_field_text(configuration, "reason", TEXT_MAX, &status->refused_reason) &&
           json_field_text(history, "state", TEXT_MAX, &status->history) &&
           json_field_text(history, "reason", TEXT_MAX, &status->history_reason) &&
           json_field_count(history, "spool_bytes", &status->history_spool_bytes) &&
           read_counts(status);
}

struct status_answer *status_answer_new(const json_t *value)
{
    struct status_answer *status = MEM_NEW(struct status_answer);
    /* Only its count of references changes. */
    *status = (struct status_answer){.value = json_incref((json_t *)(uintptr_t)value)};
    if (json_is_object(value) && read_daemon(status) && status->version.len > 0 &&
        read_mail(status) && read_lists(status))
        return status;
    status_answer_free(status);
    return NULL;
}

void status_answer_free(struct status_answer *status)
{
    if (status == NULL)
        return;
    mem_free(status->incidents);
    mem_free(status->silences);
    route_answer_done(&status->routes);
    mem_free(status->notifiers);
    mem_free(status->logs);
    mem_free(status->paths);
    mem_free(status->budgets);
    mem_free(status->auth.servers);
    mem_free(status->quota.servers);
    json_decref(status->value);
    mem_free(status);
}
