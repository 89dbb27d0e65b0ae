/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary of a tally: names instead of numbers, rows in the order in which they are read.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "mail/log_line.h"
#include "watch/incident_reach.h"
#include "watch/ranking.h"
#include "watch/tally_private.h"

#define LOGINS_SHOWN 100
#define ROWS_SHOWN 1000
#define TEMPLATES_SHOWN 20
#define SUFFIXES_SHOWN 50
#define FULL_SHOWN 100

struct writer {
    struct tally *tally;
    struct summary *out;
    size_t incident_capacity;
};

static struct slice keep(struct writer *writer, struct slice s)
{
    return slice_of(arena_copy(writer->out->arena, s.ptr, s.len), s.len);
}

static struct slice keep_buf(struct writer *writer, const struct buf *buf)
{
    return keep(writer, buf_slice(buf));
}

#define DEFINE_DESCENDING(name, type, member) \
    static int name(const void *a, const void *b) \
    { \
        const type *x = a, *y = b; \
        return (x->member < y->member) - (x->member > y->member); \
    }

DEFINE_DESCENDING(by_lines_read, struct summary_program, read)
DEFINE_DESCENDING(by_attempts, struct summary_path, attempts.total)
DEFINE_DESCENDING(by_class_attempts, struct summary_class, attempts)
DEFINE_DESCENDING(by_delay, struct summary_slow, delay_s)
DEFINE_DESCENDING(by_count, struct summary_template, count)
DEFINE_DESCENDING(by_suffix_attempts, struct summary_suffix, attempts)

static int by_open_and_newest(const void *a, const void *b)
{
    const struct incident *x = a, *y = b;
    bool x_open = x->closed_us == INCIDENT_OPEN, y_open = y->closed_us == INCIDENT_OPEN;
    if (x_open != y_open)
        return x_open ? -1 : 1;
    return (x->opened_us < y->opened_us) - (x->opened_us > y->opened_us);
}

static size_t at_most(size_t count, size_t most)
{
    return count < most ? count : most;
}

/* ---- totals and programs ---- */

static void write_totals(struct writer *writer)
{
    const struct tally *tally = writer->tally;
    struct summary *out = writer->out;
    out->first_us = tally->first_us == INT64_MAX ? STAMP_NONE : tally->first_us;
    out->last_us = tally->last_us == INT64_MIN ? STAMP_NONE : tally->last_us;
    out->lines_read = tally->lines;
    out->lines_unknown = tally->unknown;
    out->lines_cut = tally->cut;
    out->lines_mail = tally->mail;
    out->login_failures = tally->login_failures;
    out->login_failure_clients = login_clients(tally->failure_clients);
    out->lines_parsed = tally->lines - tally->unknown;
    out->lines_without_time = tally->without_time;
    out->lines_outside = tally->outside;
    memcpy(out->records, tally->records, sizeof(out->records));
    out->messages = correlator_messages(tally->correlator);
    out->flushed = correlator_flushed(tally->correlator);
    out->attempts = tally->attempts;
    out->outcomes = tally->outcomes;
    out->reachability_good = tally->good;
    out->reachability_bad = tally->bad;
    out->bad_address = tally->bad_address;
    out->bad_ours = tally->bad_ours;
    out->bad_other = tally->bad_other;
}

static void write_programs(struct writer *writer)
{
    const struct tally *tally = writer->tally;
    struct summary *out = writer->out;
    uint32_t count = intern_count(tally->programs);
    out->programs = arena_alloc(out->arena, count * sizeof(*out->programs));
    for (uint32_t i = 0; i < count; i++) {
        const struct program_count *program = &tally->program_counts[i];
        if (program->read == 0)
            continue;
        struct slice name = intern_get(tally->programs, i);
        out->programs[out->program_count++] = (struct summary_program){
            .name = keep(writer, name.len ? name : SLICE("?")),
            .read = program->read,
            .unknown = program->unknown,
            .sample = keep_buf(writer, &program->sample),
        };
    }
    qsort(out->programs, out->program_count, sizeof(*out->programs), by_lines_read);
}

/* ---- paths, and their sums by provider and by source ---- */

static struct summary_latency latency_of(const struct tally *tally, const struct latency *latency,
                                         uint64_t within_target, uint64_t waiting_late)
{
    static const double shares[] = {0.5, 0.9, 0.99};
    double values[3];
    latency_quantiles(latency, shares, 3, values);
    return (struct summary_latency){
        .count = latency->count,
        .p50 = values[0],
        .p90 = values[1],
        .p99 = values[2],
        .max = latency->max_s,
        .within_target = within_target,
        .waiting_late = waiting_late,
        .target_s = tally->settings.latency_target_s,
    };
}

static bool is_used(const struct path *path)
{
    const struct summary_attempts *counts = &path->attempts;
    return counts->total + counts->reinjected + counts->repeated > 0;
}

enum path_names { NAMES_OF_PATH, NAMES_OF_PROVIDER, NAMES_OF_SOURCE };

/* A row with the names that apply, and no counts yet. */
static struct summary_path begin_row(struct writer *writer, const struct path *path,
                                     enum path_names names)
{
    const struct tally *tally = writer->tally;
    struct summary_path row = {
        .known = provider_book_row(tally->providers, path->provider) != NULL ||
                 path->provider == PROVIDER_LOCAL,
        .first_us = INT64_MAX,
        .last_us = INT64_MIN,
    };
    if (names != NAMES_OF_PROVIDER) {
        row.relay = keep(writer, correlator_host(tally->correlator, path->relay));
        row.source = keep(writer, intern_get(tally->sources, path->source));
    }
    if (names != NAMES_OF_SOURCE)
        row.provider = keep(writer, provider_book_name(tally->providers, path->provider));
    return row;
}

/* Structs of nothing but uint64_t counters are summed as arrays of them. */
static void add_counters(void *to, const void *from, size_t bytes)
{
    uint64_t *sum = to;
    const uint64_t *more = from;
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++)
        sum[i] += more[i];
}

static void add_path(struct summary_path *row, const struct path *path)
{
    add_counters(&row->attempts, &path->attempts, sizeof(row->attempts));
    add_counters(&row->outcomes, &path->outcomes, sizeof(row->outcomes));
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        row->classes[i] += path->classes[i];
    row->latency.within_target += path->within_target;
    row->latency.waiting_late += path->waiting_late;
    row->first_us = path->first_us < row->first_us ? path->first_us : row->first_us;
    row->last_us = path->last_us > row->last_us ? path->last_us : row->last_us;
}

static void set_latency(const struct writer *writer, struct summary_path *row,
                        const struct latency *latency)
{
    row->latency =
        latency_of(writer->tally, latency, row->latency.within_target, row->latency.waiting_late);
}

/* The paths of each sum row, as chains of numbers + 1 in ascending order; 0 ends one. */
struct chains {
    uint32_t *first; /* [row], rows in order of their first path */
    uint32_t *next;  /* [path] */
    size_t rows;
};

static void chain_paths(const struct tally *tally, enum path_names names, struct chains *out)
{
    uint32_t count = path_table_count(tally->paths);
    struct intern *keys = intern_new(count); /* ids are dense: the number of the row + 1 */
    uint32_t *row_of = MEM_NEW_ARRAY(uint32_t, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct path *path = path_table_get(tally->paths, i);
        uint32_t key[2] = {names == NAMES_OF_PROVIDER ? path->provider : path->relay,
                           names == NAMES_OF_PROVIDER ? 0 : path->source};
        if (is_used(path))
            row_of[i] = intern_id(keys, slice_of((const char *)key, sizeof(key)));
    }
    out->rows = intern_count(keys) - 1;
    out->first = MEM_NEW_ARRAY(uint32_t, out->rows);
    out->next = row_of; /* each place is read before it is written */
    for (uint32_t i = count; i-- > 0;) {
        uint32_t row = row_of[i];
        if (row == 0)
            continue;
        out->next[i] = out->first[row - 1];
        out->first[row - 1] = i + 1;
    }
    intern_free(keys);
}

static struct summary_path sum_row(struct writer *writer, enum path_names names,
                                   const struct chains *chains, size_t number)
{
    struct tally *tally = writer->tally;
    struct latency latency = {0};
    uint32_t at = chains->first[number];
    struct summary_path row = begin_row(writer, path_table_get(tally->paths, at - 1), names);
    for (; at != 0; at = chains->next[at - 1]) {
        const struct path *path = path_table_get(tally->paths, at - 1);
        add_path(&row, path);
        latency_merge(&latency, &path->latency);
    }
    set_latency(writer, &row, &latency);
    latency_done(&latency);
    return row;
}

static size_t write_sums(struct writer *writer, enum path_names names, struct summary_path **out)
{
    struct chains chains;
    chain_paths(writer->tally, names, &chains);
    struct summary_path *rows = arena_alloc(writer->out->arena, chains.rows * sizeof(*rows));
    for (size_t i = 0; i < chains.rows; i++)
        rows[i] = sum_row(writer, names, &chains, i);
    qsort(rows, chains.rows, sizeof(*rows), by_attempts);
    mem_free(chains.first);
    mem_free(chains.next);
    *out = rows;
    return chains.rows;
}

static void write_paths(struct writer *writer)
{
    struct tally *tally = writer->tally;
    struct summary *out = writer->out;
    struct ranking ranking;
    ranking_begin(&ranking, ROWS_SHOWN);
    for (uint32_t i = 0; i < path_table_count(tally->paths); i++) {
        const struct path *path = path_table_get(tally->paths, i);
        if (is_used(path))
            ranking_add(&ranking, (struct ranked){.weight = path->attempts.total, .number = i});
    }
    ranking_settle(&ranking);
    out->path_count = ranking.count;
    out->paths = arena_alloc(out->arena, ranking.count * sizeof(*out->paths));
    for (size_t i = 0; i < ranking.count; i++) {
        const struct path *path = path_table_get(tally->paths, ranking.rows[i].number);
        out->paths[i] = begin_row(writer, path, NAMES_OF_PATH);
        add_path(&out->paths[i], path);
        set_latency(writer, &out->paths[i], &path->latency);
    }
    mem_free(ranking.rows);
}

/* ---- the rest of the rows ---- */

static void write_suffixes(struct writer *writer)
{
    struct summary *out = writer->out;
    out->suffixes = arena_alloc(out->arena, out->provider_count * sizeof(*out->suffixes));
    for (size_t i = 0; i < out->provider_count; i++)
        if (!out->providers[i].known)
            out->suffixes[out->suffix_count++] = (struct summary_suffix){
                out->providers[i].provider, out->providers[i].attempts.total};
    qsort(out->suffixes, out->suffix_count, sizeof(*out->suffixes), by_suffix_attempts);
    out->suffix_count = at_most(out->suffix_count, SUFFIXES_SHOWN);
}

static void write_classes(struct writer *writer)
{
    const struct tally *tally = writer->tally;
    struct summary *out = writer->out;
    out->classes = arena_alloc(out->arena, REPLY_CLASS_COUNT * sizeof(*out->classes));
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++) {
        const struct class_count *count = &tally->classes[i];
        if (count->attempts == 0)
            continue;
        out->classes[out->class_count++] = (struct summary_class){
            .class = (enum reply_class)i,
            .attempts = count->attempts,
            .temporary = count->temporary,
            .permanent = count->permanent,
            .sample = keep_buf(writer, &count->sample),
            .sample_provider = keep(writer, provider_book_name(tally->providers, count->provider)),
        };
    }
    qsort(out->classes, out->class_count, sizeof(*out->classes), by_class_attempts);
}

static struct summary_login login_row(struct writer *writer, uint32_t number,
                                      const struct login *login)
{
    return (struct summary_login){
        .name = keep(writer, correlator_login(writer->tally->correlator, number)),
        .messages = login->messages,
        .recipients = login->recipients,
        .outcomes = {login->outcomes.sent, login->outcomes.bounced, login->outcomes.expired,
                     login->outcomes.open, login->outcomes.discarded, login->outcomes.lost},
        .blocked = login->blocked,
        .auth_failures = login->auth_failures,
        .peak_hour = login->surge.peak,
        .clients = login_clients(login->client_bits),
        .surge = login->surge.surged,
    };
}

static void write_logins(struct writer *writer)
{
    const struct login_table *logins = writer->tally->logins;
    struct summary *out = writer->out;
    struct ranking ranking;
    ranking_begin(&ranking, LOGINS_SHOWN);
    for (uint32_t number = 1; number < login_table_count(logins); number++) {
        const struct login *login = login_table_get(logins, number);
        if (login->messages > 0 || login->recipients > 0)
            ranking_add(&ranking, (struct ranked){login->recipients, number, login->surge.surged});
    }
    ranking_settle(&ranking);
    out->logins_distinct = ranking.seen;
    out->login_count = ranking.count;
    out->logins = arena_alloc(out->arena, ranking.count * sizeof(*out->logins));
    for (size_t i = 0; i < ranking.count; i++) {
        uint32_t number = ranking.rows[i].number;
        out->logins[i] = login_row(writer, number, login_table_get(logins, number));
    }
    mem_free(ranking.rows);
}

static void write_slowest(struct writer *writer)
{
    const struct tally *tally = writer->tally;
    struct summary *out = writer->out;
    out->slowest = arena_alloc(out->arena, tally->slow_count * sizeof(*out->slowest));
    for (size_t i = 0; i < tally->slow_count; i++) {
        const struct slow_delivery *slow = &tally->slowest[i];
        out->slowest[i] = (struct summary_slow){
            .relay = keep(writer, correlator_host(tally->correlator, slow->host)),
            .queue_id = keep_buf(writer, &slow->queue_id),
            .to = keep_buf(writer, &slow->to),
            .provider = keep(writer, provider_book_name(tally->providers, slow->provider)),
            .reason = slow->attempts > 1 ? slice_from_str(reply_class_meaning(slow->class))
                                         : (struct slice){NULL, 0},
            .delay_s = slow->delay_s,
            .time_us = slow->time_us,
            .attempts = slow->attempts,
        };
    }
    out->slow_count = tally->slow_count;
    qsort(out->slowest, out->slow_count, sizeof(*out->slowest), by_delay);
}

static void write_templates(struct writer *writer)
{
    const struct template_table *table = writer->tally->templates;
    struct summary *out = writer->out;
    size_t count = template_table_count(table);
    out->templates = arena_alloc(out->arena, count * sizeof(*out->templates));
    for (size_t i = 0; i < count; i++) {
        struct template_row row = template_table_get(table, i);
        out->templates[i] =
            (struct summary_template){keep(writer, row.text), row.count, keep(writer, row.sample)};
    }
    qsort(out->templates, count, sizeof(*out->templates), by_count);
    out->template_count = at_most(count, TEMPLATES_SHOWN);
}

/* ---- incidents ---- */

static void add_incident(struct writer *writer, const struct incident *incident)
{
    struct summary *out = writer->out;
    if (incident->closed_us < writer->tally->settings.since_us)
        return;
    if (out->incident_count == writer->incident_capacity) {
        writer->incident_capacity = writer->incident_capacity ? writer->incident_capacity * 2 : 16;
        struct incident *more = arena_alloc(out->arena, writer->incident_capacity * sizeof(*more));
        if (out->incident_count > 0)
            memcpy(more, out->incidents, out->incident_count * sizeof(*more));
        out->incidents = more;
    }
    out->incidents[out->incident_count++] = *incident;
}

static void add_path_incident(void *data, uint32_t number, struct incident *incident)
{
    struct writer *writer = data;
    struct tally *tally = writer->tally;
    const struct path *path = path_table_get(tally->paths, number);
    incident->relay = keep(writer, correlator_host(tally->correlator, path->relay));
    incident->source = keep(writer, intern_get(tally->sources, path->source));
    incident->provider = keep(writer, provider_book_name(tally->providers, path->provider));
    incident->domain = keep(writer, incident->domain);
    incident->list = keep(writer, incident->list);
    incident->url = keep(writer, incident->url);
    for (size_t i = 0; i < incident->evidence_count; i++)
        incident->evidence[i] = keep(writer, incident->evidence[i]);
    add_incident(writer, incident);
}

static void add_surge(void *data, uint32_t login, struct incident *incident)
{
    struct writer *writer = data;
    incident->login = keep(writer, correlator_login(writer->tally->correlator, login));
    add_incident(writer, incident);
}

static bool overlaps(const struct incident *a, const struct incident *b)
{
    return a->opened_us <= b->closed_us && b->opened_us <= a->closed_us;
}

/* An outage is one incident of the provider, however many paths saw it. */
static void merge_outage(struct incident *into, const struct incident *other)
{
    if (other->opened_us < into->opened_us) {
        into->opened_us = other->opened_us;
        into->evidence[0] = other->evidence[0];
    }
    if (other->closed_us > into->closed_us)
        into->closed_us = other->closed_us;
    if (other->last_hit_us > into->last_hit_us)
        into->last_hit_us = other->last_hit_us;
    into->attempts += other->attempts;
    into->hits += other->hits;
    into->messages += other->messages;
    if (other->recipients > into->recipients) /* many are the same ones, tried on each path */
        into->recipients = other->recipients;
    if (other->logins > into->logins)
        into->logins = other->logins;
    if (!slice_eq(into->relay, other->relay))
        into->relay = (struct slice){NULL, 0};
    into->source = (struct slice){NULL, 0};
    into->scope = INCIDENT_SCOPE_EVERYONE;
}

static void merge_outages(struct summary *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->incident_count; i++) {
        struct incident *incident = &out->incidents[i];
        struct incident *into = NULL;
        for (size_t k = 0; k < kept && incident->kind == INCIDENT_OUTAGE && into == NULL; k++)
            if (out->incidents[k].kind == INCIDENT_OUTAGE &&
                slice_eq(out->incidents[k].provider, incident->provider) &&
                overlaps(&out->incidents[k], incident))
                into = &out->incidents[k];
        if (into != NULL)
            merge_outage(into, incident);
        else
            out->incidents[kept++] = *incident;
    }
    out->incident_count = kept;
}

/* Sources of this relay, or of all, that sent to the provider at all. */
static uint32_t sources_of(const struct writer *writer, const struct incident *incident,
                           bool same_relay)
{
    const struct tally *tally = writer->tally;
    uint32_t paths = path_table_count(tally->paths);
    uint32_t count = 0;
    for (uint32_t i = 0; i < paths; i++) {
        const struct path *path = path_table_get(tally->paths, i);
        count +=
            path->attempts.total > 0 &&
            slice_eq(provider_book_name(tally->providers, path->provider), incident->provider) &&
            (!same_relay ||
             slice_eq(correlator_host(tally->correlator, path->relay), incident->relay));
    }
    return count;
}

static enum incident_scope scope_of(const struct writer *writer, const struct incident *incident)
{
    const struct summary *out = writer->out;
    struct incident_reach reach = {0};
    if (incident->scope != INCIDENT_SCOPE_SOURCE)
        return incident->scope; /* the hits themselves told it */
    for (size_t i = 0; i < out->incident_count; i++) {
        const struct incident *other = &out->incidents[i];
        if (other->kind != incident->kind || !slice_eq(other->provider, incident->provider) ||
            !overlaps(other, incident))
            continue;
        reach.all.suffering++;
        reach.relay.suffering += slice_eq(other->relay, incident->relay);
    }
    if (reach.all.suffering > 1) {
        reach.all.used = sources_of(writer, incident, false);
        reach.relay.used = sources_of(writer, incident, true);
    }
    return incident_reach_scope(&reach);
}

static void write_incidents(struct writer *writer)
{
    struct summary *out = writer->out;
    int64_t now_us = writer->tally->last_us;
    incident_watch_visit(writer->tally->incidents, add_path_incident, writer);
    login_table_visit_surges(writer->tally->logins, now_us, add_surge, writer);
    merge_outages(out);
    for (size_t i = 0; i < out->incident_count; i++) {
        struct incident *incident = &out->incidents[i];
        if (incident->kind != INCIDENT_OUTAGE && incident->kind != INCIDENT_SURGE)
            incident->scope = scope_of(writer, incident);
    }
    if (out->incident_count > 0)
        qsort(out->incidents, out->incident_count, sizeof(*out->incidents), by_open_and_newest);
}

static void write_timeline(struct writer *writer)
{
    const struct timeline *timeline = &writer->tally->timeline;
    struct summary *out = writer->out;
    out->bin_start_us = timeline->start_us;
    out->bin_us = timeline->bin_us;
    out->bins = timeline_used(timeline);
    out->timeline = arena_alloc(out->arena, TIMELINE_BINS * sizeof(*out->timeline));
    memcpy(out->timeline, timeline->bins, TIMELINE_BINS * sizeof(*out->timeline));
}

void tally_finish(struct tally *tally, struct summary *out)
{
    if (tally->last_us != INT64_MIN)
        correlator_finish(tally->correlator, tally->last_us);
    *out = (struct summary){.arena = arena_new(65536)};
    struct writer writer = {.tally = tally, .out = out};
    write_totals(&writer);
    out->latency = latency_of(tally, &tally->latency, tally->within_target, tally->waiting_late);
    write_programs(&writer);
    write_paths(&writer);
    out->provider_count = write_sums(&writer, NAMES_OF_PROVIDER, &out->providers);
    out->source_count = write_sums(&writer, NAMES_OF_SOURCE, &out->sources);
    write_suffixes(&writer);
    write_classes(&writer);
    write_logins(&writer);
    write_slowest(&writer);
    full_mailboxes_write(tally->full, FULL_SHOWN, out->arena, &out->full);
    write_templates(&writer);
    write_incidents(&writer);
    write_timeline(&writer);
}
