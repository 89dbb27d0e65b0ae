/* SPDX-License-Identifier: Apache-2.0
 *
 * Detectors with evidence. See incident_watch.h.
 */
#include "watch/incident_watch.h"

#include <string.h>

#include "base/memory.h"

#define WATCHES_MAX 16384
#define INCIDENTS_MAX 10000
#define EVIDENCE_BYTES 1000
#define PEERS_LEAST 3 /* attempts on other paths, below which they tell nothing */

/* How the other paths of the provider fared, as running totals. */
struct provider_counts {
    uint64_t reached, unreached, unexplained;
};

/* A copy of some text; room is made for what comes, not for what might. */
struct kept {
    char *bytes; /* owned */
    uint32_t len, room;
};

struct path_watch {
    struct path_watch *next; /* of the same path, in order of trouble */
    struct path_detector detector;
    enum trouble trouble;
    uint32_t path;
    uint32_t classes[REPLY_CLASS_COUNT];               /* of the hits of this run */
    struct kept first_line, last_line, list, url;      /* last_line: from the second hit on */
    struct provider_counts peers_before, peers_at_hit; /* totals of the other paths */
};

struct finished {
    uint32_t path;
    struct incident incident;
};

struct incident_watch {
    struct detector_rule rules[TROUBLE_COUNT];
    struct path_watch **watches; /* all of them, to visit and to free */
    uint32_t watch_count;
    struct finished *finished;
    uint32_t finished_count, finished_capacity;
    struct provider_counts *providers; /* [provider] */
    uint32_t provider_capacity;
    struct arena *arena;
};

struct incident_watch *incident_watch_new(const struct detector_rule *reply,
                                          const struct detector_rule *silent)
{
    struct incident_watch *watch = MEM_NEW(struct incident_watch);
    for (size_t i = 0; i < TROUBLE_COUNT; i++)
        watch->rules[i] = *reply;
    watch->rules[TROUBLE_SILENT] = watch->rules[TROUBLE_UNEXPLAINED] = *silent;
    watch->watches = MEM_NEW_ARRAY(struct path_watch *, WATCHES_MAX);
    watch->arena = arena_new(8192);
    return watch;
}

void incident_watch_free(struct incident_watch *watch)
{
    if (watch == NULL)
        return;
    for (uint32_t i = 0; i < watch->watch_count; i++) {
        struct path_watch *one = watch->watches[i];
        mem_free(one->first_line.bytes);
        mem_free(one->last_line.bytes);
        mem_free(one->list.bytes);
        mem_free(one->url.bytes);
        mem_free(one);
    }
    mem_free(watch->watches);
    mem_free(watch->finished);
    mem_free(watch->providers);
    arena_free(watch->arena);
    mem_free(watch);
}

/* Which kind of trouble a failed attempt is evidence of; false: of none. */
static bool trouble_of(const struct path_event *event, enum trouble *out)
{
    if (event->delivered)
        return false;
    if (!event->answered) {
        *out = TROUBLE_SILENT; /* whatever a rule makes of the silence */
        return true;
    }
    switch (event->class) {
    case REPLY_CLASS_BLOCK_IP:
    case REPLY_CLASS_BLOCK_DOMAIN:
        *out = TROUBLE_BLOCK;
        return true;
    case REPLY_CLASS_RATE:
        *out = TROUBLE_RATE;
        return true;
    case REPLY_CLASS_AUTH:
    case REPLY_CLASS_DNS_PTR:
    case REPLY_CLASS_TLS:
        *out = TROUBLE_CONFIGURATION;
        return true;
    case REPLY_CLASS_UNKNOWN:
    case REPLY_CLASS_REMOTE_SYSTEM:
        *out = TROUBLE_UNEXPLAINED;
        return true;
    case REPLY_CLASS_ADDR_DEAD:
    case REPLY_CLASS_ADDR_INACTIVE:
    case REPLY_CLASS_ADDR_QUOTA:
    case REPLY_CLASS_RATE_RCPT:
    case REPLY_CLASS_GREYLIST:
    case REPLY_CLASS_POLICY:
    case REPLY_CLASS_CONTENT_SPAM:
    case REPLY_CLASS_CONTENT_SIZE:
    case REPLY_CLASS_CONTENT_MALFORMED:
    case REPLY_CLASS_NETWORK:
    case REPLY_CLASS_PROTOCOL:
    case REPLY_CLASS_LOCAL:
    case REPLY_CLASS_NOT_BOUNCE:
        break;
    }
    return false;
}

static struct provider_counts *counts_of(struct incident_watch *watch, uint32_t provider)
{
    if (provider >= watch->provider_capacity) {
        uint32_t capacity = watch->provider_capacity ? watch->provider_capacity : 64;
        while (capacity <= provider)
            capacity *= 2;
        watch->providers = mem_resize(watch->providers, capacity, sizeof(*watch->providers));
        for (uint32_t i = watch->provider_capacity; i < capacity; i++)
            watch->providers[i] = (struct provider_counts){0};
        watch->provider_capacity = capacity;
    }
    return &watch->providers[provider];
}

static struct provider_counts peers_of(struct incident_watch *watch, const struct path *path)
{
    const struct provider_counts *all = counts_of(watch, path->provider);
    return (struct provider_counts){
        .reached = all->reached - path->reached,
        .unreached = all->unreached - path->unreached,
        .unexplained = all->unexplained - path->unexplained,
    };
}

/* Makes the watch of this trouble if the path has none. */
static void begin_watch(struct incident_watch *watch, struct path *path, enum trouble trouble,
                        const struct path_event *event)
{
    struct path_watch **place = &path->watches;
    while (*place != NULL && (*place)->trouble < trouble)
        place = &(*place)->next;
    if ((*place != NULL && (*place)->trouble == trouble) || watch->watch_count == WATCHES_MAX)
        return;
    struct path_watch *made = MEM_NEW(struct path_watch);
    made->next = *place;
    made->trouble = trouble;
    made->path = event->path;
    path_detector_init(&made->detector, event->prior_attempts);
    watch->watches[watch->watch_count++] = made;
    *place = made;
}

static void kept_set(struct kept *kept, struct slice value)
{
    value = slice_first(value, EVIDENCE_BYTES);
    if (value.len > kept->room) {
        kept->room = (uint32_t)(value.len + 31) / 32 * 32;
        kept->bytes = mem_resize(kept->bytes, kept->room, 1);
    }
    if (value.len > 0)
        memcpy(kept->bytes, value.ptr, value.len);
    kept->len = (uint32_t)value.len;
}

static void begin_run(struct incident_watch *watch, struct path_watch *one, const struct path *path,
                      struct slice line)
{
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        one->classes[i] = 0;
    kept_set(&one->first_line, line);
    one->list.len = one->url.len = 0;
    one->peers_before = peers_of(watch, path);
}

static void note_hit(struct incident_watch *watch, struct path_watch *one, const struct path *path,
                     const struct path_event *event)
{
    if (one->detector.run.hits == 1)
        begin_run(watch, one, path, event->line);
    else
        kept_set(&one->last_line, event->line);
    one->classes[event->answered ? event->class : REPLY_CLASS_NETWORK]++;
    one->peers_at_hit = peers_of(watch, path);
    if (event->list.len > 0)
        kept_set(&one->list, event->list);
    if (event->url.len > 0)
        kept_set(&one->url, event->url);
}

static enum reply_class main_class(const struct path_watch *one)
{
    size_t best = 0;
    for (size_t i = 1; i < REPLY_CLASS_COUNT; i++)
        if (one->classes[i] > one->classes[best])
            best = i;
    return (enum reply_class)best;
}

/* No words tell: how did the provider's other paths fare meanwhile? */
static enum incident_kind kind_by_peers(const struct path_watch *one)
{
    uint64_t good = one->peers_at_hit.reached - one->peers_before.reached;
    uint64_t bad = one->peers_at_hit.unreached - one->peers_before.unreached;
    if (one->trouble == TROUBLE_UNEXPLAINED) {
        bad = one->peers_at_hit.unexplained - one->peers_before.unexplained;
        good -= bad;
    }
    if (good + bad < PEERS_LEAST)
        return INCIDENT_UNREACHABLE;
    return good > bad ? INCIDENT_SILENT_BLOCK : INCIDENT_OUTAGE;
}

static enum incident_kind kind_of(const struct path_watch *one)
{
    switch (one->trouble) {
    case TROUBLE_BLOCK:
        return INCIDENT_BLOCK;
    case TROUBLE_RATE:
        return INCIDENT_SLOW_DOWN;
    case TROUBLE_CONFIGURATION:
        return INCIDENT_CONFIGURATION;
    case TROUBLE_SILENT:
    case TROUBLE_UNEXPLAINED:
        break;
    }
    return kind_by_peers(one);
}

static struct slice keep(struct incident_watch *watch, const struct kept *kept)
{
    return slice_of(arena_copy(watch->arena, kept->bytes, kept->len), kept->len);
}

static struct incident incident_from(struct incident_watch *watch, const struct path_watch *one,
                                     bool closed)
{
    const struct path_detector *detector = &one->detector;
    struct incident incident = {
        .kind = kind_of(one),
        .opened_us = detector->first_hit_us,
        .closed_us = closed ? detector->recovered_us : INCIDENT_OPEN,
        .last_hit_us = detector->last_hit_us,
        .attempts = detector->run.attempts,
        .hits = detector->run.hits,
        .messages = detector->run.messages,
        .class = main_class(one),
        .list = keep(watch, &one->list),
        .url = keep(watch, &one->url),
        .evidence_count = detector->run.hits > 1 ? 2 : 1,
    };
    incident.evidence[0] = keep(watch, &one->first_line);
    if (incident.evidence_count > 1)
        incident.evidence[1] = keep(watch, &one->last_line);
    return incident;
}

/* Replies that explain nothing are no incident as long as nobody can tell whose trouble it is: the
 * server can be reached, and its words are in the report. */
static bool is_worth_telling(const struct path_watch *one)
{
    return one->trouble != TROUBLE_UNEXPLAINED || kind_of(one) != INCIDENT_UNREACHABLE;
}

static void finish(struct incident_watch *watch, const struct path_watch *one, bool closed)
{
    if (watch->finished_count == INCIDENTS_MAX || !is_worth_telling(one))
        return;
    if (watch->finished_count == watch->finished_capacity) {
        watch->finished_capacity = watch->finished_capacity ? watch->finished_capacity * 2 : 16;
        watch->finished =
            mem_resize(watch->finished, watch->finished_capacity, sizeof(struct finished));
    }
    watch->finished[watch->finished_count++] =
        (struct finished){one->path, incident_from(watch, one, closed)};
}

static void feed(struct incident_watch *watch, struct path_watch *one, struct path *path,
                 const struct path_event *event, bool hit)
{
    struct detector_sample sample = {hit, event->delivered, event->message, event->time_us};
    const struct detector_rule *rule = &watch->rules[one->trouble];
    enum detector_event told = path_detector_take(&one->detector, rule, &sample);
    if (hit)
        note_hit(watch, one, path, event);
    if (told == DETECTOR_CLOSED)
        finish(watch, one, true);
}

void incident_watch_take(struct incident_watch *watch, struct path *path,
                         const struct path_event *event)
{
    struct provider_counts *counts = counts_of(watch, path->provider);
    enum trouble hit = TROUBLE_SILENT;
    bool is_trouble = trouble_of(event, &hit);
    bool reached = event->delivered || event->answered;
    *(reached ? &counts->reached : &counts->unreached) += 1;
    *(reached ? &path->reached : &path->unreached) += 1;
    bool unexplained = is_trouble && hit == TROUBLE_UNEXPLAINED;
    counts->unexplained += unexplained;
    path->unexplained += unexplained;
    if (is_trouble)
        begin_watch(watch, path, hit, event);
    for (struct path_watch *one = path->watches; one != NULL; one = one->next)
        feed(watch, one, path, event, is_trouble && one->trouble == hit);
}

void incident_watch_visit(struct incident_watch *watch, incident_visit visit, void *data)
{
    for (uint32_t i = 0; i < watch->watch_count; i++)
        if (watch->watches[i]->detector.open)
            finish(watch, watch->watches[i], false);
    for (uint32_t i = 0; i < watch->finished_count; i++)
        visit(data, watch->finished[i].path, &watch->finished[i].incident);
}
