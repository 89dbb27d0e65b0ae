/* SPDX-License-Identifier: Apache-2.0
 *
 * Scopes of incidents. See incident_reach.h.
 */
#include "watch/incident_reach.h"

/* A whole of one says nothing. */
static bool is_whole(struct reach reach)
{
    return reach.suffering > 1 && reach.suffering >= reach.used;
}

enum incident_scope incident_reach_scope(const struct incident_reach *reach)
{
    if (reach->all.suffering <= 1)
        return INCIDENT_SCOPE_SOURCE;
    if (is_whole(reach->all))
        return INCIDENT_SCOPE_EVERYONE;
    if (is_whole(reach->relay))
        return INCIDENT_SCOPE_RELAY;
    return is_whole(reach->pool) ? INCIDENT_SCOPE_POOL : INCIDENT_SCOPE_SOURCES;
}
