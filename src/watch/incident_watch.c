/* SPDX-License-Identifier: Apache-2.0
 *
 * Detectors with evidence. See incident_watch.h.
 */
#include "watch/incident_watch_private.h"

#include <string.h>

#define EVIDENCE_BYTES 1000
#define SPARE_LOOKS 32
#define COMMON_PATHS 3
#define COMMON_RELAYS 2
#define REACHED_LEAST 10 /* attempts that a provider answered: it is no dead name */
#define PEERS_LEAST 3    /* attempts on other paths, below which they tell nothing */

struct incident_watch *incident_watch_new(const struct detector_rule *reply,
                                          const struct detector_rule *silent)
{
    struct incident_watch *watch = MEM_NEW(struct incident_watch);
    for (size_t i = 0; i < TROUBLE_COUNT; i++)
        watch->rules[i] = *reply;
    watch->rules[TROUBLE_SILENT] = watch->rules[TROUBLE_UNEXPLAINED] = *silent;
    watch->watches = MEM_NEW_ARRAY(struct path_watch *, WATCHES_MAX);
    watch->changed = MEM_NEW_ARRAY(struct path_watch *, WATCHES_MAX);
    watch->arena = arena_new(8192);
    return watch;
}

static void free_watch(struct path_watch *one)
{
    mem_free(one->first_line.bytes);
    mem_free(one->last_line.bytes);
    mem_free(one->list.bytes);
    mem_free(one->url.bytes);
    mem_free(one->domain.bytes);
    mem_free(one);
}

static void free_groups(struct incident_group *group)
{
    while (group != NULL) {
        struct incident_group *next = group->next;
        mem_free(group);
        group = next;
    }
}

void incident_watch_free(struct incident_watch *watch)
{
    if (watch == NULL)
        return;
    for (uint32_t i = 0; i < watch->watch_count; i++)
        free_watch(watch->watches[i]);
    for (uint32_t i = 0; i < watch->provider_capacity; i++)
        free_groups(watch->providers[i].groups);
    mem_free(watch->watches);
    mem_free(watch->changed);
    mem_free(watch->changed_providers);
    mem_free(watch->chains);
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
    case REPLY_CLASS_CONTENT_SPAM:
    case REPLY_CLASS_CONTENT_SIZE:
    case REPLY_CLASS_CONTENT_MALFORMED:
        *out = TROUBLE_CONTENT;
        return true;
    case REPLY_CLASS_AUTH:
        *out = TROUBLE_AUTHENTICATION;
        return true;
    case REPLY_CLASS_DNS_PTR:
        *out = TROUBLE_DNS;
        return true;
    case REPLY_CLASS_TLS:
    case REPLY_CLASS_PROTOCOL:
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
    case REPLY_CLASS_NETWORK:
    case REPLY_CLASS_LOCAL:
    case REPLY_CLASS_NOT_BOUNCE:
        break;
    }
    return false;
}

struct provider_state *incident_watch_provider(struct incident_watch *watch, uint32_t provider)
{
    if (provider >= watch->provider_capacity) {
        uint32_t capacity = watch->provider_capacity ? watch->provider_capacity : 64;
        while (capacity <= provider)
            capacity *= 2;
        watch->providers = mem_resize(watch->providers, capacity, sizeof(*watch->providers));
        for (uint32_t i = watch->provider_capacity; i < capacity; i++)
            watch->providers[i] = (struct provider_state){0};
        watch->provider_capacity = capacity;
    }
    return &watch->providers[provider];
}

static struct provider_counts peers_of(struct incident_watch *watch, const struct path *path)
{
    const struct provider_counts *all = &incident_watch_provider(watch, path->provider)->counts;
    return (struct provider_counts){
        .reached = all->reached - path->reached,
        .unreached = all->unreached - path->unreached,
        .unexplained = all->unexplained - path->unexplained,
    };
}

static struct path_watch **chain_of(struct incident_watch *watch, uint32_t path)
{
    if (path >= watch->chain_capacity) {
        uint32_t capacity = watch->chain_capacity ? watch->chain_capacity : 64;
        while (capacity <= path)
            capacity *= 2;
        watch->chains = mem_resize(watch->chains, capacity, sizeof(struct path_watch *));
        for (uint32_t i = watch->chain_capacity; i < capacity; i++)
            watch->chains[i] = NULL;
        watch->chain_capacity = capacity;
    }
    return &watch->chains[path];
}

/* Nobody waits for a word of it, and its last trouble is long ago. */
static bool is_spare(const struct incident_watch *watch, const struct path_watch *one,
                     int64_t now_us)
{
    return !one->detector.open && one->group == NULL && !one->listed && !one->kept &&
           now_us - one->detector.last_hit_us > watch->rules[one->trouble].patience_us;
}

/* Where the next watch goes; when all places are taken, that of one that can be spared. Looks at a
 * few only, others the next time. False: there is none. */
static bool find_room(struct incident_watch *watch, int64_t now_us, uint32_t *number)
{
    *number = watch->watch_count;
    if (watch->watch_count < WATCHES_MAX)
        return true;
    for (int looks = 0; looks < SPARE_LOOKS; looks++) {
        uint32_t at = watch->hand;
        struct path_watch *one = watch->watches[at];
        watch->hand = (watch->hand + 1) % WATCHES_MAX;
        if (!is_spare(watch, one, now_us))
            continue;
        struct path_watch **place = chain_of(watch, one->path);
        while (*place != one)
            place = &(*place)->next;
        *place = one->next;
        free_watch(one);
        watch->watch_count--;
        *number = at;
        return true;
    }
    return false;
}

static struct path_watch **find_place(struct path_watch **chain, enum trouble trouble)
{
    while (*chain != NULL && (*chain)->trouble < trouble)
        chain = &(*chain)->next;
    return chain;
}

/* Makes the watch of this trouble if the path has none. */
static void begin_watch(struct incident_watch *watch, struct path *path, enum trouble trouble,
                        const struct path_event *event)
{
    struct path_watch **place = find_place(chain_of(watch, event->path), trouble);
    uint32_t number;
    if ((*place != NULL && (*place)->trouble == trouble) ||
        !find_room(watch, event->time_us, &number))
        return;
    place = find_place(chain_of(watch, event->path), trouble); /* one beside it may have gone */
    struct path_watch *made = MEM_NEW(struct path_watch);
    made->next = *place;
    made->trouble = trouble;
    made->path = event->path;
    made->relay = path->relay;
    made->source = path->source;
    made->provider = path->provider;
    path_detector_init(&made->detector, event->prior_attempts);
    watch->watches[number] = made;
    watch->watch_count++;
    *place = made;
    path->watched = true;
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
                      const struct path_event *event)
{
    for (size_t i = 0; i < REPLY_CLASS_COUNT; i++)
        one->classes[i] = 0;
    one->recipients = one->logins = (struct distinct){0};
    one->without_login = 0;
    kept_set(&one->first_line, event->line);
    kept_set(&one->domain, event->domain);
    one->domains_differ = event->domain.len == 0;
    one->list.len = one->url.len = 0;
    one->peers_before = peers_of(watch, path);
}

static void note_hit(struct incident_watch *watch, struct path_watch *one, const struct path *path,
                     const struct path_event *event)
{
    if (one->detector.run.hits == 1)
        begin_run(watch, one, path, event);
    else
        kept_set(&one->last_line, event->line);
    if (!slice_eq(event->domain, slice_of(one->domain.bytes, one->domain.len)))
        one->domains_differ = true;
    one->classes[event->answered ? event->class : REPLY_CLASS_NETWORK]++;
    distinct_add(&one->recipients, event->recipient);
    if (event->login != 0)
        distinct_add(&one->logins, event->login);
    else
        one->without_login++;
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

/* How the provider's other paths fared meanwhile. */
struct peers {
    uint64_t good, bad;
};

static struct peers peers_during(const struct path_watch *one)
{
    uint64_t good = one->peers_at_hit.reached - one->peers_before.reached;
    uint64_t bad = one->peers_at_hit.unreached - one->peers_before.unreached;
    if (one->trouble == TROUBLE_UNEXPLAINED) {
        bad = one->peers_at_hit.unexplained - one->peers_before.unexplained;
        good -= bad;
    }
    return (struct peers){good, bad};
}

static enum incident_kind kind_by_peers(const struct path_watch *one)
{
    struct peers peers = peers_during(one);
    if (peers.good + peers.bad < PEERS_LEAST)
        return one->in_common ? INCIDENT_OUTAGE : INCIDENT_UNREACHABLE;
    return peers.good > peers.bad ? INCIDENT_SILENT_BLOCK : INCIDENT_OUTAGE;
}

bool incident_watch_is_plain(const struct path_watch *one, enum incident_kind kind)
{
    struct peers peers = peers_during(one);
    if (kind == INCIDENT_SILENT_BLOCK)
        return peers.good > 2 * peers.bad;
    return kind != INCIDENT_OUTAGE || peers.bad > 2 * peers.good;
}

enum incident_kind incident_watch_kind(const struct path_watch *one)
{
    switch (one->trouble) {
    case TROUBLE_BLOCK:
        return INCIDENT_BLOCK;
    case TROUBLE_RATE:
        return INCIDENT_SLOW_DOWN;
    case TROUBLE_CONTENT:
        return INCIDENT_CONTENT;
    case TROUBLE_AUTHENTICATION:
        return INCIDENT_AUTHENTICATION;
    case TROUBLE_DNS:
        return INCIDENT_DNS;
    case TROUBLE_CONFIGURATION:
        return INCIDENT_CONFIGURATION;
    case TROUBLE_SILENT:
    case TROUBLE_UNEXPLAINED:
        break;
    }
    return kind_by_peers(one);
}

bool incident_watch_is_about_domain(const struct path_watch *one)
{
    bool about = one->trouble == TROUBLE_AUTHENTICATION ||
                 (one->trouble == TROUBLE_BLOCK && main_class(one) == REPLY_CLASS_BLOCK_DOMAIN);
    return about && !one->domains_differ;
}

/* As far as the hits themselves tell. What one login sent is about that login, and a domain that is
 * refused about the domain, whichever sources it is sent by. */
static enum incident_scope narrowest_scope(const struct path_watch *one,
                                           const struct incident *incident)
{
    if (incident->kind == INCIDENT_BLOCK && incident->class == REPLY_CLASS_BLOCK_DOMAIN)
        return INCIDENT_SCOPE_SENDER_DOMAIN;
    bool one_login = incident->logins == 1 && one->without_login == 0;
    return incident->kind == INCIDENT_CONTENT && one_login ? INCIDENT_SCOPE_LOGIN
                                                           : INCIDENT_SCOPE_SOURCE;
}

struct incident incident_watch_read(const struct path_watch *one)
{
    const struct path_detector *detector = &one->detector;
    struct incident incident = {
        .kind = incident_watch_kind(one),
        .opened_us = detector->first_hit_us,
        .closed_us = detector->open ? INCIDENT_OPEN : detector->recovered_us,
        .last_hit_us = detector->last_hit_us,
        .attempts = detector->run.attempts,
        .hits = detector->run.hits,
        .messages = detector->run.messages,
        .recipients = distinct_count(&one->recipients, detector->run.hits),
        .logins = distinct_count(&one->logins, detector->run.hits),
        .class = main_class(one),
        .list = slice_of(one->list.bytes, one->list.len),
        .url = slice_of(one->url.bytes, one->url.len),
        .evidence_count = detector->run.hits > 1 ? 2 : 1,
    };
    incident.scope = narrowest_scope(one, &incident);
    if (one->group ? one->about_domain : incident_watch_is_about_domain(one))
        incident.domain = slice_of(one->domain.bytes, one->domain.len);
    incident.evidence[0] = slice_of(one->first_line.bytes, one->first_line.len);
    if (incident.evidence_count > 1)
        incident.evidence[1] = slice_of(one->last_line.bytes, one->last_line.len);
    return incident;
}

/* Replies that explain nothing are no incident as long as nobody can tell whose trouble it is: the
 * server can be reached, and its words are in the report. */
bool incident_watch_is_worth_telling(const struct path_watch *one)
{
    return one->trouble != TROUBLE_UNEXPLAINED || incident_watch_kind(one) != INCIDENT_UNREACHABLE;
}

static void keep(struct incident_watch *watch, struct slice *text)
{
    *text = slice_of(arena_copy(watch->arena, text->ptr, text->len), text->len);
}

/* The end of what was told as open is kept in any case. */
static void finish(struct incident_watch *watch, struct path_watch *one)
{
    uint32_t most = one->group ? INCIDENTS_MAX + WATCHES_MAX : INCIDENTS_MAX;
    bool is_told = one->group || incident_watch_is_worth_telling(one);
    if (watch->finished_count >= most || !is_told)
        return;
    if (watch->finished_count == watch->finished_capacity) {
        watch->finished_capacity = watch->finished_capacity ? watch->finished_capacity * 2 : 16;
        watch->finished =
            mem_resize(watch->finished, watch->finished_capacity, sizeof(struct finished));
    }
    struct finished *finished = &watch->finished[watch->finished_count++];
    one->kept = true;
    *finished = (struct finished){one, incident_watch_read(one), one->recipients, one->logins};
    keep(watch, &finished->incident.list);
    keep(watch, &finished->incident.url);
    keep(watch, &finished->incident.domain);
    for (size_t i = 0; i < finished->incident.evidence_count; i++)
        keep(watch, &finished->incident.evidence[i]);
}

static void note_change(struct incident_watch *watch, struct path_watch *one)
{
    if (one->listed || !one->detector.open)
        return;
    one->listed = true;
    watch->changed[watch->changed_count++] = one;
}

/* ---- failure in common ---- */

static void add_message(struct common_failure *common, uint64_t message)
{
    for (uint32_t i = 0; i < common->message_count; i++)
        if (common->messages[i] == message)
            return;
    if (common->message_count < COMMON_MESSAGES)
        common->messages[common->message_count++] = message;
}

static void take_common(struct common_failure *common, const struct detector_rule *rule,
                        const struct path *path, const struct path_event *event, bool hit)
{
    if (!hit || event->time_us - common->last_us > rule->patience_us)
        *common = (struct common_failure){.hits = 0};
    if (!hit)
        return;
    add_message(common, event->message);
    common->hits++;
    common->paths |= UINT64_C(1) << (event->path & 63);
    common->relays |= UINT64_C(1) << (path->relay & 63);
    common->last_us = event->time_us;
}

static bool is_common(const struct provider_state *provider, const struct detector_rule *rule)
{
    const struct common_failure *common = &provider->common;
    uint32_t messages = rule->min_messages < COMMON_MESSAGES ? rule->min_messages : COMMON_MESSAGES;
    return common->hits >= rule->min_hits && common->message_count >= messages &&
           __builtin_popcountll(common->paths) >= COMMON_PATHS &&
           __builtin_popcountll(common->relays) >= COMMON_RELAYS &&
           provider->counts.reached >= REACHED_LEAST;
}

/* The rule for this attempt of this path. */
static struct detector_rule rule_for(const struct incident_watch *watch, struct path_watch *one,
                                     bool hit)
{
    struct detector_rule rule = watch->rules[one->trouble];
    bool silent = one->trouble == TROUBLE_SILENT || one->trouble == TROUBLE_UNEXPLAINED;
    if (!hit || !silent)
        return rule;
    one->in_common = is_common(&watch->providers[one->provider], &rule);
    if (!one->in_common)
        return rule;
    rule.min_hits = 2;
    rule.min_messages = 1;
    rule.min_ratio /= 2;
    return rule;
}

static void feed(struct incident_watch *watch, struct path_watch *one, struct path *path,
                 const struct path_event *event, bool hit)
{
    struct detector_sample sample = {hit, event->delivered, event->message, event->time_us};
    struct detector_rule rule = rule_for(watch, one, hit);
    enum detector_event told = path_detector_take(&one->detector, &rule, &sample);
    if (hit)
        note_hit(watch, one, path, event);
    if (told == DETECTOR_CLOSED)
        finish(watch, one);
    else if (hit)
        note_change(watch, one);
}

void incident_watch_take(struct incident_watch *watch, struct path *path,
                         const struct path_event *event)
{
    struct provider_state *provider = incident_watch_provider(watch, path->provider);
    struct provider_counts *counts = &provider->counts;
    enum trouble hit = TROUBLE_SILENT;
    bool is_trouble = trouble_of(event, &hit);
    bool reached = event->delivered || event->answered;
    *(reached ? &counts->reached : &counts->unreached) += 1;
    *(reached ? &path->reached : &path->unreached) += 1;
    bool unexplained = is_trouble && hit == TROUBLE_UNEXPLAINED;
    counts->unexplained += unexplained;
    path->unexplained += unexplained;
    take_common(&provider->common, &watch->rules[TROUBLE_SILENT], path, event,
                is_trouble && (hit == TROUBLE_SILENT || unexplained));
    if (is_trouble)
        begin_watch(watch, path, hit, event);
    if (!path->watched)
        return; /* nearly all paths: the chains need not be looked at */
    for (struct path_watch *one = *chain_of(watch, event->path); one != NULL; one = one->next)
        feed(watch, one, path, event, is_trouble && one->trouble == hit);
}

void incident_watch_visit(struct incident_watch *watch, incident_visit visit, void *data)
{
    for (uint32_t i = 0; i < watch->watch_count; i++)
        if (watch->watches[i]->detector.open)
            finish(watch, watch->watches[i]);
    for (uint32_t i = 0; i < watch->finished_count; i++)
        visit(data, watch->finished[i].watch->path, &watch->finished[i].incident);
}
