/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of a JSON object that something else wrote (our own state of an earlier run, an answer of
 * a service): each is checked for type and bounds when it is read. Texts are slices of the object.
 */
#ifndef TD_MODEL_JSON_FIELD_H
#define TD_MODEL_JSON_FIELD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/slice.h"

/* The value of bytes that hold one JSON text of at most `max_bytes` and 32 levels; NULL otherwise.
 * The caller drops it with json_decref. */
json_t *json_field_parse(struct slice text, size_t max_bytes);

/* A string of at most `max` bytes under key; an absent key gives an empty slice. False: another
 * type, or too long; *out untouched. */
bool json_field_text(const json_t *object, const char *key, size_t max, struct slice *out);

/* An integer in [min, max] under key; an absent or null one gives `absent`. False: another type, or
 * outside; *out untouched. */
struct json_range {
    int64_t min, max, absent;
};
bool json_field_int(const json_t *object, const char *key, struct json_range range, int64_t *out);

/* The same for counts from 0 to 2^63 - 1, absent is 0. */
bool json_field_count(const json_t *object, const char *key, uint64_t *out);

/* ISO 8601 with an offset, as microseconds UTC; an absent or null one gives `absent`. False:
 * another form; *out untouched. */
bool json_field_time(const json_t *object, const char *key, int64_t absent, int64_t *out);

/* True or false; absent is false. */
bool json_field_bool(const json_t *object, const char *key, bool *out);

/* An array of at most `max` elements; absent gives NULL, whose size is 0. */
bool json_field_array(const json_t *object, const char *key, size_t max, const json_t **out);

#endif
