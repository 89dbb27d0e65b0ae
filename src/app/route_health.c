/* SPDX-License-Identifier: Apache-2.0
 *
 * From failures about routes to incidents. See route_health.h.
 */
#include "app/route_health.h"

static const struct {
    const char *name;
    enum incident_severity severity;
} parts[] = {
#define X(part, word, severity) [ROUTE_PART_##part] = {word, INCIDENT_##severity},
    ROUTE_PARTS(X)
#undef X
};

void route_health_done(struct route_health *health)
{
    for (size_t i = 0; i < ROUTE_PART_COUNT; i++)
        part_health_done(&health->parts[i]);
}

void route_health_resume(struct route_health *health, struct slice relay,
                         const struct incident *known)
{
    if (known->kind != INCIDENT_ROUTING || !incident_is_open(known) ||
        !slice_eq(known->relay, relay))
        return;
    for (size_t i = 0; i < ROUTE_PART_COUNT; i++)
        if (slice_eq(known->name, slice_from_str(parts[i].name)))
            part_health_resume(&health->parts[i], known);
}

bool route_health_take(struct route_health *health, const struct route_trouble *trouble,
                       int64_t now_us, struct incident *out)
{
    const struct incident like = {
        .kind = INCIDENT_ROUTING,
        .scope = INCIDENT_SCOPE_RELAY,
        .severity = parts[trouble->part].severity,
        .name = slice_from_str(parts[trouble->part].name),
    };
    const struct part_trouble of_part = {.words = trouble->words, .at_once = trouble->at_once};
    return part_health_take(&health->parts[trouble->part], &like, &of_part, now_us, out);
}
