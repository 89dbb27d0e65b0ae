/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as JSON, written in one pass. Each put_ function writes the members of one kind of
 * object.
 */
#include "app/report_json.h"

#include "app/json_writer.h"
#include "app/report_words.h"
#include "base/escape.h"
#include "base/intern.h"
#include "base/proportion.h"
#include "model/incident_words.h"

struct count_field {
    const char *key;
    uint64_t count;
};

static void put_counts(struct json_writer *json, const struct count_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].count == SUMMARY_NOT_KEPT)
            json_writer_null(json, fields[i].key);
        else
            json_writer_count(json, fields[i].key, fields[i].count);
    }
}

#define PUT_COUNTS(json, ...) \
    put_counts((json), (const struct count_field[]){__VA_ARGS__}, \
               sizeof((const struct count_field[]){__VA_ARGS__}) / sizeof(struct count_field))

static void put_word(struct json_writer *json, const char *key, const char *word)
{
    json_writer_text(json, key, slice_from_str(word));
}

struct list {
    const void *elements;
    size_t count, size; /* size of one element */
};

typedef void put_fn(struct json_writer *json, const void *element,
                    const struct provider_table *providers);

static void put_list(struct json_writer *json, const char *key, struct list list, put_fn *put,
                     const struct provider_table *providers)
{
    json_writer_array(json, key);
    for (size_t i = 0; i < list.count; i++) {
        json_writer_object(json, NULL);
        put(json, (const char *)list.elements + i * list.size, providers);
        json_writer_end(json);
    }
    json_writer_end(json);
}

/* ---- parts that several objects have ---- */

static void put_attempts(struct json_writer *json, const struct summary_attempts *attempts)
{
    json_writer_object(json, "attempts");
    PUT_COUNTS(json, {"total", attempts->total}, {"sent", attempts->sent},
               {"deferred", attempts->deferred}, {"bounced", attempts->bounced});
    json_writer_object(json, "left_out");
    PUT_COUNTS(json, {"reinjected", attempts->reinjected}, {"probes", attempts->probes},
               {"discarded", attempts->discarded}, {"repeated", attempts->repeated});
    json_writer_end(json);
    json_writer_end(json);
}

/* Of sums by the hour, which hold nothing that is no attempt. */
static void put_older_attempts(struct json_writer *json, const struct summary_attempts *attempts)
{
    json_writer_object(json, "attempts");
    PUT_COUNTS(json, {"total", attempts->total}, {"sent", attempts->sent},
               {"deferred", attempts->deferred}, {"bounced", attempts->bounced});
    json_writer_end(json);
}

static void put_outcomes(struct json_writer *json, const struct summary_outcomes *outcomes)
{
    json_writer_object(json, "outcomes");
    PUT_COUNTS(json, {"sent", outcomes->sent}, {"bounced", outcomes->bounced},
               {"expired", outcomes->expired}, {"open", outcomes->open},
               {"discarded", outcomes->discarded}, {"lost", outcomes->lost});
    json_writer_end(json);
}

static void put_latency(struct json_writer *json, const struct summary_latency *latency)
{
    const struct {
        const char *key;
        double seconds;
    } parts[] = {
        {"p50", latency->p50}, {"p90", latency->p90}, {"p99", latency->p99}, {"max", latency->max}};
    json_writer_object(json, "latency");
    json_writer_count(json, "count", latency->count);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (latency->count > 0)
            json_writer_real(json, parts[i].key, parts[i].seconds);
        else
            json_writer_null(json, parts[i].key);
    }
    json_writer_real(json, "target_s", latency->target_s);
    PUT_COUNTS(json, {"within_target", latency->within_target},
               {"waiting_late", latency->waiting_late});
    json_writer_ratio(json, "ratio", latency->within_target,
                      latency->count + latency->waiting_late);
    json_writer_end(json);
}

static void put_class_counts(struct json_writer *json, const uint64_t *classes)
{
    json_writer_object(json, "classes");
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        if (classes[i] > 0)
            json_writer_count(json, reply_class_word((enum reply_class)i), classes[i]);
    json_writer_end(json);
}

/* ---- elements of the lists ---- */

static void put_path(struct json_writer *json, const void *element,
                     const struct provider_table *providers)
{
    const struct summary_path *path = element;
    const struct provider *provider =
        providers && path->provider.len ? provider_named(providers, path->provider) : NULL;
    json_writer_text(json, "relay", path->relay);
    json_writer_text(json, "source", path->source);
    json_writer_text(json, "provider", path->provider);
    if (path->provider.len > 0)
        json_writer_bool(json, "known", path->known);
    if (provider)
        json_writer_text(json, "title", provider->title);
    put_attempts(json, &path->attempts);
    put_outcomes(json, &path->outcomes);
    json_writer_ratio(json, "reached", path->outcomes.sent, report_ended(&path->outcomes));
    put_latency(json, &path->latency);
    put_class_counts(json, path->classes);
    json_writer_time(json, "first", path->first_us);
    json_writer_time(json, "last", path->last_us);
}

static void put_older_path(struct json_writer *json, const void *element,
                           const struct provider_table *providers)
{
    (void)providers;
    const struct summary_path *path = element;
    json_writer_text(json, "relay", path->relay);
    json_writer_text(json, "source", path->source);
    json_writer_text(json, "provider", path->provider);
    put_older_attempts(json, &path->attempts);
    PUT_COUNTS(json, {"expired", path->outcomes.expired});
    put_class_counts(json, path->classes);
    json_writer_time(json, "first", path->first_us);
    json_writer_time(json, "last", path->last_us);
}

static void put_class(struct json_writer *json, const void *element,
                      const struct provider_table *providers)
{
    (void)providers;
    const struct summary_class *class = element;
    put_word(json, "class", reply_class_word(class->class));
    put_word(json, "meaning", reply_class_meaning(class->class));
    PUT_COUNTS(json, {"attempts", class->attempts}, {"temporary", class->temporary},
               {"permanent", class->permanent});
    json_writer_text(json, "sample", class->sample);
    json_writer_text(json, "sample_provider", class->sample_provider);
}

static void put_login(struct json_writer *json, const void *element,
                      const struct provider_table *providers)
{
    (void)providers;
    const struct summary_login *login = element;
    json_writer_text(json, "login", login->name);
    PUT_COUNTS(json, {"messages", login->messages}, {"recipients", login->recipients},
               {"blocked", login->blocked}, {"auth_failures", login->auth_failures},
               {"peak_hour", login->peak_hour}, {"clients", login->clients});
    put_outcomes(json, &login->outcomes);
    json_writer_bool(json, "surge", login->surge);
    put_word(json, "oddity", report_login_oddity(login));
}

static void put_evidence(struct json_writer *json, const struct incident *incident)
{
    json_writer_array(json, "evidence");
    for (size_t i = 0; i < incident->evidence_count; i++)
        json_writer_string(json, NULL, incident->evidence[i]);
    json_writer_end(json);
}

static void put_incident(struct json_writer *json, const void *element,
                         const struct provider_table *providers)
{
    const struct incident *incident = element;
    bool surge = incident->kind == INCIDENT_SURGE;
    const char *class = surge ? "" : reply_class_word(incident->class);
    const struct {
        const char *key;
        struct slice text;
    } texts[] = {{"kind", slice_from_str(incident_kind_word(incident->kind))},
                 {"scope", slice_from_str(incident_scope_word(incident->scope))},
                 {"relay", incident->relay},
                 {"source", incident->source},
                 {"provider", incident->provider},
                 {"login", incident->login},
                 {"domain", incident->domain},
                 {"class", slice_from_str(class)},
                 {"list", incident->list},
                 {"url", report_incident_link(incident, providers)},
                 {"advice", slice_from_str(incident_advice(incident, LANGUAGE_EN))}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        json_writer_text(json, texts[i].key, texts[i].text);
    json_writer_time(json, "opened", incident->opened_us);
    json_writer_time(json, "closed", incident->closed_us);
    json_writer_time(json, "last_hit", incident->last_hit_us);
    PUT_COUNTS(json, {"attempts", incident->attempts}, {"hits", incident->hits},
               {"messages", incident->messages});
    if (surge)
        json_writer_real(json, "normal_per_hour", incident->normal);
    else
        PUT_COUNTS(json, {"recipients", incident->recipients}, {"logins", incident->logins});
    put_evidence(json, incident);
}

static void put_slow(struct json_writer *json, const void *element,
                     const struct provider_table *providers)
{
    (void)providers;
    const struct summary_slow *slow = element;
    json_writer_text(json, "relay", slow->relay);
    json_writer_text(json, "queue_id", slow->queue_id);
    json_writer_text(json, "to", slow->to);
    json_writer_text(json, "provider", slow->provider);
    json_writer_text(json, "reason", slow->reason);
    json_writer_real(json, "delay", slow->delay_s);
    json_writer_time(json, "time", slow->time_us);
    json_writer_count(json, "attempts", slow->attempts);
}

static void put_template(struct json_writer *json, const void *element,
                         const struct provider_table *providers)
{
    (void)providers;
    const struct summary_template *template = element;
    json_writer_text(json, "template", template->text);
    json_writer_count(json, "attempts", template->count);
    json_writer_text(json, "sample", template->sample);
}

static void put_suffix(struct json_writer *json, const void *element,
                       const struct provider_table *providers)
{
    (void)providers;
    const struct summary_suffix *suffix = element;
    json_writer_text(json, "suffix", suffix->suffix);
    json_writer_count(json, "attempts", suffix->attempts);
}

/* ---- full mailboxes ---- */

static void put_full_counts(struct json_writer *json, const uint64_t *counts)
{
    static const char *const keys[] = {
#define X(name, key) key,
        SUMMARY_FULL_SIGNS_ALL(X)
#undef X
    };
    for (size_t i = 0; i < SUMMARY_FULL_SIGNS; i++)
        PUT_COUNTS(json, {keys[i], counts[i]});
}

static void put_full(struct json_writer *json, const struct summary_full *full)
{
    json_writer_object(json, "full_mailboxes");
    put_full_counts(json, full->sums);
    json_writer_count(json, "distinct", full->distinct);
    json_writer_array(json, "mailboxes");
    for (size_t i = 0; i < full->count; i++) {
        const struct summary_full_mailbox *row = &full->rows[i];
        json_writer_object(json, NULL);
        json_writer_text(json, "address", row->address);
        put_full_counts(json, row->counts);
        json_writer_time(json, "full_since", row->since_us);
        json_writer_time(json, "last", row->last_us);
        json_writer_end(json);
    }
    json_writer_end(json);
    json_writer_end(json);
}

/* ---- the whole ---- */

static void put_period(struct json_writer *json, const struct summary *summary)
{
    json_writer_object(json, "period");
    json_writer_time(json, "first", summary->first_us);
    json_writer_time(json, "last", summary->last_us);
    json_writer_end(json);
}

/* A key is given once, and two names may be the same once their bytes are valid UTF-8: their counts
 * are added. */
static void put_programs(struct json_writer *json, const struct summary *summary)
{
    struct intern *names = intern_new((uint32_t)summary->program_count + 1);
    struct summary_program *sums =
        MEM_NEW_ARRAY(struct summary_program, summary->program_count + 1);
    for (size_t i = 0; i < summary->program_count; i++) {
        const struct summary_program *program = &summary->programs[i];
        CLEANUP_BUF struct buf valid = {0};
        utf8_sanitize(program->name.len ? program->name : SLICE("-"), &valid);
        struct summary_program *sum = &sums[intern_id(names, buf_slice(&valid))];
        sum->read += program->read;
        sum->unknown += program->unknown;
        sum->sample = program->sample;
    }
    json_writer_object(json, "by_program");
    for (uint32_t i = 0; i < intern_count(names); i++) {
        if (sums[i].read == 0)
            continue;
        json_writer_object_named(json, intern_get(names, i));
        PUT_COUNTS(json, {"read", sums[i].read}, {"unknown", sums[i].unknown});
        json_writer_text(json, "sample", sums[i].sample);
        json_writer_end(json);
    }
    json_writer_end(json);
    mem_free(sums);
    intern_free(names);
}

static void put_lines(struct json_writer *json, const struct summary *summary)
{
    if (summary->from_history) {
        json_writer_null(json, "lines");
        json_writer_count(json, "rows", summary->lines_read);
        json_writer_object(json, "lines_ever");
        PUT_COUNTS(json, {"read", summary->lines_ever}, {"unknown", summary->lines_ever_unknown});
        json_writer_end(json);
        return;
    }
    json_writer_object(json, "lines");
    PUT_COUNTS(json, {"read", summary->lines_read}, {"parsed", summary->lines_parsed},
               {"unknown", summary->lines_unknown}, {"cut", summary->lines_cut},
               {"without_time", summary->lines_without_time}, {"outside", summary->lines_outside},
               {"mail", summary->lines_mail});
    put_programs(json, summary);
    json_writer_end(json);
}

static void put_records(struct json_writer *json, const struct summary *summary)
{
    json_writer_object(json, "records");
    for (size_t i = 0; i < DELIVERY_STATUS_COUNT; i++)
        PUT_COUNTS(json, {delivery_status_word((enum delivery_status)i), summary->records[i]});
    json_writer_end(json);
}

static void put_reachability(struct json_writer *json, const struct summary *summary)
{
    uint64_t good = summary->reachability_good, bad = summary->reachability_bad;
    enum report_verdict verdict = report_judge(good, bad, REPORT_REACH_TARGET);
    json_writer_object(json, "reachability");
    PUT_COUNTS(json, {"good", good}, {"bad", bad});
    json_writer_ratio(json, "ratio", good, good + bad);
    json_writer_real(json, "lower", proportion_lower(good, good + bad));
    json_writer_real(json, "upper", proportion_upper(good, good + bad));
    json_writer_real(json, "target", REPORT_REACH_TARGET);
    put_word(json, "verdict", report_verdict_word(verdict));
    json_writer_object(json, "bad_by_cause");
    PUT_COUNTS(json, {"address", summary->bad_address}, {"ours", summary->bad_ours},
               {"other", summary->bad_other});
    json_writer_end(json);
    json_writer_end(json);
}

static void put_timeline(struct json_writer *json, const struct summary *summary)
{
    json_writer_object(json, "timeline");
    json_writer_real(json, "bin_s", (double)summary->bin_us / 1e6);
    json_writer_array(json, "bins");
    for (size_t i = 0; i < summary->bins; i++) {
        const struct summary_bin *bin = &summary->timeline[i];
        json_writer_object(json, NULL);
        json_writer_time(json, "time", summary->bin_start_us + (int64_t)i * summary->bin_us);
        PUT_COUNTS(json, {"sent", bin->sent}, {"deferred", bin->deferred},
                   {"bounced", bin->bounced}, {"blocked", bin->blocked});
        json_writer_end(json);
    }
    json_writer_end(json);
    json_writer_end(json);
}

#define LIST(key, from, member, length, put) \
    put_list(json, key, (struct list){(from)->member, (from)->length, sizeof(*(from)->member)}, \
             put, providers)

static void put_older(struct json_writer *json, const struct summary_older *older,
                      const struct provider_table *providers)
{
    if (older->until_us == 0) {
        json_writer_null(json, "older");
        return;
    }
    json_writer_object(json, "older");
    json_writer_time(json, "since", older->since_us);
    json_writer_time(json, "until", older->until_us);
    put_older_attempts(json, &older->attempts);
    PUT_COUNTS(json, {"expired", older->expired});
    LIST("providers", older, providers, provider_count, put_older_path);
    LIST("sources", older, sources, source_count, put_older_path);
    LIST("paths", older, paths, path_count, put_older_path);
    json_writer_end(json);
}

static void put_lists(struct json_writer *json, const struct summary *summary,
                      const struct provider_table *providers)
{
    LIST("providers", summary, providers, provider_count, put_path);
    LIST("sources", summary, sources, source_count, put_path);
    LIST("paths", summary, paths, path_count, put_path);
    LIST("classes", summary, classes, class_count, put_class);
    LIST("logins", summary, logins, login_count, put_login);
    LIST("incidents", summary, incidents, incident_count, put_incident);
    LIST("slowest", summary, slowest, slow_count, put_slow);
    put_full(json, &summary->full);
    LIST("unknown_replies", summary, templates, template_count, put_template);
    LIST("unknown_suffixes", summary, suffixes, suffix_count, put_suffix);
}

#undef LIST

void report_json(const struct summary *summary, const struct provider_table *providers,
                 struct buf *to)
{
    struct json_writer json = {.to = to, .indent = true};
    json_writer_object(&json, NULL);
    put_word(&json, "source", summary->from_history ? "history" : "logs");
    put_period(&json, summary);
    put_lines(&json, summary);
    put_records(&json, summary);
    PUT_COUNTS(&json, {"messages", summary->messages}, {"flushed", summary->flushed},
               {"logins_distinct", summary->logins_distinct},
               {"login_failures", summary->login_failures},
               {"login_failure_clients", summary->login_failure_clients});
    put_attempts(&json, &summary->attempts);
    put_outcomes(&json, &summary->outcomes);
    json_writer_object(&json, "sli");
    put_reachability(&json, summary);
    put_latency(&json, &summary->latency);
    json_writer_end(&json);
    put_lists(&json, summary, providers);
    put_timeline(&json, summary);
    if (summary->from_history)
        put_older(&json, &summary->older, providers);
    json_writer_end(&json);
}
