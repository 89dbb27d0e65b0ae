/* SPDX-License-Identifier: Apache-2.0
 *
 * Attempts into volumes and counts. See route_traffic.h.
 */
#include "app/route_traffic.h"

#include <string.h>

#include "app/route_domains.h"
#include "app/route_queue_count.h"
#include "app/route_senders.h"
#include "base/civil.h"
#include "base/intern.h"

#define HOUR_US (3600 * US_PER_SECOND)
#define DAY_HOURS 24
#define DAYS 7
#define HOURS (DAYS * DAY_HOURS + 1) /* and the one that has begun */
#define KEY_BYTES_MAX 1024

/* First tries by [hour % HOURS]; of hours after `newest` there are none yet. */
struct traffic_hours {
    uint32_t recipients[HOURS];
    int64_t newest;
};

struct traffic_path {
    struct traffic_hours hours;
    struct route_count count; /* since the last report, as the rest */
    uint64_t deferred, bounced;
};

struct route_traffic {
    struct arena *arena;
    struct slice relay;
    struct slice sources[TRAFFIC_SOURCES];
    size_t source_count;
    const bool *muted;
    struct intern *keys;        /* "SOURCE PROVIDER" */
    struct traffic_path *paths; /* by number of the key */
    size_t room;
    struct traffic_hours all;
    int64_t first_hour; /* of which anything is known; INT64_MAX: none */
    struct route_domains *domains;
    struct route_senders *senders;
    struct route_watchlist *watchlist;
    const struct tally *tally;
    struct route_queue_count *queue; /* NULL: no tally is observed */
};

static struct slice keep(struct route_traffic *traffic, struct slice text)
{
    return slice_of(arena_copy(traffic->arena, text.ptr ? text.ptr : "", text.len), text.len);
}

struct route_traffic *route_traffic_new(const struct fleet *fleet, const bool *muted)
{
    struct route_traffic *traffic = MEM_NEW(struct route_traffic);
    traffic->arena = arena_new(1024);
    traffic->relay = keep(traffic, fleet->relay);
    for (size_t i = 0; i < fleet->source_count && traffic->source_count < TRAFFIC_SOURCES; i++)
        if (fleet_is_here(&fleet->sources[i]))
            traffic->sources[traffic->source_count++] = keep(traffic, fleet->sources[i].name);
    traffic->muted = muted;
    traffic->keys = intern_new(TRAFFIC_PATHS);
    traffic->first_hour = INT64_MAX;
    traffic->domains = route_domains_new();
    traffic->senders = route_senders_new();
    traffic->watchlist = route_watchlist_new();
    return traffic;
}

void route_traffic_free(struct route_traffic *traffic)
{
    if (traffic == NULL)
        return;
    arena_free(traffic->arena);
    intern_free(traffic->keys);
    mem_free(traffic->paths);
    route_domains_free(traffic->domains);
    route_senders_free(traffic->senders);
    route_watchlist_free(traffic->watchlist);
    route_queue_count_free(traffic->queue);
    mem_free(traffic);
}

struct route_watchlist *route_traffic_watchlist(struct route_traffic *traffic)
{
    return traffic->watchlist;
}

bool route_traffic_has_domain(const struct route_traffic *traffic, struct slice provider)
{
    return route_domains_any(traffic->domains, provider);
}

struct slice route_traffic_provider(const struct route_traffic *traffic, struct slice domain)
{
    return route_domains_provider(traffic->domains, domain);
}

/* ---- hours ---- */

static uint32_t *slot(struct traffic_hours *hours, int64_t hour)
{
    return &hours->recipients[((hour % HOURS) + HOURS) % HOURS];
}

static void advance_hours(struct traffic_hours *hours, int64_t hour)
{
    if (hour - hours->newest > HOURS)
        hours->newest = hour - HOURS;
    while (hours->newest < hour)
        *slot(hours, ++hours->newest) = 0;
}

static void add_hours(struct traffic_hours *hours, int64_t hour, uint64_t recipients)
{
    advance_hours(hours, hour);
    uint32_t *to = slot(hours, hour);
    if (hour > hours->newest - HOURS)
        *to = recipients > UINT32_MAX - *to ? UINT32_MAX : *to + (uint32_t)recipients;
}

/* Of the last `count` hours before now; the oldest of them has its part that is younger. */
static double sum_hours(struct traffic_hours *hours, int64_t count, int64_t now_us)
{
    int64_t hour = now_us / HOUR_US;
    double sum = 0, passed = (double)(now_us - hour * HOUR_US) / (double)HOUR_US;
    advance_hours(hours, hour);
    for (int64_t i = 0; i < count; i++)
        sum += *slot(hours, hour - i);
    return sum + (1 - passed) * *slot(hours, hour - count);
}

/* A relay that has a shorter past is not judged by days in which it was not known. */
static double usual_day(const struct route_traffic *traffic, struct traffic_hours *hours,
                        int64_t now_us)
{
    double days = 0;
    if (traffic->first_hour != INT64_MAX)
        days = (double)(now_us - traffic->first_hour * HOUR_US) / (double)HOUR_US / DAY_HOURS;
    days = days < 1 ? 1 : days > DAYS ? DAYS : days;
    return sum_hours(hours, DAYS * DAY_HOURS, now_us) / days;
}

/* ---- paths ---- */

static bool is_source(const struct route_traffic *traffic, struct slice name)
{
    for (size_t i = 0; i < traffic->source_count; i++)
        if (slice_eq(traffic->sources[i], name))
            return true;
    return false;
}

static struct slice key_of(struct slice source, struct slice provider, char to[KEY_BYTES_MAX])
{
    size_t len = source.len + 1 + provider.len;
    if (len > KEY_BYTES_MAX)
        return (struct slice){NULL, 0};
    memcpy(to, source.ptr, source.len);
    to[source.len] = ' ';
    memcpy(to + source.len + 1, provider.ptr ? provider.ptr : "", provider.len);
    return slice_of(to, len);
}

static struct traffic_path *path_find(struct route_traffic *traffic, struct slice source,
                                      struct slice provider)
{
    char bytes[KEY_BYTES_MAX];
    struct slice key = key_of(source, provider, bytes);
    uint32_t number = key.len == 0 ? INTERN_OTHER : intern_find(traffic->keys, key);
    return number == INTERN_OTHER ? NULL : &traffic->paths[number];
}

/* NULL: no room. Valid until the next one. */
static struct traffic_path *path_get(struct route_traffic *traffic, struct slice source,
                                     struct slice provider)
{
    char bytes[KEY_BYTES_MAX];
    struct slice key = key_of(source, provider, bytes);
    uint32_t number = key.len == 0 ? INTERN_OTHER : intern_id(traffic->keys, key);
    if (number == INTERN_OTHER)
        return NULL;
    if (number >= traffic->room) {
        size_t room = number < 16 ? 32 : (size_t)number * 2;
        traffic->paths = mem_resize(traffic->paths, room, sizeof(traffic->paths[0]));
        memset(traffic->paths + traffic->room, 0,
               (room - traffic->room) * sizeof(traffic->paths[0]));
        traffic->room = room;
    }
    return &traffic->paths[number];
}

static void add_volume(struct route_traffic *traffic, struct traffic_path *path, int64_t time_us,
                       uint64_t recipients)
{
    int64_t hour = time_us / HOUR_US;
    if (hour < traffic->first_hour)
        traffic->first_hour = hour;
    add_hours(&traffic->all, hour, recipients);
    if (path != NULL)
        add_hours(&path->hours, hour, recipients);
}

void route_traffic_load(struct route_traffic *traffic, const struct tally_path_names *names,
                        int64_t begin_us, uint64_t recipients)
{
    if (fleet_is_relay(traffic->relay, names->relay) && is_source(traffic, names->source))
        add_volume(traffic, path_get(traffic, names->source, names->provider), begin_us,
                   recipients);
}

/* ---- attempts ---- */

/* With a reply that says so, or without any. */
static bool is_refusal(enum reply_class class)
{
    return class == REPLY_CLASS_BLOCK_IP || class == REPLY_CLASS_NETWORK;
}

static void count(struct traffic_path *path, const struct tally_attempt *told)
{
    const struct verdict *verdict = told->verdict;
    path->count.attempts++;
    if (verdict == NULL) {
        path->count.delivered++;
        return;
    }
    path->count.refused += is_refusal(verdict->class);
    path->count.slowed += verdict->class == REPLY_CLASS_RATE;
    *(told->attempt->status == DELIVERY_BOUNCED ? &path->bounced : &path->deferred) += 1;
}

enum route_probe_result route_traffic_result(const struct verdict *verdict)
{
    if (verdict == NULL)
        return ROUTE_PROBE_DELIVERED;
    return is_refusal(verdict->class) || verdict->class == REPLY_CLASS_RATE ? ROUTE_PROBE_REFUSED
                                                                            : ROUTE_PROBE_UNCLEAR;
}

/* Only a host of the provider itself tells whose mail a domain's is. */
static void note(struct route_traffic *traffic, const struct tally_attempt *told)
{
    const struct log_record *record = told->attempt->record;
    struct slice recipient = log_record_get(record, LOG_FIELD_TO);
    const char *at = slice_find_last_char(recipient, '@');
    if (at == NULL)
        return;
    if (log_record_get(record, LOG_FIELD_RELAY_HOST).len > 0)
        route_domains_note(traffic->domains, slice_between(at + 1, slice_end(recipient)),
                           told->names.provider);
    if (told->verdict == NULL)
        route_watchlist_delivered(traffic->watchlist, told->names.provider, recipient);
}

static void watch(struct route_traffic *traffic, const struct tally_attempt *told)
{
    const struct verdict *verdict = told->verdict;
    struct route_watch_attempt attempt = {
        .path = {.source = told->names.source, .provider = told->names.provider},
        .recipient = log_record_get(told->attempt->record, LOG_FIELD_TO),
        .result = route_traffic_result(verdict),
        .of_recipient = verdict != NULL && verdict->scope == REPLY_SCOPE_RECIPIENT,
    };
    route_watchlist_attempt(traffic->watchlist, &attempt);
}

static void take_attempt(void *data, const struct tally_attempt *told)
{
    struct route_traffic *traffic = data;
    const struct attempt *attempt = told->attempt;
    if (!fleet_is_relay(traffic->relay, told->names.relay))
        return;
    route_queue_count_attempt(traffic->queue, told);
    if (attempt->exclusion != ATTEMPT_COUNTS || told->path == 0 ||
        !is_source(traffic, told->names.source))
        return;
    struct traffic_path *path = path_get(traffic, told->names.source, told->names.provider);
    if (attempt->recipient->attempts == 0) {
        add_volume(traffic, path, attempt->time_us, 1);
        route_senders_note(traffic->senders, told->names.provider,
                           tally_sender(traffic->tally, attempt->message));
    }
    note(traffic, told);
    if (path == NULL || (traffic->muted != NULL && *traffic->muted))
        return;
    count(path, told);
    watch(traffic, told);
}

static void take_outcome(void *data, const struct outcome_event *event)
{
    const struct route_traffic *traffic = data;
    if (fleet_is_relay(traffic->relay, tally_relay(traffic->tally, event->message)))
        route_queue_count_outcome(traffic->queue, event);
}

void route_traffic_observe(struct route_traffic *traffic, struct tally *tally)
{
    struct tally_observer observer = {
        .data = traffic, .attempt = take_attempt, .outcome = take_outcome};
    ASSERT(traffic->tally == NULL);
    traffic->tally = tally;
    traffic->queue = route_queue_count_new(tally);
    tally_observe(tally, &observer);
}

/* ---- reports ---- */

static struct route_report_path report_path(struct route_traffic *traffic, struct slice source,
                                            struct route_report *report, int64_t now_us)
{
    struct traffic_path *path = path_find(traffic, source, report->provider);
    struct route_report_path out = {
        .source = slice_of(arena_copy(report->arena, source.ptr, source.len), source.len)};
    if (path == NULL)
        return out;
    out.volume = (struct route_volume){.usual_day = usual_day(traffic, &path->hours, now_us),
                                       .last_day = sum_hours(&path->hours, DAY_HOURS, now_us),
                                       .last_hour = sum_hours(&path->hours, 1, now_us)};
    out.count = path->count;
    out.deferred = path->deferred;
    out.bounced = path->bounced;
    path->count = (struct route_count){0};
    path->deferred = path->bounced = 0;
    return out;
}

static void copy_all(struct slice *texts, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        texts[i].ptr = arena_copy(arena, texts[i].ptr, texts[i].len);
}

static void report_senders(struct route_traffic *traffic, struct route_report *report)
{
    route_senders_list(traffic->senders, report->provider, &report->senders);
    for (size_t i = 0; i < report->senders.count; i++)
        copy_all(&report->senders.rows[i].domain, 1, report->arena);
}

static void report_watched(struct route_traffic *traffic, struct route_report *report)
{
    struct route_report_probe probe;
    report->recipient_count = route_watchlist_recipients(
        traffic->watchlist, report->provider, report->recipients, ROUTE_REPORT_RECIPIENTS);
    copy_all(report->recipients, report->recipient_count, report->arena);
    report->probes = arena_alloc(report->arena, ROUTE_REPORT_PROBES * sizeof(report->probes[0]));
    while (report->probe_count < ROUTE_REPORT_PROBES &&
           route_watchlist_take_result(traffic->watchlist, report->provider, &probe.id,
                                       &probe.result)) {
        copy_all(&probe.id, 1, report->arena);
        report->probes[report->probe_count++] = probe;
    }
}

struct route_report *route_traffic_report(struct route_traffic *traffic, struct slice provider,
                                          int64_t now_us, bool afresh)
{
    struct arena *arena = arena_new(4096);
    struct route_report *report = arena_alloc(arena, sizeof(*report));
    *report = (struct route_report){.arena = arena, .provider = provider};
    copy_all(&report->provider, 1, arena);
    report->usual_day = usual_day(traffic, &traffic->all, now_us);
    report->paths = arena_alloc(arena, (traffic->source_count + 1) * sizeof(report->paths[0]));
    report->path_count = traffic->source_count;
    for (size_t i = 0; i < traffic->source_count; i++)
        report->paths[i] = report_path(traffic, traffic->sources[i], report, now_us);
    if (traffic->queue != NULL)
        report->waiting = route_queue_count_get(traffic->queue, provider);
    report->new_domains = route_domains_news(traffic->domains, provider) || afresh;
    if (report->new_domains)
        report->domains =
            route_domains_list(traffic->domains, provider, arena, &report->domain_count);
    copy_all(report->domains, report->domain_count, arena);
    report_senders(traffic, report);
    report_watched(traffic, report);
    return report;
}
