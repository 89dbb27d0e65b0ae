/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_state_json.h. The words are those of the report's JSON.
 */
#include "app/daemon_state_json.h"

#include <string.h>

#include "app/json_writer.h"
#include "base/memory.h"
#include "mail/stamp.h"

static void put_attempts(struct json_writer *json, const struct summary_attempts *attempts)
{
    json_writer_object(json, "attempts");
    json_writer_count(json, "total", attempts->total);
    json_writer_count(json, "sent", attempts->sent);
    json_writer_count(json, "deferred", attempts->deferred);
    json_writer_count(json, "bounced", attempts->bounced);
    json_writer_end(json);
}

static void put_outcomes(struct json_writer *json, const struct summary_outcomes *outcomes)
{
    json_writer_object(json, "outcomes");
    json_writer_count(json, "sent", outcomes->sent);
    json_writer_count(json, "bounced", outcomes->bounced);
    json_writer_count(json, "expired", outcomes->expired);
    json_writer_end(json);
}

static void put_left_out(struct json_writer *json, const uint64_t *counts)
{
    json_writer_object(json, "left_out");
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++)
        json_writer_count(json, left_out_word((enum left_out)i), counts[i]);
    json_writer_end(json);
}

static void put_path(void *data, const struct tally_path_state *path)
{
    struct json_writer *json = data;
    json_writer_object(json, NULL);
    json_writer_string(json, "relay", path->names.relay);
    json_writer_string(json, "source", path->names.source);
    json_writer_string(json, "provider", path->names.provider);
    put_attempts(json, path->attempts);
    put_outcomes(json, path->outcomes);
    json_writer_time(json, "last", path->last_us);
    json_writer_end(json);
}

static void put_log_state(struct json_writer *json, const struct log_feed_status *status)
{
    static const char *const words[] = {
        [LOG_SOURCE_READS] = "followed",
        [LOG_SOURCE_MISSING] = "missing",
        [LOG_SOURCE_TROUBLED] = "unreadable",
    };
    json_writer_string(json, "state", slice_from_str(words[status->state]));
    if (status->state != LOG_SOURCE_READS)
        json_writer_string(json, "reason", slice_from_str(status->why.text));
}

/* lost: messages of syslog that could not be taken. idle_s: since the last line came; null: none
 * has come since the start. */
static void put_logs(struct json_writer *json, const struct daemon_state *daemon)
{
    json_writer_array(json, "logs");
    for (size_t i = 0; i < daemon->log_count; i++) {
        const struct log_feed_status *status = &daemon->logs[i].status;
        json_writer_object(json, NULL);
        json_writer_string(json, "name", daemon->logs[i].name);
        json_writer_string(json, "place", slice_from_str(daemon->logs[i].place));
        put_log_state(json, status);
        json_writer_count(json, "lines", status->lines);
        if (status->behind_bytes >= 0)
            json_writer_count(json, "behind_bytes", (uint64_t)status->behind_bytes);
        else
            json_writer_null(json, "behind_bytes");
        json_writer_count(json, "lost", syslog_lost(&status->syslog));
        if (status->last_line_us > 0 && status->last_line_us <= daemon->steady_us)
            json_writer_count(json, "idle_s",
                              (uint64_t)(daemon->steady_us - status->last_line_us) / 1000000);
        else
            json_writer_null(json, "idle_s");
        json_writer_end(json);
    }
    json_writer_end(json);
}

/* ---- error budgets ---- */

struct budgets {
    struct service_budget rows[DAEMON_BUDGETS_SHOWN]; /* the most used one first */
    size_t count, known;
};

/* Those of providers are left out: there are thousands. */
static void keep_budget(void *data, const struct service_budget *budget)
{
    struct budgets *budgets = data;
    size_t at = budgets->count;
    if (budget->provider.len > 0)
        return;
    budgets->known++;
    while (at > 0 && budgets->rows[at - 1].used < budget->used)
        at--;
    if (at == DAEMON_BUDGETS_SHOWN)
        return;
    if (budgets->count < DAEMON_BUDGETS_SHOWN)
        budgets->count++;
    memmove(&budgets->rows[at + 1], &budgets->rows[at],
            (budgets->count - at - 1) * sizeof(budgets->rows[0]));
    budgets->rows[at] = *budget;
}

/* JSON has no infinity. */
static void put_rate(struct json_writer *json, const char *key, double rate)
{
    json_writer_real(json, key, rate < DAEMON_BUDGET_MOST ? rate : DAEMON_BUDGET_MOST);
}

static void put_budget(struct json_writer *json, const struct service_budget *budget)
{
    json_writer_object(json, NULL);
    json_writer_string(json, "objective", slice_from_str(incident_kind_word(budget->kind)));
    json_writer_text(json, "relay", budget->relay);
    json_writer_text(json, "source", budget->source);
    json_writer_text(json, "group", budget->group);
    json_writer_count(json, "good", budget->good);
    json_writer_count(json, "bad", budget->bad);
    put_rate(json, "used", budget->used);
    put_rate(json, "burn_fast", budget->fast);
    put_rate(json, "burn_slow", budget->slow);
    json_writer_end(json);
}

static void put_budgets(struct json_writer *json, const struct daemon_state *daemon)
{
    struct budgets *budgets = MEM_NEW(struct budgets);
    service_level_visit(daemon->service, daemon->now_us, keep_budget, budgets);
    json_writer_count(json, "budgets_known", budgets->known);
    json_writer_array(json, "budgets");
    for (size_t i = 0; i < budgets->count; i++)
        put_budget(json, &budgets->rows[i]);
    json_writer_end(json);
    mem_free(budgets);
}

void daemon_state_json(const struct daemon_state *daemon, struct buf *to)
{
    const struct tally *tally = daemon->tally;
    struct tally_state state;
    tally_state_get(tally, &state);
    struct json_writer json = {.to = to, .indent = true};
    json_writer_object(&json, NULL);
    json_writer_time(&json, "newest_line", daemon->newest_us > 0 ? daemon->newest_us : STAMP_NONE);
    json_writer_object(&json, "lines");
    json_writer_count(&json, "read", state.lines);
    json_writer_count(&json, "unknown", state.unread);
    json_writer_end(&json);
    json_writer_object(&json, "messages");
    json_writer_count(&json, "seen", state.messages);
    json_writer_count(&json, "open", state.messages_open);
    json_writer_end(&json);
    put_left_out(&json, daemon->left_out);
    json_writer_text(&json, "countries_trouble", daemon->countries);
    put_logs(&json, daemon);
    put_attempts(&json, &state.attempts);
    put_outcomes(&json, &state.outcomes);
    json_writer_ratio(&json, "reachability", state.good, state.good + state.bad);
    put_budgets(&json, daemon);
    json_writer_count(&json, "paths_known", state.paths);
    json_writer_array(&json, "paths");
    tally_visit_paths(tally, TALLY_PATHS_SHOWN, put_path, &json);
    json_writer_end(&json);
    json_writer_end(&json);
}
