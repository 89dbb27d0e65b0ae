/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_state_json.h. The words are those of the report's JSON.
 */
#include "app/daemon_state_json.h"

#include "app/json_writer.h"
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
    put_logs(&json, daemon);
    put_attempts(&json, &state.attempts);
    put_outcomes(&json, &state.outcomes);
    json_writer_ratio(&json, "reachability", state.good, state.good + state.bad);
    json_writer_count(&json, "paths_known", state.paths);
    json_writer_array(&json, "paths");
    tally_visit_paths(tally, TALLY_PATHS_SHOWN, put_path, &json);
    json_writer_end(&json);
    json_writer_end(&json);
}
