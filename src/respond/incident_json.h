/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents as JSON for others: webhook, API and verbs print the same objects. Names and forms are
 * those of the report's JSON; times are ISO 8601 UTC.
 */
#ifndef TD_RESPOND_INCIDENT_JSON_H
#define TD_RESPOND_INCIDENT_JSON_H

#include "model/json_value.h"
#include "respond/incident_book.h"

/* {"id", "state", "kind", "scope", "severity", names, times, counts, "class", "evidence"} */
json_t *incident_json(struct slice id, enum incident_state state, const struct incident *incident);

/* The same and its life: "page", "silenced" (with the id of the "silence" and "silenced_until"),
 * "flaps", "escalation", "acknowledged", "by", "note", "seen"; of one that a person closed
 * "closed_by_hand" and "reopens_after_hits", 0 for none. */
json_t *incident_view_json(const struct incident_view *view);

#endif
