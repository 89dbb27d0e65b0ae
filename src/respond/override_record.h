/* SPDX-License-Identifier: Apache-2.0
 *
 * An override with strings of its own, and overrides as JSON: for people and programs that ask, and
 * for our own state.
 */
#ifndef TD_RESPOND_OVERRIDE_RECORD_H
#define TD_RESPOND_OVERRIDE_RECORD_H

#include "base/buf.h"
#include "model/json_field.h"
#include "model/override.h"

struct override_record {
    struct override override; /* its slices point into bytes; no id: there is none */
    struct buf bytes;
};

static inline bool override_record_is_set(const struct override_record *record)
{
    return record->override.id[0] != '\0';
}

/* Zero-initialise to begin. Copies `override` over what was there; it may be the record's own.
 * Texts are made valid UTF-8 and cut to their bounds. */
void override_record_set(struct override_record *record, const struct override *override);

/* Empties it. */
void override_record_done(struct override_record *record);

/* {"id", "kind", "state", "relay", "provider", "source", "target", "recipient", "share",
 * "per_hour", "since", "expires", "actor", "reason", "incident", "work": {"held_before",
 * "delivered", "deferred", "bounced"}}; what is empty is left out, times are ISO 8601. */
json_t *override_json(const struct override *override);

json_t *override_work_json(const struct override_work *work);
bool override_work_read(const json_t *object, struct override_work *out);

/* For our own state: the same, with times in whole microseconds. NULL of an empty record. */
json_t *override_record_json(const struct override_record *record);

/* Sets the record; an absent object empties it. False: not of the form, the record is then empty.
 */
bool override_record_read(struct override_record *record, const json_t *object);

#endif
