/* SPDX-License-Identifier: Apache-2.0
 *
 * An incident with strings of its own. Texts come from logs: what is kept is valid UTF-8 without
 * NUL and cut to a bound, so that it survives a way through JSON unchanged; only then is it
 * compared or hashed.
 */
#ifndef TD_RESPOND_INCIDENT_RECORD_H
#define TD_RESPOND_INCIDENT_RECORD_H

#include "base/buf.h"
#include "base/memory.h"
#include "model/incident.h"
#include "model/json_field.h"

#define INCIDENT_NAME_MAX 256 /* bytes of relay, source, provider, login, domain, name, list */
#define INCIDENT_URL_MAX 1024
#define INCIDENT_LINE_MAX 2048 /* of a line of evidence */

struct incident_record {
    struct incident incident; /* its slices point into bytes */
    struct buf bytes;
};

/* Zero-initialise to begin. Copies `incident` over what was there; it may be the record's own. */
void incident_record_set(struct incident_record *record, const struct incident *incident);
void incident_record_done(struct incident_record *record);

/* Moves the texts of an incident into the arena. */
void incident_keep(struct incident *incident, struct arena *arena);

/* Is it about the same thing: kind and all names? Scope, severity and times may differ. Both are of
 * records. */
bool incident_same(const struct incident *a, const struct incident *b);

/* Are they equal in everything? */
bool incident_equal(const struct incident *a, const struct incident *b);

/* Hash of what incident_same compares. For tables in memory. */
uint64_t incident_hash(const struct incident *incident);

#define INCIDENT_ID_LEN 8

/* A name that people can read out: 8 letters and digits without i l o u, from kind, names and
 * opened_us; the same incident gets the same id in every run. `salt` makes another one when the id
 * is taken. */
void incident_id(const struct incident *incident, unsigned salt, char id[INCIDENT_ID_LEN + 1]);

/* As JSON for our own state: times are whole microseconds, an open end is absent. */
json_t *incident_record_json(const struct incident *incident);

/* False when a field has another type or is out of bounds; *out then holds nothing of use. Slices
 * are of the object. */
bool incident_record_read(const json_t *object, struct incident *out);

#endif
