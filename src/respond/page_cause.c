/* SPDX-License-Identifier: Apache-2.0
 *
 * Which trouble explains what else is seen: a block makes mail late, and fills queues.
 */
#include "respond/incident_book_private.h"

bool is_same_source(const struct incident *a, const struct incident *b)
{
    return a->source.len > 0 && slice_eq(a->source, b->source) && slice_eq(a->relay, b->relay);
}

/* Whether trouble of this kind bounces mail, or keeps it back: what of it counts for the kind. */
static bool is_cause(enum incident_kind kind, enum incident_kind consequence)
{
    bool bounces = consequence == INCIDENT_REACHABILITY;
    switch (kind) {
    case INCIDENT_BLOCK:
    case INCIDENT_CONFIGURATION:
    case INCIDENT_AUTHENTICATION:
    case INCIDENT_DNS:
        return true;
    case INCIDENT_CONTENT:
    case INCIDENT_SURGE:
    case INCIDENT_ACCOUNT_HIJACKED:
    case INCIDENT_REACHABILITY:
        return bounces;
    case INCIDENT_SILENT_BLOCK:
    case INCIDENT_OUTAGE:
    case INCIDENT_UNREACHABLE:
    case INCIDENT_SLOW_DOWN:
    case INCIDENT_LATENCY:
    case INCIDENT_QUEUE_AGE:
    case INCIDENT_BACKLOG:
        return !bounces;
    case INCIDENT_GROWTH:
    case INCIDENT_BRUTE_FORCE:
    case INCIDENT_LOG_SILENT:
    case INCIDENT_LOG_UNREAD:
    case INCIDENT_HISTORY:
    case INCIDENT_NOTIFIER:
    case INCIDENT_ROUTING:
    case INCIDENT_AUTH_BACKEND_DOWN:
    case INCIDENT_MAILBOX_SERVER_QUOTA_DOWN:
        break;
    }
    return false;
}

/* Where the one is, the other may be, as far as their names say. */
static bool may_touch(const struct incident *cause, const struct incident *incident)
{
    if (cause->provider.len > 0 && incident->provider.len > 0)
        return slice_eq(cause->provider, incident->provider);
    if (cause->source.len > 0 && incident->source.len > 0)
        return is_same_source(cause, incident);
    return true;
}

/* Recipients that it concerns; of a surge those that were sent to. */
static uint64_t reach_of(const struct incident *cause)
{
    if (cause->kind == INCIDENT_SURGE || cause->kind == INCIDENT_ACCOUNT_HIJACKED)
        return cause->attempts;
    return cause->recipients > 0 ? cause->recipients : cause->hits;
}

uint64_t page_reach(const struct page *page, const struct incident *consequence)
{
    uint64_t reach = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct incident *cause = &page->entries[i]->record.incident;
        if (page->entries[i]->open && is_cause(cause->kind, consequence->kind) &&
            may_touch(cause, consequence))
            reach += reach_of(cause);
    }
    return reach;
}

bool page_is_explained(const struct page *page, const struct incident *cause)
{
    uint64_t hits = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct incident *one = &page->entries[i]->record.incident;
        if (!page->entries[i]->open)
            continue;
        if (!incident_is_consequence(one->kind) || !is_cause(cause->kind, one->kind) ||
            !may_touch(cause, one))
            return false;
        hits = one->hits > hits ? one->hits : hits;
    }
    return !incident_is_consequence(cause->kind) && reach_of(cause) >= hits / 2;
}
