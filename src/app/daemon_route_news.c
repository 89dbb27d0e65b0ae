/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon_route_news.h.
 */
#include "app/daemon_route_news.h"

static bool is_by_person(const struct audit_entry *entry)
{
    return !slice_eq(entry->actor, OVERRIDE_ACTOR);
}

/* What a person's yes began is told as that yes. */
static bool is_for_people(const struct audit_entry *entry)
{
    switch (entry->action) {
    case AUDIT_DETOUR:
    case AUDIT_HOLD:
    case AUDIT_RETURN:
        return !is_by_person(entry);
    case AUDIT_APPROVE:
    case AUDIT_DENY:
    case AUDIT_UNDO:
    case AUDIT_SET:
    case AUDIT_CLEAR:
        return true;
    case AUDIT_THROTTLE:
    case AUDIT_PROBE:
    case AUDIT_RAMP:
    case AUDIT_END:
    case AUDIT_QUARANTINE:
    case AUDIT_LEAVE:
    case AUDIT_OBSERVE:
    case AUDIT_PROPOSE:
    case AUDIT_WARN:
        break;
    }
    return entry->urgent;
}

uint64_t daemon_route_news_newest(const struct audit_trail *trail)
{
    size_t count = audit_trail_count(trail);
    return count > 0 ? audit_trail_at(trail, count - 1)->number : 0;
}

void daemon_route_news(const struct audit_trail *trail, uint64_t *told, struct incident_book *book,
                       int64_t now_us)
{
    uint64_t newest = daemon_route_news_newest(trail);
    size_t count = audit_trail_count(trail), first = count;
    while (newest > *told && first > 0 && audit_trail_at(trail, first - 1)->number > *told)
        first--;
    for (size_t i = first; i < count; i++)
        if (is_for_people(audit_trail_at(trail, i)))
            (void)incident_book_route(book, audit_trail_at(trail, i), now_us);
    *told = newest; /* also when the trail was lost, and counts anew */
}
