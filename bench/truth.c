/* SPDX-License-Identifier: Apache-2.0
 *
 * The truth as JSON, by jansson.
 */
#include "truth.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "fleet.h"

static void set_count(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void set_time(json_t *object, const char *key, int64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    char text[64];
    gmtime_r(&seconds, &tm);
    size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + len, sizeof(text) - len, ".%06" PRId64 "Z", time_us % 1000000);
    json_object_set_new(object, key, time_us == INCIDENT_OPEN ? json_null() : json_string(text));
}

static json_t *records_json(const struct truth *truth)
{
    json_t *records = json_object();
    for (int i = 0; i < DELIVERY_STATUS_COUNT; i++)
        set_count(records, delivery_status_word((enum delivery_status)i), truth->records[i]);
    return records;
}

static json_t *attempts_json(const struct summary_attempts *attempts)
{
    json_t *object = json_object();
    set_count(object, "total", attempts->total);
    set_count(object, "sent", attempts->sent);
    set_count(object, "deferred", attempts->deferred);
    set_count(object, "bounced", attempts->bounced);
    json_t *left_out = json_object();
    set_count(left_out, "reinjected", attempts->reinjected);
    set_count(left_out, "probes", attempts->probes);
    set_count(left_out, "discarded", attempts->discarded);
    set_count(left_out, "repeated", attempts->repeated);
    json_object_set_new(object, "left_out", left_out);
    return object;
}

static json_t *outcomes_json(const struct summary_outcomes *outcomes)
{
    json_t *object = json_object();
    set_count(object, "sent", outcomes->sent);
    set_count(object, "bounced", outcomes->bounced);
    set_count(object, "expired", outcomes->expired);
    set_count(object, "open", outcomes->open);
    set_count(object, "discarded", outcomes->discarded);
    set_count(object, "lost", 0);
    return object;
}

/* Receivers of the same provider stand next to each other in the table. */
static json_t *providers_json(const struct truth *truth)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < RECEIVER_COUNT; i++) {
        const char *name = world_provider((uint8_t)i);
        if (!*name)
            continue;
        uint64_t attempts = truth->receivers[i];
        while (i + 1 < RECEIVER_COUNT && strcmp(world_provider((uint8_t)(i + 1)), name) == 0)
            attempts += truth->receivers[++i];
        json_t *row = json_object();
        json_object_set_new(row, "provider", json_string(name));
        json_t *total = json_object();
        set_count(total, "total", attempts);
        json_object_set_new(row, "attempts", total);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *surge_json(const struct episode *episode)
{
    struct line login = {.len = 0};
    json_t *row = json_object();
    json_object_set_new(row, "kind", json_string(incident_kind_word(episode->kind)));
    world_put_login(&login, episode->login);
    json_object_set_new(row, "login", json_stringn(login.bytes, login.len));
    set_time(row, "opened", episode->start_us);
    set_time(row, "closed", episode->end_us);
    return row;
}

static void set_place(json_t *row, uint32_t host, uint32_t source)
{
    char relay[16];
    snprintf(relay, sizeof(relay), "relay%u", host + 1);
    json_object_set_new(row, "relay", json_string(relay));
    json_object_set_new(row, "source", json_string(fleet_source_name(source)));
}

static json_t *path_json(const struct episode *episode, uint32_t host, uint32_t source)
{
    const struct episode_path *path = &episode->paths[host][source];
    json_t *row = json_object();
    json_object_set_new(row, "kind", json_string(incident_kind_word(episode->kind)));
    set_place(row, host, source);
    json_object_set_new(row, "provider", json_string(world_provider(episode->receiver)));
    json_object_set_new(row, "class", json_string(reply_class_word(episode->class)));
    set_time(row, "opened", path->opened_us);
    set_time(row, "closed", path->closed_us);
    set_count(row, "attempts", path->attempts);
    set_count(row, "hits", path->hits);
    return row;
}

static json_t *incidents_json(const struct episode_list *episodes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < episodes->count; i++) {
        const struct episode *episode = &episodes->episodes[i];
        if (episode->kind == INCIDENT_SURGE)
            json_array_append_new(list, surge_json(episode));
        for (uint32_t k = 0; k < HOSTS_MAX * SOURCE_COUNT; k++)
            if (episode->paths[k / SOURCE_COUNT][k % SOURCE_COUNT].hits)
                json_array_append_new(list, path_json(episode, k / SOURCE_COUNT, k % SOURCE_COUNT));
    }
    return list;
}

/* ---- a month ---- */

static json_t *trouble_path_json(const struct episode_path *path, uint32_t host, uint32_t source)
{
    json_t *row = json_object();
    set_place(row, host, source);
    set_time(row, "first", path->opened_us);
    set_time(row, "last", path->last_us);
    set_count(row, "attempts", path->attempts);
    set_count(row, "hits", path->hits);
    set_count(row, "messages", path->messages);
    return row;
}

static void set_line(json_t *row, const char *key, const struct line *line)
{
    json_object_set_new(row, key, json_stringn(line->bytes, line->len));
}

static void set_names(json_t *row, const struct episode *episode)
{
    struct line text = {.len = 0};
    if (episode->receiver != ANY_PATH && episode->domain != ANY_DOMAIN)
        world_put_tail(&text, episode->domain);
    else if (episode->receiver != ANY_PATH)
        line_str(&text, world_provider(episode->receiver));
    if (text.len)
        set_line(row, "provider", &text);
    text.len = 0;
    if (episode->host != ANY_PATH) {
        line_str(&text, "relay");
        line_number(&text, episode->host + 1u);
        set_line(row, "relay", &text);
    }
    text.len = 0;
    if (episode->scope == INCIDENT_SCOPE_LOGIN) {
        world_put_login(&text, episode->login);
        set_line(row, "login", &text);
    } else if (episode->scope == INCIDENT_SCOPE_SENDER_DOMAIN) {
        world_put_login_domain(&text, episode->login);
        set_line(row, "domain", &text);
    }
}

static json_t *trouble_json(const struct episode *episode)
{
    json_t *row = json_object(), *paths = json_array();
    json_object_set_new(row, "name", json_string(episode->name));
    json_object_set_new(row, "kind", json_string(incident_kind_word(episode->kind)));
    json_object_set_new(row, "scope", json_string(incident_scope_word(episode->scope)));
    json_object_set_new(row, "class", json_string(reply_class_word(episode->class)));
    json_object_set_new(row, "refuses", json_boolean(episode->fails));
    set_names(row, episode);
    set_time(row, "begin", episode->start_us);
    set_time(row, "end", episode->end_us);
    for (uint32_t k = 0; k < HOSTS_MAX * SOURCE_COUNT; k++) {
        const struct episode_path *path = &episode->paths[k / SOURCE_COUNT][k % SOURCE_COUNT];
        if (path->hits)
            json_array_append_new(paths,
                                  trouble_path_json(path, k / SOURCE_COUNT, k % SOURCE_COUNT));
    }
    json_object_set_new(row, "paths", paths);
    return row;
}

static json_t *month_json(const struct truth *truth, const struct episode_list *episodes)
{
    json_t *root = json_object(), *lines = json_object(), *troubles = json_array();
    set_count(lines, "read", truth->lines);
    json_object_set_new(root, "lines", lines);
    for (size_t i = 0; i < episodes->count; i++)
        json_array_append_new(troubles, trouble_json(&episodes->episodes[i]));
    json_object_set_new(root, "troubles", troubles);
    return root;
}

static json_t *truth_json(const struct truth *truth, const struct episode_list *episodes)
{
    json_t *reachability = json_object();
    set_count(reachability, "good", truth->good);
    set_count(reachability, "bad", truth->bad);
    json_t *sli = json_object();
    json_object_set_new(sli, "reachability", reachability);
    json_t *lines = json_object();
    set_count(lines, "read", truth->lines);
    set_count(lines, "unknown", 0);
    json_t *root = json_object();
    json_object_set_new(root, "lines", lines);
    json_object_set_new(root, "records", records_json(truth));
    json_object_set_new(root, "attempts", attempts_json(&truth->attempts));
    json_object_set_new(root, "outcomes", outcomes_json(&truth->outcomes));
    json_object_set_new(root, "sli", sli);
    json_object_set_new(root, "providers", providers_json(truth));
    json_object_set_new(root, "incidents", incidents_json(episodes));
    return root;
}

bool truth_write(const struct truth *truth, const struct episode_list *episodes, const char *path,
                 struct err *err)
{
    json_t *root = episodes->month ? month_json(truth, episodes) : truth_json(truth, episodes);
    int failed = json_dump_file(root, path, JSON_INDENT(2));
    json_decref(root);
    if (failed)
        return err_set(err, ERR_IO, "%s: cannot be written", path);
    return true;
}
