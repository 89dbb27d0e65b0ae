/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON (RFC 8259) as it is written: one pass, no tree, no allocation but the text's own. Always
 * ASCII: control and direction characters of foreign text must not reach a terminal raw. Used for
 * what is long or written often; a document that is put together out of order is model work for
 * jansson.
 *
 *     struct json_writer json = {.to = &text, .indent = true};
 *     json_writer_object(&json, NULL);
 *     json_writer_count(&json, "read", 12);
 *     json_writer_end(&json);
 *
 * Every call writes one value: under its key in an object (a literal of ours, plain ASCII, given
 * once), with key NULL in an array and for the document itself.
 */
#ifndef TD_APP_JSON_WRITER_H
#define TD_APP_JSON_WRITER_H

#include <stdbool.h>

#include "base/buf.h"

#define JSON_WRITER_DEPTH 31 /* objects and arrays that may be open at once */

/* Zero-initialise the rest. A writer may be used for one document after the other. */
struct json_writer {
    struct buf *to; /* borrowed */
    bool indent;    /* over lines with 2 blanks a level; false: in one line */
    bool filled;    /* the innermost object or array has something in it */
    unsigned depth;
    uint32_t arrays; /* bit `depth`: what is open there is an array */
};

/* Opens one; json_writer_end closes the innermost, and ends the document with a newline when that
 * was the last. */
void json_writer_object(struct json_writer *json, const char *key);
void json_writer_array(struct json_writer *json, const char *key);
void json_writer_end(struct json_writer *json);

/* The same as json_writer_object with foreign bytes as its key; they are escaped. */
void json_writer_object_named(struct json_writer *json, struct slice key);

/* Counts above 2^63 - 1 become that. */
void json_writer_count(struct json_writer *json, const char *key, uint64_t count);

/* Nine digits; null for NaN and infinity. */
void json_writer_real(struct json_writer *json, const char *key, double value);

/* part / whole, null when whole is 0. */
void json_writer_ratio(struct json_writer *json, const char *key, uint64_t part, uint64_t whole);

void json_writer_bool(struct json_writer *json, const char *key, bool value);
void json_writer_null(struct json_writer *json, const char *key);

/* Foreign bytes; what is not UTF-8 becomes U+FFFD. */
void json_writer_string(struct json_writer *json, const char *key, struct slice text);

/* The same; left out when empty. */
void json_writer_text(struct json_writer *json, const char *key, struct slice text);

/* ISO 8601 UTC; STAMP_NONE and INT64_MAX give null. */
void json_writer_time(struct json_writer *json, const char *key, int64_t us);

#endif
