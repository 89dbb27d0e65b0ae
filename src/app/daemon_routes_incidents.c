/* SPDX-License-Identifier: Apache-2.0
 *
 * From the book of incidents to the plan: each incident of this relay at a provider, when it is
 * new, has more hits, or is closed. See daemon_routes.h.
 */
#include "app/daemon_routes_private.h"

#include <stdio.h>
#include <string.h>

/* Whose names are this relay's; one without a relay is of all of them, as an outage. */
static bool is_ours(const struct daemon_routes *routes, const struct incident *incident)
{
    return incident->provider.len > 0 &&
           (incident->relay.len == 0 || fleet_is_relay(routes->fleet.relay, incident->relay));
}

static struct routes_told *told_of(struct daemon_routes *routes, struct slice id)
{
    for (size_t i = 0; i < routes->told_count; i++)
        if (slice_eq(slice_from_str(routes->told[i].id), id))
            return &routes->told[i];
    return NULL;
}

static struct routes_told *add_told(struct daemon_routes *routes, struct slice id)
{
    routes->told = mem_resize(routes->told, routes->told_count + 1, sizeof(routes->told[0]));
    struct routes_told *told = &routes->told[routes->told_count++];
    *told = (struct routes_told){0};
    snprintf(told->id, sizeof(told->id), "%.*s",
             SLICE_ARG(slice_first(id, ROUTES_INCIDENT_ID_MAX)));
    return told;
}

static void tell_full(struct daemon_routes *routes, const struct incident_view *view)
{
    routes_tell(routes, &(struct audit_entry){
                            .time_us = routes->now_us,
                            .action = AUDIT_WARN,
                            .urgent = true,
                            .relay = routes->fleet.relay,
                            .provider = view->incident->provider,
                            .source = view->incident->source,
                            .actor = OVERRIDE_ACTOR,
                            .reason = SLICE("there are too many providers in trouble: no route"),
                            .incidents = {view->id},
                        });
}

/* A plan that is full leaves further providers to their default route. */
static void take_open(struct daemon_routes *routes, const struct incident_view *view)
{
    const struct incident *incident = view->incident;
    struct routes_told *told = told_of(routes, view->id);
    bool known = told != NULL;
    if (!known)
        told = add_told(routes, view->id);
    told->seen = true;
    if (known && told->last_hit_us == incident->last_hit_us && told->hits == incident->hits)
        return;
    told->last_hit_us = incident->last_hit_us;
    told->hits = incident->hits;
    if (!route_plan_incident(routes->plan, incident, view->id) && !known)
        tell_full(routes, view);
}

static void take_closed(struct daemon_routes *routes, const struct incident_view *view)
{
    struct incident closed = *view->incident;
    if (closed.closed_us == INCIDENT_OPEN) /* by a person; the detector goes on */
        closed.closed_us = routes->now_us;
    (void)route_plan_incident(routes->plan, &closed, view->id);
}

/* Closed ones matter when the plan may think that they are open: it was told so, or it was kept
 * from the run before. */
static void take(void *data, const struct incident_view *view)
{
    struct daemon_routes *routes = data;
    if (!is_ours(routes, view->incident))
        return;
    if (view->state != INCIDENT_STATE_CLOSED)
        take_open(routes, view);
    else if (routes->book_is_new || told_of(routes, view->id) != NULL)
        take_closed(routes, view);
}

void routes_take_book(struct daemon_routes *routes, const struct incident_book *book)
{
    uint64_t revision = incident_book_revision(book);
    if (!routes->book_is_new && revision == routes->book_revision)
        return;
    for (size_t i = 0; i < routes->told_count; i++)
        routes->told[i].seen = false;
    incident_book_visit(book, routes->now_us, take, routes);
    for (size_t i = routes->told_count; i-- > 0;)
        if (!routes->told[i].seen)
            routes->told[i] = routes->told[--routes->told_count];
    routes->book_revision = revision;
    routes->book_is_new = false;
}
