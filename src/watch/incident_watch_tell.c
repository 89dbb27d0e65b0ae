/* SPDX-License-Identifier: Apache-2.0
 *
 * What is open now, told as it changes. See incident_watch_tell in incident_watch.h.
 *
 * Watches that changed are joined into groups, a group is told as one incident. All work is done
 * for what changed, and for the other open incidents and the paths of the same provider: these
 * decide how wide an incident reaches.
 */
#include "watch/incident_reach.h"
#include "watch/incident_watch_private.h"

#define LATELY_US (24 * INT64_C(3600000000)) /* a path that was not used for longer has no say */

struct telling {
    struct incident_watch *watch;
    const struct path_table *paths;
    incident_visit visit;
    void *data;
};

static void note_provider(struct incident_watch *watch, uint32_t number)
{
    struct provider_state *provider = incident_watch_provider(watch, number);
    if (provider->listed)
        return;
    if (watch->changed_provider_count == watch->changed_provider_capacity) {
        uint32_t capacity = watch->changed_provider_capacity * 2;
        watch->changed_provider_capacity = capacity ? capacity : 16;
        watch->changed_providers =
            mem_resize(watch->changed_providers, watch->changed_provider_capacity,
                       sizeof(*watch->changed_providers));
    }
    provider->listed = true;
    watch->changed_providers[watch->changed_provider_count++] = number;
}

/* ---- groups ---- */

static struct incident_group *group_for(struct incident_watch *watch, const struct path_watch *one,
                                        enum incident_kind kind, int64_t opened_us)
{
    struct provider_state *provider = incident_watch_provider(watch, one->provider);
    for (struct incident_group *group = provider->groups; group != NULL; group = group->next)
        if (group->kind == kind && (kind == INCIDENT_OUTAGE || group->path == one->path))
            return group;
    struct incident_group *made = MEM_NEW(struct incident_group);
    *made = (struct incident_group){.next = provider->groups,
                                    .kind = kind,
                                    .scope = kind == INCIDENT_OUTAGE ? INCIDENT_SCOPE_EVERYONE
                                                                     : INCIDENT_SCOPE_SOURCE,
                                    .path = one->path,
                                    .opened_us = opened_us,
                                    .past.last_hit_us = INT64_MIN,
                                    .past_closed_us = INT64_MIN};
    provider->groups = made;
    return made;
}

static void join(struct incident_watch *watch, struct path_watch *one, enum incident_kind kind)
{
    one->about_domain = incident_watch_is_about_domain(one);
    one->group = group_for(watch, one, kind, one->detector.first_hit_us);
    one->next_member = one->group->members;
    one->group->members = one;
    one->group->changed = true;
}

static void leave(struct path_watch *one)
{
    struct path_watch **place = &one->group->members;
    while (*place != one)
        place = &(*place)->next_member;
    *place = one->next_member;
    one->group = NULL;
}

static void add_counts(struct sums *sums, const struct finished *more)
{
    const struct incident *incident = &more->incident;
    sums->attempts += incident->attempts;
    sums->hits += incident->hits;
    sums->messages += incident->messages;
    if (incident->last_hit_us > sums->last_hit_us)
        sums->last_hit_us = incident->last_hit_us;
    distinct_merge(&sums->recipients, &more->recipients);
    distinct_merge(&sums->logins, &more->logins);
}

static struct finished as_finished(struct path_watch *one)
{
    return (struct finished){one, incident_watch_read(one), one->recipients, one->logins};
}

/* What a group says instead of its member. */
static void set_group(struct incident *told, const struct incident_group *group,
                      const struct sums *sums)
{
    told->kind = group->kind;
    told->scope = group->scope;
    told->opened_us = group->opened_us;
    told->last_hit_us = sums->last_hit_us;
    told->attempts = sums->attempts;
    told->hits = sums->hits;
    told->messages = sums->messages;
    told->recipients = distinct_count(&sums->recipients, sums->hits);
    told->logins = distinct_count(&sums->logins, sums->hits);
}

static void drop_group(struct incident_watch *watch, uint32_t provider,
                       struct incident_group *group)
{
    struct incident_group **place = &incident_watch_provider(watch, provider)->groups;
    while (*place != group)
        place = &(*place)->next;
    *place = group->next;
    mem_free(group);
}

/* The last member has left: *last is the incident of that one. */
static void tell_end(const struct telling *telling, uint32_t provider, struct incident_group *group,
                     struct incident last)
{
    set_group(&last, group, &group->past);
    last.closed_us = group->past_closed_us;
    telling->visit(telling->data, group->path, &last);
    drop_group(telling->watch, provider, group);
}

/* Takes a watch out of its group, which ends at closed_us when it is the last one: it has closed,
 * or its incident has become one of another kind and goes on there with its counts. */
static void take_out(const struct telling *telling, const struct finished *finished,
                     int64_t closed_us)
{
    struct path_watch *one = finished->watch;
    struct incident_group *group = one->group;
    bool ended = !incident_is_open(&finished->incident);
    leave(one);
    if (group->members == NULL || ended)
        add_counts(&group->past, finished);
    group->changed = group->changed || !ended;
    if (closed_us > group->past_closed_us)
        group->past_closed_us = closed_us;
    note_provider(telling->watch, one->provider);
    if (group->members == NULL)
        tell_end(telling, one->provider, group, finished->incident);
}

static void take_finished(const struct telling *telling, const struct finished *finished)
{
    struct path_watch *one = finished->watch;
    const struct incident *incident = &finished->incident;
    one->kept = false;
    if (one->group == NULL) { /* it began after the last telling */
        one->group = group_for(telling->watch, one, incident->kind, incident->opened_us);
        one->next_member = one->group->members;
        one->group->members = one;
    }
    take_out(telling, finished, incident->closed_us);
}

/* What was told stands until the evidence is plain. */
static enum incident_kind kind_to_tell(const struct path_watch *one)
{
    enum incident_kind kind = incident_watch_kind(one);
    bool told_otherwise = one->group != NULL && one->group->kind != kind;
    bool by_peers = told_otherwise && one->group->kind != INCIDENT_UNREACHABLE;
    return by_peers && !incident_watch_is_plain(one, kind) ? one->group->kind : kind;
}

static void take_changed(const struct telling *telling, struct path_watch *one)
{
    one->listed = false;
    if (!one->detector.open || !(one->group || incident_watch_is_worth_telling(one)))
        return;
    enum incident_kind kind = kind_to_tell(one);
    if (one->group != NULL && one->group->kind != kind) {
        struct finished so_far = as_finished(one);
        take_out(telling, &so_far, so_far.incident.last_hit_us);
    }
    if (one->group == NULL)
        join(telling->watch, one, kind);
    one->group->changed = true;
    note_provider(telling->watch, one->provider);
}

/* ---- scope ---- */

static void add_reach(struct reach *reach, bool belongs, bool suffering)
{
    *(suffering ? &reach->suffering : &reach->used) += belongs;
}

static void add_path(struct incident_reach *reach, const struct path *self,
                     const struct path *other, bool suffering)
{
    add_reach(&reach->all, true, suffering);
    add_reach(&reach->relay, other->relay == self->relay, suffering);
    add_reach(&reach->pool, self->pool != 0 && other->pool == self->pool, suffering);
}

static struct incident_reach reach_of(const struct telling *telling,
                                      const struct incident_group *group, const struct path *self)
{
    struct incident_reach reach = {0};
    const struct provider_state *provider = incident_watch_provider(telling->watch, self->provider);
    for (const struct incident_group *other = provider->groups; other; other = other->next)
        if (other->kind == group->kind)
            add_path(&reach, self, path_table_read(telling->paths, other->path), true);
    const struct path *path;
    uint32_t at = path_table_of_provider(telling->paths, self->provider);
    for (; at != 0; at = path->sibling) {
        path = path_table_read(telling->paths, at - 1);
        if (path->last_us >= group->opened_us - LATELY_US)
            add_path(&reach, self, path, false);
    }
    return reach;
}

static enum incident_scope scope_of(const struct telling *telling,
                                    const struct incident_group *group)
{
    if (group->kind == INCIDENT_OUTAGE)
        return INCIDENT_SCOPE_EVERYONE;
    enum incident_scope scope = incident_watch_read(group->members).scope;
    if (scope != INCIDENT_SCOPE_SOURCE)
        return scope;
    struct incident_reach reach =
        reach_of(telling, group, path_table_read(telling->paths, group->path));
    return incident_reach_scope(&reach);
}

/* ---- telling ---- */

/* First line of the earliest, newest line of the newest. */
static void set_evidence(struct incident *told, const struct path_watch *earliest,
                         const struct path_watch *newest)
{
    struct slice last = told->evidence[told->evidence_count - 1];
    told->evidence[0] = incident_watch_read(earliest).evidence[0];
    if (earliest != newest)
        told->evidence_count = 2;
    if (told->evidence_count == 2)
        told->evidence[1] = last;
}

static void tell_group(const struct telling *telling, struct incident_group *group)
{
    const struct path_watch *earliest = group->members, *newest = group->members;
    struct sums sums = group->past;
    for (struct path_watch *one = group->members; one != NULL; one = one->next_member) {
        struct finished so_far = as_finished(one);
        add_counts(&sums, &so_far);
        if (one->detector.first_hit_us < earliest->detector.first_hit_us)
            earliest = one;
        if (one->detector.last_hit_us > newest->detector.last_hit_us)
            newest = one;
    }
    struct incident told = incident_watch_read(newest);
    set_evidence(&told, earliest, newest);
    set_group(&told, group, &sums);
    telling->visit(telling->data, group->path, &told);
}

static void tell_provider(const struct telling *telling, uint32_t number)
{
    struct provider_state *provider = incident_watch_provider(telling->watch, number);
    provider->listed = false;
    for (struct incident_group *group = provider->groups; group != NULL; group = group->next) {
        enum incident_scope scope = scope_of(telling, group);
        if (!group->changed && scope == group->scope)
            continue;
        group->scope = scope;
        group->changed = false;
        tell_group(telling, group);
    }
}

void incident_watch_tell(struct incident_watch *watch, const struct path_table *paths,
                         incident_visit visit, void *data)
{
    struct telling telling = {watch, paths, visit, data};
    for (uint32_t i = 0; i < watch->finished_count; i++)
        take_finished(&telling, &watch->finished[i]);
    watch->finished_count = 0;
    arena_reset(watch->arena);
    for (uint32_t i = 0; i < watch->changed_count; i++)
        take_changed(&telling, watch->changed[i]);
    watch->changed_count = 0;
    for (uint32_t i = 0; i < watch->changed_provider_count; i++)
        tell_provider(&telling, watch->changed_providers[i]);
    watch->changed_provider_count = 0;
}
