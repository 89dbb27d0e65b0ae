/* SPDX-License-Identifier: Apache-2.0
 *
 * The names and words of a silence by number, for what treats them alike: silence.c,
 * silence_json.c.
 */
#ifndef TD_RESPOND_SILENCE_PRIVATE_H
#define TD_RESPOND_SILENCE_PRIVATE_H

#include "respond/silence.h"

enum { SILENCE_FIELDS = 8 };

/* Keys in JSON, of the API and of the saved state. */
extern const char *const silence_field_keys[SILENCE_FIELDS];

struct slice *silence_field_at(struct silence *silence, size_t number);
struct slice silence_field(const struct silence *silence, size_t number);

#endif
