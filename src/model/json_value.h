/* SPDX-License-Identifier: Apache-2.0
 *
 * Words and numbers of the model as JSON values (jansson). Out of memory ends the process, as our
 * own allocation does. A value is new: the caller puts it into something or drops it.
 */
#ifndef TD_MODEL_JSON_VALUE_H
#define TD_MODEL_JSON_VALUE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/slice.h"

json_t *json_value_object(void);
json_t *json_value_array(void);

/* Puts value (taken over) under key; an earlier one goes. */
void json_value_put(json_t *object, const char *key, json_t *value);
void json_value_append(json_t *array, json_t *value);

/* Counts above 2^63 - 1 become that. */
void json_value_put_count(json_t *object, const char *key, uint64_t count);
void json_value_put_real(json_t *object, const char *key, double value);

/* Left out when empty; foreign bytes are made valid UTF-8. */
void json_value_put_text(json_t *object, const char *key, struct slice text);

/* The same of a word of our own. */
void json_value_put_word(json_t *object, const char *key, const char *word);

/* ISO 8601 UTC; STAMP_NONE and INT64_MAX give null. */
void json_value_put_time(json_t *object, const char *key, int64_t us);

json_t *json_value_text(struct slice text);

/* Appends the value and a newline: over lines with 2 blanks a level, or in one line. Drops it. */
void json_value_print(json_t *value, bool indent, struct buf *to);

#endif
