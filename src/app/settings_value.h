/* SPDX-License-Identifier: Apache-2.0
 *
 * Single values of the configuration: text to memory and back, by the type of their row.
 */
#ifndef TD_APP_SETTINGS_VALUE_H
#define TD_APP_SETTINGS_VALUE_H

#include "app/settings_schema.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"

#define SETTING_SECRET_MAX 4096 /* bytes of a file that a secret stands in */

/* Where values come from and go to. */
struct setting_place {
    struct arena *arena; /* of texts */
    const char *folder;  /* relative paths begin here; ends with '/', or is empty */
    /* Appends the content of a file that a secret stands in. NULL: files are not read, the
     * reference itself is the value. */
    bool (*read_secret)(const char *path, struct buf *to, struct err *err);
    bool plain_secret; /* set when a secret stood in the text itself */
};

/* Bytes of one value in memory (of a section its struct). */
size_t setting_size(const struct setting *row);

/* Parses one value (not a list, not a section) into *out, which has setting_size bytes. False: what
 * is wrong is in *err, without the accepted form, and *out is untouched. A secret is not repeated
 * there. */
bool setting_parse(const struct setting *row, struct slice text, struct setting_place *place,
                   void *out, struct err *err);

/* Appends the text that setting_parse reads back; of a secret `***`. Nothing where no value was
 * set: setting_is_set. */
void setting_format(const struct setting *row, const void *value, struct buf *to);

/* Whether there is a value: false for NULL and for no address. */
bool setting_is_set(const struct setting *row, const void *value);

/* Appends what is accepted: "a duration from 1m to 30d, such as 90s, 15m, 1h, 7d", "en or ja"; of a
 * section and a list of them its keys. entry: of one entry of a list. */
void setting_accepted(const struct setting *row, bool entry, struct buf *to);

/* The keys of a section: "a, b, c". */
void setting_keys(const struct setting_section *section, struct buf *to);

#endif
