/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of others that are kept: valid UTF-8 without NUL and cut to a bound, so that they survive a
 * way through JSON unchanged. For values whose slices are rows of a table.
 */
#ifndef TD_RESPOND_KEPT_TEXT_H
#define TD_RESPOND_KEPT_TEXT_H

#include "base/buf.h"
#include "model/json_field.h"

/* Appends at most `max` bytes of the text, no half character at the end. */
void kept_text_add(struct slice text, size_t max, struct buf *to);

/* The same as a string of its own; free with mem_free. */
char *kept_text_new(struct slice text, size_t max) __attribute__((returns_nonnull));

/* A slice in a struct: its key in JSON, where it is, bytes at most. */
struct text_place {
    const char *key;
    size_t offset, max;
};

/* Makes *bytes hold the texts of `value`, and its slices point there; they may point into *bytes
 * already. */
void kept_texts_set(void *value, const struct text_place *places, size_t count, struct buf *bytes);

/* Members of the object; empty ones are left out. */
void kept_texts_json(const void *value, const struct text_place *places, size_t count,
                     json_t *object);

/* Sets the slices, which are of the object. False: one is no text, or too long. */
bool kept_texts_read(void *value, const struct text_place *places, size_t count,
                     const json_t *object);

#endif
