/* SPDX-License-Identifier: Apache-2.0
 *
 * An incident as the daemon's API tells it, read back for the verbs that print it. Peer document:
 * respond/incident_json.c, which writes it.
 */
#ifndef TD_APP_INCIDENT_ANSWER_H
#define TD_APP_INCIDENT_ANSWER_H

#include "model/incident.h"
#include "model/json_field.h"

/* Slices are of the JSON value, which outlives it. */
struct incident_answer {
    struct incident incident; /* kind only where `known`; a newer daemon may have others */
    bool known;
    struct slice kind; /* its word */
    struct slice id, page, by, note;
    struct slice state;      /* "open", "acknowledged", "closed" */
    int64_t acknowledged_us; /* 0: nobody has */
    uint64_t flaps;
    bool by_hand;           /* closed by a person */
    uint64_t reopens_after; /* by_hand: new hits that open it again; 0: none would */
    bool silenced;
    struct slice silence;      /* id of what hides it; empty: not silenced */
    int64_t silenced_until_us; /* 0: not known */
};

/* False when it is no incident: a field of another type, or longer than any the daemon writes. */
bool incident_answer_read(const json_t *object, struct incident_answer *out);

bool incident_answer_is_closed(const struct incident_answer *answer);

/* "Blocked"; the bare word of a kind that is not known here. Of the JSON, unescaped. */
struct slice incident_answer_title(const struct incident_answer *answer);

#endif
