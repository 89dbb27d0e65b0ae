/* SPDX-License-Identifier: Apache-2.0
 *
 * How wide an incident of a path reaches, by the other paths of the provider that suffer from the
 * same in the same time. Pure; a value type, all zeros is empty.
 */
#ifndef TD_WATCH_INCIDENT_REACH_H
#define TD_WATCH_INCIDENT_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/incident.h"

struct reach {
    uint32_t suffering; /* paths with an incident of this kind, this one included */
    uint32_t used;      /* paths that send to the provider */
};

struct incident_reach {
    struct reach all, relay, pool; /* of the provider; those of its relay, of its pool */
};

/* One source, unless others suffer too: everyone, else the whole relay, else the whole pool (which
 * must have more than this source), else several sources. */
enum incident_scope incident_reach_scope(const struct incident_reach *reach);

#endif
