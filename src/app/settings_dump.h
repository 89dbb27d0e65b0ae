/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings as they are in effect, with every default, printed in the order of the schema. Secrets
 * are `***`. What has no value is left out.
 */
#ifndef TD_APP_SETTINGS_DUMP_H
#define TD_APP_SETTINGS_DUMP_H

#include "app/settings.h"

/* Appends YAML that settings_load reads back as the same settings, but for the secrets. */
void settings_dump_yaml(const struct settings *settings, struct buf *to);

/* Appends the same as one JSON object: counts and factors are numbers, switches booleans; what has
 * a unit is a string in the form of the file. */
void settings_dump_json(const struct settings *settings, struct buf *to);

/* Whether these top-level keys (a list that NULL ends) have the same values; secrets are not
 * compared. */
bool settings_dump_same(const struct settings *a, const struct settings *b,
                        const char *const *keys);

#endif
