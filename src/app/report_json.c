/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as JSON. Each make_ function makes one kind of object.
 */
#include "app/report_json.h"

#include "app/report_words.h"
#include "base/proportion.h"
#include "model/incident_words.h"
#include "model/json_value.h"

struct count_field {
    const char *key;
    uint64_t count;
};

static void put_counts(json_t *object, const struct count_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_value_put_count(object, fields[i].key, fields[i].count);
}

#define PUT_COUNTS(object, ...) \
    put_counts((object), (const struct count_field[]){__VA_ARGS__}, \
               sizeof((const struct count_field[]){__VA_ARGS__}) / sizeof(struct count_field))

struct list {
    const void *elements;
    size_t count, size; /* size of one element */
};

typedef json_t *make_fn(const void *element, const struct provider_table *providers);

static void put_list(json_t *object, const char *key, struct list list, make_fn *make,
                     const struct provider_table *providers)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < list.count; i++)
        json_value_append(array, make((const char *)list.elements + i * list.size, providers));
    json_value_put(object, key, array);
}

/* ---- parts that several objects have ---- */

static json_t *make_attempts(const struct summary_attempts *attempts)
{
    json_t *object = json_value_object(), *left_out = json_value_object();
    PUT_COUNTS(object, {"total", attempts->total}, {"sent", attempts->sent},
               {"deferred", attempts->deferred}, {"bounced", attempts->bounced});
    PUT_COUNTS(left_out, {"reinjected", attempts->reinjected}, {"probes", attempts->probes},
               {"discarded", attempts->discarded}, {"repeated", attempts->repeated});
    json_value_put(object, "left_out", left_out);
    return object;
}

static json_t *make_outcomes(const struct summary_outcomes *outcomes)
{
    json_t *object = json_value_object();
    PUT_COUNTS(object, {"sent", outcomes->sent}, {"bounced", outcomes->bounced},
               {"expired", outcomes->expired}, {"open", outcomes->open},
               {"discarded", outcomes->discarded}, {"lost", outcomes->lost});
    return object;
}

static json_t *make_latency(const struct summary_latency *latency)
{
    json_t *object = json_value_object();
    const struct {
        const char *key;
        double seconds;
    } parts[] = {
        {"p50", latency->p50}, {"p90", latency->p90}, {"p99", latency->p99}, {"max", latency->max}};
    json_value_put_count(object, "count", latency->count);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (latency->count > 0)
            json_value_put_real(object, parts[i].key, parts[i].seconds);
        else
            json_value_put(object, parts[i].key, json_null());
    }
    json_value_put_real(object, "target_s", latency->target_s);
    PUT_COUNTS(object, {"within_target", latency->within_target},
               {"waiting_late", latency->waiting_late});
    json_value_put_ratio(object, "ratio", latency->within_target,
                         latency->count + latency->waiting_late);
    return object;
}

static json_t *make_class_counts(const uint64_t *classes)
{
    json_t *object = json_value_object();
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        if (classes[i] > 0)
            json_value_put_count(object, reply_class_word((enum reply_class)i), classes[i]);
    return object;
}

/* ---- elements of the lists ---- */

static json_t *make_path(const void *element, const struct provider_table *providers)
{
    const struct summary_path *path = element;
    const struct provider *provider =
        providers && path->provider.len ? provider_named(providers, path->provider) : NULL;
    uint64_t ended = report_ended(&path->outcomes);
    json_t *object = json_value_object();
    json_value_put_text(object, "relay", path->relay);
    json_value_put_text(object, "source", path->source);
    json_value_put_text(object, "provider", path->provider);
    if (path->provider.len > 0)
        json_value_put(object, "known", json_boolean(path->known));
    if (provider)
        json_value_put_text(object, "title", provider->title);
    json_value_put(object, "attempts", make_attempts(&path->attempts));
    json_value_put(object, "outcomes", make_outcomes(&path->outcomes));
    json_value_put_ratio(object, "reached", path->outcomes.sent, ended);
    json_value_put(object, "latency", make_latency(&path->latency));
    json_value_put(object, "classes", make_class_counts(path->classes));
    json_value_put_time(object, "first", path->first_us);
    json_value_put_time(object, "last", path->last_us);
    return object;
}

static json_t *make_class(const void *element, const struct provider_table *providers)
{
    (void)providers;
    const struct summary_class *class = element;
    json_t *object = json_value_object();
    json_value_put_text(object, "class", slice_from_str(reply_class_word(class->class)));
    json_value_put_text(object, "meaning", slice_from_str(reply_class_meaning(class->class)));
    PUT_COUNTS(object, {"attempts", class->attempts}, {"temporary", class->temporary},
               {"permanent", class->permanent});
    json_value_put_text(object, "sample", class->sample);
    json_value_put_text(object, "sample_provider", class->sample_provider);
    return object;
}

static json_t *make_login(const void *element, const struct provider_table *providers)
{
    (void)providers;
    const struct summary_login *login = element;
    json_t *object = json_value_object();
    json_value_put_text(object, "login", login->name);
    PUT_COUNTS(object, {"messages", login->messages}, {"recipients", login->recipients},
               {"blocked", login->blocked}, {"auth_failures", login->auth_failures},
               {"peak_hour", login->peak_hour}, {"clients", login->clients});
    json_value_put(object, "outcomes", make_outcomes(&login->outcomes));
    json_value_put(object, "surge", json_boolean(login->surge));
    json_value_put_text(object, "oddity", slice_from_str(report_login_oddity(login)));
    return object;
}

static json_t *make_evidence(const struct incident *incident)
{
    json_t *array = json_value_array();
    for (size_t i = 0; i < incident->evidence_count; i++)
        json_value_append(array, json_value_text(incident->evidence[i]));
    return array;
}

static json_t *make_incident(const void *element, const struct provider_table *providers)
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
                 {"class", slice_from_str(class)},
                 {"list", incident->list},
                 {"url", report_incident_link(incident, providers)},
                 {"advice", slice_from_str(incident_advice(incident, LANGUAGE_EN))}};
    json_t *object = json_value_object();
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        json_value_put_text(object, texts[i].key, texts[i].text);
    json_value_put_time(object, "opened", incident->opened_us);
    json_value_put_time(object, "closed", incident->closed_us);
    json_value_put_time(object, "last_hit", incident->last_hit_us);
    PUT_COUNTS(object, {"attempts", incident->attempts}, {"hits", incident->hits},
               {"messages", incident->messages});
    if (surge)
        json_value_put_real(object, "normal_per_hour", incident->normal);
    json_value_put(object, "evidence", make_evidence(incident));
    return object;
}

static json_t *make_slow(const void *element, const struct provider_table *providers)
{
    (void)providers;
    const struct summary_slow *slow = element;
    json_t *object = json_value_object();
    json_value_put_text(object, "relay", slow->relay);
    json_value_put_text(object, "queue_id", slow->queue_id);
    json_value_put_text(object, "to", slow->to);
    json_value_put_text(object, "provider", slow->provider);
    json_value_put_text(object, "reason", slow->reason);
    json_value_put_real(object, "delay", slow->delay_s);
    json_value_put_time(object, "time", slow->time_us);
    json_value_put_count(object, "attempts", slow->attempts);
    return object;
}

static json_t *make_template(const void *element, const struct provider_table *providers)
{
    (void)providers;
    const struct summary_template *template = element;
    json_t *object = json_value_object();
    json_value_put_text(object, "template", template->text);
    json_value_put_count(object, "attempts", template->count);
    json_value_put_text(object, "sample", template->sample);
    return object;
}

static json_t *make_suffix(const void *element, const struct provider_table *providers)
{
    (void)providers;
    const struct summary_suffix *suffix = element;
    json_t *object = json_value_object();
    json_value_put_text(object, "suffix", suffix->suffix);
    json_value_put_count(object, "attempts", suffix->attempts);
    return object;
}

/* ---- the whole ---- */

static json_t *make_period(const struct summary *summary)
{
    json_t *object = json_value_object();
    json_value_put_time(object, "first", summary->first_us);
    json_value_put_time(object, "last", summary->last_us);
    return object;
}

/* Adds to what is there: two names may be the same once their bytes are valid UTF-8. */
static void add_program(json_t *by_name, const struct summary_program *program)
{
    json_t *name = json_value_text(program->name.len ? program->name : SLICE("-"));
    const char *key = json_string_value(name);
    const json_t *there = json_object_get(by_name, key);
    json_int_t read = json_integer_value(json_object_get(there, "read"));
    json_int_t unknown = json_integer_value(json_object_get(there, "unknown"));
    json_t *object = json_value_object();
    PUT_COUNTS(object, {"read", program->read + (uint64_t)read},
               {"unknown", program->unknown + (uint64_t)unknown});
    json_value_put_text(object, "sample", program->sample);
    json_value_put(by_name, key, object);
    json_decref(name);
}

static json_t *make_lines(const struct summary *summary)
{
    json_t *object = json_value_object(), *by_name = json_value_object();
    PUT_COUNTS(object, {"read", summary->lines_read}, {"parsed", summary->lines_parsed},
               {"unknown", summary->lines_unknown}, {"cut", summary->lines_cut},
               {"without_time", summary->lines_without_time}, {"outside", summary->lines_outside},
               {"mail", summary->lines_mail});
    for (size_t i = 0; i < summary->program_count; i++)
        add_program(by_name, &summary->programs[i]);
    json_value_put(object, "by_program", by_name);
    return object;
}

static json_t *make_records(const struct summary *summary)
{
    json_t *object = json_value_object();
    for (size_t i = 0; i < DELIVERY_STATUS_COUNT; i++)
        json_value_put_count(object, delivery_status_word((enum delivery_status)i),
                             summary->records[i]);
    return object;
}

static json_t *make_reachability(const struct summary *summary)
{
    uint64_t good = summary->reachability_good, bad = summary->reachability_bad;
    enum report_verdict verdict = report_judge(good, bad, REPORT_REACH_TARGET);
    json_t *object = json_value_object(), *by_cause = json_value_object();
    PUT_COUNTS(object, {"good", good}, {"bad", bad});
    json_value_put_ratio(object, "ratio", good, good + bad);
    json_value_put_real(object, "lower", proportion_lower(good, good + bad));
    json_value_put_real(object, "upper", proportion_upper(good, good + bad));
    json_value_put_real(object, "target", REPORT_REACH_TARGET);
    json_value_put_text(object, "verdict", slice_from_str(report_verdict_word(verdict)));
    PUT_COUNTS(by_cause, {"address", summary->bad_address}, {"ours", summary->bad_ours},
               {"other", summary->bad_other});
    json_value_put(object, "bad_by_cause", by_cause);
    return object;
}

static json_t *make_sli(const struct summary *summary)
{
    json_t *object = json_value_object();
    json_value_put(object, "reachability", make_reachability(summary));
    json_value_put(object, "latency", make_latency(&summary->latency));
    return object;
}

static json_t *make_timeline(const struct summary *summary)
{
    json_t *object = json_value_object(), *bins = json_value_array();
    for (size_t i = 0; i < summary->bins; i++) {
        const struct summary_bin *bin = &summary->timeline[i];
        json_t *one = json_value_object();
        json_value_put_time(one, "time", summary->bin_start_us + (int64_t)i * summary->bin_us);
        PUT_COUNTS(one, {"sent", bin->sent}, {"deferred", bin->deferred}, {"bounced", bin->bounced},
                   {"blocked", bin->blocked});
        json_value_append(bins, one);
    }
    json_value_put_real(object, "bin_s", (double)summary->bin_us / 1e6);
    json_value_put(object, "bins", bins);
    return object;
}

static void put_lists(json_t *object, const struct summary *summary,
                      const struct provider_table *providers)
{
#define LIST(key, member, length, make) \
    put_list(object, key, \
             (struct list){summary->member, summary->length, sizeof(*summary->member)}, make, \
             providers)
    LIST("providers", providers, provider_count, make_path);
    LIST("sources", sources, source_count, make_path);
    LIST("paths", paths, path_count, make_path);
    LIST("classes", classes, class_count, make_class);
    LIST("logins", logins, login_count, make_login);
    LIST("incidents", incidents, incident_count, make_incident);
    LIST("slowest", slowest, slow_count, make_slow);
    LIST("unknown_replies", templates, template_count, make_template);
    LIST("unknown_suffixes", suffixes, suffix_count, make_suffix);
#undef LIST
}

void report_json(const struct summary *summary, const struct provider_table *providers,
                 struct buf *to)
{
    json_t *report = json_value_object();
    json_value_put(report, "period", make_period(summary));
    json_value_put(report, "lines", make_lines(summary));
    json_value_put(report, "records", make_records(summary));
    PUT_COUNTS(report, {"messages", summary->messages}, {"flushed", summary->flushed},
               {"logins_distinct", summary->logins_distinct},
               {"login_failures", summary->login_failures},
               {"login_failure_clients", summary->login_failure_clients});
    json_value_put(report, "attempts", make_attempts(&summary->attempts));
    json_value_put(report, "outcomes", make_outcomes(&summary->outcomes));
    json_value_put(report, "sli", make_sli(summary));
    put_lists(report, summary, providers);
    json_value_put(report, "timeline", make_timeline(summary));
    json_value_print(report, true, to);
}
